"""What happens in an incident that a clock may start from: a closed list, in the words of the regimes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

AWARENESS = "awareness"
# Kind of event: in words, as a sentence uses them.
KINDS = {
    "awareness": "the site became aware",
    "site_awareness": "the site became aware",
    "knowledge": "the incident became known",
    "discovery": "the incident was discovered",
    "confirmation": "the incident was confirmed",
    "reasonable_belief": "it was reasonably believed that an incident had occurred",
    "credible_grounds": "there were credible grounds to believe in a breach",
    "awareness_by_control_group": "the insured's control group became aware",
    "date_of_fact": "the fact arose",
    "media_discovery": "a report of the media was discovered",
    "materiality_determination": "materiality was determined",
    "assessment_completed": "the assessment was completed",
    "level_change": "the level changed",
    "new_fact": "a further fact became known",
    "new_information": "new information became known",
    "submission": "the notice was submitted",
    "initial_submission": "the first notice was submitted",
    "report_received_by_authority": "the authority received the report",
    "level_reviewed": "the authority reviewed the level",
    "damage_control_completed": "damage control was completed",
    "corrective_measure_available": "a corrective measure was available",
    "incident_handled": "the incident was handled",
    "home_disclosure": "it was disclosed at home",
    "press_conference": "the press conference was held",
    "public_statement": "something was said in public",
    "ransom_payment": "a ransom was demanded and paid",
    "payment_disbursed": "the ransom was paid",
    "fiscal_year_end": "the fiscal year ended",
    "decision_to_share": "it was decided to share",
    "extension": "the recipient agreed to a later day",
}
# Where the very event was not recorded, the first of these that was stands in, and the sentence says so.
STANDS_IN = {
    "awareness": ("site_awareness", "knowledge", "discovery"),
    "site_awareness": ("awareness", "knowledge", "discovery"),
    "knowledge": ("awareness", "site_awareness", "discovery"),
    "discovery": ("awareness", "knowledge", "site_awareness"),
    "confirmation": ("awareness", "site_awareness", "discovery"),
    "reasonable_belief": ("awareness", "site_awareness", "discovery"),
    "credible_grounds": ("awareness", "site_awareness", "discovery"),
    "awareness_by_control_group": ("awareness", "site_awareness", "discovery"),
    "date_of_fact": ("awareness", "site_awareness", "discovery"),
}
LEVELS = range(5)


@dataclass(frozen=True)
class Event:
    """Something that happened at a moment. A submission, a receipt or an extension names its `rule`; a change of
    level has the group's `level` (0..4) or the nation's, an extension the moment `until`; without `unit` it holds
    for all units. The awareness of a `unit` holds for it instead of that of all."""

    kind: str
    at: datetime
    rule: str = ""
    stage: str = ""
    unit: str = ""
    level: int | None = None
    national_level: int | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """A unit that may have to tell: where it is and what it is (attributes as `listed_on_TWSE`)."""

    code: str
    country: str
    zone: str
    attributes: frozenset[str] = frozenset()
