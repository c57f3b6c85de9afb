"""A backup is one moment of the house however much is written meanwhile; one with a forged trail does not come back;
the one that nobody thinks of is made, kept and told of."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import running
from tests.running import ROOT, Demo
from tests.test_backup import PATIENCE_SECONDS, elsewhere, is_bare, keepwell, restored, write

pytestmark = pytest.mark.both
WRITER = """
import django; django.setup()
import itertools, sys, time
from keepwell.platform.people.models import Person
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.registers.writing import create
ada = Person.objects.get(account__sign_in_name="ada")
print("writes", flush=True)
for number in itertools.count():
    told = {"code": f"WHILE-{number}", "name": "Written meanwhile", "minutes": 5, "active_from": "2019-01-01"}
    create(REGISTERS["courses"], told, by=ada)
    time.sleep(0.02)
"""
SCHEDULE = """
import django; django.setup()
import json
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
asked = enqueue("keeping.back_up")
while Job.objects.get(pk=asked.pk).state in ("queued", "running") and run_one():
    pass
done = Job.objects.get(pk=asked.pk)
print(json.dumps([done.state, done.result, done.error]))
"""
WHICH = "awareness_course WHERE code LIKE 'WHILE-%'"
LATE = f"SELECT count(*) FROM {WHICH}"
PEOPLE = "SELECT count(*) FROM people_person"
NONE_YET = "DELETE FROM keeping_backup"
"""Other stories back the shared demo group up."""
COURSES = "SELECT id FROM awareness_course"
CHANGES = (
    "SELECT record_id FROM history_change WHERE record_type = 'awareness.course' AND verb = 'course.create'"
)


@contextmanager
def writing(demo: Demo) -> Iterator[None]:
    """Somebody enters one course after the other, each with its row of the trail."""
    command = [sys.executable, "-c", WRITER]
    writer = subprocess.Popen(command, env=demo.environment, cwd=ROOT, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    try:
        assert writer.stdout.readline() == b"writes\n"
        yield
        assert writer.poll() is None, "nothing was written any more"
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()


def number(demo: Demo, sql: str) -> int:
    """The one number that `sql` finds."""
    ((found,),) = demo.rows(sql)
    return int(found)


class TestABackup:
    def test_that_is_taken_while_others_write_is_one_moment(self, demo: Demo, tmp_path: Path) -> None:
        path = tmp_path / "meanwhile.kwb"
        with running.copied(demo, tmp_path / "busy") as busy:
            with writing(busy):
                done = keepwell(busy, "backup", str(path))
                assert done.returncode == 0, done.stderr
                time.sleep(0.5)
            with elsewhere(busy, tmp_path) as bare:
                restored(bare, str(path))
                there, written = number(bare, LATE), number(busy, LATE)
                assert 0 < there < written, "nothing was written before, or nothing meanwhile"
                assert bare.rows(f"{COURSES} EXCEPT {CHANGES}") == [], "a course without its row of the trail"
                assert bare.rows(f"{CHANGES} EXCEPT {COURSES}") == [], "a row of the trail without its course"

    def test_with_a_forged_trail_is_refused_by_the_name_of_the_first_bad_row(
        self, few: Demo, tmp_path: Path
    ) -> None:
        path = tmp_path / "forged.kwb"
        with running.copied(few, tmp_path / "forged") as forged:
            assert keepwell(forged, "trail", "seal").returncode == 0
            for row in (40, 17):
                write(forged, f"UPDATE history_change SET verb = 'forged.{row}' WHERE leaf = {row}")
            assert keepwell(forged, "backup", str(path)).returncode == 0
            with elsewhere(forged, tmp_path) as bare:
                done = keepwell(bare, "restore", str(path))
                assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
                assert "The backup's trail is not whole: Row 17 is not what was sealed." in done.stderr
                assert is_bare(bare), "what is refused leaves nothing behind"


class TestTheScheduledBackup:
    def test_is_written_kept_and_told_of(self, few: Demo, tmp_path: Path) -> None:
        folder = tmp_path / "backups"
        folder.mkdir()
        (folder / "of-somebody-else.kwb").write_bytes(b"not ours to take away")
        wishes = {"KEEPWELL_BACKUP_FOLDER": str(folder), "KEEPWELL_BACKUP_KEEP": "2"}
        with running.copied(few, tmp_path / "house") as house:
            write(house, NONE_YET)
            assert "No backup was ever made here." in doctor(house, **wishes)
            made = [scheduled(house, **wishes) for _time in range(3)]
            assert [one["removed"] for one in made] == [0, 0, 1]
            assert sorted(folder.glob("keepwell-*.kwb")) == [Path(one["file"]) for one in made[1:]]
            assert (folder / "of-somebody-else.kwb").exists()
            assert list(folder.glob("*.part")) == []
            assert "The last backup is of" in doctor(house, **wishes)
            with elsewhere(house, tmp_path) as bare:
                restored(bare, made[-1]["file"])
                assert number(bare, PEOPLE) == number(house, PEOPLE)

    def test_without_its_folder_is_given_up_with_a_sentence(self, few: Demo, tmp_path: Path) -> None:
        with running.copied(few, tmp_path) as house:
            write(house, NONE_YET)
            state, _result, error = asked(house, KEEPWELL_BACKUP_FOLDER=str(tmp_path / "gone"))
            assert state != "done" and f"There is no folder {tmp_path / 'gone'}" in error
            assert "No backup was ever made here." in doctor(house)


def asked(demo: Demo, **wishes: str) -> tuple[str, Any, str]:
    """How the scheduled job ended: its state, its result and its error."""
    done = subprocess.run([sys.executable, "-c", SCHEDULE], env=demo.environment | wishes, cwd=ROOT, text=True,
                          capture_output=True, timeout=PATIENCE_SECONDS)  # fmt: skip
    assert done.returncode == 0, done.stderr
    state, result, error = json.loads(done.stdout.splitlines()[-1])
    return state, result, error


def scheduled(demo: Demo, **wishes: str) -> dict[str, Any]:
    """What a scheduled backup says that must go well; the next one has another second in its name."""
    state, result, error = asked(demo, **wishes)
    assert state == "done", error
    time.sleep(1)
    found: dict[str, Any] = result
    return found


def doctor(demo: Demo, **wishes: str) -> str:
    """What the examination says of backups."""
    told = json.loads(keepwell(demo, "doctor", "--json", **wishes).stdout)
    return " ".join(one["found"] for one in told["findings"] if one["name"] == "backups")
