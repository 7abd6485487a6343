"""What people merge and split sticks, is taken over by a running daemon, and is explained."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from typer.testing import CliRunner, Result
from world import World

from brinkwatch.cli.main import app
from brinkwatch.engine.byhand import merge
from brinkwatch.store import explain, stories
from brinkwatch.store.explain import ItemAccount, StoryAccount

TANKS = "Ruritania moves tanks towards the border with Sylvania"
TANKS_AGAIN = "More Ruritanian tanks roll towards the border with Sylvania"
HARBOUR = "Borduria puts an embargo on the harbours of Klow"
HARBOUR_AGAIN = "Embargo on the harbours of Klow by Borduria begins"


class Desk:
    """The command line of a person beside the running daemon."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.config = world.folder / "brinkwatch.yaml"
        self.config.write_text(f"state_dir: {world.folder}\n", encoding="utf-8")

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--config", str(self.config)], env={"COLUMNS": "200"})

    def item(self, title: str) -> ItemAccount:
        with self.world.running.database.begin() as connection:
            (hit,) = explain.items_called(connection, title)
            return explain.item_account(connection, int(hit.id))

    def story(self, title: str) -> str:
        membership = self.item(title).membership
        assert membership is not None
        return membership.story

    def account(self, story: str) -> StoryAccount:
        with self.world.running.database.begin() as connection:
            return explain.story_account(connection, story)


@pytest.fixture
async def desk(world: World) -> Desk:
    """Two stories that people have been told of: tanks first, the harbours ten minutes later."""
    await world.seed()
    world.serve("wire", world.item(1, TANKS))
    await world.at(1200)
    world.serve("wire", world.item(2, HARBOUR))
    await world.at(2400)
    assert len(world.seen) == 2
    return Desk(world)


async def test_a_merge_leaves_a_note_in_the_thread_that_ends_and_no_new_message(world: World, desk: Desk) -> None:
    tanks, harbour = desk.story(TANKS), desk.story(HARBOUR)
    with world.running.database.begin() as connection:
        done = merge(connection, harbour, tanks, world.now)
    assert (done.story, done.absorbed, done.noted) == (tanks, harbour, 1)
    await world.at(2500)
    first, second = world.seen
    assert first.replies == []
    (note,) = second.replies
    assert f"this story goes on as {tanks}" in note.words
    assert not note.broadcast


async def test_what_is_like_either_part_joins_the_merged_story_also_after_a_restart(world: World, desk: Desk) -> None:
    tanks, harbour = desk.story(TANKS), desk.story(HARBOUR)
    done = desk.run("merge", tanks, harbour)
    assert f"{harbour} is now part of {tanks}, with a note in its thread" in done.stdout
    world.serve("gazette", world.item(3, HARBOUR_AGAIN))
    await world.at(3600)
    assert desk.story(HARBOUR_AGAIN) == tanks
    await world.restart()
    world.serve("post", world.item(4, HARBOUR_AGAIN + ", port says"), world.item(5, TANKS_AGAIN))
    await world.at(4800)
    assert desk.story(HARBOUR_AGAIN + ", port says") == desk.story(TANKS_AGAIN) == tanks
    assert len(world.seen) == 2
    assert desk.account(harbour).members == ()


async def test_a_merge_of_what_nobody_was_told_of_goes_on_as_the_told_one(world: World, desk: Desk) -> None:
    world.running.apply(world.build_settings(routes=()))
    world.serve("gazette", world.item(3, "Plain of Szohod: ultimatum by the San Theodorans"))
    await world.at(3600)
    untold, tanks = desk.story("Plain of Szohod"), desk.story(TANKS)
    desk.run("merge", untold, tanks)
    assert desk.account(untold).merged_into == tanks
    await world.at(3700)
    assert [message.replies for message in world.seen] == [[], []]


async def test_split_items_are_a_story_of_their_own_and_what_is_like_them_joins_it(world: World, desk: Desk) -> None:
    world.serve("gazette", world.item(3, TANKS_AGAIN))
    await world.at(3600)
    tanks = desk.story(TANKS)
    assert desk.story(TANKS_AGAIN) == tanks
    done = desk.run("split", tanks, str(desk.item(TANKS_AGAIN).id))
    assert done.exit_code == 0
    new = desk.story(TANKS_AGAIN)
    assert new != tanks
    sent_before = [len(message.replies) for message in world.seen]
    await world.at(3700)
    assert [len(message.replies) for message in world.seen] == sent_before
    await world.restart()
    world.serve("post", world.item(4, TANKS_AGAIN + ", say villagers"))
    await world.at(4800)
    assert desk.story(TANKS_AGAIN + ", say villagers") == new
    assert desk.account(tanks).members[0].title == TANKS


