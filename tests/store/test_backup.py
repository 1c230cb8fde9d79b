"""The backup command of docs/operations.md, word for word, while articles come in."""

import re
import shlex
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

from store import keys
from store.bootstrap import migrate
from store.database import open_database
from tests.store.makers import add_articles


def test_a_backup_of_a_busy_database_is_whole(root: Path, tmp_path: Path) -> None:
    text = (root / "docs" / "operations.md").read_text("utf-8")
    (line,) = re.findall(r"^python3 -c .*\.backup\(.*$", text, re.MULTILINE)
    (tmp_path / "var").mkdir()
    database = open_database(f"sqlite:///{tmp_path / 'var' / 'obelus.sqlite3'}")
    migrate(database)
    with database.writing() as session:
        key_id = keys.add_key(session, keys.make_key(), name="tests", scopes=["submit"]).id
        add_articles(session, key_id, 100)
    stop, failures = threading.Event(), []

    def keep_writing() -> None:
        try:
            while not stop.is_set():
                with database.writing() as session:
                    add_articles(session, key_id, 1)
        except Exception as error:
            failures.append(error)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        command = [sys.executable, *shlex.split(line)[1:]]
        subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    finally:
        stop.set()
        writer.join(timeout=30)
        database.dispose()
    assert failures == []
    copy = sqlite3.connect(tmp_path / "backup.sqlite3")
    try:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copy.execute("PRAGMA foreign_key_check").fetchall() == []
        assert copy.execute("SELECT count(*) FROM articles").fetchone()[0] >= 100
    finally:
        copy.close()
