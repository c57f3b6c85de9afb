"""What may be decided about actions and initiatives."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.improvement.models import Action, Initiative, duties
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.evidence.models import Link
from keepwell.platform.history.bulk import create_all
from keepwell.platform.history.models import Tracked
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import guards
from keepwell.platform.records.links import named
from keepwell.platform.tree.models import Unit

AREA = "improvement"
ENDED = (Action.State.VERIFIED, Action.State.DROPPED)


def is_planned(action: Action) -> bool:
    """Whether nobody has begun it yet."""
    return action.state == Action.State.PLANNED and action.retired_at is None


def is_open(record: Action | Initiative) -> bool:
    """Whether it is still to be carried out."""
    return record.is_open


def waits_for_verification(action: Action) -> bool:
    """Whether it was done, and nobody verified it yet."""
    return action.waits_for_verification


@guards(Action)
def keep_in_order(action: Action, by: Person) -> None:
    """Refuse what is typed into an ended action, another due day without a reason, and an owner who could not act."""
    held = {} if action._state.adding else action._loaded
    if held.get("state") in ENDED:
        raise Refused(gettext("%(action)s has ended; what was decided stays as it is.") % {"action": action})
    if held and held["due_on"] != action.due_on:
        raise Refused(gettext("“Postpone” changes the due day, and asks for the reason."))
    moved = any(held.get(name) != getattr(action, name) for name in ("owner_id", "unit_id"))
    if moved and not may(action.owner, AREA, Level.EDIT, action.unit_id):
        raise Refused(no_owner(action.owner, action.unit))


def no_owner(person: Person, unit: Unit) -> str:
    """The sentence that says why `person` cannot own an action at `unit`."""
    told = gettext("%(name)s may not carry out actions in %(unit)s; choose somebody with that right.")
    return told % {"name": person, "unit": unit}


@act(
    Level.EDIT,
    for_many=True,
    label=_("Begin"),
    offered=is_planned,
    explains=_("From now on it is under way; its owner owes it until it is done."),
)
def begin(action: Action, *, by: Person) -> None:
    """Record that the work has begun."""
    action.state = Action.State.UNDER_WAY
    action.save()


@act(
    Level.EDIT,
    for_many=True,
    label=_("Report as done"),
    offered=is_open,
    explains=_(
        "Somebody other than its owner is asked to verify it. Add evidence first, or say what was done."
    ),
)
def finish(action: Action, *, by: Person, on: date, reason: str = "") -> None:
    """Record that the work was done on `on`, shown by evidence on the action or told by `reason`."""
    _has_come(action, on)
    told = " ".join(reason.split())
    if not told and not has_evidence(action):
        raise Refused(gettext("Add evidence to the action, or say in the reason what was done."))
    action.state, action.done_on, action.done_by = Action.State.DONE, on, by
    action.outcome = told[:2000] or action.outcome
    action.save()


@act(
    Level.DECIDE,
    for_many=True,
    label=_("Verify"),
    offered=waits_for_verification,
    explains=_(
        "It counts as verified from today on. Neither its owner nor who reported it done can verify it."
    ),
)
def verify(action: Action, *, by: Person, reason: str = "") -> None:
    """Confirm that what was done is done and works."""
    if by.pk in (action.owner_id, action.done_by_id):
        raise Refused(gettext("Somebody else than who carried it out verifies it."))
    action.state, action.verified_by = Action.State.VERIFIED, by
    action.verified_on = moments.today(action.unit.time_zone)
    action.save()


@act(
    Level.DECIDE,
    for_many=True,
    label=_("Send back"),
    offered=waits_for_verification,
    explains=_("It is under way again, due on the new day; its owner reads the reason."),
)
def send_back(action: Action, *, by: Person, until: date, reason: str) -> None:
    """Let what was reported as done be done again by `until`."""
    _lies_ahead(action, until)
    action.state, action.due_on, action.outcome = Action.State.UNDER_WAY, until, reason.strip()[:2000]
    action.done_on = action.done_by = None
    action.save()


@act(
    Level.EDIT,
    for_many=True,
    label=_("Postpone"),
    offered=is_open,
    explains=_("It is due on the later day; how often it was postponed stays to be seen."),
)
def postpone(action: Action, *, by: Person, until: date, reason: str) -> None:
    """Let it be due later, on `until`."""
    _lies_ahead(action, until)
    if until <= action.due_on:
        raise Refused(
            gettext("It is due on %(day)s; choose a later day.") % {"day": action.due_on.isoformat()}
        )
    action.due_on, action.postponed = until, action.postponed + 1
    action.save()


@act(
    Level.DECIDE,
    for_many=True,
    label=_("Drop"),
    offered=is_open,
    explains=_("It will not be done; the reason stays with it."),
)
def drop(action: Action, *, by: Person, reason: str) -> None:
    """Give up an action."""
    action.state, action.outcome = Action.State.DROPPED, reason.strip()[:2000]
    action.dropped_on = moments.today(action.unit.time_zone)
    action.save()


@act(
    Level.EDIT,
    label=_("Say what it comes from"),
    offered=is_open,
    explains=_("Name the record by the address of its page, or as certificates:KEY."),
)
def trace(action: Action, *, by: Person, record: str) -> None:
    """Let the action come from the record that `by` calls `record`."""
    found = named(record, by)
    if found is None or found == action:
        raise Refused(gettext("Nothing is called “%(text)s”.") % {"text": record.strip()[:200]})
    come_from(action, found)
    action.save()


@act(
    Level.DECIDE,
    for_many=True,
    label=_("Add to an initiative"),
    offered=is_open,
    explains=_("It becomes part of the programme's roll-out, at its own unit."),
)
def join(action: Action, *, by: Person, initiative: Initiative) -> None:
    """Let the action be part of an initiative."""
    if not initiative.is_open:
        raise Refused(gettext("%(initiative)s is closed.") % {"initiative": initiative})
    action.initiative = initiative
    action.save()


@act(
    Level.DECIDE,
    for_many=True,
    label=_("Retire"),
    offered=lambda record: record.retired_at is None,
    explains=_("The record was a mistake: it leaves every list and every figure; its history stays."),
)
def retire(action: Action, *, by: Person, reason: str) -> None:
    """Take an action that was a mistake out of lists and figures."""
    action.retire(reason)
    action.save()


@act(
    Level.DECIDE,
    label=_("Roll out at a site"),
    offered=is_open,
    explains=_("The site gets an action like the others of the programme."),
)
def roll_out(initiative: Initiative, *, by: Person, site: Unit, owner: Person, until: date) -> Action:
    """Let `site` carry out the programme by `until`."""
    if not Unit.objects.below(initiative.unit).current().filter(pk=site.pk).exists():
        raise Refused(
            gettext("%(site)s does not lie under %(unit)s.") % {"site": site, "unit": initiative.unit}
        )
    if not may(owner, AREA, Level.EDIT, site):
        raise Refused(no_owner(owner, site))
    if (
        initiative.actions.filter(unit=site, retired_at__isnull=True)
        .exclude(state=Action.State.DROPPED)
        .exists()
    ):
        raise Refused(gettext("%(site)s carries out %(initiative)s already.") % {
            "site": site, "initiative": initiative})  # fmt: skip
    made = Action(
        code=f"{initiative.code}-{site.code}"[:60], title=initiative.title, title_zh=initiative.title_zh,
        task=initiative.purpose, unit=site, owner=owner, due_on=until, initiative=initiative,
    )  # fmt: skip
    made.save()
    return made


@act(
    Level.DECIDE,
    label=_("Close"),
    offered=is_open,
    explains=_("Every action of it is done, verified or dropped; nothing joins it any more."),
)
def close(initiative: Initiative, *, by: Person, reason: str = "") -> None:
    """End a programme of which nothing is open."""
    left = initiative.actions.filter(state__in=Action.OPEN, retired_at__isnull=True).count()
    if left:
        raise Refused(gettext("%(count)d of its actions are still open.") % {"count": left})
    initiative.closed_on = moments.today(initiative.unit.time_zone)
    initiative.save()


def has_evidence(action: Action) -> bool:
    """Whether a piece of evidence shows something about it."""
    return Link.objects.current().filter(kind=Action.type_name(), record_id=action.pk).exists()


def come_from(action: Action, record: Tracked) -> None:
    """Let `action`, not saved yet, come from `record`, which whoever does this may see."""
    action.origin_kind, action.origin_id = record.type_name(), record.pk


def raise_all(actions: list[Action]) -> int:
    """Write many new, checked `actions` and what is owed because of them, in one set; returns how many.

    Stands inside an act that saw that each may be raised where it is.
    """
    made = create_all(actions)
    duties.begin(actions)
    return made


def _has_come(action: Any, day: date) -> None:
    if day > moments.today(action.unit.time_zone):
        raise Refused(gettext("The day lies ahead; record it when it has come."))
    if day < action.raised_on:
        raise Refused(gettext("The day lies before the action was raised."))


def _lies_ahead(action: Any, day: date) -> None:
    if day < moments.today(action.unit.time_zone):
        raise Refused(gettext("The day has passed; choose one that lies ahead."))
