"""Alerts: silences, reminders, and what a channel was told lately."""

import sqlalchemy as sa
from alembic import op

from brinkwatch.store.tables import BigId, Moment

revision = "0003"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "silences",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("matchers", sa.JSON(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
    )
    op.create_index(op.f("ix_silences_ends_at"), "silences", ["ends_at"], unique=False)
    with op.batch_alter_table("told") as told:
        told.add_column(sa.Column("repeated_at", Moment(), nullable=True))
    op.create_index("ix_decisions_channel", "decisions", ["channel", "action", "at"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("a downgrade restores the backup that the upgrade made")
