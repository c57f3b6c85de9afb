"""A legal hold binds whoever it is; what its class no longer asks to keep is proposed, then purged by an act."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import override_settings
from django.utils import timezone

from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence import rules
from keepwell.platform.evidence.models import Content, File, Link, Piece
from keepwell.platform.evidence.tests.stories import Stories
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.people.models import Person
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.rules import hand_over
from keepwell.platform.todos.todo import due_from
from tests.cast import TELLER, account, grant, person

NOW = moments.now()
TODAY = moments.today("Asia/Taipei")
LONG_AGO = TODAY - timedelta(days=366 * 20)


@pytest.fixture(autouse=True)
def on_one_day() -> Iterator[None]:
    """The day is the same for every test, though midnight may come while they run."""
    with moments.standing_at(NOW):
        yield


class Held(Stories):
    def setUp(self) -> None:
        super().setUp()
        self.course_linked = self.course()
        self.held = self.piece("Held", to=self.course_linked, effective_until=LONG_AGO, received_on=LONG_AGO)
        rules.hold(self.held, by=self.ada, reason="Case 7 against the supplier.")
        self.held.refresh_from_db()

    def actors(self) -> list[tuple[str, object]]:
        for who in (self.cleo, self.eva):
            self.granted(who, "administrator", self.group)
        return [(name, getattr(self, name)) for name in ("ada", "ben", "cleo", "dan", "eva", "sam")]

    def test_is_not_retired_purged_or_unlinked_by_anybody(self) -> None:
        found = Link.objects.get()
        for name, who in self.actors():
            for deed in (
                lambda who=who: rules.retire(Piece.objects.get(pk=self.held.pk), by=who, reason="Away"),
                lambda who=who: rules.purge(Piece.objects.get(pk=self.held.pk), by=who, reason="Away"),
                lambda who=who: rules.unlink(Link.objects.get(pk=found.pk), by=who, reason="Away"),
            ):
                with self.subTest(name), self.assertRaises((Refused, PermissionDenied)):
                    deed()
        self.held.refresh_from_db()
        self.assertEqual((self.held.retired_at, self.held.purged_at), (None, None))
        self.assertEqual(Link.objects.current().count(), 1)

    def test_is_not_reached_by_page_or_api_either(self) -> None:
        found = Link.objects.get()
        for _name, who in self.actors():
            self.sign_in(who)
            for act in ("retire", "purge"):
                self.client.post(f"/evidence/{self.held.pk}/{act}/", {"reason": "Away"})
                self.client.post(
                    f"/api/evidence/{self.held.pk}/{act}", {"reason": "Away"}, content_type="application/json"
                )
            self.client.post(f"/evidence/links/{found.pk}/unlink/", {"reason": "Away"})
            self.client.post(
                f"/api/evidence/links/{found.pk}/unlink", {"reason": "Away"}, content_type="application/json"
            )
        self.held.refresh_from_db()
        self.assertEqual((self.held.retired_at, self.held.purged_at), (None, None))
        self.assertEqual(Link.objects.current().count(), 1)
        self.assertTrue((self.data / "evidence" / self.stored()[0]).exists())

    def test_says_why(self) -> None:
        with self.assertRaisesMessage(Refused, "is on legal hold: Case 7 against the supplier."):
            rules.retire(self.held, by=self.ada, reason="Away")
        self.sign_in(self.ada)
        self.assertContains(self.client.get(f"/evidence/{self.held.pk}/"), "On legal hold")

    def test_stays_even_if_a_rule_forgets_it(self) -> None:
        self.held.retired_at = moments.now()
        with self.assertRaises(Exception) as refused, transaction.atomic(), acting(TELLER, "story.break"):
            self.held.save()
        self.assertIn("stays as it is", str(refused.exception))
        with self.assertRaises(IntegrityError), transaction.atomic():
            Piece._base_manager.filter(pk=self.held.pk).update(retired_at=moments.now())

    def test_is_not_proposed_for_purging(self) -> None:
        enqueue("evidence.follow")
        while run_one():
            pass
        self.assertFalse(Piece.objects.past_retention(TODAY).exists())
        self.assertEqual([t for t in due_from(self.ada, TODAY) if "Purge" in t.act], [])

    def test_may_still_grow(self) -> None:
        self.sign_in(self.ben)
        self.upload(f"/evidence/{self.held.pk}/version/", ("more.txt", b"more"))
        self.assertEqual(self.held.versions.count(), 2)

    def test_needs_somebody_who_decides(self) -> None:
        free = self.piece("Free", content=b"free")
        for who in (self.ben, self.dan, self.sam):
            with self.assertRaises(PermissionDenied):
                rules.hold(free, by=who, reason="I say so")
            with self.assertRaises(PermissionDenied):
                rules.lift(self.held, by=who, reason="I say so")

    def test_ends_when_it_is_lifted(self) -> None:
        rules.lift(self.held, by=self.ada, reason="The case was settled.")
        self.held.refresh_from_db()
        rules.retire(self.held, by=self.ada, reason="No use any more")
        self.assertIsNotNone(self.held.retired_at)
        self.assertEqual(
            list(
                Change.objects.filter(record_id=self.held.pk, kind="change")
                .order_by("id")
                .values_list("verb", flat=True)
            )[1:],
            ["piece.hold", "piece.lift", "piece.retire"],
        )


class PastRetention(Stories):
    def old(self, title: str = "Old", **facts: object) -> Piece:
        told = {"effective_until": LONG_AGO, "received_on": LONG_AGO} | facts
        return self.piece(title, **told)

    def run_jobs(self) -> None:
        while run_one():
            pass

    def test_is_reckoned_by_class_from_the_last_day(self) -> None:
        for code, years in (("general", 5), ("contract", 15), ("personal", 1)):
            piece = Piece(retention=code, effective_until=TODAY.replace(month=3, day=1, year=2020))
            self.assertEqual(piece.kept_until, piece.effective_until.replace(year=2020 + years))
            self.assertFalse(piece.is_past_retention(piece.kept_until))
            self.assertTrue(piece.is_past_retention(piece.kept_until + timedelta(days=1)))
        self.assertIsNone(Piece(retention="permanent", effective_until=LONG_AGO).kept_until)
        self.assertIsNone(Piece(retention="general").kept_until)

    def test_is_asked_of_the_database_alike(self) -> None:
        day = TODAY.replace(month=3, day=1)
        edge = self.old("Edge", effective_until=day.replace(year=day.year - 5))
        over = self.old(
            "Over", effective_until=day.replace(year=day.year - 5) - timedelta(days=1), content=b"2"
        )
        self.old("For ever", content=b"3", more={"retention": "permanent"})
        found = set(Piece.objects.past_retention(day))
        self.assertEqual(found, {over})
        self.assertEqual([one.is_past_retention(day) for one in (edge, over)], [False, True])

    @override_settings(KEEPWELL_RETENTION={"general": 100})
    def test_takes_its_years_from_the_settings(self) -> None:
        self.old()
        self.assertFalse(Piece.objects.past_retention(TODAY).exists())

    def test_is_proposed_to_administrators_and_to_nobody_else(self) -> None:
        self.old()
        enqueue("evidence.follow")
        self.run_jobs()
        self.assertIn("Purge or keep Old", [todo.act for todo in due_from(self.ada, TODAY)])
        self.assertEqual([t for t in due_from(self.ben, TODAY) if "Purge" in t.act], [])

    def test_is_purged_by_an_act_and_its_bytes_go(self) -> None:
        piece = self.old()
        file = self.file(piece)
        self.run_jobs()
        rules.purge(Piece.objects.get(pk=piece.pk), by=self.ada, reason="Its time is over")
        self.assertEqual(len(self.stored()), 1)
        self.run_jobs()
        self.assertEqual((self.stored(), Content.objects.count()), ([], 0))
        file.refresh_from_db()
        self.assertEqual((file.content_id, len(file.sha256)), (None, 64))
        self.sign_in(self.ada)
        self.assertContains(self.client.get(f"/evidence/files/{file.pk}/"), "was purged", status_code=403)
        self.assertEqual([t for t in due_from(self.ada, TODAY) if "Purge" in t.act], [])

    def test_keeps_bytes_that_another_piece_has(self) -> None:
        old, young = self.old(content=b"shared"), self.piece("Young", content=b"shared")
        self.run_jobs()
        rules.purge(Piece.objects.get(pk=old.pk), by=self.ada, reason="Its time is over")
        self.run_jobs()
        self.assertEqual(len(self.stored()), 1)
        self.sign_in(self.ada)
        self.assertEqual(self.client.get(f"/evidence/files/{self.file(young).pk}/").status_code, 200)

    def test_is_not_purged_before_its_time_nor_by_others(self) -> None:
        young, old = self.piece("Young", content=b"y"), self.old()
        with self.assertRaises(Refused):
            rules.purge(young, by=self.ada, reason="Now")
        for who in (self.ben, self.dan, self.sam):
            with self.assertRaises(PermissionDenied):
                rules.purge(old, by=who, reason="Now")
        self.assertTrue(File.objects.filter(content__isnull=True).count() == 0)

    def test_is_kept_anew_when_the_same_comes_again_meanwhile(self) -> None:
        old = self.old(content=b"again")
        self.run_jobs()
        rules.purge(Piece.objects.get(pk=old.pk), by=self.ada, reason="Its time is over")
        self.piece("New", content=b"again")
        self.run_jobs()
        self.assertEqual(len(self.stored()), 1)

    def test_leftovers_of_a_worker_that_died_go_with_the_next_scrub(self) -> None:
        old = self.old(content=b"left")
        self.run_jobs()
        rules.purge(Piece.objects.get(pk=old.pk), by=self.ada, reason="Its time is over")
        Job.objects.filter(name="evidence.forget").delete()
        Content.objects.update(kept_at=timezone.now() - timedelta(days=2))
        enqueue("evidence.scrub")
        self.run_jobs()
        self.assertEqual(self.stored(), [])


class Ending(Stories):
    def test_is_owed_by_the_owner_from_thirty_days_before(self) -> None:
        for number, days in enumerate((31, 30, -1)):
            self.piece(f"In {days}", content=b"%d" % number, effective_until=TODAY + timedelta(days=days), owner=self.ben,
                       received_on=TODAY - timedelta(days=9))  # fmt: skip
        acts = {todo.act: todo.due_on for todo in due_from(self.ben, TODAY) if todo.act.startswith("Renew")}
        self.assertEqual(
            acts, {"Renew In 30": TODAY + timedelta(days=30), "Renew In -1": TODAY - timedelta(days=1)}
        )

    def test_is_done_by_renewing_it(self) -> None:
        piece = self.piece(effective_until=TODAY + timedelta(days=3), owner=self.ben)
        self.assertTrue(any(t.act.startswith("Renew") for t in due_from(self.ben, TODAY)))
        self.sign_in(self.ben)
        self.client.patch(f"/api/evidence/{piece.pk}", {"effective_until": "2099-01-01", "version": piece.version},
                          content_type="application/json")  # fmt: skip
        self.assertEqual([t for t in due_from(self.ben, TODAY) if t.act.startswith("Renew")], [])

    def test_handed_over_stands_until_the_piece_names_somebody_else(self) -> None:
        piece = self.piece(effective_until=TODAY + timedelta(days=3), owner=self.ben)
        hand_over(Debt.objects.open().get(record_id=piece.pk), by=self.ben, to=self.ada)
        self.follow()
        self.assertEqual([self.renewed_by(who) for who in (self.ben, self.ada)], [0, 1])
        fay = self.officer()
        self.sign_in(self.ada)
        self.client.patch(f"/api/evidence/{piece.pk}", {"owner": fay.number, "version": piece.version},
                          content_type="application/json")  # fmt: skip
        self.follow()
        self.assertEqual([self.renewed_by(who) for who in (self.ben, self.ada, fay)], [0, 0, 1])

    def officer(self) -> Person:
        with acting(TELLER, "test.enter"):
            fay = person("A0000007", "Fay Wu", self.khh1)
            account(fay, "fay")
            grant(fay, "site_officer", self.khh1)
        return fay

    def follow(self) -> None:
        enqueue("evidence.follow")
        while run_one():
            pass

    def renewed_by(self, who: Person) -> int:
        return len([t for t in due_from(who, TODAY) if t.act.startswith("Renew")])

    def test_comes_by_the_daily_round_when_the_day_draws_near(self) -> None:
        piece = self.piece(effective_until=TODAY + timedelta(days=40), owner=self.ben)
        self.assertEqual([t for t in due_from(self.ben, TODAY) if t.act.startswith("Renew")], [])
        with moments.standing_at(moments.now() + timedelta(days=12)):
            for _twice in range(2):
                self.follow()
            later = moments.today()
            self.assertEqual(
                [t.act for t in due_from(self.ben, later) if t.act.startswith("Renew")], [f"Renew {piece}"]
            )
