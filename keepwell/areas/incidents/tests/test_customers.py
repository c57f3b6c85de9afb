"""Whom an incident concerns among the customers with notice clauses: whose clauses bind, and what is said of it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from keepwell.areas.incidents.models import Clock, NoticeFact, TimelineEntry
from keepwell.areas.incidents.rules import clocks, customers
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.areas.organization.models import NoticeClause
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from tests.cast import TELLER


class Story(Ticking):
    """Two customers of MAT, told within 4 and within 24 hours, and an insurer of the group, within 48; supply stands."""

    def scene(self) -> None:
        super().scene()
        self.first = self.clause("C-0148")
        self.second = self.clause("C-0031", clause="9", term=24)
        self.insurer = self.clause("Insurer 1", kind="insurer", clause="Policy 7", term=48, unit=self.group)
        for rule in ("customer-contract", "insurer-notice"):
            self.confirm(rule)
        self.classify(supply_interrupted=True, effect=True)
        self.save(NoticeFact(incident=self.incident, factor="claim_likely", holds=True))

    def name(self, *names: str) -> list[str]:
        self.incident.refresh_from_db()
        return customers.name_customers(self.incident, by=self.ben, customers="\n".join(names))

    def standing(self) -> dict[str, tuple[str, object]]:
        """State and end of each clock of a clause, by whom it tells."""
        rows = self.incident.clocks.filter(clause__isnull=False).select_related("clause", "unit")
        return {one.whom: (one.state, one.ends_at) for one in rows}

    def why(self, name: str) -> str:
        return self.incident.clocks.get(clause__counterparty=name).why


class WhereNobodyIsNamed(Story, TestCase):
    def test_every_clause_binds_and_says_so(self) -> None:
        # Aware at 18:31 UTC on the 13th: 4, 24 and 48 hours later.
        self.assertEqual(self.standing(), {
            "C-0148": ("running", utc(13, 22, 31)), "C-0031": ("running", utc(14, 18, 31)),
            "Insurer 1": ("running", utc(15, 18, 31)),
        })  # fmt: skip
        said = "No customer was named yet, so every clause of Meridian Assembly & Test binds."
        self.assertIn(said, self.why("C-0148"))
        self.assertIn(said, self.why("C-0031"))
        self.assertNotIn("No customer was named", self.why("Insurer 1"))


class Naming(Story, TestCase):
    def test_lets_their_clauses_bind_alone_and_leaves_the_other_clock_there_with_the_reason(self) -> None:
        self.assertEqual(self.name("C-0031"), ["C-0031"])
        self.assertEqual(self.standing(), {
            "C-0148": ("lapsed", utc(13, 22, 31)), "C-0031": ("running", utc(14, 18, 31)),
            "Insurer 1": ("running", utc(15, 18, 31)),
        })  # fmt: skip
        self.assertEqual(
            self.why("C-0148"),
            "Customers were named whom the incident concerns, and C-0148 is not among them.",
        )
        self.assertNotIn("No customer was named", self.why("C-0031"))
        with override("zh-hant"):
            self.assertNotIn("Customers", self.why("C-0148"))
        entry = TimelineEntry.objects.get(verb="customers")
        self.assertEqual(
            entry.told, "Customers whom it concerns: C-0031. Of the clauses of customers, theirs bind alone."
        )

    def test_of_both_and_of_nobody_lets_both_bind_again(self) -> None:
        self.name("C-0031")
        self.name("C-0031", "C-0148")
        self.assertEqual({state for state, _ends in self.standing().values()}, {"running"})
        self.assertNotIn("No customer was named", self.why("C-0148"))
        self.assertEqual(self.name(), [])
        self.assertEqual({state for state, _ends in self.standing().values()}, {"running"})
        self.assertIn("No customer was named yet", self.why("C-0148"))

    def test_means_every_clause_of_the_customer_whatever_it_is_called_later(self) -> None:
        self.clause("C-0148", clause="QA 3", term=12, unit=self.group)
        self.name("C-0148")
        rows = self.incident.clocks.filter(clause__counterparty="C-0148")
        self.assertEqual(
            {one.clause.clause: one.state for one in rows}, {"MSA 14.2": "running", "QA 3": "running"}
        )
        for one in NoticeClause.objects.filter(counterparty="C-0148"):
            self.save(one, counterparty="C-0148 Works")
        states = {
            one.clause.clause: one.state for one in self.incident.clocks.filter(clause__kind="customer")
        }
        self.assertEqual(states, {"MSA 14.2": "running", "QA 3": "running", "9": "lapsed"})

    def test_leaves_what_was_told_already(self) -> None:
        """A duty that was met stays met, whoever is named later."""
        clock = self.incident.clocks.get(clause=self.first)
        with acting(TELLER, "story.met"):
            clock.state, clock.done_at = Clock.State.MET, utc(13, 20)
            clock.save()
        self.name("C-0031")
        clock.refresh_from_db()
        self.assertEqual((clock.state, clock.lapse), ("met", {}))

    def test_takes_none_whose_clause_does_not_bind_here(self) -> None:
        self.clause("C-0777", unit=self.mse)
        self.clause("C-0888", until=utc(12, 0).date())
        for name in ("C-0777", "C-0888", "Insurer 1", "C-9999", "x" * 5000):
            with (
                self.subTest(name[:10]),
                self.assertRaisesMessage(Refused, "No customer’s clause that binds here"),
            ):
                self.name("C-0031", name)
        self.assertEqual(self.standing()["C-0148"][0], "running")

    def test_is_for_who_may_work_on_it_and_kept(self) -> None:
        with self.assertRaises(PermissionDenied):
            customers.name_customers(self.incident, by=self.sam, customers="C-0031")
        self.name("C-0031")
        change = Change.objects.filter(verb="incident.name_customers", record_id=self.incident.pk).get()
        self.assertEqual(change.after["customers_named"], [str(self.second.pk)])
        with self.assertRaisesMessage(Refused, "nothing was changed"):
            self.name("C-0031")

    def test_costs_no_query_more_where_many_are_reckoned(self) -> None:
        self.name("C-0031")
        counts = []
        for more in (0, 5):
            for n in range(more):
                self.report(f"More {n}", self.khh1, aware_at=utc(13, 18, 31))
            rows = type(self.incident).objects.all()
            with acting(TELLER, "story.reckon"), CaptureQueriesContext(connection) as queries:
                clocks.recompute(rows)
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])


class ThePage(Story, TestCase):
    def address(self) -> str:
        return reverse("incident-customers", args=[self.incident.pk])

    def test_offers_each_customer_with_its_clause_and_keeps_what_is_ticked(self) -> None:
        self.sign_in(self.ben)
        page = self.client.get(self.address())
        self.assertContains(page, "MSA 14.2: 4 hours from awareness")
        self.assertNotContains(page, "Insurer 1")
        self.assertRedirects(
            self.client.post(self.address(), {"customer": ["C-0031"]}),
            reverse("incident-room", args=[self.incident.pk]),
        )
        self.assertEqual(self.standing()["C-0148"][0], "lapsed")
        room = self.client.get(reverse("incident-room", args=[self.incident.pk]))
        self.assertContains(room, "C-0031<br>", html=False)
        self.assertEqual(self.client.post(self.address(), {"customer": ["<b>C-1"]}).status_code, 422)

    def test_is_not_there_for_sam(self) -> None:
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(self.address()).status_code, 404)
        self.assertEqual(self.client.post(self.address(), {"customer": ["C-0031"]}).status_code, 404)
        self.assertFalse(self.incident.customers_named.exists())

    def test_is_answered_for_programs_too(self) -> None:
        self.sign_in(self.ben)
        self.incident.refresh_from_db()
        told = self.client.post(
            f"/api/incidents/{self.incident.pk}/name-customers",
            {"version": self.incident.version, "customers": "C-0148"}, content_type="application/json",
        )  # fmt: skip
        self.assertEqual(told.status_code, 200, told.content)
        self.assertEqual(self.standing()["C-0031"][0], "lapsed")
        self.assertEqual(customers.named(self.incident), ["C-0148"])
