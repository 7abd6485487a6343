"""Where the daemon lets itself be watched: what `ops.listen` takes."""

import pytest

from brinkwatch.config.load import ConfigError, parse
from brinkwatch.config.settings import Settings


@pytest.mark.parametrize("listen", ["127.0.0.1:9746", "localhost:1", "[::1]:65535", "0.0.0.0:9746", "off"])
def test_an_address_and_a_port_or_off(listen: str) -> None:
    assert parse(f"ops: {{listen: '{listen}'}}").ops.listen == listen


@pytest.mark.parametrize(
    "listen",
    ["':9746'", "'*:9746'", "9746", "127.0.0.1", "'127.0.0.1:'", "'127.0.0.1:0'", "'127.0.0.1:99999'", "'host:9746'",
     "'::1:9746'", "'on'", "false", "'127.0.0.1:http'", "''"],
)  # fmt: skip
def test_anything_else_is_refused_with_the_line_and_an_example(listen: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"\nops: {{listen: {listen}}}", "b.yaml")
    (problem,) = caught.value.problems
    assert str(problem).startswith("b.yaml:2: ops.listen: ")
    assert "127.0.0.1:9746" in problem.message or "allowed: text" in problem.message


def test_nothing_is_reachable_from_elsewhere_by_default() -> None:
    assert Settings().ops.listen.startswith("127.0.0.1:")
