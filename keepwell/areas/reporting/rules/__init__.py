"""What may be decided about the figures of a year, and how they are told."""

from keepwell.areas.reporting.rules.documents import FORMS, document, kept_document, publish, published, write
from keepwell.areas.reporting.rules.outcomes import (
    Outcome,
    Outcomes,
    counted,
    outcomes,
    standing,
    subject,
    trend,
)
from keepwell.areas.reporting.rules.signing import (
    freeze,
    freeze_year,
    restate,
    sign_off,
    sign_year,
    take_back,
)

__all__ = [
    "FORMS", "Outcome", "Outcomes", "counted", "document", "freeze", "freeze_year", "kept_document", "outcomes",
    "publish", "published", "restate", "sign_off", "sign_year", "standing", "subject", "take_back", "trend", "write",
]  # fmt: skip
