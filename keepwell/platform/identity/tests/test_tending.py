"""Links for passwords, and looking after how other people sign in: never beyond one's own rights."""

from __future__ import annotations

import re
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from unittest.mock import patch

from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from keepwell.config.mail import Post
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.identity import links, tending
from keepwell.platform.identity.models import Identity, LinkMail, PasswordLink, Stranger
from keepwell.platform.identity.tests.stories import FAST, PASSWORD, Signing
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.notices.models import Notice
from keepwell.platform.notices.tests.post import delivered
from keepwell.platform.people.models import Account, Budget
from keepwell.platform.people.throttle import Purse
from keepwell.platform.todos.todo import due_from
from tests.cast import TELLER, grant

NEW = "quite another long word"
BACKEND = "django.core.mail.backends.locmem.EmailBackend"
BY_MAIL = override_settings(MAIL=Post(host="mail.example"), EMAIL_BACKEND=BACKEND)
IDENTIFIED = "Called back on the number in the staff list."
LINK = re.compile(r"http://localhost:8000(/sign-in/password/[\w-]+/)")


def spend(*names: str) -> None:
    """Strangers from many places spend the tries of these names."""
    for name in names:
        for number in range(12):
            Client(REMOTE_ADDR=f"198.51.100.{number}").post(*form(name, "x"))


def form(name: str, password: str) -> tuple[str, dict[str, str]]:
    """Where and what the sign-in page sends."""
    return "/sign-in/", {"name": name, "password": password}


def path_of(account: Account) -> str:
    """Where a new link of `account` leads."""
    return links.make(account, lasts=links.ASKED_FOR, by=None).removeprefix("http://localhost:8000")


@FAST
class ALink(Signing, TestCase):
    def setUp(self) -> None:
        self.path = path_of(self.ben.account)

    def test_sets_the_password_once(self) -> None:
        self.assertRedirects(self.client.post(self.path, {"new": NEW}), "/sign-in/")
        self.assertFalse(self.is_in())
        self.assertEqual(self.enter(password=NEW).status_code, 302)
        self.assertEqual(self.client.post(self.path, {"new": "yet another long word"}).status_code, 404)

    def test_ends_every_session(self) -> None:
        self.enter()
        Client().post(self.path, {"new": NEW})
        self.assertFalse(self.is_in())

    def test_does_not_set_a_weak_one_and_can_be_used_again(self) -> None:
        self.assertEqual(self.client.post(self.path, {"new": "password1234"}).status_code, 422)
        self.assertEqual(self.client.post(self.path, {"new": NEW}).status_code, 302)

    def test_is_good_for_thirty_minutes(self) -> None:
        PasswordLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        self.assertContains(self.client.get(self.path), "its time is over", status_code=404)

    def test_ends_with_the_next_one(self) -> None:
        links.make(self.ben.account, lasts=links.ASKED_FOR, by=None)
        self.assertEqual(self.client.get(self.path).status_code, 404)

    def test_is_kept_by_its_digest(self) -> None:
        secret = self.path.split("/")[-2]
        self.assertNotIn(secret, str([*PasswordLink.objects.values(), *Change.objects.values()]))

    def test_does_not_pass_the_second_factor(self) -> None:
        self.enrol(self.ben)
        self.client.post(self.path, {"new": NEW})
        self.assertRedirects(self.enter(password=NEW), "/sign-in/second/")

    def test_lets_its_owner_in_whatever_strangers_spend(self) -> None:
        spend("ben")
        self.client.defaults["REMOTE_ADDR"] = "203.0.113.9"
        self.assertEqual(self.enter().status_code, 429)
        self.client.post(self.path, {"new": NEW})
        self.assertEqual(Client(REMOTE_ADDR="203.0.113.9").post(*form("ben", NEW)).status_code, 429)
        self.enter(password=NEW)
        self.assertTrue(self.is_in())

    def test_opens_ten_tries_of_that_account_until_its_password_changes_again(self) -> None:
        spend("ben", "sam")
        self.client.post(self.path, {"new": NEW})
        self.client.defaults["REMOTE_ADDR"] = "203.0.113.9"
        self.assertEqual(self.enter("sam").status_code, 429)
        told = [self.enter(password="x").status_code for _time in range(14)]
        self.assertEqual((told.count(422), told.count(429)), (10, 4))
        Budget.objects.exclude(key=Purse("password|ben|strangers").key).delete()
        Client().post(path_of(self.ben.account), {"new": "yet another long word"})
        self.assertEqual(self.enter(password="yet another long word").status_code, 429)

    def test_that_is_guessed_is_looked_at_ten_times(self) -> None:
        answers = [self.client.get("/sign-in/password/guess/").status_code for _time in range(14)]
        self.assertEqual(answers, [404] * 10 + [429] * 4)


