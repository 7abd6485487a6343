"""The heads of the channels are enough to choose what goes next, on SQLite and on PostgreSQL alike."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.delivery.lanes import plan
from brinkwatch.delivery.receiver import Kind
from brinkwatch.store import outbox
from brinkwatch.store.database import Database
from brinkwatch.store.heads import heads
from brinkwatch.store.outbox import OPEN_STATES, State, Waiting
from fakes.cards import NOW, put

SECOND = timedelta(seconds=1)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["#a", "#b", "#c"]),
        st.sampled_from(["one", "two", None]),
        st.sampled_from([Kind.POST, Kind.REPLY, Kind.UPDATE]),
        st.sampled_from([*OPEN_STATES, State.FAILED, State.SENT, State.DEAD]),
        st.integers(-2, 2),
    ),
    max_size=14,
)


def fill(database: Database, rows: list[tuple[str, str | None, Kind, State, int]]) -> None:
    for number, (channel, story, kind, state, due) in enumerate(rows):
        key = put(database, f"k{number}", kind, channel=channel, story=story, next_attempt_at=NOW + due * SECOND)
        with database.begin() as connection:
            (row,) = [row for row in outbox.unsettled(connection) if row.key == key]
            outbox.mark(connection, row.id, state=state)


def everything(database: Database) -> list[Waiting]:
    """All that is open: what the heads stand for."""
    with database.begin() as connection:
        rows = [row for row in outbox.unsettled(connection) if row.state != State.DEAD]
    edits = [row for row in rows if row.kind == Kind.UPDATE and row.story]

    def overtaken(row: outbox.Notification) -> bool:
        return row in edits and any(
            (edit.story, edit.channel) == (row.story, row.channel) and edit.id > row.id for edit in edits
        )

    def waiting(row: outbox.Notification) -> Waiting:
        names = ("id", "story", "receiver", "channel", "kind", "next_attempt_at")
        known = {name: getattr(row, name) for name in names}
        return Waiting(**known, state=State(row.state), overtaken=overtaken(row))

    return [waiting(row) for row in rows]


@given(ROWS)
def test_the_heads_lead_to_the_same_choice_as_everything(
    rows: list[tuple[str, str | None, Kind, State, int]],
) -> None:
    database = Database.throwaway()
    fill(database, rows)
    for _ in range(len(rows) + 1):
        with database.begin() as connection:
            found = plan(heads(connection, ["slack"]), NOW, {})
            for edit in found.superseded:
                outbox.supersede(connection, edit)
        if not found.superseded:
            break
    whole = plan(everything(database), NOW, {})
    assert (found.ready, found.next_at) == (whole.ready, whole.next_at)
    database.close()


def test_each_channel_has_its_head_and_what_is_gone_past(database: Database) -> None:
    rows = [
        ("#a", "one", Kind.POST, State.FAILED, 5),
        ("#a", "one", Kind.REPLY, State.PENDING, 0),
        ("#a", "two", Kind.POST, State.PENDING, 0),
        ("#a", None, Kind.POST, State.PENDING, 0),
        ("#b", "one", Kind.POST, State.SENT, 0),
        ("#c", "one", Kind.POST, State.AMBIGUOUS, 9),
        ("#c", "two", Kind.POST, State.PENDING, 0),
    ]
    fill(database, rows)
    put(database, "elsewhere", receiver="console")
    with database.begin() as connection:
        found = [(row.channel, row.story, row.state.value) for row in heads(connection, ["slack"])]
        assert heads(connection, []) == []
    assert found == [
        ("#a", "one", "failed"), ("#a", "two", "pending"), ("#c", "one", "ambiguous"), ("#c", "two", "pending"),
    ]  # fmt: skip


def test_an_edit_knows_that_a_later_one_waits(database: Database) -> None:
    rows = [
        ("#a", "one", Kind.UPDATE, State.PENDING, 0),
        ("#a", "one", Kind.UPDATE, State.FAILED, 0),
        ("#b", "one", Kind.UPDATE, State.PENDING, 0),
        ("#c", "one", Kind.UPDATE, State.PENDING, 0),
        ("#c", "one", Kind.UPDATE, State.SENT, 0),
    ]
    fill(database, rows)
    with database.begin() as connection:
        assert [(row.channel, row.overtaken) for row in heads(connection, ["slack"])] == [
            ("#a", True), ("#a", False), ("#b", False), ("#c", False),
        ]  # fmt: skip
