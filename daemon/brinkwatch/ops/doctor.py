"""Judges what was found on the machine: permissions, names, clock, disk, store, model and feeds. Pure.

Whoever gathers the facts is elsewhere; what Slack says is judged in `delivery/slack`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from brinkwatch.ops.finding import Finding, failure, ok, warning

LEAST_FREE = 200_000_000
LITTLE_FREE = 2_000_000_000
CLOCK_WARNING = timedelta(seconds=5)
CLOCK_FAILURE = timedelta(minutes=5)
"""Certificates and signatures are refused when the clock is off by more."""
OTHERS_READ, OTHERS_WRITE = 0o004, 0o002
ANYBODY = OTHERS_READ | OTHERS_WRITE
GROUP_WRITES = 0o020


@dataclass(frozen=True, slots=True)
class PathFacts:
    """A file or directory. `what` is its role; `mode` its permission bits, None: it is not there. `secret`: others must
    not read it. `writable`: by whoever asks; None: that says nothing, as the daemon is another user."""

    what: str
    path: str
    mode: int | None
    secret: bool = False
    writable: bool | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class HostFacts:
    """A host that feeds name. `refused`: feeds that may not connect to any of its addresses, as these are private."""

    host: str
    error: str | None = None
    refused: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """The database. `error`: why it cannot be opened; `problems`: what the database says of its own file."""

    kind: str
    exists: bool = True
    error: str | None = None
    revision: str | None = None
    newest: str | None = None
    known: bool = True
    problems: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """What one visit to a feed found."""

    feed: str
    good: bool
    words: str
    suggestions: Sequence[str] = ()


def permissions(paths: Sequence[PathFacts]) -> Iterator[Finding]:
    """The state directory and whatever holds a secret."""
    for path in paths:
        check = path.what
        if path.error is not None:
            yield failure(check, f"{path.path}: {path.error}", "run this as root, or as the daemon's user")
        elif path.mode is None:
            if path.secret:
                yield failure(
                    check, f"{path.path} is not there", "write the file, mode 0600, or take it out of the configuration"
                )
            else:
                yield ok(check, f"{path.path} is not there yet; `brinkwatch run` makes it")
        elif path.secret and path.mode & ANYBODY:
            yield failure(check, f"everybody can read {path.path}; it is not used", f"chmod o-rwx {path.path}")
        elif path.mode & OTHERS_WRITE:
            yield failure(check, f"everybody can write to {path.path}", f"chmod o-w {path.path}")
        elif path.writable is False:
            yield failure(check, f"{path.path} cannot be written", "run this as the daemon's user, or change the owner")
        elif path.secret and path.mode & GROUP_WRITES:
            yield warning(check, f"the group can change {path.path}", f"chmod g-w {path.path}")
        else:
            yield ok(check, f"{path.path} {path.mode:04o}")


def names(hosts: Sequence[HostFacts]) -> Iterator[Finding]:
    """Whether the hosts of the feeds have addresses that may be connected to."""
    lost = [host for host in hosts if host.error is not None]
    refused = [host for host in hosts if host.refused]
    if hosts and len(lost) == len(hosts):
        yield failure("DNS", f"no name can be resolved: {lost[0].error}", "check /etc/resolv.conf and the network")
        return
    for host in lost:
        yield warning("DNS", f"{host.host} cannot be resolved: {host.error}", "correct the feed's `url`, or pause it")
    for host in refused:
        feeds = ", ".join(host.refused)
        yield failure(
            "addresses", f"{host.host} is not a public address, so that it is refused: {feeds}",
            "set `allow_private: true` on the feed, if the address is meant",
        )  # fmt: skip
    if hosts and not lost:
        yield ok(
            "DNS", f"all {len(hosts)} hosts of feeds have an address" if len(hosts) > 1 else "the host has an address"
        )


def clock(offset: timedelta | None, by: str) -> Finding:
    """`offset`: how far this clock is ahead of the one of `by`; None: it said no time."""
    if offset is None:
        return ok("clock", "not compared: nobody who could say the time was asked")
    words = f"{abs(offset).total_seconds():.0f} s {'ahead of' if offset > timedelta(0) else 'behind'} {by}"
    mend = "set the clock, and keep it right: timedatectl set-ntp true"
    if abs(offset) > CLOCK_FAILURE:
        return failure("clock", words, mend)
    if abs(offset) > CLOCK_WARNING:
        return warning("clock", words, mend)
    return ok("clock", f"within {CLOCK_WARNING.total_seconds():.0f} s of {by}")


def disk(directory: str, free: int, files: int | None, least: int = LEAST_FREE) -> Finding:
    """`free`: bytes that may be written; `files`: how many may be made, None: the file system has no such limit.
    `least`: with fewer bytes polling pauses."""
    words = f"{free / 1e9:.1f} GB free at {directory}"
    if free < least or files == 0:
        words = f"no file can be made at {directory}" if files == 0 else words
        return failure("disk", words, "make room: nothing can be stored, and polling pauses")
    if free < LITTLE_FREE:
        return warning("disk", words, "make room, or move `state_dir`")
    return ok("disk", words)


def store(facts: StoreFacts) -> Iterator[Finding]:
    """Whether the database opens, is whole, and is of a version that this program knows."""
    if facts.error is not None:
        yield failure("database", facts.error, "check `store.url`, or whether the server runs")
    elif not facts.exists:
        yield ok("database", f"none yet ({facts.kind}); `brinkwatch run` makes it")
    elif facts.problems:
        more = f" and {len(facts.problems) - 1} more" if len(facts.problems) > 1 else ""
        yield failure("database", f"it is damaged: {facts.problems[0]}{more}", "stop the daemon and restore a backup")
    elif not facts.known:
        yield failure(
            "database", f"a newer version wrote it (revision {facts.revision})",
            "install that version, or restore a backup",
        )  # fmt: skip
    elif facts.revision != facts.newest:
        words = f"revision {facts.revision or 'none'}; the next start migrates it to {facts.newest}"
        yield warning("database", words, "make a backup first")
    else:
        yield ok("database", f"{facts.kind}, whole, revision {facts.revision}")


def model(name: str | None, error: str | None, milliseconds: float) -> Finding:
    """Whether the classifier loads and reads one item."""
    if error is not None:
        return failure("model", error, "correct `classifier`, or leave it out for the bundled model")
    return ok("model", f"{name} reads an item in {milliseconds:.0f} ms")


def feeds(found: Sequence[FeedFacts]) -> Iterator[Finding]:
    """What visits to the feeds brought; one line for all that are well."""
    bad = [feed for feed in found if not feed.good]
    for feed in bad:
        yield warning(
            f"feed {feed.feed}",
            feed.words,
            "correct its `url`, or pause it" if not feed.suggestions else feed.suggestions[0],
        )
    for feed in found:
        if feed.good and feed.suggestions:
            yield warning(f"feed {feed.feed}", feed.words, feed.suggestions[0])
    if found and len(bad) == len(found):
        yield failure("feeds", "not one could be read", "check the network, and `polling.proxy` if there is one")
    elif found:
        yield ok("feeds", f"{len(found) - len(bad)} of {len(found)} could be read")
