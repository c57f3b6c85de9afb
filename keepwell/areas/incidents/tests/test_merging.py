"""A merged incident: the other one takes over what it had, and each of its clocks goes on there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.metrics import ended
from keepwell.areas.incidents.models import (
    Clock,
    ExposureAnswer,
    Incident,
    IncidentEvent,
    IncidentNotice,
    NoticeFact,
    Report,
)
from keepwell.areas.incidents.rules import clocks, exposure, merging, notices, splitting, tasks
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.areas.organization.models import CriticalSystem
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence.models import Link, Piece
from keepwell.platform.history.acting import acting
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.people.models import Person
from keepwell.platform.todos.todo import due_from
from tests.cast import NOW, TELLER, grant, person

AFTER = utc(17, 0)
YEAR = Scope.of_year(2025, today=date(2025, 11, 17))
ENGLISH, PORTAL = IncidentNotice.Language.ENGLISH, IncidentNotice.Channel.PORTAL


class Story(Ticking):
    """At PEN1 they knew at 23:00 UTC on the 12th; at KHH1 at 18:31 on the 13th. It is one attack, and KHH1's goes on."""

    def scene(self) -> None:
        super().scene()
        self.is_a("gdpr_controller", self.mat)
        self.confirm("gdpr-33")
        with acting(TELLER, "story.grant"):
            grant(self.ben, "site_officer", self.pen1)
        self.twin = self.report(
            "The same in Penang", self.pen1, aware_at=utc(12, 23), detected_at=utc(12, 22)
        )

    def at(self, incident: Incident, **links: Any) -> None:
        incident.refresh_from_db()
        with acting(TELLER, "story.links"):
            incident.save(links=links)

    def merge(self, at: datetime = NOW, into: Incident | None = None) -> Incident:
        with moments.standing_at(at):
            twin = Incident.objects.get(pk=self.twin.pk)
            merging.merge(twin, by=self.ada, number=(into or self.incident).number, reason="One attack")
        self.twin.refresh_from_db()
        self.incident.refresh_from_db()
        return self.incident

    def told(self, incident: Incident) -> str:
        return " | ".join(one.told for one in incident.timeline.standing().order_by("number"))

    def send(self, clock: Clock, at: datetime, reason: str = "") -> IncidentNotice:
        with moments.standing_at(at):
            notice = notices.draft(clock, by=self.ben, language=ENGLISH)
            notices.approve(notice, by=self.ada, reason="In haste")
            notices.record_sent(notice, by=self.ben, channel=PORTAL, proof="R-1", reason=reason)
        return notice

    def undo(self) -> Incident:
        self.incident.refresh_from_db()
        return splitting.take_apart(
            self.incident, {}, by=self.ada, number=self.twin.number, reason="Two attacks"
        )


