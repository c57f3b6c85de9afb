"""The trail for auditors: who reads which rows, narrowed, sampled, taken out and proved; reading is kept."""

from __future__ import annotations

import argparse
import gzip
import json
import runpy
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.config.commands import trail as command
from keepwell.config.commands.trail import VERIFIER
from keepwell.kernel import moments
from keepwell.platform.history import export, personal, sequencer
from keepwell.platform.history.acting import acting
from keepwell.platform.history.ledger import Trail
from keepwell.platform.history.models import Change
from keepwell.platform.history.noting import note
from keepwell.platform.history.tests.sealed import with_keys, write
from keepwell.platform.people.proofs import PROVED
from keepwell.platform.people.tokens import issue
from tests.cast import Cast, grant

PAGE = "/administration/trail/"


class Trailing(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(with_keys())
        with acting(self.ada, "person.amend", reason="married"):
            grant(self.ben, "administrator", self.khh1)
            self.eva.name = "Eva <Lin>"
            self.eva.save()
        note(
            self.sam, "jobs", kind="refusal", unit_id=self.group.pk, reason="You have no right to this page."
        )
        sequencer.seal()
        self.changed = Change.objects.get(record_id=self.eva.pk, version=2)
        self.sign_in(self.ada)

    def leaves(self, query: str = "") -> list[int]:
        answer = self.client.get(f"{PAGE}{query}")
        self.assertEqual(answer.status_code, 200, answer.content[:500])
        return [one.row.leaf for one in answer.context["rows"]]


class Reading(Trailing):
    def test_shows_the_newest_row_first_to_who_administers_the_group(self) -> None:
        size = Trail.objects.get().size
        self.assertEqual(self.leaves()[:3], [size - 1, size - 2, size - 3])
        answer = self.client.get(PAGE)
        self.assertContains(answer, "Eva &lt;Lin&gt;")
        self.assertContains(
            answer, Trail.objects.get().keys[-1].replace("+", "&#x2B;").replace("=", "&#x3D;")[:12]
        )

    def test_shows_nothing_to_sam(self) -> None:
        self.sign_in(self.sam)
        leaf = self.changed.leaf
        for address in (PAGE, f"{PAGE}checkpoint.txt", f"{PAGE}take-out.csv"):
            self.assertEqual(self.client.get(address).status_code, 403, address)
        for address in (f"{PAGE}{leaf}/", f"{PAGE}{leaf}/proof.json"):
            self.assertEqual(self.client.get(address).status_code, 404, address)

    def test_shows_rows_of_their_units_to_others(self) -> None:
        self.sign_in(self.ben)
        units = set(Change.objects.filter(leaf__in=self.leaves()).values_list("unit_id", flat=True))
        self.assertEqual(units, {self.khh1.pk})

    def test_is_kept_itself(self) -> None:
        self.client.get(f"{PAGE}?kind=refusal")
        row = Change.objects.filter(kind="read").latest("id")
        self.assertEqual((row.verb, row.by, row.answers["asked"]), ("trail", self.ada.pk, "kind=refusal"))

    def test_says_that_a_person_was_erased(self) -> None:
        personal.forget(Change.objects.filter(pk=self.changed.pk))
        self.assertContains(self.client.get(PAGE), "a person who was erased")
        answer = self.client.get(f"{PAGE}{self.changed.leaf}/")
        self.assertContains(answer, "The seal over it still holds.")
        self.assertContains(self.client.get(f"/people/{self.eva.pk}/"), "was erased")

    def test_says_what_waits(self) -> None:
        write(3)
        answer = self.client.get(PAGE)
        self.assertEqual(answer.context["trail"].waiting, 3)
        self.assertContains(answer, "Rows that wait")


class Narrowing(Trailing):
    def test_finds_by_person_record_act_kind_and_period(self) -> None:
        leaf = self.changed.leaf
        today = moments.today(self.ada.unit.time_zone)
        tomorrow = today + timedelta(days=1)
        for query, found in (
            (f"?person={self.ada.number}&record={self.eva.pk}", [leaf]), (f"?person={self.ada.pk}&record={self.eva.pk}", [leaf]),
            ("?verb=person.amend", [leaf, leaf - 1]), ("?kind=refusal", [leaf + 1]), (f"?since={tomorrow}", []),
            (f"?kind=refusal&since={today}&until={tomorrow}", [leaf + 1]),
        ):  # fmt: skip
            self.assertEqual(self.leaves(query), found, query)

    def test_finds_by_unit(self) -> None:
        self.assertIn(self.changed.leaf, self.leaves("?unit=MAT"))
        self.assertNotIn(self.changed.leaf, self.leaves("?unit=PEN1"))

    def test_says_what_cannot_be_asked(self) -> None:
        for query, sentence in (
            ("?kind=rumour", "A row is a change"), ("?since=yesterday", "Write a day as"), ("?record=7", "named by its id"),
            ("?person=Nobody", "Nobody has the employee number"), ("?before=x", "whole number"),
            ("?since=2025-02-02&until=2025-01-01", "ends before it begins"), ("?sample=5&upto=9", "needs a seed"),
            ("?sample=0&seed=x&upto=9", "from 1 to"),
        ):  # fmt: skip
            answer = self.client.get(f"{PAGE}{query}")
            self.assertContains(answer, sentence, status_code=400)

    def test_goes_on_by_the_number_of_the_last_row(self) -> None:
        write(120)
        sequencer.seal()
        first = self.leaves()
        self.assertEqual(len(first), 50)
        self.assertEqual(self.leaves(f"?before={first[-1]}")[0], first[-1] - 1)

    def test_costs_the_same_on_every_page(self) -> None:
        write(120)
        sequencer.seal()
        address = f"{PAGE}?verb=story.told"
        first, later = self.asked(address), self.asked(f"{address}&before=80")
        self.assertEqual(first, later)
        self.assertLessEqual(first, 30)

    def asked(self, address: str) -> int:
        """How many queries a page makes once it is warm."""
        self.client.get(address)
        with CaptureQueriesContext(connection) as found:
            self.client.get(address)
        return len(found)


class Sampling(Trailing):
    def test_draws_the_same_rows_for_the_same_seed(self) -> None:
        write(200)
        sequencer.seal()
        size = Trail.objects.get().size
        one = self.leaves(f"?sample=20&seed=2025&upto={size}")
        expected = sorted(range(size), key=lambda n: sha256(f"2025:{n}".encode()).digest())[:20]
        self.assertEqual(one, sorted(expected, reverse=True))
        write(50)
        sequencer.seal()
        self.assertEqual(self.leaves(f"?sample=20&seed=2025&upto={size}"), one)
        self.assertNotEqual(self.leaves(f"?sample=20&seed=2026&upto={size}"), one)

    def test_writes_into_the_address_up_to_where_it_drew(self) -> None:
        answer = self.client.get(f"{PAGE}?sample=5&seed=x")
        self.assertRedirects(answer, f"{PAGE}?sample=5&seed=x&upto={Trail.objects.get().size}")


class SamplingByEveryDoor(Trailing):
    """The page, the API and the command draw the same rows by the same seed."""

    def setUp(self) -> None:
        super().setUp()
        write(200)
        sequencer.seal()
        self.size = Trail.objects.get().size

    def by_api(self, query: str, who: object = None) -> tuple[int, dict]:
        bearer = f"Bearer {issue(who or self.ada)}"
        answer = self.client.get(f"/api/trail/sample?{query}", HTTP_AUTHORIZATION=bearer)
        return answer.status_code, answer.json()

    def by_command(self, *told: str) -> list[int]:
        parser = argparse.ArgumentParser()
        command.words(parser.add_subparsers())
        with redirect_stdout(StringIO()) as said:
            command.run(parser.parse_args(["trail", "sample", *told, "--as", "ada"]))
        return [json.loads(line)["row"] for line in said.getvalue().splitlines()]

    def test_draws_the_same(self) -> None:
        # The page stays at a unit that was chosen, so that this one comes last.
        for narrowing in ({}, {"verb": "story.told"}, {"kind": "change", "unit": "MAT"}):
            page = "".join(f"&{name}={value}" for name, value in narrowing.items())
            named = {{"verb": "act"}.get(name, name): value for name, value in narrowing.items()}
            words = [word for name, value in named.items() for word in (f"--{name}", value)]
            drawn = self.leaves(f"?sample=15&seed=2025&upto={self.size}{page}")
            self.assertGreater(len(drawn), 0, narrowing)
            query = "".join(f"&{name}={value}" for name, value in named.items())
            status, told = self.by_api(f"sample=15&seed=2025&upto={self.size}{query}")
            self.assertEqual((status, [one["row"] for one in told["items"]]), (200, drawn), narrowing)
            self.assertEqual(
                self.by_command("15", "--seed", "2025", "--upto", str(self.size), *words), drawn, narrowing
            )

    def test_says_up_to_where_it_drew(self) -> None:
        told = self.by_api("sample=5&seed=x")[1]
        self.assertEqual(told["upto"], self.size)
        self.assertEqual([one["row"] for one in told["items"]], self.by_command("5", "--seed", "x"))

    def test_is_kept(self) -> None:
        self.by_api("sample=5&seed=x")
        row = Change.objects.filter(kind="read").latest("id")
        self.assertEqual((row.verb, row.answers["asked"]), ("GET /api/trail/sample", "sample=5&seed=x"))
        self.by_command("5", "--seed", "x", "--kind", "refusal")
        row = Change.objects.filter(kind="read").latest("id")
        told = {"sample": 5, "seed": "x", "upto": self.size, "asked": "kind=refusal"}
        self.assertEqual((row.verb, row.by, row.answers), ("trail.sample", self.ada.pk, told))

    def test_keeps_to_the_rights_of_who_draws(self) -> None:
        self.assertEqual(self.by_api("sample=5&seed=x", self.sam)[0], 403)
        units = {one["unit"] for one in self.by_api("sample=1000&seed=x", self.ben)[1]["items"]}
        self.assertEqual(units, {"KHH1"})

    def test_says_what_cannot_be_asked(self) -> None:
        for query in ("sample=0&seed=x", "sample=1001&seed=x", "sample=5", "sample=5&seed=x&kind=rumour",
                      "sample=5&seed=x&unit=NOWHERE", "sample=5&seed=x&upto=-1"):  # fmt: skip
            self.assertEqual(self.by_api(query)[0], 400, query)
        with self.assertRaises(SystemExit), redirect_stderr(StringIO()) as said:
            self.by_command("0", "--seed", "x")
        self.assertIn("A sample has from 1 to", said.getvalue())


class TakingAlong(Trailing):
    """The whole trail and the verifier, both from the page."""

    def whole(self) -> bytes:
        answer = self.client.get(f"{PAGE}whole/take-out")
        self.assertEqual((answer.status_code, answer["Content-Type"]), (200, "application/gzip"))
        return b"".join(answer)

    def checked(self, content: bytes) -> tuple[int, str]:
        """What the verifier that the page hands out says of `content`, run as a stranger would run it."""
        with TemporaryDirectory() as folder:
            (Path(folder) / "verify_trail.py").write_bytes(self.client.get(f"{PAGE}verify_trail.py").content)
            (Path(folder) / "trail.jsonl.gz").write_bytes(content)
            words = ["verify_trail.py", "trail.jsonl.gz", "--key", Trail.objects.get().keys[-1]]
            done = subprocess.run([sys.executable, "-I", "-S", *words], cwd=folder, capture_output=True, text=True,
                                  env={"PYTHONIOENCODING": "utf-8"})  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def test_says_complete_and_unchanged(self) -> None:
        status, said = self.checked(self.whole())
        self.assertEqual(status, 0, said)
        self.assertIn("Complete and unchanged since", said)
        self.assertIn(f"{Trail.objects.get().signed} rows", said)

    def test_finds_what_was_changed(self) -> None:
        forged = gzip.compress(gzip.decompress(self.whole()).replace(b"Eva <Lin>", b"Eva <Lim>", 1))
        self.assertEqual(self.checked(forged)[0], 1)

    def test_is_what_the_command_writes(self) -> None:
        body = gzip.decompress(self.whole()).split(b"\n")
        written = b"".join(export.lines(export.span())).split(b"\n")
        self.assertEqual(
            body[1:-2], written[1:-2], "all but the moment of the export, which the last line signs"
        )

    def test_shows_the_digest_of_the_verifier(self) -> None:
        digest = sha256(self.client.get(f"{PAGE}verify_trail.py").content).hexdigest()
        self.assertContains(self.client.get(PAGE), digest)
        self.assertEqual(digest, sha256(VERIFIER.read_bytes()).hexdigest())

    def test_is_kept_and_asks_for_a_fresh_proof(self) -> None:
        self.whole()
        row = Change.objects.filter(kind="read").latest("id")
        self.assertEqual((row.verb, row.by), ("trail-whole", self.ada.pk))
        session = self.client.session
        session[PROVED] -= 11 * 60
        session.save()
        self.assertContains(self.client.get(f"{PAGE}whole/take-out"), "Is it you?", status_code=403)

    def test_is_refused_to_who_may_not_read_every_row(self) -> None:
        self.sign_in(self.ben)
        self.assertContains(self.client.get(f"{PAGE}whole/take-out"), "the whole group", status_code=409)
        self.sign_in(self.sam)
        for address in (f"{PAGE}whole/take-out", f"{PAGE}verify_trail.py"):
            self.assertEqual(self.client.get(address).status_code, 403, address)


class TakingOut(Trailing):
    def test_gives_what_is_narrowed(self) -> None:
        answer = self.client.get(f"{PAGE}take-out.jsonl?record={self.eva.pk}&kind=change")
        lines = [json.loads(line) for line in b"".join(answer).decode().splitlines()]
        self.assertEqual([line["version"] for line in lines], [1, 2])
        self.assertEqual(lines[1]["after"], {"name": "Eva <Lin>"})
        text = b"".join(self.client.get(f"{PAGE}take-out.csv?kind=refusal")).decode("utf-8-sig")
        self.assertEqual(len(text.strip().split("\r\n")), 2)
        self.assertEqual(self.client.get(f"{PAGE}take-out.xlsx").content[:2], b"PK")
        self.assertEqual(self.client.get(f"{PAGE}take-out.pdf").status_code, 404)

    def test_is_one_json_line_whatever_the_words(self) -> None:
        """R16: no text forges a second line, nor colours a terminal."""
        hostile = "a\r\nb\x1b[31mred\u2028c\u2029d\x85e\x0bf\x00g"
        with acting(self.ada, "person.amend", reason=hostile):
            self.eva.name = "Eva Chen"
            self.eva.save()
        note(None, hostile[:60].replace("\x00", ""), kind="event", words=hostile)
        sequencer.seal()
        answer = self.client.get(f"{PAGE}take-out.jsonl")
        text = b"".join(answer).decode()
        self.assertTrue(text.isascii())
        self.assertNotIn("\x1b", text)
        lines = text.splitlines()
        self.assertEqual(len(lines), Change.objects.sealed().count())
        told = [json.loads(line) for line in lines]
        self.assertEqual(told[-2]["answers"]["reason"], hostile.replace("\x00", "\ufffd"))


class Proving(Trailing):
    def test_gives_a_file_that_the_verifier_accepts(self) -> None:
        self.assertEqual(self.verified(self.proof()), 0)

    def test_of_a_changed_row_is_not_accepted(self) -> None:
        told = self.proof()
        for change in ({"entry": {**told["entry"], "verb": "person.retire"}}, {"leaf": told["leaf"] - 1},
                       {"who": {**told["who"], "value": {"name": "Mallory"}}}):  # fmt: skip
            self.assertEqual(self.verified({**told, **change}), 1)

    def test_is_offered_beside_the_history_of_the_record(self) -> None:
        self.sign_in(self.cleo)
        answer = self.client.get(f"/people/{self.eva.pk}/")
        if answer.status_code == 200:
            self.assertContains(answer, f"{PAGE}{self.changed.leaf}/proof.json")
            self.assertEqual(self.client.get(f"{PAGE}{self.changed.leaf}/proof.json").status_code, 200)
        self.sign_in(self.ada)
        self.assertContains(
            self.client.get(f"/people/{self.eva.pk}/"), f"{PAGE}{self.changed.leaf}/proof.json"
        )

    def test_waits_for_the_checkpoint(self) -> None:
        write(1)
        sequencer.advance()
        answer = self.client.get(f"{PAGE}{Trail.objects.get().size - 1}/proof.json")
        self.assertContains(answer, "try again in a minute", status_code=409)

    def proof(self) -> dict:
        answer = self.client.get(f"{PAGE}{self.changed.leaf}/proof.json")
        self.assertEqual(answer["Content-Type"], "application/json")
        return json.loads(answer.content)

    def verified(self, told: dict) -> int:
        """The status of the one-file verifier."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "proof.json"
            path.write_text(json.dumps(told))
            main = runpy.run_path(str(VERIFIER))["main"]
            return int(main([str(path), "--key", Trail.objects.get().keys[-1]]))


class TheApi(Trailing):
    def ask(self, path: str, who: object = None) -> tuple[int, dict]:
        self.client.logout()
        answer = self.client.get(f"/api{path}", HTTP_AUTHORIZATION=f"Bearer {issue(who or self.ada)}")
        return answer.status_code, answer.json()

    def test_tells_rows_checkpoint_and_proof(self) -> None:
        status, told = self.ask(f"/trail?record={self.eva.pk}&size=1")
        self.assertEqual(
            (status, told["items"][0]["row"], told["before"]), (200, self.changed.leaf, self.changed.leaf)
        )
        self.assertEqual(UUID(told["items"][0]["person"]), self.ada.pk)
        status, told = self.ask("/trail/checkpoint")
        self.assertEqual(
            (status, told["size"], told["key"]),
            (200, Trail.objects.get().signed, Trail.objects.get().keys[-1]),
        )
        status, told = self.ask(f"/trail/{self.changed.leaf}/proof")
        self.assertEqual((status, told["format"], told["leaf"]), (200, "keepwell-proof/1", self.changed.leaf))

    def test_tells_nothing_to_sam(self) -> None:
        self.assertEqual(self.ask("/trail", self.sam)[0], 403)
        self.assertEqual(self.ask("/trail/checkpoint", self.sam)[0], 403)
        self.assertEqual(self.ask(f"/trail/{self.changed.leaf}/proof", self.sam)[0], 404)

    def test_refuses_what_cannot_be_asked(self) -> None:
        for query in ("kind=rumour", "since=x", "unit=NOWHERE", "size=0", "before=-1"):
            self.assertEqual(self.ask(f"/trail?{query}")[0], 400, query)

    def test_is_kept(self) -> None:
        self.ask("/trail?kind=refusal")
        row = Change.objects.filter(kind="read").latest("id")
        self.assertEqual(
            (row.verb, row.by, row.answers["asked"]), ("GET /api/trail", self.ada.pk, "kind=refusal")
        )
