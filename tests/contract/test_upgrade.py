"""An upgrade copies the store before it migrates it; a downgrade is refused with the reason."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from brinkwatch.cli import preflight
from brinkwatch.store import before_migration, revision
from brinkwatch.store.before_migration import backup_path
from brinkwatch.store.database import Database, StoreError
from brinkwatch.store.revision import head, known


def store_at(folder: Path, number: str) -> Path:
    """A store whose schema was made by an older version."""
    Database.open(None, folder).close()
    path = folder / "brinkwatch.db"
    path.unlink()
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(revision.MIGRATIONS))
    import sqlalchemy as sa

    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, number)
    engine.dispose()
    return path


def stamp(path: Path, number: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (number,))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "brinkwatch.yaml"
    path.write_text("max_alert_age: 6h\n")
    return path


def test_a_migration_keeps_a_copy_of_what_was_there(tmp_path: Path) -> None:
    path = store_at(tmp_path, "0001")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO feeds (id, url, failures, health) VALUES ('kept', 'https://a/', 0, 'ok')")
    Database.open(None, tmp_path).close()
    copy = backup_path(path, "0001")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert connection.execute("SELECT id FROM feeds").fetchone() == ("kept",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not stat.S_IMODE(copy.stat().st_mode) & stat.S_IRWXO
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT id FROM feeds").fetchone() == ("kept",)


def test_a_start_without_a_migration_copies_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        Database.open(None, tmp_path).close()
    assert not list(tmp_path.glob("*before*"))


def test_without_a_copy_nothing_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = store_at(tmp_path, "0001")

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(before_migration, "_sync", full)
    with pytest.raises(StoreError, match="No space left"):
        Database.open(None, tmp_path)
    assert revision.revision_of(path) == "0001"
    assert not list(tmp_path.glob("*before*")), "half a copy is none"


def test_the_installer_is_told_before_anything_is_changed(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--config", str(config), "--state-dir", str(tmp_path / "state")]
    (tmp_path / "state").mkdir()
    assert preflight.main(arguments) == 0
    assert "no store yet" in capsys.readouterr().out
    path = store_at(tmp_path / "state", "0001")
    assert preflight.main(arguments) == 0
    assert f"from revision 0001 to {head()}" in capsys.readouterr().out
    assert revision.revision_of(path) == "0001"
    stamp(path, head())
    assert preflight.main(arguments) == 0
    assert "no migration" in capsys.readouterr().out


def test_a_downgrade_is_refused_with_the_reason(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = store_at(tmp_path, "0001")
    stamp(path, "9999")
    assert preflight.main(["--config", str(config), "--state-dir", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "9999" in said
    assert "newer Brinkwatch" in said
    with pytest.raises(StoreError, match="newer Brinkwatch"):
        Database.open(None, tmp_path)
    assert "9999" not in known()


def test_a_file_that_is_no_store_is_said(tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "brinkwatch.db").write_bytes(b"no database at all, and long enough to be seen as none" * 40)
    assert preflight.main(["--config", str(config), "--state-dir", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root looks into the files of others")
def test_root_leaves_no_file_beside_a_store_that_its_owner_cannot_use(tmp_path: Path) -> None:
    path = store_at(tmp_path, "0001")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    os.chown(path, 65534, 65534)
    assert revision.revision_of(path) == "0001"
    beside = [file for file in tmp_path.glob("brinkwatch.db-*") if not file.name.endswith("lock")]
    assert all(file.stat().st_uid == 65534 for file in beside)
