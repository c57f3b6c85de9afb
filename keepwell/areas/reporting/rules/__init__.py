"""What may be decided about the figures of a year, and how they are told."""

from keepwell.areas.reporting.rules.documents import FORMS, document, publish, published, write
from keepwell.areas.reporting.rules.outcomes import Outcome, Outcomes, outcomes
from keepwell.areas.reporting.rules.signing import freeze, freeze_year, restate, sign_off, sign_year, take_back

__all__ = [
    "FORMS", "Outcome", "Outcomes", "document", "freeze", "freeze_year", "outcomes", "publish", "published",
    "restate", "sign_off", "sign_year", "take_back", "write",
]  # fmt: skip
