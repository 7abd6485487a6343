"""How a call to the fake Slack can go wrong: plain data, and a function for each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """How one call goes wrong. Make one with the functions below."""

    what: str
    code: str = ""
    status: int = 200
    seconds: float = 0.0


def rate_limited(seconds: int = 30) -> Fault:
    """429 with Retry-After; nothing is done."""
    return Fault("status", "ratelimited", 429, seconds)


def server_error(status: int = 500, *, done: bool = False) -> Fault:
    """A 5xx page without Slack's JSON; `done`: the message is there all the same."""
    return Fault("page_after" if done else "page_before", status=status)


def refuse(code: str) -> Fault:
    """`ok: false` with this code; nothing is done."""
    return Fault("status", code)


def reset_before() -> Fault:
    """The connection breaks before anything is done."""
    return Fault("reset_before")


def reset_after() -> Fault:
    """The message is accepted; the answer never comes."""
    return Fault("reset_after")


def slow(seconds: float) -> Fault:
    """The message is accepted; the answer comes late."""
    return Fault("slow_after", seconds=seconds)


def late(seconds: float) -> Fault:
    """The message is accepted late, whether or not anybody still waits."""
    return Fault("slow_before", seconds=seconds)


def truncated() -> Fault:
    """The message is accepted; the answer breaks off in the middle."""
    return Fault("truncated")
