"""From a site's answers to a validated assessment: submit, return, validate, withdraw."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext, gettext_noop, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Source
from keepwell.areas.assessment.rules.opening import ANSWER, ANSWERED_BY
from keepwell.areas.assessment.rules.outlines import Outline, outline
from keepwell.areas.assessment.rules.places import answering
from keepwell.areas.assessment.rules.recounting import recount
from keepwell.areas.assessment.rules.weighing import require_weight
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.bulk import create_all, update_all
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.owing import owe, settled

VALIDATE = gettext_noop("Validate %(record)s")
RETURNED = gettext_noop("Returned: %(codes)s. %(note)s")
VALIDATED_BY = "secretariat"
MOST_NAMED = 5
CODES = re.compile(r"[\s,;]+")


def is_answered_now(assessment: Assessment) -> bool:
    """Whether its site may submit it."""
    return assessment.is_owed and assessment.cycle.is_running


def is_with_the_group(assessment: Assessment) -> bool:
    """Whether it may be returned: submitted or validated, in a running cycle."""
    done = (Assessment.State.SUBMITTED, Assessment.State.VALIDATED)
    return assessment.state in done and assessment.cycle.is_running and assessment.retired_at is None


def is_submitted_now(assessment: Assessment) -> bool:
    """Whether it waits to be validated."""
    return assessment.is_submitted and assessment.cycle.is_running and assessment.retired_at is None


def belongs_still(assessment: Assessment) -> bool:
    """Whether it may be withdrawn."""
    return not assessment.is_withdrawn and assessment.cycle.is_running and assessment.retired_at is None


def left_open(assessment: Assessment, lines: Outline) -> list[str]:
    """The codes of what the site has not answered in this cycle, in order."""
    given = Answer.objects.filter(assessment=assessment, source=Source.SELF).given()
    known = set(given.values_list("node", flat=True))
    return [line.code for line in lines.leaves if line.pk not in known]


@act(
    Level.EDIT,
    label=_("Submit"),
    offered=is_answered_now,
    explains=_("The answers go to who validates them; the site cannot change them until they are returned."),
)
def submit(assessment: Assessment, *, by: Person) -> None:
    """Hand in the answers of a site, once every requirement is answered."""
    missing = left_open(assessment, outline(assessment.cycle.framework_version))
    if missing:
        told = {"count": len(missing), "codes": named(missing)}
        raise Refused(
            ngettext(
                "%(count)d requirement is still to be answered: %(codes)s.",
                "%(count)d requirements are still to be answered: %(codes)s.", len(missing),
            ) % told
        )  # fmt: skip
    assessment.state, assessment.note = Assessment.State.SUBMITTED, ""
    assessment.submitted_at, assessment.submitted_by = moments.now(), by
    assessment.save()
    settled(assessment)
    cycle = assessment.cycle
    owe(
        (VALIDATED_BY, cycle.unit),
        VALIDATE,
        record=assessment,
        by_day=cycle.validation_due_on,
        url=answering(assessment),
    )


@act(
    Level.DECIDE,
    label=_("Return"),
    offered=is_with_the_group,
    explains=_("The site is asked to examine these requirements again; its other answers stay."),
)
def send_back(assessment: Assessment, *, by: Person, requirements: str, reason: str) -> int:
    """Return an assessment with the requirements to change, by code; returns how many."""
    lines = outline(assessment.cycle.framework_version)
    codes = list(dict.fromkeys(filter(None, CODES.split(requirements))))
    nodes = [lines.leaf(code).pk for code in codes]
    if not nodes:
        raise Refused(gettext("Name at least one requirement to change, as PR.PS-02."))
    if not reason.strip():
        raise Refused(gettext("Say what is to be changed; the site reads it."))
    answers = Answer.objects.current().filter(assessment=assessment, source=Source.SELF, node__in=nodes)
    _ask_again(answers)
    assessment.state, assessment.note = Assessment.State.RETURNED, reason.strip()[:1000]
    assessment.validated_at, assessment.validated_by = None, None
    assessment.save()
    recount(assessment)
    settled(assessment)
    owe(
        (ANSWERED_BY, assessment.unit), ANSWER, record=assessment, by_day=assessment.due_on, context=RETURNED,
        codes=named(codes), note=assessment.note, url=answering(assessment),
    )  # fmt: skip
    return len(nodes)


@act(
    Level.DECIDE,
    label=_("Validate"),
    offered=is_submitted_now,
    explains=_("Where no validated score was given, the site's own is taken over as validated."),
    for_many=True,
)
def validate(assessment: Assessment, *, by: Person) -> None:
    """Stand by an assessment; returns nothing, each requirement has a validated score then."""
    create, change = _accepted(assessment, by)
    create_all(create)
    update_all(change)
    assessment.state = Assessment.State.VALIDATED
    assessment.validated_at, assessment.validated_by = moments.now(), by
    assessment.save()
    recount(assessment)
    settled(assessment)


@act(
    Level.DECIDE,
    label=pgettext_lazy("assessment", "Withdraw"),
    offered=belongs_still,
    explains=_("The site leaves this cycle and its figures; its answers stay readable."),
)
def withdraw(assessment: Assessment, *, by: Person, reason: str) -> None:
    """Take a site out of a running cycle, as when it was sold."""
    if not reason.strip():
        raise Refused(gettext("Say why the site leaves the cycle."))
    rest = (
        Assessment.objects.counted()
        .filter(cycle=assessment.cycle, scope=assessment.scope)
        .exclude(pk=assessment.pk)
    )
    weights = list(rest.values_list("weight", flat=True))
    if weights:
        require_weight(assessment.cycle, [assessment.scope] * len(weights), weights)
    assessment.state, assessment.withdrawn_at = Assessment.State.WITHDRAWN, moments.now()
    assessment.withdrawn_reason = reason.strip()[:500]
    assessment.save()
    settled(assessment)


def unvalidated(cycle: Cycle) -> list[Assessment]:
    """The assessments of a cycle that nobody stands by yet."""
    rows = Assessment.objects.counted().filter(cycle=cycle).exclude(state=Assessment.State.VALIDATED)
    return list(rows.select_related("unit", "cycle").order_by("unit__code", "scope"))


def named(codes: Iterable[str]) -> str:
    """Some codes in a sentence: the first five, and how many more."""
    listed = list(codes)
    more = len(listed) - MOST_NAMED
    shown = ", ".join(listed[:MOST_NAMED])
    return gettext("%(codes)s and %(count)d more") % {"codes": shown, "count": more} if more > 0 else shown


def _ask_again(answers: Iterable[Answer]) -> None:
    changed = []
    for answer in answers:
        answer.standing = Answer.Standing.TO_EXAMINE
        changed.append(answer)
    update_all(changed)


def _accepted(assessment: Assessment, by: Person) -> tuple[list[Answer], list[Answer]]:
    """Validated answers that say what the site says: new ones, and those taken over before that it has changed."""
    rows = Answer.objects.filter(assessment=assessment, source__in=(Source.SELF, Source.VALIDATED)).given()
    validated: dict[object, Answer] = {}
    own: list[Answer] = []
    for row in rows.select_related("node"):
        row.assessment = assessment
        if row.source == Source.SELF:
            own.append(row)
        else:
            validated[row.node_id] = row
    create, change = [], []
    for said in own:
        taken = validated.get(said.node_id)
        if taken is None:
            taken = Answer(assessment=assessment, node=said.node, source=Source.VALIDATED)
            create.append(taken)
        elif taken.standing == Answer.Standing.ACCEPTED and _differs(taken, said):
            change.append(taken)
        else:
            continue
        taken.policy, taken.practice, taken.not_applicable = said.policy, said.practice, said.not_applicable
        taken.reason = said.reason if said.not_applicable else ""
        taken.standing, taken.answered_by, taken.answered_at = Answer.Standing.ACCEPTED, by, moments.now()
    return create, change


def _differs(taken: Answer, said: Answer) -> bool:
    values: list[tuple[Decimal | None, Decimal | None, bool]] = [
        (one.policy, one.practice, one.not_applicable) for one in (taken, said)
    ]
    return values[0] != values[1]
