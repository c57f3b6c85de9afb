"""A right on one record opens that record, for a time, and nothing beside it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.administration.registers import Grants
from keepwell.areas.administration.rules import grants
from keepwell.areas.administration.rules.one_record import Wanted, give_one
from keepwell.kernel import moments
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers.files import bring_in
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.registers.writing import change
from tests.cast import NOW, TELLER, Cast, account, person
from tests.cast import grant as given
from tests.house import made

TODAY, LAST = date(2025, 11, 14), date(2025, 12, 14)
REASON = "Looks at this one alone."


class OneRecord(Cast, TestCase):
    """Two certificates of KHH1, which Ben administers, and Finn from outside who may nothing."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "cast.enter"):
            given(cls.ben, "administrator", cls.khh1)
            cls.finn = account(person("X0000009", "Finn Moor", cls.khh1, kind="external"), "finn").person
        cls.one, cls.other = (made("certificates", cls.khh1, cls.eva, n) for n in range(2))

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))

    def give(self, *, by: Person | None = None, **more: Any) -> Grant:
        told = {
            "person": self.finn,
            "record": f"/certificates/{self.one.pk}/",
            "role": "auditor",
            "until": LAST,
        } | more
        return give_one(Wanted(**told), by=by or self.ben, reason=REASON)

    def seen(self) -> list[Any]:
        rows = REGISTERS["certificates"].record.objects.all()
        return list(visible_to(rows, self.finn))


class Giving(OneRecord):
    def test_opens_that_record_and_no_other(self) -> None:
        self.assertEqual(self.seen(), [])
        self.give()
        self.assertEqual(self.seen(), [self.one])
        self.sign_in(self.finn)
        found = self.client.get("/api/certificates").json()
        self.assertEqual(([row["id"] for row in found["items"]], found["total"]), ([str(self.one.pk)], 1))
        file = b"".join(self.client.get("/certificates/take-out.csv").streaming_content).decode()
        self.assertEqual(len(file.strip().splitlines()), 2)
        for record, status in ((self.one, 200), (self.other, 404)):
            self.assertEqual(
                self.client.get(reverse("certificates-record", args=[record.pk])).status_code, status
            )

    def test_holds_up_to_and_with_its_last_day(self) -> None:
        self.give()
        for day, wanted in ((LAST, [self.one]), (date(2025, 12, 15), [])):
            with moments.standing_at(NOW + (day - TODAY)):
                self.assertEqual(self.seen(), wanted)

    def test_needs_an_end_within_366_days(self) -> None:
        self.give(until=date(2026, 11, 15))
        for until in (date(2026, 11, 16), date(2025, 11, 13)):
            with self.assertRaisesMessage(Refused, "ends on a day from today to 2026-11-15"):
                self.give(until=until, role="consultant")
        self.assertEqual(Grant.objects.filter(person=self.finn).count(), 1)

    def test_is_kept_below_the_ceiling(self) -> None:
        for by in (self.eva, self.sam, self.dan):
            with self.assertRaises((PermissionDenied, Refused)):
                self.give(by=by)
        with self.assertRaisesMessage(PermissionDenied, "Nobody grants a role to themselves"):
            self.give(person=self.ben)
        self.assertFalse(Grant.objects.exclude(only_id=None).exists())

    def test_makes_sense(self) -> None:
        for more, sentence in (
            ({"record": "certificates:none"}, "No record that lies at a unit is called"),
            ({"role": "hr_importer"}, "gives nothing on"),
            ({"record": f"/people/{self.eva.pk}/"}, "given at a unit, not on one record"),
        ):
            with self.assertRaisesMessage(Refused, sentence):
                self.give(**more)

    def test_stands_in_the_trail_with_its_reason(self) -> None:
        found = self.give()
        told = Change.objects.get(record_id=found.pk)
        self.assertEqual(
            (told.verb, told.by_name, told.answers["reason"]), ("grant.give_one", str(self.ben), REASON)
        )


