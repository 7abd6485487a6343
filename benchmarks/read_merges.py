"""Samples merges and non-merges of a replay for reading by hand, with the reasons that were stored.

Run as `python -m benchmarks.read_merges ITEMS [--number 10] [--seed 0] [--titles]`, where ITEMS is a file as
`brinkwatch replay --items` reads it. A merge is an item that joined a story by likeness; a non-merge a flagged one that
opened a story although another was near. Drawn evenly among those whose titles differ. One JSON object a line; titles
are other people's text, so that without `--titles` only their first three words and a hash are printed.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path

from brinkwatch.cli.replay import arrivals_of, quiet
from brinkwatch.config.load import load
from brinkwatch.engine.replay import Replay
from brinkwatch.items.compare import bare
from brinkwatch.ops.logging import configure
from brinkwatch.signals.load import load_classifier, load_embedder
from brinkwatch.store.explain import Membership, latest_stories

EVERYTHING = 1_000_000


def members(replay: Replay) -> list[Membership]:
    """Every member of every story that has a near other."""
    with replay.database.begin() as connection:
        found = [member for story in latest_stories(connection, None, EVERYTHING) for member in story.members]
    near = [member for member in found if member.nearest_title and bare(member.nearest_title) != bare(member.title)]
    return sorted(near, key=lambda member: member.item)


def drawn(found: Sequence[Membership], number: int, seed: int) -> list[Membership]:
    return sorted(random.Random(seed).sample(found, min(number, len(found))), key=lambda member: member.item)


def told(member: Membership, *, titles: bool) -> dict[str, object]:
    def named(title: str) -> str:
        if titles:
            return title
        return f"{' '.join(title.split()[:3])} … {hashlib.sha256(title.encode()).hexdigest()[:10]}"

    return {
        "merged": member.score is not None,
        "item": member.item,
        "title": named(member.title),
        "nearest": member.nearest,
        "nearest_title": named(member.nearest_title or ""),
        "story": member.story,
        "score": None if member.score is None else round(member.score, 2),
        "weighed": member.weighed,
        "reason": member.reason if titles else member.reason.split("both have")[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("items", type=Path)
    parser.add_argument("--number", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--titles", action="store_true")
    given = parser.parse_args()
    settings = load(None, env={})
    configure(quiet(settings))
    with given.items.open("rb") as lines:
        arrivals, _ = arrivals_of(lines)
    replay = Replay(settings, load_classifier(settings.classifier), load_embedder(settings.classifier))
    replay.run(arrivals)
    near = members(replay)
    for merged in (True, False):
        chosen = [member for member in near if (member.score is not None) is merged]
        for member in drawn(chosen, given.number, given.seed):
            print(json.dumps(told(member, titles=given.titles), ensure_ascii=False))


if __name__ == "__main__":
    main()
