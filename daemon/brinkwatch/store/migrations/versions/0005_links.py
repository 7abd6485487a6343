"""Stories: why an item joined, what people have joined and split by hand."""

import sqlalchemy as sa
from alembic import op

from brinkwatch.store.tables import BigId, Moment

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("stories") as stories:
        stories.add_column(sa.Column("merged_into", sa.Text(), nullable=True))
    with op.batch_alter_table("members") as members:
        members.add_column(sa.Column("part", sa.Text(), nullable=True))
        members.add_column(sa.Column("nearest", BigId, nullable=True))
        members.add_column(sa.Column("weighed", sa.JSON(), nullable=True))
    op.create_table(
        "links",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )


def downgrade() -> None:
    raise NotImplementedError("a downgrade restores the backup that the upgrade made")
