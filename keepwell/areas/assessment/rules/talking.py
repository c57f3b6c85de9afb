"""Splitting an assessment among colleagues, and what is said about an answer."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Assessment, Comment, Share
from keepwell.areas.assessment.rules.outlines import outline
from keepwell.areas.assessment.rules.places import answering
from keepwell.areas.assessment.rules.sources import AREA
from keepwell.areas.assessment.rules.validating import is_answered_now
from keepwell.areas.frameworks.models import Node
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Account, Person
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.owing import end_all, owe
from keepwell.platform.tree.models import Unit

ANSWER_PART = gettext_noop("Answer %(codes)s of %(record)s")
NOTED = gettext_noop("%(by)s asks you: %(note)s")
LONGEST = 2_000


@act(
    Level.EDIT,
    label=_("Share with a colleague"),
    offered=is_answered_now,
    explains=_(
        "The colleague sees these requirements, answers them for the site, and finds them under what is due."
    ),
)
def share(assessment: Assessment, *, by: Person, requirement: str, to: Person, note: str = "") -> None:
    """Let a colleague answer a requirement, and all below it, for the site."""
    line = outline(assessment.cycle.framework_version).line(requirement.strip())
    _require_able(assessment, to)
    if Share.objects.current().filter(assessment=assessment, node=line.pk, person=to).exists():
        raise Refused(gettext("%(name)s answers %(code)s already.") % {"name": to, "code": line.code})
    Share(assessment=assessment, node=Node.objects.get(pk=line.pk), person=to, note=note.strip()[:300]).save()
    _owe_parts(assessment, to, by)


@act(
    Level.EDIT,
    label=_("Take a part back"),
    offered=is_answered_now,
    explains=_("The colleague no longer answers it; what was answered stays."),
)
def unshare(assessment: Assessment, *, by: Person, requirement: str, to: Person) -> None:
    """Take back a part that a colleague was asked to answer."""
    found = (
        Share.objects.current()
        .filter(assessment=assessment, node__code=requirement.strip(), person=to)
        .first()
    )
    if found is None:
        raise Refused(
            gettext("%(name)s was not asked to answer %(code)s.") % {"name": to, "code": requirement[:60]}
        )
    found.retired_at = moments.now()
    found.save()
    _owe_parts(assessment, to, by)


def comment(
    assessment: Assessment, code: str, text: str, *, by: Person, answers: Comment | None = None
) -> Comment:
    """Say something about a requirement of an assessment that one sees; in answer to another comment, if given."""
    line = outline(assessment.cycle.framework_version).line(code)
    plain = text.strip()
    if (
        not plain
        or len(plain) > LONGEST
        or "\x00" in plain
        or any("\ud800" <= sign <= "\udfff" for sign in plain)
    ):
        raise Refused(gettext("Write something, in %(most)d characters at most.") % {"most": LONGEST})
    if answers is not None and (answers.assessment_id, answers.node_id) != (assessment.pk, line.pk):
        raise Refused(gettext("The comment answered speaks of something else."))
    if assessment.cycle.is_frozen:
        raise Refused(gettext("“%(cycle)s” is frozen; nothing is added to it.") % {"cycle": assessment.cycle})
    _require_sight(assessment, code, by)
    made = Comment(
        assessment=assessment, node=Node.objects.get(pk=line.pk), answers=answers, text=plain, written_by=by,
        written_at=moments.now(),
    )  # fmt: skip
    with transaction.atomic(), acting(by, "comment.write"):
        made.save()
    return made


def settle(said: Comment, *, by: Person) -> Comment:
    """Say that nothing is left to do about a comment: by who wrote it, or may edit at the site."""
    if said.written_by_id != by.pk and not may(by, AREA, Level.EDIT, said.assessment.unit):
        raise PermissionDenied(gettext("Only who wrote a comment, or answers for the site, settles it."))
    if said.is_settled:
        raise Refused(gettext("This is settled already."))
    with transaction.atomic(), acting(by, "comment.settle"):
        said.settled_by, said.settled_at = by, moments.now()
        said.save()
    return said


def _require_sight(assessment: Assessment, code: str, by: Person) -> None:
    """Refuse who does not see that requirement there; a colleague sees the parts they were asked."""
    whole = Assessment.objects.visible_to(by).filter(pk=assessment.pk)
    if not whole.exists():
        raise PermissionDenied(gettext("You see nothing of this assessment."))
    if may(by, AREA, Level.VIEW, assessment.unit):
        return
    mine = set(
        Share.objects.current().filter(assessment=assessment, person=by).values_list("node__code", flat=True)
    )
    lines = outline(assessment.cycle.framework_version)
    if mine and mine.isdisjoint(lines.above(code)):
        raise PermissionDenied(gettext("You were not asked about %(code)s.") % {"code": code})


def _require_able(assessment: Assessment, to: Person) -> None:
    """Refuse who cannot sign in, or is employed elsewhere in the group."""
    if not Account.objects.filter(person=to, is_active=True).exists():
        raise Refused(gettext("%(name)s cannot sign in; choose somebody who can.") % {"name": to})
    near = Unit.objects.below(assessment.unit).filter(pk=to.unit_id).exists()
    if not near and not may(to, AREA, Level.VIEW, assessment.unit):
        raise Refused(gettext("%(name)s does not work at %(unit)s.") % {"name": to, "unit": assessment.unit})


def _owe_parts(assessment: Assessment, to: Person, by: Person) -> None:
    """Let the colleague owe the parts they have now, in one todo; none if they have none."""
    mine = (
        Share.objects.current()
        .filter(assessment=assessment, person=to)
        .order_by("node__position", "node__code")
    )
    parts = list(mine.values_list("node__code", "note"))
    if not parts:
        end_all(Debt.objects.open().filter(record_id=assessment.pk, what=ANSWER_PART, named=to))
        return
    note = parts[-1][1]
    owe(
        to, ANSWER_PART, record=assessment, by_day=assessment.due_on, context=NOTED if note else "",
        codes=", ".join(code for code, _note in parts), note=note, by=str(by),
        url=answering(assessment),
    )  # fmt: skip
