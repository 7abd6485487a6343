"""The tables. Every stage is keyed by a unique constraint here, so that it may run twice and count once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime, kept as microseconds since 1970: exact, ordered and alike in every database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        delta = value - datetime(1970, 1, 1, tzinfo=UTC)
        return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        seconds, micros = divmod(int(value), 1_000_000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


def shifted(column: sa.Column[datetime], by: timedelta) -> sa.ColumnElement[datetime]:
    """A column of moments, each moved by so much."""
    return sa.type_coerce(sa.cast(column, sa.BigInteger) + by // timedelta(microseconds=1), Moment)


# SQLite counts rows by itself only for INTEGER keys.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("next_due", Moment),
    sa.Column("seeded_at", Moment),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("validators_for", sa.Text),
    sa.Column("last_poll_at", Moment),
    sa.Column("last_ok_at", Moment),
    sa.Column("last_status", sa.Text),
    sa.Column("last_error", sa.Text),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("health", sa.Text, nullable=False, server_default="new"),
    sa.Column("health_since", Moment),
    sa.Column("health_told", sa.Text),
    sa.Column("rate", sa.JSON(none_as_null=True)),
    sa.Column("asks", sa.JSON(none_as_null=True)),
    sa.Column("moved_to", sa.Text),
    sa.Column("moved_streak", sa.Integer, nullable=False, server_default="0"),
    sa.Column("latency_ms", sa.Integer),
    sa.Column("recent", sa.JSON(none_as_null=True)),
    sa.Column("body_digest", sa.LargeBinary),
    sa.Column("health_announced", sa.Text),
)
sa.Index("ix_feeds_next_due_id", feeds.c.next_due, feeds.c.id)

# Hosts that asked to be left alone (Retry-After): kept, so that a restart does not forget it.
hosts = sa.Table(
    "hosts",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    sa.Column("refused_until", Moment, nullable=False),
)

health_changes = sa.Table(
    "health_changes",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("feed", sa.Text, nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("health", sa.Text, nullable=False),
    sa.Column("was", sa.Text, nullable=False),
    sa.Column("error", sa.Text),
)

# Polls are kept as sums per day; the feed's row has the last few.
poll_days = sa.Table(
    "poll_days",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("milliseconds", sa.BigInteger, nullable=False),
    sa.Column("entries", sa.BigInteger, nullable=False),
)

items = sa.Table(
    "items",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("guid", sa.Text),
    sa.Column("link", sa.Text),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("published", Moment, nullable=False),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.UniqueConstraint("feed", "key"),
)
sa.Index("ix_items_stage", items.c.stage, items.c.id, sqlite_where=items.c.stage != "done")
sa.Index("ix_items_first_seen", items.c.first_seen)
# The ledger's check counts what is pending; without this it would read every item there is.
sa.Index(
    "ix_items_pending",
    items.c.feed,
    sqlite_where=items.c.outcome == "pending",
    postgresql_where=items.c.outcome == "pending",
)

# What is left of an item once it is deleted: enough to know its entry again while the feed still shows it.
tombstones = sa.Table(
    "tombstones",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("identity", sa.LargeBinary, primary_key=True),
    sa.Column("said", sa.LargeBinary, nullable=False),
    sa.Column("shown", Moment, nullable=False),
    sqlite_with_rowid=False,
)

revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("item", BigId, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("replaced_at", Moment, nullable=False),
)

# Whole articles of feeds with `full_text`. What the feed itself said stays in `items`, to tell edits by.
articles = sa.Table(
    "articles",
    metadata,
    sa.Column("item", BigId, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("text", sa.Text),
)

assessments = sa.Table(
    "assessments",
    metadata,
    sa.Column("item", BigId, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("supported", sa.Boolean, nullable=False),
    sa.Column("signals", sa.JSON, nullable=False),
    sa.Column("plover", sa.JSON, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("flagged", sa.JSON, nullable=False),
    sa.Column("vector", sa.LargeBinary),
)

stories = sa.Table(
    "stories",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("last_at", Moment, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("tier", sa.Integer, nullable=False),
    sa.Column("merged_into", sa.Text),
)
sa.Index("ix_stories_last_at", stories.c.last_at)

members = sa.Table(
    "members",
    metadata,
    sa.Column("item", BigId, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("story", sa.Text, sa.ForeignKey("stories.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("joined_at", Moment, nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("features", sa.JSON, nullable=False),
    # Of a story merged by hand: the story that the item was a member of before, or would be.
    sa.Column("part", sa.Text),
    # What it was joined for: the member it was most like, and what was weighed.
    sa.Column("nearest", BigId),
    sa.Column("weighed", sa.JSON(none_as_null=True)),
)

# What people have joined (`must`) or split (`cannot`) by hand, in the order they did it.
links = sa.Table(
    "links",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("story", sa.Text, nullable=False),
    sa.Column("other", sa.Text, nullable=False),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("item", BigId),
    sa.Column("story", sa.Text, index=True),
    sa.Column("route", sa.Text),
    sa.Column("channel", sa.Text),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("tier", sa.Integer),
    sa.Column("signals", sa.JSON, nullable=False),
    sa.Column("next_possible_at", Moment),
)
sa.Index("ix_decisions_item", decisions.c.item)
sa.Index("ix_decisions_at", decisions.c.at)
# What a channel was told in the last hour is asked before each message.
sa.Index("ix_decisions_channel", decisions.c.channel, decisions.c.action, decisions.c.at)

told = sa.Table(
    "told",
    metadata,
    sa.Column("story", sa.Text, sa.ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("route", sa.Text, primary_key=True),
    sa.Column("cause", BigId),
    sa.Column("waiting_since", Moment),
    sa.Column("check_at", Moment),
    sa.Column("first", sa.JSON),
    sa.Column("last", sa.JSON),
    sa.Column("last_reply_at", Moment),
    sa.Column("repeated_at", Moment),
)
sa.Index("ix_told_check_at", told.c.check_at)

silences = sa.Table(
    "silences",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("matchers", sa.JSON, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("starts_at", Moment, nullable=False),
    sa.Column("ends_at", Moment, nullable=False, index=True),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("decision", BigId, sa.ForeignKey("decisions.id", ondelete="SET NULL")),
    sa.Column("story", sa.Text),
    sa.Column("receiver", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("card", sa.JSON),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("broadcast", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", Moment, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("reference", sa.Text),
    sa.Column("channel_id", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("expires_at", Moment),
    sa.Column("sent_to", sa.Text),
    sa.Column("sent_after", sa.Text),
    sa.Column("told_at", Moment),
)
sa.Index("ix_outbox_open", outbox.c.state, outbox.c.next_attempt_at)
# Nearly all of the outbox is settled. The words stand in the query as they do in the index, not as parameters, so that
# SQLite knows that it may use it: its statistics would have it read the whole table.
unfinished = outbox.c.state.not_in([sa.literal_column("'sent'"), sa.literal_column("'superseded'")])
sa.Index("ix_outbox_unsettled", outbox.c.id, sqlite_where=unfinished, postgresql_where=unfinished)
# A deleted decision is taken out of its notifications: without this each would read the whole outbox.
sa.Index("ix_outbox_decision", outbox.c.decision)
# The head of each channel, however many wait behind it.
sa.Index("ix_outbox_lane", outbox.c.receiver, outbox.c.channel, outbox.c.state, outbox.c.id)
sa.Index("ix_outbox_story", outbox.c.story)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("notification", BigId, sa.ForeignKey("outbox.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("error", sa.Text),
)
sa.Index("ix_deliveries_at", deliveries.c.at)

# Trouble of delivery that the operators were told of, until they are told that it is over.
troubles = sa.Table(
    "troubles",
    metadata,
    sa.Column("receiver", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("alone", sa.Boolean, primary_key=True),
    sa.Column("since", Moment, nullable=False),
    sa.Column("told_at", Moment, nullable=False),
)

# The first message of a story in a channel: replies and updates hang on it.
threads = sa.Table(
    "threads",
    metadata,
    sa.Column("story", sa.Text, primary_key=True),
    sa.Column("receiver", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("channel_id", sa.Text),
)

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("outcome", sa.Text, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
)

# Passed-over items that no digest line has told yet.
digests = sa.Table(
    "digests",
    metadata,
    sa.Column("outcome", sa.Text, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("feeds", sa.JSON, nullable=False),
    sa.Column("since", Moment, nullable=False),
)

# When each part of the store's care was last done.
care = sa.Table(
    "care",
    metadata,
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("at", Moment, nullable=False),
)
