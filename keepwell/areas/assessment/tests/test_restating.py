"""Years on an older version of the framework, restated on the newer one: all of them, and never stale."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.test import TestCase, override_settings

from keepwell.areas.assessment import jobs, rules
from keepwell.areas.assessment.models import Answer, Cycle, Result, Source
from keepwell.areas.assessment.rules import recounting
from keepwell.areas.assessment.rules.outlines import outline
from keepwell.areas.assessment.tests.stories import Assessed, given
from keepwell.areas.frameworks.models import Mapping, Version
from keepwell.areas.frameworks.rules import acts
from keepwell.areas.frameworks.rules.comparing import way
from keepwell.areas.frameworks.rules.drafting import draft_next
from keepwell.areas.frameworks.rules.withdrawing import withdraw
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.jobs import worker
from keepwell.platform.jobs.job import Task
from keepwell.platform.jobs.models import Job
from tests.cast import NOW, TELLER

OLD = ("ID.GV-1", "ID.GV-2", "PR.IP-1")
GIVEN = {2021: "123", 2022: "222", 2023: "234"}
# a, b, c to the three of 1.1: GV.OC = (a + b) / 2 and GV.RR = b make GV, PR = c; the whole is the mean of both.
RESTATED = {2021: Fraction(19, 8), 2022: Fraction(2), 2023: Fraction(27, 8)}


class OlderYears(Assessed):
    """CSF 2021 to 2023 on version 1.1, answered by KHH1, KHH2 and PEN1 alike, and then CSF 2024 opened on 2.0."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.enterClassContext(override_settings(KEEPWELL_DATA=cls.enterClassContext(TemporaryDirectory())))
        super().setUpTestData()
        here, cls.years = cls(), dict[int, Cycle]()
        with moments.standing_at(NOW):
            for year, scores in GIVEN.items():
                cls.years[year] = here.answered(year, scores)
            with acting(TELLER, "story.newer"):
                cls.newer = cls.drafted("CSF 2024", 2024, previous=cls.years[2023])
            here.opened(cls.newer)

    def answered(self, year: int, scores: str, version: Version | None = None) -> Cycle:
        """A cycle on version 1.1 in which every assessment has these scores, in the order of its requirements."""
        with acting(TELLER, "story.year"):
            made = self.drafted(f"CSF {year}", year, framework_version=version or self.old)
        self.opened(made)
        codes = [line.code for line in outline(made.framework_version).leaves]
        for one in made.assessments.with_cycle():
            self.answer(one, *(given(code, score, score) for code, score in zip(codes, scores, strict=True)))
        return made

    def hollow(self, cycle: Cycle | None = None, scope: str = "it") -> dict[int, Fraction | None]:
        """The restated points of the group's trend."""
        cycle = cycle or self.newer
        found = rules.trend(
            Cycle.objects.select_related("framework_version").get(pk=cycle.pk),
            self.group,
            person=self.ada,
            scope=scope,
        )
        return {point.year: point.value for point in found.restated}

    def now(self, year: int) -> Cycle:
        """A cycle as it is now."""
        rows = Cycle.objects.select_related("unit", "framework_version", "scale")
        return rows.get(pk=self.years[year].pk)

    def submitted(self, year: int) -> None:
        for one in self.years[year].assessments.with_cycle():
            rules.submit(one, by=self.ada)

    def validate(self, year: int) -> None:
        self.submitted(year)
        for one in self.years[year].assessments.with_cycle():
            rules.validate(one, by=self.ada)
        rules.begin_validation(self.now(year), by=self.ada)


class EveryEarlierYear(OlderYears, TestCase):
    def test_is_restated_when_a_cycle_opens_on_a_newer_version(self) -> None:
        self.assertEqual(self.hollow(), RESTATED)
        self.assertEqual(self.hollow(scope="ot"), RESTATED)

    def test_is_restated_once_and_not_again_by_the_next_cycle(self) -> None:
        Result.objects.filter(assessment__cycle=self.years[2021], on_version="csf-2.0").delete()
        with acting(TELLER, "story.next"):
            self.cycle.previous = self.newer
            self.cycle.save()
        self.opened()
        self.assertEqual(self.hollow(self.cycle), RESTATED)

    def test_is_restated_though_it_is_opened_and_answered_afterwards(self) -> None:
        self.answered(2020, "555")
        self.assertEqual(self.hollow(), {2020: Fraction(5), **RESTATED})

    def test_is_restated_when_its_scores_come_in_by_file_afterwards(self) -> None:
        with acting(TELLER, "story.year"):
            late = self.drafted("CSF 2019", 2019, framework_version=self.old)
        self.opened(late)
        lines = ["unit,scope,requirement,source,policy,practice"]
        lines += [f"{site},it,{code},validated,1,1" for site in ("KHH1", "KHH2", "PEN1") for code in OLD]
        with TemporaryDirectory() as folder:
            path = Path(folder) / "scores.csv"
            path.write_text("\n".join(lines), encoding="utf-8")
            rules.bring_in_scores(late, rules.read_scores(path), by=self.ada)
        self.assertEqual(self.hollow(), {2019: Fraction(1), **RESTATED})

    def test_lies_on_no_version_that_came_before_it(self) -> None:
        self.assertFalse(Result.objects.filter(on_version="csf-1.1").exists())
        self.assertEqual(recounting.later_versions(self.newer), [])


