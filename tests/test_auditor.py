"""An auditor on another machine: an export made by Keepwell, a public key, the one-file verifier, and nothing else.

That machine has no database: one story is told on both, the others on SQLite (ADR 84)."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import running
from tests.prompt import Prompt, prompt
from tests.running import ROOT, Demo

VERIFIER = ROOT / "keepwell" / "library" / "verify_trail.py"
PATIENCE_SECONDS = 120
UNCHANGED = "Complete and unchanged since "


class Auditor:
    """Somebody in an empty folder, who holds a key that was told by another way."""

    def __init__(self, folder: Path, key: str) -> None:
        folder.mkdir()
        shutil.copy(VERIFIER, folder)
        self.folder, self.key = folder, key

    def check(self, content: bytes, *words: str, name: str = "handed.jsonl") -> tuple[int, str]:
        """The status of the verifier and what it says; it has neither site packages nor an environment."""
        (self.folder / name).write_bytes(content)
        command = [sys.executable, "-I", "-S", VERIFIER.name, name, "--key", self.key, *words]
        done = subprocess.run(command, cwd=self.folder, env={"PYTHONIOENCODING": "utf-8"}, capture_output=True,
                              text=True, timeout=PATIENCE_SECONDS)  # fmt: skip
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr


class House:
    """An installation, and what an operator does there for an auditor."""

    def __init__(self, demo: Demo, folder: Path, operator: Prompt) -> None:
        self.demo, self.folder, self.operator = demo, folder, operator

    def says(self, *words: str, status: int = 0) -> str:
        """What a command of Keepwell prints, whose status must be `status`."""
        done = self.operator.keepwell(*words)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def complains(self, *words: str) -> str:
        """What a command says that was asked for what cannot be."""
        done = self.operator.keepwell(*words)
        assert (done.returncode, done.stdout) == (2, ""), done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr.splitlines()[-1]

    def export(self, *words: str, name: str = "trail.jsonl") -> bytes:
        """An export, as it lies in the file."""
        path = self.folder / name
        self.says("trail", "export", str(path), "--as", "ada", *words)
        return path.read_bytes()

    def keys(self) -> list[str]:
        """The public keys, the one in use last."""
        return self.says("trail", "key").split()

    def size(self) -> int:
        """How many rows are under the newest checkpoint."""
        return int(self.says("trail", "checkpoint").split("\n")[1])


@pytest.fixture(scope="module")
def house(many: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation for the stories of this file, sealed twice: an export is told to the trail."""
    folder = tmp_path_factory.mktemp("house")
    with (
        running.copied(many, folder) as copy,
        prompt(copy.environment, folder / "said") as operator,
    ):
        found = House(copy, folder, operator)
        found.says("trail", "seal")
        found.export()
        found.says("trail", "seal")
        yield found


@pytest.fixture(scope="module")
def content(house: House) -> bytes:
    """The whole trail, as it was handed out."""
    return house.export()


def rows(content: bytes) -> list[int]:
    """The numbers of the rows that an export holds."""
    lines = content.split(b"\n")
    return [json.loads(line)["leaf"] for line in lines if line.startswith(b'{"leaf":')]


def turned(content: bytes, row: int) -> bytes:
    """`content` with one byte of `row` changed: a letter of its verb."""
    place = content.index(b'"verb":"', content.index(b'{"leaf":%d,' % row)) + len('"verb":"')
    letter = b"x" if content[place : place + 1] != b"x" else b"y"
    return content[:place] + letter + content[place + 1 :]


