"""What decides or administers for the whole group holds only by the word of two persons."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.administration.jobs import expire_proposals
from keepwell.areas.administration.registers import Grants, GroupRules
from keepwell.areas.administration.rules import group_rules
from keepwell.areas.administration.rules.grants import approve, reject
from keepwell.config.founding import give
from keepwell.kernel import moments
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.people.groups import groups_said
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.people.tokens import issue
from keepwell.platform.registers.writing import change, create
from tests.cast import NOW, TELLER, Cast, account, grant, person
from tests.duties import todos_of

REASON = "She takes over in December."


class Proposing(Cast):
    """The cast, and Faye who administers the group beside Ada."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "cast.enter"):
            cls.faye = person("A0000007", "Faye Wu", cls.group)
            grant(cls.faye, "administrator", cls.group)
            grant(cls.faye, "group_ciso", cls.group)
        account(cls.faye, "faye")

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))

    def proposed(self, to: Person, role: str = "group_ciso", *, by: Person | None = None) -> Grant:
        """What `by` (Ada) writes into the form."""
        values = {"person": to.number, "role": role, "unit": "MERIDIAN", "since": date(2025, 1, 1)}
        return create(Grants, values, by=by or self.ada)

    def decides(self, who: Person) -> bool:
        """Whether `who` may decide on risks of the whole group."""
        return may(who, "assurance", Level.DECIDE, self.group)


class Proposal(Proposing, TestCase):
    def test_gives_nothing_before_a_second_person_approves(self) -> None:
        found = self.proposed(self.eva)
        self.assertEqual((found.is_waiting, self.decides(self.eva)), (True, False))
        approve(found, by=self.faye, reason=REASON)
        self.assertTrue(self.decides(self.eva))
        self.assertEqual((found.proposed_by, found.approved_by), (self.ada, self.faye))

    def test_is_not_approved_by_who_proposed_it(self) -> None:
        with self.assertRaisesMessage(PermissionDenied, "You proposed this"):
            approve(self.proposed(self.eva), by=self.ada, reason=REASON)

    def test_is_not_approved_by_whom_it_is_for(self) -> None:
        found = self.proposed(self.faye, "secretariat")
        with self.assertRaisesMessage(PermissionDenied, "rights to yourself"):
            approve(found, by=self.faye, reason=REASON)

    def test_is_not_approved_by_who_could_not_give_it(self) -> None:
        with acting(TELLER, "cast.enter"):
            grant(self.cleo, "auditor", self.group)
        for who in (self.ben, self.cleo, self.sam):
            with self.assertRaises(PermissionDenied):
                approve(self.proposed(self.eva, "secretariat"), by=who, reason=REASON)
            self.withdrawn()

    def withdrawn(self) -> None:
        """Take the proposal back, so that it can be made anew."""
        reject(Grant.objects.current().get(role="secretariat"), by=self.ada, reason="Tried.")

    def test_is_not_made_or_approved_by_a_machine(self) -> None:
        with acting(TELLER, "cast.enter"):
            robot = person("robot", "Robot", self.group, kind="machine", mail="")
            grant(robot, "administrator", self.group)
            grant(robot, "group_ciso", self.group)
        with self.assertRaisesMessage(PermissionDenied, "by people"):
            self.proposed(self.eva, by=robot)
        with self.assertRaisesMessage(PermissionDenied, "by people"):
            approve(self.proposed(self.eva), by=robot, reason=REASON)

    def test_is_needed_only_where_the_role_decides_for_the_group(self) -> None:
        self.assertFalse(self.proposed(self.eva, "auditor").is_proposed)
        values = {
            "person": self.eva.number,
            "role": "administrator",
            "unit": "KHH1",
            "since": date(2025, 1, 1),
        }
        self.assertFalse(create(Grants, values, by=self.ada).is_proposed)

    def test_that_somebody_edits_is_theirs_from_then_on(self) -> None:
        found = self.proposed(self.eva)
        change(Grants, found, {"until": date(2026, 6, 30)}, version=found.version, by=self.faye)
        with self.assertRaises(PermissionDenied):
            approve(found, by=self.faye, reason=REASON)
        approve(found, by=self.ada, reason=REASON)
        self.assertTrue(self.decides(self.eva))

    def test_is_made_anew_when_what_was_approved_is_widened(self) -> None:
        found = self.proposed(self.eva)
        approve(found, by=self.faye, reason=REASON)
        change(Grants, found, {"until": date(2026, 6, 30)}, version=found.version, by=self.ada)
        self.assertFalse(found.is_proposed)
        change(Grants, found, {"until": date(2027, 6, 30)}, version=found.version, by=self.ada)
        self.assertEqual((found.is_proposed, self.decides(self.eva)), (True, False))

    def test_is_made_when_a_grant_is_lifted_to_the_group(self) -> None:
        values = {
            "person": self.eva.number,
            "role": "administrator",
            "unit": "KHH1",
            "since": date(2025, 1, 1),
        }
        found = create(Grants, values, by=self.ada)
        change(Grants, found, {"unit": "MERIDIAN"}, version=found.version, by=self.ada)
        self.assertEqual((found.is_proposed, self.decides(self.eva)), (True, False))

    def test_tells_in_the_history_who_approved_and_why(self) -> None:
        approve(self.proposed(self.eva), by=self.faye, reason=REASON)
        told = Change.objects.get(verb="grant.approve")
        self.assertEqual((told.by, told.answers["reason"]), (self.faye.pk, REASON))

    def test_that_is_rejected_can_be_made_anew(self) -> None:
        reject(self.proposed(self.eva), by=self.faye, reason="Not now.")
        approve(self.proposed(self.eva), by=self.faye, reason=REASON)
        self.assertTrue(self.decides(self.eva))

    def test_lapses_after_fourteen_days(self) -> None:
        found = self.proposed(self.eva)
        for days, waits in ((14, True), (15, False)):
            with moments.standing_at(NOW + timedelta(days=days)):
                self.assertEqual(found.is_waiting, waits)
        with moments.standing_at(NOW + timedelta(days=15)):
            with self.assertRaises(Refused):
                approve(found, by=self.faye, reason=REASON)
            expire_proposals(None)
        found.refresh_from_db()
        self.assertEqual(found.retired_reason, "Nobody approved it within 14 days.")

    def test_is_owed_by_those_who_could_approve_it(self) -> None:
        found = self.proposed(self.eva)
        page = reverse("grants-record", args=[found.pk])
        owed = {who.name: [todo.url for todo in todos_of(who, NOW.date(), "administration.proposed_grants")]
                for who in (self.ada, self.faye, self.ben, self.sam)}  # fmt: skip
        self.assertEqual(owed, {"Ada Lin": [], "Faye Wu": [page], "Ben Tan": [], "Sam Stone": []})

    def test_of_the_only_administrator_is_approved_by_the_operator(self) -> None:
        found = self.proposed(self.eva)
        with self.assertRaises(Refused):
            give(self.eva, "emperor", self.group, until=None, reason=REASON)
        self.assertEqual(give(self.eva, "group_ciso", self.group, until=None, reason=REASON).pk, found.pk)
        self.assertTrue(self.decides(self.eva))
        self.assertEqual(Change.objects.get(verb="grant.give").by_name, "the operator")


