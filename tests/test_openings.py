"""R17: whoever opens a restricted incident or a person's record leaves a row of the trail, once an hour for each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.kernel import moments
from keepwell.platform.history import sequencer
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.tests.sealed import with_keys
from keepwell.platform.people.models import Person
from keepwell.platform.people.tokens import issue
from tests.cast import NOW, TELLER, grant


class Opening(Reported):
    """Mix into a TestCase: who opened what, as the trail has it."""

    def opened(self, record: Any) -> list[tuple[str, str]]:
        """Who opened `record`, and by which page, in order."""
        rows = Change.objects.of(record).filter(kind="read").order_by("id")
        return [(row.by_name, row.answers["page"]) for row in rows]

    def ask(self, path: str, who: Person, status: int = 200) -> None:
        """Open a page, or an address of the API by a token."""
        self.client.logout()
        if path.startswith("/api/"):
            answer = self.client.get(path, headers={"Authorization": f"Bearer {issue(who)}"})
        else:
            self.sign_in(who)
            answer = self.client.get(path)
        self.assertEqual(answer.status_code, status, answer.content[:300])


class ARestrictedIncident(Opening, TestCase):
    def setUp(self) -> None:
        super().setUp()
        rules.restrict(self.incident, by=self.ben, reason="It concerns somebody.")
        self.incident = Incident.objects.get(pk=self.incident.pk)

    def ways(self) -> list[str]:
        """The ways to open it."""
        pk = self.incident.pk
        return [f"/incidents/{pk}/", f"/incidents/{pk}/room/", f"/api/incidents/{pk}"]

    def test_tells_who_opened_it_by_whichever_way(self) -> None:
        for number, way in enumerate(self.ways()):
            with moments.standing_at(NOW + timedelta(hours=2 * number)):
                self.ask(way, self.ben)
        found = self.opened(self.incident)
        self.assertEqual({name for name, _page in found}, {"Ben Tan"})
        self.assertEqual(
            [page for _name, page in found],
            ["incidents-record", "incident-room", "GET /api/incidents/<uuidstr:pk>"],
        )

    def test_is_told_once_an_hour_however_often_it_is_looked_at(self) -> None:
        for way in self.ways() * 2:
            self.ask(way, self.ben)
        self.assertEqual(len(self.opened(self.incident)), 1)
        with moments.standing_at(NOW + timedelta(minutes=59)):
            self.ask(self.ways()[0], self.ben)
        self.assertEqual(len(self.opened(self.incident)), 1)
        with moments.standing_at(NOW + timedelta(minutes=60)):
            self.ask(self.ways()[0], self.ben)
        self.assertEqual(len(self.opened(self.incident)), 2)

    def test_does_not_fill_the_trail_from_a_room_that_stands_open(self) -> None:
        self.ask(self.ways()[1], self.ben)
        before = Change.objects.count()
        for _beat in range(5):
            self.client.get(f"{self.ways()[1]}newest/?beat=1.1")
        self.assertEqual(Change.objects.count(), before)

    def test_is_told_of_nobody_who_may_not_know_it(self) -> None:
        for who in (self.sam, self.eva, self.cleo):
            for way in self.ways():
                self.ask(way, who, 404)
        self.assertEqual(self.opened(self.incident), [])

    def test_keeps_the_whole_trail_from_who_may_not_know_it(self) -> None:
        """Its rows would tell of the incident; who is named for it and administers the group takes it along."""
        self.enterContext(with_keys())
        sequencer.seal()
        whole = "/administration/trail/whole/take-out"
        with acting(TELLER, "story.grant"):
            grant(self.cleo, "administrator", self.group)
        self.ask(whole, self.cleo, 409)
        rules.name_person(self.incident, by=self.ben, person=self.cleo, reason="She leads.")
        self.assertEqual(self.client.get(whole).status_code, 200)

    def test_costs_one_statement_where_it_was_told_already(self) -> None:
        pk = self.report("A lost badge", self.khh1).pk
        counts = []
        for key in (pk, self.incident.pk):
            self.ask(f"/api/incidents/{key}", self.ben)
            with CaptureQueriesContext(connection) as caught:
                self.client.get(
                    f"/api/incidents/{key}", headers={"Authorization": f"Bearer {issue(self.ben)}"}
                )
            counts.append([one["sql"] for one in caught if "history_change" in str(one["sql"])])
        self.assertEqual([len(found) for found in counts], [0, 1], counts)


class AnOpenIncident(Opening, TestCase):
    def test_is_opened_without_a_row(self) -> None:
        for way in (f"/incidents/{self.incident.pk}/", f"/incidents/{self.incident.pk}/room/"):
            self.ask(way, self.ben)
        self.assertEqual(self.opened(self.incident), [])


class APerson(Opening, TestCase):
    def test_is_told_of_who_opened_the_record(self) -> None:
        self.ask(f"/people/{self.eva.pk}/", self.ben)
        self.ask(f"/api/people/{self.eva.pk}", self.ada)
        self.assertEqual(
            self.opened(self.eva),
            [("Ben Tan", "people-record"), ("Ada Lin", "GET /api/people/<uuidstr:pk>")],
        )

    def test_opens_their_own_record_without_a_row(self) -> None:
        self.ask(f"/people/{self.ada.pk}/", self.ada)
        self.assertEqual(self.opened(self.ada), [])
