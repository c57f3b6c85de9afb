"""Marks of reports and of evidence, and whom reports and incidents concern: people here, and people who come later."""

from __future__ import annotations

from keepwell.areas.incidents.models import ImplicatedPerson, Incident, Report
from keepwell.areas.incidents.rules import implicating, intake, mark_report, proving
from keepwell.areas.incidents.tests.keeping import Place, Word
from keepwell.areas.incidents.tests.kept import Dice, Secrets
from keepwell.areas.incidents.tests.newcoming import NEWCOMERS
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.people.models import Person
from tests.cast import TELLER

REASON = "It was tried."


class Concerning(Secrets):
    """Who is kept out of what concerns them."""

    def concern(self, dice: Dice) -> None:
        """A report comes that says whom it concerns, and joins an incident."""
        with self.on(dice) as (actor, matter, incident):
            text, concerns = self.text(), self.means(dice)
            made = Report(unit=incident.unit, says=text, concerns=concerns)
            with acting(TELLER, "story.report"):
                made.save()
            intake.join(made, by=actor, number=matter.number)
            self.write(text, "report", made, Place(matter), unit=made.unit)
            self.mean(self.model.words[-1], dice)

    def means(self, dice: Dice) -> str:
        """How the report calls whom it concerns."""
        if dice.other % 3 == 0:
            return list(NEWCOMERS.values())[dice.by % len(NEWCOMERS)][1][dice.which % 3]
        who = self.people[1 + dice.other % (len(self.people) - 1)]
        return (who.name, " ".join(reversed(who.name.split())), who.number.lower(), who.mail)[dice.by % 4]

    def mean(self, word: Word, dice: Dice) -> None:
        """Let the model know whom that concerns: who holds no right is kept out once they do."""
        if dice.other % 3 == 0:
            number = list(NEWCOMERS)[dice.by % len(NEWCOMERS)]
            here = [one.pk for one in self.people if one.number == number]
            (word.out if here else word.meant).update(here or [number])
            return
        who = self.people[1 + dice.other % (len(self.people) - 1)].pk
        (word.out if self.model.reads_somewhere(who) else word.meant).add(who)

    def keep_out(self, dice: Dice) -> None:
        with self.trying(actor := self.officer(dice.by)):
            word = self.pick(
                [one for one in self.model.words if one.kind == "report" and one.places], dice.which
            )
            may, whom = self.model.may_read(actor.pk, word), self.who(dice.other)
            report = Report.objects.select_related("unit", "incident__unit").get(pk=word.record.pk)
            implicating.keep_out(report, by=actor, person=whom, reason=REASON)
            assert may, f"{actor} keeps somebody out of what they may not read"
            word.out.add(whom.pk)
            word.meant.discard(whom.pk)
            for matter in word.past:
                matter.out.add(whom.pk)

    def keep_out_of_incident(self, dice: Dice) -> None:
        with self.on(dice, names=True) as (actor, matter, incident):
            whom = self.who(dice.other)
            implicating.keep_out_of_incident(incident, by=actor, person=whom, reason=REASON)
            matter.out.add(whom.pk)

    def let_in(self, dice: Dice) -> None:
        with self.trying(actor := self.officer(dice.by)):
            rows = ImplicatedPerson.objects.in_force().select_related(
                "report__incident", "incident", "person"
            )
            one = self.pick(rows.order_by("at", "pk"), dice.which)
            word = next((found for found in self.model.words if found.record.pk == one.report_id), None)
            matter = next((found for found in self.model.matters if found.pk == one.incident_id), None)
            may = (
                self.model.may_read(actor.pk, word) if word else matter and self.model.knows(actor.pk, matter)
            )
            implicating.clear(one, by=actor, reason=REASON)
            assert may, f"{actor} lets somebody into what they may not read"
            for found in (word, matter):
                if found is not None:
                    found.out.discard(one.person_id)

    def arrive(self, dice: Dice) -> None:
        """Somebody is entered by the identity provider, and becomes an officer by the rule of a group."""
        with self.trying(self.story.ada):
            here = {one.number for one in self.people}
            number = self.pick([one for one in NEWCOMERS if one not in here], dice.which)
            made = self.story.arrive(number)
            self.people.append(made)
            self.model.held[made.pk] = {("site_officer", self.story.khh1.pk)}
            self.model.turn_up(made.pk, number)


class Marking(Secrets):
    """Marks of reports, and of what proves something."""

    def mark_report(self, dice: Dice) -> None:
        with self.trying(actor := self.officer(dice.by)):
            word = self.word_of("report", dice)
            may = self.model.may_read(actor.pk, word)
            report = Report.objects.select_related("unit", "incident__unit").get(pk=word.record.pk)
            mark_report(report, by=actor, tlp=dice.label, reason=REASON)
            assert may, f"{actor} marks what they may not read"
            word.places = [Place(one.matter, dice.label) for one in word.places]

    def mark_proof(self, dice: Dice) -> None:
        with self.trying(actor := self.officer(dice.by)):
            word = self.word_of("proof", dice)
            place = word.places[dice.other % len(word.places)]
            may = self.may_know_link(actor, word, place)
            incident = Incident.objects.select_related("unit").get(pk=place.matter.pk)
            proving.mark_evidence(
                incident, by=actor, evidence=str(word.record.reference), tlp=dice.label, reason=REASON
            )
            assert may, f"{actor} marks what they may not know of"
            place.mark = str(dice.label)

    def may_know_link(self, who: Person, word: Word, place: Place) -> bool:
        return self.model.knows(who.pk, place.matter) and place in self.model.open_to(who.pk, word)

    def word_of(self, kind: str, dice: Dice) -> Word:
        found = [one for one in self.model.words if one.kind == kind and one.places]
        if not found:
            raise Refused("There is none.")
        return found[dice.which % len(found)]
