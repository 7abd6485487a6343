"""Undoes the content encoding of a body piece by piece, and refuses what grows too large. Touches no network."""

import zlib
from collections.abc import Iterator

ACCEPTED = "gzip, deflate"
RATIO_FROM_BYTES = 1_000_000
MAX_RATIO = 150  # XML compresses 5 to 40 times; a bomb 1,000 times
_PIECE = 65_536


class BodyError(Exception):
    """A body cannot be taken. `code` is a named failure, `words` are for people."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


class Body:
    """Collects a body that comes in pieces, decoded, of at most `limit` bytes.

    Raises BodyError: `too_large`, `bad_encoding`, `truncated`.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        name = encoding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise BodyError("bad_encoding", f"the server sent an encoding that was not asked for: {name[:40]}")
        self._name = name
        self._limit = limit
        self._compressed = name not in ("", "identity")
        self._inflater: "zlib._Decompress | None" = None  # noqa: UP037 - the type exists for checkers only
        self._read = 0
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> None:
        """Take the next piece as it came over the wire."""
        self._read += len(data)
        if not self._compressed:
            self._add(data)
            return
        try:
            for piece in self._inflate(data):
                self._add(piece)
        except zlib.error:
            raise BodyError("bad_encoding", f"the body is not valid {self._name}") from None

    def finish(self) -> bytes:
        """The whole body, once the wire is at its end."""
        if self._inflater is not None and not self._inflater.eof:
            raise BodyError("truncated", f"the {self._name} body ends before its end")
        return b"".join(self._parts)

    def _inflate(self, data: bytes) -> Iterator[bytes]:
        if self._inflater is None:
            if not data:
                return
            window = self._window(data)
            if window is None:  # named compressed, and is not: taken as it is
                self._compressed = False
                yield data
                return
            self._inflater = zlib.decompressobj(window)
        while data:
            if self._inflater.eof:  # a second member; what is no member is padding
                if not data.startswith(b"\x1f\x8b"):
                    return
                self._inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
            yield self._inflater.decompress(data, _PIECE)
            data = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail

    def _window(self, start: bytes) -> int | None:
        if self._name == "deflate":
            zlib_header = start[0] & 0x0F == 8 and (len(start) < 2 or int.from_bytes(start[:2]) % 31 == 0)
            return zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS  # RFC 1950, or raw as some servers do
        return 16 + zlib.MAX_WBITS if start[0] == 0x1F else None

    def _add(self, piece: bytes) -> None:
        self._parts.append(piece)
        self._size += len(piece)
        if self._size > self._limit:
            raise BodyError("too_large", f"the document is larger than {self._limit:,} bytes")
        if self._size > RATIO_FROM_BYTES and self._size > MAX_RATIO * self._read:
            raise BodyError("too_large", f"the body grows more than {MAX_RATIO} times when decompressed")