@FAST
@BY_MAIL
class AskingForOne(Signing, TestCase):
    def ask(self, name: str, **headers: str) -> str:
        answer = Client(**headers).post("/sign-in/forgotten/", {"name": name})
        self.assertEqual(answer.status_code, 200)
        return re.sub(r'value="\w{64}"', "", answer.content.decode())

    def work(self) -> None:
        while run_one():
            pass
        delivered()

    def test_sends_it_with_the_address_of_the_settings(self) -> None:
        self.ask("ben", HTTP_X_FORWARDED_HOST="evil.example")
        self.work()
        (letter,) = mail.outbox
        self.assertEqual(letter.to, [self.ben.mail])
        self.assertNotIn("evil.example", letter.body)
        self.assertEqual(self.client.get(LINK.search(letter.body)[1]).status_code, 200)

    def test_says_the_same_whoever_it_is_and_sends_nothing_to_nobody(self) -> None:
        Account.objects.filter(person=self.sam).update(is_active=False)
        said = {self.ask(name) for name in ("ben", "nobody", "sam")}
        self.work()
        self.assertEqual((len(said), len(mail.outbox)), (1, 1))

    def test_sends_two_while_one_is_good(self) -> None:
        for number in range(6):
            self.ask("BEN " if number % 2 else "ben", REMOTE_ADDR=f"192.0.2.{number}")
        self.work()
        self.assertEqual((LinkMail.objects.count(), len(mail.outbox)), (2, 1))
        self.assertEqual(self.client.get(LINK.search(mail.outbox[0].body)[1]).status_code, 200)

    def test_leaves_nothing_that_opens_anything_once_it_is_sent(self) -> None:
        self.ask("ben")
        while run_one():
            pass
        waiting = LinkMail.objects.get()
        self.assertNotIn("/sign-in/password/", waiting.sealed_url)
        delivered()
        secret = LINK.search(mail.outbox[0].body)[1].split("/")[-2]
        self.assertNotIn(secret, str([*LinkMail.objects.values(), *PasswordLink.objects.values()]))
        self.assertEqual(LinkMail.objects.get().sealed_url, "")

    def test_waits_while_the_mail_server_is_away_and_goes_to_nobody_once_it_opens_nothing(self) -> None:
        with patch(f"{BACKEND}.send_messages", side_effect=SMTPServerDisconnected()):
            self.ask("ben")
            self.work()
        self.assertEqual((LinkMail.objects.get().state, mail.outbox), ("waiting", []))
        PasswordLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        self.assertEqual(delivered(timezone.now() + timedelta(hours=1)), {"dropped": 1})

    def test_goes_to_no_address_that_came_later(self) -> None:
        self.ask("ben")
        while run_one():
            pass
        with acting(TELLER, "person.change"):
            self.ben.mail = "elsewhere@evil.example"
            self.ben.save()
        self.assertEqual((delivered(), mail.outbox), ({"dropped": 1}, []))

    def test_in_the_language_of_its_reader(self) -> None:
        with acting(TELLER, "person.change"):
            self.ben.language = "zh-hant"
            self.ben.save()
        self.ask("ben")
        self.work()
        self.assertIn("您好", mail.outbox[0].body)

    @override_settings(MAIL=Post())
    def test_is_not_offered_where_no_mail_leaves(self) -> None:
        self.assertEqual(self.client.get("/sign-in/forgotten/").status_code, 404)
        self.assertNotContains(self.client.get("/sign-in/"), "Forgot")


