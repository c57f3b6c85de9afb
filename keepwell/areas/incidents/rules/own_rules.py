"""The group's own rules of notification: looked at, brought in as drafts, confirmed from a day on, or discarded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import OwnRule, RuleInForce, clock_rules, rules_now
from keepwell.areas.incidents.models.own_rules import Asks, contradictions, newest_day
from keepwell.areas.incidents.rules.duties import enter_rules
from keepwell.areas.organization.models import BusinessCalendar, LegalStanding
from keepwell.kernel import moments
from keepwell.kernel.clocks.calendars import Unfit
from keepwell.kernel.clocks.faults import Fault
from keepwell.kernel.clocks.own import Known, differing, examine, numbered
from keepwell.kernel.clocks.rules import Rule, refuse_apart
from keepwell.kernel.clocks.written import put, rows_of
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

AREA = "incidents"
BRING_IN = "ownrule.bring_in"
A_DAY = timedelta(days=1)
LONGEST_BASIS, LONGEST_NOTE = 500, 500


@dataclass(frozen=True)
class Coming:
    """One rule of a file: what it becomes here, and what it would ask."""

    rule: Rule
    row: Mapping[str, Any]
    edition: int
    before: OwnRule | None
    is_same: bool
    asks: Asks

    @property
    def replaces_shipped(self) -> bool:
        """Whether the text of a rule that comes with Keepwell gives way to it."""
        return self.rule.id in clock_rules()


@dataclass(frozen=True)
class Looked:
    """A file of rules as it was found: what would come, and a sentence for each fault; with a fault nothing comes."""

    coming: list[Coming]
    faults: list[str]


def look(text: bytes | str | list[Any], unit: Unit) -> Looked:
    """What a file of own rules would bring to `unit` and all under it; nothing is written."""
    try:
        rows = rows_of(text)
    except Unfit as wrong:
        return Looked([], [fault_here(wrong.fault)])
    found = examine(rows, clock_rules(), known_here())
    faults = [fault_here(one) for one in found.faults]
    faults += [one for row in rows if (one := _misplaced(row, unit))]
    if faults:
        return Looked([], faults)
    newest = {own.rule: own for own in OwnRule.objects.filter(rule__in=list(found.rules)).order_by("edition")}
    standing = _standing(newest.values())
    against = contradictions(found.rules)
    coming = []
    for row, rule in zip(rows, found.rules.values(), strict=True):
        before, last = standing.get(rule.id), newest.get(rule.id)
        is_same = before is not None and not list(differing(before.text, row))
        edition = before.edition if before and is_same else (last.edition if last else 0) + 1
        if rule.edition not in (0, edition):
            faults.append(_wrong_edition(rule, edition))
        if before and before.state == OwnRule.State.DRAFT and not is_same:
            faults.append(_drafted(before))
        asks = Asks(rule, unit, against.get(rule.id, []))
        coming.append(Coming(rule, row, edition, before, is_same, asks))
    return Looked([] if faults else coming, faults)


def fault_here(fault: Fault) -> str:
    """What does not fit, in the reader's language."""
    return fault.within(gettext)


def _standing(rows: Iterable[OwnRule]) -> dict[str, OwnRule]:
    """Those of `rows` that were not discarded, by rule."""
    kept = [own.rule for own in rows]
    return {own.rule: own for own in OwnRule.objects.current().filter(rule__in=kept).order_by("edition")}


def _wrong_edition(rule: Rule, edition: int) -> str:
    told = gettext(
        "%(rule)s: the file says edition %(said)s, and here it would be edition %(edition)s; leave it out."
    )
    return told % {"rule": rule.id, "said": rule.edition, "edition": edition}


def _drafted(before: OwnRule) -> str:
    told = gettext("%(rule)s: edition %(edition)s is a draft still; confirm or discard it first.")
    return told % {"rule": before.rule, "edition": before.edition}


def _misplaced(row: Any, unit: Unit) -> str:
    """That a newer text of a shipped rule holds for the whole group or not at all; "" if that is so."""
    name = str(row.get("id")) if isinstance(row, Mapping) else ""
    if name not in clock_rules() or unit.kind == Unit.Kind.GROUP:
        return ""
    return gettext(
        "%(rule)s: a newer text of a shipped rule holds for the whole group; bring it in there."
    ) % {"rule": name}


def known_here() -> Known:
    """What own rules may name here: business calendars, own rules that are there, and what entities can be."""
    codes = set(BusinessCalendar.objects.current().values_list("code", flat=True))
    texts = {own.rule: own.wording for own in OwnRule.objects.current().order_by("edition")}
    return Known(codes, texts, LegalStanding.Attribute.values)