class TakingOver(Story, TestCase):
    def test_takes_the_sites_the_systems_and_the_earlier_moments(self) -> None:
        system = self.save(CriticalSystem(code="MES-09", name="Stations", unit=self.pen1))
        self.at(self.twin, systems=[system], affected_units=[self.khh2])
        kept = self.merge()
        self.assertEqual({one.code for one in kept.affected_units.all()}, {"PEN1", "KHH2"})
        self.assertEqual(list(kept.systems.all()), [system])
        self.assertEqual((kept.aware_at, kept.detected_at), (utc(12, 23), utc(12, 22)))
        self.assertIn("aware since 2025-11-13 07:00, as of IN-2025-0002", self.told(kept))
        self.assertIn("2 sites", self.told(kept))

    def test_takes_no_later_moment(self) -> None:
        self.save(self.twin, aware_at=utc(13, 20), detected_at=utc(13, 20))
        self.assertEqual(self.merge().aware_at, utc(13, 18, 31))
        self.assertNotIn("The site is taken as aware since", self.told(self.incident))
        self.assertIn("PEN1 counts as aware since 2025-11-14 04:00, for itself.", self.told(self.incident))

    def test_takes_events_and_facts_it_has_not_and_never_overwrites(self) -> None:
        self.save(
            IncidentEvent(incident=self.twin, kind="media_discovery", at=utc(13, 20), note="Evening news")
        )
        self.save(NoticeFact(incident=self.twin, factor="high_risk", holds=True))
        self.save(NoticeFact(incident=self.twin, factor="significant_incident", holds=True))
        self.save(NoticeFact(incident=self.incident, factor="significant_incident", holds=False))
        kept = self.merge()
        self.assertEqual([one.note for one in kept.events.exclude(kind="awareness")], ["Evening news"])
        known = {one.factor: one.holds for one in kept.notice_facts.all()}
        self.assertEqual(known, {"high_risk": True, "significant_incident": False})
        says = "significant_incident: False / True"
        self.assertIn(f"what is known here stands: {says}", self.told(kept))
        self.assertIn(f"knows otherwise: {says}", self.told(self.twin))

    def test_is_classified_by_what_both_know_and_never_lower(self) -> None:
        self.classify(plant=3)
        level = Incident.objects.get(pk=self.incident.pk).level
        self.classify(self.twin, personal_data=True)
        kept = self.merge()
        self.assertEqual((kept.factors, kept.level), ({"plant": 3, "personal_data": True}, level))
        self.assertEqual(kept.classifications.count(), 2)

    def test_takes_a_graver_level_that_somebody_decided(self) -> None:
        self.classify(plant=0)
        self.twin.refresh_from_db()
        rules.classify(self.twin, by=self.ada, facts={"plant": 0}, level=3, reason="The Board was told")
        self.assertEqual(self.merge().level, 3)

    def test_takes_a_decision_on_materiality_where_none_was_taken(self) -> None:
        self.classify(self.twin, plant=3)
        self.twin.refresh_from_db()
        rules.decide_materiality(self.twin, by=self.ada, is_material=True, basis="Loss of NT$ 400 m")
        kept = self.merge()
        self.assertEqual(
            (kept.is_material, kept.material_by, kept.material_basis), (True, self.ada, "Loss of NT$ 400 m")
        )

    def test_takes_evidence_and_what_is_said_of_customers_and_suppliers(self) -> None:
        with acting(TELLER, "story.piece"):
            piece = Piece(title="The image", unit=self.pen1, owner=self.ada, received_on=NOW.date())
            piece.save()
            Link(
                piece=piece,
                kind=Incident.type_name(),
                record_id=self.twin.pk,
                by=self.ada,
                at=NOW,
                reason="Disk",
            ).save()
        self.save(self.twin, suppliers="S-0712", customers="C-0148")
        self.save(self.incident, customers="C-0031")
        kept = self.merge()
        self.assertEqual((kept.suppliers, kept.customers), ("S-0712", "C-0031; C-0148"))
        self.assertEqual(Link.objects.current().filter(record_id=kept.pk).get().piece, piece)

    def test_takes_questions_and_what_is_owed_leads_there(self) -> None:
        self.twin.refresh_from_db()
        one = exposure.ask_sites(self.twin, by=self.ada, says="Is X in use?", until="09:00", sites="KHH1")[0]
        self.merge()
        owed = [one for one in due_from(self.ben, moments.today()) if "exposed" in one.act]
        self.assertEqual(len(owed), 1)
        self.sign_in(self.ben)
        page = self.client.post(owed[0].url, {"exposed": "not_exposed", "reason": ""})
        self.assertEqual(page.status_code, 302)
        self.assertEqual([(one.pk, one.state) for one in ExposureAnswer.objects.filter(incident=self.incident)],
                         [(one.pk, "not_exposed")])  # fmt: skip
        self.assertIn("KHH1 answers: not exposed.", self.told(self.incident))


