"""The outcomes of a year: counted, signed, frozen, restated, told."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

from django.core.exceptions import PermissionDenied
from django.test import TestCase, override_settings
from pypdf import PdfReader

from keepwell.areas.assurance.models import Certificate, Standard
from keepwell.areas.reporting import rules
from keepwell.areas.reporting.models import Figure, Publication
from keepwell.kernel.digests import digest
from keepwell.kernel.moments import standing_at
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.jobs import worker
from keepwell.platform.jobs.models import Job
from tests.cast import TELLER, Cast

AFTER = datetime(2024, 2, 12, 2, tzinfo=UTC)
ISO_27001 = "certificates.sites.iso-27001"


class Outcomes(Cast, TestCase):
    """KHH1 and PEN1 hold ISO 27001 on 31 December 2023; KHH1's ends on that day."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "certificates.enter"):
            standard = Standard(code="iso-27001", name="ISO/IEC 27001", unit=cls.group)
            standard.save()
            for site, until in ((cls.khh1, date(2023, 12, 31)), (cls.pen1, date(2024, 6, 30))):
                certificate = Certificate(standard=standard, number=f"N-{site.code}", body="Nordmark Cert", scope="Assembly",
                                          unit=site.parent, issued_on=date(2021, 1, 1), valid_until=until)  # fmt: skip
                certificate.save(links={"sites": [site]})

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for context in (override_settings(KEEPWELL_DATA=folder.name), standing_at(AFTER)):
            context.__enter__()
            self.addCleanup(context.__exit__, None, None, None)

    def figure(self) -> Figure:
        return Figure.objects.get(unit=self.group, year=2023, name=ISO_27001)

    def outcome(self, year: int = 2023) -> rules.Outcome:
        return rules.outcomes(self.group, year).of(ISO_27001)

    def sign(self) -> None:
        rules.sign_year(self.group, by=self.ada, year=2023)

    def withdraw_khh1(self) -> None:
        with acting(TELLER, "certificate.withdraw"):
            certificate = Certificate.objects.get(number="N-KHH1")
            certificate.status, certificate.withdrawn_on = "withdrawn", date(2023, 11, 1)
            certificate.save()


class Drafts(Outcomes):
    def test_follow_their_records(self) -> None:
        self.assertEqual((self.outcome().value, self.outcome().state), (2, "draft"))
        self.withdraw_khh1()
        self.assertEqual(self.outcome().value, 1)

    def test_count_the_last_valid_day_and_not_the_day_after(self) -> None:
        self.assertEqual(
            (self.outcome(2023).value, rules.outcomes(self.group, 2024).of(ISO_27001).value), (2, 1)
        )

    def test_carry_the_digest_of_the_sites(self) -> None:
        self.assertEqual(self.outcome().digest, digest(["KHH1", "PEN1"]))

    def test_tell_no_data_where_nothing_was_delivered(self) -> None:
        told = rules.outcomes(self.group, 2023).of("training.person_times").told()
        self.assertEqual((told["value"], told["records"]), (None, 0))

    def test_of_zero_open_what_was_looked_at(self) -> None:
        told = rules.outcomes(self.group, 2020).of(ISO_27001).told()
        self.assertEqual((told["value"], told["records"]), (0, 3))


class Signing(Outcomes):
    def test_keeps_the_value_when_records_change_and_says_so(self) -> None:
        self.sign()
        self.withdraw_khh1()
        self.assertEqual((self.outcome().value, self.outcome().counted, self.outcome().differs), (2, 1, True))

    def test_again_takes_todays_count(self) -> None:
        self.sign()
        self.withdraw_khh1()
        rules.sign_off(self.figure(), by=self.ada)
        self.assertEqual((self.outcome().value, self.outcome().differs), (1, False))

    def test_waits_for_the_last_day_of_the_year(self) -> None:
        with self.assertRaisesMessage(Refused, "2024-12-31"):
            rules.sign_year(self.group, by=self.ada, year=2024)
        self.assertFalse(Figure.objects.exists())

    def test_can_be_taken_back_with_a_reason(self) -> None:
        self.sign()
        with self.assertRaises(Refused):
            rules.take_back(self.figure(), by=self.ada, reason="no")
        rules.take_back(self.figure(), by=self.ada, reason="The certificate of KHH1 is in doubt.")
        self.assertEqual(self.outcome().state, "draft")

    def test_needs_the_right_to_decide(self) -> None:
        for person in (self.ben, self.cleo, self.sam):
            with self.assertRaises(PermissionDenied):
                rules.sign_year(self.group, by=person, year=2023)


