"""Who may write which score of which assessment."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Assessment, Share, Source
from keepwell.areas.assessment.rules.outlines import Outline
from keepwell.platform.people.models import Person
from keepwell.platform.people.narrowing import reaches
from keepwell.platform.people.permissions import grants_in_force, lacks, may
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Ancestry

AREA = "assessment"
CONSULTANT, AUDITOR = "consultant", "auditor"
NOT_YOURS = {
    Source.CONSULTANT: _("Only a consultant of this site gives consultant scores."),
    Source.AUDIT: _("Only an auditor who was given this very assessment gives audit scores."),
}


def require_writer(
    person: Person, assessment: Assessment, source: Source, codes: Iterable[str], outline: Outline
) -> None:
    """Refuse who may not give scores of `source` to the requirements `codes`.

    Self: who may edit at the site, and colleagues the part they were asked. Validated and imported: who may
    decide. Consultant: whoever holds that role at the site, or for this very assessment. Audit: an auditor to
    whom this very assessment was given, because the role alone only reads.
    """
    if source in NOT_YOURS:
        if not _holds(person, assessment, source):
            raise PermissionDenied(NOT_YOURS[source])
        return
    level = Level.EDIT if source is Source.SELF else Level.DECIDE
    if _may(person, assessment, level):
        return
    if source is not Source.SELF or not reaches(AREA, Level.EDIT):
        raise PermissionDenied(lacks(AREA, level, assessment.unit))
    asked = shared_with(person, assessment)
    if not asked:
        raise PermissionDenied(lacks(AREA, level, assessment.unit))
    foreign = [code for code in codes if asked.isdisjoint(outline.above(code))]
    if foreign:
        raise PermissionDenied(
            gettext("You were asked to answer %(asked)s, not %(code)s.")
            % {"asked": ", ".join(sorted(asked)), "code": foreign[0]}
        )


def writable(person: Person, assessment: Assessment) -> dict[Source, frozenset[str] | None]:
    """The sources to which `person` may give scores, each with the codes it is narrowed to (None: all)."""
    found: dict[Source, frozenset[str] | None] = {}
    if _may(person, assessment, Level.EDIT):
        found[Source.SELF] = None
    elif reaches(AREA, Level.EDIT) and (asked := shared_with(person, assessment)):
        found[Source.SELF] = frozenset(asked)
    if _may(person, assessment, Level.DECIDE):
        found |= {Source.VALIDATED: None, Source.IMPORTED: None}
    return found | {source: None for source in NOT_YOURS if _holds(person, assessment, source)}


def shared_with(person: Person, assessment: Assessment) -> set[str]:
    """The codes of the requirements that `person` was asked to answer for the site."""
    mine = Share.objects.current().filter(assessment=assessment, person=person)
    return set(mine.values_list("node__code", flat=True))


def _may(person: Person, assessment: Assessment, level: Level) -> bool:
    return may(person, AREA, level, assessment.unit)


def _holds(person: Person, assessment: Assessment, source: Source) -> bool:
    """Whether `person` is the consultant or auditor of this assessment, and the token they came with may write."""
    if not reaches(AREA, Level.EDIT):
        return False
    this = grants_in_force(person).filter(only_register=Assessment.type_name(), only_id=assessment.pk)
    if source is Source.AUDIT:
        return this.filter(role=AUDITOR).exists()
    above = Ancestry.objects.filter(descendant=assessment.unit_id, until__isnull=True).values("ancestor")
    there = grants_in_force(person).filter(role=CONSULTANT, only_id__isnull=True, unit__in=above)
    return there.exists() or this.filter(role=CONSULTANT).exists()
