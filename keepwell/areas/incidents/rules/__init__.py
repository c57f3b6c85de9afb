"""Acts and reckoning of incidents."""

from keepwell.areas.incidents.rules.classifying import classify, facts_of
from keepwell.areas.incidents.rules.costs import record_cost
from keepwell.areas.incidents.rules.custody import tell as tell_of_custody
from keepwell.areas.incidents.rules.marking import (
    mark_cost,
    mark_entry,
    mark_meeting,
    mark_notice,
    mark_question,
    mark_report,
    mark_review,
    mark_task,
    widen_entries,
)
from keepwell.areas.incidents.rules.newcomers import keep_out_of_what_names
from keepwell.areas.incidents.rules.past import bring_in_past, read_past, read_past_upload
from keepwell.areas.incidents.rules.past_notices import (
    bring_in_past_notices,
    read_past_notices,
    read_past_notices_upload,
)
from keepwell.areas.incidents.rules.receiving import owe_looks
from keepwell.areas.incidents.rules.restricting import (
    break_glass,
    count_withheld,
    lift,
    mark,
    may_break,
    name_person,
    restrict,
    take_off,
)
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
    withdraw,
)

__all__ = [
    "acknowledge", "begin_review", "break_glass", "bring_in_past", "bring_in_past_notices", "classify", "close",
    "contain", "correct",
    "count_withheld", "decide_materiality", "enter", "facts_of", "keep_out_of_what_names", "lift",
    "mark", "mark_cost", "mark_entry", "mark_meeting", "mark_notice", "mark_question", "mark_report", "mark_review",
    "mark_task", "may_break",
    "name_person", "owe_looks", "read_past", "read_past_notices", "read_past_notices_upload",
    "read_past_upload", "record_cost", "recover", "reopen", "respond", "restrict",
    "take_off", "tell_of_custody", "unanswered", "widen_entries", "withdraw",
]  # fmt: skip
