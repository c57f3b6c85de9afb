"""What open rooms take in: drawn once for all who see the same, and never for anybody who sees otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.improvement.models import Action
from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Clock, Incident, NamedPerson, Pulse, TimelineEntry
from keepwell.areas.incidents.pages import live
from keepwell.areas.incidents.pages.pulse import Mark, State
from keepwell.areas.incidents.rules import lessons, links, tasks
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.areas.incidents.tests.ticking import Ticking
from keepwell.areas.organization.models import CriticalSystem
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.need_to_know import knowledge, seeing_only, sight
from keepwell.platform.records.models import visible_to
from tests import machine
from tests.cast import NOW, TELLER, account, grant, person

MARK = re.compile(r"[0-9a-f-]{36}\.\d+\.\d+\.\d+\.[\w-]+")


class Rooms(Reported):
    """Ben leads at KHH1; with him in the room: Gina with the same right there, Ada for the group, Hana who reads, and
    Otto of another company, which the incident touches, who reads the group's incidents in Chinese."""

    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.people"):
            self.gina = self.comes("A0000021", "Gina Ho", "site_officer", self.khh1)
            self.hana = self.comes("A0000022", "Hana Sato", "auditor", self.khh1)
            self.otto = self.comes(
                "A0000023", "Otto Ong", "secretariat", self.group, language="zh-hant", home=self.pen1
            )
        rules.acknowledge(self.incident, by=self.ben)

    def comes(self, number: str, name: str, role: str, at: Any, home: Any = None, **facts: Any) -> Person:
        who = person(number, name, home or self.khh1, **facts)
        account(who, name.split()[0].lower())
        grant(who, role, at)
        who.account.refresh_from_db(fields=["epoch"])
        return who

    def asked(self, who: Person, mark: Mark | str = "", **query: str) -> Any:
        """What a screen of theirs is answered that shows `mark`."""
        self.sign_in(who)
        place = reverse("incident-newest", args=[self.incident.pk])
        return self.client.get(place, {"beat": str(mark), **query})

    def mark(self, who: Person | None = None) -> str:
        """The mark of a room opened now."""
        self.sign_in(who or self.ben)
        return str(self.client.get(reverse("incident-room", args=[self.incident.pk])).context["mark"])

    def enter(self, says: str, **more: str) -> TimelineEntry:
        return rules.enter(self.incident, by=self.ben, says=says, **more)


class Answers(Rooms, TestCase):
    def test_bring_the_timeline_alone_where_entries_alone_came(self) -> None:
        mark = self.mark()
        self.enter("Line 3 stands.")
        answer = self.asked(self.ben, mark)
        self.assertContains(answer, "Line 3 stands.")
        for part in ('id="timeline"', 'id="timeline-count"', 'id="pulse"'):
            self.assertContains(answer, part)
        for part in (
            'id="clocks"',
            'id="room-head"',
            'id="room-tasks"',
            'id="room-kin"',
            'id="room-lessons"',
            'id="enter"',
        ):
            self.assertNotContains(answer, part)

    def test_bring_all_where_anything_else_happened(self) -> None:
        for happens in (self.a_task, self.a_cost, self.an_act, self.a_correction, self.a_link):
            with self.subTest(happens.__name__):
                mark = self.mark()
                happens()
                answer = self.asked(self.ben, mark)
                for part in ("timeline", "clocks", "room-head", "room-acts", "room-first", "room-why", "room-tasks",
                             "room-touched", "room-exposed", "room-kin", "room-lessons"):  # fmt: skip
                    self.assertContains(answer, f'id="{part}"')

    def a_task(self) -> None:
        tasks.add_task(self.incident, by=self.ben, what="Cut zone 4", until="23:00")

    def a_cost(self) -> None:
        rules.record_cost(self.incident, by=self.ben, what="Line 3", amount=Decimal(1), currency="USD")

    def an_act(self) -> None:
        rules.classify(self.incident, by=self.ben, facts={"effect": True})

    def a_correction(self) -> None:
        rules.correct(self.enter("Line 2 stands."), by=self.ben, says="Line 3 stands.")

    def a_link(self) -> None:
        links.link(self.incident, by=self.ben, number=self.report("Another", self.khh1).number)

    def test_bring_the_rest_too_to_who_lacked_it_before_the_last_entries(self) -> None:
        mark = self.mark()
        self.a_task()
        self.enter("Line 3 stands.")
        self.assertContains(self.asked(self.ben, mark), "Cut zone 4")

    def test_bring_all_after_five_minutes_and_never_to_all_at_once(self) -> None:
        mark = Mark.read(self.mark())
        assert mark is not None
        ends = {Mark.of_whole(self.incident, State(1, 1, 1)).whole_at for _ in range(200)}
        self.assertGreater(max(ends) - min(ends), 30)
        for seconds, status in ((239, 204), (300, 200)):
            with moments.standing_at(NOW + timedelta(seconds=seconds)):
                self.assertEqual(self.asked(self.ben, mark).status_code, status)

    def test_bring_ones_own_entry_at_once_and_the_empty_form(self) -> None:
        mark = self.mark()
        place = reverse("incident-room", args=[self.incident.pk])
        for number in range(3):
            sent = {"says": f"Entry {number}", "kind": "observed", "beat": mark}
            answer = self.client.post(place, sent, headers={"HX-Request": "true"})
            self.assertContains(answer, f"Entry {number}")
            self.assertContains(answer, 'id="enter-says" name="says" value=""')
            self.assertNotContains(answer, 'id="clocks"')
            mark = next(iter(re.findall(r'name="beat" value="([^"]+)"', answer.content.decode())))
        wrong = {"says": "Keep line 4", "kind": "decision", "beat": mark}
        answer = self.client.post(place, wrong, headers={"HX-Request": "true"})
        self.assertContains(answer, "A decision has a reason")
        self.assertContains(answer, 'value="Keep line 4"')

    def test_let_an_entry_stand_that_was_written_while_the_incident_changed(self) -> None:
        before = Incident.objects.select_related("unit").get(pk=self.incident.pk)
        self.an_act()
        entry = rules.enter(before, by=self.ben, says="Line 3 stands.")
        self.assertEqual(entry.incident.version, self.incident.version)


