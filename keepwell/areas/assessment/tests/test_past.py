"""Scores that were given elsewhere come in by file: a whole cycle at once, or nothing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Assessment, Source, View
from keepwell.areas.assessment.tests.stories import CODES, Assessed
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Person

HEADINGS = "unit,scope,requirement,source,policy,practice,not_applicable,reason"


class BringingScoresIn(Assessed, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.opened()

    def bring_in(self, *lines: str, by: Person | None = None, headings: str = HEADINGS) -> int:
        """Bring a file with these lines in, as Ada unless told."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "scores.csv"
            path.write_text("\n".join([headings, *lines]) + "\n", encoding="utf-8")
            return rules.bring_in_scores(self.cycle, rules.read_scores(path), by=by or self.ada)

    def refused(self, *lines: str) -> list[str]:
        """What is said of a file that does not fit; nothing of it was written."""
        with self.assertRaises(rules.Unfit) as caught:
            self.bring_in(*lines)
        self.assertFalse(Answer.objects.given().exists())
        return [str(error) for error in caught.exception.errors]

    def whole(self, site: str, source: str, score: str) -> list[str]:
        return [f"{site},it,{code},{source},{score},{score},," for code in CODES]

    def test_keeps_each_source_beside_the_others_and_reckons_at_once(self) -> None:
        self.assertEqual(
            self.bring_in(*self.whole("KHH1", "self", "3.4"), *self.whole("KHH1", "validated", "3.0")), 10
        )
        held = self.of(self.khh1)
        self.assertEqual(self.mean(held, view=View.SELF), Fraction("3.4"))
        self.assertEqual(self.mean(held), Fraction(3))
        self.assertEqual(held.state, Assessment.State.VALIDATED)
        self.assertEqual(
            Change.objects.filter(verb="cycle.bring_in_scores", record_type=Answer.type_name()).count(), 10
        )

    def test_of_the_site_alone_leaves_validation_to_the_group(self) -> None:
        self.bring_in(*self.whole("KHH1", "self", "3"))
        self.assertEqual(self.of(self.khh1).state, Assessment.State.ANSWERING)
        self.assertEqual(self.of(self.khh2).state, Assessment.State.ASKED)

    def test_the_same_file_again_changes_nothing(self) -> None:
        lines = self.whole("KHH1", "validated", "3")
        self.bring_in(*lines)
        self.assertEqual(self.bring_in(*lines), 0)

    def test_without_a_source_is_imported(self) -> None:
        self.bring_in("KHH1,it,GV.OC-01,2.5,2.5", headings="unit,scope,requirement,policy,practice")
        self.assertEqual(Answer.objects.get().source, Source.IMPORTED)

    def test_says_of_every_line_what_does_not_fit(self) -> None:
        said = self.refused(
            "KHH1,it,GV.OC-01,self,3,3,,",
            "KHH1,it,GV.OC-01,self,2,2,,",
            "PEN1,ot,GV.OC-01,self,3,3,,",
            "KHH1,it,GV.OC-99,self,3,3,,",
            "KHH1,it,GV.OC-02,self,5.1,3,,",
            "KHH1,it,GV.RR-01,self,,,true,",
        )
        self.assertEqual([one.partition(",")[0] for one in said], [f"line {n}" for n in (3, 4, 5, 6, 7)])
        self.assertIn("it stands in line 2 too", said[0])
        self.assertIn("a site and scope that this cycle assesses", said[1])
        self.assertIn("a requirement that is answered", said[2])
        self.assertIn("A score runs from 0 to 5", said[3])
        self.assertIn("Say why it does not apply", said[4])

    def test_names_cells_that_cannot_be_read(self) -> None:
        said = self.refused("KHH1,it,GV.OC-01,self,three,3,,", "KHH1,it,GV.OC-02,guess,3,3,,")
        self.assertIn("line 2, policy: found “three”", said[0])
        self.assertIn("line 3, source: found “guess”", said[1])

    def test_asks_for_its_columns(self) -> None:
        with self.assertRaisesMessage(Refused, "no column “requirement”"):
            self.bring_in("KHH1,it,3", headings="unit,scope,practice")

    def test_is_the_groups_to_decide(self) -> None:
        for person in (self.ben, self.dan, self.sam):
            with self.subTest(person=person.name), self.assertRaises(PermissionDenied):
                self.bring_in(*self.whole("KHH1", "self", "3"), by=person)
        self.assertFalse(Answer.objects.given().exists())

    def test_a_published_year_takes_none(self) -> None:
        for site in ("KHH1", "KHH2", "PEN1"):
            self.bring_in(*self.whole(site, "validated", "3"))
        self.bring_in(*[line.replace(",it,", ",ot,") for line in self.whole("KHH1", "validated", "2")])
        rules.begin_validation(self.fresh(), by=self.ada)
        rules.publish(self.fresh(), by=self.ada)
        with self.assertRaisesMessage(Refused, "takes no scores at present"):
            self.bring_in(*self.whole("KHH1", "validated", "4"))

    def test_costs_the_same_queries_for_one_site_and_for_three(self) -> None:
        with CaptureQueriesContext(connection) as one:
            self.bring_in(*self.whole("KHH1", "consultant", "3"))
        with CaptureQueriesContext(connection) as three:
            self.bring_in(
                *[line for site in ("KHH1", "KHH2", "PEN1") for line in self.whole(site, "audit", "2")]
            )
        self.assertLessEqual(len(three), len(one))

    def fresh(self) -> object:
        return (
            type(self.cycle)
            .objects.select_related("unit", "framework_version", "scale")
            .get(pk=self.cycle.pk)
        )