class TheRestatedYear(OlderYears, TestCase):
    """2022 is 2, 2, 2 at every site."""

    def change(self, *sites: str, source: Source = Source.SELF) -> None:
        """5 for PR.IP-1 at some sites: 3.5 instead of 2 for the whole there."""
        for one in self.years[2022].assessments.with_cycle().filter(unit__code__in=sites, scope="it"):
            answer = one.answers.filter(source=source, node__code="PR.IP-1").first()
            version = answer.version if answer else 0
            self.answer(one, given("PR.IP-1", "5", "5", reason="Seen anew.", version=version), source=source)

    def test_follows_an_answer_that_changes_after_the_next_version_began(self) -> None:
        self.change("KHH1", "KHH2", "PEN1")
        self.assertEqual(self.hollow()[2022], Fraction(7, 2))

    def test_follows_what_the_group_validates(self) -> None:
        self.submitted(2022)
        self.change("KHH1", source=Source.VALIDATED)
        self.assertEqual(self.hollow()[2022], Fraction(5, 2))  # (3.5 + 2 + 2) / 3
        for one in self.years[2022].assessments.with_cycle():
            rules.validate(one, by=self.ada)
        self.assertEqual(self.hollow()[2022], Fraction(5, 2))

    def test_follows_what_is_returned(self) -> None:
        self.submitted(2022)
        one = self.years[2022].assessments.with_cycle().get(unit=self.pen1)
        rules.send_back(one, by=self.ada, requirements="PR.IP-1", reason="Look again.")
        held = Result.objects.get(assessment=one, view="counting", on_version="csf-2.0", code="")
        self.assertEqual((held.answered, held.applicable), (2, 3))

    def test_follows_another_rule_of_what_counts(self) -> None:
        self.change("KHH1", "KHH2", "PEN1", source=Source.IMPORTED)
        self.assertEqual(self.hollow()[2022], Fraction(2))
        counting = Cycle.Counting.IMPORTED
        rules.change_method(self.now(2022), by=self.ada, method=Cycle.Counts.MEAN_OF_MEANS, counting=counting,
                            coverage=Decimal("0.8"))  # fmt: skip
        self.assertEqual(self.hollow()[2022], Fraction(7, 2))

    def test_is_mended_when_it_is_published_or_frozen(self) -> None:
        self.validate(2022)
        for act in (rules.publish, rules.freeze):
            Result.objects.filter(assessment__cycle=self.years[2022], on_version="csf-2.0", code="").update(
                mean="9"
            )
            act(self.now(2022), by=self.ada)
            self.assertEqual(self.hollow()[2022], Fraction(2))

    def test_follows_a_restatement_of_the_frozen_year(self) -> None:
        self.validate(2022)
        rules.freeze(self.now(2022), by=self.ada)
        one = self.years[2022].assessments.with_cycle().get(unit=self.pen1)
        version = one.answers.get(source="validated", node__code="PR.IP-1").version
        corrected = [given("PR.IP-1", "5", "5", reason="Misread.", version=version)]
        rules.restate(one, corrected, by=self.ada, source=Source.VALIDATED, reason="The scan was misread.")
        self.assertEqual(self.hollow()[2022], Fraction(5, 2))

    def test_is_recounted_with_its_cycle_which_finds_nothing_else_to_mend(self) -> None:
        self.assertEqual(rules.recount_cycle(self.now(2022)), 0)
        one = Result.objects.filter(assessment__cycle=self.years[2022], on_version="csf-2.0").order_by("pk")
        Result.objects.filter(pk=one.values("pk")[:1]).update(mean="9")
        self.assertEqual(rules.recount_cycle(self.now(2022)), 1)

    def test_leaves_out_a_site_that_was_withdrawn(self) -> None:
        self.change("KHH1")
        one = self.years[2022].assessments.with_cycle().get(unit=self.khh1, scope="it")
        rules.withdraw(one, by=self.ada, reason="Sold.")
        self.assertEqual(self.hollow()[2022], Fraction(2))


