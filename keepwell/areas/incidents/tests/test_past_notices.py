"""What was told of incidents that were over before Keepwell: clocks met, late and missed, counted in their year."""

from __future__ import annotations

import csv
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Clock, Incident
from keepwell.areas.incidents.rules import dossier, owing
from keepwell.areas.incidents.rules.past_notices import COLUMNS, HEADINGS
from keepwell.areas.incidents.tests import test_past
from keepwell.areas.incidents.tests.ticking import Ticking
from keepwell.config import cli
from keepwell.kernel import moments
from keepwell.platform.exchange.rows import Unfit
from keepwell.platform.metrics.reading import read
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.publishing.writers import WRITERS
from tests.cast import NOW

NUMBER, WHY = "IN-2021-0007", "Nobody had the number of the duty phone."
PAGE = "/api/incidents/past-notices"
MET = {
    "incident": NUMBER, "rule": "group-escalation", "due": "2021-06-18T04:10", "sent": "2021-06-18T03:40",
}  # fmt: skip
LATE = {
    "incident": NUMBER, "clause": "C-0148, MSA 14.2", "due": "2021-06-18T07:10", "sent": "2021-06-18T09:00+08:00",
    "why_late": WHY,
}  # fmt: skip
MISSED = {
    "incident": NUMBER, "rule": "twcert-voluntary", "unit": "MAT", "runs_from": "2021-06-18T12:00",
    "due": "2021-06-19T12:00", "why_late": "The exchange of that time had no portal.",
}  # fmt: skip


def written(*rows: dict[str, str]) -> str:
    """A list of notices with these rows."""
    text = StringIO()
    told = csv.DictWriter(text, HEADINGS)
    told.writeheader()
    told.writerows(rows)
    return text.getvalue()


