"""Whether a certificate counts on a day, and how many sites do: both edges of every date."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import TestCase

from keepwell.areas.assurance.models import Certificate
from keepwell.areas.assurance.rules import resume, retire, suspend, withdraw
from keepwell.areas.assurance.tests.stories import TODAY, Certified
from keepwell.kernel.digests import digest
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.metrics.reading import read, records_of
from keepwell.platform.metrics.scope import Scope
from tests.cast import TELLER


class Counting(Certified, TestCase):
    def assert_counts(self, day: date, *, counts: bool) -> None:
        """Database and record agree on a day."""
        certificate = Certificate.objects.get(pk=self.shared.pk)
        self.assertEqual(certificate.counts_on(day), counts, day)
        self.assertEqual("NM-27-1" in self.counting(day), counts, day)

    def test_begins_on_the_day_of_issue(self) -> None:
        self.assert_counts(date(2023, 1, 14), counts=False)
        self.assert_counts(date(2023, 1, 15), counts=True)

    def test_ends_with_the_last_day(self) -> None:
        self.assert_counts(date(2026, 1, 14), counts=True)
        self.assert_counts(date(2026, 1, 15), counts=False)

    def test_ends_the_day_before_a_withdrawal(self) -> None:
        withdraw(self.shared, by=self.ada, on=date(2025, 3, 12), reason="Major finding left open")

        self.assert_counts(date(2025, 3, 11), counts=True)
        self.assert_counts(date(2025, 3, 12), counts=False)

    def test_pauses_from_suspension_to_resumption(self) -> None:
        suspend(self.shared, by=self.ada, on=date(2025, 2, 1), reason="Surveillance missed")
        resume(self.shared, by=self.ada, on=date(2025, 5, 1), reason="Audit made up for")

        self.assert_counts(date(2025, 1, 31), counts=True)
        self.assert_counts(date(2025, 2, 1), counts=False)
        self.assert_counts(date(2025, 4, 30), counts=False)
        self.assert_counts(date(2025, 5, 1), counts=True)

    def test_keeps_every_suspension(self) -> None:
        for begins, ends in ((date(2024, 2, 1), date(2024, 3, 1)), (date(2025, 2, 1), date(2025, 3, 1))):
            suspend(self.shared, by=self.ada, on=begins, reason="Surveillance missed")
            resume(self.shared, by=self.ada, on=ends, reason="Audit made up for")

        self.assert_counts(date(2024, 2, 10), counts=False)
        self.assert_counts(date(2025, 2, 10), counts=False)
        self.assert_counts(date(2024, 12, 31), counts=True)

    def test_leaves_out_mistakes_on_every_day(self) -> None:
        retire(self.shared, by=self.ada, reason="Entered twice")
        self.assert_counts(date(2024, 6, 1), counts=False)


class Sites(Certified, TestCase):
    def test_are_counted_once_each_and_add_up(self) -> None:
        self.tell("NM-27-2", self.khh1, issued_on=date(2022, 1, 1), valid_until=date(2024, 12, 31))
        self.tell("NM-27-3", self.pen1, unit=self.mse)

        found = [self.sites(2023, at) for at in (self.group, self.mat, self.mse, self.khh1, self.pen1)]
        self.assertEqual(found, [3, 2, 1, 1, 1])

    def test_count_on_the_last_day_of_the_year_alone(self) -> None:
        self.tell("NM-27-4", self.pen1, issued_on=date(2020, 1, 1), valid_until=date(2023, 12, 31))
        self.tell("NM-27-5", self.pen1, issued_on=date(2025, 1, 1), valid_until=date(2027, 12, 31))

        self.assertEqual([self.sites(year, self.pen1) for year in (2022, 2023, 2024)], [1, 1, 0])

    def test_open_themselves_or_all_that_were_looked_at(self) -> None:
        scope = Scope.of_year(2023)
        held = records_of("certificates.sites.iso-27001", self.group, scope)
        none = records_of("certificates.sites.iso-22301", self.group, scope)
        reading = read("certificates.sites.iso-22301", scope)[self.group.pk]

        self.assertEqual(set(held.values_list("code", flat=True)), {"KHH1", "KHH2"})
        self.assertEqual(set(none.values_list("code", flat=True)), {"KHH1", "KHH2", "PEN1"})
        self.assertEqual((reading.numerator, reading.records), (0, 3))

    def test_have_the_digest_of_their_codes(self) -> None:
        reading = read("certificates.sites.iso-27001", Scope.of_year(2023))[self.group.pk]
        self.assertEqual(reading.digest, digest(["KHH1", "KHH2"]))

    def test_equal_a_recount_by_hand(self) -> None:
        self.tell("NM-27-3", self.pen1, unit=self.mse, issued_on=date(2023, 12, 31))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(DISTINCT cs.unit_id) FROM assurance_certificate c"
                " JOIN assurance_certificate_sites cs ON cs.certificate_id = c.id"
                " JOIN assurance_standard s ON s.id = c.standard_id"
                " WHERE s.code = 'iso-27001' AND '2023-12-31' BETWEEN c.issued_on AND c.valid_until"
            )
            self.assertEqual(self.sites(2023), cursor.fetchone()[0])

    def test_change_with_a_suspension_after_they_were_counted(self) -> None:
        self.assertEqual(self.sites(2025), 2)
        suspend(self.shared, by=self.ada, on=TODAY, reason="Surveillance missed")
        self.assertEqual(self.sites(2025), 0)
        self.assertEqual(self.sites(2024), 2)


class Rows(Certified, TestCase):
    def test_need_days_unless_planned(self) -> None:
        with self.assertRaisesMessage(ValidationError, "or that it is planned"):
            self.tell("NM-27-9", self.pen1, issued_on=None, valid_until=None)

    def test_need_an_audit_while_planned(self) -> None:
        planned = {"status": "planned", "issued_on": None, "valid_until": None}
        with self.assertRaisesMessage(ValidationError, "has the day of its audit"):
            self.tell("PLAN-PEN1", self.pen1, **planned)
        self.tell("PLAN-PEN1", self.pen1, planned_on=date(2026, 2, 23), **planned)
        self.assertNotIn("PLAN-PEN1", self.counting(date(2026, 3, 1)))

    def test_cannot_end_before_they_begin(self) -> None:
        with self.assertRaisesMessage(ValidationError, "cannot end before it was issued"):
            self.tell("NM-27-9", self.pen1, valid_until=date(2023, 1, 14))

    def test_name_a_day_of_withdrawal_only_when_withdrawn(self) -> None:
        with self.assertRaisesMessage(ValidationError, "has the day of its withdrawal"):
            self.tell("NM-27-9", self.pen1, withdrawn_on=date(2024, 1, 1))

    def test_refuse_days_that_are_none(self) -> None:
        with self.assertRaisesMessage(ValidationError, "Write each day as 2023-02-28."):
            self.tell("NM-27-9", self.pen1, surveillance_on=["2023-02-30"])

    def test_are_once_each_by_body_and_number(self) -> None:
        with self.assertRaisesMessage(ValidationError, "is there already"):
            self.tell("NM-27-1", self.pen1)

    def test_obey_the_same_rules_in_the_database(self) -> None:
        rows = Certificate._base_manager.filter(pk=self.shared.pk)
        for wrong in (
            {"valid_until": date(2023, 1, 14)}, {"valid_until": None}, {"status": "planned"},
            {"status": "withdrawn"}, {"withdrawn_on": date(2024, 1, 1)},
        ):  # fmt: skip
            with self.subTest(wrong), self.assertRaises(IntegrityError), transaction.atomic():
                rows.update(**wrong)

    def test_become_suspended_by_the_act_alone(self) -> None:
        self.shared.status = Certificate.Status.SUSPENDED
        with acting(TELLER, "story.edit"), self.assertRaisesMessage(ValidationError, "“Suspend” makes it so"):
            self.shared.save()


class Deciding(Certified, TestCase):
    def test_about_a_day_ahead_is_refused(self) -> None:
        with self.assertRaisesMessage(Refused, "The day lies ahead"):
            withdraw(self.shared, by=self.ada, on=date(2025, 11, 15), reason="Announced")

    def test_about_a_day_before_issue_is_refused(self) -> None:
        with self.assertRaisesMessage(Refused, "before the certificate was issued"):
            suspend(self.shared, by=self.ada, on=date(2023, 1, 14), reason="Surveillance missed")

    def test_happens_in_the_right_state_only(self) -> None:
        with self.assertRaises(Refused):
            resume(self.shared, by=self.ada, on=TODAY, reason="Nothing was suspended")
        withdraw(self.shared, by=self.ada, on=TODAY, reason="Major finding left open")
        with self.assertRaises(Refused):
            suspend(self.shared, by=self.ada, on=TODAY, reason="Too late")

    def test_lifts_a_suspension_after_its_first_day(self) -> None:
        suspend(self.shared, by=self.ada, on=TODAY, reason="Surveillance missed")
        with self.assertRaisesMessage(Refused, "The suspension began on 2025-11-14"):
            resume(self.shared, by=self.ada, on=TODAY, reason="Audit made up for")


class Standing(Certified, TestCase):
    def word(self, day: date, **facts: object) -> str:
        """How the shared certificate stands, with some facts changed."""
        for name, value in facts.items():
            setattr(self.shared, name, value)
        return self.shared.standing_on(day).word

    def test_says_what_is_derived_from_the_days(self) -> None:
        self.assertEqual(self.word(date(2023, 1, 14)), "Planned")
        self.assertEqual(self.word(date(2025, 10, 15)), "Valid")
        self.assertEqual(self.word(date(2025, 10, 16)), "Ends in 90 d")
        self.assertEqual(self.word(date(2026, 1, 14)), "Ends in 0 d")
        self.assertEqual(self.word(date(2026, 1, 15)), "Lapsed")
        self.assertEqual(self.word(date(2026, 7, 13)), "Lapsed")
        self.assertEqual(self.word(date(2026, 7, 14)), "Ended")

    def test_says_ended_rather_than_lapsed_once_it_was_renewed(self) -> None:
        self.tell("NM-27-2", self.khh1, issued_on=date(2025, 12, 20), valid_until=date(2028, 12, 19))

        renewed = Certificate.objects.get(pk=self.shared.pk)
        self.assertEqual(renewed.standing_on(date(2026, 1, 15)).word, "Ended")
        self.assertEqual(self.shared.standing_on(date(2026, 1, 15)).word, "Lapsed")

    def test_tells_of_surveillance_thirty_days_ahead(self) -> None:
        audits = ["2024-01-08", "2025-01-10"]
        self.assertEqual(self.word(date(2024, 12, 10), surveillance_on=audits), "Valid")
        self.assertEqual(self.word(date(2024, 12, 11)), "Surveillance due")
        self.assertEqual(self.word(date(2025, 1, 11)), "Valid")