class OverTwoVersions(OlderYears, TestCase):
    """Version 3 withdrew PR.PS-01 into GV.RR-01; no crosswalk leads from 1.1 straight to it."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with moments.standing_at(NOW):
            cls.third = draft_next(cls.new, by=cls.ada, code="csf-3", label="3")
            node = cls.third.nodes.select_related("framework_version__framework__unit").get(code="PR.PS-01")
            withdraw(node, by=cls.ada, successors="GV.RR-01")
            acts.take_into_use(cls.third, by=cls.ada)

    def opened_on_3(self) -> Cycle:
        with acting(TELLER, "story.third"):
            made = self.drafted("CSF 2025 on 3", 2025, framework_version=self.third, previous=self.newer,
                                opens_on=date(2025, 11, 1), answers_due_on=date(2025, 11, 30))  # fmt: skip
        return self.opened(made)

    def test_goes_by_the_versions_between(self) -> None:
        self.assertEqual([one.code for one in way(self.old, self.third)], ["csf-1.1", "csf-2.0", "csf-3"])
        # GV.OC-01 = (a + b) / 2 and GV.RR-01 = (b + c) / 2; PR has no ancestor left.
        wanted = {year: (Fraction(a + b, 2) + Fraction(b + c, 2)) / 2
                  for year, (a, b, c) in {y: map(int, s) for y, s in GIVEN.items()}.items()}  # fmt: skip
        self.assertEqual(self.hollow(self.opened_on_3()) | {2024: None}, wanted | {2024: None})

    def test_goes_straight_where_a_crosswalk_leads_straight(self) -> None:
        with acting(TELLER, "story.straight"):
            source = self.old.nodes.get(code="PR.IP-1")
            Mapping(source=source, target=self.third.nodes.get(code="PR.PS-02"), relation="moved").save()
        self.assertEqual([one.code for one in way(self.old, self.third)], ["csf-1.1", "csf-3"])
        self.assertEqual(self.hollow(self.opened_on_3())[2021], Fraction(3))

    def test_goes_by_equal_codes_where_no_crosswalk_leads(self) -> None:
        with acting(TELLER, "story.bare"):
            bare = Version(
                framework=self.new.framework, code="bare", label="Bare", state=Version.State.IN_USE
            )
            bare.save()
        self.assertEqual([one.code for one in way(self.old, bare)], ["csf-1.1", "bare"])

    def test_is_not_led_by_what_is_only_related(self) -> None:
        with acting(TELLER, "story.related"):
            source = self.old.nodes.get(code="PR.IP-1")
            Mapping(source=source, target=self.third.nodes.get(code="PR.PS-02"), relation="related").save()
        self.assertEqual([one.code for one in way(self.old, self.third)], ["csf-1.1", "csf-2.0", "csf-3"])

    def test_keeps_both_versions_up_to_date(self) -> None:
        latest = self.opened_on_3()
        for one in self.years[2021].assessments.with_cycle():
            answers = {a.node.code: a.version for a in one.answers.select_related("node")}
            self.answer(one, *(given(code, "4", "4", reason="Seen.", version=answers[code]) for code in OLD))
        self.assertEqual((self.hollow()[2021], self.hollow(latest)[2021]), (4, 4))


class ManyEarlierYears(OlderYears, TestCase):
    def setUp(self) -> None:
        super().setUp()
        Result.objects.filter(on_version="csf-2.0").delete()
        self.enterContext(
            mock.patch.object(recounting, "MOST_IN_AN_ACT", 11)
        )  # three years of four assessments
        with acting(TELLER, "story.next"):
            self.cycle.previous = self.newer
            self.cycle.save()
        self.opened()

    def test_are_restated_by_a_job(self) -> None:
        self.assertEqual(self.hollow(self.cycle), {})
        found = Job.objects.get(name=recounting.JOB)
        with moments.standing_at(NOW + timedelta(minutes=1)):
            self.assertTrue(worker.run_one("first"))
        found.refresh_from_db()
        self.assertEqual((found.state, found.result["years"]), (Job.State.DONE, 3))
        self.assertEqual(self.hollow(self.cycle), RESTATED)

    def test_are_mended_every_night_as_after_a_crosswalk_changed(self) -> None:
        jobs.restate_all(SilentTask())
        self.assertEqual(self.hollow(self.cycle), RESTATED)
        with acting(TELLER, "story.mended"):
            source = self.old.nodes.get(code="ID.GV-1")
            Mapping(source=source, target=self.new.nodes.get(code="PR.PS-02"), relation="incorporated").save()
        done = jobs.restate_all(SilentTask())
        self.assertEqual(done["years"], 3)
        self.assertEqual(self.hollow(self.cycle)[2021], (Fraction(7, 4) + 2) / 2)  # PR = (3 + 1) / 2
        self.assertEqual(jobs.restate_all(SilentTask())["results"], 0)


class AnOrdinaryYear(Assessed, TestCase):
    def test_is_restated_nowhere(self) -> None:
        self.opened()
        self.answer_all(self.of(self.khh1))
        self.assertFalse(Result.objects.exclude(on_version="").exists())
        self.assertTrue(Answer.objects.given().exists())


class SilentTask(Task):
    """A task that nobody watches."""

    def __init__(self) -> None:
        pass

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        pass
