"""What is written about incidents, who is to know them, and where they lie: acts of the walk that security.md R9 asks for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from hashlib import md5
from typing import Any
from uuid import UUID

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import IncidentLink, IncidentTask, Indicator, Report
from keepwell.areas.incidents.registers import Incidents
from keepwell.areas.incidents.rules import costs, indicators, intake, links, merging, parts, splitting, tasks
from keepwell.areas.incidents.tests.keeping import ORDER, READ_INCIDENTS, Matter, Place
from keepwell.areas.incidents.tests.kept import MOST_MATTERS, Dice, Secrets
from keepwell.kernel import moments
from keepwell.platform.evidence.rules import Facts, attach
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.people.models import Grant
from keepwell.platform.registers.writing import change
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, grant

REASON = "It was tried."
ROLES = ("site_officer", "auditor", "secretariat", "consultant")


class Writing(Secrets):
    """What is written about incidents."""

    def make(self, dice: Dice) -> None:
        actor = self.officer(dice.by)
        with self.trying(actor):
            if len(self.model.matters) >= MOST_MATTERS:
                raise Refused("There are enough.")
            place = (self.story.khh1, self.story.khh1, self.story.khh2, self.story.pen1)[dice.other % 4]
            made = self.begun(place)
            is_kept = dice.other // 4 % 2 == 0
            if is_kept:
                rules.restrict(made, by=actor, reason=REASON)
            named: dict[UUID, Any] = {actor.pk: None} if is_kept else {}
            self.take_in(made, is_restricted=is_kept, named=named)

    def report(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            text = self.text()
            made = Report(unit=incident.unit, says=text, tlp="" if dice.mark == "red" else dice.mark)
            with acting(TELLER, "story.report"):
                made.save()
            intake.join(made, by=actor, number=matter.number)
            self.write(text, "report", made, Place(matter, made.tlp), unit=made.unit)

    def enter(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            made = rules.enter(incident, by=actor, says=self.text(), tlp=dice.mark)
            self.write(made.says, "entry", made, Place(matter, made.tlp))

    def owe(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            whom = self.officer(dice.other) if dice.other % 2 else None
            made = tasks.add_task(incident, by=actor, what=self.text(), until="23:00", to=whom, tlp=dice.own)
            self.write(made.title, "task", made, Place(matter, dice.mark))

    def seen(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            text = self.text()
            digest = md5(text.encode(), usedforsecurity=False).hexdigest()
            made = indicators.add_indicator(
                incident, by=actor, kind=Indicator.Kind.MD5, value=digest, file_name=f"{text}.exe",
                tlp=dice.own,
            ).new[0]  # fmt: skip
            self.write(text, "indicator", made, Place(matter, made.tlp))

    def cost(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            made = costs.record_cost(
                incident, by=actor, what=self.text(), amount=Decimal(77), currency="TWD",
                tlp=dice.own,
            )  # fmt: skip
            self.write(made.what, "cost", made, Place(matter, dice.mark))

    def prove(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            text = self.text()
            facts = Facts(title=text, unit=incident.unit)
            made = attach(facts, by=actor, files=[], links=[f"https://logs.example/{text}"], to=incident)
            self.write(text, "proof", made, Place(matter), unit=incident.unit)


class Keeping(Secrets):
    """Who is to know them."""

    def restrict(self, dice: Dice) -> None:
        with self.on(dice, names=True) as (actor, matter, incident):
            rules.restrict(incident, by=actor, reason=REASON)
            self.shut(matter, actor.pk, incident.lead_id)

    def shut(self, matter: Matter, *first: Any) -> None:
        matter.is_restricted = True
        matter.named |= {who: None for who in first if who}

    def lift(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            rules.lift(incident, by=actor, reason=REASON)
            matter.is_restricted = False

    def mark(self, dice: Dice) -> None:
        is_shut = self.model.matters[dice.which % len(self.model.matters)].is_restricted
        with self.on(dice, names=dice.label == "red" and not is_shut) as (actor, matter, incident):
            rules.mark(incident, by=actor, tlp=dice.label, reason=REASON)
            if dice.label == "red" and not is_shut:
                self.shut(matter, actor.pk, incident.lead_id)
            matter.tlp = dice.label

    def take_up(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            rules.acknowledge(incident, by=actor)

    def name(self, dice: Dice) -> None:
        with self.on(dice, names=True) as (actor, matter, incident):
            until = None if dice.by % 3 else self.now + timedelta(hours=1 + dice.which % 30)
            made = rules.name_person(
                incident, by=actor, person=self.who(dice.other), reason=self.text(), until=until
            )
            matter.named[made.person_id] = until
            self.write(made.reason, "named", made, Place(matter))

    def take_off(self, dice: Dice) -> None:
        with self.on(dice, names=True) as (actor, matter, incident):
            found = self.pick(incident.named.in_force().order_by("since", "pk"), dice.other)
            rules.take_off(found, by=actor, reason=REASON)
            matter.named[found.person_id] = self.now

    def break_glass(self, dice: Dice) -> None:
        actor, (matter, _incident) = self.officer(dice.by), self.matter(dice.which)
        with self.trying(actor):
            rules.break_glass(matter.number, by=actor, reason=REASON)
            assert actor.pk == self.story.ada.pk, f"{actor} breaks glass"
            matter.named[actor.pk] = self.now + timedelta(hours=24)

    def hand_on(self, dice: Dice) -> None:
        with self.trying(actor := self.officer(dice.by)):
            task = self.pick(
                IncidentTask.objects.open().select_related("incident__unit").order_by("pk"), dice.which
            )
            matter = next(one for one in self.model.matters if one.pk == task.incident_id)
            tasks.hand_on(task, by=actor, to=self.officer(dice.other))
            assert self.model.knows(actor.pk, matter), f"{actor} hands on what is kept from them"

    def mark_task(self, dice: Dice) -> None:
        actor = self.officer(dice.by)
        with self.trying(actor):
            word = self.pick(
                [one for one in self.model.words if one.kind == "task" and one.places], dice.which
            )
            task = IncidentTask.objects.select_related("incident__unit", "person").get(pk=word.record.pk)
            may = self.model.may_read(actor.pk, word)
            rules.mark_task(task, by=actor, tlp=dice.label, reason=REASON)
            assert may, f"{actor} marks what they may not read"
            word.places = [Place(word.places[0].matter, dice.label)]


class Moving(Secrets):
    """Where they lie, who holds what there, and which is which."""

    def give(self, dice: Dice) -> None:
        with self.trying(self.story.ada):
            whom, role = self.who(dice.which), ROLES[dice.by % len(ROLES)]
            place = self.pick(Unit.objects.order_by("code"), dice.other)
            held = self.model.held.setdefault(whom.pk, set())
            if (role, place.pk) in held:
                raise Refused("They hold it.")
            with acting(TELLER, "story.grant"):
                grant(whom, role, place)
            held.add((role, place.pk))
            if role in READ_INCIDENTS:
                self.model.turn_up(whom.pk)

    def end(self, dice: Dice) -> None:
        with self.trying(self.story.ada):
            rows = (
                Grant.objects.current()
                .exclude(person__in=[self.story.ada, self.story.ben])
                .exclude(person__kind="machine")
            )
            found = self.pick(rows.order_by("person__number", "role", "unit__code"), dice.which)
            with acting(TELLER, "story.end"):
                found.retire("It ended.")
                found.save()
            self.model.held[found.person_id].discard((found.role, found.unit_id))

    def move(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            unit = self.pick(Unit.objects.filter(kind="site").order_by("code"), dice.other)
            change(Incidents, incident, {"unit": unit.code}, version=incident.version, by=actor)
            matter.lay.add(matter.unit)
            matter.unit = unit.pk

    def touch(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            unit = self.pick(Unit.objects.filter(kind="site").order_by("code"), dice.other)
            change(Incidents, incident, {"affected_units": unit.code}, version=incident.version, by=actor)
            matter.touched = {unit.pk}

    def link(self, dice: Dice) -> None:
        second, _two = self.matter(dice.other)
        with self.on(dice, second) as (actor, matter, incident):
            links.link(incident, by=actor, number=second.number, reason=REASON)

    def merge(self, dice: Dice) -> None:
        second, _two = self.matter(dice.other)
        with self.on(dice, second) as (actor, matter, incident):
            out = self.model.out_of(matter)
            merging.merge(incident, by=actor, number=second.number, reason=REASON)
            matter.is_gone = True
            second.touched |= {matter.unit, *matter.touched}
            second.tlp = max(second.tlp, matter.tlp, key=ORDER.index)
            second.out |= out
            self.settle()

    def split(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            if len(self.model.matters) >= MOST_MATTERS:
                raise Refused("There are enough.")
            kind = parts.KINDS[dice.by % 5]
            chosen = self.pick(parts.offered(incident, actor)[kind], dice.other)
            made = splitting.split(
                incident, {kind: [str(chosen.pk)]}, by=actor, title=self.text(), reason=REASON
            )
            facts = {
                "tlp": matter.tlp,
                "is_restricted": matter.is_restricted,
                "out": self.model.out_of(matter),
            }
            named = {who: until for who, until in matter.named.items() if self.model.is_named(who, matter)}
            self.take_in(made, named=named, **facts)
            self.settle()

    def take_apart(self, dice: Dice) -> None:
        actor = self.officer(dice.by)
        with self.trying(actor):
            rows = (
                IncidentLink.objects.current().filter(kind="merged").select_related("first", "second__unit")
            )
            found = self.pick(rows.order_by("at", "pk"), dice.which)
            by_key = {one.pk: one for one in self.model.matters}
            matter, back = by_key[found.second_id], by_key[found.first_id]
            chosen = list(parts.offered(found.second, actor)["reports"])
            given = {"reports": [str(chosen[dice.other % len(chosen)].pk)]} if chosen else {}
            splitting.take_apart(found.second, given, by=actor, number=back.number, reason=REASON)
            assert self.model.knows(actor.pk, matter) and self.model.knows(actor.pk, back), (
                f"{actor} takes apart"
            )
            back.is_gone = False
            back.out |= self.model.out_of(matter)
            if matter.is_restricted and not back.is_restricted:
                self.model.keep_like(back, matter)
            else:
                back.tlp = max(back.tlp, matter.tlp, key=ORDER.index)
            self.settle()

    def hours_pass(self, dice: Dice) -> None:
        self.now += timedelta(hours=1 + dice.other % 30)
        with moments.standing_at(self.now):
            self.look()
