"""Who sees indicators of an incident: by marks, by other incidents that share them, in the room and by programs."""

from __future__ import annotations

import json
from datetime import timedelta
from http import HTTPStatus

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, Indicator
from keepwell.areas.incidents.rules import indicators, links, merging, recognizing
from keepwell.areas.incidents.tests.finding import DIGEST, TEXT, Story
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from tests.cast import NOW, TELLER, account, grant, person

Kind, Role, Tlp = Indicator.Kind, Indicator.Role, Incident.Tlp


class Marks(Story, TestCase):
    """An incident that was TLP:AMBER+STRICT and then RED, and is AMBER again: what was marked so meanwhile stays so."""

    def scene(self) -> None:
        super().scene()
        self.remark(Tlp.STRICT)
        self.strict = self.add("strict.example")
        self.remark(Tlp.RED)
        self.red = self.add("red.example", to=self.incident)
        self.amber = self.add("amber.example", tlp=Tlp.AMBER)
        self.remark(Tlp.AMBER)
        rules.lift(self.incident, by=self.ada, reason="Over.")

    def remark(self, label: Tlp) -> None:
        self.incident.refresh_from_db()
        if label == Tlp.AMBER:
            rules.mark(self.incident, by=self.ada, tlp=label, reason="Over.")
        else:
            rules.mark(self.incident, by=self.ada, tlp=label, reason="Names in it.")

    def seen(self, who: Person) -> set[str]:
        return set(Indicator.objects.visible_to(who).values_list("value", flat=True))

    def test_keep_what_is_for_named_people_and_for_the_group(self) -> None:
        everything = {"strict.example", "red.example", "amber.example"}
        self.assertEqual(self.seen(self.ada), everything)
        self.assertEqual(self.seen(self.ben), everything - {"red.example"})
        self.assertEqual(self.seen(self.faye), {"amber.example"})
        self.assertEqual(self.seen(self.sam), set())

    def test_are_obeyed_by_every_outlet(self) -> None:
        room = reverse("incident-room", args=[self.incident.pk])
        add = reverse("incident-indicators-add", args=[self.incident.pk])
        narrow = (("strict", self.strict), ("red", self.red))
        for who, hidden in ((self.ada, []), (self.ben, ["red"]), (self.faye, ["strict", "red"])):
            self.sign_in(who)
            pages = [self.client.get(room), self.client.get("/indicators/"), self.client.get("/api/indicators"),
                     self.client.get(reverse("incidents-record", args=[self.incident.pk])),
                     self.client.get(reverse("indicators-take-out", args=["csv"]))]  # fmt: skip
            told = [
                (b"".join(p.streaming_content) if p.streaming else p.content).decode().replace("[.]", ".")
                for p in pages
            ]
            for word, one in narrow:
                with self.subTest(who.name, mark=word):
                    self.assertEqual(
                        [f"{word}.example" in text for text in told], [word not in hidden] * len(told)
                    )
                    page = self.client.get(reverse("indicators-record", args=[one.pk]))
                    self.assertEqual(page.status_code == HTTPStatus.NOT_FOUND, word in hidden)
                    again = self.client.post(add, {"text": f"{word}.example", "look": "1"})
                    self.assertEqual("stands there already" in again.content.decode(), word not in hidden)


class Elsewhere(Story, TestCase):
    """The same address in an incident of Penang, and in one that only named people know."""

    def scene(self) -> None:
        super().scene()
        self.far = self.report("The same in Penang", self.pen1)
        self.secret = self.report("Kept from most", self.khh1)
        for one in (self.incident, self.far, self.secret):
            self.add("evil.example", to=one)
        self.secret.refresh_from_db()
        rules.classify(self.secret, by=self.ada, facts={"effect": True})
        rules.restrict(self.secret, by=self.ada, reason="It concerns somebody.")

    def numbers(self, who: Person) -> list[str]:
        found = recognizing.elsewhere(self.incident, ["evil.example"], who)
        return [one.number for one in found.get(("domain", "evil.example"), [])]

    def test_is_shown_as_far_as_one_may_see_it(self) -> None:
        self.assertEqual(sorted(self.numbers(self.ada)), [self.far.number, self.secret.number])
        for who in (self.ben, self.faye, self.sam):
            self.assertEqual(self.numbers(who), [], who.name)

    def test_is_betrayed_by_no_page_and_no_count(self) -> None:
        room = reverse("incident-room", args=[self.incident.pk])
        recognize = f"/api/incidents/{self.incident.pk}/recognize-indicators"
        for who, seen in ((self.ada, True), (self.ben, False)):
            self.sign_in(who)
            program = self.client.post(
                recognize, json.dumps({"text": "evil.example"}), content_type="application/json"
            )
            for answer in (self.client.get(room), program):
                for other in (self.far, self.secret):
                    self.assertEqual(other.number in answer.content.decode(), seen)
            self.assertEqual("in common" in self.client.get(room).content.decode(), seen)

    def test_makes_incidents_kin(self) -> None:
        found = [(one.incident.number, one.says) for one in links.kin(self.incident, self.ada)]
        self.assertIn((self.far.number, "1 indicator in common"), found)
        self.assertEqual(links.kin(self.incident, self.ben), [])

    def test_counts_no_victim_nothing_retracted_and_nothing_closed(self) -> None:
        self.add("eng-3", Kind.HOST, role=Role.VICTIM)
        self.add("eng-3", Kind.HOST, to=self.far, role=Role.VICTIM)
        self.assertEqual(recognizing.sharing(self.incident, self.ada)[self.far], 1)
        indicators.retract(
            Indicator.objects.get(incident=self.far, value="evil.example"), by=self.ada, reason="None."
        )
        self.assertNotIn(self.far, recognizing.sharing(self.incident, self.ada))
        self.assertIn(self.secret, recognizing.sharing(self.incident, self.ada))

    def test_goes_with_the_incident_that_is_merged(self) -> None:
        twin = self.report("Twin", self.khh1)
        self.add("evil.example", to=twin)
        self.add("198.51.100.7", Kind.IPV4, to=twin, source="proxy")
        merging.merge(twin, by=self.ada, number=self.incident.number, reason="One attack")
        carried = Indicator.objects.get(incident=self.incident, value="198.51.100.7")
        self.assertEqual((carried.source, self.incident.indicators.count()), ("proxy", 2))

    def test_that_few_may_know_is_carried_nowhere_else(self) -> None:
        self.add("198.51.100.7", Kind.IPV4, to=self.secret)
        self.secret.refresh_from_db()
        with self.assertRaisesMessage(Refused, "More people know"):
            merging.merge(self.secret, by=self.ada, number=self.incident.number, reason="One attack")
        self.assertFalse(self.incident.indicators.filter(value="198.51.100.7").exists())


