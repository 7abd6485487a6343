"""Feeds: their own rate, what they ask for, moves, health history, daily sums of polls, refusing hosts, full texts."""

import sqlalchemy as sa
from alembic import op

from brinkwatch.store.tables import BigId, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("feeds") as feeds:
        feeds.add_column(sa.Column("health_told", sa.Text(), nullable=True))
        feeds.add_column(sa.Column("rate", sa.JSON(), nullable=True))
        feeds.add_column(sa.Column("asks", sa.JSON(), nullable=True))
        feeds.add_column(sa.Column("moved_to", sa.Text(), nullable=True))
        feeds.add_column(sa.Column("moved_streak", sa.Integer(), server_default="0", nullable=False))
        feeds.add_column(sa.Column("latency_ms", sa.Integer(), nullable=True))
        feeds.add_column(sa.Column("recent", sa.JSON(), nullable=True))
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("refused_until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
    )
    op.create_table(
        "health_changes",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("health", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_changes")),
    )
    op.create_index(op.f("ix_health_changes_feed"), "health_changes", ["feed"], unique=False)
    op.create_table(
        "poll_days",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "day", "status", name=op.f("pk_poll_days")),
    )
    op.create_table(
        "articles",
        sa.Column("item", BigId, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["item"], ["items.id"], name=op.f("fk_articles_item_items"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_articles")),
    )


def downgrade() -> None:
    raise NotImplementedError("a downgrade restores the backup that the upgrade made")