class ProposalOnAPage(Proposing, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.found = self.proposed(self.eva)
        self.page = reverse("grants-record", args=[self.found.pk])

    def test_says_that_it_waits_and_until_when(self) -> None:
        self.sign_in(self.ada)
        shown = self.client.get(self.page)
        self.assertContains(shown, "Waits for a second person")
        self.assertContains(shown, "Proposed by Ada Lin")

    def test_is_approved_by_no_token(self) -> None:
        answer = self.client.post(
            f"/api/grants/{self.found.pk}/approve", {"reason": REASON}, content_type="application/json",
            headers={"Authorization": f"Bearer {issue(self.faye)}"},
        )  # fmt: skip
        self.assertEqual((answer.status_code, self.decides(self.eva)), (403, False))

    def test_is_approved_by_the_api(self) -> None:
        self.sign_in(self.faye)
        answer = self.client.post(
            f"/api/grants/{self.found.pk}/approve", {"reason": REASON}, content_type="application/json",
        )  # fmt: skip
        self.assertEqual((answer.status_code, self.decides(self.eva)), (200, True))

    def test_is_absent_for_who_has_no_right(self) -> None:
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(self.page).status_code, 404)
        self.assertEqual(self.client.post(f"{self.page}approve/", {"reason": REASON}).status_code, 404)