class Ending(OneRecord):
    def test_is_effective_at_once_and_ends_sessions(self) -> None:
        found = self.give()
        self.sign_in(self.finn)
        self.assertEqual(self.client.get(reverse("certificates-record", args=[self.one.pk])).status_code, 200)
        grants.take_back(found, by=self.ben, reason=REASON)
        self.assertEqual(self.seen(), [])
        self.assertEqual(self.client.get(reverse("certificates-record", args=[self.one.pk])).status_code, 302)

    def test_keeps_a_long_reason_whole_in_the_trail(self) -> None:
        found, long = self.give(), "Done. " + "x" * 400
        grants.take_back(found, by=self.ben, reason=long)
        found.refresh_from_db()
        self.assertEqual(found.retired_reason, long[:300])
        told = Change.objects.filter(record_id=found.pk, verb="grant.take_back").get()
        self.assertEqual(told.answers["reason"], long)

    def test_is_not_put_off_for_ever_nor_moved_elsewhere(self) -> None:
        found = self.give()
        with self.assertRaisesMessage(Refused, "ends on a day"):
            change(Grants, found, {"until": None}, version=found.version, by=self.ben)
        with acting(TELLER, "cast.enter"):
            given(self.ben, "administrator", self.khh2)
        found.refresh_from_db()
        with self.assertRaisesMessage(Refused, "stays where the record lies"):
            change(Grants, found, {"unit": "KHH2"}, version=found.version, by=self.ben)

    def test_is_not_what_a_file_of_grants_means(self) -> None:
        """A role at a unit shares person, role, unit and day with one on a record there; the file means the former."""
        found = self.give(by=self.ada)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "grants.csv"
            path.write_text(
                f"person,role,unit,since,until\n{self.finn.number},auditor,KHH1,{TODAY},2025-12-31\n"
            )
            for created in (1, 0):
                told = bring_in(Grants, path, self.ada)
                self.assertEqual((told.errors, told.created), ([], created))
        found.refresh_from_db()
        self.assertEqual((found.until, found.version), (LAST, 1))
        self.assertEqual(self.finn.grants.filter(only_id__isnull=True).count(), 1)

    def test_leaves_an_administrator_of_one_record_free_to_go(self) -> None:
        found = self.give(role="administrator")
        self.assertEqual(
            len(visible_to(REGISTERS["certificates"].record.objects.all(), self.finn, Level.EDIT)), 1
        )
        grants.take_back(found, by=self.ben, reason=REASON)
        self.assertEqual(self.seen(), [])


class OfTheGroup(OneRecord):
    def test_waits_for_a_second_person_where_it_decides(self) -> None:
        whole = made("certificates", self.group, self.eva, 3)
        with acting(TELLER, "cast.enter"):
            faye = person("A0000010", "Faye Wu", self.group)
            given(faye, "administrator", self.group)
        found = self.give(by=self.ada, record=f"/certificates/{whole.pk}/", role="group_ciso")
        self.assertEqual((found.is_proposed, self.seen()), (True, []))
        grants.approve(found, by=faye, reason=REASON)
        self.assertEqual(self.seen(), [whole])


class ByFormAndProgram(OneRecord):
    def test_the_form_gives_it_and_says_beside_the_field_what_is_wrong(self) -> None:
        self.sign_in(self.ben)
        told = {"record": f"/certificates/{self.one.pk}/", "person": self.finn.number, "role": "auditor",
                "until": "2025-12-14", "reason": REASON}  # fmt: skip
        address = reverse("grant-one")
        self.assertContains(self.client.get(address, {"record": told["record"]}), told["record"])
        self.assertEqual(self.client.post(address, told | {"person": "nobody"}).status_code, 422)
        answer = self.client.post(address, told, follow=True)
        self.assertContains(answer, "One certificate")
        self.assertEqual(self.seen(), [self.one])

    def test_the_form_is_closed_to_sam(self) -> None:
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(reverse("grant-one")).status_code, 403)

    def test_a_program_gives_it_that_proved_itself(self) -> None:
        told = {"record": f"certificates:{self.one.pk}", "person": self.finn.number, "role": "auditor",
                "until": "2025-12-14", "reason": REASON}  # fmt: skip
        for who, status in ((self.sam, 403), (self.ben, 200)):
            self.sign_in(who)
            answer = self.client.post(
                "/api/one-record-grants", json.dumps(told), content_type="application/json"
            )
            self.assertEqual(answer.status_code, status, answer.content)
        self.assertEqual(self.seen(), [self.one])
