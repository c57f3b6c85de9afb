"""Ways by which somebody could come to more than others gave them, each of them closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.test import TestCase

from keepwell.areas.administration.registers import Grants, GroupRules
from keepwell.areas.administration.rules import grants, outside, services
from keepwell.areas.administration.tests.test_scim import Provisioning
from keepwell.areas.organization.registers import People, Units
from keepwell.areas.organization.rules import move
from keepwell.kernel import moments
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.identity import links, tending
from keepwell.platform.people.models import Account, Grant, Outsider, Person, Service
from keepwell.platform.people.tokens import Narrowness
from keepwell.platform.registers.writing import change, create
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast, account, grant, person

TODAY = date(2025, 11, 14)
REASON = "It was tried."


class Climbing(Cast):
    """The cast, Ben administering KHH1, Faye the group beside Ada, Hugo the people of the group."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "cast.enter"):
            cls.faye, cls.hugo = (
                person(number, name, cls.group) for number, name in (("A7", "Faye Wu"), ("A8", "Hugo Lee"))
            )
            grant(cls.faye, "administrator", cls.group)
            grant(cls.hugo, "hr_importer", cls.group)
            grant(cls.ben, "administrator", cls.khh1)
            cls.robot = person("robot", "Robot", cls.khh1, kind="machine", mail="", responsible=cls.ben)
        account(cls.faye, "faye")
        cls.robot = Service.objects.get(pk=cls.robot.pk)

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))

    def write(self, who: Person, by: Person, **values: Any) -> None:
        """Change `who` in the register of people."""
        change(People, who, values, version=who.version, by=by)


class AWayIn(Climbing, TestCase):
    def test_is_not_given_to_an_account_that_sleeps_over_more(self) -> None:
        with acting(TELLER, "cast.enter"):
            grant(self.eva, "auditor", self.group)
        tending.close_account(self.eva, by=self.ada)
        with self.assertRaisesMessage(PermissionDenied, "more than you"):
            tending.open_account(self.eva, "eva.again", by=self.ben)
        tending.open_account(self.eva, "eva.again", by=self.ada)

    def test_is_not_given_to_somebody_who_will_be_more(self) -> None:
        with acting(TELLER, "cast.enter"):
            grant(self.eva, "auditor", self.group, since=TODAY + timedelta(days=1))
        with self.assertRaises(PermissionDenied):
            tending.require_tending(self.ben, self.eva)

    def test_is_no_mail_address_or_number_that_who_is_less_writes(self) -> None:
        for values in ({"mail": "hugo@elsewhere.example"}, {"number": "A99"}):
            with self.assertRaises(PermissionDenied):
                self.write(self.faye, self.hugo, **values)
            self.faye.refresh_from_db()
        self.write(self.sam, self.hugo, mail="sam@elsewhere.example")
        self.write(self.faye, self.ada, mail="faye@elsewhere.example")

    def test_is_no_machine_that_becomes_a_person(self) -> None:
        for who, kind in ((self.robot, "employee"), (self.sam, "machine")):
            found = Person.objects.get(pk=who.pk)
            with self.assertRaisesMessage(Refused, "stays one"):
                self.write(found, self.ada, kind=kind)


class AMachine(Climbing, TestCase):
    def test_holds_what_rules_give_to_its_groups(self) -> None:
        self.token()
        values = {"source": "robot", "group": "Officers", "role": "auditor", "unit": "MAT"}
        create(GroupRules, values, by=self.ada)
        with self.assertRaises(PermissionDenied):
            self.token()

    def token(self) -> str:
        return services.issue_token(self.robot, by=self.ben, days=30, label="Groups", less=Narrowness())

    def test_does_not_take_the_name_of_another_source(self) -> None:
        values = {"source": "house", "group": "Officers", "role": "auditor", "unit": "MAT"}
        create(GroupRules, values, by=self.ada)
        with acting(TELLER, "cast.enter"):
            grant(self.ben, "hr_importer", self.khh1)
        with self.assertRaises(PermissionDenied):
            self.write(Person.objects.get(pk=self.robot.pk), self.ben, number="house")


