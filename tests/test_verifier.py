"""The one-file verifier: it alone, with an export and a public key, tells an unchanged trail from any other."""

from __future__ import annotations

import ast
import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from unittest import TestCase

from tests import machine
from tests.sealed import Signatory, Trail, canonical, closed, plain, rows

VERIFIER = Path(__file__).resolve().parents[1] / "keepwell" / "library" / "verify_trail.py"
STRANGER = Signatory(99)


class Verifying(TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.trail = Trail(rows(64, erased=frozenset({5})))

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def run_on(self, content: bytes, *more: str, name: str = "trail.jsonl", key: str = "") -> tuple[int, str]:
        """The verifier's exit status and words, run as a stranger would: no site packages, no environment."""
        path = self.folder / name
        path.write_bytes(content)
        command = [
            sys.executable,
            "-I",
            "-S",
            str(VERIFIER),
            str(path),
            "--key",
            key or self.trail.key.vkey,
            *more,
        ]
        done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONIOENCODING": "utf-8"})
        self.assertNotIn("Traceback", done.stderr)
        return done.returncode, done.stdout + done.stderr

    def seen(self, note: str, name: str = "seen.txt") -> str:
        """A file with a checkpoint that left earlier."""
        path = self.folder / name
        path.write_text(note)
        return str(path)


class AnUnchangedTrail(Verifying):
    def test_is_complete_and_unchanged(self) -> None:
        status, said = self.run_on(self.trail.export())
        self.assertEqual(status, 0, said)
        self.assertIn("Complete and unchanged since 2025-11-13T21:12:00.000000Z: 64 rows", said)
        self.assertIn("2 personal parts were erased", said)

    def test_may_be_packed(self) -> None:
        self.assertEqual(self.run_on(gzip.compress(self.trail.export()), name="trail.jsonl.gz")[0], 0)

    def test_may_begin_at_any_row(self) -> None:
        for first in (1, 2, 10, 31, 63):
            with self.subTest(first):
                status, said = self.run_on(self.trail.export(first))
                self.assertEqual(status, 0, said)
                self.assertIn(f"{64 - first} rows from row {first} on", said)

    def test_contains_what_left_earlier(self) -> None:
        self.assertEqual(
            self.run_on(self.trail.export(), "--seen", self.seen(self.trail.checkpoint(33)))[0], 0
        )

    def test_goes_on_under_a_key_that_the_old_one_named(self) -> None:
        turned = Trail(rows(40), turns={20: Signatory(2)})
        self.assertEqual(self.run_on(turned.export())[0], 0)

    def test_proves_each_of_its_rows(self) -> None:
        for number in (0, 1, 5, 31, 32, 62, 63):
            told = json.dumps(self.trail.proof(number)).encode()
            with self.subTest(number):
                status, said = self.run_on(told, name="proof.json")
                self.assertEqual(status, 0, said)
                self.assertIn(f"Row {number} of", said)


class AChangedTrail(Verifying):
    def assert_found(self, content: bytes, words: str, *more: str, key: str = "") -> None:
        status, said = self.run_on(content, *more, key=key)
        self.assertEqual(status, 1, said)
        self.assertIn(words, said)

    def lines(self) -> list[str]:
        return list(self.trail.lines())

    def resealed(self, lines: list[str]) -> bytes:
        """`lines` with a right last line, as a thief of the key in use would close them."""
        return closed(lines, 64, self.trail.key)

    def test_names_the_row_that_was_edited(self) -> None:
        lines = self.lines()
        lines[18] = lines[18].replace('"unit.edit"', '"unit.look"')
        self.assert_found(self.resealed(lines), "Row 16 is not what was sealed")

    def test_names_the_row_whose_person_was_edited(self) -> None:
        lines = self.lines()
        lines[1] = lines[1].replace('"name":"', '"name":"x')
        self.assert_found(self.resealed(lines), "Row 0 is not what was sealed: “who” was changed")

    def test_names_the_stretch_where_an_edit_kept_its_own_hashes(self) -> None:
        forged = Trail([*self.trail.rows[:16], rows(1, seed=8)[0], *self.trail.rows[17:]])
        lines, other = self.lines(), list(forged.lines())
        lines[18] = other[18]
        self.assert_found(self.resealed(lines), "One of the rows 10 to 19 is not what was sealed")

    def test_names_the_row_that_is_missing(self) -> None:
        lines = self.lines()
        del lines[18]
        self.assert_found(self.resealed(lines), "Row 16 is missing or out of order")

    def test_names_the_rows_in_another_order(self) -> None:
        lines = self.lines()
        lines[18], lines[19] = lines[19], lines[18]
        self.assert_found(self.resealed(lines), "Row 16 is missing or out of order")

    def test_names_the_row_where_it_breaks_off(self) -> None:
        content = self.trail.export()
        self.assert_found(
            b"".join(content.splitlines(keepends=True)[:30]), "is missing: the export breaks off there"
        )

    def test_shows_a_shorter_trail_by_what_left_earlier(self) -> None:
        shorter = Trail(self.trail.rows[:30])
        self.assert_found(
            shorter.export(), "Row 30 is missing", "--seen", self.seen(self.trail.checkpoint(64))
        )

    def test_shows_a_rewritten_trail_by_what_left_earlier(self) -> None:
        rewritten = Trail(rows(64, seed=8))
        note = self.seen(self.trail.checkpoint(33))
        self.assert_found(rewritten.export(), "the checkpoint that left the house of 33 rows", "--seen", note)

    def test_shows_a_trail_rewritten_under_a_new_key(self) -> None:
        self.assert_found(Trail(rows(64), STRANGER).export(), "not signed by a key you hold")

    def test_takes_no_key_that_merely_signed_beside(self) -> None:
        lines = self.lines()
        note = json.loads(lines[-1])["checkpoint"]
        beside = Trail(self.trail.rows, STRANGER).checkpoint(64).rpartition("\n\n")[2]
        lines[-1] = plain({"checkpoint": note + beside})
        self.assert_found(closed(lines, 64, STRANGER), "not signed by a key you hold")

    def test_shows_a_fork_between_two_checkpoints_that_left(self) -> None:
        other = Trail(rows(64, seed=8)).checkpoint(64)
        two = ["--seen", self.seen(self.trail.checkpoint(64)), "--seen", self.seen(other, "other.txt")]
        self.assert_found(self.trail.export(), "the trail was forked", *two)

    def test_vouches_for_nothing_without_a_checkpoint(self) -> None:
        bare = [line for line in self.lines() if not line.startswith('{"checkpoint"')]
        self.assert_found(self.resealed(bare), "under no checkpoint")

    def test_shows_any_one_changed_byte(self) -> None:
        dice, content = Random(11), self.trail.export()
        for _ in range(machine.rounds(20, 1000)):
            at, bit = dice.randrange(len(content)), 1 << dice.randrange(8)
            with self.subTest(at=at, bit=bit):
                self.assertEqual(
                    self.run_on(content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :])[0], 1
                )

    def test_shows_a_proof_of_another_row(self) -> None:
        told = self.trail.proof(9)
        for name, other in (("leaf", 8), ("entry", self.trail.proof(8)["entry"]), ("size", 63),
                            ("path", told["path"][1:]), ("who", self.trail.proof(8)["who"])):  # fmt: skip
            with self.subTest(name):
                status, said = self.run_on(json.dumps(told | {name: other}).encode(), name="proof.json")
                self.assertEqual(status, 1, said)


