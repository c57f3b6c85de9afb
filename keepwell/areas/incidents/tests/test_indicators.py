"""Indicators of an incident: entered once, out of a text or one by one, shown without fangs, and betrayed to nobody."""

from __future__ import annotations

import json
from datetime import timedelta
from http import HTTPStatus

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, Indicator, TimelineEntry
from keepwell.areas.incidents.models.timeline import Pulse
from keepwell.areas.incidents.rules import indicators, links, recognizing
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Person
from tests.cast import NOW, TELLER, account, grant, person

Kind, Role, Tlp = Indicator.Kind, Indicator.Role, Incident.Tlp
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
TEXT = f"From billing[@]evil[.]example\ninvoice.exe {DIGEST}\nvia 203.0.113.9 and 10.1.2.3, version 3.2.1.4"


class Story(Reported):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "story.enter"):
            cls.faye = person("X0000008", "Faye Roth", cls.group, kind="external", responsible=cls.ada)
            account(cls.faye, "faye")
            grant(cls.faye, "site_officer", cls.khh1)

    def add(
        self, value: str, kind: Kind = Kind.DOMAIN, to: Incident | None = None, **told: object
    ) -> Indicator:
        to = to or self.incident
        indicators.add_indicator(Incident.objects.get(pk=to.pk), by=self.ada, kind=kind, value=value, **told)
        return Indicator.objects.get(incident=to, value=indicators.spelled(kind, value))

    def told(self) -> list[str]:
        """What acts told of indicators in the timeline, the latest first."""
        rows = TimelineEntry.objects.filter(incident=self.incident, verb__in=["indicator", "retracted"])
        return [one.told for one in rows.order_by("-number")]


class Adding(Story, TestCase):
    def test_keeps_one_spelling_and_shows_no_fangs(self) -> None:
        one = self.add(
            "EVIL[.]Example", role=Role.ATTACKER, source="proxy log", first_seen="03:10", last_seen="04:55"
        )
        self.assertEqual(
            (one.value, one.shown, one.tlp, one.person), ("evil.example", "evil[.]example", "amber", self.ada)
        )
        self.assertEqual(one.last_seen_at, NOW - timedelta(minutes=17))
        self.assertEqual(self.told(), ["One indicator was added: Domain."])
        with override("zh-hant"):
            self.assertIn("網域", self.told()[0])

    def test_says_in_one_sentence_what_does_not_fit(self) -> None:
        for given, said in (
            ({"kind": Kind.IPV4, "value": "1.2.3.4.5"}, "“1.2.3.4.5” is no IPv4 address; write it as 192.0.2.7"),
            ({"kind": Kind.SHA256, "value": DIGEST[1:]}, "it has 64 digits"),
            ({"kind": Kind.SUBJECT, "value": "a" * 2_001}, "Write one line of up to 2,000 characters"),
            ({"kind": Kind.DOMAIN, "value": "evil.example", "file_name": "a.exe"}, "beside a digest alone"),
            ({"kind": Kind.DOMAIN, "value": "evil.example", "tlp": Tlp.RED}, "which is TLP:AMBER: mark that first"),
            ({"kind": Kind.DOMAIN, "value": "evil.example", "first_seen": "2025-11-15 03:00"}, "lies ahead"),
            ({"kind": Kind.DOMAIN, "value": "evil.example", "first_seen": "05:00", "last_seen": "04:00"}, "seen last before"),
            ({"kind": Kind.DOMAIN, "value": "evil.example", "first_seen": "soon"}, "“soon” is no moment"),
        ):  # fmt: skip
            with self.subTest(said), self.assertRaisesMessage(Refused, said):
                indicators.add_indicator(self.incident, by=self.ada, **given)
        self.assertFalse(Indicator.objects.exists())
        self.assertEqual(self.told(), [])

    def test_again_extends_when_it_was_seen_and_says_so(self) -> None:
        self.add("evil.example", first_seen="03:10", last_seen="03:40")
        with self.assertRaisesMessage(Refused, "evil[.]example stands there already; say when"):
            self.add("evil.example")
        with self.assertRaisesMessage(Refused, "stands there already"):
            self.add("evil.example", last_seen="03:20")
        one = self.add("evil.example", last_seen="04:30")
        self.assertEqual(one.last_seen_at - one.first_seen_at, timedelta(minutes=80))
        self.assertEqual(self.told()[0], "One known indicator was seen again: Domain.")
        self.assertEqual(Change.objects.of(one).changes().count(), 2)

    def test_lets_every_open_room_draw_itself_anew(self) -> None:
        before = Pulse.objects.filter(pk=self.incident.pk).values_list("beat", "entries").first() or (0, 0)
        self.add("evil.example")
        beat, entries = Pulse.objects.values_list("beat", "entries").get(pk=self.incident.pk)
        self.assertGreater(beat, before[0])
        self.assertEqual(entries, before[1] + 1)

    def test_is_for_who_works_on_the_incident(self) -> None:
        for who in (self.sam, self.eva, self.cleo, self.dan):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                indicators.add_indicator(self.incident, by=who, kind=Kind.DOMAIN, value="evil.example")

    def test_by_another_way_is_held_to_the_same_spelling(self) -> None:
        for value, said in (
            ("Evil.example", "no indicator of that kind"),
            ("evil", "no indicator of that kind"),
        ):
            wrong = Indicator(incident=self.incident, kind="domain", value=value, person=self.ada)
            with acting(TELLER, "story.write"), self.assertRaisesMessage(ValidationError, said):
                wrong.save()


