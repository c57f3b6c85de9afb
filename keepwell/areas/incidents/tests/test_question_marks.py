"""Marks of questions to sites and of their answers: five labels by every outlet, worked out by hand from TLP 2.0."""

from __future__ import annotations

import re
from unittest.mock import patch

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import ExposureAnswer, Incident, TimelineEntry
from keepwell.areas.incidents.rules import exposure
from keepwell.areas.incidents.tests.outlets import Outlets
from keepwell.areas.incidents.tests.test_marks import Widened
from keepwell.config.mail import Post
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.notices.abroad import Delivery, Webhook
from keepwell.platform.notices.hooks import payload
from keepwell.platform.people.models import Person
from keepwell.platform.search.indexing import catch_up
from tests.cast import TELLER, grant

Tlp = Incident.Tlp
ASKS, WHY = "Vermilion tool in use?", "It names somebody."
# Who reads a question under which label: TLP 2.0 lets CLEAR and GREEN go on to more than the group, AMBER to the group
# and whom it works with who need to know, AMBER+STRICT to the group alone, RED to those named and nobody else.
READS = {
    # label: Ben, named; Gina, of the group, not named; Faye, from outside, not named
    Tlp.CLEAR: (True, True, True), Tlp.GREEN: (True, True, True), Tlp.AMBER: (True, True, True),
    Tlp.STRICT: (True, True, False), Tlp.RED: (True, False, False),
}  # fmt: skip
OUTLETS = (
    "list",
    "record",
    "search",
    "dossier",
    "mail",
    "webhook",
    "programs",
    "csv",
    "room",
    "start page",
    "due",
)


class Asked(Widened):
    """A question to KHH1 about an incident there: Ben is named, Gina and Faye look after the site and are not."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(override_settings(MAIL=Post(host="mail.example")))
        exposure.ask_sites(self.fresh(), by=self.ben, says=ASKS, until="23:00", sites="KHH1")
        self.asked = ExposureAnswer.objects.get()
        with acting(TELLER, "story.hook"):
            for who in (self.gina, self.faye):
                grant(who, "administrator", self.khh1)
            self.hook = Webhook(name="siem", unit=self.group, url="https://siem.example/", reader=self.ben,
                                registers=["exposure-answers"])  # fmt: skip
            self.hook.save()

    def fresh(self) -> Incident:
        return Incident.objects.get(pk=self.incident.pk)

    def set_mark(self, tlp: Tlp) -> None:
        rules.mark_question(ExposureAnswer.objects.get(pk=self.asked.pk), by=self.ada, tlp=tlp, reason=WHY)
        catch_up()


class EveryOutlet(Outlets, Asked, TestCase):
    def told(self, who: Person) -> dict[str, bool]:
        """Whether each outlet tells `who` of the question: by its words, or by its address."""
        self.sign_in(who)
        asked = ExposureAnswer.objects.get(pk=self.asked.pk)
        pk, own = self.incident.pk, reverse("exposure-answers-do", args=[asked.pk, "answer"])
        self.hook.reader = who
        change = Change.objects.filter(record_id=asked.pk).latest("id")
        texts = {
            "list": self.read("/exposure-answers/"),
            "record": self.read(reverse("exposure-answers-record", args=[asked.pk])),
            "search": re.sub("</?mark>", "", self.read("/search/?q=vermilion+tool")).replace("q=vermilion", ""),
            "dossier": self.read(f"/api/incidents/{pk}/dossier"),
            "mail": self.letter(who, asked, ASKS),
            "webhook": ASKS if payload(Delivery(webhook=self.hook, change_id=change.pk)) else "",
            "programs": self.read("/api/exposure-answers"),
            "csv": self.read(reverse("exposure-answers-take-out", args=["csv"])),
            "room": self.read(reverse("incident-room", args=[pk])),
            "start page": self.read("/").replace(own, ASKS), "due": self.read("/due/").replace(own, ASKS),
        }  # fmt: skip
        part = texts["room"].partition('id="room-exposed"')[2].partition("</section>")[0]
        texts["room"] = texts["room"] + (ASKS if "<table" in part else "")
        return {name: ASKS in text for name, text in texts.items()}

    def cells(self) -> list[tuple[str, str, str]]:
        """Label, reader and outlet of every cell that tells otherwise than it must."""
        wrong = []
        # The start page lists what is due, and for Faye that is nothing of this.
        quiet = {(self.faye, "start page")}
        for label, expected in READS.items():
            self.set_mark(label)
            for who, reads in zip((self.ben, self.gina, self.faye), expected, strict=True):
                told = self.told(who)
                self.assertEqual(set(told), set(OUTLETS))
                wrong += [(str(label), who.name, name) for name, found in told.items()
                          if found is not (reads and (who, name) not in quiet)]  # fmt: skip
            self.assertFalse(any(self.told(self.sam).values()))
        return wrong

    def test_obeys_every_label(self) -> None:
        self.assertEqual(self.cells(), [])

    def test_that_obeys_none_is_found_by_it(self) -> None:
        """The control: where nothing is withheld by marks, every cell that must be silent is wrong."""
        with patch.object(ExposureAnswer, "withheld_from", lambda person: Q(pk__in=[])):
            wrong = self.cells()
        speak = ("list", "programs", "csv", "record", "room", "mail", "webhook", "due")
        kept = (("strict", "Faye Roth"), ("red", "Gina Ho"), ("red", "Faye Roth"))
        self.assertEqual({(*one, name) for one in kept for name in speak} - set(wrong), set())


class Marking(Asked, TestCase):
    def mark(self, tlp: Tlp, by: Person) -> None:
        rules.mark_question(ExposureAnswer.objects.get(pk=self.asked.pk), by=by, tlp=tlp, reason=WHY)

    def test_is_narrowed_by_who_works_on_it_and_widened_by_who_decides(self) -> None:
        self.mark(Tlp.RED, self.ben)
        with self.assertRaises(PermissionDenied):
            self.mark(Tlp.GREEN, self.ben)
        self.mark(Tlp.GREEN, self.ada)
        with self.assertRaises(PermissionDenied):
            self.mark(Tlp.STRICT, self.sam)

    def test_takes_with_it_what_the_timeline_tells(self) -> None:
        exposure.answer(self.asked, by=self.ben, exposed=ExposureAnswer.State.EXPOSED, reason="Two tools")
        self.mark(Tlp.RED, self.ben)
        told = TimelineEntry.objects.filter(incident=self.incident, verb__in=("asked", "answered"))
        self.assertEqual([one.tlp for one in told], ["red", "red"])

    def test_leaves_somebody_who_can_answer(self) -> None:
        with acting(TELLER, "story.leave"):
            for who in (self.ada, self.ben):
                who.account.is_active = False
                who.account.save()
        with (
            self.assertRaisesMessage(Refused, "Nobody who may answer at KHH1 could read it then"),
            acting(TELLER, "x"),
        ):
            rules.mark_question.rule(self.asked, by=self.ben, tlp=Tlp.RED, reason=WHY)