@FAST
class Tending(Signing, TestCase):
    def setUp(self) -> None:
        self.sign_in(self.ada)

    def act(self, who: object, act: str, **told: str) -> object:
        return self.client.post(f"/administration/sign-in/{who.pk}/{act}/", told, follow=True)

    def test_is_closed_to_who_administers_nothing(self) -> None:
        for who in (self.ben, self.sam, self.cleo):
            self.client = Client()
            self.sign_in(who)
            self.assertEqual(self.client.get("/administration/sign-in/").status_code, 403)
            self.assertEqual(self.client.get(f"/administration/sign-in/{self.eva.pk}/").status_code, 404)
            self.assertEqual(self.act(self.eva, "link").status_code, 404)

    def test_lists_who_signs_in_and_finds_who_cannot_yet(self) -> None:
        page = self.client.get("/administration/sign-in/")
        self.assertContains(page, "Ben Tan")
        self.assertContains(self.client.get("/administration/sign-in/?q=A0000005"), "Eva Chen")

    def test_costs_the_same_for_few_as_for_many(self) -> None:
        costs = []
        for words in ("A0000001", "a"):
            with CaptureQueriesContext(connection) as asked:
                self.client.get(f"/administration/sign-in/?q={words}")
            costs.append(len(asked))
        self.assertEqual(costs[0], costs[1])

    def test_takes_lost_factors_away_and_ends_what_was_open(self) -> None:
        seed, ben = self.enrol(self.ben), Client()
        self.codes(self.ben)
        self.assertTrue(seed)
        ben.force_login(self.fresh(self.ben))
        self.act(self.ben, "reset", identified=IDENTIFIED)
        self.assertEqual((self.ben.account.factors.count(), self.ben.account.recovery_codes.count()), (0, 0))
        self.assertFalse(self.is_in(ben))
        kept = Change.objects.get(verb="factor.reset")
        self.assertEqual((kept.by, kept.record_id), (self.ada.pk, self.ben.pk))
        self.assertEqual(kept.answers, {"factors": 1, "identified": IDENTIFIED})

    def test_takes_no_factor_away_before_it_is_written_down_who_asked(self) -> None:
        self.enrol(self.ben)
        for said in ("", " " * 20, "x" * 9, "x" * 301):
            answer = self.act(self.ben, "reset", identified=said)
            self.assertContains(answer, "How did you make sure who asks?", status_code=422)
            with self.assertRaises(Refused):
                tending.reset_factors(self.ben, by=self.ada, identified=said)
        self.assertEqual(self.ben.account.factors.count(), 1)
        self.assertFalse(Change.objects.filter(verb="factor.reset").exists())
        for said in ("x" * 10, "x" * 300):
            self.enrol(self.sam)
            self.assertGreater(tending.reset_factors(self.sam, by=self.ada, identified=said), 0)

    @BY_MAIL
    def test_tells_the_person_whose_factors_were_taken_away(self) -> None:
        self.enrol(self.ben)
        self.act(self.ben, "reset", identified=IDENTIFIED)
        told = Notice.objects.get(person=self.ben, kind="access.changed")
        self.assertIn("took your second factors away", told.sentence())
        self.assertEqual(told.letter.person, self.ben)

    def test_is_never_done_for_oneself_or_for_who_may_more(self) -> None:
        self.assertIn("themselves", tending.why_not(self.ada, self.ada))
        with acting(TELLER, "grant.enter"):
            grant(self.ben, "administrator", self.khh1)
            grant(self.eva, "administrator", self.khh1)
            grant(self.eva, "auditor", self.group)
        self.assertIn("more than you", tending.why_not(self.ben, self.eva))
        with self.assertRaises(PermissionDenied):
            tending.reset_factors(self.eva, by=self.ben, identified=IDENTIFIED)
        with self.assertRaises(PermissionDenied):
            tending.close_account(self.eva, by=self.ben)
        self.assertEqual(tending.why_not(self.ada, self.eva), "")

    def test_shows_the_link_once_where_no_mail_leaves(self) -> None:
        page = self.act(self.ben, "link")
        path = LINK.search(page.content.decode())[1]
        self.assertEqual(Client().get(path).status_code, 200)

    @BY_MAIL
    def test_mails_the_link_and_shows_it_to_nobody_else(self) -> None:
        page = self.act(self.ben, "link")
        self.assertNotContains(page, "/sign-in/password/")
        delivered()
        self.assertEqual(mail.outbox[0].to, [self.ben.mail])

    def test_opens_an_account_and_closes_it(self) -> None:
        Account.objects.filter(person=self.eva).delete()
        self.act(self.eva, "open", name="Eva.Chen")
        self.assertEqual(self.fresh_name(), ("eva.chen", True))
        self.act(self.eva, "close")
        self.assertEqual(self.fresh_name(), ("eva.chen", False))

    def fresh_name(self) -> tuple[str, bool]:
        return Account.objects.values_list("sign_in_name", "is_active").get(person=self.eva)

    def test_does_not_open_two_accounts_under_one_name(self) -> None:
        self.assertContains(self.act(self.eva, "open", name=" BEN "), "Somebody else signs in")

    def test_says_who_a_stranger_is(self) -> None:
        stranger = Stranger.objects.create(
            provider="entra", issuer="https://idp", subject="s-1", last_at=timezone.now()
        )
        self.assertContains(self.client.get("/administration/sign-in/"), "s-1")
        self.client.post(
            f"/administration/sign-in/strangers/{stranger.pk}/link/", {"number": self.eva.number}
        )
        identity = Identity.objects.get()
        self.assertEqual((identity.person, identity.linked_by), (self.eva, str(self.ada)))
        self.act(self.eva, "unlink", identity=str(identity.pk))
        self.assertEqual(Identity.objects.count(), 0)

    def test_shows_strangers_to_who_administers_the_whole_group_only(self) -> None:
        Stranger.objects.create(provider="entra", issuer="https://idp", subject="s-1", last_at=timezone.now())
        with acting(TELLER, "grant.enter"):
            grant(self.ben, "administrator", self.khh1)
        self.client = Client()
        self.sign_in(self.ben)
        self.assertNotContains(self.client.get("/administration/sign-in/"), "s-1")


