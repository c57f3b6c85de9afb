"""External people come for a time, by the word of somebody who answers for them; machines by narrow tokens."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.urls import reverse
from django.utils.translation import override

from keepwell.areas.administration.rules import outside, services
from keepwell.config.founding import open_account
from keepwell.kernel import moments
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Grant, Outsider, Person, Service, Token
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.people.tokens import Narrowness
from tests.cast import NOW, TELLER, Cast, grant
from tests.duties import todos_of

TODAY = date(2025, 11, 14)
LAST = TODAY + timedelta(days=90)
ORPHANED = "administration.orphaned_guests"
REASON = "The audit of the autumn."


class Outside(Cast):
    """The cast on the morning of 14 November 2025, Ben administering KHH1."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "cast.enter"):
            grant(cls.ben, "administrator", cls.khh1)

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))

    def invited(self, *, by: Person | None = None, **more: Any) -> Outsider:
        """Gail, invited to KHH1 as an auditor; Eva answers for her."""
        told = {"name": "Gail Fox", "mail": "gail@advisers.example", "organization": "Fox Advisers",
                "units": (self.khh1,), "role": "auditor", "until": LAST, "sponsor": self.eva} | more  # fmt: skip
        return outside.invite(outside.Invitation(**told), by=by or self.ben, reason=REASON)

    def later(self, days: int) -> Any:
        """The same hour, so many days later."""
        return moments.standing_at(NOW + timedelta(days=days))


class CallingIn(Outside, TestCase):
    """Gail, an auditor of KHH1 for 90 days, is called in at more units by Ada, who administers the group."""

    def setUp(self) -> None:
        super().setUp()
        self.gail = self.invited()

    def call(self, *, by: Person | None = None, **more: Any) -> int:
        told = {"units": (self.khh1, self.khh2, self.pen1), "role": "auditor", "until": LAST} | more
        return outside.call_in(self.gail, told.pop("units"), by=by or self.ada, reason=REASON, **told)

    def test_gives_the_role_where_it_is_not_held_yet(self) -> None:
        self.assertEqual(self.call(), 2)
        for days, holds in ((0, True), (90, True), (91, False)):
            with self.later(days):
                self.assertEqual(may(self.gail, "assurance", Level.VIEW, self.pen1), holds)
        with self.assertRaisesMessage(Refused, "already"):
            self.call()

    def test_ends_with_the_stay_at_the_latest(self) -> None:
        for until, words in (
            (LAST + timedelta(days=1), "extend it first"),
            (TODAY - timedelta(days=1), "from today"),
        ):
            with self.assertRaisesMessage(Refused, words):
                self.call(until=until)
        with self.later(91), self.assertRaisesMessage(Refused, "The stay is over"):
            self.call(until=TODAY + timedelta(days=120))

    def test_is_for_who_administers_every_one_of_the_units(self) -> None:
        for by in (self.ben, self.eva, self.sam):
            with self.assertRaises(PermissionDenied):
                self.call(by=by)
        with self.assertRaises(PermissionDenied):
            self.call(role="administrator", by=self.ben, units=(self.khh2,))
        self.assertEqual(Grant.objects.filter(person_id=self.gail.pk).count(), 1)

    def test_goes_by_page(self) -> None:
        self.sign_in(self.ada)
        page = f"/outside/{self.gail.pk}/call-in/"
        self.assertContains(self.client.get(page), "Call Gail Fox in at more units")
        sent = {"role": "auditor", "units": ["KHH2", "PEN1"], "until": LAST.isoformat(), "reason": REASON}
        self.assertEqual(self.client.post(page, sent | {"until": ""}).status_code, 422)
        self.client.post(page, sent)
        self.assertEqual(set(Grant.objects.filter(person_id=self.gail.pk).values_list("unit__code", flat=True)),
                         {"KHH1", "KHH2", "PEN1"})  # fmt: skip
        self.sign_in(self.sam)
        self.assertIn(self.client.get(page).status_code, (403, 404))


