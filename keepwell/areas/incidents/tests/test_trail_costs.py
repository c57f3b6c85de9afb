"""The trail costs the same whatever is kept from whoever reads it, and nothing of that is asked for who reads none of it."""

from __future__ import annotations

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.tests.test_restricted import Restricted
from keepwell.platform.evidence.rules import Facts, attach
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.sequencer import seal
from keepwell.platform.history.tests.sealed import with_keys
from keepwell.platform.people.auditing import trail_seen
from keepwell.platform.people.models import Person
from tests.cast import TELLER, grant

MORE = 6


class Trail(Restricted, TestCase):
    """Ada administers the group and Faye, from outside, the site; neither is named for the incident."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(with_keys())
        with acting(TELLER, "story.grant"):
            grant(self.faye, "administrator", self.khh1)
        self.prove(self.incident)
        seal()

    def prove(self, incident: Incident) -> None:
        attach(Facts("Log", self.khh1), by=self.ben, files=[], links=["https://logs.example/1"], to=incident)

    def more(self) -> None:
        """Further incidents that Ben alone knows, each with its evidence."""
        for number in range(MORE):
            with acting(self.ben, "story.tell"):
                incident = Incident(title=f"Vermilion {number}", unit=self.khh1)
                incident.save()
            rules.classify(incident, by=self.ben, facts={"effect": True})
            rules.restrict(incident, by=self.ben, reason="It concerns somebody at the site.")
            self.prove(incident)
        seal()

    def row(self) -> str:
        told = Change.objects.filter(record_id=self.incident.pk, leaf__isnull=False).earliest("leaf")
        return reverse("trail-row", args=[told.leaf])

    def asked(self, who: Person, address: str) -> list[str]:
        """The questions that a page puts to the database once it is warm."""
        self.sign_in(who)
        self.client.get(address)
        with CaptureQueriesContext(connection) as found:
            self.client.get(address)
        return [one["sql"] for one in found]

    def test_costs_the_same_for_one_that_is_kept_and_for_many(self) -> None:
        pages = [(who, page) for who in (self.ada, self.faye) for page in (reverse("trail"), self.row())]
        one = [len(self.asked(who, page)) for who, page in pages]
        self.more()
        self.assertEqual([len(self.asked(who, page)) for who, page in pages], one)
        self.assertLessEqual(max(one), 20)

    def test_asks_nothing_about_what_is_kept_for_who_may_read_none_of_it(self) -> None:
        for who in (self.sam, self.gina):
            with self.subTest(who.name), self.assertNumQueries(1):
                self.assertEqual(list(trail_seen(who)), [])
        self.assertLessEqual(len(self.asked(self.sam, self.row())), 6)

    def test_is_read_and_read_no_more_from_the_next_page_on(self) -> None:
        self.sign_in(self.ada)
        self.assertEqual(self.client.get(self.row()).status_code, 404)
        named = rules.name_person(
            self.incident, by=self.ben, person=self.ada, reason="Decides on the police."
        )
        self.assertEqual(self.client.get(self.row()).status_code, 200)
        rules.take_off(named, by=self.ben, reason="It is decided.")
        self.assertEqual(self.client.get(self.row()).status_code, 404)
