"""The menu: the eight words of the field and what lies under each. Pages not built are not listed."""

from __future__ import annotations

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.platform.pages.menu import Figure, Item, Word
from keepwell.platform.pages.place import Place
from keepwell.platform.people.models import Person
from keepwell.platform.registers.listing import Wish, find
from keepwell.platform.registers.register import REGISTERS


def rows(slug: str) -> Figure:
    """How many records of a register one may see at a place."""

    def counted(person: Person, place: Place) -> str:
        register = REGISTERS[slug]
        wish = Wish.parse(register, QueryDict("size=1"), place=place)
        return find(register, person, wish).count_text

    return counted


def register(
    label: str | Promise, slug: str, area: str, chapter: str = "", also: tuple[str, ...] = ()
) -> Item:
    """A register as an item of the menu, with how many records it holds."""
    return Item(label, slug, area, chapter=chapter, also=also, figure=rows(slug))


WORDS = (
    Word("govern", _("Govern"), ()),
    Word("identify", _("Identify"), (
        Item(_("Maturity"), "maturity", "assessment", also=("cycles", "assessments", "answers", "maturity-targets"),
             figure=rows("cycles")),
        register(_("Recommendations"), "recommendations", "assessment"),
        register(_("Actions"), "actions", "improvement"),
        register(_("Initiatives"), "initiatives", "improvement"),
        Item(_("Frameworks"), "frameworks-overview", "frameworks", figure=rows("frameworks"),
             also=("frameworks", "framework-versions", "requirements", "mappings", "guidance", "profiles",
                   "profile-lines")),
        register(_("Scales"), "scales", "frameworks"),
        register(_("Critical systems"), "critical-systems", "systems", chapter="organization"),
        register(_("Evidence"), "evidence", "evidence"),
    )),
    Word("protect", _("Protect"), (
        register(_("Training"), "completions", "awareness"),
        register(_("Courses"), "courses", "awareness"),
    )),
    Word("detect", _("Detect"), ()),
    Word("respond", _("Respond"), (
        register(_("Incidents"), "incidents", "incidents",
                 also=("classifications", "timeline-entries", "incident-costs", "incident-tasks", "response-meetings",
                       "incident-reviews", "named-persons")),
        Item(_("Incidents in figures"), "incident-figures", "reporting", chapter="incidents"),
        register(_("Playbooks"), "playbooks", "incidents", also=("tasks-of-playbooks", "own-types-of-incidents")),
        register(_("On duty"), "duty-shifts", "incidents", also=("escalation-calls",)),
        register(_("Are you exposed?"), "exposure-answers", "incidents"),
        register(_("Reports"), "reports", "incidents", also=("report-posters", "report-words", "files-of-reports")),
        Item(_("My reports"), "my-reports", chapter="incidents"),
        register(_("Received mails"), "received-mails", "incidents", also=("report-addresses",)),
        Item(_("Told without a name"), "disclosures", "disclosures"),
        Item(_("Clocks"), "clocks-running", "incidents", figure=rows("clocks"),
             also=("clocks", "incident-notices", "incident-events", "facts-for-notices",
                   "clause-questions")),
        register(_("Rules in force"), "rules-in-force", "incidents",
                 also=("own-rules", "own-rules-bring-in", "own-rules-write")),
        Item(_("Our scheme"), "severity-scheme", "incidents", also=("severity-schemes",)),
        register(_("Calendar days"), "calendar-days", "incidents", also=("business-calendars",)),
        register(_("Notice clauses"), "notice-clauses", "systems", chapter="organization"),
    )),
    Word("recover", _("Recover"), ()),
    Word("supply-chain", _("Supply chain"), ()),
    Word("publish", _("Publish"), (
        Item(_("Outcomes"), "outcomes", "reporting", also=("figures",), figure=rows("figures")),
        Item(_("Certificates"), "certificates-matrix", "assurance", also=("certificates",), figure=rows("certificates")),
        register(_("Standards"), "standards", "assurance"),
    )),
    Word("organization", _("Organization"), (
        register(_("Units"), "units", "organization"),
        register(_("People"), "people", "people", chapter="organization"),
        Item(_("Chart"), "organization-chart", "organization"),
        register(_("Legal standings"), "legal-standings", "systems", chapter="organization"),
    ), is_own=True),
    Word("administration", _("Administration"), (
        register(_("Grants"), "grants", "administration"),
        register(_("External people"), "external-people", "administration", also=("invite",)),
        register(_("Service accounts"), "service-accounts", "administration", also=("service-new",)),
        register(_("Groups"), "groups", "administration"),
        register(_("Group rules"), "group-rules", "administration"),
        Item(_("How people sign in"), "tend", "administration"),
        register(_("Sources"), "sources", "administration"),
        register(_("Batches"), "batches", "administration"),
        register(_("Unmatched rows"), "unmatched-rows", "administration"),
        Item(_("Trail"), "trail", "administration"),
        Item(_("Jobs"), "jobs", "administration"),
        Item(_("Health"), "health", "administration"),
        Item(_("Store of evidence"), "evidence-store", "administration", chapter="evidence"),
        Item(_("Mail that waits"), "letters", "administration"),
        register(_("Webhooks"), "webhooks", "administration"),
        register(_("Deliveries"), "deliveries", "administration"),
        register(_("Chat channels"), "chat-channels", "administration"),
    ), is_own=True),
)  # fmt: skip
