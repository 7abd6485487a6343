"""Outbox: the head of each channel by an index, when an alert is too late, where it was last sent; troubles told."""

import sqlalchemy as sa
from alembic import op

from brinkwatch.store.tables import Moment

revision = "0006"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("expires_at", Moment(), nullable=True))
        outbox.add_column(sa.Column("sent_to", sa.Text(), nullable=True))
        outbox.add_column(sa.Column("sent_after", sa.Text(), nullable=True))
        outbox.add_column(sa.Column("told_at", Moment(), nullable=True))
        outbox.create_index("ix_outbox_lane", ["receiver", "channel", "state", "id"], unique=False)
        outbox.create_index("ix_outbox_story", ["story"], unique=False)
    # Whatever may have been seen is looked for where it was sent: so far that was always the story's thread.
    op.execute(
        "UPDATE outbox SET sent_to = (SELECT threads.reference FROM threads WHERE threads.story = outbox.story "
        "AND threads.receiver = outbox.receiver AND threads.channel = outbox.channel) "
        "WHERE kind IN ('reply', 'update') AND state IN ('sending', 'ambiguous', 'dead')"
    )
    # Of what was given up so far the operators were told.
    op.execute("UPDATE outbox SET told_at = created_at WHERE state = 'dead'")
    op.create_table(
        "troubles",
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("told_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("receiver", "channel", "alone", name=op.f("pk_troubles")),
    )


def downgrade() -> None:
    raise NotImplementedError("a downgrade restores the backup that the upgrade made")
