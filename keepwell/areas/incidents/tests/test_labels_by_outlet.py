"""R9: five labels by eight outlets, for each kind of thing in an incident that has a mark of its own.

What must be told was worked out by hand from the definitions of TLP 2.0 (FIRST, August 2022), not from our code: CLEAR may
be told to anybody, GREEN to the community, AMBER to the group and whom it works with where they need to know, AMBER+STRICT
to the group alone, RED to the named recipients and nobody else. The incident itself has its own table (test_restricted).
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from unittest.mock import patch

from django.db.models import Q
from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import ExposureAnswer, Incident, Indicator
from keepwell.areas.incidents.models.marks import Marked
from keepwell.areas.incidents.rules import exposure, indicators, proving
from keepwell.areas.incidents.tests.outlets import Outlets
from keepwell.areas.incidents.tests.test_own_marks import (
    COST,
    LISTS,
    MEETING,
    NOTICE,
    REPORT,
    REVIEW,
    TASK,
    Work,
)
from keepwell.config.mail import Post
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.evidence.models import Link, Piece
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.notices.abroad import Delivery, Webhook
from keepwell.platform.notices.hooks import payload
from keepwell.platform.people.models import Person
from keepwell.platform.search.indexing import catch_up
from tests.cast import TELLER, grant

Tlp = Incident.Tlp
WHY = "It names somebody."
ENTRY, INDICATOR, QUESTION = "Vermilion entry", "vermilion.exe", "Vermilion question"
EVIDENCE = "Vermilion evidence"
DIGEST = "5d41402abc4b2a76b9719d911017c592"
SLUGS = LISTS | {
    ENTRY: "timeline-entries",
    INDICATOR: "indicators",
    QUESTION: "exposure-answers",
    EVIDENCE: "evidence",
}
OUTLETS = ("list", "search", "dossier", "mail", "webhook", "stix", "csv", "start page")
TOLD = {
    # label: whom it may be told: Ben, who is named; Gina of the group, who is not; Faye from outside, who is not
    Tlp.CLEAR: {"Ben Tan", "Gina Ho", "Faye Roth"},
    Tlp.GREEN: {"Ben Tan", "Gina Ho", "Faye Roth"},
    Tlp.AMBER: {"Ben Tan", "Gina Ho", "Faye Roth"},
    Tlp.STRICT: {"Ben Tan", "Gina Ho"},
    Tlp.RED: {"Ben Tan"},
}
GOES_OUT = {Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.STRICT}
"""What may stand in a bundle for the group, whoever takes it out."""
NO_WAY = {
    # outlets that never tell of a kind, whatever its label: a register without a search, nothing of it in STIX
    TASK: set(), COST: {"search", "start page"}, MEETING: {"stix", "start page"}, NOTICE: {"stix"},
    ENTRY: {"start page"}, INDICATOR: {"start page"}, QUESTION: {"stix"},
    REVIEW: {"stix", "start page"}, REPORT: {"start page"}, EVIDENCE: {"stix", "start page"},
}  # fmt: skip
MINE = {TASK: {"Ben Tan"}, QUESTION: {"Ben Tan", "Gina Ho"}, NOTICE: {"Gina Ho"}}
"""On whose start page it stands at all: whose task it is, whose site is asked, who may approve what another drafted."""


@override_settings(MAIL=Post(host="mail.example"))
class LabelsByOutlet(Outlets, Work, TestCase):
    """40 cells for each of ten kinds, each looked at as three people."""

    maxDiff = None

    def scene(self) -> None:
        super().scene()
        fresh = Incident.objects.get(pk=self.incident.pk)
        self.made[ENTRY] = rules.enter(fresh, by=self.ben, says=ENTRY)
        self.made[INDICATOR] = indicators.add_indicator(
            fresh, by=self.ben, kind=Indicator.Kind.MD5, value=DIGEST, file_name=INDICATOR, tlp=Tlp.AMBER
        ).new[0]  # fmt: skip
        exposure.ask_sites(fresh, by=self.ben, says=QUESTION, until="23:00", sites="KHH1")
        self.made[QUESTION] = ExposureAnswer.objects.get()
        facts = evidence.Facts(title=EVIDENCE, unit=self.khh1)
        self.made[EVIDENCE] = evidence.attach(
            facts, by=self.ben, files=[], links=["https://logs.example/1"], to=fresh
        )
        with acting(TELLER, "story.hook"):
            for who in (self.gina, self.faye):
                grant(who, "administrator", self.khh1)
            self.hook = Webhook(name="siem", unit=self.group, url="https://siem.example/", reader=self.ben,
                                registers=sorted(SLUGS.values()))  # fmt: skip
            self.hook.save()

    def mark_all(self, label: Tlp) -> None:
        """Give everything that label by its act, as who decides and is named."""
        acts = {
            ENTRY: rules.mark_entry, INDICATOR: indicators.change_known, QUESTION: rules.mark_question,
            TASK: rules.mark_task, COST: rules.mark_cost, MEETING: rules.mark_meeting, NOTICE: rules.mark_notice,
            REVIEW: rules.mark_review, REPORT: rules.mark_report,
        }  # fmt: skip
        self.mark_link(label)
        for words, made in self.made.items():
            record = type(made).objects.get(pk=made.pk)
            if words != EVIDENCE and record.tlp != label:
                given = {} if words == INDICATOR else {"reason": WHY}
                acts[words](record, by=self.ada, tlp=label, **given)
        catch_up()

    def mark_link(self, label: Tlp) -> None:
        piece = self.made[EVIDENCE]
        if (piece.proves.get().tlp or "amber") != label:
            incident = Incident.objects.get(pk=self.incident.pk)
            proving.mark_evidence(incident, by=self.ada, evidence=piece.reference, tlp=label, reason=WHY)

    def told(self, who: Person) -> dict[tuple[str, str], bool]:
        """Whether each outlet tells `who` of each kind."""
        self.sign_in(who)
        self.hook.reader = who
        found: dict[tuple[str, str], bool] = {}
        once = {
            "search": re.sub("</?mark>", "", self.read("/search/?q=vermil")),
            "dossier": self.read(f"/api/incidents/{self.incident.pk}/dossier"),
            "stix": self.read(f"/api/incidents/{self.incident.pk}/stix?audience=strict"),
            "start page": self.read("/"),
        }
        for words, made in self.made.items():
            record, slug = type(made).objects.get(pk=made.pk), SLUGS[words]
            change = Change.objects.filter(record_id=record.pk).latest("id")
            sent = payload(Delivery(webhook=self.hook, change_id=change.pk))
            texts = once | {
                "list": self.read(f"/{slug}/"), "csv": self.read(reverse(f"{slug}-take-out", args=["csv"])),
                "mail": self.letter(who, record, words), "webhook": words if sent else "",
            }  # fmt: skip
            texts["start page"] = texts["start page"].replace(str(record.pk), words)
            texts["stix"] = texts["stix"].replace("77123", COST).replace(str(self.made[REPORT]), REPORT)
            texts["dossier"] = texts["dossier"].replace(str(self.made[REPORT]), REPORT)
            found |= {(words, outlet): words in texts[outlet] for outlet in OUTLETS}
        return found

    def wrong(self) -> list[tuple[str, str, str, str]]:
        """Every cell that tells whom it must not, or keeps from whom it may tell: label, kind, outlet, reader."""
        cells, found = 0, []
        for label, may in TOLD.items():
            self.mark_all(label)
            for who in (self.ben, self.gina, self.faye):
                for (words, outlet), is_told in self.told(who).items():
                    cells += 1
                    goes = outlet != "stix" or label in GOES_OUT
                    mine = outlet != "start page" or who.name in MINE.get(words, ())
                    must = who.name in may and goes and mine and outlet not in NO_WAY[words]
                    found += [(str(label), words, outlet, who.name)] if is_told is not must else []
        self.assertEqual(cells, 5 * 8 * 10 * 3)
        return found

    def test_tell_whom_they_may_and_nobody_else(self) -> None:
        self.assertEqual(self.wrong(), [])

    def test_an_outlet_that_ignores_marks_is_found(self) -> None:
        """The control: where no mark withholds anything, every list betrays what is RED to Gina, who is not named."""
        kinds = {type(one) for one in self.made.values()}
        with ExitStack() as stack:
            for kind in (*kinds - {Piece}, Marked, Link):
                stack.enter_context(
                    patch.object(kind, "withheld_from", classmethod(lambda cls, person: Q(pk__in=[])))
                )
            self.mark_all(Tlp.RED)
            self.sign_in(self.gina)
            betrayed = {words for words in self.made if words in self.read(f"/{SLUGS[words]}/")}
        self.assertEqual(set(self.made) - betrayed, set())
