"""A restricted incident with a word of its own in every text of it and of everything that hangs on it.

What hangs on it is found from the models: whatever leads to an incident, or to a piece of evidence, by a relation. A new
column of text must be planted here, or be told why nobody writes into it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.apps import apps
from django.db import models

from keepwell.areas.incidents.models import (
    AnswerMail,
    ImplicatedPerson,
    Incident,
    IncidentLink,
    Indicator,
    MeetingMail,
    NamedPerson,
    NoticeMail,
    ReceiptMail,
)
from keepwell.platform.evidence import custody
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.evidence.intake import Incoming, taken
from keepwell.platform.evidence.models import CustodyEntry, Piece
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER
from tests.house import drawn

SLUGS = (
    "classifications", "timeline-entries", "clocks", "incident-events", "facts-for-notices", "reports",
    "report-words", "files-of-reports", "received-mails", "escalation-calls", "exposure-answers", "indicators",
    "response-meetings", "incident-costs", "incident-tasks", "incident-notices", "clause-questions", "implicated-persons",
    "incident-reviews",
)  # fmt: skip
"""What hangs on an incident, each after what it leads through."""
BY_MACHINES = {
    "retired_reason", "shipped_text", "zone", "verb", "rule", "stage", "occasion", "playbook", "language", "receipt", "phone",
    "currency", "kind", "media_type", "sha256", "mark", "worker", "problem", "sealed_code", "number", "reference",
}  # fmt: skip
"""Columns of codes, marks and digests; why something was retired stands in the timeline too, where a word is planted."""
FOR_OTHERS = {"ExposureAnswer.asks", "ExposureAnswer.words"}
"""What those are asked who may not know the incident, and what they answer: it lies at their site."""
SHAPES = {
    "error": "550 5.1.1 <{}@told.example> is unknown",
    "mail": "{}@told.example", "sender": "{}@told.example", "recipient": "{}@told.example", "address": "{}@told.example",
    "bridge": "https://meet.example/{}", "message_id": "<{}@told.example>", "answers": "<{}@told.example>",
}  # fmt: skip
"""How a word is written where not any text is taken."""
JSONS: dict[str, Callable[[str], Any]] = {
    "Incident.grounds": lambda word: {"effect": [word]}, "Classification.grounds": lambda word: {"effect": [word]},
    "TimelineEntry.facts": lambda word: {"name": word}, "Clock.reckoning": lambda word: {"told": word},
    "IncidentLink.moved": lambda word: {"events": [word]},
    "ResponseMeeting.invited": lambda word: [f"{word}@told.example"],
    "IncidentNotice.contents": lambda word: {"nature": word}, "ReportFile.told": lambda word: {"subject": word},
}  # fmt: skip
"""How a word is written into a column that holds more than a text."""
OF_CODES = {
    "Incident.factors", "Classification.factors", "Incident.attack", "Clock.lapse", "CustodyEntry.digests",
}  # fmt: skip
"""Such columns of codes, digests and numbers of incidents: nobody writes words into them."""
WORD = re.compile(r"qz\d{3}z")


def behind() -> list[Any]:
    """Every model whose rows hang on an incident or prove something about it."""
    found: list[Any] = [Incident, Piece]
    of_all = [model for model in apps.get_models() if not model._meta.auto_created]
    while more := [model for model in of_all if model not in found and _leads_to(model, found)]:
        found += more
    return found


def _leads_to(model: Any, found: list[Any]) -> bool:
    relations = (models.ForeignKey, models.OneToOneField)
    return any(
        isinstance(one, relations) and one.related_model in found for one in model._meta.concrete_fields
    )


def texts_of(model: Any) -> Iterator[str]:
    """The columns into which somebody writes words."""
    for one in model._meta.concrete_fields:
        is_text = isinstance(one, models.CharField | models.TextField) and not one.choices
        if is_text and one.name not in BY_MACHINES and f"{model.__name__}.{one.name}" not in FOR_OTHERS:
            yield one.name


def columns_of(model: Any) -> Iterator[str]:
    """Those that hold more than a text, into which somebody writes words."""
    for one in model._meta.concrete_fields:
        if isinstance(one, models.JSONField) and f"{model.__name__}.{one.name}" not in OF_CODES:
            yield one.name


@dataclass
class Planted:
    """The incident, the row of each model, and which word stands in which column."""

    incident: Incident
    rows: dict[Any, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def word(self, place: str) -> str:
        """A word that stands nowhere else; `place` is kept with it."""
        made = f"qz{next(self.numbers):03d}z"
        self.words[made] = place
        return made

    def fill(self, row: Any, but: str = "") -> Any:
        """Write a word into each text of `row`, which is not saved yet, `but` into one."""
        name = type(row).__name__
        for text in texts_of(type(row)):
            if text != but:
                setattr(row, text, SHAPES.get(text, "{}").format(self.word(f"{name}.{text}")))
        for column in columns_of(type(row)):
            place = f"{name}.{column}"
            if place in JSONS:
                setattr(row, column, JSONS[place](self.word(place)))
        return row

    def hang(self, row: Any, but: str = "") -> Any:
        """Let `row` belong to the incident, and to what is planted of it already."""
        for one in row._meta.concrete_fields:
            is_set = (
                isinstance(row, IncidentLink) or one.name == "report" and isinstance(row, ImplicatedPerson)
            )
            if one.is_relation and one.related_model in self.rows and not is_set:
                setattr(row, one.name, self.rows[one.related_model])
        self.rows[type(row)] = self.fill(row, but)
        row.save()
        return row


def planted(unit: Unit, *, knows: Person, elsewhere: Unit) -> Planted:
    """An incident of `unit` that touches `elsewhere`, for `knows` alone from its first moment on."""
    with acting(TELLER, "story.plant"):
        found = Planted(Incident(unit=unit, kind="infected-system", is_restricted=True))
        found.fill(found.incident)
        found.incident.lead = found.incident.material_by = knows
        found.incident.is_material, found.incident.material_at = True, found.incident.reported_at
        found.incident.save(links={"affected_units": [elsewhere]})
        found.rows[Incident] = found.incident
        found.hang(NamedPerson(incident=found.incident, person=knows, by=knows))
        for slug in SLUGS:
            row = drawn(slug, unit, knows, 0)
            if isinstance(
                row, ImplicatedPerson
            ):  # of the incident itself, not of the report it was drawn with
                row.report = None
            found.hang(row, but="file_name" if slug == "indicators" else "")
        digest = Indicator(kind="md5", value="5d41402abc4b2a76b9719d911017c592", person=knows)
        found.hang(digest, but="value")
        other = Incident(title=found.word("Incident.title"), unit=unit, is_restricted=True)
        other.save()
        NamedPerson(incident=other, person=knows, by=knows, reason="It belongs to it.").save()
        found.hang(IncidentLink(first=found.incident, second=other, person=knows))
    for mail in (MeetingMail(), NoticeMail(asked_by=knows), AnswerMail(), ReceiptMail()):
        mail.state = "failed"
        found.hang(mail)
    prove(found, unit, knows)
    for row in (found.incident, *(row for row in found.rows.values() if hasattr(row, "reference"))):
        found.words[getattr(row, "reference", "") or row.number] = f"{type(row).__name__} by number"
    return found


def prove(found: Planted, unit: Unit, by: Person) -> None:
    """Keep a file and an object that prove something about it, on hold, in custody."""
    word = found.word
    more = {name: word(f"Piece.{name}") for name in ("description", "source", "received_from")}
    with taken([Incoming(f"{word('File.name')}.log", [word("content of the file").encode()])]) as files:
        piece = evidence.attach(
            evidence.Facts(title=word("Piece.title"), unit=unit, more=more), by=by, files=files,
            links=[f"https://logs.example/{word('Version.links')}"], to=found.incident, reason=word("Link.reason"),
        )  # fmt: skip
    found.rows[Piece] = piece
    version = piece.versions.get()
    version.says = word("Version.says")
    piece.held_at, piece.held_reason = version.at, word("Piece.held_reason")
    with acting(TELLER, "story.prove"):
        version.save(), piece.save()
    keep(found, unit, by)


def keep(found: Planted, unit: Unit, by: Person) -> None:
    """Take an object into custody, and let it go to somebody outside."""
    word = found.word
    told = custody.Circumstances(
        word("CustodyEntry.whereabouts"), word("CustodyEntry.purpose"), CustodyEntry.Manner.SEIZED,
        seal=word("CustodyEntry.seal"), remark=word("CustodyEntry.says"),
    )  # fmt: skip
    more = {"received_from": word("CustodyEntry.received_from")}
    disk = custody.attach_object(
        evidence.Facts(word("Piece.title"), unit, more=more), custody.Holder(by), told, by=by, sha256="a" * 64,
        to=found.incident, serial=word("Piece.serial"),
    )  # fmt: skip
    custody.hand_over(
        Piece.objects.select_related("unit").get(pk=disk.pk), by=by, sha256_after="a" * 64,
        outside=word("CustodyEntry.holder_name"), organization=word("CustodyEntry.holder_organization"),
        whereabouts="Laboratory", purpose="Imaging",
    )  # fmt: skip
