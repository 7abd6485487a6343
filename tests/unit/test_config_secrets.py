"""Where the Slack token is found, and what is passed over."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from brinkwatch.config.secrets import slack_token
from brinkwatch.config.settings import Slack


@pytest.fixture
def places(tmp_path: Path) -> tuple[Slack, dict[str, str]]:
    """A token in each of the four places."""
    file = tmp_path / "token"
    file.write_text("xoxb-file\n")
    file.chmod(0o640)
    credential = tmp_path / "credentials" / "slack-token"
    credential.parent.mkdir()
    credential.write_text("xoxb-credential")
    credential.chmod(0o400)
    slack = Slack(token=SecretStr("xoxb-settings"), token_file=file)
    return slack, {"CREDENTIALS_DIRECTORY": str(credential.parent), "BRINKWATCH_SLACK_TOKEN": "xoxb-environment"}


def found(slack: Slack, env: dict[str, str]) -> str | None:
    value = slack_token(slack, env).value
    return value.get_secret_value() if value else None


def test_the_places_are_asked_in_order(places: tuple[Slack, dict[str, str]]) -> None:
    slack, env = places
    assert found(slack, env) == "xoxb-settings"
    slack = slack.model_copy(update={"token": None})
    assert found(slack, env) == "xoxb-file"
    slack = slack.model_copy(update={"token_file": None})
    assert found(slack, env) == "xoxb-credential"
    del env["CREDENTIALS_DIRECTORY"]
    assert found(slack, env) == "xoxb-environment"
    assert slack_token(slack, {}).value is None
    assert slack_token(slack, {}).warnings == ()


def test_a_token_file_for_everybody_is_passed_over_with_a_warning(places: tuple[Slack, dict[str, str]]) -> None:
    slack, env = places
    assert slack.token_file is not None
    slack.token_file.chmod(0o644)
    token = slack_token(slack.model_copy(update={"token": None}), env)
    assert token.value is not None
    assert token.value.get_secret_value() == "xoxb-credential"
    assert "everybody can read" in token.warnings[0]


def test_a_missing_token_file_is_a_warning(tmp_path: Path) -> None:
    token = slack_token(Slack(token_file=tmp_path / "none"), {})
    assert token.value is None
    assert "cannot be read: No such file or directory" in token.warnings[0]


@pytest.mark.parametrize("text", ["", "  \n", "xoxb-a xoxb-b", "xoxb-1\nxoxb-2\n", "xoxb-\x00", "xoxb-é"])
def test_what_is_not_one_token_is_passed_over_and_not_quoted(text: str) -> None:
    token = slack_token(Slack(token=SecretStr(text)), {})
    assert token.value is None
    assert token.warnings == ("slack.token is not used: it must hold one token and nothing else",)


def test_the_source_is_told_and_the_token_is_not(places: tuple[Slack, dict[str, str]]) -> None:
    token = slack_token(*places)
    assert token.source == "slack.token"
    assert "xoxb" not in repr(token)