class Rooms(Story, TestCase):
    def room(self) -> str:
        return self.client.get(reverse("incident-room", args=[self.incident.pk])).content.decode()

    def test_show_the_latest_without_fangs(self) -> None:
        for number in range(12):
            with moments.standing_at(NOW + timedelta(seconds=number)):
                self.add(f"n{number}.example", role=Role.ATTACKER)
        with moments.standing_at(NOW + timedelta(minutes=1)):
            self.add("раураl.example")
        self.sign_in(self.ben)
        page = self.room()
        self.assertIn("the latest 10 of 13", page)
        self.assertIn("n11[.]example", page)
        self.assertNotIn("n11.example", page)
        self.assertNotIn("n2[.]example", page)
        self.assertIn("looks like another name: раураl.example", page)
        live = self.client.get(reverse("incident-newest", args=[self.incident.pk])).content.decode()
        self.assertIn("n11[.]example", live)

    def test_cost_the_same_for_one_and_for_many(self) -> None:
        self.sign_in(self.ben)
        self.add("one.example")
        costs = []
        for _turn in range(2):
            self.room()
            with CaptureQueriesContext(connection) as caught:
                self.room()
            costs.append(len(caught))
            text = " ".join(f"n{number}.example" for number in range(40))
            if not costs[1:]:
                indicators.add_indicators(Incident.objects.get(pk=self.incident.pk), by=self.ben, text=text)
        self.assertEqual(costs[0], costs[1])

    def test_of_a_touched_site_show_them_to_its_people(self) -> None:
        """Who sees the room because a unit of theirs is touched reads there what to look for."""
        self.add("evil.example")
        self.incident.affected_units.add(self.pen1)
        with acting(TELLER, "story.grant"):
            nia = person("A0000012", "Nia Aziz", self.pen1)
            account(nia, "nia")
            grant(nia, "site_officer", self.pen1)
        self.sign_in(nia)
        self.assertIn("evil[.]example", self.room())

    def test_are_closed_to_sam(self) -> None:
        self.sign_in(self.sam)
        for name in ("incident-room", "incident-indicators-add"):
            self.assertEqual(self.client.get(reverse(name, args=[self.incident.pk])).status_code, 404)


class Programs(Story, TestCase):
    def send(self, what: str, **told: object) -> tuple[int, object]:
        answer = self.client.post(
            f"/api/incidents/{self.incident.pk}/{what}", json.dumps(told), content_type="application/json"
        )
        return answer.status_code, answer.json()

    def test_recognize_before_they_add(self) -> None:
        self.sign_in(self.ben)
        self.add("203.0.113.9", Kind.IPV4)
        status, found = self.send("recognize-indicators", text=TEXT)
        self.assertEqual(status, 200)
        told = {one["value"]: (one["kind"], one["shown"], one["doubt"], one["known"]) for one in found}
        self.assertEqual(told["203.0.113.9"], ("ipv4", "203[.]0[.]113[.]9", "", "here"))
        self.assertEqual(told["10.1.2.3"], ("ipv4", "10[.]1[.]2[.]3", "private", ""))
        self.assertEqual(Indicator.objects.count(), 1)
        self.assertEqual(self.send("recognize-indicators", text="a" * 200_001)[0], 422)

    def test_add_by_the_same_acts_and_take_them_out(self) -> None:
        self.sign_in(self.ben)
        self.assertEqual(self.send("add-indicators", text=TEXT)[0], 200)
        self.assertEqual(
            self.send("add-indicator", kind="domain", value="evil[.]example", role="attacker")[0], 200
        )
        status, refused = self.send("add-indicator", kind="ipv4", value="1.2.3.4.5")
        self.assertEqual(status, 409)
        self.assertIn("no IPv4 address", json.dumps(refused, ensure_ascii=False))
        rows = self.client.get("/api/indicators", {"incident": self.incident.number}).json()["items"]
        self.assertEqual(
            {row["value"] for row in rows}, {"203.0.113.9", "billing@evil.example", DIGEST, "evil.example"}
        )
        file = b"".join(
            self.client.get(reverse("indicators-take-out", args=["csv"])).streaming_content
        ).decode()
        self.assertIn("evil.example,evil[.]example", file)

    def test_of_sam_are_told_that_nothing_is_there(self) -> None:
        self.sign_in(self.sam)
        for what in ("recognize-indicators", "add-indicators"):
            self.assertEqual(self.send(what, text=TEXT)[0], 404)
        self.assertIn(self.client.get("/api/indicators").status_code, (200, 403))
