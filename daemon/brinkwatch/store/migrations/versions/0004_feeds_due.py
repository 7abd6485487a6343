"""Feeds: what is due is found by an index; the document that was last read is known again by its digest; what operators
were told of each."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("feeds") as feeds:
        feeds.add_column(sa.Column("body_digest", sa.LargeBinary(), nullable=True))
        feeds.add_column(sa.Column("health_announced", sa.Text(), nullable=True))
    op.create_index(op.f("ix_feeds_next_due_id"), "feeds", ["next_due", "id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("a downgrade restores the backup that the upgrade made")
