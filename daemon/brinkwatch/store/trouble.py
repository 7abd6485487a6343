"""Says in words what keeps the store from working. Reads errors, touches nothing."""

import sqlalchemy as sa

SQLITE = {
    5: "the database is locked by another program",
    8: "the database cannot be written: the disk, the folder or the file is read-only",
    10: "the disk reports errors (disk I/O error)",
    11: "the database is damaged",
    13: "the disk is full",
    14: "the database cannot be opened: look at the state directory and its permissions",
    26: "the database is damaged: its file is no database",
}
DAMAGED = (11, 26)
"""SQLITE_CORRUPT and SQLITE_NOTADB, see https://www.sqlite.org/rescode.html"""


def code(error: BaseException | None) -> int | None:
    """SQLite's primary result code of an error of its driver."""
    extended = getattr(error, "sqlite_errorcode", None)
    return extended & 0xFF if isinstance(extended, int) else None


def words(error: BaseException) -> str:
    """One line for people."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    number = code(cause)
    if number in SQLITE:
        return SQLITE[number]
    return f"the database cannot be used: {str(cause).splitlines()[0] if str(cause) else type(cause).__name__}"