class Clocks(Story, TestCase):
    """KHH1 lies under MAT, which must tell of personal data; at PEN1 nobody has to. The twin touches KHH1 too."""

    def scene(self) -> None:
        super().scene()
        self.at(self.twin, affected_units=[self.khh1])
        self.classify(self.twin, personal_data=True)
        self.theirs = self.clocks(self.twin)["gdpr-33"]

    def test_go_on_with_the_earlier_end_and_say_where(self) -> None:
        self.assertNotIn("gdpr-33", self.clocks())
        self.merge()
        ours = self.clocks()["gdpr-33"]
        self.assertEqual((ours.state, ours.due_at), ("running", utc(15, 23)))
        self.theirs.refresh_from_db()
        self.assertEqual((self.theirs.state, self.theirs.lapse["clock"]), ("lapsed", str(ours.pk)))
        self.assertEqual(
            self.theirs.why, "The incident was merged into IN-2025-0001; the clock goes on there."
        )
        self.sign_in(self.ada)
        page = self.client.get(reverse("clocks-record", args=[self.theirs.pk]))
        self.assertContains(page, reverse("clocks-record", args=[ours.pk]))

    def test_keep_who_looks_after_them(self) -> None:
        clocks.assign(self.theirs, by=self.ada, owner=self.ada)
        self.merge()
        self.assertEqual(self.clocks()["gdpr-33"].owner, self.ada)

    def test_that_were_missed_are_missed_here_once_with_their_reason(self) -> None:
        with moments.standing_at(AFTER):
            clocks.give_reason(self.theirs, by=self.ada, reason="Nobody was there")
        self.merge(AFTER)
        with moments.standing_at(AFTER):
            ours = self.clocks()["gdpr-33"]
            self.assertEqual(
                (ours.state_now, ours.reason, ours.reason_by), ("missed", "Nobody was there", self.ada)
            )
            self.assertEqual(list(ended(YEAR)), [ours])

    def test_that_were_met_are_met_here_by_the_same_proof(self) -> None:
        self.send(self.theirs, utc(14, 1))
        self.merge(utc(14, 2))
        ours = self.clocks()["gdpr-33"]
        self.assertEqual((ours.state, ours.done_at), ("met", utc(14, 1)))
        self.assertEqual([one.proof for one in ours.notices.current()], ["R-1"])

    def test_that_were_late_are_late_here(self) -> None:
        self.send(self.theirs, AFTER, reason="Nobody was there")
        self.merge(utc(17, 1))
        ours = self.clocks()["gdpr-33"]
        self.assertEqual((ours.state, ours.done_at, ours.reason), ("late", AFTER, "Nobody was there"))
        self.assertEqual(list(ended(YEAR)), [ours])

    def test_that_nobody_asks_for_here_are_told_of_and_lapse_with_that_reason(self) -> None:
        self.classify(personal_data=False)
        self.merge()
        self.theirs.refresh_from_db()
        self.assertEqual((self.theirs.state, self.theirs.lapse["cause"]), ("lapsed", "merged_without"))
        self.assertIn("any more: gdpr-33 (MAT, 2025-11-15 23:00 UTC).", self.told(self.incident))

    def test_that_were_missed_where_nobody_asks_for_them_here_stand_here_for_good(self) -> None:
        self.classify(personal_data=False)
        self.merge(AFTER)
        with moments.standing_at(AFTER):
            ours = self.clocks()["gdpr-33"]
            self.assertEqual((ours.pk, ours.state_now, ours.needs_reason), (self.theirs.pk, "missed", True))
            self.assertEqual(list(ended(YEAR)), [ours])
            self.assertIn("It ran in IN-2025-0002, which was merged into this incident.", ours.why)
            self.classify(personal_data=False)
            self.assertEqual(list(Clock.objects.missed(AFTER)), [ours])

    def test_that_were_met_where_nobody_asks_for_them_here_stand_with_their_proof(self) -> None:
        self.classify(personal_data=False)
        self.send(self.theirs, utc(14, 1))
        self.merge(utc(14, 2))
        ours = self.clocks()["gdpr-33"]
        self.assertEqual((ours.state, ours.notices.get().proof), ("met", "R-1"))
        self.assertNotIn("stays so", ours.why)

    def test_with_a_notice_under_way_take_it_along_or_tell_that_it_is_abandoned(self) -> None:
        draft = notices.draft(self.theirs, by=self.ben, language=ENGLISH)
        self.merge()
        draft.refresh_from_db()
        self.assertEqual((draft.clock, draft.state), (self.clocks()["gdpr-33"], "drafted"))
        back = self.undo()
        draft.refresh_from_db()
        self.assertEqual(draft.clock, self.clocks(back)["gdpr-33"])

    def test_with_two_notices_under_way_abandon_that_of_the_merged(self) -> None:
        self.classify(personal_data=True)
        ours = notices.draft(self.clocks()["gdpr-33"], by=self.ben, language=ENGLISH)
        theirs = notices.draft(self.theirs, by=self.ben, language=ENGLISH)
        self.merge()
        self.assertEqual(list(self.clocks()["gdpr-33"].notices.current()), [ours])
        theirs.refresh_from_db()
        self.assertEqual(theirs.retired_reason, "Its incident was merged into IN-2025-0001.")
        self.assertIn("A notice prepared in IN-2025-0002 is not sent from here", self.told(self.incident))


