"""Webhooks and chat: signed, once, retried for three days, and never more than their reader may see."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.test import TestCase, override_settings
from django.utils.translation import override
from standardwebhooks.webhooks import Webhook as Verifier

from keepwell.kernel import moments
from keepwell.platform.egress.addresses import LONGEST_URL
from keepwell.platform.egress.tests.listeners import Host, hosting, says
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.sequencer import advance
from keepwell.platform.notices import chat, hooks
from keepwell.platform.notices.abroad import Channel, ChannelAddress, ChatMessage, Delivery, HookMark, Webhook
from keepwell.platform.notices.readers import keep_webhook_in_sight
from keepwell.platform.people.models import Person
from keepwell.platform.todos.owing import owe
from keepwell.platform.todos.todo import due_from
from tests.cast import NOW, TELLER, Cast, grant, person

CLOCK = datetime(2025, 11, 14, 1, 0, tzinfo=UTC)


class Abroad(Cast, TestCase):
    host: Host

    @classmethod
    def build_people(cls) -> None:
        super().build_people()
        cls.robot = person("M0000009", "Ticket system", cls.khh1, kind="machine")
        grant(cls.robot, "auditor", cls.khh1)

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.enterContext(override("en"))
        self.answer = says(204)
        self.host = self.enterContext(hosting(lambda handler: self.answer(handler)))
        self.enterContext(override_settings(
            KEEPWELL_EGRESS_ALLOW=frozenset({f"127.0.0.1:{self.host.port}"}), KEEPWELL_URL="https://kw.example"
        ))  # fmt: skip


class Hooks(Abroad):
    def setUp(self) -> None:
        super().setUp()
        self.hook = self.made()
        self.secret = hooks.new_secret(self.hook, now=CLOCK)

    def made(self, **facts: Any) -> Webhook:
        values = {"name": "tickets", "unit": self.group, "url": f"{self.host.url}/hook", "registers": ["people"],
                  "reader": self.robot}  # fmt: skip
        hook = Webhook(**(values | facts))
        with acting(TELLER, "test.hook"):
            hook.save()
        return hook

    def rename(self, who: Person, name: str = "Eva Lin") -> None:
        with acting(self.ada, "person.edit"):
            who.name = name
            who.save()

    def round(self, now: datetime = CLOCK) -> hooks.Delivered:
        hooks.gather(now)
        return hooks.deliver("tester", now=now)


class ADelivery(Hooks):
    def test_is_signed_so_that_an_independent_library_believes_it(self) -> None:
        self.rename(self.eva)
        now = datetime.now(UTC)
        self.assertEqual(self.round(now).sent, 1)
        method, path, headers, body = self.host.asked[0]
        self.assertEqual((method, path, headers["Content-Type"]), ("POST", "/hook", "application/json"))
        told = Verifier(self.secret).verify(body, {name.lower(): value for name, value in headers.items()})
        self.assertEqual((told["type"], told["data"]["key"]), ("person.edit", "A0000005"))
        self.assertEqual(told["data"]["columns"], ["name"])
        self.assertEqual(told["data"]["url"], f"https://kw.example/people/{self.eva.pk}/")

    def test_is_signed_by_two_secrets_while_the_receiver_changes_over(self) -> None:
        newer = hooks.new_secret(self.hook, now=datetime.now(UTC))
        self.rename(self.eva)
        self.round(datetime.now(UTC))
        _method, _path, headers, body = self.host.asked[0]
        for secret in (self.secret, newer):
            Verifier(secret).verify(body, {name.lower(): value for name, value in headers.items()})
        self.assertEqual(len(hooks.secrets_of(self.hook, datetime.now(UTC) + timedelta(days=8))), 1)

    def test_secrets_lie_sealed(self) -> None:
        self.assertNotIn(self.secret.removeprefix("whsec_"), self.hook.secrets.get().sealed)
        self.assertFalse(Change.objects.filter(after__icontains=self.secret).exists())

    def test_tells_nothing_that_the_reader_may_not_see(self) -> None:
        self.rename(self.dan, "Dan R7CANARY")
        self.assertEqual(self.round().dropped, 1)
        self.assertEqual(self.host.asked, [])

    def test_tells_nothing_after_the_right_has_ended(self) -> None:
        self.rename(self.eva)
        hooks.gather(CLOCK)
        with acting(TELLER, "test.end"):
            right = self.robot.grants.get()
            right.until = NOW.date() - timedelta(days=9)
            right.save()
        self.assertEqual((hooks.deliver("tester", now=CLOCK).dropped, self.host.asked), (1, []))

    def test_tells_no_values(self) -> None:
        self.rename(self.eva, "Eva SECRETNAME")
        with acting(self.ada, "person.edit"):
            self.eva.mail = "private@meridian.example"
            self.eva.save()
        self.round()
        self.assertNotIn(b"private@meridian.example", b"".join(body for *_rest, body in self.host.asked))

    def test_is_made_once_for_each_change_however_late_it_becomes_visible(self) -> None:
        self.rename(self.eva)
        later = Change.objects.latest("pk")
        self.rename(self.eva, "Eva Wu")
        Change.objects.filter(pk=later.pk).update(record_type="hidden.yet")  # as if not committed yet
        self.assertEqual((hooks.gather(CLOCK), hooks.gather(CLOCK)), (1, 0))
        Change.objects.filter(pk=later.pk).update(record_type="people.person")
        self.assertEqual((hooks.gather(CLOCK), Delivery.objects.count()), (1, 2))

    def test_goes_on_from_what_the_trail_has_numbered(self) -> None:
        self.rename(self.eva)
        hooks.gather(CLOCK)
        self.assertEqual(HookMark.objects.get().leaf, -1)
        advance()
        hooks.gather(CLOCK)
        self.assertEqual(
            HookMark.objects.get().leaf, Change.objects.get(record_id=self.eva.pk, verb="person.edit").leaf
        )
        Delivery.objects.all().delete()
        self.assertEqual(hooks.gather(CLOCK), 0)

    def test_is_made_of_a_change_that_was_in_flight_for_longer_than_any_clock_would_wait(self) -> None:
        """A transaction of three hours ends, while the clock of whoever gathers is five minutes ahead."""
        self.rename(self.eva)
        in_flight = Change.objects.filter(verb="person.edit")
        row = in_flight.values().get()
        in_flight.delete()  # not committed yet
        self.rename(self.eva, "Eva Wu")
        for hours in range(1, 4):
            with moments.standing_at(NOW + timedelta(hours=hours, minutes=5)):
                advance()
                hooks.gather(CLOCK)
        Change.objects.bulk_create([Change(**row)])
        self.assertEqual(hooks.gather(CLOCK), 1)
        self.assertEqual(sorted(Delivery.objects.values_list("change_id", flat=True))[0], row["id"])


class AProgram(Hooks):
    def test_that_is_away_gets_it_again_for_three_days_then_administrators_owe_a_look(self) -> None:
        self.answer = says(503)
        self.rename(self.eva)
        hooks.gather(CLOCK)
        now, tries = CLOCK, 0
        while Delivery.objects.get().state == "waiting":
            hooks.deliver("tester", now=now)
            tries, now = tries + 1, Delivery.objects.get().next_at
        self.assertEqual((tries, len(self.host.asked)), (10, 10))
        self.assertGreater(now - CLOCK, timedelta(days=3))
        self.assertEqual(len({headers["webhook-id"] for _m, _p, headers, _b in self.host.asked}), 1)
        due = [todo.act for todo in due_from(self.ada, NOW.date()) if "webhook" in todo.act]
        self.assertEqual(len(due), 1)
        self.assertIn("webhook tickets", due[0])
        self.answer = says(200)
        self.assertTrue(hooks.send_again(Delivery.objects.get(), now))
        self.assertEqual(hooks.deliver("tester", now=now).sent, 1)
        self.assertEqual([t for t in due_from(self.ada, NOW.date()) if "webhook" in t.act], [])

    def test_with_an_address_of_the_longest_kind_is_told(self) -> None:
        """V4.2.5: 500 characters are what the register takes, and far below what a receiver refuses."""
        most = Webhook._meta.get_field("url").max_length or 0
        self.assertLess(most, LONGEST_URL)
        self.hook.url = f"{self.host.url}/{'a' * (most - len(self.host.url) - 1)}"
        self.hook.full_clean()
        with acting(TELLER, "test.hook"):
            self.hook.save()
        self.rename(self.eva)
        self.assertEqual((self.round().sent, len(self.host.asked[0][1])), (1, most - len(self.host.url)))
        self.hook.url += "a"
        with self.assertRaisesMessage(ValidationError, "500"):
            self.hook.full_clean()

    def test_that_finds_the_address_too_long_says_so_to_who_looks(self) -> None:
        self.answer = says(414)
        self.rename(self.eva)
        self.assertEqual(self.round().put_off, 1)
        self.assertEqual(Delivery.objects.get().error, "The program answered 414.")

    def test_that_wants_nothing_more_is_left(self) -> None:
        self.answer = says(410)
        self.rename(self.eva)
        self.assertEqual(self.round().failed, 1)

    def test_is_asked_at_no_other_place(self) -> None:
        self.answer = says(302, Location="/elsewhere")
        self.rename(self.eva)
        self.assertEqual((self.round().put_off, len(self.host.asked)), (1, 1))

    def test_inside_the_house_is_never_reached(self) -> None:
        with override_settings(KEEPWELL_EGRESS_ALLOW=frozenset()):
            self.rename(self.eva)
            self.assertEqual((self.round().failed, self.host.asked), (1, []))

    def test_that_is_silent_puts_off_its_own_alone(self) -> None:
        self.made(name="silent", url="http://127.0.0.1:9/")
        hooks.new_secret(Webhook.objects.get(name="silent"))
        with override_settings(
            KEEPWELL_EGRESS_ALLOW=frozenset({f"127.0.0.1:{self.host.port}", "127.0.0.1:9"})
        ):
            for number in range(3):
                self.rename(self.eva, f"Eva {number}")
            found = self.round()
        self.assertEqual((found.sent, found.put_off), (3, 1))


class AReader(Hooks):
    def test_has_no_more_rights_than_who_sets_it_up(self) -> None:
        with self.assertRaises(PermissionDenied):
            keep_webhook_in_sight(Webhook(reader=self.cleo), self.ada)
        keep_webhook_in_sight(Webhook(reader=self.robot), self.ada)
        keep_webhook_in_sight(Webhook(reader=self.ada), self.ada)
        with self.assertRaises(PermissionDenied):
            keep_webhook_in_sight(Webhook(reader=self.robot), self.ben)

    def test_and_registers_must_be_known(self) -> None:
        with self.assertRaisesMessage(Exception, "Write names of registers"):
            self.made(name="wrong", registers=["accounts"])


class Pages(Hooks):
    def test_show_a_secret_once_to_administrators_alone(self) -> None:
        address = f"/webhooks/{self.hook.pk}/secret/"
        for who in (self.sam, self.ben, self.cleo):
            self.sign_in(who)
            self.assertIn(self.client.post(address).status_code, (403, 404))
        self.sign_in(self.ada)
        made = self.client.post(address)
        self.assertContains(made, "whsec_")
        self.assertNotContains(self.client.get(address), "whsec_")

    def test_send_a_delivery_again(self) -> None:
        row = Delivery.objects.create(webhook=self.hook, change_id=1, verb="person.edit", state="failed")
        self.sign_in(self.sam)
        self.assertEqual(self.client.post(f"/deliveries/{row.pk}/send/").status_code, 403)
        self.sign_in(self.ada)
        self.assertContains(self.client.get(f"/deliveries/{row.pk}/"), "Send again")
        self.client.post(f"/deliveries/{row.pk}/send/")
        row.refresh_from_db()
        self.assertEqual(row.state, "waiting")


class Chat(Abroad):
    def setUp(self) -> None:
        super().setUp()
        self.channel = Channel(name="room", unit=self.khh1, reader=self.robot)
        with acting(TELLER, "test.channel"):
            self.channel.save()
            owe(self.ben, "Look at %(record)s", record=self.khh1, by_day=NOW.date() - timedelta(days=3))
        chat.set_address(self.channel, f"json://127.0.0.1:{self.host.port}/room")

    def test_says_what_is_overdue_once(self) -> None:
        self.assertEqual((chat.gather(NOW.date()), chat.gather(NOW.date())), (1, 0))
        self.assertEqual(chat.say("tester").sent, 1)
        told = json.loads(self.host.asked[0][3])
        self.assertIn("Look at Kaohsiung Assembly 1", told["message"])
        self.assertIn("https://kw.example/", told["message"])
        self.assertEqual(chat.say("tester").sent, 0)

    def test_says_nothing_that_its_reader_may_not_see(self) -> None:
        chat.gather(NOW.date())
        with acting(TELLER, "test.end"):
            right = self.robot.grants.get()
            right.until = NOW.date() - timedelta(days=9)
            right.save()
        self.assertEqual((chat.say("tester").dropped, self.host.asked), (1, []))

    def test_keeps_its_address_sealed(self) -> None:
        held = ChannelAddress.objects.get()
        self.assertNotIn("127.0.0.1", held.sealed)
        self.assertEqual(held.service, "json")

    def test_reaches_nothing_inside_the_house(self) -> None:
        chat.gather(NOW.date())
        with override_settings(KEEPWELL_EGRESS_ALLOW=frozenset()):
            self.assertEqual((chat.say("tester").put_off, self.host.asked), (1, []))
        self.assertEqual(ChatMessage.objects.get().state, "waiting")

    def test_takes_no_address_longer_than_a_service_does(self) -> None:
        begun = f"json://127.0.0.1:{self.host.port}/"
        chat.set_address(self.channel, begun + "a" * (chat.LONGEST_ADDRESS - len(begun)))
        self.assertEqual(ChannelAddress.objects.count(), 1)
        with self.assertRaisesMessage(Refused, "The address is longer than 400 characters."):
            chat.set_address(self.channel, begun + "a" * (chat.LONGEST_ADDRESS - len(begun) + 1))

    def test_takes_no_address_of_another_kind(self) -> None:
        for address in (
            "mailto://x:y@example.com",
            "syslog://",
            "file:///etc/passwd",
            "dbus://",
            "json://",
            "nonsense",
        ):
            with self.subTest(address), self.assertRaises(Refused):
                chat.set_address(self.channel, address)
