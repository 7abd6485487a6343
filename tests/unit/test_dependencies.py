"""What the package imports is what it asks to be installed, and constraints.txt has the version of each."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# Come with another: pydantic_core with pydantic of exactly its version.
COME_ALONG = {"pydantic-core": "pydantic"}


def plain(name: str) -> str:
    """A package's name without version and extras, in the one form that compares."""
    return re.sub("[-_.]+", "-", re.split(r"[\[<>=!~; ]", name, maxsplit=1)[0]).lower()


@cache
def imported() -> dict[str, str]:
    """Every third-party module that the package imports, with a file that does."""
    found: dict[str, str] = {}
    for file in (ROOT / "daemon" / "brinkwatch").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                found[name.partition(".")[0]] = str(file.relative_to(ROOT))
    return {name: file for name, file in found.items() if name != "brinkwatch" and name not in sys.stdlib_module_names}


def test_every_imported_package_is_asked_for() -> None:
    extras = [
        line for name in ("torch", "postgres", "fulltext", "plot") for line in PROJECT["optional-dependencies"][name]
    ]
    asked = {plain(line) for line in [*PROJECT["dependencies"], *extras]}
    distributions = packages_distributions()
    missing = {}
    for module, file in imported().items():
        names = {plain(name) for name in distributions.get(module, [module])}
        if not {COME_ALONG.get(name, name) for name in names} & asked:
            missing[module] = file
    assert missing == {}


def test_every_package_that_is_asked_for_is_imported() -> None:
    distributions = packages_distributions()
    used = {plain(name) for module in imported() for name in distributions.get(module, [module])}
    assert {plain(line) for line in PROJECT["dependencies"]} - used == set()


def test_constraints_pin_every_dependency_exactly_and_name_no_index() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9.-]+==[0-9][0-9a-z.]*", line)] == []
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    asked = {plain(line) for line in [*PROJECT["dependencies"], *extras]}
    assert asked - {plain(line) for line in lines} == set()