class Contradicting(Story, TestCase):
    def test_moments_stay_as_they_are_and_are_told(self) -> None:
        """It happened here after the twin was detected: one of both is another matter, or wrong."""
        self.save(self.incident, happened_at=utc(13, 1), detected_at=utc(13, 2))
        kept = self.merge()
        self.assertEqual((kept.happened_at, kept.detected_at), (utc(13, 1), utc(13, 2)))
        self.assertIn("happened 2025-11-13 01:00 UTC / detected 2025-11-12 22:00 UTC", self.told(self.twin))


class Undoing(Story, TestCase):
    def test_gives_back_clocks_events_questions_and_moments(self) -> None:
        self.at(self.twin, affected_units=[self.khh1])
        self.classify(self.twin, personal_data=True)
        self.classify(personal_data=False)
        theirs = self.clocks(self.twin)["gdpr-33"]
        self.save(IncidentEvent(incident=self.twin, kind="media_discovery", at=utc(13, 20)))
        self.twin.refresh_from_db()
        exposure.ask_sites(self.twin, by=self.ada, says="Is X in use?", until="09:00", sites="KHH1")
        self.merge(AFTER)
        with moments.standing_at(AFTER):
            back = self.undo()
        self.incident.refresh_from_db()
        self.assertEqual(self.clocks(back)["gdpr-33"], theirs)
        self.assertNotIn("gdpr-33", self.clocks())
        self.assertEqual(self.incident.aware_at, utc(13, 18, 31))
        self.assertFalse(self.incident.events.current().exists())
        self.assertEqual(back.exposure_answers.count(), 1)


class Restricted(Story, TestCase):
    def restrict(self, incident: Incident) -> None:
        incident.refresh_from_db()
        rules.restrict(incident, by=self.ada, reason="Names in it")

    def test_is_merged_into_none_that_more_may_know(self) -> None:
        self.restrict(self.twin)
        report = self.told_report()
        says = "More people know IN-2025-0001 than IN-2025-0002: restrict or mark it alike first."
        with self.assertRaisesMessage(Refused, says):
            self.merge()
        self.restrict(self.incident)
        rules.name_person(self.incident, by=self.ada, person=self.ben, reason="Works on it")
        with self.assertRaisesMessage(Refused, "Ben Tan may know IN-2025-0001 and not all of IN-2025-0002"):
            self.merge()
        report.refresh_from_db()
        self.assertEqual((report.incident, self.twin.retired_at), (self.twin, None))

    def test_is_merged_into_one_for_the_same_people(self) -> None:
        self.restrict(self.twin)
        self.restrict(self.incident)
        self.assertEqual(self.merge().number, "IN-2025-0001")
        self.assertIsNotNone(self.twin.retired_at)

    def test_gives_its_number_to_nobody_who_may_not_know_it(self) -> None:
        self.restrict(self.incident)
        self.at(self.twin, affected_units=[self.khh1])
        self.classify(self.twin, personal_data=True)
        clock = self.clocks(self.twin)["gdpr-33"]
        self.merge()
        clock.refresh_from_db()
        self.assertEqual(self.twin.retired_reason, "Merged into …: One attack")
        self.assertNotIn(self.incident.number, f"{self.told(self.twin)} {clock.why} {clock.lapse}")

    def test_tells_nothing_to_those_whom_the_other_one_is_kept_from(self) -> None:
        self.save(NoticeFact(incident=self.twin, factor="significant_incident", holds=True))
        self.save(NoticeFact(incident=self.incident, factor="significant_incident", holds=False))
        self.restrict(self.incident)
        self.merge()
        self.assertIn("what is known here stands: significant_incident", self.told(self.incident))
        self.assertNotIn("significant_incident", self.told(self.twin))

    def told_report(self) -> Report:
        made: Report = self.save(Report(unit=self.pen1, says="Somebody did it", incident=self.twin))
        return made


