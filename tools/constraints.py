"""Prints constraints.txt: the exact version of every package that Brinkwatch and its extras need, as installed here."""

import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
HEADER = """\
# Exact versions of everything that Brinkwatch and its extras install; the ones it is tested with.
# Written by `make constraints`. The supported install:  pip install -c constraints.txt .
"""


def needed(lines: list[str]) -> dict[str, str]:
    """Name and version of all that these requirements need. Raises PackageNotFoundError for what is missing."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    open_ends = list(_named(lines, ""))
    while open_ends:
        name, extra = open_ends.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        distribution = metadata.distribution(name)
        # A local part, such as +cpu, names a build that only its own index has.
        found[name] = distribution.version.partition("+")[0]
        open_ends += _named(distribution.requires or [], extra)
    return found


def _named(lines: list[str], extra: str) -> Iterator[tuple[str, str]]:
    """The (package, extra) pairs that requirements name where `extra` is asked for."""
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            for below in ("", *requirement.extras):
                yield canonicalize_name(requirement.name), below


def main() -> None:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    extras = (line for lines in project["optional-dependencies"].values() for line in lines)
    versions = needed([*project["dependencies"], *extras])
    sys.stdout.write(HEADER + "".join(f"{name}=={versions[name]}\n" for name in sorted(versions)))


if __name__ == "__main__":
    main()
