"""A response meeting: who is invited and how, what the mail carries, and the way to join in the room."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote, urlencode

from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import TestCase, override_settings
from django.urls import reverse
from icalendar import Calendar

from keepwell.areas.incidents.models import DutyShift, ResponseMeeting, TimelineEntry
from keepwell.areas.incidents.rules import meeting, restrict
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.config.mail import Post
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.people.models import Person
from keepwell.platform.records.models import visible_to
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER

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


@override_settings(MAIL=Post(host="mail.example"))
class OnDuty(Reported, TestCase):
    def duty(
        self, kind: str, person: Person, at: Unit, *, rank: int = 1, until: timedelta = timedelta(hours=4)
    ) -> None:
        with acting(TELLER, "story.duty"):
            DutyShift(unit=at, duty=kind, person=person, phone="+886 7 000 0000", rank=rank,
                      since=NOW - timedelta(hours=4), until=NOW + until).save()  # fmt: skip

    def scene(self) -> None:
        super().scene()
        self.duty("it", self.ben, self.khh1)
        self.duty("it", self.ada, self.group)
        self.duty("ot", self.dan, self.khh1, until=timedelta(0))
        self.duty("legal", self.ada, self.group)

    def call(self, words: str, by: Person | None = None) -> list[str]:
        return meeting.call_meeting(self.incident, by=by or self.ben, bridge=BRIDGE, invite=words).invited

    def test_is_invited_by_its_kind_at_the_nearest_unit_and_only_until_relieved(self) -> None:
        self.assertEqual(self.call("it, legal"), ["a0000002@meridian.example", "a0000001@meridian.example"])
        self.assertEqual(
            self.call("Legal soc@maker.example"), ["a0000001@meridian.example", "soc@maker.example"]
        )
        for word in ("ot", "management", "lead"):
            with self.subTest(word), self.assertRaisesMessage(Refused, f"as “{word}” here now"):
                self.call(word)
        self.assertEqual(ResponseMeeting.objects.count(), 2)

    def test_takes_in_whoever_leads(self) -> None:
        self.incident.lead = self.ben
        with acting(TELLER, "story.lead"):
            self.incident.save()
        self.assertEqual(self.call("lead it"), ["a0000002@meridian.example"])

    def test_is_ticked_on_the_page(self) -> None:
        self.sign_in(self.ben)
        address = reverse("incident-meet", args=[self.incident.pk])
        page = self.client.get(address)
        self.assertEqual(
            [(offer.word, offer.place) for offer in page.context["offers"]],
            [("it", "KHH1"), ("legal", "MERIDIAN")],
        )
        self.assertEqual(page.context["chosen"], ["it", "legal"])
        self.assertContains(page, "IT, on duty: Ben Tan")
        told = {
            "word": ["it", "legal"],
            "others": "soc@maker.example",
            "begins": "05:30",
            "minutes": "45",
            "bridge": BRIDGE,
        }
        self.assertRedirects(
            self.client.post(address, told), reverse("incident-room", args=[self.incident.pk])
        )
        made = ResponseMeeting.objects.get()
        self.assertEqual((len(made.invited), made.minutes), (3, 45))
        self.assertEqual(self.client.get(address).context["typed"]["bridge"], BRIDGE)

    def test_is_ticked_only_where_they_may_know_the_incident(self) -> None:
        restrict(self.incident, by=self.ben, reason="It names somebody.")
        self.sign_in(self.ben)
        page = self.client.get(reverse("incident-meet", args=[self.incident.pk]))
        self.assertEqual([offer.word for offer in page.context["offers"]], ["it", "legal"])
        self.assertEqual(page.context["chosen"], ["it"])

    def test_keeps_what_was_typed_where_the_page_refuses(self) -> None:
        self.sign_in(self.ben)
        address = reverse("incident-meet", args=[self.incident.pk])
        good = {
            "word": ["it"],
            "others": "",
            "begins": "",
            "minutes": "30",
            "bridge": BRIDGE,
            "about": "Zone 4",
        }
        wrong = {
            "minutes": ("4", "5 to 480 minutes"), "bridge": ("javascript:alert(1)", "begins with https://"),
            "others": ("nobody", "not known: nobody"), "begins": ("25:99", "is no moment"), "tlp": ("blue", "no such mark"),
            "word": ("ot", "as “ot” here now"),
        }  # fmt: skip
        for name, (value, says) in wrong.items():
            with self.subTest(name):
                answer = self.client.post(address, good | {name: value})
                self.assertContains(answer, says, status_code=422)
                self.assertContains(answer, "Zone 4", status_code=422)
        self.assertEqual(ResponseMeeting.objects.count(), 0)

    def test_says_so_where_nobody_is(self) -> None:
        with moments.standing_at(NOW + timedelta(hours=4)):
            self.sign_in(self.ben)
            page = self.client.get(reverse("incident-meet", args=[self.incident.pk]))
        self.assertContains(page, "Nobody is on duty here now")

    def test_is_shown_to_who_may_work_on_it_alone_and_in_chinese(self) -> None:
        address = reverse("incident-meet", args=[self.incident.pk])
        for who, status in ((self.sam, 404), (self.eva, 404), (self.cleo, 404)):
            self.sign_in(who)
            self.assertEqual(self.client.get(address).status_code, status)
        self.sign_in(self.ben)
        self.client.cookies["keepwell-language"] = "zh-hant"
        page = self.client.get(address)
        self.assertContains(page, "（值班）：Ben Tan")
        self.assertContains(page, "（值班）：林雅達")
