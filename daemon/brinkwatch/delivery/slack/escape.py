"""Makes text from feeds inert in Slack's markup. Pure.

Feed text goes into `rich_text` and `plain_text` elements wherever Block Kit allows it: those show every character as it
is. Only the notification text and context lines are markup; `mrkdwn` is for them.
"""

import re

from brinkwatch.delivery.plain import plain

# Characters that format, each with one that looks alike and does nothing.
_LOOKALIKES = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})
_EMOJI = re.compile(r":(?=[\w+'-]+:)")
_SCHEME = re.compile(r"(?<=\w):(?=//)|(?<=mailto):|(?<=\btel):", re.IGNORECASE)
_DOMAIN = re.compile(r"(?<=[^\W_])\.(?=[^\W\d_]{2,})")
_MENTION = re.compile(r"@(?=\w)")
_QUOTE = re.compile(r"^(?:>\s*)+")
# What a configuration may mention: people, user groups, and everybody.
_ALLOWED_MENTION = re.compile(r"<!(?:here|channel|everyone)>|<@[UW][A-Z0-9]{1,20}>|<!subteam\^S[A-Z0-9]{1,20}>")


def mrkdwn(text: str, limit: int | None = None) -> str:
    """Text that Slack shows as it is, in a place where Slack reads markup.

    Formatting characters, emoji names, mentions and addresses are written with characters that look alike; `&`, `<`
    and `>` are escaped as Slack asks. `limit` counts the characters before escaping.
    """
    line = _QUOTE.sub("› ", plain(text, limit)).translate(_LOOKALIKES)
    line = _EMOJI.sub("꞉", line)
    line = _SCHEME.sub("꞉", line)
    line = _DOMAIN.sub("․", line)
    line = _MENTION.sub("＠", line)
    return escape(line)


def escape(text: str) -> str:
    """The three characters that open and close Slack's control sequences, escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def address(url: str) -> str:
    """An address (from `web_address`) as a link in markup."""
    return f"<{escape(url.replace('|', '%7C'))}>"


def mentions(configured: tuple[str, ...]) -> list[str]:
    """Those of the configured mentions that are Slack's own notation; anything else would be text that acts."""
    return [mention for mention in dict.fromkeys(configured) if _ALLOWED_MENTION.fullmatch(mention)]