class Freezing(Outcomes):
    def test_waits_until_every_figure_is_signed(self) -> None:
        with self.assertRaisesMessage(Refused, "drafts"):
            rules.freeze_year(self.group, by=self.ada, year=2023)

    def test_keeps_value_definition_and_digest_for_ever(self) -> None:
        self.sign()
        rules.freeze_year(self.group, by=self.ada, year=2023)
        before = self.outcome().told()
        self.withdraw_khh1()
        self.assertEqual(self.outcome().told(), before)
        with self.assertRaises(Refused):
            rules.sign_off(self.figure(), by=self.ada)

    def test_of_one_figure_leaves_the_others_signed(self) -> None:
        self.sign()
        for who in (self.ben, self.cleo, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                rules.freeze(self.figure(), by=who)
        rules.freeze(self.figure(), by=self.ada)
        self.assertEqual((self.figure().frozen_by, self.figure().frozen_at), (self.ada, AFTER))
        self.assertEqual(
            set(Figure.objects.exclude(name=ISO_27001).values_list("state", flat=True)), {"signed_off"}
        )
        with self.assertRaises(Refused):
            rules.take_back(self.figure(), by=self.ada, reason="The certificate of KHH1 is in doubt.")

    def test_has_the_documents_made_once_and_served_unchanged(self) -> None:
        self.sign()
        rules.freeze_year(self.group, by=self.ada, year=2023)
        self.assertTrue(worker.run_one())
        self.assertEqual(Job.objects.get(name="reporting.publish").result, {"made": 12})
        before = rules.write(2023, self.group, "en", "pdf")
        self.withdraw_khh1()
        rules.restate(self.figure(), by=self.ada, reason="The certificate had been withdrawn on 1 November.")
        self.assertEqual(rules.write(2023, self.group, "en", "pdf"), before)
        self.assertEqual(Publication.objects.count(), 12)
        self.assertIn(
            "ISO/IEC 27001", "".join(page.extract_text() for page in PdfReader(BytesIO(before)).pages)
        )


class Restating(Outcomes):
    def test_puts_todays_count_beside_the_frozen_value(self) -> None:
        self.sign()
        rules.freeze_year(self.group, by=self.ada, year=2023)
        self.withdraw_khh1()
        rules.restate(self.figure(), by=self.ada, reason="The certificate had been withdrawn on 1 November.")
        told = self.outcome().told()
        self.assertEqual((told["value"], told["restated"]["value"]), (2, 1))
        self.assertEqual(told["restated"]["reason"], "The certificate had been withdrawn on 1 November.")
        self.assertEqual(rules.outcomes(self.group, 2024).of(ISO_27001).last, Decimal(1))
        self.assertFalse(self.outcome().differs)

    def test_is_refused_where_nothing_differs(self) -> None:
        self.sign()
        rules.freeze_year(self.group, by=self.ada, year=2023)
        with self.assertRaisesMessage(Refused, "nothing to restate"):
            rules.restate(self.figure(), by=self.ada, reason="Just to be sure about it.")


class Telling(Outcomes):
    def test_is_alike_on_page_api_and_in_the_file(self) -> None:
        self.sign()
        self.sign_in(self.ada)
        api = self.client.get("/api/outcomes/2023").json()
        written = json.loads(rules.write(2023, self.group, "en", "json"))
        self.assertEqual(api, written)
        self.assertContains(self.client.get("/outcomes/?year=2023"), self.outcome().digest[:4])
        self.assertEqual(set(api), {"group", "year", "as_of", "figures"})
        self.assertEqual(
            set(api["figures"][0]),
            {"id", "title", "value", "unit", "definition", "state", "records", "digest", "restated"},
        )
        self.assertEqual(set(api["figures"][0]["title"]), {"en", "zh-Hant"})

    def test_opens_the_very_sites(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get(f"/figures/proof/{ISO_27001}/?year=2023")
        self.assertContains(page, f"/units/{self.pen1.pk}/")
        self.assertNotContains(page, f"/units/{self.khh2.pk}/")

    def test_shows_a_board_reader_the_figure_and_counts_what_is_hidden(self) -> None:
        self.sign_in(self.cleo)
        self.assertContains(self.client.get("/outcomes/?year=2023"), "ISO/IEC 27001")

    def test_shows_sam_nothing(self) -> None:
        self.sign_in(self.sam)
        self.assertEqual(self.client.get("/outcomes/?year=2023").status_code, 403)
        self.assertEqual(self.client.get(f"/figures/proof/{ISO_27001}/?year=2023").status_code, 403)
        self.assertEqual(self.client.get("/api/outcomes/2023").status_code, 403)
        self.assertContains(self.client.get("/"), "Nothing was given to you yet")

    def test_shows_ben_his_site_and_not_the_group(self) -> None:
        self.sign_in(self.ben)
        self.assertContains(self.client.get("/outcomes/?year=2023"), "Kaohsiung Assembly 1")
        self.assertEqual(self.client.get("/outcomes/?year=2023&unit=MERIDIAN").status_code, 404)


class Deciding(Outcomes):
    def test_signs_and_freezes_on_the_page(self) -> None:
        self.sign_in(self.ada)
        self.assertContains(self.client.get("/outcomes/?year=2023&unit=MERIDIAN"), "Sign the")
        self.client.post("/outcomes/sign/?year=2023&unit=MERIDIAN")
        self.client.post("/outcomes/freeze/?year=2023&unit=MERIDIAN")
        self.assertEqual(self.outcome().state, "frozen")

    def test_is_closed_to_a_board_reader(self) -> None:
        self.sign_in(self.cleo)
        self.assertEqual(self.client.post("/outcomes/sign/?year=2023&unit=MERIDIAN").status_code, 403)
        self.assertFalse(Figure.objects.exists())
