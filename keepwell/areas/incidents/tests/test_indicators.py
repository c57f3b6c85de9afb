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

from keepwell.areas.incidents.models import Incident, Indicator, TimelineEntry
from keepwell.areas.incidents.models.timeline import Pulse
from keepwell.areas.incidents.rules import indicators, recognizing
from keepwell.areas.incidents.tests.finding import DIGEST, TEXT, Story
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from tests.cast import NOW, TELLER, grant

Kind, Role, Tlp = Indicator.Kind, Indicator.Role, Incident.Tlp


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
            ({"kind": Kind.DOMAIN, "value": "evil.example", "tlp": Tlp.RED}, "What is marked TLP:RED here is for who is named"),
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

    def test_marks_wider_by_who_decides_and_never_so_that_one_could_not_read_it(self) -> None:
        one = self.add("evil.example")
        with self.assertRaises(PermissionDenied):
            indicators.change_known(one, by=self.ben, tlp=Tlp.GREEN)
        indicators.change_known(one, by=self.ada, tlp=Tlp.GREEN)
        self.assertEqual(one.tlp, "green")
        with self.assertRaisesMessage(Refused, "What is marked TLP:RED here is for who is named"):
            indicators.change_known(one, by=self.ben, tlp=Tlp.RED)
        indicators.change_known(one, by=self.ben, tlp=Tlp.STRICT)
        self.assertEqual(one.tlp, "strict")


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
            ({"add": "1", "value": "ipv4 203.0.113.9", "tlp": "red"}, "is for who is named"),
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


class InTime(Story, TestCase):
    def test_moments_are_those_of_the_site(self) -> None:
        with moments.standing_at(NOW):
            one = self.add("evil.example", first_seen="2025-11-14 03:10", last_seen="2025-11-13T20:00+00:00")
        self.assertEqual(one.first_seen_at.isoformat(), "2025-11-13T19:10:00+00:00")
        self.assertEqual(one.last_seen_at.isoformat(), "2025-11-13T20:00:00+00:00")
