"""What one poll over HTTP brought back: plain data."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol


class FetchKind(StrEnum):
    """How a poll ended."""

    DOCUMENT = "document"
    NOT_MODIFIED = "not_modified"
    FAILED = "failed"


class Validators(Protocol):
    """What an earlier answer left for asking again. Sent only to the address they came from."""

    @property
    def etag(self) -> str | None: ...
    @property
    def last_modified(self) -> str | None: ...
    @property
    def validators_for(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Known:
    """Validators as plain data; the empty one asks for the whole document."""

    etag: str | None = None
    last_modified: str | None = None
    validators_for: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """One poll's result. `etag` and `last_modified` are byte for byte what to send to `final_url` next time."""

    kind: FetchKind
    final_url: str
    """The address that answered, without credentials."""
    status: int | None = None
    body: bytes = b""
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    hint: timedelta | None = None
    """How long the server says that the document will not change."""
    retry_after: timedelta | None = None
    moved_to: str | None = None
    """Where permanent redirects lead, if the first answers were such."""
    error: str | None = None
    """A named failure, such as `timeout` or `http_403`; None unless FAILED."""
    words: str | None = None
    """The failure in words for people."""
    took: timedelta = timedelta(0)
    """From the first request to the end of the last answer, without the time spent waiting for a turn."""
