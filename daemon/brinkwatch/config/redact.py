"""Decides what of a text may be shown: tokens, passwords and query strings inside it may not. Pure."""

import re

from brinkwatch.config.problem import HIDDEN

_TOKEN = re.compile(r"x(?:ox[a-z]|app)(?:\.xox[a-z])?-[^\s\"'`,;)}\]]+", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^/@\s\"'`]+@")
_QUERY = re.compile(r"(?<=://)([^?\s\"'`]*)\?[^\s\"'`]+")


def redact(text: str) -> str:
    """The text without Slack tokens, without the user and password of addresses, without their query strings."""
    text = _TOKEN.sub(HIDDEN, text)
    text = _USERINFO.sub(f"{HIDDEN}@", text)
    return _QUERY.sub(rf"\1?{HIDDEN}", text)
