"""Numbers of incidents: one that is kept from somebody answers them as one that was never given, at the same cost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, Report
from keepwell.areas.incidents.rules import intake, links, merging, past_notices, splitting
from keepwell.areas.incidents.tests.test_restricted import Restricted
from keepwell.config import cli
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.search.indexing import catch_up
from tests.cast import TELLER

HIDDEN, NEVER = "IN-2025-0412", "IN-2025-0411"
CHANGING = re.compile(r'value="[A-Za-z0-9]{64}"|nonce="[^"]+"|uote [0-9a-f]{8} to')
"""What differs in any two answers: keys of forms, and by which an administrator finds the line of the log."""


class Guessed(Restricted):
    """Between two incidents that all at KHH1 see lies one that Ben alone knows; the one before it was never given."""

    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.report"):
            self.secret = Incident(title="Vermilion too", unit=self.khh1, number=HIDDEN)
            self.secret.save()
        rules.restrict(self.secret, by=self.ben, reason="It concerns somebody.")
        self.plain = self.report("Another matter", self.khh1)
        self.assertEqual(self.plain.number, "IN-2025-0413")
        self.note = evidence.attach(
            evidence.Facts("A note", self.khh1), by=self.ben, files=[], links=["https://notes.example/1"]
        )
        catch_up()

    def answered(self, ask: Callable[[str], Any], number: str) -> tuple[str, int]:
        """What is said to who asks, the number itself left out, and by how many questions of the database."""
        with CaptureQueriesContext(connection) as caught:
            try:
                told = ask(number)
            except (Refused, PermissionDenied) as refusal:
                told = f"{type(refusal).__name__}: {refusal}"
        if not isinstance(told, str):
            body = b"".join(told.streaming_content) if told.streaming else told.content
            told = f"{told.status_code} {body.decode()}"
        return CHANGING.sub("", told.replace(number, "NUMBER").replace(number.lower(), "number")), len(caught)

    def assert_alike(self, doors: dict[str, Callable[[str], Any]], who: Person) -> None:
        for name, ask in doors.items():
            with self.subTest(who=who.name, door=name):
                self.answered(ask, NEVER)  # what is asked once and kept
                (said, cost), (never, least) = self.answered(ask, HIDDEN), self.answered(ask, NEVER)
                self.assertEqual(said, never)
                # The search of everything reads what its index named, if only to find that it may not be seen.
                self.assertIn(cost - least, (0, 1) if "/search" in name else (0,))


class ANumber(Guessed, TestCase):
    def pages(self) -> dict[str, Callable[[str], Any]]:
        get = self.client.get
        found: dict[str, Callable[[str], Any]] = {
            address: lambda number, address=address: get(address.format(number))
            for address in (
                "/incidents/?q={}", "/search/?q={}", "/indicators/?incident={}", "/timeline-entries/?q={}",
                "/clocks/?incident={}", "/incident-tasks/?incident={}", "/evidence/add/?to=incidents:{}", "/trail/?q={}",
                "/evidence/link/?to=incidents:{}", "/api/incidents?q={}", "/api/search?q={}", "/api/indicators?incident={}",
                "/api/incidents/{}", "/incidents/{}/", "/api/evidence/of?record=incidents:{}", "/api/reports?incident={}",
                "/incidents/take-out.csv?q={}",
            )
        }  # fmt: skip
        return found

    def test_is_told_apart_by_no_page_and_no_program(self) -> None:
        for who in (self.gina, self.faye, self.ada, self.sam):
            self.sign_in(who)
            self.assert_alike(self.pages(), who)

    def test_is_told_apart_by_no_program_that_writes(self) -> None:
        body = {"record": "incidents:{}", "number": "{}", "reason": "Why", "kind": "related"}
        paths = [
            f"/api/evidence/{self.note.pk}/link", f"/api/incidents/{self.plain.pk}/link",
            f"/api/incidents/{self.plain.pk}/merge",
        ]  # fmt: skip

        def sent(path: str, number: str) -> Any:
            told = {name: text.format(number) for name, text in body.items()}
            return self.client.post(path, json.dumps(told), content_type="application/json")

        for who in (self.gina, self.ada, self.sam):
            self.sign_in(who)
            self.assert_alike({path: lambda number, path=path: sent(path, number) for path in paths}, who)

    def test_is_told_apart_by_no_act(self) -> None:
        report = Report(unit=self.khh1, says="A third time")
        with acting(TELLER, "story.report"):
            report.save()
        plain, note = self.plain, self.note
        for who in (self.gina, self.ada, self.sam):
            by = {"by": who}
            doors: dict[str, Callable[[str], Any]] = {
                "link": lambda number, by=by: links.link(plain, number=number, reason="Why", **by),
                "merge": lambda number, by=by: merging.merge(plain, number=number, reason="Why", **by),
                "undo": lambda number, by=by: splitting.take_apart(
                    plain, {}, number=number, reason="Why", **by
                ),
                "join": lambda number, by=by: intake.join(report, number=number, **by),
                "evidence": lambda number, by=by: evidence.link(note, record=f"incidents:{number}", **by),
            }
            self.assert_alike(doors, who)
        self.assert_alike(
            {"glass": lambda number: rules.break_glass(number, by=self.gina, reason="Why")}, self.gina
        )

    def test_is_told_apart_by_no_list_that_is_brought_in(self) -> None:
        def bring(number: str) -> Any:
            rows = f"incident,rule,due,sent\n{number},group-escalation,2025-11-14T04:10,2025-11-14T03:40\n"
            file = SimpleUploadedFile("n.csv", rows.encode())
            return self.client.post("/api/incidents/past-notices", {"file": file})

        self.assertEqual(past_notices.NEEDED, ("incident", "due", "sent"))
        self.sign_in(self.ada)
        self.assert_alike({"past notices": bring}, self.ada)

    def test_is_told_apart_by_no_command(self) -> None:
        def asked(who: Person, number: str) -> str:
            words = ["incident", number, "--as", str(who.number), "--form", "stix", "--audience", "amber"]
            with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
                status = cli.main(words)
            return f"{status} {out.getvalue()} {err.getvalue()}"

        for who in (self.gina, self.ada, self.sam):
            self.assertIn("No incident", asked(who, HIDDEN))
            self.assert_alike({"incident": lambda number, who=who: asked(who, number)}, who)

    def test_would_be_told_apart_where_one_may_know_it(self) -> None:
        """The control: Ben, who is named, is answered otherwise."""
        self.sign_in(self.ben)
        for path in ("/incidents/?q={}", "/api/incidents?q={}", "/api/evidence/of?record=incidents:{}"):
            hidden, never = (
                self.answered(lambda number, path=path: self.client.get(path.format(number)), one)
                for one in (HIDDEN, NEVER)
            )
            self.assertNotEqual(hidden[0], never[0], path)
