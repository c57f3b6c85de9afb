"""A cycle as OSCAL assessment results: what each source found, requirement by requirement, and by what evidence.

A result is one assessment: an observation for each answer, and a finding for each requirement that has a score that
counts and a target. No person is named in it. Texts that we write are English, as the file has no language of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext

from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Source, View
from keepwell.areas.assessment.models.results import told
from keepwell.areas.assessment.rules.comparing import seen_assessments
from keepwell.areas.assessment.rules.results import Reckoning, answers_of, as_of, shown
from keepwell.areas.frameworks.models import Node
from keepwell.areas.frameworks.rules.oscal import catalogs, controls, writing
from keepwell.areas.frameworks.rules.oscal.controls import OURS, Ids
from keepwell.areas.frameworks.rules.oscal.markup import escaped
from keepwell.areas.frameworks.rules.oscal.reading import Document
from keepwell.kernel.refusing import Refused
from keepwell.kernel.rollup.tree import Score
from keepwell.platform.evidence.models import Link
from keepwell.platform.people.models import Person
from keepwell.platform.records.models import visible_to
from keepwell.platform.tree.models import Unit

KIND = "assessment-results"
MOST_AT_ONCE = 60
"""So many assessments at most in one file that is asked for in a browser or by a program: it is made at once."""


def assessment_results(
    cycle: Cycle, unit: Unit, form: str, *, person: Person, most: int | None = None
) -> bytes:
    """The file, in `form` ("xml" or "json"), of the assessments at `unit` and below it that `person` may see.

    Refused where there is none, or more than `most` (None: as many as there are).
    """
    sites = Unit.objects.below(unit, as_of(cycle))
    rows = Assessment.objects.counted().filter(seen_assessments(person), cycle=cycle, unit__in=sites)
    held = list(rows.select_related("unit").order_by("unit__code", "scope", "pk"))
    if not held:
        raise Refused(gettext("There is no assessment here that you may see."))
    if most is not None and len(held) > most:
        raise Refused(
            gettext("A file holds %(most)d assessments at most; choose a company or a site.") % {"most": most}
        )
    return writing.write(KIND, Telling(cycle, person, held, rows.values("pk")).document(), form)


@dataclass(frozen=True)
class Said:
    """An answer as it is told."""

    pk: UUID
    node: UUID
    source: str
    policy: Any
    practice: Any
    not_applicable: bool
    reason: str
    at: datetime | None


class Telling:
    """Tells the assessments of one cycle, looking everything up once."""

    def __init__(
        self, cycle: Cycle, person: Person, held: list[Assessment], mine: Any
    ) -> None:  # Any: a query of ids
        self.cycle, self.held = cycle, held
        self.reckoning = Reckoning(cycle)
        nodes = list(cycle.framework_version.nodes.current().in_order())
        self.ids = Ids(nodes)
        leaves = {line.pk for line in self.reckoning.outline.leaves}
        self.nodes: dict[UUID, Node] = {node.pk: node for node in nodes if node.pk in leaves}
        self.given = answers_of(mine)
        self.answers = _answers(mine)
        self.proofs = _proofs(mine, person)

    def document(self) -> Document:
        """The whole document."""
        cycle = self.cycle
        head = catalogs.metadata(cycle.name, str(cycle.version))
        if cycle.frozen_at is not None:
            head["last-modified"] = _whole(cycle.frozen_at)
        head["locations"] = [
            _location(unit) for unit in {one.unit_id: one.unit for one in self.held}.values()
        ]
        head["parties"] = [{"uuid": str(cycle.unit_id), "type": "organization", "name": cycle.unit.name}]
        return {
            "uuid": str(uuid5(cycle.pk, KIND)), "metadata": head, "import-ap": {"href": f"#{self._rules_uuid}"},
            "results": [self._result(one) for one in self.held], "back-matter": {"resources": list(self._resources())},
        }  # fmt: skip

    @property
    def _rules_uuid(self) -> UUID:
        return uuid5(self.cycle.pk, "rules")

    def _resources(self) -> Iterator[Document]:
        """The rules of the cycle, which stand for the plan of the assessment, and the catalog."""
        cycle, version = self.cycle, self.cycle.framework_version
        rules = {
            "method": cycle.method, "weights": cycle.weights, "counting": cycle.counting, "combining": cycle.combining,
            "scale": cycle.scale.code, "lowest": _plain(cycle.scale.lowest), "highest": _plain(cycle.scale.highest),
            "coverage-threshold": _plain(cycle.coverage_threshold), "state": cycle.state,
        }  # fmt: skip
        yield {
            "uuid": str(self._rules_uuid), "title": escaped(f"Rules of {cycle.name}"),
            "description": "How the scores of this cycle are given and count.", "props": _props(rules),
        }  # fmt: skip
        link = {"href": f"{version.code}_catalog.json", "media-type": "application/oscal.catalog+json"}
        uuid = str(version.oscal.get("uuid", version.pk))
        yield {"uuid": uuid, "title": escaped(str(version)), "rlinks": [link]}

    def _result(self, held: Assessment) -> Document:
        said = self.answers.get(held.pk, [])
        observed = [self._observation(held, one) for one in said if one.node in self.nodes]
        findings = list(self._findings(held, said))
        result: Document = {
            "uuid": str(held.pk), "title": escaped(f"{held.unit.code} {held.unit.name}, {held.get_scope_display()}"),
            "description": escaped(f"{self.cycle.name}: {held.unit.name}, {held.scope}."),
            "start": _day(self.cycle.opens_on),
            "props": _props({"scope": held.scope, "state": held.state, "weight": _plain(held.weight)}),
            "reviewed-controls": {"control-selections": [{"include-controls": [
                {"control-id": self.ids[node.code]} for node in self.nodes.values()]}]},
        }  # fmt: skip
        if held.validated_at is not None:
            result["end"] = _whole(held.validated_at)
        return (
            result
            | ({"observations": observed} if observed else {})
            | ({"findings": findings} if findings else {})
        )

    def _observation(self, held: Assessment, one: Said) -> Document:
        """What one source said of one requirement, and what proves it."""
        proofs = self.proofs.get(one.pk, [])
        scores = {"source": one.source, "policy": _plain(one.policy), "practice": _plain(one.practice),
                  "not-applicable": "yes" if one.not_applicable else ""}  # fmt: skip
        found: Document = {
            "uuid": str(one.pk), "title": escaped(self.nodes[one.node].code),
            "description": _paragraphs(one.reason) or "No reason was recorded.", "props": _props(scores),
            "methods": [_method(one, is_proven=bool(proofs))], "types": ["control-objective"],
            "subjects": [{"subject-uuid": str(held.unit_id), "type": "location"}],
            "collected": _whole(one.at) if one.at is not None else _day(self.cycle.opens_on),
        }  # fmt: skip
        return found | ({"relevant-evidence": proofs} if proofs else {})

    def _findings(self, held: Assessment, said: list[Said]) -> Iterator[Document]:
        """Whether each requirement with a score that counts reaches its target."""
        scores = self.reckoning.views(self.reckoning.scores(held, self.given.get(held.pk, [])))[View.COUNTING]
        observed: dict[UUID, list[str]] = {}
        for one in said:
            observed.setdefault(one.node, []).append(str(one.pk))
        for node in self.nodes.values():
            score = scores.get(node.code)
            if score is not None and score.value is not None and score.target is not None:
                yield self._finding(held, node, score, observed.get(node.pk, []))

    def _finding(self, held: Assessment, node: Node, score: Score, observed: list[str]) -> Document:
        is_met = score.value is not None and score.target is not None and score.value >= score.target
        values = {
            "score": _plain(shown(score.value)),
            "exact": told(score.value),
            "target": _plain(shown(score.target)),
        }
        return {
            "uuid": str(uuid5(held.pk, node.code)), "title": escaped(node.title or node.code),
            "description": f"Score {values['score']}, target {values['target']}.", "props": _props(values),
            "target": {
                "type": "statement-id", "target-id": controls.statement_id(node, self.ids),
                "status": {"state": "satisfied" if is_met else "not-satisfied", "reason": "pass" if is_met else "fail"},
            },
            "related-observations": [{"observation-uuid": uuid} for uuid in observed],
        }  # fmt: skip


def _answers(held: Any) -> dict[UUID, list[Said]]:
    """The answers given, by assessment, in the order of the framework."""
    rows = (
        Answer.objects.filter(assessment__in=held).given().order_by("node__position", "node__code", "source")
    )
    found: dict[UUID, list[Said]] = {}
    for key, *values in rows.values_list("assessment", "pk", "node", "source", "policy", "practice",
                                         "not_applicable", "reason", "answered_at"):  # fmt: skip
        found.setdefault(key, []).append(Said(*values))
    return found


def _proofs(held: Any, person: Person) -> dict[UUID, list[Document]]:
    """The evidence of each answer, as far as `person` may see it: its title and its reference, no file."""
    answers = Answer.objects.filter(assessment__in=held).values("pk")
    links = visible_to(Link.objects.current(), person).filter(kind=Answer.type_name(), record_id__in=answers)
    found: dict[UUID, list[Document]] = {}
    for key, title, reference in links.order_by("piece__reference", "pk").values_list(
        "record_id", "piece__title", "piece__reference"
    ):
        proof = {"description": escaped(title or reference), "props": _props({"reference": reference})}
        found.setdefault(key, []).append(proof)
    return found


def _location(unit: Unit) -> Document:
    place = {"address": {"country": unit.country}} if unit.country else {}
    return {"uuid": str(unit.pk), "title": escaped(f"{unit.code} {unit.name}")} | place


def _method(one: Said, *, is_proven: bool) -> str:
    """How a score came about, in OSCAL's words: what was brought in from elsewhere says nothing of it."""
    if one.source == Source.IMPORTED:
        return "UNKNOWN"
    return "EXAMINE" if is_proven else "INTERVIEW"


def _props(values: dict[str, str]) -> list[Document]:
    return [{"name": name, "ns": OURS, "value": value} for name, value in values.items() if value]


def _plain(value: Any) -> str:
    """A decimal without needless noughts; "" for none."""
    return "" if value is None else f"{value.normalize():f}"


def _paragraphs(text: str) -> str:
    return "\n\n".join(escaped(line) for line in text.split("\n") if line.strip())


def _whole(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat()


def _day(day: date) -> str:
    return datetime.combine(day, time(), UTC).isoformat()
