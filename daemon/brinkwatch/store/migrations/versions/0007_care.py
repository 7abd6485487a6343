"""Care of the store: tombstones of deleted items, when each part was last done, and indexes for a year of rows."""

import sqlalchemy as sa
from alembic import op

from brinkwatch.store.tables import Moment

revision = "0007"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tombstones",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("shown", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "identity", name=op.f("pk_tombstones")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "care",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_care")),
    )
    pending = sa.text("outcome = 'pending'")
    op.create_index("ix_items_pending", "items", ["feed"], unique=False, sqlite_where=pending, postgresql_where=pending)
    op.create_index("ix_decisions_at", "decisions", ["at"], unique=False)
    unsettled = sa.text("state NOT IN ('sent', 'superseded')")
    op.create_index(
        "ix_outbox_unsettled", "outbox", ["id"], unique=False, sqlite_where=unsettled, postgresql_where=unsettled
    )
    op.create_index("ix_outbox_decision", "outbox", ["decision"], unique=False)
    op.create_index("ix_deliveries_at", "deliveries", ["at"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("a downgrade restores the backup that the upgrade made")
