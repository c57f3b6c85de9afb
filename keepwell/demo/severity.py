"""The group's own scheme of severity, in force since April 2024: it asks whether recipes of tools are touched."""

from __future__ import annotations

from datetime import UTC, date, datetime

from keepwell.areas.incidents.models.library import scheme_to_edit
from keepwell.areas.incidents.rules import schemes
from keepwell.demo.access import somebody
from keepwell.demo.structure import GROUP
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.tree.models import Unit

HEADQUARTERS, SECRETARY = "TPE1", 2
DRAFTED, APPROVED = datetime(2024, 3, 18, 2, 30, tzinfo=UTC), datetime(2024, 3, 21, 6, tzinfo=UTC)
VALID_FROM, LEFT_ON = date(2024, 4, 1), date(2024, 6, 30)
REASON = "Recipes of tools are worth more than drawings; the committee decided so in March 2024."
FACTOR = """- {name: recipes_touched, kind: bool, title: Tool recipes, title_zh: 機台配方,
   asks: "Were recipes of tools read, altered or copied?", asks_zh: 機台配方是否遭讀取、竄改或複製？}
"""
RULE = """  - {level: 3, when: [{factor: recipes_touched}],
     says: "Recipes of tools were read, altered or copied.", says_zh: 機台配方遭讀取、竄改或複製。}
"""
BEFORE_RULE = "  - {level: 2, when: [{factor: secrets, is: '>=', value: 1}]"


def text() -> str:
    """The shipped scheme with one factor and one rule more."""
    asked = scheme_to_edit().replace("group:\n", f"{FACTOR}group:\n", 1)
    looked_at = asked.replace("  factors: [secrets]\n", "  factors: [secrets, recipes_touched]\n", 1)
    return looked_at.replace(BEFORE_RULE, RULE + BEFORE_RULE, 1)


def load(ada: Person) -> None:
    """The secretariat of then drafts it, Ada approves it, and it comes into force with its day."""
    secretary = somebody(HEADQUARTERS, SECRETARY)
    with moments.standing_at(DRAFTED), acting(ada, "grant.create"):
        Grant(
            person=secretary,
            role="secretariat",
            unit=Unit.objects.get(code=GROUP),
            since=DRAFTED.date(),
            until=LEFT_ON,
        ).save()
    with moments.standing_at(DRAFTED):
        edition = schemes.draft_scheme(text().encode(), valid_from=VALID_FROM, reason=REASON, by=secretary)
    with moments.standing_at(APPROVED):
        schemes.approve(edition, by=ada)
    with moments.standing_at(moments.begins(VALID_FROM, ada.unit.time_zone)):
        schemes.begin_editions()
