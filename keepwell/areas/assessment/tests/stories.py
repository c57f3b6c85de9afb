"""Words in which the tests of maturity tell their stories."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Result, Source, Target, View
from keepwell.areas.assessment.rules import Given
from keepwell.areas.frameworks.models import Framework, Mapping, Node, Scale, Version
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast

LEAVES = {
    "GV": {"GV.OC": ["GV.OC-01", "GV.OC-02"], "GV.RR": ["GV.RR-01"]},
    "PR": {"PR.PS": ["PR.PS-01", "PR.PS-02"]},
}
CODES = [leaf for categories in LEAVES.values() for leaves in categories.values() for leaf in leaves]
OLD_LEAVES = {"ID": {"ID.GV": ["ID.GV-1", "ID.GV-2"]}, "PR": {"PR.IP": ["PR.IP-1"]}}
CROSSWALK = {"ID.GV-1": ["GV.OC-01"], "ID.GV-2": ["GV.OC-01", "GV.RR-01"], "PR.IP-1": ["PR.PS-01"]}


def version(framework: Framework, label: str, leaves: dict[str, dict[str, list[str]]]) -> Version:
    """A version in use: functions, categories and what is answered below them."""
    made = Version(framework=framework, code=f"csf-{label}", label=label, state=Version.State.IN_USE)
    made.save()
    place = 0

    def node(code: str, parent: Node | None, *, is_scored: bool = False) -> Node:
        nonlocal place
        place += 1
        one = Node(framework_version=made, parent=parent, code=code, title=f"Title of {code}", position=place,
                   is_scored=is_scored)  # fmt: skip
        one.save()
        return one

    for function, categories in leaves.items():
        top = node(function, None)
        for category, codes in categories.items():
            middle = node(category, top)
            for code in codes:
                node(code, middle, is_scored=True)
    return made


class Assessed(Cast):
    """The cast on 14 November 2025, a framework of five requirements in two functions, its older version of three,
    and a cycle CSF 2025 drafted for KHH1 (IT and OT), KHH2 and PEN1 (IT)."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with moments.standing_at(NOW), acting(TELLER, "story.frameworks"):
            framework = Framework(code="csf", name="Cybersecurity framework", unit=cls.group)
            framework.save()
            cls.new, cls.old = version(framework, "2.0", LEAVES), version(framework, "1.1", OLD_LEAVES)
            cls.crosswalk()
            cls.scale = Scale(code="five", name="Up to five", highest=Decimal(5), unit=cls.group)
            cls.scale.save()
            cls.cycle = cls.drafted("CSF 2025", 2025)

    @classmethod
    def crosswalk(cls) -> None:
        """What became of the requirements of the older version."""
        new = {node.code: node for node in cls.new.nodes.all()}
        for node in cls.old.nodes.select_related("framework_version"):
            for code in CROSSWALK.get(node.code, ()):
                Mapping(source=node, target=new[code], relation="incorporated").save()

    @classmethod
    def drafted(cls, name: str, year: int, **facts: object) -> Cycle:
        """A cycle of the group in draft, for KHH1 in IT and OT, KHH2 and PEN1 in IT."""
        values = {
            "framework_version": cls.new, "scale": cls.scale, "unit": cls.group, "opens_on": date(year, 7, 1),
            "answers_due_on": date(year, 10, 31), "validation_due_on": date(year, 11, 30),
        } | facts  # fmt: skip
        made = Cycle(name=name, year=year, **values)
        made.save(links={"it_sites": [cls.khh1, cls.khh2, cls.pen1], "ot_sites": [cls.khh1]})
        return made

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))

    def opened(self, cycle: Cycle | None = None) -> Cycle:
        """A cycle that Ada opened."""
        cycle = cycle or self.cycle
        rules.open_cycle(cycle, by=self.ada)
        return cycle

    def of(self, site: Unit, scope: str = "it", cycle: Cycle | None = None) -> Assessment:
        """The assessment of a site as it is now."""
        rows = Assessment.objects.select_related(
            "unit", "cycle__unit", "cycle__framework_version", "cycle__scale"
        )
        return rows.get(cycle=cycle or self.cycle, unit=site, scope=scope)

    def answer(
        self, assessment: Assessment, *given: Given, by: Person | None = None, source: Source = Source.SELF
    ) -> list[Answer]:
        """Give scores as Ada, unless told."""
        return rules.save_answers(assessment, given, by=by or self.ada, source=source)

    def answer_all(
        self, assessment: Assessment, score: str = "3", codes: Iterable[str] = CODES, **facts: object
    ) -> list[Answer]:
        """The same score to every requirement."""
        return self.answer(assessment, *(given(code, score, score, **facts) for code in codes))

    def validated(self, assessment: Assessment, score: str = "3", codes: Iterable[str] = CODES) -> Assessment:
        """An assessment that was answered, submitted and validated."""
        self.answer_all(assessment, score, codes)
        rules.submit(self.of(assessment.unit, assessment.scope, assessment.cycle), by=self.ada)
        held = self.of(assessment.unit, assessment.scope, assessment.cycle)
        rules.validate(held, by=self.ada)
        return held

    def finished(self, cycle: Cycle, score: str = "3", codes: Iterable[str] = CODES) -> Cycle:
        """A cycle of which every assessment is validated, with that score everywhere."""
        self.opened(cycle)
        for one in cycle.assessments.select_related(
            "unit", "cycle__unit", "cycle__framework_version", "cycle__scale"
        ):
            self.validated(one, score, codes)
        rules.begin_validation(cycle, by=self.ada)
        return cycle

    def target(self, code: str, value: str, unit: Unit | None = None, **facts: object) -> Target:
        """An approved target of the cycle."""
        with acting(TELLER, "story.target"):
            made = Target(cycle=self.cycle, node=self.new.nodes.get(code=code), value=Decimal(value),
                          unit=unit or self.group, **facts)  # fmt: skip
            made.save()
        rules.approve(made, by=self.ada)
        return made

    def mean(
        self, assessment: Assessment, code: str = "", view: View = View.COUNTING, on_version: str = ""
    ) -> Fraction | None:
        """The kept mean of a node."""
        found = Result.objects.filter(
            assessment=assessment, code=code, view=view, on_version=on_version
        ).first()
        return found and found.rolled.mean


class Open(Assessed):
    """CSF 2025, opened."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        rules.open_cycle(cls.cycle, by=cls.ada)

    def setUp(self) -> None:
        super().setUp()
        self.mine, self.theirs = self.of(self.khh1), self.of(self.khh2)


def given(code: str, policy: str | None = None, practice: str | None = None, **facts: object) -> Given:
    """An answer; seen as it was carried over or not yet there, unless told."""
    return Given(
        code,
        None if policy is None else Decimal(policy),
        None if practice is None else Decimal(practice),
        **facts,
    )
