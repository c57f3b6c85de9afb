"""Every door by which somebody could learn what incidents say, and what is read there as somebody."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import resolve, reverse

from keepwell.areas.incidents.tests.keeping import Matter, Word
from keepwell.areas.incidents.tests.outlets import Outlets
from keepwell.platform.history.models import Change
from keepwell.platform.history.sequencer import seal
from keepwell.platform.notices.abroad import Delivery, Webhook
from keepwell.platform.notices.hooks import payload
from keepwell.platform.people.models import Person
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.search.indexing import catch_up


@dataclass
class Asked:
    """Who opens a door, and, where it leads to one thing, to which."""

    who: Person
    matter: Matter
    word: Word
    hook: Webhook


class Doors(Outlets):
    """Mix into a TestCase of the cast: each door as a method of the one who opens it, who is signed in."""

    def page(self, name: str, asked: Asked) -> str:
        return self.read(reverse(name, args=[asked.matter.pk]))

    def found(self, asked: Asked, address: str) -> str:
        """What a search finds for all of a word but its last letter, for the page says again what was asked."""
        catch_up()
        return re.sub("</?mark>", "", self.read(f"{address}?q={asked.word.text[:-1]}"))

    def feed(self, asked: Asked) -> str:
        page = self.client.post(reverse("calendar")).content.decode()
        found = re.search(r"calendar/[\w-]{43}\.ics", page)
        assert found is not None, page[:500]
        return self.read("/" + found[0])

    def row_of_the_trail(self, asked: Asked) -> str:
        seal()
        change = Change.objects.filter(record_id=asked.word.record.pk).earliest("id")
        return self.read(reverse("trail-row", args=[change.leaf]))

    def hooked(self, asked: Asked) -> str:
        change = Change.objects.filter(record_id=asked.word.record.pk).latest("id")
        asked.hook.reader = asked.who
        return asked.word.text if payload(Delivery(webhook=asked.hook, change_id=change.pk)) else ""

    def its_record(self, asked: Asked, pattern: str) -> str:
        """The record in which a word stands, as its register shows it."""
        kinds = {register.record: slug for slug, register in REGISTERS.items()}
        return self.read(pattern.format(slug=kinds[type(asked.word.record)], pk=asked.word.record.pk))

    def mailed(self, asked: Asked) -> str:
        return self.letter(
            asked.who, type(asked.word.record).objects.get(pk=asked.word.record.pk), asked.word.text
        )


def at(path: str) -> Callable[[Any, Asked], str]:
    """A door that is the same for all, and is there."""
    return lambda doors, asked: doors.read(path) if resolve(path) else ""


def of_incident(name: str) -> Callable[[Any, Asked], str]:
    """A page of one incident."""
    return lambda doors, asked: doors.page(name, asked)


def to_incident(path: str) -> Callable[[Any, Asked], str]:
    """What programs read of one incident."""
    return lambda doors, asked: doors.read(f"/api/incidents/{asked.matter.pk}{path}")


Door = tuple[Callable[[Any, Asked], str], tuple[str, ...]]
"""How it is opened, and which kinds of words it must show to whom their register shows them."""
DOORS: dict[str, Door] = {
    "list": (at("/incidents/"), ("title", "number")), "programs": (at("/api/incidents"), ("title",)),
    "csv": (at("/incidents/take-out.csv"), ("title",)),
    "workbook": (lambda doors, asked: doors.unpacked("/incidents/take-out.xlsx"), ("title",)),
    "entries": (at("/timeline-entries/"), ()), "entries for programs": (at("/api/timeline-entries"), ()),
    "tasks": (at("/incident-tasks/"), ()), "tasks for programs": (at("/api/incident-tasks"), ()),
    "indicators": (at("/indicators/"), ()), "costs": (at("/api/incident-costs"), ()),
    "named": (at("/api/named-persons"), ()), "reports": (at("/reports/"), ()), "reports for programs": (at("/api/reports"), ()),
    "evidence": (at("/evidence/"), ()), "meetings": (at("/response-meetings/"), ()),
    "meetings for programs": (at("/api/response-meetings"), ()), "told to others": (at("/incident-notices/"), ()),
    "told to others for programs": (at("/api/incident-notices"), ()), "questions": (at("/exposure-answers/"), ()),
    "questions for programs": (at("/api/exposure-answers"), ()),
    "reviews": (at("/incident-reviews/"), ()),
    "reviews for programs": (at("/api/incident-reviews"), ()),
    "clocks that run": (at("/clocks/running/"), ()),
    "questions taken out": (at("/exposure-answers/take-out.csv"), ()),
    "its record": (lambda doors, asked: doors.its_record(asked, "/{slug}/{pk}/"), ()),
    "its record for programs": (lambda doors, asked: doors.its_record(asked, "/api/{slug}/{pk}"), ()),
    "due": (at("/due/"), ()), "notices": (at("/notices/"), ()), "start": (at("/"), ()),
    "trail": (at("/administration/trail/"), ()),
    "figures": (at("/incident-figures/"), ()), "restricted": (at("/incidents/restricted/"), ()),
    "record": (of_incident("incidents-record"), ()), "room": (of_incident("incident-room"), ()),
    "split": (of_incident("incident-split"), ()), "way out": (of_incident("incident-out"), ()),
    "ask": (of_incident("incident-ask"), ()), "meet": (of_incident("incident-meet"), ()),
    "newest": (of_incident("incident-newest"), ()), "classify": (of_incident("incident-classify"), ()),
    "clocks": (of_incident("incident-clocks"), ()),
    "one for programs": (to_incident(""), ()), "dossier": (to_incident("/dossier"), ()),
    "stix": (to_incident("/stix?audience=red"), ()), "veris": (to_incident("/veris?audience=red"), ()),
    "search": (lambda doors, asked: doors.found(asked, "/search/"), ()),
    "search for programs": (lambda doors, asked: doors.found(asked, "/api/search"), ()),
    "calendar": (Doors.feed, ()), "row of the trail": (Doors.row_of_the_trail, ()), "webhook": (Doors.hooked, ()),
    "mail": (Doors.mailed, ()),
}  # fmt: skip