class Inviting(Outside, TestCase):
    def test_gives_a_role_until_the_last_day_and_no_longer(self) -> None:
        gail = self.invited()
        for days, holds in ((0, True), (90, True), (91, False)):
            with self.later(days):
                self.assertEqual(may(gail, "assurance", Level.VIEW, self.khh1), holds)

    def test_shows_how_the_stay_stands_up_to_the_last_day_and_after(self) -> None:
        gail = self.invited()
        told = {}
        for days in (0, 75, 76, 90, 91):
            with self.later(days), override("en"):
                told[days] = (gail.standing.word, gail.is_gone)
        self.assertEqual(told, {0: ("Here", False), 75: ("Here", False), 76: ("Ends in 14 d", False),
                                90: ("Ends in 0 d", False), 91: ("Over", True)})  # fmt: skip

    def test_needs_an_end_within_366_days(self) -> None:
        self.invited(until=TODAY + timedelta(days=366))
        for until in (TODAY + timedelta(days=367), TODAY - timedelta(days=1)):
            with self.assertRaisesMessage(Refused, "from today to 2026-11-15"):
                self.invited(until=until, mail="other@advisers.example")

    def test_is_kept_below_the_ceiling_and_to_ones_own_units(self) -> None:
        for more in ({"units": (self.khh1, self.khh2)}, {"units": (self.group,)}):
            with self.assertRaises(PermissionDenied):
                self.invited(**more)
        with self.assertRaises(PermissionDenied):
            self.invited(by=self.sam)
        self.assertFalse(Outsider.objects.filter(name="Gail Fox").exists())

    def test_as_somebody_who_decides_for_the_group_waits_for_a_second_person(self) -> None:
        gail = self.invited(by=self.ada, units=(self.group,), role="secretariat")
        self.assertFalse(may(gail, "reporting", Level.VIEW, self.group))
        self.assertTrue(Grant.objects.get(person_id=gail.pk).is_waiting)

    def test_needs_an_employee_who_answers(self) -> None:
        with self.assertRaisesMessage(Refused, "An employee who is still here"):
            self.invited(sponsor=self.dan)

    def test_is_told_in_the_history_with_its_reason(self) -> None:
        told = Change.objects.get(verb="person.invite", record_id=self.invited().pk)
        self.assertEqual((told.by, told.answers["reason"]), (self.ben.pk, REASON))

    def test_gives_no_usable_password(self) -> None:
        self.assertFalse(self.invited().account.has_usable_password())


class Extending(Outside, TestCase):
    def test_by_who_answers_prolongs_the_stay_and_what_was_given(self) -> None:
        gail, until = self.invited(), LAST + timedelta(days=30)
        outside.extend(gail, by=self.eva, until=until, reason=REASON)
        with self.later(120):
            self.assertTrue(may(gail, "assurance", Level.VIEW, self.khh1))

    def test_is_refused_to_everybody_else_and_to_oneself(self) -> None:
        gail = self.invited()
        for who in (gail, self.cleo, self.dan, self.sam):
            with self.assertRaises(PermissionDenied):
                outside.extend(gail, by=who, until=LAST + timedelta(days=1), reason=REASON)

    def test_ends_nothing_and_revives_nothing(self) -> None:
        gail = self.invited()
        with self.assertRaises(Refused):
            outside.extend(gail, by=self.eva, until=LAST, reason=REASON)
        with self.later(91), self.assertRaisesMessage(Refused, "invite the person anew"):
            outside.extend(gail, by=self.eva, until=LAST + timedelta(days=100), reason=REASON)

    def test_is_owed_by_who_answers_from_14_days_before(self) -> None:
        gail = self.invited()
        page = reverse("outside-extend", args=[gail.pk])
        owed = [
            [todo.url for todo in todos_of(self.eva, LAST - timedelta(days=days), "administration.outside")]
            for days in (15, 14, 0)
        ]
        self.assertEqual(owed, [[], [page], [page]])

    def test_on_the_page_is_open_to_who_answers_and_absent_for_sam(self) -> None:
        page = reverse("outside-extend", args=[self.invited().pk])
        self.sign_in(self.eva)
        answer = self.client.post(page, {"until": LAST + timedelta(days=5), "reason": REASON})
        self.assertEqual(answer.status_code, 302)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(page).status_code, 404)


