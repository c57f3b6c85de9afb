"""Critical systems and clauses: who sees them, what is refused, and when a clause holds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.test import TestCase

from keepwell.areas.organization.models import CriticalSystem, NoticeClause
from keepwell.areas.organization.rules.leaning import decommission, end_clause
from keepwell.areas.organization.tests import samples
from keepwell.kernel.clocks.spans import Span
from keepwell.platform.history.acting import acting
from tests.cast import TELLER, Cast


class Leaning(Cast, TestCase):
    """The cast, and a site that leans on one system and owes notice under one clause."""

    def setUp(self) -> None:
        self.system = samples.critical_systems(self.khh1, self.eva)
        self.clause = samples.notice_clauses(self.mat, self.eva)
        self.write(self.system)
        self.write(self.clause)

    def write(self, record: CriticalSystem | NoticeClause) -> None:
        with acting(TELLER, "story.lean"):
            record.save()


class Systems(Leaning):
    def test_are_seen_by_who_looks_after_the_site_alone(self) -> None:
        seen = {who.name: CriticalSystem.objects.visible_to(who).count()
                for who in (self.ada, self.ben, self.cleo, self.dan, self.eva, self.sam)}  # fmt: skip
        self.assertEqual({name for name, count in seen.items() if count}, {"Ada Lin", "Ben Tan"})

    def test_tell_when_their_targets_do_not_fit_together(self) -> None:
        self.assertEqual(self.system.standing.word, "Set")
        self.system.rto_hours = Decimal("2.00")
        self.assertEqual(self.system.standing.word, "Set")
        self.system.rto_hours = Decimal("2.25")
        self.assertEqual(self.system.standing.word, "RTO beyond tolerable")
        self.system.rpo_hours = None
        self.assertEqual(self.system.standing.word, "Not all set")

    def test_refuse_a_degree_out_of_range(self) -> None:
        for value in (0, 5):
            self.system.criticality = value
            with self.subTest(value), self.assertRaises(ValidationError):
                self.write(self.system)

    def test_leave_the_list_by_a_decision(self) -> None:
        with self.assertRaises(PermissionDenied):
            decommission(self.system, by=self.ben, reason="Replaced")
        decommission(self.system, by=self.ada, reason="Replaced")
        self.assertEqual(CriticalSystem.objects.current().count(), 0)


class Clauses(Leaning):
    def test_are_closed_to_sam_and_to_an_officer_below(self) -> None:
        self.assertEqual(NoticeClause.objects.visible_to(self.ada).count(), 1)
        for who in (self.ben, self.eva, self.sam):
            self.assertEqual(NoticeClause.objects.visible_to(who).count(), 0, who)

    def test_say_their_term_in_words_and_as_the_clocks_reckon_it(self) -> None:
        self.assertEqual(str(self.clause.deadline), "4 hours from awareness")
        self.assertEqual(self.clause.span(), Span("hours", 4))
        self.clause.term = None
        self.assertEqual(str(self.clause.deadline), "no fixed term, from awareness")
        self.assertIsNone(self.clause.span())

    def test_hold_up_to_and_with_their_last_day(self) -> None:
        end_clause(self.clause, by=self.ada, until=date(2025, 6, 30))
        holding = [NoticeClause.objects.holding(day).count()
                   for day in (date(2023, 12, 31), date(2024, 1, 1), date(2025, 6, 30), date(2025, 7, 1))]  # fmt: skip
        self.assertEqual(holding, [0, 1, 1, 0])

    def test_ask_for_a_calendar_when_they_count_business_days(self) -> None:
        self.clause.term_unit = NoticeClause.TermUnit.BUSINESS_DAYS
        with self.assertRaisesMessage(ValidationError, "The term counts business days; choose whose."):
            self.write(self.clause)

    def test_refuse_a_term_that_cannot_be_reckoned_and_an_end_before_the_start(self) -> None:
        self.clause.term = 0
        with self.assertRaisesMessage(ValidationError, "That is no term that can be reckoned"):
            self.write(self.clause)
        self.clause.term, self.clause.until = 4, date(2023, 12, 31)
        with self.assertRaisesMessage(ValidationError, "A clause cannot end before it begins."):
            self.write(self.clause)


class Pages(Leaning):
    def test_open_for_ada_and_not_for_sam(self) -> None:
        for who, status in ((self.ada, 200), (self.sam, 404)):
            self.sign_in(who)
            for slug, record in (("critical-systems", self.system), ("notice-clauses", self.clause)):
                self.assertEqual(self.client.get(f"/{slug}/{record.pk}/").status_code, status, (who, slug))