class TestAnAuditor:
    def test_proves_on_another_machine_that_nothing_was_changed(
        self, house: House, content: bytes, tmp_path: Path
    ) -> None:
        auditor = Auditor(tmp_path / "auditor", house.keys()[-1])
        status, said = auditor.check(content)
        assert (status, said.startswith(UNCHANGED)) == (0, True), said
        count = len(rows(content))
        assert f": {count} rows, up to the checkpoint of {count} rows" in said

    @pytest.mark.sqlite
    def test_finds_one_changed_byte_and_names_its_row(
        self, house: House, content: bytes, tmp_path: Path
    ) -> None:
        auditor = Auditor(tmp_path / "auditor", house.keys()[-1])
        last = rows(content)[-1]
        for row in (0, last // 2, last):
            status, said = auditor.check(turned(content, row))
            assert (status, said.split(" is ")[0]) == (1, f"Row {row}"), said

    @pytest.mark.sqlite
    def test_reads_a_packed_export(self, house: House, tmp_path: Path) -> None:
        packed = house.export(name="trail.jsonl.gz")
        auditor = Auditor(tmp_path / "auditor", house.keys()[-1])
        assert auditor.check(packed, name="handed.jsonl.gz")[0] == 0
        forged = gzip.compress(turned(gzip.decompress(packed), 7))
        status, said = auditor.check(forged, name="handed.jsonl.gz")
        assert (status, said.split(" is ")[0]) == (1, "Row 7"), said

    @pytest.mark.sqlite
    def test_reads_a_stretch_of_it(self, house: House, tmp_path: Path) -> None:
        auditor = Auditor(tmp_path / "auditor", house.keys()[-1])
        middle = house.export("--from", "11", "--until", "500")
        status, said = auditor.check(middle)
        assert (status, "rows from row 11 on" in said) == (0, True), said
        assert rows(middle)[0] == 11 and 500 <= rows(middle)[-1] + 1 < house.size()
        status, said = auditor.check(turned(middle, 12))
        assert (status, said.split(" is ")[0]) == (1, "Row 12"), said

    @pytest.mark.sqlite
    def test_holds_it_against_the_checkpoint_that_left_earlier(
        self, house: House, content: bytes, tmp_path: Path
    ) -> None:
        house.says("trail", "seal")
        seen = tmp_path / "june.txt"
        seen.write_text(house.says("trail", "checkpoint"))
        auditor = Auditor(tmp_path / "auditor", house.keys()[-1])
        later = house.export("--from", str(len(rows(content)) // 2))
        assert auditor.check(later, "--seen", str(seen))[0] == 0
        status, said = auditor.check(content, "--seen", str(seen))
        assert (status, "is missing: a checkpoint of" in said) == (1, True), (
            "what was handed out before is shorter"
        )

    @pytest.mark.sqlite
    def test_is_not_hindered_by_what_was_erased(self, house: House, tmp_path: Path) -> None:
        auditor = Auditor(tmp_path / "auditor", house.keys()[-1])
        name, number = house.demo.rows(
            "SELECT name, number FROM people_person p WHERE kind = 'employee' AND employed_until < '2025-06-01' "
            "AND EXISTS (SELECT 1 FROM history_change c WHERE c.record_id = p.id) ORDER BY number LIMIT 1"
        )[0]  # fmt: skip
        house.says("person", "erase", number, "--reason", "A request", "--as", "ada")
        content = house.export()
        assert b'"who":{"erased":true}' in content or b'"what":{"erased":true}' in content
        assert name.encode() not in content
        status, said = auditor.check(content)
        assert (status, "personal parts were erased" in said) == (0, True), said


@pytest.mark.sqlite
class TestTheHouseItself:
    def test_checks_its_trail_by_what_left_and_by_keys_it_is_given(
        self, house: House, tmp_path: Path
    ) -> None:
        seen, key = tmp_path / "june.txt", tmp_path / "key.txt"
        seen.write_text(house.says("trail", "checkpoint"))
        key.write_text(house.says("trail", "key"))
        said = house.says("trail", "verify", "--seen", str(seen), "--key", str(key))
        assert said.startswith(UNCHANGED)
        assert f"{house.size():,} rows" in said
        stranger = "nobody.example/trail" + house.keys()[0].partition("/trail")[2]
        assert "not written as name+hash+base64" in house.complains("trail", "verify", "--key", stranger)
        forged = tmp_path / "forged.txt"
        forged.write_text(seen.read_text().replace("\n", "\n1", 1))
        assert "not signed with a key of ours" in house.says(
            "trail", "verify", "--seen", str(forged), status=1
        )

    def test_checks_an_export_and_a_proof(self, house: House, content: bytes, tmp_path: Path) -> None:
        path = tmp_path / "trail.jsonl"
        path.write_bytes(content)
        assert house.says("trail", "verify", str(path)).startswith(UNCHANGED)
        path.write_bytes(turned(content, 3))
        assert house.says("trail", "verify", str(path), status=1).startswith("Row 3 is not what was sealed")
        proof = tmp_path / "proof.json"
        proof.write_text(house.says("trail", "prove", "3", "--as", "ada"))
        assert "Row 3 of" in house.says("trail", "verify", str(proof))

    def test_proves_the_newest_row_about_a_record(self, house: House, tmp_path: Path) -> None:
        auditor = Auditor(tmp_path / "auditor", house.keys()[-1])
        ((record,),) = house.demo.rows(
            "SELECT id FROM people_person WHERE number = 'A0000001'"
        ) or house.demo.rows("SELECT id FROM people_person ORDER BY number LIMIT 1")  # fmt: skip
        proof = house.says("trail", "prove", str(record), "--as", "ada")
        told = json.loads(proof)
        assert told["entry"]["record"].replace("-", "") == str(record).replace("-", "")
        status, said = auditor.check(proof.encode(), name="proof.json")
        assert (status, f"Row {told['leaf']} of" in said) == (0, True), said
        told["entry"]["verb"] = "person.retire"
        assert auditor.check(json.dumps(told).encode(), name="proof.json")[0] == 1

    def test_says_what_it_cannot_prove(self, house: House) -> None:
        assert "neither a record's id nor the number of a row" in house.complains("trail", "prove", "ada")
        assert "has no row 999999999" in house.complains("trail", "prove", "999999999")


@pytest.mark.sqlite
class TestAChangeOfKey:
    """Told last, for nobody else's key would be the one in use."""

    def test_is_followed_by_who_holds_the_old_key_alone(self, house: House, tmp_path: Path) -> None:
        auditor, before = Auditor(tmp_path / "auditor", house.keys()[-1]), house.size()
        house.export()
        house.says("keys", "renew", "--ring", "signing")
        for words in (("--until", str(before)), (), ("--from", "7", "--until", str(before))):
            status, said = auditor.check(house.export(*words))
            assert status == 0, said
        newer = Auditor(tmp_path / "newer", house.keys()[-1])
        assert newer.key != auditor.key
        behind = house.export("--from", str(house.size()))
        assert newer.check(behind)[0] == 0
        status, said = auditor.check(behind)
        assert (status, "not signed by a key you hold" in said) == (1, True), (
            "nothing there names the new key"
        )
