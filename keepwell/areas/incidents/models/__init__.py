"""Records of incidents."""

from keepwell.areas.incidents.models.clocks import Clock, ClockQuerySet
from keepwell.areas.incidents.models.duties import CalendarDay, IncidentEvent, NoticeFact, RuleInForce
from keepwell.areas.incidents.models.duty import DutyShift, EscalationCall
from keepwell.areas.incidents.models.exposure import ExposureAnswer
from keepwell.areas.incidents.models.implicated import ImplicatedPerson
from keepwell.areas.incidents.models.incidents import Classification, Incident, IncidentQuerySet
from keepwell.areas.incidents.models.indicators import Indicator
from keepwell.areas.incidents.models.intake import (
    CodeTries,
    Disclosure,
    DisclosurePicture,
    DisclosureWord,
    Report,
    ReportPicture,
    ReportWord,
)
from keepwell.areas.incidents.models.library import Kind, clock_rules, kind_choices, kinds
from keepwell.areas.incidents.models.links import IncidentLink
from keepwell.areas.incidents.models.marks import Marked, unread_marks
from keepwell.areas.incidents.models.meeting import ResponseMeeting
from keepwell.areas.incidents.models.named import NamedPerson
from keepwell.areas.incidents.models.notices import IncidentNotice
from keepwell.areas.incidents.models.outbox import MeetingMail, NoticeMail
from keepwell.areas.incidents.models.own_rules import OwnRule, rules_now
from keepwell.areas.incidents.models.own_types import IncidentType, own_types
from keepwell.areas.incidents.models.post import (
    AnswerMail,
    ReceiptMail,
    ReceivedMail,
    ReportAddress,
    ReportFile,
)
from keepwell.areas.incidents.models.questions import ClauseQuestion
from keepwell.areas.incidents.models.response import IncidentCost
from keepwell.areas.incidents.models.reviews import IncidentReview
from keepwell.areas.incidents.models.schemes import SeverityScheme, scheme
from keepwell.areas.incidents.models.tasks import IncidentTask, Playbook, PlaybookTask
from keepwell.areas.incidents.models.timeline import Pulse, TimelineEntry

__all__ = [
    "AnswerMail", "CalendarDay", "Classification", "ClauseQuestion", "Clock", "ClockQuerySet", "CodeTries",
    "Disclosure", "DisclosurePicture", "DisclosureWord", "DutyShift", "EscalationCall", "ExposureAnswer",
    "ImplicatedPerson", "Incident", "IncidentCost", "IncidentEvent", "IncidentLink", "IncidentNotice",
    "IncidentQuerySet", "IncidentReview", "IncidentTask", "IncidentType", "Indicator", "Kind", "Marked", "MeetingMail",
    "NamedPerson", "NoticeFact", "NoticeMail", "OwnRule", "Playbook", "PlaybookTask", "Pulse", "ReceiptMail",
    "ReceivedMail", "Report", "ReportAddress", "ReportFile", "ReportPicture", "ReportWord", "ResponseMeeting",
    "RuleInForce", "SeverityScheme", "TimelineEntry", "clock_rules", "kind_choices", "kinds", "own_types",
    "rules_now", "scheme", "unread_marks",
]  # fmt: skip
