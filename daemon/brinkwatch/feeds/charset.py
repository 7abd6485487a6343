"""Readies a document for feedparser: decides its encoding, and drops what no honest feed needs. Pure.

Servers and documents often name the wrong one. Text with non-ASCII bytes that happens to be valid UTF-8 is UTF-8; after
that the document is believed before the server, whose word is often only its default.
"""

import re

_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,300}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{2,40})")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{2,40})", re.IGNORECASE)
# Feeds declare entities of a few characters; a long one is there to be repeated until memory is full.
_ENTITY = re.compile(rb"<!ENTITY[^<>]*>")
_LONGEST_ENTITY = 300
# What XML does not allow. ESC stays: the ISO-2022 encodings are made of it.
_CONTROLS = bytes(set(range(0x20)) - {0x00, 0x09, 0x0A, 0x0D, 0x1B})


def prepare(body: bytes, content_type: str | None) -> tuple[bytes, str | None]:
    """The document, and the encoding that it is in as far as the document's own word does not decide."""
    if b"\x00" in body[:1_000] or body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body, None  # UTF-16 or -32: feedparser sniffs those well
    data = body.translate(None, _CONTROLS).lstrip(b" \t\r\n\xef\xbb\xbf")
    if b"<!ENTITY" in data:
        data = _ENTITY.sub(lambda found: found[0] if len(found[0]) <= _LONGEST_ENTITY else b"", data)
    return data, _charset(data, content_type)


def _charset(data: bytes, content_type: str | None) -> str | None:
    if not data.isascii():
        try:
            data.decode("utf-8")
            return "utf-8"
        except UnicodeDecodeError:
            pass
    if _DECLARED.match(data):
        return None
    stated = _CHARSET.search(content_type or "")
    return stated[1].lower() if stated else None
