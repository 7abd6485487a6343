"""Finds the Slack token: in the settings, in its file, in a systemd credential, or in the environment; in this order.
And the webhook's secret: in the settings or in its file; and the login of a feed, from its file.

Reads these places and no other, and never puts a secret into a message.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from brinkwatch.config.settings import Slack, Webhook

CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
CREDENTIAL = "slack-token"
TOKEN_VARIABLE = "BRINKWATCH_SLACK_TOKEN"  # noqa: S105 - the name of a variable
LONGEST_TOKEN = 4096


@dataclass(frozen=True, slots=True)
class SlackToken:
    """The token and where it was found (for people); both None when there is none.

    `warnings` say, in words, which places were passed over and why.
    """

    value: SecretStr | None = None
    source: str | None = None
    warnings: tuple[str, ...] = ()


def slack_token(slack: Slack, env: Mapping[str, str] = os.environ) -> SlackToken:
    """Find the token. Never raises: without a usable token alerts go to the console, and the warnings say why.

    A token file that everybody on the machine can read is passed over.
    """
    warnings: list[str] = []
    if slack.token is not None and (value := _usable(slack.token.get_secret_value(), "slack.token", warnings)):
        return SlackToken(value, "slack.token", tuple(warnings))
    if slack.token_file is not None and (value := _from_file(slack.token_file, "slack.token_file", warnings)):
        return SlackToken(value, f"the file {slack.token_file}", tuple(warnings))
    credential = credential_file(env)
    if (
        credential
        and credential.exists()
        and (value := _from_file(credential, f"the credential {CREDENTIAL}", warnings))
    ):
        return SlackToken(value, f"the credential {CREDENTIAL}", tuple(warnings))
    if env.get(TOKEN_VARIABLE) and (value := _usable(env[TOKEN_VARIABLE], TOKEN_VARIABLE, warnings)):
        return SlackToken(value, f"the environment variable {TOKEN_VARIABLE}", tuple(warnings))
    return SlackToken(warnings=tuple(warnings))


def credential_file(env: Mapping[str, str] = os.environ) -> Path | None:
    """Where systemd puts the token, if it gives credentials at all."""
    directory = env.get(CREDENTIALS_VARIABLE)
    return Path(directory) / CREDENTIAL if directory else None


def webhook_secret(webhook: Webhook) -> tuple[SecretStr | None, tuple[str, ...]]:
    """The secret that signs, and what was passed over and why. Never raises."""
    warnings: list[str] = []
    found = None
    if webhook.secret is not None:
        found = _usable(webhook.secret.get_secret_value(), "webhook.secret", warnings)
    if found is None and webhook.secret_file is not None:
        found = _from_file(webhook.secret_file, "webhook.secret_file", warnings)
    return found, tuple(warnings)


def login(path: Path) -> tuple[str, str]:
    """User and password from a file that holds `user:password`. Raises ValueError, with words that quote neither."""
    warnings: list[str] = []
    text = _read(path, str(path), warnings)
    if text is None:
        raise ValueError(warnings[0])
    user, colon, password = text.strip("\r\n").partition(":")
    if not user or not colon or not (user + password).isprintable():
        raise ValueError(f"{path} is not used: it must hold user:password and nothing else")
    return user, password


def _from_file(path: Path, name: str, warnings: list[str]) -> SecretStr | None:
    text = _read(path, name, warnings)
    return None if text is None else _usable(text, name, warnings)


def _read(path: Path, name: str, warnings: list[str]) -> str | None:
    """The text of a file that not everybody can read."""
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & stat.S_IROTH:
                warnings.append(f"{name} is not used: everybody can read {path}; run `chmod o-rwx {path}`")
                return None
            content = file.read(LONGEST_TOKEN + 1)
    except OSError as error:
        warnings.append(f"{name} is not used: {path} cannot be read: {error.strerror}")
        return None
    return content.decode("utf-8", errors="replace")


def _usable(text: str, name: str, warnings: list[str]) -> SecretStr | None:
    """The token without white space around it, if it can be sent in an HTTP header."""
    token = text.strip()
    if token and len(token) <= LONGEST_TOKEN and token.isascii() and token.isprintable() and " " not in token:
        return SecretStr(token)
    warnings.append(f"{name} is not used: it must hold one token and nothing else")
    return None
