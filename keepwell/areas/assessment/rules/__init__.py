"""What may be done with cycles, assessments and answers, and how they are read: by their pages, programs and reports."""

from keepwell.areas.assessment.rules.accepting import accept_part
from keepwell.areas.assessment.rules.aiming import (
    approve,
    approve_targets,
    retire_target,
    take_back,
    take_profile,
)
from keepwell.areas.assessment.rules.answering import Given, Mistaken, confirm_unchanged, save_answers
from keepwell.areas.assessment.rules.benchmarks import retire_benchmark, retire_figure
from keepwell.areas.assessment.rules.chasing import remind
from keepwell.areas.assessment.rules.closing import (
    begin_validation,
    change_method,
    publish,
    resume_validation,
    roll_forward,
)
from keepwell.areas.assessment.rules.comparing import TOGETHER, Cell, HeatMap, Row, heat_map
from keepwell.areas.assessment.rules.explaining import Told, why, why_here, why_of
from keepwell.areas.assessment.rules.freezing import freeze, is_as_frozen, read_snapshot, restate, snapshots
from keepwell.areas.assessment.rules.frozen import FrozenYear, frozen_year, kept_file
from keepwell.areas.assessment.rules.opening import add_site, open_cycle, take_every_site
from keepwell.areas.assessment.rules.oscal import MOST_AT_ONCE, assessment_results
from keepwell.areas.assessment.rules.outlines import WHOLE, Line, Outline, outline
from keepwell.areas.assessment.rules.past import (
    HEADINGS,
    bring_in_scores,
    read_scores,
    read_upload,
)
from keepwell.areas.assessment.rules.planning.deciding import (
    Of,
    SharedGap,
    accept,
    accept_foremost,
    decline,
    make_initiative,
    owners_of,
    retire_recommendation,
    shared_gap,
)
from keepwell.areas.assessment.rules.planning.listing import (
    LIST_HEADINGS,
    Listed,
    bring_in_list,
    read_list,
    read_list_upload,
)
from keepwell.areas.assessment.rules.planning.recommending import recommend, recommend_here
from keepwell.areas.assessment.rules.planning.sheets import Group, Plan, plan_of
from keepwell.areas.assessment.rules.planning.simulating import Simulation, simulate
from keepwell.areas.assessment.rules.proving import provable, prove
from keepwell.areas.assessment.rules.recounting import recount, recount_cycle, restate_on
from keepwell.areas.assessment.rules.results import shown
from keepwell.areas.assessment.rules.sources import writable
from keepwell.areas.assessment.rules.talking import comment, settle, share, unshare
from keepwell.areas.assessment.rules.trends import Point, Trend, trend
from keepwell.areas.assessment.rules.validating import send_back, submit, validate, withdraw
from keepwell.areas.assessment.rules.weighing import weigh
from keepwell.areas.assessment.rules.working import (
    LEAST_PEERS,
    Beside,
    Entry,
    Peers,
    Progress,
    Sheet,
    beside,
    board,
    comments,
    open_words,
    peers,
    sheet,
)
from keepwell.platform.exchange.rows import MOST_TOLD, Unfit

__all__ = [
    "HEADINGS", "LEAST_PEERS", "LIST_HEADINGS", "MOST_AT_ONCE", "MOST_TOLD", "TOGETHER", "WHOLE", "Beside", "Cell", "Entry",
    "FrozenYear", "Given", "Group", "HeatMap", "Line", "Listed", "Mistaken", "Of", "Outline", "Peers", "Plan", "Point",
    "Progress",
    "Row", "SharedGap", "Sheet", "Simulation", "Told", "Trend", "Unfit", "accept", "accept_foremost", "accept_part",
    "add_site", "approve", "approve_targets", "assessment_results", "begin_validation", "beside", "board", "bring_in_list",
    "bring_in_scores", "change_method", "comment", "comments", "confirm_unchanged", "decline", "freeze", "frozen_year",
    "heat_map", "is_as_frozen", "kept_file", "make_initiative", "open_cycle", "open_words", "outline", "owners_of", "peers",
    "plan_of", "provable", "prove", "publish", "read_list", "read_list_upload", "read_scores", "read_snapshot", "read_upload",
    "recommend", "recommend_here", "recount", "recount_cycle", "remind", "restate", "restate_on", "resume_validation",
    "retire_benchmark", "retire_figure", "retire_recommendation", "retire_target", "roll_forward", "save_answers",
    "send_back", "settle", "share", "shared_gap", "sheet", "shown", "simulate", "snapshots", "submit", "take_back",
    "take_every_site", "take_profile", "trend", "unshare", "validate", "weigh", "why", "why_here", "why_of", "withdraw",
    "writable",
]  # fmt: skip