class OutOfAText(Story, TestCase):
    def test_comes_what_is_beyond_doubt_in_one_act(self) -> None:
        added = indicators.add_indicators(
            self.incident, by=self.ben, text=TEXT, role=Role.ATTACKER, source="the mail"
        )
        self.assertEqual(
            sorted((one.kind, one.value, one.file_name) for one in added.new),
            [
                ("ipv4", "203.0.113.9", ""),
                ("mail", "billing@evil.example", ""),
                ("sha256", DIGEST, "invoice.exe"),
            ],
        )
        self.assertEqual(self.told(), ["3 indicators were added: Mail address 1, SHA-256 1, IPv4 address 1."])
        rows = Change.objects.filter(record_type="incidents.indicator")
        self.assertEqual(rows.count(), 3)
        self.assertEqual({row.verb for row in rows}, {"incident.add_indicators"})
        self.assertNotIn("version", json.dumps([row.answers for row in rows]))

    def test_comes_what_was_chosen_of_it_and_nothing_else(self) -> None:
        chosen = f"ipv4 10.1.2.3\nsha256 {DIGEST}\n"
        added = indicators.add_indicators(self.incident, by=self.ben, text=TEXT, values=chosen)
        self.assertEqual({one.value for one in added.new}, {"10.1.2.3", DIGEST})
        with self.assertRaisesMessage(Refused, "“ipv4 192.0.2.9” was not recognized in the text."):
            indicators.add_indicators(self.incident, by=self.ben, text=TEXT, values="ipv4 192.0.2.9")
        with self.assertRaisesMessage(Refused, "No indicator was recognized"):
            indicators.add_indicators(self.incident, by=self.ben, text="Nothing but words")

    def test_is_told_apart_what_is_new_known_and_retracted(self) -> None:
        self.add("203.0.113.9", Kind.IPV4)
        self.add("billing@evil.example", Kind.MAIL, last_seen="03:00")
        indicators.retract(self.add(DIGEST, Kind.SHA256), by=self.ada, reason="A tool of ours.")
        text = f"{TEXT} 198.51.100.7"
        added = indicators.add_indicators(self.incident, by=self.ben, text=text, last_seen="04:00")
        self.assertEqual(
            [[one.value for one in rows] for rows in (added.new, added.again, added.same, added.retracted)],
            [["198.51.100.7"], ["billing@evil.example", "203.0.113.9"], [], [DIGEST]],
        )
        self.assertEqual(
            self.told()[0],
            "Indicators were added: IPv4 address. Known ones were seen again: Mail address 1, IPv4 address 1.",
        )
        with self.assertRaisesMessage(Refused, "All of these stand there already, or were retracted"):
            indicators.add_indicators(self.incident, by=self.ben, text=text)

    def test_is_bounded(self) -> None:
        with self.assertRaisesMessage(Refused, "The text has 1,080,000 characters; bring 200,000 at most"):
            indicators.add_indicators(self.incident, by=self.ben, text="203.0.113.7 " * 90_000)
        many = " ".join(f"n{number}.example" for number in range(501))
        with self.assertRaisesMessage(Refused, "The text holds 501 indicators; add 500 at most at once."):
            indicators.add_indicators(self.incident, by=self.ben, text=many)
        self.assertFalse(Indicator.objects.exists())

    def test_costs_the_database_the_same_for_ten_and_for_five_hundred(self) -> None:
        costs = []
        for first, last in ((0, 10), (10, 500)):
            text = " ".join(f"n{number}.example" for number in range(first, last))
            with CaptureQueriesContext(connection) as caught:
                indicators.add_indicators(Incident.objects.get(pk=self.incident.pk), by=self.ben, text=text)
            costs.append(len(caught))
        self.assertLessEqual(costs[1], costs[0] + 2)
        self.assertEqual(Indicator.objects.count(), 500)

    def test_doubts_names_of_our_own(self) -> None:
        with self.settings(
            DEFAULT_FROM_EMAIL="Keepwell <keepwell@meridian.example>",
            KEEPWELL_URL="https://isms.meridian.example",
        ):
            looked = recognizing.look_through(
                "eva@meridian.example isms.meridian.example notmeridian.example"
            )
        self.assertEqual([str(one.doubt) for one in looked.found], ["ours", "ours", ""])