class Listed(Ticking):
    """An incident of June 2021 at KHH1 that came by its list, and the clause of a customer of the company above it."""

    def scene(self) -> None:
        super().scene()
        self.clause("C-0148")
        self.past(NUMBER)

    def past(self, *numbers: str, **more: str) -> None:
        """Let past incidents come, each as the list of the past tells it."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "past.csv"
            rows = ({"number": number} | more for number in numbers)
            path.write_text(test_past.written(*rows), encoding="utf-8")
            rules.bring_in_past(rules.read_past(path), by=self.ada)

    def bring(self, *rows: dict[str, str]) -> int:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "notices.csv"
            path.write_text(written(*rows), encoding="utf-8")
            return rules.bring_in_past_notices(rules.read_past_notices(path), by=self.ada)

    def clock(self, rule: str) -> Clock:
        return Clock.objects.get(incident__number=NUMBER, rule=rule)

    def wrong(self, *rows: dict[str, str]) -> list[tuple[int, str]]:
        """Where the rows do not fit; nothing comes then."""
        with self.assertRaises(Unfit) as caught:
            self.bring(*rows)
        self.assertFalse(Clock.objects.filter(incident__is_history=True).exists())
        return [(one.line, one.column) for one in caught.exception.errors]


class TakingOverNotices(Listed, TestCase):
    def test_makes_clocks_met_late_and_missed_with_why(self) -> None:
        self.assertEqual(self.bring(MET, LATE, MISSED), 3)
        met, late, missed = map(self.clock, ("group-escalation", "customer-contract", "twcert-voluntary"))
        self.assertEqual([one.state_now for one in (met, late, missed)], ["met", "late", "missed"])
        self.assertEqual(
            (met.stage, met.unit, met.duty, met.reason), ("escalation", self.khh1, "internal", "")
        )
        self.assertEqual(met.start_at, met.incident.reported_at)
        self.assertEqual(
            (late.whom, late.unit, late.reason, late.reason_by), ("C-0148", self.mat, WHY, self.ada)
        )
        self.assertEqual((missed.unit, missed.done_at), (self.mat, None))

    def test_takes_each_once(self) -> None:
        self.bring(MET)
        self.assertEqual(self.bring(MET | {"sent": "", "why_late": WHY}, MISSED), 1)
        self.assertEqual(self.clock("group-escalation").state, "met")

    def test_counts_the_last_moment_of_its_term_as_met_and_the_next_as_late(self) -> None:
        self.past("A", "B")
        edge = MET | {"sent": "2021-06-18T04:10:00"}
        self.bring(edge, edge | {"incident": "A", "sent": "2021-06-18T04:10:01", "why_late": WHY})
        states = Clock.objects.filter(incident__is_history=True).order_by("incident__number")
        self.assertEqual([one.state for one in states], ["late", "met"])

    def test_says_why_in_both_languages(self) -> None:
        self.bring(LATE)
        self.assertEqual(
            self.clock("customer-contract").why,
            "07:10 Taipei on Friday 18 June 2021, as the list of that time tells; it ran from 03:10 Taipei on Friday 18 June "
            "2021. It was late: done at 09:00 Taipei on Friday 18 June 2021.",
        )
        with override("zh-hant"):
            self.assertIn("依當時清單所載", self.clock("customer-contract").why)

    def test_is_never_reckoned_anew(self) -> None:
        self.bring(MET, LATE, MISSED)
        rules.reopen(
            Incident.objects.get(number=NUMBER), by=self.ada, reason="A letter of the customer came."
        )
        self.assertEqual(self.clock("twcert-voluntary").state_now, "missed")
        self.assertEqual(Clock.objects.filter(incident__number=NUMBER).count(), 3)

    def test_lets_nobody_owe_or_be_warned_of_anything(self) -> None:
        self.bring(MET, LATE, MISSED)
        owed = owing.AboutClocks().rows(NOW.date()).filter(incident__is_history=True)
        self.assertEqual(list(owed), [])
        with moments.standing_at(self.clock("twcert-voluntary").ends_at):
            self.assertEqual(owing.warn(moments.now()), 0)
        self.assertFalse(self.clock("twcert-voluntary").takes_notices)

    def test_costs_the_same_for_three_as_for_thirty(self) -> None:
        told = []
        for count, year in ((3, 2019), (30, 2020)):
            numbers = [f"IN-{year}-{n:04}" for n in range(count)]
            self.past(*numbers)
            with CaptureQueriesContext(connection) as caught:
                self.bring(*(MET | {"incident": number} for number in numbers))
            told.append(len(caught))
        self.assertLessEqual(told[1], told[0] + 1)


class Telling(Listed, TestCase):
    def test_counts_in_the_figures_of_its_year(self) -> None:
        self.past("IN-2022-0001", happened_at="", detected_at="", reported_at="2022-01-01T00:00",
                  acknowledged_at="", contained_at="", recovered_at="", closed_at="2022-02-01T00:00")  # fmt: skip
        # The time of the second ends with the last second of 2021, that of the third with the first of 2022.
        self.bring(
            MET, LATE, MISSED | {"due": "2021-12-31T23:59:59"},
            MET | {"incident": "IN-2022-0001", "due": "2022-01-01T00:00", "sent": "2022-01-01T00:00"},
        )  # fmt: skip
        found = {}
        for year in (2021, 2022):
            reading = read("incidents.clocks_met", Scope.of_year(year, today=NOW.date()))[self.khh1.pk]
            found[year] = (reading.numerator, reading.denominator)
        self.assertEqual(found, {2021: (1, 3), 2022: (1, 1)})

    def test_stands_in_the_dossier_and_among_late_clocks(self) -> None:
        self.bring(LATE, MISSED)
        incident = Incident.objects.get(number=NUMBER)
        self.sign_in(self.ada)
        page = self.client.get(reverse("clocks-running"), {"show": "late"})
        self.assertContains(page, "C-0148")
        self.assertContains(page, "Missed")
        self.assertNotContains(page, "say why")
        self.assertNotContains(page, "kw-next")
        self.assertLess(page.content.index(b"TWCERT/CC"), page.content.index(b"C-0148"), "the latest first")
        paper = WRITERS["md"].write(dossier.document(dossier.Dossier(incident, self.ada), "en")).decode()
        self.assertIn(WHY, paper)
        self.assertIn("The exchange of that time had no portal.", paper)


class RefusingNotices(Listed, TestCase):
    def test_tells_every_row_that_does_not_fit_and_writes_nothing(self) -> None:
        self.past("R")
        found = self.wrong(
            MET,
            MET | {"incident": "IN-2021-9999"},
            MET | {"incident": self.incident.number},
            MET | {"incident": "R", "rule": "no-such-rule"},
            MET | {"incident": "R", "rule": ""},
            MET | {"incident": "R", "rule": "tw-csma-level-review"},
            LATE | {"incident": "R", "clause": "C-0148, MSA 15"},
            LATE | {"incident": "R", "rule": "gdpr-33"},
            MET | {"incident": "R", "stage": "review"},
            MET | {"incident": "R", "unit": "PEN1"},
            MET | {"incident": "R", "sent": "2031-01-01T00:00"},
            MET | {"incident": "R", "due": "2021-06-18T03:09"},
            LATE | {"incident": "R", "why_late": ""},
            MISSED | {"incident": "R", "why_late": "x" * 501},
            MET,
        )  # fmt: skip
        self.assertEqual(found, [
            (3, "incident"), (4, "incident"), (5, "rule"), (6, "rule"), (7, "rule"), (8, "clause"), (9, "rule"),
            (10, "stage"), (11, "unit"), (12, "sent"), (13, "due"), (14, "why_late"), (15, "why_late"), (16, "incident"),
        ])  # fmt: skip

    def test_tells_cells_that_cannot_be_read(self) -> None:
        found = self.wrong(MET | {"due": ""}, MET | {"sent": "soon"}, MET | {"incident": ""})
        self.assertEqual(found, [(2, "due"), (3, "sent"), (4, "incident")])

    def test_is_for_who_decides_and_tells_of_no_incident_that_one_may_not_know(self) -> None:
        for who in (self.ben, self.cleo, self.dan, self.eva, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                rules.bring_in_past_notices([], by=who)
        incident = Incident.objects.get(number=NUMBER)
        self.save(incident, is_restricted=True)
        self.assertEqual(
            self.wrong(MET, MET | {"incident": "IN-2021-9999"}), [(2, "incident"), (3, "incident")]
        )


class Doors(Listed, TestCase):
    def sent(self, *rows: dict[str, str]) -> dict[str, SimpleUploadedFile]:
        return {"file": SimpleUploadedFile("n.csv", written(*rows).encode())}

    def test_take_a_file_and_tell_what_does_not_fit(self) -> None:
        self.sign_in(self.ada)
        page = reverse("incidents-past-notices")
        self.assertContains(self.client.get(reverse("incidents-past")), page)
        self.assertContains(self.client.get(page), "why_late")
        wrong = self.client.post(page, self.sent(MET | {"rule": "none"}))
        self.assertContains(wrong, "a rule in force", status_code=422)
        self.assertContains(self.client.post(page, self.sent(MET, LATE), follow=True), "2 notices came.")

    def test_and_programs_and_commands_too(self) -> None:
        self.sign_in(self.ada)
        wrong = self.client.post(PAGE, self.sent(MET | {"rule": "none"}))
        self.assertEqual((wrong.status_code, wrong.json()["errors"][0][:2]), (422, [2, "rule"]))
        self.assertEqual(self.client.post(PAGE, self.sent(MET)).json(), {"created": 1})
        with TemporaryDirectory() as folder:
            path = Path(folder) / "notices.csv"
            for text, status, says in (
                (written(LATE), 0, "1 notices came"),
                (written({"due": "2021"}), 2, "incident"),
            ):
                path.write_text(text, encoding="utf-8")
                with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
                    self.assertEqual(cli.main(["past-notices", str(path), "--as", self.ada.number]), status)
                self.assertIn(says, out.getvalue() + err.getvalue())

    def test_offer_an_example_that_comes_in_once_it_names_an_incident(self) -> None:
        self.sign_in(self.ada)
        page, address = (reverse(f"incidents-past-notices{end}") for end in ("", "-example"))
        told = self.client.get(page)
        self.assertContains(told, f'href="{address}?')
        self.assertContains(told, "from when the time ran; empty")
        with override("zh-hant"):
            self.assertIn("自何時起算", [str(says)[:5] for _name, _example, says in COLUMNS])
        file = self.client.get(address)
        self.assertEqual(file["Content-Disposition"], 'attachment; filename="past-notices-example.csv"')
        self.assertEqual(next(csv.reader(StringIO(file.content.decode("utf-8-sig")))), list(HEADINGS))
        sent = self.client.post(page, {"file": SimpleUploadedFile("n.csv", file.content)})
        self.assertContains(sent, "an incident that was brought in from a list", status_code=422)
        filled = file.content.replace(b"IN-2021-0412", NUMBER.encode())
        sent = self.client.post(page, {"file": SimpleUploadedFile("n.csv", filled)}, follow=True)
        self.assertContains(sent, "1 notice came.")
        self.assertEqual(self.clock("nis2-notification").state, Clock.State.LATE)

    def test_are_not_for_ben_or_sam(self) -> None:
        for who in (self.ben, self.sam):
            self.sign_in(who)
            for name in ("incidents-past-notices", "incidents-past-notices-example"):
                self.assertEqual(self.client.get(reverse(name)).status_code, 403)
            self.assertEqual(self.client.post(PAGE, self.sent(MET)).status_code, 403)
