"""What tests of a running site share is copied whole, whoever writes to it meanwhile."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.running import DATABASE, Demo, copy_folder

COPIES, MANY, FEW = 12, 100_000, 200


@pytest.mark.sqlite
def test_a_copy_is_no_piece_of_a_database_that_somebody_writes(tmp_path: Path) -> None:
    demo, over = Demo(tmp_path / "data", ""), threading.Event()
    (demo.folder / "keys").mkdir(parents=True)
    (demo.folder / "keys" / "sealing").write_text("a key")
    with closing(sqlite3.connect(demo.folder / DATABASE)) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE pair (number INTEGER, words TEXT)")
        made.execute("CREATE INDEX by_words ON pair (words)")
        with made:
            made.executemany("INSERT INTO pair VALUES (?, ?)", rows(MANY))
    writer = threading.Thread(target=write, args=(demo.folder / DATABASE, over))
    writer.start()
    try:
        for number in range(COPIES):
            copy = tmp_path / f"copy {number}"
            copy_folder(demo, copy)
            with closing(sqlite3.connect(copy / DATABASE)) as there:
                assert there.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert there.execute("SELECT count(*) % ? FROM pair", [FEW]).fetchall() == [(0,)]
            assert (copy / "keys" / "sealing").read_text() == "a key"
            shutil.rmtree(copy)
    finally:
        over.set()
        writer.join()


def rows(count: int) -> list[tuple[int, str]]:
    """So many, each somewhere else in the index."""
    return [(number, f"{number * 7919 % 9973} words" * 9) for number in range(count)]


def write(path: Path, over: threading.Event) -> None:
    """Two hundred rows at a time, which are in the file at once, as often as there is time for it."""
    with closing(sqlite3.connect(path, timeout=30)) as there:
        there.execute("PRAGMA wal_autocheckpoint = 1")
        while not over.is_set():
            with there:
                there.executemany("INSERT INTO pair VALUES (?, ?)", rows(FEW))