class Retracting(Story, TestCase):
    def test_keeps_it_with_its_reason_and_takes_it_out_of_the_lists(self) -> None:
        one = self.add("evil.example")
        indicators.retract(one, by=self.ben, reason="The maker's update server.")
        self.assertFalse(Indicator.objects.current().filter(pk=one.pk).exists())
        self.assertEqual((one.standing.word, one.retired_reason), ("Retracted", "The maker's update server."))
        self.assertEqual(self.told()[0], "An indicator was retracted: Domain.")
        with self.assertRaisesMessage(
            Refused, "evil[.]example was retracted: The maker's update server. Reinstate it"
        ):
            self.add("evil.example")
        indicators.reinstate(one, by=self.ben, reason="It was taken over.")
        self.assertTrue(Indicator.objects.current().filter(pk=one.pk).exists())

    def test_is_refused_twice_and_to_who_may_not(self) -> None:
        one = self.add("evil.example")
        with self.assertRaises(PermissionDenied):
            indicators.retract(one, by=self.cleo, reason="No.")
        indicators.retract(one, by=self.ben, reason="None.")
        with self.assertRaisesMessage(Refused, "present state"):
            indicators.retract(one, by=self.ben, reason="Again.")


class Changing(Story, TestCase):
    def test_says_anew_what_is_given_and_leaves_the_rest(self) -> None:
        one = self.add("evil.example", role=Role.LURE, last_seen="03:00", remark="First stage")
        indicators.change_known(
            one, by=self.ben, confidence=TimelineEntry.Confidence.LIKELY, last_seen="04:00"
        )
        one.refresh_from_db()
        self.assertEqual((one.role, one.confidence, one.remark), ("lure", "likely", "First stage"))
        self.assertEqual(one.last_seen_at - one.first_seen_at, timedelta(hours=1))
        with self.assertRaisesMessage(Refused, "seen last before"):
            indicators.change_known(one, by=self.ben, first_seen="05:00")

    def test_marks_wider_by_who_decides_and_never_narrower_than_the_incident(self) -> None:
        one = self.add("evil.example")
        with self.assertRaises(PermissionDenied):
            indicators.change_known(one, by=self.ben, tlp=Tlp.GREEN)
        indicators.change_known(one, by=self.ada, tlp=Tlp.GREEN)
        self.assertEqual(one.tlp, "green")
        with self.assertRaisesMessage(Refused, "cannot be marked narrower than its incident"):
            indicators.change_known(one, by=self.ben, tlp=Tlp.STRICT)