class Beats(Ticking, TestCase):
    """Clocks and notices, which change by themselves, are told to open rooms too."""

    def test_are_raised_by_clocks_that_are_reckoned_anew(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        before = self.beats()
        self.confirm("gdpr-33")
        self.classify(personal_data=True)
        self.assertTrue(Clock.objects.filter(incident=self.incident).exists())
        self.assertGreater(self.beats(), before)

    def test_are_raised_by_a_clock_that_is_given_to_somebody(self) -> None:
        self.confirm("group-escalation")
        self.classify(effect=True)
        clock = Clock.objects.filter(incident=self.incident).first()
        assert clock is not None
        before = self.beats()
        self.save(clock, owner=self.ben)
        self.assertGreater(self.beats(), before)

    def beats(self) -> tuple[int, int]:
        pulse = Pulse.objects.filter(pk=self.incident.pk).values_list("beat", "besides").first()
        return pulse or (0, 0)


class Sharing(Rooms, TestCase):
    """Canaries of each kind: a system, another incident, a lesson, acts, links, language, place."""

    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.secrets"):
            system = CriticalSystem(
                code="CANARY-PEN", name="Canary controller", unit=self.pen1, owner=self.ada
            )
            system.save()
            self.incident.save(links={"systems": [system], "affected_units": [self.pen1]})
            other = Incident(title="Canary elsewhere", unit=self.pen1)
            other.save()
        links.link(self.incident, by=self.ada, number=other.number)
        self.lesson = lessons.raise_lesson(
            self.incident, by=self.ada, what="Canary lesson", to="A0000001", until=date(2025, 12, 1)
        )
        with acting(TELLER, "story.move"):
            self.lesson.unit = self.pen1
            self.lesson.save()
        rules.classify(self.incident, by=self.ben, facts={"effect": True})
        self.enter("Line 3 stands.")

    def test_shows_to_each_what_would_be_drawn_for_them_alone(self) -> None:
        everybody = [self.ben, self.gina, self.ada, self.hana, self.otto]
        alone = {who.pk: self.drawn_alone(who) for who in everybody}
        self.assertEqual(len(set(alone.values())), 4, "Gina sees what Ben sees, and nobody else.")
        for turn in permutations(everybody, machine.rounds(2, 3)):
            live._kept.clear()
            for who in turn:
                self.assertEqual(self.told(who), alone[who.pk], [str(one) for one in turn])

    def test_leaves_the_canaries_with_who_may_see_them(self) -> None:
        canaries = (
            "CANARY-PEN",
            "Canary elsewhere",
            f'id="lesson-{self.lesson.pk}',
            "do-respond",
            'id="correct-',
        )
        expected = {
            self.ben: "00011",
            self.gina: "00011",
            self.ada: "11111",
            self.otto: "11111",
            self.hana: "00000",
        }
        for turn in permutations(expected, 2):
            live._kept.clear()
            for who in turn:
                text = self.told(who)
                found = "".join(str(int(one in text)) for one in canaries)
                self.assertEqual(found, expected[who], f"{who} after {turn[0]}")

    def drawn_alone(self, who: Person) -> str:
        live._kept.clear()
        return self.told(who)

    def told(self, who: Person) -> str:
        """What they are shown, without their mark."""
        return MARK.sub("", self.asked(who).content.decode())

    def test_leaves_what_is_marked_red_with_who_is_named(self) -> None:
        with acting(TELLER, "story.name"):
            NamedPerson(incident=self.incident, person=self.ben, by=self.ada, reason="Leads.").save()
        self.enter("Canary in red", tlp="red")
        self.enter("Known to all")
        for turn in permutations([self.ben, self.gina, self.ada, self.hana], machine.rounds(2, 3)):
            live._kept.clear()
            for who in turn:
                text = self.told(who)
                self.assertEqual("Canary in red" in text, who == self.ben, [str(one) for one in turn])
                self.assertIn("Known to all", text)

    def test_draws_once_for_who_sees_the_same(self) -> None:
        mark = self.mark()
        self.enter("Line 4 stands.")
        costs = [self.cost_of(who, mark) for who in (self.ben, self.gina, self.gina)]
        self.assertLess(costs[1], costs[0])
        self.assertEqual(costs[1], costs[2])

    def cost_of(self, who: Person, mark: str) -> int:
        self.sign_in(who)
        place = reverse("incident-newest", args=[self.incident.pk])
        with CaptureQueriesContext(connection) as asked:
            self.client.get(place, {"beat": mark})
        return len(asked)

    def test_ends_with_the_right_whatever_is_kept(self) -> None:
        mark = self.mark(self.gina)
        self.enter("Line 4 stands.")
        self.assertEqual(self.asked(self.ben, mark).status_code, 200)
        self.assertEqual(self.asked(self.gina, mark).status_code, 200)
        for found in Grant.objects.filter(person=self.gina):
            with acting(TELLER, "story.end"):
                found.until = date(2025, 11, 12)
                found.save()
        self.assertEqual(self.asked(self.gina, mark).status_code, 404)
        self.assertEqual(self.asked(self.sam, mark).status_code, 404)
        self.assertEqual(self.asked(self.eva, mark).status_code, 404)

    def test_ends_for_who_is_taken_off_a_restricted_incident(self) -> None:
        rules.restrict(self.incident, by=self.ben, reason="Names in it.")
        named = rules.name_person(self.incident, by=self.ben, person=self.gina, reason="Helps.")
        mark = self.mark(self.gina)
        self.enter("Line 4 stands.")
        self.assertEqual(
            [self.asked(who, mark).status_code for who in (self.ben, self.gina, self.ada)], [200, 200, 404]
        )
        rules.take_off(named, by=self.ben, reason="Over.")
        self.assertEqual(self.asked(self.gina, mark).status_code, 404)

    def test_stays_at_the_place_of_who_looks(self) -> None:
        for code in ("KHH1", "MAT", "KHH1"):
            answer = self.asked(self.ada, unit=code)
            self.assertContains(answer, f"?unit={code}")
            self.assertEqual(set(re.findall(r"\?unit=(\w+)", answer.content.decode())), {code})

    def test_shows_one_kind_to_who_looks_at_one(self) -> None:
        self.enter("Cut zone 4.", kind="decision", reason="Spread")
        for kind, seen in (("", True), ("decision", False), ("", True)):
            self.assertEqual("Line 3 stands." in self.asked(self.ben, kind=kind).content.decode(), seen)


class Sights(Rooms, TestCase):
    def test_are_alike_where_the_same_is_seen_and_only_there(self) -> None:
        models = (Incident, TimelineEntry, Clock, CriticalSystem)
        self.assertEqual(sight(self.ben, models), sight(self.gina, models))
        others = [sight(who, models) for who in self.people()]
        self.assertEqual(len(set(others)), len(others) - 1)

    def people(self) -> Iterator[Person]:
        yield from (self.ben, self.gina, self.hana, self.ada, self.otto, self.dan, self.sam)

    def test_are_ones_own_where_rows_may_be(self) -> None:
        self.assertNotEqual(sight(self.ben, (Action,)), sight(self.gina, (Action,)))

    def test_differ_by_what_one_is_named_for(self) -> None:
        rules.restrict(self.incident, by=self.ben, reason="Names in it.")
        self.assertNotEqual(sight(self.ben, (Incident,)), sight(self.gina, (Incident,)))
        rules.name_person(self.incident, by=self.ben, person=self.gina, reason="Helps.")
        self.assertEqual(sight(self.ben, (Incident,)), sight(self.gina, (Incident,)))

    def test_know_less_than_rights(self) -> None:
        """What everybody in the room sees is drawn once, whatever else they may."""
        models = (Incident, TimelineEntry)
        self.assertEqual(knowledge(self.ben, models), knowledge(self.otto, models))
        self.assertNotEqual(knowledge(self.ben, models), knowledge(self.dan, models), "Dan is from outside.")

    def test_refuse_what_a_part_does_not_declare(self) -> None:
        entries = TimelineEntry.objects.all()
        with seeing_only((), knowing=(TimelineEntry,)):
            list(entries.readable_by(self.ben))
            with self.assertRaisesMessage(RuntimeError, "TimelineEntry decides on what is drawn"):
                visible_to(entries, self.ben)
        with (
            seeing_only(()),
            self.assertRaisesMessage(RuntimeError, "TimelineEntry decides on what is drawn"),
        ):
            entries.readable_by(self.ben)
        with (
            seeing_only((Incident,)),
            self.assertRaisesMessage(RuntimeError, "CriticalSystem decides on what is drawn"),
        ):
            visible_to(CriticalSystem.objects.all(), self.ben)