class AMachineThatProvisions(Provisioning, TestCase):
    def test_writes_no_mail_address_of_who_is_more(self) -> None:
        with acting(TELLER, "cast.enter"):
            grant(self.ben, "administrator", self.khh1)
        body = self.user("ben", number=self.ben.number, emails=[{"value": "hr@elsewhere.example"}])
        self.assertEqual(self.ask("put", f"Users/{self.ben.pk}", body).status_code, 403)
        self.assertEqual(Person.objects.get(pk=self.ben.pk).mail, self.ben.mail)
        body = self.user("eva", number=self.eva.number, emails=[{"value": "eva@elsewhere.example"}])
        self.assertEqual(self.ask("put", f"Users/{self.eva.pk}", body).status_code, 200)


class AUnit(Climbing, TestCase):
    def setUp(self) -> None:
        super().setUp()
        with acting(TELLER, "cast.enter"):
            for role, at in (("group_ciso", self.group), ("administrator", self.mse)):
                grant(self.hugo, role, at)

    def test_is_not_laid_where_who_does_it_holds_more(self) -> None:
        with self.assertRaises(PermissionDenied):
            move(self.khh2, by=self.hugo, to=self.mse, on=TODAY, reason=REASON)
        found = Unit.objects.get(pk=self.khh2.pk)
        with self.assertRaises(PermissionDenied):
            change(Units, found, {"parent": "MSE"}, version=found.version, by=self.hugo)
        move(Unit.objects.get(pk=self.khh2.pk), by=self.ada, to=self.mse, on=TODAY, reason=REASON)


class TheLastAdministrator(Climbing, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.adas = Grant.objects.get(person=self.ada, role="administrator")
        self.fayes = Grant.objects.get(person=self.faye)

    def test_is_not_ended_while_the_other_ends_too(self) -> None:
        grants.end(self.fayes, by=self.ada, on=TODAY + timedelta(days=9), reason=REASON)
        with self.assertRaisesMessage(Refused, "as long"):
            grants.end(self.adas, by=self.faye, on=TODAY + timedelta(days=9), reason=REASON)

    def test_is_not_written_away(self) -> None:
        grants.end(self.fayes, by=self.ada, on=TODAY + timedelta(days=9), reason=REASON)
        for values in ({"until": TODAY}, {"role": "auditor"}, {"unit": "KHH1"}, {"person": self.eva.number}):
            found = Grant.objects.get(pk=self.adas.pk)
            with self.assertRaisesMessage(Refused, "as long"):
                change(Grants, found, values, version=found.version, by=self.faye)

    def test_is_not_dismissed(self) -> None:
        with acting(TELLER, "cast.enter"):
            guest = person("X9", "Gail Fox", self.pen1, kind="external", responsible=self.eva)
            grant(guest, "administrator", self.pen1)
            grant(self.hugo, "administrator", self.pen1, until=TODAY)
        account(guest, "gail")
        Account.objects.filter(person__in=(self.ada, self.faye)).update(is_active=False)
        with self.assertRaisesMessage(Refused, "as long"):
            outside.dismiss(Outsider.objects.get(pk=guest.pk), by=self.hugo, reason=REASON)


class ASecondPerson(Climbing, TestCase):
    def proposed(self) -> Grant:
        values = {"person": self.eva.number, "role": "administrator", "unit": "MERIDIAN", "since": TODAY}
        return create(Grants, values, by=self.ada)

    def test_is_not_one_whom_the_first_let_in_a_fortnight_ago(self) -> None:
        links.make(self.faye.account, lasts=links.GIVEN, by=self.ada)
        with self.assertRaisesMessage(PermissionDenied, "a third person"):
            grants.approve(self.proposed(), by=self.faye, reason=REASON)

    def test_is_not_one_who_let_the_first_in(self) -> None:
        links.make(self.ada.account, lasts=links.GIVEN, by=self.faye)
        with self.assertRaisesMessage(PermissionDenied, "a third person"):
            grants.approve(self.proposed(), by=self.faye, reason=REASON)

    def test_is_not_one_whose_mail_address_the_first_wrote(self) -> None:
        self.write(self.faye, self.ada, mail="ada@elsewhere.example")
        with self.assertRaisesMessage(PermissionDenied, "a third person"):
            grants.approve(self.proposed(), by=self.faye, reason=REASON)

    def test_is_one_again_after_fourteen_days(self) -> None:
        links.make(self.faye.account, lasts=links.GIVEN, by=self.ada)
        with moments.standing_at(NOW + timedelta(days=14, seconds=1)):
            grants.approve(self.proposed(), by=self.faye, reason=REASON)
