"""Acts and reckoning of incidents."""

from keepwell.areas.incidents.rules.classifying import classify, facts_of
from keepwell.areas.incidents.rules.costs import record_cost
from keepwell.areas.incidents.rules.timeline import correct, enter
from keepwell.areas.incidents.rules.working import (
    acknowledge,
    begin_review,
    close,
    contain,
    decide_materiality,
    recover,
    reopen,
    respond,
    unanswered,
    withdraw,
)

__all__ = [
    "acknowledge", "begin_review", "classify", "close", "contain", "correct", "decide_materiality", "enter", "facts_of",
    "record_cost", "recover", "reopen", "respond", "unanswered", "withdraw",
]  # fmt: skip
