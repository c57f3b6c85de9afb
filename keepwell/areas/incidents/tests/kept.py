"""People who write, restrict, name, break glass, merge and split in whatever order, beside a model of who may know what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from keepwell.areas.incidents.models import (
    ExposureAnswer,
    Incident,
    IncidentCost,
    IncidentNotice,
    IncidentReview,
    IncidentTask,
    Indicator,
    NamedPerson,
    Report,
    ResponseMeeting,
    TimelineEntry,
)
from keepwell.areas.incidents.rules import name_person, restrict
from keepwell.areas.incidents.tests.doors import DOORS, Asked, Doors
from keepwell.areas.incidents.tests.keeping import OF_ITSELF, Knowing, Matter, Place, Word
from keepwell.areas.incidents.tests.newcoming import Newcoming
from keepwell.kernel import moments
from keepwell.platform.evidence.models import Link, Piece
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.notices.abroad import Webhook
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import reading_once
from keepwell.platform.registers.writing import Mistakes
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast, account, grant, person
from tests.machine import rounds

REFUSALS = (Refused, PermissionDenied, Mistakes, ValidationError)
SAID: dict[str, tuple[Any, str]] = {
    "title": (Incident, "title"), "number": (Incident, "number"), "entry": (TimelineEntry, "says"),
    "task": (IncidentTask, "title"), "indicator": (Indicator, "file_name"), "cost": (IncidentCost, "what"),
    "named": (NamedPerson, "reason"), "report": (Report, "says"), "proof": (Piece, "title"),
    "meeting": (ResponseMeeting, "about"), "notice": (IncidentNotice, "subject"),
    "question": (ExposureAnswer, "asks"), "answer": (ExposureAnswer, "words"),
    "happened": (IncidentReview, "happened"), "causes": (IncidentReview, "causes"),
    "worked": (IncidentReview, "worked"), "failed": (IncidentReview, "failed"),
}  # fmt: skip
"""Where words of a kind are written."""
MOST_MATTERS = 6
WHOLE_EVERY = rounds(4, 10)
"""After how many acts that came to pass everything is looked at, for everybody."""
FEW_PEOPLE = rounds(2, 3)
"""At how many people each such act is looked at, in turn."""


class People(Newcoming, Doors, Cast):
    """The cast; Gina, who looks after KHH1 beside Ben and administers it, Faye, who does so from outside, and Hugo, who
    audits the group."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "cast.enter"):
            cls.gina = person("A0000007", "Gina Ho", cls.khh1)
            cls.faye = person("X0000008", "Faye Roth", cls.group, kind="external", responsible=cls.ada)
            cls.hugo = person("A0000009", "Hugo Lee", cls.group)
            for who, name, role, at in (
                (cls.gina, "gina", "site_officer", cls.khh1), (cls.faye, "faye", "site_officer", cls.khh1),
                (cls.hugo, "hugo", "auditor", cls.group), (cls.gina, "", "administrator", cls.khh1),
            ):  # fmt: skip
                if name:
                    account(who, name)
                grant(who, role, at)
            cls.hook = Webhook(name="siem", unit=cls.group, url="https://siem.example/", reader=cls.hugo,
                               registers=["incidents", "timeline-entries", "reports"])  # fmt: skip
            cls.hook.save()
            cls.build_provisioning()
        cls.everybody = (
            cls.ada, cls.ben, cls.cleo, cls.dan, cls.eva, cls.sam, cls.gina, cls.faye, cls.hugo,
        )  # fmt: skip


@dataclass(frozen=True)
class Dice:
    """What an act is tried with, drawn by chance."""

    by: int
    which: int
    other: int
    mark: str

    @property
    def own(self) -> Incident.Tlp | None:
        """A mark of its own, or none."""
        return Incident.Tlp(self.mark) if self.mark else None

    @property
    def label(self) -> Incident.Tlp:
        """A mark."""
        return self.own or Incident.Tlp.AMBER