class RuleOfAGroup(Proposing, TestCase):
    def rule(self, role: str = "site_officer", unit: str = "KHH1", *, by: Person | None = None):
        """Members of Officers, as the sign-in provider tells, hold `role` at `unit`; settled."""
        values = {"source": "idp", "group": "Officers", "role": role, "unit": unit}
        made = create(GroupRules, values, by=by or self.ada)
        while run_one():
            pass
        return made

    def officer(self, who: Person) -> bool:
        """Whether `who` may edit training at KHH1."""
        return may(who, "awareness", Level.EDIT, self.khh1)

    def test_gives_its_role_while_somebody_belongs_to_the_group(self) -> None:
        self.rule()
        groups_said(self.eva, ["Officers", "Runners"], "idp")
        self.assertTrue(self.officer(self.eva))
        groups_said(self.eva, ["Runners"], "idp")
        self.assertFalse(self.officer(self.eva))
        groups_said(self.eva, ["Officers"], "idp")
        self.assertTrue(self.officer(self.eva))

    def test_gives_nothing_for_the_same_name_at_another_provider(self) -> None:
        self.rule()
        groups_said(self.eva, ["Officers"], "other")
        self.assertFalse(self.officer(self.eva))

    def test_reaches_those_who_belonged_before(self) -> None:
        groups_said(self.eva, ["Officers"], "idp")
        self.rule()
        self.assertTrue(self.officer(self.eva))

    def test_that_ends_takes_its_role_back_at_once(self) -> None:
        rule = self.rule()
        groups_said(self.eva, ["Officers"], "idp")
        group_rules.end(rule, by=self.ada, reason="The group is used otherwise now.")
        self.assertFalse(self.officer(self.eva))

    def test_that_is_changed_gives_the_former_role_no_more_before_any_job_ran(self) -> None:
        rule = self.rule()
        groups_said(self.eva, ["Officers"], "idp")
        change(GroupRules, rule, {"role": "auditor"}, version=rule.version, by=self.ada)
        self.assertFalse(self.officer(self.eva))

    def test_is_kept_below_the_ceiling_of_its_author(self) -> None:
        with acting(TELLER, "cast.enter"):
            grant(self.ben, "administrator", self.khh1)
            grant(self.ben, "auditor", self.group)
        with self.assertRaisesMessage(PermissionDenied, "administer"):
            self.rule(unit="MAT", by=self.ben)

    def test_for_the_group_waits_for_a_second_person(self) -> None:
        rule = self.rule("secretariat", "MERIDIAN")
        groups_said(self.eva, ["Officers"], "idp")
        self.assertFalse(may(self.eva, "reporting", Level.DECIDE, self.group))
        with self.assertRaises(PermissionDenied):
            group_rules.approve(rule, by=self.ada, reason=REASON)
        group_rules.approve(rule, by=self.faye, reason=REASON)
        self.assertTrue(may(self.eva, "reporting", Level.DECIDE, self.group))

    def test_that_is_rejected_gives_nothing_and_can_be_made_anew(self) -> None:
        rule = self.rule("secretariat", "MERIDIAN")
        groups_said(self.eva, ["Officers"], "idp")
        for who in (self.ben, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                group_rules.reject(rule, by=who, reason="Mine")
        group_rules.reject(rule, by=self.faye, reason="Not now.")
        with self.assertRaises(Refused):
            group_rules.approve(rule, by=self.faye, reason=REASON)
        self.assertFalse(may(self.eva, "reporting", Level.DECIDE, self.group))
        self.assertTrue(self.rule("secretariat", "MERIDIAN").is_waiting)

    def test_gives_its_author_and_its_second_person_nothing(self) -> None:
        rule = self.rule("secretariat", "MERIDIAN")
        group_rules.approve(rule, by=self.faye, reason=REASON)
        for who in (self.ada, self.faye, self.eva):
            groups_said(who, ["Officers"], "idp")
        self.assertEqual(
            list(Grant.objects.filter(rule=rule).values_list("person__name", flat=True)), ["Eva Chen"]
        )

    def test_stands_in_the_history_as_the_providers_word(self) -> None:
        self.rule()
        groups_said(self.eva, ["Officers"], "idp")
        told = Change.objects.filter(verb="groups.say").values_list("record_type", "by_name")
        self.assertEqual(
            set(told), {("people.group", "idp"), ("people.membership", "idp"), ("people.grant", "idp")}
        )

    def test_said_again_changes_nothing(self) -> None:
        self.rule()
        groups_said(self.eva, ["Officers"], "idp")
        before = Change.objects.count()
        groups_said(self.eva, ["Officers", " Officers "], "idp")
        self.assertEqual(Change.objects.count(), before)