@FAST
class BreakingTheGlass(Signing, TestCase):
    def setUp(self) -> None:
        Account.objects.filter(person=self.ada).update(is_break_glass=True)

    @override_settings(KEEPWELL_PASSWORDS="break-glass")
    def test_works_where_passwords_are_closed_to_everybody_else(self) -> None:
        self.assertEqual(self.enter("ben").status_code, 422)
        self.enter("ada")
        self.assertTrue(self.is_in())

    def test_is_heard(self) -> None:
        with self.assertLogs("keepwell.sign_in", "CRITICAL") as heard:
            self.enter("ada")
        self.assertIn("break-glass account used", heard.output[0])
        self.assertEqual(Change.objects.get(verb="break_glass.use").by, self.ada.pk)

    @BY_MAIL
    def test_is_told_to_whoever_administers_the_group(self) -> None:
        Account.objects.filter(person=self.ada).update(is_break_glass=False)
        Account.objects.filter(person=self.sam).update(is_break_glass=True)
        self.enter("sam")
        delivered()
        told = [letter.to for letter in mail.outbox if "break-glass" in letter.subject]
        self.assertEqual(told, [[self.ada.mail]])
        told = [todo.act for todo in due_from(self.ada, moments.today())]
        self.assertEqual(sum("break-glass" in act for act in told), 1)
        self.assertFalse(any("break-glass" in todo.act for todo in due_from(self.ben, moments.today())))

    def test_is_not_heard_when_somebody_else_signs_in(self) -> None:
        with self.assertNoLogs("keepwell.sign_in", "CRITICAL"):
            self.enter("ben", PASSWORD)
