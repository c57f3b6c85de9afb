"""The way of an edition: brought in as a draft, approved by a second person, in force from its day on."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import SeverityScheme
from keepwell.areas.incidents.models.library import shipped_scheme
from keepwell.areas.incidents.models.schemes import scheme
from keepwell.areas.incidents.rules.schemes.following import draw_anew
from keepwell.areas.incidents.rules.schemes.saying import fault_here
from keepwell.kernel import moments
from keepwell.kernel.severity.differing import differences
from keepwell.kernel.severity.faults import Faulty
from keepwell.kernel.severity.own import read_own
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.acting import acting
from keepwell.platform.history.noting import refused
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

AREA, DRAFT = "incidents", "severityscheme.draft"
FARTHEST = timedelta(days=1_827)
"""Five years, beyond which nobody plans."""
LONGEST_REASON = 500


def draft_scheme(content: bytes, *, valid_from: date, reason: str, by: Person) -> SeverityScheme:
    """Keep a file as the draft of an edition that is to hold from `valid_from` on, for `reason`; whole or not at all.

    Needs the right to edit at the group. Raises Faulty with all that does not fit in the file, PermissionDenied, Refused.
    """
    group = Unit.objects.get(kind=Unit.Kind.GROUP)
    _require(by, group)
    if not reason.strip():
        raise Refused(gettext("Say why the scheme is to differ; it stays beside the edition."))
    today = moments.today(group.time_zone)
    if not today <= valid_from <= today + FARTHEST:
        raise Refused(gettext("An edition holds from today or a later day on, within five years."))
    if not differences(scheme(), read_own(content, shipped_scheme())):
        raise Refused(gettext("It says the same as the edition in force; change something first."))
    text = content.decode("utf-8-sig")
    try:
        with transaction.atomic(), acting(by, DRAFT, reason=reason.strip()[:LONGEST_REASON]):
            made = SeverityScheme(
                edition=_next(), valid_from=valid_from, reason=reason.strip()[:LONGEST_REASON], text=text,
                sha256=sha256(text.encode()).hexdigest(), drafted_by=by, unit=group,
            )  # fmt: skip
            made.save()
    except IntegrityError as clash:
        raise Refused(gettext("Somebody else drafted an edition at this moment; send it again.")) from clash
    return made


def _require(by: Person, group: Unit) -> None:
    try:
        require(by, AREA, Level.EDIT, group)
    except PermissionDenied as refusal:
        refused(refusal, by, DRAFT)
        raise


def _next() -> int:
    last: int | None = SeverityScheme.objects.aggregate(last=Max("edition"))["last"]
    return (last or 0) + 1


@act(
    Level.DECIDE,
    label=_("Approve"),
    offered=lambda edition: edition.is_draft,
    explains=_(
        "From its day on, today at the earliest, incidents are classified by it. Open ones keep their level, and whoever "
        "works on them is told. Not for who drafted it."
    ),
)
def approve(edition: SeverityScheme, *, by: Person) -> None:
    """Let an edition be in force from its day on, from now if that day has come."""
    if by.pk == edition.drafted_by_id:
        raise Refused(gettext("Somebody else than who drafted it approves an edition."))
    try:
        read_own(edition.text.encode(), shipped_scheme())
    except Faulty as wrong:
        raise Refused(
            gettext("It no longer fits; bring it in anew: %(why)s") % {"why": fault_here(wrong.faults[0])}
        ) from wrong
    now = moments.now()
    edition.state, edition.approved_by, edition.approved_at = SeverityScheme.State.APPROVED, by, now
    edition.begins_at = max(now, moments.begins(edition.valid_from, edition.unit.time_zone))
    edition.valid_from = max(edition.valid_from, moments.today(edition.unit.time_zone))
    edition.is_told = edition.has_begun
    edition.save()
    if edition.is_told:
        draw_anew()


@act(
    Level.EDIT,
    label=_("Withdraw"),
    offered=lambda edition: edition.retired_at is None and not edition.has_begun,
    explains=_("It never comes into force; another edition can be brought in. Its history stays."),
)
def withdraw(edition: SeverityScheme, *, by: Person, reason: str) -> None:
    """Retire an edition that is not in force yet. One that was approved is withdrawn by who may decide."""
    if not edition.is_draft:
        require(by, AREA, Level.DECIDE, edition.unit)
    edition.retire(reason)
    edition.save()
