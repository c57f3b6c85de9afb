"""A response meeting: who is invited and how, what the mail carries, and the way to join in the room."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote, urlencode

from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import TestCase, override_settings
from django.urls import reverse
from icalendar import Calendar

from keepwell.areas.incidents.models import ResponseMeeting, TimelineEntry
from keepwell.areas.incidents.rules import meeting
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.config.mail import Post
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.people.models import Person
from keepwell.platform.records.models import visible_to
from tests.cast import NOW

BRIDGE = "https://meet.example/in-1"


@override_settings(
    MAIL=Post(host="mail.example"), EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"
)
class Calling(Reported, TestCase):
    def call(self, **more: object) -> ResponseMeeting:
        told = {
            "bridge": BRIDGE,
            "invite": "A0000002, soc@maker.example",
            "begins": "05:30",
            "about": "Cut zone 4?",
        }
        return meeting.call_meeting(self.incident, by=self.ben, **(told | more))

    def test_invites_each_by_mail_with_a_calendar_part(self) -> None:
        """It is 05:12 in Taipei; 05:30 there is 21:30 UTC of the day before."""
        with self.captureOnCommitCallbacks(execute=True):
            self.call()
        self.assertEqual(Job.objects.filter(name="notices.send").count(), 1)
        while run_one():
            pass
        sent = [one for one in mail.outbox if "Response meeting" in one.subject]
        self.assertEqual(
            sorted(one.to[0] for one in sent), ["a0000002@meridian.example", "soc@maker.example"]
        )
        self.assertIn(BRIDGE, sent[0].body)
        self.assertNotIn(self.incident.title, sent[0].body + sent[0].subject)
        (part,) = sent[0].alternatives
        self.assertEqual(part.mimetype, "text/calendar; method=REQUEST")
        whole = Calendar.from_ical(part.content)
        event = whole.walk("VEVENT")[0]
        self.assertEqual(
            (str(whole["method"]), event.decoded("dtstart"), event.decoded("dtend"), str(event["location"])),
            ("REQUEST", NOW + timedelta(minutes=18), NOW + timedelta(minutes=48), BRIDGE),
        )
        self.assertEqual(str(event["attendee"]), f"mailto:{sent[0].to[0]}")

    def test_invites_by_number_who_may_work_on_it_though_the_caller_does_not_see_them(self) -> None:
        self.assertFalse(visible_to(Person.objects.filter(pk=self.ada.pk), self.ben).exists())
        self.assertEqual(self.call(invite="A0000001").invited, ["a0000001@meridian.example"])
        with self.assertRaisesMessage(Refused, "not known: A0000003"):
            self.call(invite="A0000003")

    def test_takes_half_an_hour_from_now_where_the_form_is_left_open(self) -> None:
        self.sign_in(self.ben)
        address = reverse("incidents-do", args=[self.incident.pk, "call-meeting"])
        self.assertContains(self.client.get(address), 'value="30"')
        sent = self.client.post(
            address, {"bridge": BRIDGE, "invite": "A0000002", "begins": "", "minutes": ""}
        )
        self.assertEqual(sent.status_code, 302, sent.content[:2000])
        called = ResponseMeeting.objects.get()
        self.assertEqual((called.starts_at, called.minutes), (NOW, 30))

    def test_leads_back_to_the_room_and_to_no_other_site(self) -> None:
        self.sign_in(self.ben)
        room = reverse("incident-room", args=[self.incident.pk])
        address = reverse("incidents-do", args=[self.incident.pk, "call-meeting"])
        self.assertContains(self.client.get(room), f"back={quote(room, safe='')}")
        answers = {"bridge": BRIDGE, "invite": "A0000002"}
        for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
            with self.subTest(back):
                sent = self.client.post(f"{address}?{urlencode({'back': back})}", answers)
                self.assertRedirects(sent, reverse("incidents-record", args=[self.incident.pk]))
        self.assertRedirects(self.client.post(f"{address}?{urlencode({'back': room})}", answers), room)

    def test_stands_in_the_timeline_and_gives_the_room_its_bridge(self) -> None:
        self.call()
        self.assertEqual(TimelineEntry.objects.get().told, "Response meeting called for 05:30: 2 invited.")
        address = reverse("incident-room", args=[self.incident.pk])
        self.sign_in(self.ben)
        self.assertContains(self.client.get(address), f'href="{BRIDGE}"')
        with moments.standing_at(NOW + timedelta(minutes=18 + 30 + 60, seconds=1)):
            self.assertNotContains(self.client.get(address), BRIDGE)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(address).status_code, 404)

    def test_refuses_strange_bridges_and_whom_nobody_knows(self) -> None:
        for bridge in ("javascript:alert(1)", "http://meet.example", "data:text/html,x"):
            with self.subTest(bridge), self.assertRaisesMessage(Refused, "begins with https://"):
                self.call(bridge=bridge)
        for people in ("", "nobody", "A0000099", "a@b", "x@y.example\nBcc:z@y.example"):
            with self.subTest(people), self.assertRaisesMessage(Refused, "Name people by number"):
                self.call(invite=people)
        self.assertEqual(ResponseMeeting.objects.count(), 0)

    @override_settings(MAIL=Post())
    def test_is_refused_where_no_mail_leaves(self) -> None:
        with self.assertRaisesMessage(Refused, "call people by phone"):
            self.call()

    def test_is_for_who_may_work_on_the_incident(self) -> None:
        for who in (self.sam, self.eva, self.cleo):
            with self.assertRaises(PermissionDenied):
                meeting.call_meeting(self.incident, by=who, bridge=BRIDGE, invite="a@b.example")
