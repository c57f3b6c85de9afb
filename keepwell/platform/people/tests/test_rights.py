"""Who may what, where, and until when; who gets in, and who is kept waiting."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from unittest import mock

from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.utils import timezone

from keepwell.kernel import moments
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.history.models import Change
from keepwell.platform.people import permissions, signing, tokens
from keepwell.platform.people.models import Person, Token
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, Cast, grant

LAST = date(2025, 6, 30)


class Rights(Cast, TestCase):
    def on(self, day: date) -> bool:
        """Whether Sam may edit people at KHH1 on `day`."""
        with moments.standing_at(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)):
            return permissions.may(self.sam, "people", Level.EDIT, self.khh1)

    def give(self, **facts: object) -> None:
        with acting(TELLER, "grant.create"):
            grant(self.sam, "hr_importer", self.mat, **facts)

    def test_hold_from_the_first_day_up_to_and_with_the_last(self) -> None:
        self.give(since=LAST - timedelta(days=9), until=LAST)
        days = (LAST - timedelta(days=10), LAST - timedelta(days=9), LAST, LAST + timedelta(days=1))
        self.assertEqual([self.on(day) for day in days], [False, True, True, False])

    def test_reach_down_and_neither_up_nor_aside(self) -> None:
        self.give()
        may = [
            permissions.may(self.sam, "people", Level.EDIT, at)
            for at in (self.khh1, self.mat, self.group, self.pen1)
        ]
        self.assertEqual(may, [True, True, False, False])

    def test_follow_a_unit_that_moves(self) -> None:
        self.give()
        moved = Unit.objects.get(pk=self.khh1.pk)
        moved.parent = self.mse
        with acting(TELLER, "unit.move"):
            moved.save()
        self.assertFalse(permissions.may(self.sam, "people", Level.EDIT, self.khh1))

    def test_end_with_a_grant_that_is_retired(self) -> None:
        self.give()
        held = self.sam.grants.get()
        held.retired_at = timezone.now()
        with acting(TELLER, "grant.retire"):
            held.save()
        self.assertFalse(permissions.may(self.sam, "people", Level.EDIT, self.khh1))

    def test_that_are_missing_are_named_with_their_place(self) -> None:
        with self.assertRaisesMessage(
            PermissionDenied, "You need the right to decide people in Kaohsiung Assembly 1."
        ):
            permissions.require(self.ben, "people", Level.DECIDE, self.khh1)

    def test_of_a_level_hold_those_below_it(self) -> None:
        role = ROLES["group_ciso"]
        self.assertEqual([role.allows("people", level) for level in Level], [True, True, True, False])

    def test_to_one_record_are_no_rights_to_its_unit(self) -> None:
        self.give(only_register="people", only_id=self.eva.pk)
        self.assertFalse(permissions.may(self.sam, "people", Level.EDIT, self.khh1))
        found = permissions.records_granted(self.sam, "people", "people", Level.EDIT)
        self.assertEqual(found, [self.eva.pk])


class Password(Cast, TestCase):
    SECRET = "correct horse battery staple"  # noqa: S105  # made up

    def setUp(self) -> None:
        self.eva.account.set_password(self.SECRET)
        self.eva.account.save()

    def test_opens_by_any_spelling_of_the_name(self) -> None:
        self.assertEqual(authenticate(None, username=" EVA ", password=self.SECRET), self.eva.account)

    def test_does_not_open_an_account_that_was_ended(self) -> None:
        self.eva.account.is_active = False
        self.eva.account.save()
        self.assertIsNone(authenticate(None, username="eva", password=self.SECRET))

    def test_that_is_wrong_costs_a_stranger_as_much_as_somebody_known(self) -> None:
        with mock.patch.object(signing, "make_password", wraps=signing.make_password) as hashed:
            self.assertIsNone(authenticate(None, username="nobody", password="guess"))
        self.assertEqual(hashed.call_count, 1)

    def test_is_in_no_change(self) -> None:
        told = "".join(f"{c.before}{c.after}{c.answers}" for c in Change.objects.all())
        self.assertNotIn("pbkdf2", told)
        self.assertNotIn(self.eva.account.password, told)
        self.assertFalse(Change.objects.filter(record_type__in=("people.account", "people.token")).exists())


class TokenOfAPerson(Cast, TestCase):
    def test_opens_for_its_person(self) -> None:
        self.assertEqual(tokens.person_of(tokens.issue(self.eva)), self.eva)

    def test_is_kept_as_a_digest_alone(self) -> None:
        secret = tokens.issue(self.eva, label="LMS")
        row = str(Token.objects.values().get())
        self.assertNotIn(secret, row)
        self.assertNotIn(secret.removeprefix(tokens.PREFIX), row)

    def test_ends_when_it_expires(self) -> None:
        secret = tokens.issue(self.eva, days=1)
        Token.objects.update(expires_at=timezone.now())
        self.assertIsNone(tokens.person_of(secret))

    def test_ends_when_it_is_revoked(self) -> None:
        secret = tokens.issue(self.eva)
        tokens.revoke(Token.objects.get())
        self.assertIsNone(tokens.person_of(secret))

    def test_ends_with_the_account(self) -> None:
        secret = tokens.issue(self.eva)
        self.eva.account.is_active = False
        self.eva.account.save()
        self.assertIsNone(tokens.person_of(secret))

    def test_ends_with_the_person(self) -> None:
        secret = tokens.issue(self.eva)
        eva = Person.objects.get(pk=self.eva.pk)
        eva.retired_at = timezone.now()
        with acting(TELLER, "person.retire"):
            eva.save()
        self.assertIsNone(tokens.person_of(secret))

    def test_lasts_from_1_to_365_days(self) -> None:
        for days in (0, 366):
            with self.assertRaises(Refused):
                tokens.issue(self.eva, days=days)
        self.assertTrue(tokens.issue(self.eva, days=365))