class TheProgram(Verifying):
    def test_is_one_file_that_imports_only_python_itself(self) -> None:
        tree = ast.parse(VERIFIER.read_text())
        names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
        names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        self.assertEqual({name.partition(".")[0] for name in names} - sys.stdlib_module_names, set())

    def test_says_when_a_key_is_none(self) -> None:
        for key in ("nothing", "a+b+c", self.trail.key.vkey[:-4] + "AAA="):
            with self.subTest(key):
                self.assertEqual(self.run_on(self.trail.export(), key=key)[0], 2)

    def test_refuses_what_is_neither_export_nor_proof(self) -> None:
        for content in (b"", b"{}", b"[1]", b"\xff\xfe", b"null\n", canonical({"format": "other"}).encode()):
            for name in ("trail.jsonl", "trail.jsonl.gz", "proof.json"):
                with self.subTest(content=content, name=name):
                    self.assertEqual(self.run_on(content, name=name)[0], 1)

    def test_agrees_with_rfc_8032(self) -> None:
        vectors = (
            ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
             "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
            ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
             "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
            ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
             "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
        )  # fmt: skip
        program = f"import runpy; v = runpy.run_path({str(VERIFIER)!r}); h = bytes.fromhex\n"
        for public, message, signature in vectors:
            wrong = signature[:-2] + "01"
            program += f"assert v['is_signed'](h('{public}'), h('{message}'), h('{signature}'))\n"
            program += f"assert not v['is_signed'](h('{public}'), h('{message}'), h('{wrong}'))\n"
        subprocess.run([sys.executable, "-I", "-c", program], check=True)