class Ending(Outside, TestCase):
    def test_of_a_stay_takes_everything_at_once(self) -> None:
        gail = self.invited()
        outside.dismiss(gail, by=self.ben, reason="The audit is over.")
        self.assertFalse(may(gail, "assurance", Level.VIEW, self.khh1))
        gail.account.refresh_from_db()
        self.assertFalse(gail.account.is_active)

    def test_of_who_answers_leaves_a_todo_to_hand_over(self) -> None:
        gail = self.invited()
        self.assertEqual(todos_of(self.ben, TODAY, ORPHANED), [])
        with acting(TELLER, "hr.import"):
            eva = Person.objects.get(pk=self.eva.pk)
            eva.employed_until = TODAY
            eva.save()
        with self.later(1):
            tomorrow = TODAY + timedelta(days=1)
            (todo,) = todos_of(self.ben, tomorrow, ORPHANED)
            self.assertIn("Gail Fox", todo.act)
            self.assertEqual(todos_of(self.sam, tomorrow, ORPHANED), [])
            outside.hand_over(gail, by=self.ben, to=self.ben, reason="Eva has left.")
            self.assertEqual(todos_of(self.ben, tomorrow, ORPHANED), [])


class TheirStart(Outside, TestCase):
    def test_shows_what_was_given_until_when_and_nothing_else(self) -> None:
        self.sign_in(self.invited())
        page = self.client.get(reverse("start"))
        self.assertContains(page, "What you were given")
        self.assertContains(page, "What is open to you")
        self.assertContains(page, 'href="/evidence/')
        self.assertContains(page, "auditor")
        self.assertContains(page, "Eva Chen answers for you")
        self.assertNotContains(page, "Due from me")

    def test_is_for_external_people_alone(self) -> None:
        self.sign_in(self.eva)
        self.assertNotContains(self.client.get(reverse("start")), "What you were given")


class OnThePage(Outside, TestCase):
    def test_an_invitation_is_written_by_who_administers(self) -> None:
        self.sign_in(self.ben)
        told = {"name": "Gail Fox", "mail": "gail@advisers.example", "organization": "Fox", "language": "en",
                "role": "auditor", "units": ["KHH1"], "until": LAST, "responsible": "A0000005", "reason": REASON}  # fmt: skip
        answer = self.client.post(reverse("invite"), told)
        self.assertRedirects(
            answer, reverse("external-people-record", args=[Outsider.objects.get(name="Gail Fox").pk])
        )

    def test_nothing_is_offered_beyond_ones_own_units(self) -> None:
        self.sign_in(self.ben)
        page = self.client.get(reverse("invite"))
        self.assertContains(page, "KHH1")
        self.assertNotContains(page, "PEN1")

    def test_the_way_to_invite_stands_for_who_may_alone(self) -> None:
        for who, found in ((self.ben, 1), (self.eva, 0)):
            self.sign_in(who)
            page = self.client.get(reverse("external-people")).content.decode()
            self.assertEqual(page.count("Invite somebody"), found, who)

    def test_a_list_of_one_page_leads_neither_back_nor_on(self) -> None:
        self.invited()
        self.sign_in(self.ben)
        page = self.client.get(reverse("external-people")).content.decode()
        self.assertIn("Gail Fox", page)
        self.assertNotIn('rel="next"', page)
        self.assertNotIn('rel="prev"', page)

    def test_sam_may_neither_invite_nor_make_machines(self) -> None:
        self.sign_in(self.sam)
        self.assertEqual(
            [self.client.get(reverse(name)).status_code for name in ("invite", "service-new")], [403, 403]
        )

    def test_an_invitation_is_written_by_a_program_that_proved_itself(self) -> None:
        self.sign_in(self.ben)
        body = {"name": "Gail Fox", "mail": "gail@advisers.example", "organization": "Fox", "role": "auditor",
                "units": ["KHH1"], "until": str(LAST), "responsible": "A0000005", "reason": REASON}  # fmt: skip
        answer = self.client.post("/api/invitations", body, content_type="application/json")
        self.assertEqual(answer.status_code, 200, answer.content)
        self.assertTrue(Outsider.objects.filter(pk=answer.json()["id"]).exists())


