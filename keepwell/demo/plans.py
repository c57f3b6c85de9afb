"""What the invented group does about its gaps: recommendations of 2024 and 2025, actions, and one initiative each."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby, islice
from operator import itemgetter

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Cycle, Recommendation, Source
from keepwell.areas.assessment.rules.planning.deciding import Of, Wanted, accept_all
from keepwell.areas.improvement.models import Action
from keepwell.demo.dice import Dice
from keepwell.demo.evidence import Sheet, keep, morning, pdf
from keepwell.kernel import moments
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import update_all
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.tree.models import Unit

SHARED_BY = 14
"""So many sites share the gap of which the group makes one initiative."""
A_SITE = {2024: 3, 2025: 4}
"""So many recommendations each assessment accepts, the foremost first."""
DECIDED = {2024: datetime(2025, 1, 22, 3, tzinfo=UTC), 2025: datetime(2025, 11, 12, 3, tzinfo=UTC)}
DUE_AFTER = {1: 70, 2: 130, 3: 220, 4: 280, 5: 330}
"""Days from the decision until an action of that effort is due."""
COST = Decimal(140_000)
"""TWD for each step of effort."""
OFFICERS_FROM = date(2025, 1, 2)
LISTED = date(2025, 10, 22)
REVIEWED = datetime(2025, 10, 6, 3, tzinfo=UTC)
SAID = (
    "Done as planned; the record is with the site.",
    "Done; the auditor saw it in September.",
    "Done at every line.",
)


def load(ada: Person) -> None:
    """Name an officer for each site, then recommend, decide and carry out, each on its day."""
    _officers(ada)
    for year, moment in DECIDED.items():
        with moments.standing_at(moment):
            cycle = Cycle.objects.select_related("unit", "framework_version", "scale").get(name=f"CSF {year}")
            rules.recommend(cycle, by=ada)
            shared = _shared(cycle)
            _accept(cycle, shared, ada, moment.date())
            until = moment.date() + timedelta(days=200)
            rules.make_initiative(cycle, by=ada, requirement=shared, scope=Of.IT, until=until)
    with moments.standing_at(REVIEWED), acting(ada, "action.review"):
        _review(ada, REVIEWED.date())


def load_evidence(ada: Person) -> None:
    """Keep the maker's list of controllers, which shows what Penang 2 says of its software in OT."""
    answer = Answer.objects.filter(
        assessment__cycle__name="CSF 2025", assessment__unit__code="PEN2", assessment__scope="ot",
        node__code="PR.PS-02", source=Source.SELF,
    ).select_related("assessment__unit", "assessment__cycle__unit", "node").first()  # fmt: skip
    if answer is None:
        return
    lines = ("Lines 1 to 3: 68 controllers, 41 of them on a system that its maker no longer supports.",
             "Last patched on 18 March 2025, when the maker was here.")  # fmt: skip
    paper = pdf(Sheet("Controllers of lines 1 to 3", "PEN2, October 2025", lines, LISTED))
    facts = evidence.Facts(
        "List of controllers, lines 1 to 3", answer.assessment.unit, received_on=LISTED, effective_from=LISTED,
        more={"reference": "EV-PLC-PEN2", "received_from": "Maintenance of Penang 2", "source": "Walk of the lines"},
    )  # fmt: skip
    keep(
        facts,
        [("controllers-pen2-2025.pdf", paper)],
        answer,
        ada,
        LISTED,
        "Counted for the assessment of 2025",
    )


def _officers(ada: Person) -> None:
    """Somebody of each site that has no security officer yet, else of elsewhere, becomes it at the beginning of 2025."""
    held = Grant.objects.current().filter(role="site_officer").values("unit")
    sites = Unit.objects.sites().current().exclude(pk__in=held).order_by("code")
    present = Person.objects.filter(
        retired_at__isnull=True, employed_until__isnull=True, employed_from__lte=OFFICERS_FROM,
        kind=Person.Kind.EMPLOYEE, account__isnull=True,
    ).select_related("unit").order_by("number")  # fmt: skip
    spare = iter(present.exclude(unit__in=sites)[:40])
    with moments.standing_at(morning(OFFICERS_FROM)), acting(ada, "grant.create"):
        for site in sites:
            officer = present.filter(unit=site).first() or next(spare, None)
            if officer is not None:
                Grant(person=officer, role="site_officer", unit=site, since=OFFICERS_FROM).save()


def _accept(cycle: Cycle, shared: str, ada: Person, day: date) -> None:
    """Accept the foremost of each assessment, by effort: dear ones take longer."""
    rows = Recommendation.objects.proposed().filter(assessment__cycle=cycle).exclude(node__code=shared)
    ranked = rows.order_by("assessment", "-priority", "node__code").values_list("assessment", "pk")
    of_each = groupby(ranked, key=itemgetter(0))
    keys = [pk for _assessment, found in of_each for _, pk in islice(found, A_SITE[cycle.year])]
    foremost = list(Recommendation.objects.with_place().filter(pk__in=keys).order_by("node__code", "pk"))
    for effort, days in DUE_AFTER.items():
        held = [one for one in foremost if one.effort == effort]
        wanted = Wanted(day + timedelta(days=days), cost=COST * effort, currency="TWD")
        with acting(ada, "recommendation.accept"):
            accept_all(held, wanted, by=ada)


def _shared(cycle: Cycle) -> str:
    """The requirement whose gap in IT is shared by fourteen sites, else by the most; the first by code."""
    rows = Recommendation.objects.current().filter(assessment__cycle=cycle, assessment__scope="it")
    counts = Counter(rows.order_by("node__code").values_list("node__code", flat=True))
    exact = [code for code, count in counts.items() if count == SHARED_BY]
    return exact[0] if exact else max(counts, key=lambda code: (counts[code], code))


def _review(ada: Person, day: date) -> None:
    """What was carried out by October: most of what was due is verified, some waits for it, a few are late."""
    rows = Action.objects.filter(raised_on__lt=day, state=Action.State.PLANNED).select_related(
        "unit", "owner"
    )
    actions = list(rows.order_by("code"))
    for action in actions:
        _carry_out(action, ada, day)
    update_all(actions)
    Action.settle([], actions)


def _carry_out(action: Action, ada: Person, day: date) -> None:
    dice = Dice(f"plan {action.code}")
    luck = dice.random()
    if action.due_on > day or luck > 0.85:  # noqa: PLR2004  the share that is late
        action.state = Action.State.UNDER_WAY if luck < 0.5 else Action.State.PLANNED  # noqa: PLR2004
        return
    action.done_on = min(action.due_on + timedelta(days=dice.between(-20, 12)), day)
    action.done_by, action.outcome, action.state = action.owner, dice.pick(SAID), Action.State.DONE
    if luck < 0.81 and action.owner_id != ada.pk:  # noqa: PLR2004  the share that was verified
        action.state, action.verified_by, action.verified_on = Action.State.VERIFIED, ada, day
