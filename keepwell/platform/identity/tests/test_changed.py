"""Whoever's way in is changed is told, by whatever way it was changed; and a fresh proof gives a fresh key."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from urllib.parse import urlsplit

from django.core import mail
from django.test import TestCase
from django.utils import timezone
from fido2.utils import websafe_decode

from keepwell.config import founding
from keepwell.kernel import moments
from keepwell.platform.identity import changed, links, passkeys, tending
from keepwell.platform.identity.models import Session
from keepwell.platform.identity.sessions import digest_of
from keepwell.platform.identity.sso.linking import link
from keepwell.platform.identity.tests.stories import FAST, PASSWORD, Signing, code_of
from keepwell.platform.notices.models import Letter, Notice
from keepwell.platform.people.models import Person
from keepwell.platform.people.proofs import PROVED
from tests.cast import NOW
from tests.test_canaries import BY_MAIL

NEW = "quite another long word"


@FAST
@BY_MAIL
class WhoseWayInIsChanged(Signing, TestCase):
    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))

    def told(self, person: Person) -> list[str]:
        """What is in the person's list about it, each with a letter that goes out at once."""
        notices = Notice.objects.filter(person=person, kind="access.changed").order_by("pk")
        self.assertEqual(Letter.objects.filter(notices__in=notices).count(), len(notices))
        return [notice.what for notice in notices]

    def test_is_told_of_a_password_changed_by_hand_or_by_a_link(self) -> None:
        self.enter("ben")
        self.client.post("/account/password/", {"old": PASSWORD, "new": NEW})
        self.assertEqual(self.told(self.ben), [changed.PASSWORD])
        address = links.make(self.fresh(self.ben), lasts=links.GIVEN, by=None)
        self.client.post(urlsplit(address).path, {"new": f"{NEW} again"})
        self.assertEqual(self.told(self.ben), [changed.PASSWORD, changed.PASSWORD])

    def test_is_told_of_factors_added_made_anew_and_removed(self) -> None:
        self.enter("ben")
        page = self.client.get("/account/factors/new/").content.decode()
        signed = re.findall(r'name="seed" value="([^"]+)"', page)[0]
        seed = re.sub(r"\s", "", re.findall(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", page)[0])
        self.client.post("/account/factors/new/", {"seed": signed, "code": code_of(seed)})
        self.client.post("/account/recovery/")
        self.client.post(f"/account/factors/{self.ben.account.factors.get().pk}/remove/")
        self.assertEqual(self.told(self.ben), [changed.ADDED, changed.RECOVERY, changed.REMOVED])

    def test_is_told_of_what_others_change(self) -> None:
        self.enrol(self.ben)
        tending.reset_factors(self.ben, by=self.ada, identified="Seen with staff card.")
        tending.open_account(self.ben, "ben.tan", by=self.ada)
        link(self.ben, "entra", "https://issuer.example", "b-1", by=self.ada)
        founding.open_account(self.ben, "ben")
        self.assertEqual(self.told(self.ben), [changed.RESET, changed.OPENED, changed.LINKED, changed.OPENED])
        self.assertEqual(mail.outbox, [])


@FAST
class WhomTheOperatorLetsIn(Signing, TestCase):
    def test_sets_the_password_by_a_link_that_ends_after_a_day(self) -> None:
        address = founding.open_account(self.ben, "ben")
        (path,) = re.findall(r"/sign-in/password/.+/$", address)
        self.assertFalse(self.fresh(self.ben).has_usable_password())
        self.assertEqual(self.client.post(path, {"new": NEW}).status_code, 302)
        self.assertEqual(self.client.post(path, {"new": NEW}).status_code, 404)
        self.enter("ben", NEW)
        self.assertTrue(self.is_in())
        made = self.fresh(self.ben).password_links.get()
        self.assertLessEqual(made.expires_at - made.made_at, timedelta(hours=24))

    def test_gets_a_password_for_the_safe_alone(self) -> None:
        password = founding.open_account(self.sam, "glass", is_break_glass=True)
        self.assertTrue(self.fresh(self.sam).check_password(password))


@FAST
class AFreshProof(Signing, TestCase):
    def test_goes_on_under_a_new_key(self) -> None:
        self.enter("ben")
        session = self.client.session
        session[PROVED] = (timezone.now() - timedelta(hours=1)).timestamp()
        session.save()
        before = self.client.cookies["keepwell"].value
        told = {"proof-for": "GET", "proof-password": PASSWORD}
        self.assertEqual(self.client.post("/account/factors/new/", told).status_code, 302)
        after = self.client.cookies["keepwell"].value
        self.assertNotEqual(after, before)
        self.assertFalse(Session.objects.filter(session_key=digest_of(before)).exists())
        self.assertEqual(self.client.get("/account/factors/new/").status_code, 200)


class AChallenge(TestCase):
    def test_has_128_bits_and_is_new_each_time(self) -> None:
        """ASVS 6.7.2: at least 64 bits."""
        asked = [json.loads(passkeys.ask(None).options) for _ in range(20)]
        challenges = {websafe_decode(told.get("publicKey", told)["challenge"]) for told in asked}
        self.assertEqual((len(challenges), {len(one) >= 16 for one in challenges}), (20, {True}))