async def test_a_split_of_all_that_a_merge_brought_undoes_it(world: World, desk: Desk) -> None:
    tanks, harbour = desk.story(TANKS), desk.story(HARBOUR)
    desk.run("merge", tanks, harbour)
    await world.at(2500)
    desk.run("split", tanks, str(desk.item(HARBOUR).id))
    assert desk.story(HARBOUR) == harbour
    assert desk.account(harbour).merged_into is None
    world.serve("gazette", world.item(3, HARBOUR_AGAIN))
    await world.at(3600)
    assert desk.story(HARBOUR_AGAIN) == harbour


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("merge", "s-nothing", "s-neither"), "there is no story s-nothing"),
        (("merge", "TANKS", "TANKS"), "are one story already"),
        (("split", "TANKS", "1"), "neither none nor all"),
        (("split", "TANKS", "777"), "not in s-"),
        (("explain", "no such words"), "no item and no story is called 'no such words'"),
        (("explain", "Sylvania, or Klow"), "no item and no story"),
        (("explain", "r"), "fits several; give the id of one"),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_line(desk: Desk, words: tuple[str, ...], error: str) -> None:
    item = str(desk.item(TANKS).id)
    known = {"TANKS": desk.story(TANKS), "1": item}
    done = desk.run(*(known.get(word, word) for word in words))
    assert done.exit_code == 1
    assert error in done.stderr
    assert "Traceback" not in done.stderr


async def test_explain_tells_the_item_its_story_and_each_decision(world: World, desk: Desk) -> None:
    world.serve("gazette", world.item(3, TANKS_AGAIN, "Tanks were seen."))
    await world.at(3600)
    tanks = desk.story(TANKS)
    by_title, by_id = desk.run("explain", TANKS_AGAIN), desk.run("explain", str(desk.item(TANKS_AGAIN).id))
    assert by_title.stdout == by_id.stdout
    for words in (
        f"of gazette: {TANKS_AGAIN}",
        "outcome: assessed",
        "troop_buildup",
        f"story: {tanks}",
        "joined because: alike",
        f"most like item {desk.item(TANKS).id}: {TANKS}",
        "weighed: cosine",
        "because corroborated",
    ):
        assert words in by_title.stdout
    told = json.loads(desk.run("explain", tanks, "--json").stdout)
    assert [member["title"] for member in told["members"]] == [TANKS, TANKS_AGAIN]
    assert told["members"][1]["weighed"]["cosine"] > 0.5
    assert ("post", "first") in {(one["action"], one["reason"]) for one in told["decisions"]}


async def test_explain_tells_when_a_waiting_story_is_asked_again(world: World, desk: Desk) -> None:
    world.serve("gazette", world.item(3, "Khemed sends ultimatum to Sondonesia"))
    while ("none", "waiting") not in world.reasons()[4:]:
        await world.at((world.now - world.start).total_seconds() + 10)
    lines = desk.run("explain", desk.story("Khemed")).stdout
    assert "because waiting" in lines
    assert "next possible 2022-01-10T" in lines
    assert "route #alerts is asked again at 2022-01-10T" in lines


async def test_stories_lists_id_tier_state_and_size(world: World, desk: Desk) -> None:
    rows = [json.loads(line) for line in desk.run("stories", "--all", "--json").stdout.splitlines()]
    assert [(row["id"], row["items"], row["title"]) for row in rows] == [
        (desk.story(HARBOUR), 1, HARBOUR),
        (desk.story(TANKS), 1, TANKS),
    ]
    assert {row["state"] for row in rows} == {"closed"}  # the timeline lies years back
    assert "no story is open" in desk.run("stories").stdout
    assert TANKS in desk.run("stories", "--all").stdout


async def test_an_edit_brings_a_forgotten_story_back_with_all_its_items(world: World, desk: Desk) -> None:
    world.serve("gazette", world.item(3, TANKS_AGAIN))
    await world.at(3600)
    tanks = desk.story(TANKS)
    # Longer than the window and the grace: the story has left the memory, its items have not left the feeds.
    world.now += timedelta(days=8)
    await world.at((world.now - world.start).total_seconds() + 600)
    world.running.pipeline.index.expire(world.now)
    assert tanks not in world.running.pipeline.index
    edited = replace(world.item(1, TANKS + ", satellite pictures show"), published=world.now)
    world.server.items["wire"] = [edited]
    await world.at((world.now - world.start).total_seconds() + 600)
    held = world.running.pipeline.index
    with world.running.database.begin() as connection:
        members = [member.item for member in stories.member_features(connection, [tanks])[tanks]]
    assert len(members) == 2
    assert [held.part_of(item) for item in members] == [tanks, tanks]


async def test_a_story_that_returns_within_the_grace_keeps_its_id_and_tier(world: World, desk: Desk) -> None:
    tanks = desk.story(TANKS)
    tier = desk.account(tanks).tier
    world.now += timedelta(days=4)
    world.serve("gazette", world.item(3, TANKS_AGAIN))
    await world.at((world.now - world.start).total_seconds() + 600)
    assert desk.story(TANKS_AGAIN) == tanks
    assert desk.account(tanks).tier >= tier
    assert len(world.seen) == 2


async def test_what_carries_no_signal_brings_no_closed_story_back(world: World, desk: Desk) -> None:
    world.now += timedelta(days=4)
    world.serve("gazette", world.item(3, "Ruritania moves towards the border with Sylvania: pictures of a village"))
    await world.at((world.now - world.start).total_seconds() + 600)
    assert desk.item("pictures of a village").membership is None
