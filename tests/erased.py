"""Somebody who left traces wherever one can, and a search for them in everything that is kept."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection
from django.test import TestCase, override_settings
from django.utils import timezone

from keepwell.areas.awareness.models import Completion, Course
from keepwell.areas.organization import rules
from keepwell.platform.evidence.models import Link, Piece, Version
from keepwell.platform.exchange.files import keep
from keepwell.platform.exchange.models import Batch, UnmatchedRow
from keepwell.platform.history import sequencer
from keepwell.platform.history.acting import acting
from keepwell.platform.history.noting import note
from keepwell.platform.history.tests.sealed import with_keys
from keepwell.platform.identity.models import Device, Factor, Identity, PasswordLink, RecoveryCode, Stranger
from keepwell.platform.jobs.models import Job
from keepwell.platform.notices.models import Feed, Letter, Notice
from keepwell.platform.people import tokens
from keepwell.platform.people.models import Account, Group, Membership, Person, Provision
from keepwell.platform.privacy.files import JOB, forget_files
from keepwell.platform.registers.models import KeptView
from keepwell.platform.search.indexing import catch_up
from keepwell.platform.todos.models import Debt
from tests.cast import TELLER, Cast, grant

NAME, LOCAL, FORMER = "Mei-Ling O'Brien", "歐美玲", "Mei-Ling Zhang"
NUMBER, MAIL, SIGN_IN = "B7700123", "mei-ling.obrien@meridian.example", "meiling.ob"
WORDS = (NAME, LOCAL, FORMER, NUMBER, MAIL, SIGN_IN)
LEFT = date(2025, 3, 31)
REASON = "Asked for it under Art. 17"


class Traces(Cast, TestCase):
    """Mei-Ling worked in Kaohsiung until March, and left traces wherever one can."""

    def setUp(self) -> None:
        self.enterContext(with_keys())
        folder = self.enterContext(TemporaryDirectory())
        self.enterContext(override_settings(KEEPWELL_DATA=folder))
        self.folder = Path(folder)
        self.mei = self.somebody()
        self.leave_traces()
        catch_up()
        self.mei.refresh_from_db()

    def somebody(self) -> Person:
        with acting(TELLER, "hr.import"):
            mei = Person(number=NUMBER, name=FORMER, name_local=LOCAL, mail=MAIL, unit=self.khh1,
                         unit_since=date(2020, 1, 1), employed_from=date(2020, 1, 1))  # fmt: skip
            mei.save()
            mei.name, mei.employed_until = NAME, LEFT
            mei.save()
            grant(mei, "site_officer", self.khh1, since=date(2024, 1, 1), until=LEFT)
        return mei

    def leave_traces(self) -> None:
        self.sign_ins()
        self.told()
        with acting(self.ada, "house.enter", reason=f"Said by {NAME}"):
            self.records()
        self.files()
        sequencer.seal()

    def sign_ins(self) -> None:
        account = Account.objects.create(sign_in_name=SIGN_IN, person=self.mei)
        now = timezone.now()
        for kind in ("app", "passkey"):
            Factor.objects.create(
                account=account, kind=kind, label=f"Phone of {NAME}", seed="s", credential_id=kind
            )
        RecoveryCode.objects.create(account=account, digest="d" * 64)
        Device.objects.create(account=account, digest="e" * 64, source="198.51.100.7", seen_at=now)
        PasswordLink.objects.create(account=account, digest="f" * 64, made_at=now, expires_at=now)
        Identity.objects.create(
            person=self.mei, provider="idp", issuer="https://idp", subject=MAIL, linked_by="idp"
        )
        Identity.objects.create(
            person=self.ben, provider="idp", issuer="https://idp", subject="b", linked_by=NAME
        )
        Stranger.objects.create(provider="x", issuer="x", subject="1", name=NAME, mail=MAIL, last_at=now)
        tokens.issue(self.mei, label=f"Script of {NAME}")
        note(self.mei, "session.begin", kind="event", source="198.51.100.7")
        note(None, "session.refuse", kind="refusal", account=SIGN_IN)
        note(self.ben, "people-list", kind="read", asked="q=Mei-Ling+O%27Brien")
        note(self.ben, "search", kind="read", asked="q=%E6%AD%90%E7%BE%8E%E7%8E%B2")

    def told(self) -> None:
        Feed.objects.create(person=self.mei, digest="a" * 64)
        letter = Letter.objects.create(person=self.mei)
        Notice.objects.create(person=self.mei, kind="x", key="1", what="You", letter=letter)
        Notice.objects.create(
            person=self.ben, kind="x", key="2", what="%(who)s left", facts={"who": {"en": NAME}}
        )
        KeptView.objects.create(owner=self.mei, register="people", name="Mine", query="q=me")
        KeptView.objects.create(owner=self.ben, register="people", name=f"About {NAME}", query=f"q={NUMBER}")

    def records(self) -> None:
        course = Course(
            code="SEC-1", name="Security basics", minutes=30, unit=self.group, active_from=date(2022, 1, 1)
        )
        course.save()
        self.batch = self.delivery(f"number,name\n{NUMBER},{NAME}\n".encode(), register="completions")
        at = datetime(2024, 3, 5, 2, tzinfo=UTC)
        Completion.objects.create(batch=self.batch, person=self.mei, course=course, completed_at=at,
                                  completed_on=at.date(), minutes=30)  # fmt: skip
        UnmatchedRow.objects.create(
            batch=self.batch, line=2, values={"number": NUMBER, "name": LOCAL}, reason="No"
        )
        self.piece = Piece(title=f"Report by {NAME}", unit=self.khh1, owner=self.mei, received_on=LEFT,
                           received_from=f"{LOCAL} ({MAIL})")  # fmt: skip
        self.piece.save()
        Version(piece=self.piece, number=1, says=f"{NAME} sent it", by=self.mei, at=at).save()
        Link(piece=self.piece, kind="people.person", record_id=self.mei.pk, by=self.ben, at=at).save()
        group = Group(source="idp", name="Officers", unit=self.group)
        group.save()
        Membership(group=group, person=self.mei).save()
        Provision(client=self.ada, person=self.mei, user_name=SIGN_IN, family_name="O'Brien",
                  told={"displayName": LOCAL}).save()  # fmt: skip
        Debt(debtor=self.mei, unit=self.khh1, record_type="people.person", record_id=self.mei.pk, what="Sign",
             facts={"who": NAME}, note=f"Ask {NAME}").save()  # fmt: skip
        with acting(self.mei, "unit.amend"):
            self.khh2.name = "Kaohsiung Assembly II"
            self.khh2.save()

    def files(self) -> None:
        sheet = io.BytesIO()
        with zipfile.ZipFile(sheet, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("xl/sharedStrings.xml", f"<sst><si><t>{LOCAL}</t></si></sst>")
        self.old = self.delivery(f"姓名,工號\n{LOCAL},{NUMBER}\n".encode("big5"))
        self.workbook = self.delivery(sheet.getvalue())
        self.foreign = self.delivery(b"number,name\nB7700124,Somebody Else\n")
        keep(f"tried only: {MAIL}".encode("utf-16"))

    def delivery(self, content: bytes, register: str = "people") -> Batch:
        kept = keep(content)
        return Batch.objects.create(
            register=register, unit=self.khh1, file_name=f"{NUMBER}.csv", sha256=kept.sha256, at=timezone.now(), rows=1,
            size_bytes=kept.size_bytes, by=self.mei, errors=[[2, "name", LOCAL, "another"]], state="applied",
        )  # fmt: skip

    def erase(self) -> None:
        rules.erase(self.mei, by=self.ada, reason=REASON)
        self.run_job()

    def run_job(self) -> None:
        """What the worker does."""
        for job in Job.objects.filter(name=JOB):
            forget_files(**job.arguments)


def dump() -> Iterator[tuple[str, str]]:
    """Every table of the database with its content as text, also those that no model knows."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # names of the database's own
            yield table, "\n".join(_text(cell) for row in cursor.fetchall() for cell in row)


def _text(cell: Any) -> str:
    if isinstance(cell, bytes | memoryview):
        return bytes(cell).decode(errors="replace")
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict | list) else str(cell)


def forms(word: str) -> list[str]:
    """A word as it may stand somewhere: plain, as JSON escapes it, as the index of words cuts it."""
    whole = "".join(sign for sign in word if sign.isalnum()).casefold()
    return [word.casefold(), json.dumps(word)[1:-1].casefold(), whole]


def hits(text: str) -> list[str]:
    folded = text.casefold()
    return [form for word in WORDS for form in forms(word) if form in folded]
