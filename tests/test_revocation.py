"""A right that is taken holds no longer with the next request, nor for what was asked for before: of a hundred
queued jobs none does anything by it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from django.db import transaction
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from keepwell.areas.administration.rules import grants
from keepwell.areas.assessment.models import Cycle
from keepwell.areas.assessment.rules import open_cycle
from keepwell.areas.assessment.rules.reading import reports as maturity
from keepwell.areas.assessment.tests.stories import LEAVES, version
from keepwell.areas.frameworks.models import Framework, Scale
from keepwell.areas.incidents.rules import dossier, letters, posters
from keepwell.areas.organization.rules import sheets
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence.custody import record as custody_record
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.identity import tending
from keepwell.platform.jobs.asking import reaching
from keepwell.platform.jobs.job import Task, enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.notices import feeds
from keepwell.platform.people import tokens
from keepwell.platform.people.models import Grant, Person, Token
from keepwell.platform.people.tokens import issue
from keepwell.platform.privacy import reports
from keepwell.platform.registers import files, many
from keepwell.platform.registers.models import SeriesItem
from keepwell.platform.registers.register import REGISTERS
from tests.cast import NOW, TELLER, Cast, grant
from tests.house import made

ROOT = Path(__file__).resolve().parents[1]
JOBS = 100
ENQUEUED = re.compile(r"enqueue(?:_spare)?\(\s*([\w.\"]+),\s*person_id=")
DECIDED = {"reporting.publish"}
"""Carries out what was decided while the right was there."""


def asked_for_by_people() -> set[str]:
    """The kinds of jobs that are asked for in somebody's name, by the source."""
    found = set()
    for path in (ROOT / "keepwell").rglob("*.py"):
        for name in ENQUEUED.findall(path.read_text(encoding="utf-8")) if "tests" not in path.parts else ():
            module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            found.add(eval(name, vars(module)))  # noqa: S307  # a name in our own source
    return found


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Revocation(Cast):
    """The cast on 14 November 2025; Ben keeps the people of KHH1, administers it, and sees its outcomes."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "cast.enter"):
            grant(cls.ben, "hr_importer", cls.khh1)
            grant(cls.ben, "administrator", cls.khh1)
        with moments.standing_at(NOW):
            cls.cycle = cls.assessed()

    @classmethod
    def assessed(cls) -> Cycle:
        """A cycle in which KHH1 is assessed, of which Ben may ask for a report."""
        with acting(TELLER, "story.frameworks"):
            framework = Framework(code="csf", name="Cybersecurity framework", unit=cls.group)
            framework.save()
            scale = Scale(code="five", name="Up to five", highest=Decimal(5), unit=cls.group)
            scale.save()
            cycle = Cycle(name="CSF 2025", year=2025, unit=cls.group, scale=scale, opens_on=date(2025, 7, 1),
                          framework_version=version(framework, "2.0", LEAVES), answers_due_on=date(2025, 10, 31))  # fmt: skip
            cycle.save(links={"it_sites": [cls.khh1]})
        open_cycle(cycle, by=cls.ada)
        return cycle

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.enterContext(self.settings(KEEPWELL_DATA=self.folder))

    def ways(self) -> Iterator[tuple[str, Any]]:
        """How Ben may come to lose his rights."""
        yield "his grants end", self.end_grants
        yield "his account is closed", lambda: tending.close_account(self.ben, by=self.ada)
        yield "he leaves", self.leave

    def end_grants(self) -> None:
        for found in Grant.objects.filter(person=self.ben):
            grants.end(found, by=self.ada, on=date(2025, 11, 13), reason="Moved on.")

    def leave(self) -> None:
        with acting(TELLER, "cast.leave"):
            ben = Person.objects.get(pk=self.ben.pk)
            ben.employed_until = date(2025, 11, 13)
            ben.save()


class QueuedWork(Revocation, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with moments.standing_at(NOW):
            cls.notice = made("incident-notices", cls.khh1, cls.ben)
            cls.piece = made("custody-entries", cls.khh1, cls.ben).piece
        Job.objects.all().delete()

    def test_is_known_here_by_every_kind(self) -> None:
        self.assertEqual(asked_for_by_people() - DECIDED, set(self.kinds()))

    def kinds(self) -> dict[str, Any]:
        """How one of each kind is asked for in Ben's name."""
        sheet = {"unit": "KHH1", "language": "en", "form": "xlsx"}
        told: dict[str, dict[str, Any]] = {
            sheets.JOB: sheet | {"day": "2025-11-14"},
            "reporting.write": sheet | {"year": 2024},
            maturity.JOB: sheet | {"cycle": str(self.cycle.pk), "day": "2025-11-14"},
            letters.JOB: {"notice": str(self.notice.pk), "form": "docx"},
            dossier.JOB: {"incident": str(self.notice.clock.incident_id), "language": "en", "form": "docx"},
            custody_record.JOB: {"piece": str(self.piece.pk), "language": "en", "form": "docx"},
            posters.JOB: {"site": str(self.khh1.pk)},
            reports.JOB: {"person": str(self.eva.pk), "language": "en"},
        }
        return {"registers.bring_in": self.delivery, "registers.series": self.series} | {
            name: partial(self.asked, name, **arguments) for name, arguments in told.items()
        }

    def asked(self, name: str, _count: int, **arguments: Any) -> None:
        enqueue(name, person_id=self.ben.pk, **arguments)

    def delivery(self, count: int) -> None:
        text = f"number,name,unit,unit_since,kind,employed_from\nN{count},New {count},KHH1,2025-01-01,employee,2025-01-01\n"
        batch = files.receive(REGISTERS["people"], text.encode(), f"new{count}.csv", self.ben)
        enqueue("registers.bring_in", person_id=self.ben.pk, batch=str(batch.pk))

    def series(self, count: int) -> None:
        people, eva = REGISTERS["people"], Person.objects.filter(pk=self.eva.pk)
        answers = {"field": "language", "value": "zh-hant", "reason": "All of them read it."}
        with mock.patch.object(many, "AT_ONCE", 0):
            many.begin(
                people,
                many.deed_named(people, many.CHANGE),
                eva,
                self.ben,
                answers=answers,
                key=f"series {count}",
            )

    def test_acts_by_no_right_that_was_taken(self) -> None:
        for name, take_away in self.ways():
            with self.subTest(name), undone():
                self.queue(JOBS)
                take_away()
                written = self.written()
                while run_one():
                    pass
                self.assertEqual(self.written(), written)
                self.see_refused()

    def test_acts_while_the_right_is_there(self) -> None:
        self.queue(len(self.kinds()))
        while run_one():
            pass
        self.assertEqual(Counter(self.jobs().values_list("state", flat=True)), {"done": len(self.kinds())})
        self.assertEqual(Person.objects.filter(number="N0").count(), 1)
        self.end_grants()
        self.sign_in(self.ben)
        for page, name in (
            ("organization-chart-document", sheets.JOB),
            ("outcomes-document", "reporting.write"),
            ("people-report-document", reports.JOB),
            ("maturity-report-document", maturity.JOB),
            ("incident-notice-document", letters.JOB),
            ("incident-dossier-document", dossier.JOB),
            ("evidence-custody-document", custody_record.JOB),
            ("report-poster-document", posters.JOB),
        ):
            address = reverse(page, args=[self.jobs().get(name=name).pk])
            # Of a record that may be seen no longer nobody is told that it is there.
            refused = 404 if name in (letters.JOB, dossier.JOB, custody_record.JOB, posters.JOB) else 403
            self.assertEqual(
                self.client.get(address, {"take": "1"}).status_code, refused, "what was made is handed out"
            )

    def queue(self, jobs: int) -> None:
        """So many jobs, of each kind as many."""
        # More than one person may have at once: what is looked at here are rights, not the bound.
        with mock.patch("keepwell.platform.jobs.job.MOST_UNFINISHED", jobs + 1):
            for count in range(jobs // len(self.kinds())):
                for ask in self.kinds().values():
                    ask(count)

    def jobs(self) -> Any:
        return Job.objects.filter(person_id=self.ben.pk)

    def written(self) -> list[Any]:
        """What the work would leave."""
        files = sorted(path.name for path in self.folder.rglob("*") if path.is_file())
        return [
            Change.objects.filter(kind="change").count(),
            [*Person.objects.order_by("pk").values()],
            files,
        ]

    def see_refused(self) -> None:
        """Each was refused once, and says so in a sentence; a series by each of its records."""
        for found in self.jobs():
            said = found.error
            if found.name == "registers.series":
                item = SeriesItem.objects.get(series__pk=found.arguments["series"])
                self.assertEqual((item.state, found.result["done"]), ("refused", 0))
                said = item.said
            else:
                self.assertEqual((found.state, found.attempts), (Job.State.DEAD, 1))
            self.assertRegex(said, r"^[^\n]+\.$")


class WorkQueuedByAToken(Revocation, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.token = tokens.found(issue(self.ben))

    def queued(self) -> Job:
        """A change of a person that Ben's program asked for."""
        with reaching(None):
            tokens.use(self.token)
            QueuedWork.series(self, 0)
        return Job.objects.get(name="registers.series")

    def end(self, **facts: Any) -> None:
        Token.objects.filter(pk=self.token.pk).update(**facts)

    def test_stops_when_the_token_is_ended_though_its_person_keeps_every_right(self) -> None:
        for name, end in {
            "revoked": lambda: tokens.revoke(self.token),
            "expired": lambda: self.end(expires_at=timezone.now()),
            "gone": lambda: Token.objects.filter(pk=self.token.pk).delete(),
        }.items():
            with self.subTest(name), undone():
                job = self.queued()
                end()
                self.assertTrue(run_one())
                job.refresh_from_db()
                self.assertEqual((job.state, job.attempts), (Job.State.DEAD, 1))
                self.assertRegex(job.error, r"^The token .*\.$")
                self.assertEqual(Person.objects.get(pk=self.eva.pk).language, self.eva.language)

    def test_is_done_while_the_token_is_good(self) -> None:
        job = self.queued()
        self.assertTrue(run_one())
        job.refresh_from_db()
        self.assertEqual(
            (job.state, Person.objects.get(pk=self.eva.pk).language), (Job.State.DONE, "zh-hant")
        )

    def test_stops_in_the_middle_when_the_token_is_ended(self) -> None:
        job = self.queued()
        task = Task(job.pk, self.ben.pk, 1, "tester")
        Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, worker="tester", attempts=1)
        with reaching(job.reach):
            task.progress(1)
            tokens.revoke(self.token)
            with self.assertRaises(Refused):
                task.progress(2)

    def test_asks_for_more_that_stops_with_it_too(self) -> None:
        with reaching(self.queued().reach):
            more = enqueue(
                "reporting.write", person_id=self.ben.pk, unit="KHH1", year=2024, language="en", form="xlsx"
            )
        tokens.revoke(self.token)
        while run_one():
            pass
        more.refresh_from_db()
        self.assertEqual(more.state, Job.State.DEAD)


class ARequest(Revocation, TestCase):
    def test_is_refused_from_the_next_on_by_every_way_in(self) -> None:
        for name, take_away in self.ways():
            with self.subTest(name), undone():
                self.sign_in(self.ben)
                token, calendar = issue(self.ben), reverse("calendar-feed", args=[feeds.make(self.ben)])
                self.assertEqual(self.answers(token, calendar), [200, 200, 200])
                take_away()
                page, program, feed = self.answers(token, calendar)
                self.assertIn(page, (302, 403))
                self.assertIn(program, (401, 403, 404))
                self.assertIn(feed, (200,) if name == "his grants end" else (404,))

    def answers(self, token: str, calendar: str) -> list[int]:
        """What Ben's session, his token and his calendar are answered."""
        headers = {"Authorization": f"Bearer {token}"}
        return [
            self.client.get(reverse("people-record", args=[self.eva.pk])).status_code,
            self.client.get(f"/api/people/{self.eva.pk}", headers=headers).status_code,
            self.client.get(calendar).status_code,
        ]