def bring_in(text: bytes | str | list[Any], *, unit: Unit, by: Person, note: str = "") -> list[OwnRule]:
    """Keep the rules of a file as drafts that hold at `unit` and below once they are confirmed; all or none.

    What stands there with the very same text comes not again. Needs the right to edit incidents at `unit`; Refused
    with every fault, PermissionDenied for who may not.
    """
    require(by, AREA, Level.EDIT, unit)
    with transaction.atomic(), acting(by, BRING_IN):
        looked = look(text, unit)
        if looked.faults:
            raise Refused(" ".join(looked.faults))
        made = [
            OwnRule(rule=one.rule.id, edition=one.edition, unit=unit, text=_kept(one.row), note=note.strip()[:LONGEST_NOTE])
            for one in looked.coming
            if not one.is_same
        ]  # fmt: skip
        for own in made:
            own.save()
        return made


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    """A text without the number of its edition, which stands beside it."""
    return {key: value for key, value in row.items() if key != "edition"}


def is_draft(own: OwnRule) -> bool:
    """Whether nobody confirmed it yet, and nobody discarded it."""
    return own.state == OwnRule.State.DRAFT and own.retired_at is None


@act(
    Level.DECIDE,
    label=_("Confirm"),
    offered=is_draft,
    explains=_(
        "From that day on the rule is on in this text: incidents that become known from then start its clocks; clocks that "
        "run keep the text by which they began. Say what was read: the text of the law, counsel’s opinion, the policy."
    ),
)
def confirm(own: OwnRule, *, by: Person, basis: str, since: date | None = None) -> RuleInForce:
    """Switch the draft on for incidents that become known from `since` (None: today; of a rule that is on, the first day
    that has begun nowhere), on `basis`."""
    if not basis.strip():
        raise Refused(gettext("Say on what the rule is confirmed, as the text of the regime."))
    _refuse_apart(own)
    if own.replaces_shipped:
        enter_rules()
    last = RuleInForce.objects.filter(rule=own.rule).order_by("-turn").first()
    today = moments.today(own.unit.time_zone)
    is_on = last is not None and last.is_on
    day = since or (_first_day_to_come() if is_on else today)
    row = _turn_of(own, last, day)
    row.own_text, row.unit, row.own_hours, row.since = own, own.unit, None, day
    row.is_confirmed, row.confirmed_by, row.confirmed_on, row.basis = (
        True,
        by,
        today,
        basis.strip()[:LONGEST_BASIS],
    )
    _replace(own)
    row.save()
    return row


def _first_day_to_come() -> date:
    return newest_day() + A_DAY


def _refuse_apart(own: OwnRule) -> None:
    """Refuse what no longer fits the other rules that there are now."""
    try:
        refuse_apart({**rules_now(), **known_here().rules, own.rule: own.wording})
    except Unfit as wrong:
        raise Refused(fault_here(wrong.fault)) from wrong


def _turn_of(own: OwnRule, last: RuleInForce | None, day: date) -> RuleInForce:
    """The row by which `own` comes into force: its first, one that was never on, or the one after the last."""
    if last is None:
        return RuleInForce(rule=own.rule, turn=1)
    if not last.is_confirmed:
        return last
    if last.until is None:
        _end(last, own, day)
    elif day <= last.until:
        told = gettext("%(rule)s was on until %(day)s; confirm it from the day after.")
        raise Refused(told % {"rule": own.rule, "day": last.until.isoformat()})
    return RuleInForce(rule=own.rule, turn=last.turn + 1)


def _end(last: RuleInForce, own: OwnRule, day: date) -> None:
    """Let the text that is on hold up to the day before `day`, on which `own` takes its place."""
    first = _first_day_to_come()
    if day < first or (last.since and day <= last.since):
        first = max(first, last.since + A_DAY) if last.since else first
        told = gettext(
            "Clocks may run by the text of %(rule)s that is on, and keep it: edition %(edition)s holds from %(day)s at the "
            "earliest."
        )
        raise Refused(told % {"rule": own.rule, "edition": own.edition, "day": first.isoformat()})
    last.until = day - A_DAY
    last.off_reason = gettext("Edition %(edition)s takes its place.") % {"edition": own.edition}
    last.save()


def _replace(own: OwnRule) -> None:
    """Let `own` be the confirmed edition of its rule; the one before is replaced."""
    for before in OwnRule.objects.current().filter(rule=own.rule, state=OwnRule.State.CONFIRMED):
        before.state = OwnRule.State.REPLACED
        before.save()
    own.state = OwnRule.State.CONFIRMED
    own.save()


@act(
    Level.EDIT,
    label=_("Discard"),
    offered=is_draft,
    explains=_("The draft never held and will not; its text and the reason stay in the history."),
)
def discard(own: OwnRule, *, by: Person, reason: str) -> None:
    """Retire a draft that nobody confirmed."""
    own.retire(reason)
    own.save()


def export(rows: Iterable[OwnRule]) -> str:
    """Own rules as a file that can be brought in again, each in its newest edition, by id."""
    newest = {own.rule: own for own in sorted(rows, key=lambda own: (own.rule, own.edition))}
    return put([numbered(own.text, own.edition) for own in newest.values()]) if newest else "rules: []\n"
