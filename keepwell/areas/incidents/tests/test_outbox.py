"""Every mail about incidents by one outbox: nothing lost and nothing doubled, whatever a real mail server does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar, Event

from keepwell.areas.incidents.models import (
    DutyShift,
    MeetingMail,
    ReceiptMail,
    Report,
    ResponseMeeting,
    TimelineEntry,
)
from keepwell.areas.incidents.rules import duty, exposure, mailing, meeting, notices
from keepwell.areas.incidents.rules.post import receipts
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.areas.incidents.tests.test_notices import Noticing
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.notices.models import Notice
from keepwell.platform.notices.posting import KINDS_OF_MAIL
from keepwell.platform.notices.tests.post import Office, delivered, office, settings_for
from tests.cast import NOW, TELLER, account, grant, person

BRIDGE = "https://meet.example/in-1"
MAKER, BEN = "soc@maker.example", "a0000002@meridian.example"


class Posted(Reported):
    """An incident at KHH1, and a mail server that does what it is told to."""

    desk: Office

    def setUp(self) -> None:
        super().setUp()
        self.desk, settings = self.enterContext(office())
        self.enterContext(settings)

    def call(self, **more: object) -> ResponseMeeting:
        told = {"bridge": BRIDGE, "invite": f"A0000002, {MAKER}", "begins": "05:30", "about": "Cut zone 4?"}
        return meeting.call_meeting(self.incident, by=self.ben, **(told | more))

    def send(self, after: timedelta = timedelta(0)) -> dict[str, int]:
        """Send what is due `after` the begin of the story."""
        return delivered(timezone.now() + after)

    def invitations(self, to: str = MAKER) -> list[tuple[str, int, str]]:
        """What the calendar of `to` was told: method, sequence, status."""
        found = [(whole, event) for whole, event in map(self.event, self.desk.taken) if event is not None
                 and str(event["attendee"]) == f"mailto:{to}"]  # fmt: skip
        return [
            (str(whole["method"]), int(event["sequence"]), str(event["status"])) for whole, event in found
        ]

    def event(self, mail: Any) -> tuple[Any, Event | None]:
        part = next((one for one in mail.walk() if one.get_content_type() == "text/calendar"), None)
        if part is None:
            return None, None
        whole = Calendar.from_ical(part.get_payload(decode=True))
        self.assertEqual(part.get_param("method"), str(whole["method"]))
        return whole, whole.walk("VEVENT")[0]


class AMeeting(Posted, TestCase):
    def test_invites_changes_and_ends_in_every_calendar(self) -> None:
        made = self.call()
        self.assertEqual(self.send(), {"sent": 2})
        meeting.change_meeting(made, by=self.ben, moved_to="06:00")
        self.assertEqual(self.send(), {"sent": 2})
        meeting.call_off(made, by=self.ben, reason="Contained.")
        self.assertEqual(self.send(), {"sent": 2})
        told = [("REQUEST", 0, "CONFIRMED"), ("REQUEST", 1, "CONFIRMED"), ("CANCEL", 2, "CANCELLED")]
        self.assertEqual((self.invitations(), self.invitations(BEN)), (told, told))
        events = [self.event(mail)[1] for mail in self.desk.taken]
        self.assertEqual({str(event["uid"]) for event in events}, {f"{made.pk}@keepwell"})
        self.assertEqual(events[-1].decoded("dtstart"), NOW + timedelta(minutes=48))
        self.assertEqual(
            [entry.told for entry in TimelineEntry.objects.order_by("number")],
            ["Response meeting called for 05:30: 2 invited.", "Response meeting changed: 06:00, 2 invited.",
             "Response meeting at 06:00 called off."],
        )  # fmt: skip

    def test_says_in_words_what_became_of_it(self) -> None:
        made = self.call(invite=MAKER)
        self.send()
        meeting.change_meeting(made, by=self.ben, bridge="+886 2 1234 5678")
        self.send()
        meeting.call_off(made, by=self.ben, reason="Contained.")
        self.send()
        first, second, third = (mail.get_body(("plain",)).get_content() for mail in self.desk.taken)
        self.assertIn("Ben Tan calls you to a response meeting", first)
        self.assertIn("was changed", second)
        self.assertIn("+886 2 1234 5678", second)
        self.assertIn("is called off.\n\nContained.", third.replace("\r\n", "\n"))
        for said in (first, second, third):
            self.assertNotIn(self.incident.title, said)
        self.assertEqual(len(set(self.desk.ids())), 3)
        self.assertEqual(len({mail["References"] for mail in self.desk.taken}), 1)

    def test_takes_further_people_in_and_some_out_and_troubles_nobody_else(self) -> None:
        made = self.call()
        self.send()
        self.desk.taken.clear()
        meeting.change_meeting(made, by=self.ben, invite="cert@state.example", leave_out=MAKER.upper())
        self.assertEqual(made.invited, [BEN, "cert@state.example"])
        self.send()
        self.assertEqual(self.invitations(), [("CANCEL", 1, "CANCELLED")])
        self.assertEqual(self.invitations("cert@state.example"), [("REQUEST", 1, "CONFIRMED")])
        self.assertEqual(self.invitations(BEN), [])
        self.assertIn("takes place without you", str(self.desk.taken[0].get_body(("plain",)).get_content())
                      + str(self.desk.taken[1].get_body(("plain",)).get_content()))  # fmt: skip

    def test_is_changed_only_where_something_is_other_and_somebody_stays(self) -> None:
        made = self.call()
        for wrong, told in (
            ({}, "Say what is to change."), ({"invite": BEN}, "Say what is to change."),
            ({"bridge": BRIDGE}, "Say what is to change."), ({"leave_out": "x@y.example"}, "Not invited: x@y.example."),
            ({"leave_out": f"{BEN} {MAKER}"}, "Somebody must stay invited"), ({"moved_to": "2020-01-01 05:00"}, "passed"),
            ({"minutes": 600}, "480"), ({"bridge": "javascript:alert(1)"}, "begins with https://"),
            ({"invite": " ".join(f"p{n}@x.example" for n in range(60))}, "At most 60"),
        ):  # fmt: skip
            with self.subTest(wrong), self.assertRaisesMessage(Refused, told):
                meeting.change_meeting(ResponseMeeting.objects.get(), by=self.ben, **wrong)
        self.assertEqual((MeetingMail.objects.count(), ResponseMeeting.objects.get().sequence), (2, 0))
        self.assertEqual(made.sequence, 0)

    def test_of_which_nothing_arrived_is_told_as_it_stands_and_not_as_it_was(self) -> None:
        """Called, moved and joined by a third while no server takes a mail; the second is left out again."""
        with settings_for(9):
            made = self.call()
            meeting.change_meeting(made, by=self.ben, moved_to="06:00", invite="cert@state.example")
            meeting.change_meeting(made, by=self.ben, leave_out=MAKER)
        self.assertEqual(self.send(), {"sent": 2, "dropped": 4})
        self.assertEqual((self.invitations(BEN), self.invitations("cert@state.example"), self.invitations()),
                         ([("REQUEST", 1, "CONFIRMED")], [("REQUEST", 1, "CONFIRMED")], []))  # fmt: skip

    def test_that_may_have_arrived_is_called_off(self) -> None:
        """The server went away after DATA: nobody knows whether it kept the invitation."""
        self.desk.after_data = ["drop"]
        made = self.call(invite=MAKER)
        self.assertEqual(self.send(), {"put_off": 1})
        meeting.call_off(made, by=self.ben, reason="Contained.")
        self.send(timedelta(hours=1))
        self.assertEqual(self.invitations(), [("REQUEST", 0, "CONFIRMED"), ("CANCEL", 1, "CANCELLED")])

    def test_shows_whom_it_did_not_reach(self) -> None:
        made = self.call()
        self.desk.at_rcpt = {MAKER: "550 no such user", BEN: "451 greylisted"}
        self.assertEqual(self.send(), {"failed": 1, "put_off": 2})  # Ben is told by mail too
        self.sign_in(self.ben)
        room = self.client.get(reverse("incident-room", args=[self.incident.pk]))
        for words in ("phone them", f"{MAKER}, invited to the meeting: refused by the mail server", "550 no such user",
                      "waiting since", "451 greylisted"):  # fmt: skip
            self.assertContains(room, words)
        page = self.client.get(reverse("response-meetings-record", args=[made.pk]))
        for words in (MAKER, "Given up", BEN, "Waiting", "Send again what was refused"):
            self.assertContains(page, words)
        self.assertEqual(TimelineEntry.objects.order_by("-number")[0].told,
                         f"{MAKER} did not get the mail about the meeting: the mail server refuses it.")  # fmt: skip
        self.assertIn(MAKER, Notice.objects.get(person=self.ben, kind="mail.refused").sentence(self.incident))
        self.sign_in(self.sam)
        self.assertEqual(
            self.client.get(reverse("response-meetings-record", args=[made.pk])).status_code, 404
        )

    def test_is_sent_again_to_whom_it_was_refused_and_to_nobody_else(self) -> None:
        made = self.call()
        self.desk.at_rcpt = {MAKER: "550 no such user"}
        self.send()
        self.desk.at_rcpt.clear()
        self.desk.taken.clear()
        meeting.send_again(made, by=self.ben)
        self.send()
        self.assertEqual((self.invitations(), self.invitations(BEN)), ([("REQUEST", 0, "CONFIRMED")], []))
        with self.assertRaises(Refused):
            meeting.send_again(made, by=self.ben)

    def test_is_changed_and_called_off_by_who_may_work_on_it(self) -> None:
        made = self.call()
        for who in (self.sam, self.eva, self.cleo):
            with self.subTest(who=str(who)), self.assertRaises(PermissionDenied):
                meeting.call_off(made, by=who, reason="Contained.")
            with self.subTest(who=str(who)), self.assertRaises(PermissionDenied):
                meeting.change_meeting(made, by=who, moved_to="07:00")


class AServer(Posted, TestCase):
    """What holds for letters holds for every kind: seen here with invitations and receipts, beside the letter that tells
    Ben of the report."""

    def setUp(self) -> None:
        super().setUp()
        with acting(TELLER, "story.report"):
            report = Report(unit=self.khh1, says="Line 3", reach="worker@home.example", channel="mail")
            report.save()
        receipts.ask(report, "worker@home.example", "2345-6789-ABCD-EFGH-JKMN-PQRS-TVWX", "", is_cut=False)
        self.call()

    def states(self) -> set[str]:
        return {one.state for model in (MeetingMail, ReceiptMail) for one in model.objects.all()}

    def test_that_says_421_puts_everything_off_after_one_try(self) -> None:
        self.desk.at_rcpt["*"] = "421 closing"
        self.assertEqual((self.send(), self.desk.tries, self.states()), ({"put_off": 1}, 1, {"waiting"}))
        self.desk.at_rcpt.clear()
        self.assertEqual((self.send(timedelta(hours=1)), len(set(self.desk.ids()))), ({"sent": 4}, 4))

    def test_that_hangs_is_left_after_its_time(self) -> None:
        self.desk.at_rcpt["*"] = "hang"
        self.assertEqual(self.send(), {"put_off": 3})
        self.desk.at_rcpt.clear()
        self.assertEqual((self.send(timedelta(hours=1)), self.states()), ({"sent": 4}, {"sent"}))

    def test_that_goes_away_after_data_gets_the_same_mail_again(self) -> None:
        self.desk.after_data = ["drop", "drop", "drop"]
        self.assertEqual(self.send(), {"put_off": 3})
        self.send(timedelta(hours=1))
        self.assertEqual((len(self.desk.taken), len(set(self.desk.ids()))), (7, 4))

    def test_that_refuses_one_for_good_gets_the_others(self) -> None:
        self.desk.at_rcpt["worker@home.example"] = "550 no such user"
        self.assertEqual(self.send(), {"failed": 1, "sent": 3})
        self.assertEqual(ReceiptMail.objects.get().sealed_code, "")

    def test_is_seen_by_administrators_without_whom_it_is_about(self) -> None:
        for who in (MAKER, "worker@home.example"):
            self.desk.at_rcpt[who] = "450 try later <soc@maker.example>"
        self.send()
        address = reverse("letters")
        self.sign_in(self.ada)
        page = self.client.get(address)
        for words in ("Invitations to response meetings", "Receipts of reports", "450 try later …"):
            self.assertContains(page, words)
        for secret in (MAKER, "worker@home.example", self.incident.number):
            self.assertNotContains(page, secret)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(address).status_code, 403)


class AwayForADay(Noticing, TestCase):
    """R38: a meeting called, changed and called off, duty calls, exposure questions, a notice and a receipt, each in an
    hour of its own, while the server is away; it comes back after a day."""

    def setUp(self) -> None:
        super().setUp()
        self.desk, settings = self.enterContext(office())
        self.enterContext(settings)
        with acting(TELLER, "story.staff"):
            self.nia = person("A0000009", "Nia Noor", self.pen1)
            account(self.nia, "nia")
            grant(self.nia, "site_officer", self.pen1)
        self.notice = self.written()
        notices.write(self.notice, by=self.ben, recipient="C-0148", subject="Notice", mail="security@c0148.example",
                      contents={one.name: one.text for one in self.notice.said})  # fmt: skip
        notices.approve(self.notice, by=self.ada)

    def causes(self) -> list[Any]:
        """What happens, one thing an hour."""
        called: list[ResponseMeeting] = []

        def call() -> None:
            called.append(
                meeting.call_meeting(self.incident, by=self.ben, bridge=BRIDGE, invite=MAKER, begins="09:00")
            )

        return [
            call, self.called_at_night, self.asked, lambda: mailing.send_by_mail(self.notice, by=self.ben), self.reported,
            lambda: meeting.change_meeting(called[0], by=self.ben, moved_to="09:30", invite="cert@state.example"),
        ]  # fmt: skip

    def called_at_night(self) -> None:
        shift = DutyShift(unit=self.khh1, person=self.ben, phone="+886 912 345 678", since=NOW - timedelta(hours=9),
                          until=NOW + timedelta(hours=30))  # fmt: skip
        with acting(TELLER, "story.roster"):
            shift.save()
        self.other = self.report("Ransom note on a test cell", self.khh1)
        with acting(TELLER, "story.call"):
            duty.escalate(self.other)

    def asked(self) -> None:
        exposure.ask_sites(self.incident, by=self.ada, says="Is maker X in use?", until="09:00", sites="PEN1")

    def reported(self) -> None:
        with acting(TELLER, "story.report"):
            self.told = Report(unit=self.khh1, says="Line 3", channel="mail")
            self.told.save()
        receipts.ask(self.told, "worker@home.example", "2345-6789-ABCD-EFGH-JKMN-PQRS-TVWX", "", is_cut=False)

    def drained(self, now: datetime) -> None:
        for _turn in range(3):
            delivered(now)
            now += timedelta(minutes=20)

    def test_delays_everything_in_sight_and_loses_and_doubles_nothing(self) -> None:
        begin = timezone.now()
        with settings_for(9):
            for hour, cause in enumerate(self.causes()):
                cause()
                delivered(begin + timedelta(hours=4 * hour))
            for kind in KINDS_OF_MAIL:
                kind.objects.filter(state="waiting").update(next_at=timezone.now() - timedelta(hours=1))
            self.sign_in(self.ben)
            room = self.client.get(reverse("incident-room", args=[self.incident.pk]))
            for words in (f"{MAKER}, invited to the meeting: waiting since", "Nia Noor, asked for PEN1: waiting since",
                          "ConnectionRefusedError"):  # fmt: skip
                self.assertContains(room, words)
            room = self.client.get(reverse("incident-room", args=[self.other.pk]))
            self.assertContains(room, "Ben Tan, called: waiting since")
            self.assertEqual(self.notice_state(), "approved")
        self.drained(begin + timedelta(days=1))
        to = sorted(str(mail["To"]) for mail in self.desk.taken)
        for address in (MAKER, "cert@state.example", "a0000009@meridian.example", "security@c0148.example",
                        "worker@home.example"):  # fmt: skip
            self.assertEqual(to.count(address), 1, address)
        calls = [mail for mail in self.desk.taken if "You are called to" in str(mail["Subject"])]
        self.assertEqual([str(mail["To"]) for mail in calls], [BEN])
        self.assertEqual(len(self.desk.taken), len(set(self.desk.ids())))
        waiting = [one for kind in KINDS_OF_MAIL for one in kind.objects.filter(state="waiting")]
        self.assertEqual(waiting, [])
        self.assertEqual(self.notice_state(), "sent")
        self.sign_in(self.ben)
        self.assertNotContains(
            self.client.get(reverse("incident-room", args=[self.incident.pk])), "phone them"
        )

    def notice_state(self) -> str:
        self.notice.refresh_from_db()
        return str(self.notice.state)