class Marks(Story, TestCase):
    """An incident that was TLP:AMBER+STRICT and then RED, and is AMBER again: what was marked so meanwhile stays so."""

    def setUp(self) -> None:
        super().setUp()
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

    def setUp(self) -> None:
        super().setUp()
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
        links.merge(twin, by=self.ada, number=self.incident.number, reason="One attack")
        carried = Indicator.objects.get(incident=self.incident, value="198.51.100.7")
        self.assertEqual((carried.source, self.incident.indicators.count()), ("proxy", 2))

    def test_that_few_may_know_is_carried_nowhere_else(self) -> None:
        self.add("198.51.100.7", Kind.IPV4, to=self.secret)
        self.secret.refresh_from_db()
        links.merge(self.secret, by=self.ada, number=self.incident.number, reason="One attack")
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


class Pages(Story, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.ben)
        self.address = reverse("incident-indicators-add", args=[self.incident.pk])

    def test_show_first_and_add_then_what_is_chosen(self) -> None:
        looked = self.client.post(self.address, {"text": TEXT, "look": "1"})
        self.assertContains(looked, "203[.]0[.]113[.]9")
        self.assertContains(looked, "reads like a version")
        self.assertContains(looked, 'value="ipv4 203.0.113.9" checked')
        self.assertNotContains(looked, 'value="ipv4 10.1.2.3" checked')
        self.assertFalse(Indicator.objects.exists())
        sent = {
            "text": TEXT,
            "add": "1",
            "value": ["ipv4 203.0.113.9", "ipv4 10.1.2.3"],
            "role": "victim",
            "tlp": "amber",
        }
        room = self.client.post(self.address, sent, follow=True)
        self.assertContains(room, "2 indicators were added.")
        self.assertEqual(set(Indicator.objects.values_list("value", "role")),
                         {("203.0.113.9", "victim"), ("10.1.2.3", "victim")})  # fmt: skip

    def test_keep_what_was_typed_when_they_refuse(self) -> None:
        for sent, said in (
            ({"add": "1"}, "Choose at least one indicator."),
            ({"add": "1", "value": "ipv4 203.0.113.9", "tlp": "red"}, "cannot be marked narrower"),
            ({"add": "1", "value": "ipv4 203.0.113.9", "role": "hero"}, "“hero” cannot be chosen here."),
        ):
            answer = self.client.post(self.address, {"text": TEXT, "source": "the mail"} | sent)
            self.assertContains(answer, said, status_code=422)
            self.assertContains(answer, "invoice.exe", status_code=422)
            self.assertContains(answer, "the mail", status_code=422)
        answer = self.client.post(self.address, {"text": "a" * 200_001, "look": "1"})
        self.assertContains(answer, "200,001 characters", status_code=422)
        self.assertFalse(Indicator.objects.exists())

    def test_draw_hostile_texts_as_text(self) -> None:
        text = "Subject: <script>alert(1)</script>\nhttp://evil.example/<script>alert(1)</script>\n\u202e\x00evil.example\ud800"
        answer = self.client.post(
            self.address, {"text": text.encode("utf-8", "replace").decode(), "look": "1"}
        )
        self.assertContains(answer, "&lt;script&gt;")
        self.assertNotContains(answer, "<script>alert")

    def test_of_one_indicator_show_it_without_fangs_and_its_letters(self) -> None:
        one = self.add("раураl.example")
        page = self.client.get(reverse("indicators-record", args=[one.pk]))
        self.assertContains(page, "xn--l-7sba6dbr[.]example")
        self.assertNotContains(page, "xn--l-7sba6dbr.example")
        self.assertContains(page, "раураl.example")

    def test_are_not_for_who_may_only_look(self) -> None:
        with acting(TELLER, "story.grant"):
            grant(self.eva, "auditor", self.khh1)
        self.sign_in(self.eva)
        self.assertIn(self.client.get(self.address).status_code, (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND))


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


class InTime(Story, TestCase):
    def test_moments_are_those_of_the_site(self) -> None:
        with moments.standing_at(NOW):
            one = self.add("evil.example", first_seen="2025-11-14 03:10", last_seen="2025-11-13T20:00+00:00")
        self.assertEqual(one.first_seen_at.isoformat(), "2025-11-13T19:10:00+00:00")
        self.assertEqual(one.last_seen_at.isoformat(), "2025-11-13T20:00:00+00:00")