class Looking:
    """What is looked at: whoever is looked at learns no more than the model allows, and no less by lists.

    After each act that came to pass, a few people in turn are asked for all that queries show them, and one door is
    opened as one of them; after every tenth (every fourth in a short test) it is all queries for everybody, and one door
    for each of them. Doors and people go round, so that each door is opened as each of the people.
    """

    story: People
    doors: Sequence[str]
    model: Knowing
    people: list[Person]
    now: datetime
    begins_at: ClassVar[int] = 0
    """Which door is the first to be opened, of all in turn."""

    def __init__(self) -> None:
        self.people = list(self.story.everybody)
        self.looks, self.turn = 0, self.begins_at

    def who(self, n: int) -> Person:
        return self.people[n % len(self.people)]

    def pick(self, rows: Any, n: int) -> Any:
        found = list(rows)
        if not found:
            raise Refused("There is none.")
        return found[n % len(found)]

    def look(self) -> None:
        """All that queries show to some or to everybody, and the next doors."""
        self.model.now = self.now
        self.looks += 1
        for matter in self.model.matters:
            matter.was_open = matter.was_open or not matter.is_restricted
        is_whole = self.looks % WHOLE_EVERY == 0
        for who in self.people if is_whole else self.looking():
            with reading_once():
                for model in {model for model, _name in SAID.values()}:
                    self.compare(who, model)
        for _door in self.people if is_whole else ("one",):
            self.turn += 1
            self.open_door(self.turn)

    def looking(self) -> Sequence[Person]:
        """A few people, the next in turn."""
        return [self.who(self.looks * FEW_PEOPLE + n) for n in range(FEW_PEOPLE)]

    def compare(self, who: Person, model: Any) -> None:
        """Whether `who` sees of a model what they must, and nothing else."""
        kinds = {kind: name for kind, (of, name) in SAID.items() if of is model}
        words = [one for one in self.model.words if one.kind in kinds]
        rows = model.objects.visible_to(who).values_list(*dict.fromkeys(kinds.values())) if words else ()
        seen = "\n".join("\n".join(row) for row in rows)
        for word in words:
            is_itself = word.kind in OF_ITSELF
            may = self.model.may_read(who.pk, word) if is_itself else self.model.lists(who.pk, word)
            assert (word.text in seen) == may, f"{who} {'must' if may else 'must not'} see a {word.kind}"

    def open_door(self, turn: int) -> None:
        """Open one door as one of the people, each with each in turn."""
        names, people = self.doors, self.people
        step = turn * 25 % (len(names) * len(people))
        who, name = people[step % len(people)], names[step // len(people)]
        asked = Asked(
            who, self.pick(self.model.matters, turn), self.pick(self.model.words, turn * 5), self.story.hook
        )
        who.refresh_from_db()
        self.story.sign_in(who)
        opens, shows = DOORS[name]
        text = opens(self.story, asked)
        # Lists show what lies where one stands: for Ada, the whole group.
        must_show = shows if name == "programs" or who == self.story.ada else ()
        for word in self.model.words:
            if word.kind == "number" and word.places[0].matter.was_open:
                continue
            if word.text in text:
                may = self.model.may_read(who.pk, word) or (
                    "trail" in name and self.model.reads_trail(who.pk, word)
                )
                assert may, f"{who} reads a {word.kind} by the door “{name}”"
            elif word.kind in must_show:
                assert not self.model.lists(who.pk, word), f"the door “{name}” keeps a {word.kind} from {who}"
        if name == "restricted" and "withheld" in text:
            count = self.model.withheld(who.pk)
            told = f"{count} more " if count else "There is none beside these"
            assert told in text, f"{who} is told of another count than {count}"


class Secrets(Looking):
    """Acts on incidents, each by anybody, beside the model that is told of them."""

    done: ClassVar[Counter[str]] = Counter()
    """How often each act was not refused."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now: datetime = NOW
        self.model = Knowing(NOW)
        self.count = 0
        self.trial, self.tried = "", list[str]()
        with moments.standing_at(NOW):
            for _one in range(2):
                self.take_in(self.begun(self.story.khh1))
            self.keep(self.model.matters[1])

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # Who acts on what.

    def officer(self, n: int) -> Person:
        """Mostly somebody who may do something."""
        able = (self.story.ben, self.story.ada, self.story.gina, self.story.faye)
        return able[n // 5 % len(able)] if n % 5 else self.who(n // 5)

    def matter(self, n: int) -> tuple[Matter, Incident]:
        found = self.pick(self.model.matters, n)
        return found, Incident.objects.select_related("unit", "lead").get(pk=found.pk)

    def text(self) -> str:
        """A word that stands nowhere yet."""
        self.count += 1
        return f"x{self.count:05d}x"

    def write(self, text: str, kind: str, record: Any, *places: Place, unit: Any = None) -> None:
        self.model.words.append(Word(text, kind, record, list(places), unit and unit.pk))

    def keep(self, matter: Matter) -> None:
        """Let an incident that Ben restricted be for him, Ada and Gina alone."""
        incident = Incident.objects.get(pk=matter.pk)
        restrict(incident, by=self.story.ben, reason="To begin with.")
        for who in (self.story.ada, self.story.gina):
            name_person(incident, by=self.story.ben, person=who, reason="To begin with.")
        matter.is_restricted, matter.was_open = True, False
        matter.named = {who.pk: None for who in (self.story.ben, self.story.ada, self.story.gina)}

    def begun(self, unit: Unit) -> Incident:
        """An incident as its first report tells it."""
        made = Incident(title=self.text(), unit=unit, kind="infected-system")
        with acting(TELLER, "story.report"):
            made.save()
        return made

    def take_in(self, incident: Incident, **facts: Any) -> Matter:
        """Let the model know of an incident whose title is a word."""
        found = Matter(incident.pk, incident.number, incident.unit_id, **facts)
        found.was_open = not found.is_restricted
        self.model.matters.append(found)
        for kind in ("title", "number"):
            self.write(getattr(incident, kind), kind, incident, Place(found))
        return found

    @contextmanager
    def on(
        self, dice: Dice, *others: Matter, names: bool = False
    ) -> Iterator[tuple[Person, Matter, Incident]]:
        """Inside, somebody tries an act on an incident, both drawn by chance."""
        actor, (matter, incident) = self.officer(dice.by), self.matter(dice.which)
        with self.trying(actor, matter, *others, names=names):
            yield actor, matter, incident

    @contextmanager
    def trying(self, who: Person, *matters: Matter, names: bool = False) -> Iterator[None]:
        """Inside, `who` tries an act on what they must know; where they name somebody, they must read all of it."""
        model = self.model
        knew = all(model.knows(who.pk, one) for one in matters)
        read = all(model.reads_all(who.pk, one) for one in matters)
        try:
            with moments.standing_at(self.now), transaction.atomic():
                yield
        except REFUSALS:
            return
        self.done[self.trial] += 1
        assert knew, f"{who} acts on what is kept from them"
        assert read or not names, f"{who} decides who reads what is kept from them"
        with moments.standing_at(self.now):
            self.look()

    def settle(self) -> None:
        """Look where words went, and that none went to who may know neither the one incident nor the other."""
        for word in self.model.words:
            if word.kind in OF_ITSELF:
                continue
            before = list(word.places)
            kept = [who.pk for who in self.people
                    if all(self.model.is_kept(who.pk, one.matter) for one in before)]  # fmt: skip
            word.places = list(self.places(word))
            self.leave(word, before)
            for who in kept:
                gained = [one.matter for one in word.places if not self.model.is_kept(who, one.matter)]
                assert all(self.model.is_named(who, one) for one in gained), (
                    f"a {word.kind} went where many know it"
                )

    def leave(self, word: Word, before: Sequence[Place]) -> None:
        """Where a report was stays kept from whom it concerns."""
        if word.kind != "report":
            return
        now = [one.matter for one in word.places]
        for matter in (one.matter for one in before if one.matter not in now):
            matter.out |= word.out
            word.past.append(matter)

    def places(self, word: Word) -> Iterator[Place]:
        model, name = SAID[word.kind]
        by_key = {one.pk: one for one in self.model.matters}
        rows = model.objects.filter(**{f"{name}__startswith": word.text})
        if word.kind == "proof":
            rows = Link.objects.current().filter(piece__in=rows)
            yield from (Place(by_key[key], mark) for key, mark in rows.values_list("record_id", "tlp"))
            return
        for row in rows.order_by("pk"):
            key = row.clock.incident_id if isinstance(row, IncidentNotice) else row.incident_id
            if row.retired_at is None and key in by_key:
                yield Place(by_key[key], getattr(row, "tlp", ""))
