"""What the installer is told of a store before it changes anything; a downgrade is refused with the reason."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from brinkwatch.cli import preflight
from brinkwatch.store.database import Database, script_directory
from brinkwatch.store.sqlite_file import revision


def stamp(folder: Path, number: str) -> Path:
    """A store that some version wrote."""
    path = folder / "brinkwatch.db"
    if not path.exists():
        Database.open(None, folder).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (number,))
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "brinkwatch.yaml"
    path.write_text("max_alert_age: 6h\n")
    return path


def asked(config: Path, folder: Path) -> int:
    return preflight.main(["--config", str(config), "--state-dir", str(folder)])


def test_it_is_said_what_will_become_of_the_store(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = script_directory().get_current_head()
    assert asked(config, tmp_path) == 0
    assert "no store yet" in capsys.readouterr().out
    path = stamp(tmp_path, "0001")
    assert asked(config, tmp_path) == 0
    assert f"from revision 0001 to {head}" in capsys.readouterr().out
    assert revision(path) == "0001", "nothing is changed"
    stamp(tmp_path, str(head))
    assert asked(config, tmp_path) == 0
    assert "no migration" in capsys.readouterr().out


def test_a_downgrade_is_refused_with_the_reason(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stamp(tmp_path, "9999")
    assert asked(config, tmp_path) == 2
    said = capsys.readouterr().err
    assert "9999" in said
    assert "newer Brinkwatch" in said


def test_a_store_elsewhere_is_the_one_that_is_looked_at(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(f"state_dir: {tmp_path / 'elsewhere'}\n")
    (tmp_path / "elsewhere").mkdir()
    stamp(tmp_path / "elsewhere", "9999")
    assert asked(config, tmp_path) == 2
    config.write_text("store: {url: postgresql://nobody@127.0.0.1:1/none}\n")
    assert asked(config, tmp_path) == 0
    assert "server" in capsys.readouterr().out


def test_a_damaged_store_and_a_broken_configuration_are_said(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "brinkwatch.db").write_bytes(b"no database at all, and long enough to be seen as none" * 40)
    assert asked(config, tmp_path) == 0
    assert "set it aside" in capsys.readouterr().out
    config.write_text("routes: [")
    assert asked(config, tmp_path) == 2
    assert "brinkwatch.yaml:1" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root looks into the files of others")
def test_root_leaves_no_file_beside_a_store_that_its_owner_cannot_use(tmp_path: Path, config: Path) -> None:
    path = stamp(tmp_path, "0001")
    with closing(sqlite3.connect(path)) as keeps_it_open:
        keeps_it_open.execute("SELECT 1 FROM alembic_version").fetchone()
        os.chown(path, 65534, 65534)
        assert asked(config, tmp_path) == 0
        beside = list(tmp_path.glob("brinkwatch.db-*"))
        assert beside
        assert all(file.stat().st_uid == 65534 for file in beside)
