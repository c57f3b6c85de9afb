"""Who approves a notice: whom its rule names, and in their place somebody else for a reason."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.incidents.models import Clock, DutyShift, IncidentNotice
from keepwell.areas.incidents.models.approving import TITLES
from keepwell.areas.incidents.models.library import clock_rules
from keepwell.areas.incidents.rules import notices, own_rules
from keepwell.areas.incidents.tests.own_writing import POLICY, Writing
from keepwell.areas.incidents.tests.ticking import Ticking
from keepwell.kernel import moments
from keepwell.kernel.clocks.approval import ROLES, Approval, read_approval
from keepwell.kernel.clocks.calendars import Unfit
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, grant
from tests.duties import owed_by

DAY = timedelta(days=1)


class Naming(SimpleTestCase):
    def test_is_by_a_role_alone_or_with_its_place(self) -> None:
        self.assertEqual(read_approval("own-x", "legal"), Approval("legal", "unit"))
        self.assertEqual(read_approval("own-x", {"role": "ciso", "at": "group"}), Approval("ciso", "group"))
        self.assertEqual(read_approval("own-x", None), Approval())

    def test_refuses_whom_there_is_not(self) -> None:
        for given in ("board", {"role": "legal", "at": "moon"}, {"who": "legal"}, ["legal"]):
            with self.subTest(given), self.assertRaises(Unfit):
                read_approval("own-x", given)

    def test_has_words_for_everybody(self) -> None:
        self.assertEqual(set(TITLES), set(ROLES))

    def test_is_done_by_every_shipped_rule_whose_notice_leaves_the_group(self) -> None:
        outside = [one for one in clock_rules().values() if one.is_external]
        unnamed = [one.id for one in outside if not one.approval.role]
        self.assertEqual(unnamed, ["tw-csma-level-review"])


class Approving(Ticking):
    """Ben drafts a notice to a customer, which the shipped rule lets legal approve; Eva may decide at MAT."""

    def scene(self) -> None:
        super().scene()
        self.clause("C-0148")
        self.confirm("customer-contract")
        self.classify(customer_data=True)
        with acting(TELLER, "story.grant"):
            grant(self.eva, "group_ciso", self.mat)
        self.notice = notices.draft(self.clock, by=self.ben, language=IncidentNotice.Language.ENGLISH)

    @property
    def clock(self) -> Clock:
        return self.clocks()["customer-contract"]

    def legal(self, person: Person, unit: Unit) -> DutyShift:
        now = moments.now()
        shift = DutyShift(
            unit=unit, duty="legal", person=person, phone="+886 912 345 678", since=now - DAY, until=now + DAY
        )
        made: DutyShift = self.save(shift)
        return made

    def approve(self, by: Person, **more: str) -> None:
        fresh = IncidentNotice.objects.get(pk=self.notice.pk)
        notices.approve(fresh, by=by, reason="The first word counts", **more)

    def owes(self, person: Person) -> bool:
        return any(act.startswith("Approve the notice") for act in owed_by(person, "incidents.notices"))


class WhomTheRuleNames(Approving, TestCase):
    def test_approves_and_owes_it_alone(self) -> None:
        self.assertEqual([self.owes(one) for one in (self.ada, self.eva)], [True, True])
        self.legal(self.eva, self.mat)
        self.assertEqual([self.owes(one) for one in (self.ada, self.eva)], [False, True])
        self.assertEqual(self.clock.approvers, [self.eva])
        self.approve(self.eva)
        self.assertEqual(IncidentNotice.objects.get().in_place, "")

    def test_gives_way_for_a_reason_that_is_kept(self) -> None:
        self.legal(self.eva, self.mat)
        with self.assertRaisesMessage(
            Refused, f"Its rule lets whoever is on duty for legal approve it ({self.eva}). Say why you do in their place."
        ):  # fmt: skip
            self.approve(self.ada)
        self.approve(self.ada, in_place="She does not answer, and two hours are left.")
        self.assertEqual(
            IncidentNotice.objects.get().in_place, "She does not answer, and two hours are left."
        )
        notices.send_back(IncidentNotice.objects.get(), by=self.ada, reason="A slip")
        self.assertEqual(IncidentNotice.objects.get().in_place, "")

    def test_is_everybody_who_may_decide_where_nobody_is_it_who_may(self) -> None:
        self.legal(self.ben, self.mat)
        self.assertEqual(set(self.clock.approvers), {self.ada, self.eva})
        self.approve(self.ada)
        self.assertEqual(IncidentNotice.objects.get().state, "approved")

    def test_is_not_who_drafted_it(self) -> None:
        notices.discard(self.notice, by=self.ben, reason="Anew")
        self.notice = notices.draft(self.clock, by=self.eva, language=IncidentNotice.Language.ENGLISH)
        self.legal(self.eva, self.mat)
        self.assertTrue(self.owes(self.ada))
        self.approve(self.ada)

    def test_gives_sam_nothing(self) -> None:
        self.legal(self.ada, self.mat)
        self.assertFalse(self.owes(self.sam))
        with self.assertRaises(PermissionDenied):
            self.approve(self.sam, in_place="I am here")

    def test_is_owed_at_the_cost_of_one_reading(self) -> None:
        def cost() -> int:
            with CaptureQueriesContext(connection) as caught:
                owed_by(self.ada, "incidents.notices")
            return len(caught)

        self.legal(self.eva, self.mat)
        cost()
        one = cost()
        for number in range(6):
            made = self.report(f"Further {number}", self.khh1)
            self.classify(made, customer_data=True)
            notices.draft(
                self.clocks(made)["customer-contract"], by=self.ben, language=IncidentNotice.Language.ENGLISH
            )
        self.assertEqual(cost(), one)


class ThePages(Approving, TestCase):
    def test_say_who_approves_and_who_that_is_now(self) -> None:
        clock, notice = (reverse("clocks-record", args=[self.clock.pk]),
                         reverse("incident-notices-record", args=[self.notice.pk]))  # fmt: skip
        self.sign_in(self.ben)
        says = "Its rule lets whoever is on duty for legal approve it; nobody is it now."
        self.assertContains(self.client.get(clock), says)
        self.legal(self.eva, self.mat)
        self.assertContains(self.client.get(clock), f"Approved by {self.eva}, never by who drafts it.")
        self.assertContains(self.client.get(notice), f"Whoever is on duty for legal: {self.eva}")
        self.sign_in(self.sam)
        self.assertEqual([self.client.get(page).status_code for page in (clock, notice)], [404, 404])

    def test_tell_programs_too(self) -> None:
        self.sign_in(self.ben)
        told = self.client.get(f"/api/clocks/{self.clock.pk}").json()
        self.assertEqual(told["approved_by_role"], "whoever is on duty for legal")


class OwnRules(Writing, TestCase):
    def test_name_who_approves_in_a_file_and_in_the_form(self) -> None:
        named = POLICY | {"approves": {"role": "ciso", "at": "group"}}
        self.sign_in(self.ada)
        looked = self.client.post("/api/own-rules/look", {"rules": [named], "unit": self.group.code},
                                  content_type="application/json").json()  # fmt: skip
        self.assertEqual(looked["coming"][0]["approves"], "CISO, of the group")
        own = self.draft(named)
        own_rules.confirm(own, by=self.ada, basis="Read")
        page = self.client.get(reverse("own-rules-record", args=[own.pk]))
        self.assertContains(page, "CISO, of the group")
        form = self.client.get("/rules-of-notification/write/")
        self.assertContains(form, 'name="approves"')

    def test_let_the_ciso_of_the_group_alone_approve(self) -> None:
        with acting(TELLER, "story.grant"):
            grant(self.eva, "group_ciso", self.mat)
        self.own(POLICY | {"approves": {"role": "ciso", "at": "group"}})
        self.classify(safety=1)
        clock = self.clocks()["own-policy"]
        self.assertEqual(clock.approvers, [self.ada])
        self.own(POLICY | {"id": "own-near", "approves": "ciso"})
        self.assertEqual(set(self.clocks()["own-near"].approvers), {self.ada, self.eva})