class Machines(Outside, TestCase):
    def machine(self, role: str = "hr_importer", **more: Any) -> Service:
        """The HR system at KHH1."""
        told = {"number": "hr-khh1", "name": "HR system", "purpose": "Tells who comes", "unit": self.khh1,
                "owner": self.eva, "role": role} | more  # fmt: skip
        return services.employ_machine(services.Wanted(**told), by=self.ben)

    def token(self, service: Service, *scopes: str, by: Person | None = None, **more: Any) -> str:
        """A token of `service`."""
        levels = {text.split(":")[0]: Level[text.split(":")[1].upper()] for text in scopes}
        less = Narrowness(levels, more.pop("read_only", False), more.pop("sources", []))
        return services.issue_token(service, by=by or self.ben, days=30, label="HR", less=less, **more)

    def asked(self, secret: str, method: str, path: str, **more: Any) -> int:
        """The status of what a program asks."""
        call = getattr(self.client, method)
        return call(path, headers={"Authorization": f"Bearer {secret}"}, **more).status_code

    def renamed(self, secret: str) -> int:
        """The status of a change of Eva's name."""
        eva = Person.objects.get(pk=self.eva.pk)
        body = {"name": f"{eva.name} anew", "version": eva.version}
        return self.asked(
            secret, "patch", f"/api/people/{eva.pk}", data=body, content_type="application/json"
        )

    def test_act_with_the_rights_of_their_own_role(self) -> None:
        secret = self.token(self.machine())
        self.assertEqual((self.renamed(secret), self.asked(secret, "get", "/api/grants")), (200, 403))

    def test_may_only_read_by_a_token_that_only_reads(self) -> None:
        secret = self.token(self.machine(), read_only=True)
        self.assertEqual((self.asked(secret, "get", "/api/people"), self.renamed(secret)), (200, 403))

    def test_reach_only_the_areas_of_the_token(self) -> None:
        service = self.machine()
        people, training = self.token(service, "people:edit"), self.token(service, "awareness:view")
        self.assertEqual((self.renamed(people), self.renamed(training)), (200, 404))
        self.assertEqual(self.asked(people, "get", "/api/courses"), 403)
        self.assertEqual(self.asked(training, "get", "/api/courses"), 200)

    def test_are_turned_away_from_elsewhere(self) -> None:
        service = self.machine()
        here, there = (
            self.token(service, sources=["127.0.0.0/8"]),
            self.token(service, sources=["192.0.2.0/24"]),
        )
        self.assertEqual(self.asked(here, "get", "/api/people"), 200)
        self.assertEqual(self.asked(there, "get", "/api/people"), 401)

    def test_leave_the_day_of_their_last_use(self) -> None:
        self.asked(self.token(self.machine()), "get", "/api/people")
        self.assertIsNotNone(Token.objects.get().last_used_on)

    def test_give_nothing_to_who_makes_their_token(self) -> None:
        service = self.machine()
        with acting(TELLER, "cast.enter"):
            grant(service, "administrator", self.mat)
        with self.assertRaises(PermissionDenied):
            self.token(service)
        self.assertTrue(self.token(service, by=self.ada))

    def test_make_no_tokens_of_machines(self) -> None:
        service = self.machine()
        with self.assertRaisesMessage(PermissionDenied, "machines do not"):
            with acting(TELLER, "cast.enter"):
                grant(service, "administrator", self.khh1)
            self.token(service, by=service)

    def test_never_sign_in(self) -> None:
        with self.assertRaisesMessage(Refused, "nobody signs in as it"):
            open_account(self.machine(), "robot")

    def test_open_nothing_after_their_end(self) -> None:
        service = self.machine()
        secret = self.token(service)
        services.end(service, by=self.ben, reason="Replaced.")
        self.assertEqual(self.asked(secret, "get", "/api/people"), 401)

    def test_are_told_in_the_trail_with_each_token(self) -> None:
        service = self.machine()
        self.token(service, "people:edit")
        told = Change.objects.get(verb="token.issue")
        self.assertEqual(
            (told.by, told.record_id, told.answers["scopes"]), (self.ben.pk, service.pk, {"people": 2})
        )

    def test_on_the_page_show_a_token_once(self) -> None:
        service = self.machine()
        page = reverse("service-tokens", args=[service.pk])
        self.sign_in(self.ben)
        first = self.client.post(
            page, {"label": "HR", "days": "30", "scopes": "people:edit", "read_only": "on"}
        )
        self.assertContains(first, "kw_")
        self.assertNotContains(self.client.get(page), "kw_")
        self.assertContains(
            self.client.post(page, {"label": "HR", "days": "30", "scopes": "people"}),
            "is no scope",
            status_code=422,
        )
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(page).status_code, 404)
