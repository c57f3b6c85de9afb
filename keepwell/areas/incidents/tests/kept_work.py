"""What further is written while an incident is worked on: meetings, notices, questions to other sites, reviews."""

from __future__ import annotations

from datetime import timedelta

from keepwell.areas.incidents.models import (
    Clock,
    ExposureAnswer,
    Incident,
    IncidentNotice,
    IncidentReview,
    ResponseMeeting,
)
from keepwell.areas.incidents.models.reviews import PARTS
from keepwell.areas.incidents.rules import (
    classify,
    close,
    exposure,
    mark_meeting,
    mark_notice,
    mark_review,
    meeting,
    notices,
)
from keepwell.areas.incidents.tests.keeping import READ_INCIDENTS, Place, Word
from keepwell.areas.incidents.tests.kept import Dice, Secrets
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from tests.cast import TELLER

REASON = "It was tried."


class Answering(Secrets):
    """Who is called, told and asked, and what is learned of it."""

    def meet(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            made = meeting.call_meeting(
                incident, by=actor, bridge="https://meet.example/1", invite="soc@maker.example", about=self.text(),
                begins="23:00", tlp=dice.own,
            )  # fmt: skip
            self.write(made.about, "meeting", made, Place(matter, dice.mark))

    def tell(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            made = notices.draft(self.ticking(incident), by=actor, language=IncidentNotice.Language.ENGLISH)
            contents = {"what_happened": made.subject} if "what_happened" in made.contents else {}
            notices.write(made, by=actor, recipient="C-0148", subject=self.text(), contents=contents)
            self.write(made.subject, "notice", made, Place(matter))

    def ticking(self, incident: Incident) -> Clock:
        """A clock of the group's own rule that runs, and under which nobody has been told."""
        made = Clock(
            incident=incident, rule="group-escalation", stage="escalation", unit=incident.unit, duty="internal",
            state="running", zone="Asia/Taipei",
            start_at=self.now - timedelta(seconds=self.count), ends_at=self.now + timedelta(hours=4),
        )  # fmt: skip
        with acting(TELLER, "story.clock"):
            made.save()
        return made

    def ask(self, dice: Dice) -> None:
        with self.on(dice) as (actor, matter, incident):
            site = self.pick(exposure.sites_for(actor), dice.other)
            (made,) = exposure.ask_sites(
                incident, by=actor, says=self.text(), until="23:00", sites=str(site.code)
            )
            self.write(made.asks, "question", made, Place(matter), unit=made.unit)

    def answer(self, dice: Dice) -> None:
        """Those who are asked answer, though they may not know what they are asked about."""
        with self.trying(actor := self.officer(dice.by)):
            rows = ExposureAnswer.objects.current().filter(state=ExposureAnswer.State.OPEN)
            one = self.pick(
                rows.select_related("incident__unit", "unit").order_by("asked_at", "pk"), dice.which
            )
            exposure.answer(one, by=actor, exposed=ExposureAnswer.State.NOT_SURE, reason=self.text())
            assert self.model.holds(actor.pk, READ_INCIDENTS, {one.unit_id}), f"{actor} answers for a site"
            matter = next(found for found in self.model.matters if found.pk == one.incident_id)
            self.write(one.words, "answer", one, Place(matter), unit=one.unit)

    def review(self, dice: Dice) -> None:
        """It is over, and its review is written; then more comes up."""
        with self.on(dice) as (actor, matter, incident):
            if incident.level is None:
                classify(incident, by=actor, facts={"effect": True})
            self.put(incident, Incident.State.REVIEW)
            texts = {part: self.text() for part in PARTS}
            own = None if incident.reviews.exists() else dice.own
            incident.is_material, incident.material_basis = False, "Below the threshold."
            incident.material_at, incident.material_by = self.now, actor
            told = {"review" if part == "happened" else part: text for part, text in texts.items()}
            close(incident, by=actor, tlp=own, **told)
            made = incident.reviews.get()
            self.model.words = [word for word in self.model.words if word.record.pk != made.pk]
            for part, text in texts.items():
                self.write(text, part, made, Place(matter, made.tlp))
            self.put(incident, Incident.State.RESPONDING)

    def put(self, incident: Incident, state: str) -> None:
        """Let it stand at `state`, however it came there."""
        incident.state, incident.closed_at = state, None
        with acting(TELLER, "story.state"):
            incident.save()

    def mark_own(self, dice: Dice) -> None:
        """A meeting, a notice or a review gets a mark of its own."""
        with self.trying(actor := self.officer(dice.by)):
            kinds = ("meeting", "notice", *PARTS)
            words = [one for one in self.model.words if one.kind in kinds and one.places]
            word = self.pick(words, dice.which)
            may = self.model.may_read(actor.pk, word)
            self.mark_word(word, actor, dice)
            assert may, f"{actor} marks what they may not read"
            for one in self.model.words:
                if one.record.pk == word.record.pk:
                    one.places = [Place(word.places[0].matter, dice.label)]

    def mark_word(self, word: Word, actor: Person, dice: Dice) -> None:
        if word.kind == "meeting":
            called = ResponseMeeting.objects.select_related("incident__unit").get(pk=word.record.pk)
            mark_meeting(called, by=actor, tlp=dice.label, reason=REASON)
        elif word.kind in PARTS:
            learned = IncidentReview.objects.select_related("incident__unit").get(pk=word.record.pk)
            mark_review(learned, by=actor, tlp=dice.label, reason=REASON)
        else:
            told = IncidentNotice.objects.select_related("clock__incident__unit").get(pk=word.record.pk)
            mark_notice(told, by=actor, tlp=dice.label, reason=REASON)