class Marked(Story, TestCase):
    """A mark by which fewer read goes over to none that more may read, and a wider one takes the narrower on."""

    def mark(self, incident: Incident, tlp: str) -> None:
        incident.refresh_from_db()
        rules.mark(incident, by=self.ada, tlp=Incident.Tlp(tlp), reason="Ours alone")

    def outside(self) -> Person:
        with acting(TELLER, "story.grant"):
            faye = person("X0000008", "Faye Roth", self.group, kind="external", responsible=self.ada)
            grant(faye, "site_officer", self.group)
        return faye

    def test_strict_goes_into_no_wider_one_and_into_its_like(self) -> None:
        self.mark(self.twin, "strict")
        with self.assertRaisesMessage(Refused, "More people know IN-2025-0001 than IN-2025-0002"):
            self.merge()
        self.mark(self.incident, "strict")
        self.assertEqual(self.merge().tlp, "strict")

    def test_amber_is_taken_on_by_one_that_was_green(self) -> None:
        self.mark(self.incident, "green")
        self.assertEqual(self.merge().tlp, "amber")

    def test_strict_is_kept_from_whom_is_named_from_outside(self) -> None:
        faye = self.outside()
        for one in (self.twin, self.incident):
            self.mark(one, "strict")
        rules.name_person(self.incident, by=self.ada, person=faye, reason="Forensics")
        with self.assertRaisesMessage(Refused, "Faye Roth may know IN-2025-0001 and not all of IN-2025-0002"):
            self.merge()
        rules.name_person(self.twin, by=self.ada, person=faye, reason="Forensics")
        self.assertIsNotNone(self.merge().named.get(person=faye))

    def test_a_red_task_is_kept_from_whom_is_named_there_alone(self) -> None:
        for one, who in ((self.twin, self.ada), (self.incident, self.ada), (self.incident, self.ben)):
            one.refresh_from_db()
            rules.name_person(one, by=self.ada, person=who, reason="Works on it")
        tasks.add_task(self.twin, by=self.ada, what="Pay nothing", until="23:00", tlp=Incident.Tlp.RED)
        with self.assertRaisesMessage(Refused, "Ben Tan may know IN-2025-0001 and not all of IN-2025-0002"):
            self.merge()
        rules.name_person(self.twin, by=self.ada, person=self.ben, reason="Works on it")
        self.assertEqual(self.merge().tasks.get().tlp, "red")

    def test_a_red_task_goes_nowhere_where_nobody_could_read_it(self) -> None:
        self.twin.refresh_from_db()
        rules.name_person(self.twin, by=self.ada, person=self.ada, reason="Works on it")
        tasks.add_task(self.twin, by=self.ada, what="Pay nothing", until="23:00", tlp=Incident.Tlp.RED)
        with self.assertRaisesMessage(Refused, "is for who is named for IN-2025-0001, and you are not"):
            self.merge()
