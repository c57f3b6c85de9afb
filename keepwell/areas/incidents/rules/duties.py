"""Which rules of notification hold here: entered as shipped, confirmed on a reading of the regime, switched off."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import CalendarDay, IncidentEvent, RuleInForce, clock_rules
from keepwell.areas.incidents.models.duties import LONGEST_TERM
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.history.bulk import create_all
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

LIBRARY = Machine(gettext_noop("the library of rules"))


def enter_rules() -> int:
    """Enter each shipped rule that has no row yet: on where its text was read, else off until somebody confirms it.

    Twice is once; returns how many came. Nothing is entered before there is a group.
    """
    group = Unit.objects.filter(kind=Unit.Kind.GROUP).first()
    if group is None:
        return 0
    known = set(RuleInForce.objects.values_list("rule", flat=True))
    rows = [
        RuleInForce(
            rule=rule.id, unit=group, is_confirmed=rule.is_verified, since=rule.since,
            basis=rule.source[:500] if rule.is_verified else "",
        )
        for rule in clock_rules().values()
        if rule.id not in known
    ]  # fmt: skip
    with acting(LIBRARY, "ruleinforce.enter"):
        return create_all(rows)


def is_off(row: RuleInForce) -> bool:
    """Whether it holds no longer, or not yet."""
    return not row.is_on and row.retired_at is None and row.wording is not None


@act(
    Level.DECIDE,
    label=_("Confirm"),
    offered=is_off,
    explains=_(
        "From then on the rule is on: incidents that become known from that day start its clocks. Say what was read: "
        "the text of the regime, counsel’s opinion."
    ),
)
def confirm(row: RuleInForce, *, by: Person, basis: str, since: date | None = None) -> RuleInForce:
    """Switch a rule on for incidents that become known from `since` (None: today), on `basis`."""
    if not basis.strip():
        raise Refused(gettext("Say on what the rule is confirmed, as the text of the regime."))
    day = since or moments.today(row.unit.time_zone)
    found = row if not row.is_confirmed else _next_turn(row, day)
    found.is_confirmed, found.confirmed_by, found.confirmed_on = True, by, moments.today(row.unit.time_zone)
    found.basis, found.since = basis.strip()[:500], day
    found.save()
    return found


def _next_turn(row: RuleInForce, day: date) -> RuleInForce:
    """A further row of a rule that was off; Refused if it is on already, or was on that day."""
    last = RuleInForce.objects.filter(rule=row.rule).order_by("-turn").first() or row
    if last.until is None:
        raise Refused(gettext("%(rule)s is on already.") % {"rule": row.rule})
    if day <= last.until:
        raise Refused(gettext("%(rule)s was on until %(day)s; confirm it from the day after.") % {
            "rule": row.rule, "day": last.until.isoformat()})  # fmt: skip
    return RuleInForce(
        rule=row.rule, turn=last.turn + 1, unit=row.unit, own_hours=row.own_hours, own_text=row.own_text
    )


@act(
    Level.DECIDE,
    label=_("Switch off"),
    offered=lambda row: row.is_on,
    explains=_(
        "Incidents that become known after the last day start its clocks no more; clocks that run go on."
    ),
)
def switch_off(row: RuleInForce, *, by: Person, reason: str, until: date | None = None) -> None:
    """Let the rule hold up to and with `until` (None: yesterday, or its only day), for `reason`."""
    yesterday = moments.today(row.unit.time_zone) - timedelta(days=1)
    last = until or max(yesterday, row.since or yesterday)
    if row.since and last < row.since:
        told = gettext("The rule has held since %(day)s; it cannot end before.")
        raise Refused(told % {"day": row.since.isoformat()})
    row.until, row.off_reason = last, reason.strip()[:300]
    row.save()


@act(
    Level.DECIDE,
    label=_("Set our own deadline"),
    offered=lambda row: row.has_own_end and row.retired_at is None,
    explains=_("It counts where the regime sets no fixed end; clocks of open incidents are reckoned anew."),
)
def set_own_deadline(row: RuleInForce, *, by: Person, hours: int, reason: str) -> None:
    """Let our own deadline be `hours` (1..87,600) after the start."""
    if not 1 <= hours <= LONGEST_TERM:
        raise Refused(gettext("A deadline has 1 to %(most)s hours.") % {"most": f"{LONGEST_TERM:,}"})
    row.own_hours = hours
    row.save()


@act(
    Level.DECIDE,
    label=_("Take back"),
    offered=lambda day: day.retired_at is None,
    explains=_("The day counts again as its calendar says; clocks of open incidents are reckoned anew."),
)
def take_back_day(day: CalendarDay, *, by: Person, reason: str) -> None:
    """Retire a day that was entered by mistake."""
    day.retire(reason)
    day.save()


@act(
    Level.EDIT,
    label=_("Take back"),
    offered=lambda event: event.retired_at is None,
    explains=_(
        "It did not happen: clocks that ran from it no longer bind, and stay visible with that reason."
    ),
)
def take_back_event(event: IncidentEvent, *, by: Person, reason: str) -> None:
    """Retire an event that was a mistake."""
    event.retire(reason)
    event.save()
