"""The reference of the configuration against the models."""

import re
from pathlib import Path

from typer.testing import CliRunner

from brinkwatch.cli.main import app
from brinkwatch.config.reference import reference
from brinkwatch.config.schema import at, schema

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def sections() -> dict[str, list[str]]:
    """The keys under each heading."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in reference().splitlines():
        heading = line.removeprefix("## ").strip("`") if line.startswith("## ") else heading
        if line.startswith("| `"):
            found.setdefault(heading, []).append(line.split("`")[1])
    return found


def test_the_page_is_the_generated_one() -> None:
    assert PAGE.read_text("utf-8") == reference(), "run `make reference`"
    assert CliRunner().invoke(app, ["config", "reference"]).stdout == reference()


def test_every_key_of_every_block_has_its_line() -> None:
    found = sections()
    assert found["Top level"] == list(schema()["properties"])
    for path, keys in found.items():
        if path not in ("Top level", "Signals"):
            parts = [part for name in path.split(".") for part in ([name[:-2], 0] if name.endswith("[]") else [name])]
            node = at(tuple(parts))
            assert node is not None, path
            assert keys == list(node["properties"])
    blocks = {name for name, block in schema()["$defs"].items() if block.get("properties")}
    assert len(found) - 2 >= len(blocks)


def test_every_line_says_type_and_meaning() -> None:
    for line in reference().splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            assert len(cells) in (2, 4), line
            assert cells[1], line
            assert cells[-1], line


def test_secrets_are_marked_and_durations_are_written_as_people_write_them() -> None:
    text = reference()
    assert "| `token` | secret | unset |" in text
    assert "| `max_alert_age` | duration | `6h` |" in text
    assert "PT" not in text
