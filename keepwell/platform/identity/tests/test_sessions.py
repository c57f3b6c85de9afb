"""Sessions: how long they last, what ends them, and what the database knows of them."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client, TestCase
from django.utils import timezone

from keepwell.platform.history.acting import acting
from keepwell.platform.identity.models import Session
from keepwell.platform.identity.sessions import BEGUN, SEEN
from keepwell.platform.identity.tests.stories import FAST, PASSWORD, Signing, code_of
from tests.cast import TELLER, grant

CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"


@FAST
class ASession(Signing, TestCase):
    def setUp(self) -> None:
        self.enter("ben")

    def age(self, name: str, minutes: float) -> None:
        """Let what the session remembers be so many minutes older."""
        session = self.client.session
        session[name] -= minutes * 60
        session.save()

    def test_is_not_usable_from_the_database(self) -> None:
        key = self.client.session.session_key
        row = Session.objects.get(account=self.ben.account)
        self.assertNotIn(key, f"{row.session_key} {row.session_data}")
        thief = Client()
        for stolen in (row.session_key, row.session_key[:32]):
            thief.cookies["keepwell"] = stolen
            self.assertFalse(self.is_in(thief))

    def test_ends_after_thirty_idle_minutes(self) -> None:
        self.age(SEEN, 29.5)
        self.assertTrue(self.is_in())
        self.age(SEEN, 30.5)
        self.assertFalse(self.is_in())

    def test_is_not_kept_by_what_an_open_page_asks_by_itself(self) -> None:
        self.age(SEEN, 29.5)
        self.assertEqual(self.client.get("/", headers={"X-Unattended": "1"}).status_code, 200)
        self.age(SEEN, 1)
        self.assertFalse(self.is_in())

    def test_of_a_role_that_may_much_ends_after_fifteen(self) -> None:
        self.client = Client()
        self.sign_in(self.ada)
        self.age(SEEN, 14.5)
        self.assertTrue(self.is_in())
        self.age(SEEN, 15.5)
        self.assertFalse(self.is_in())

    def test_ends_after_eight_hours_however_busy(self) -> None:
        self.age(BEGUN, 479)
        self.assertTrue(self.is_in())
        self.age(BEGUN, 2)
        self.assertFalse(self.is_in())

    def test_row_is_gone_after_eight_hours(self) -> None:
        row = Session.objects.get(account=self.ben.account)
        self.assertLess(abs(row.expire_date - timezone.now() - timedelta(hours=8)), timedelta(minutes=1))

    def test_outlives_a_clock_that_is_five_minutes_off(self) -> None:
        self.age(SEEN, -5)
        self.age(BEGUN, -5)
        self.assertTrue(self.is_in())

    def test_ends_with_signing_out(self) -> None:
        key = self.client.session.session_key
        self.client.post("/sign-out/")
        self.client.cookies["keepwell"] = key
        self.assertFalse(self.is_in())

    def test_that_ends_clears_what_the_browser_kept(self) -> None:
        self.assertEqual(self.client.post("/sign-out/")["Clear-Site-Data"], '"cache"')

    def test_ends_with_the_account(self) -> None:
        self.ben.account.is_active = False
        self.ben.account.save(update_fields=["is_active"])
        self.assertFalse(self.is_in())

    def test_ends_with_the_person(self) -> None:
        with acting(TELLER, "person.retire"):
            self.ben.retired_at = timezone.now()
            self.ben.save()
        self.assertFalse(self.is_in())

    def test_ends_when_a_role_is_given_or_ended(self) -> None:
        with acting(TELLER, "grant.enter"):
            given = grant(self.ben, "auditor", self.khh2)
        self.assertFalse(self.is_in())
        self.enter("ben")
        with acting(TELLER, "grant.end"):
            given.until = timezone.now().date()
            given.save()
        self.assertFalse(self.is_in())

    def test_of_somebody_else_goes_on(self) -> None:
        other = Client()
        self.enter("sam", client=other)
        with acting(TELLER, "grant.enter"):
            grant(self.ben, "auditor", self.khh2)
        self.assertTrue(self.is_in(other))


@FAST
class SeveralSessions(Signing, TestCase):
    def setUp(self) -> None:
        self.phone = Client(HTTP_USER_AGENT=CHROME, REMOTE_ADDR="192.0.2.7")
        self.enter("ben", client=self.phone)
        self.enter("ben")

    def test_are_listed_with_device_place_and_time(self) -> None:
        page = self.client.get("/account/")
        this, phone = page.context["seats"]
        self.assertTrue(this.is_this)
        self.assertEqual((phone.device, phone.source, phone.is_this), ("Chrome, Windows", "192.0.2.7", False))
        self.assertNotContains(page, phone.key)

    def test_are_ended_one_by_one(self) -> None:
        _this, phone = self.client.get("/account/").context["seats"]
        self.client.post("/account/sessions/end/", {"session": phone.name})
        self.assertEqual((self.is_in(), self.is_in(self.phone)), (True, False))

    def test_are_ended_all_but_this_one(self) -> None:
        self.client.post("/account/sessions/end/", {"session": "others"})
        self.assertEqual((self.is_in(), self.is_in(self.phone)), (True, False))

    def test_of_others_cannot_be_ended(self) -> None:
        other = Client()
        self.enter("sam", client=other)
        _this, phone = self.client.get("/account/").context["seats"]
        other.post("/account/sessions/end/", {"session": phone.name})
        self.assertTrue(self.is_in(self.phone))

    def test_end_when_the_password_changes_but_for_the_one_that_did_it(self) -> None:
        key = self.client.session.session_key
        told = {"old": PASSWORD, "new": "quite another long word"}
        self.assertRedirects(self.client.post("/account/password/", told), "/account/")
        self.assertNotEqual(self.client.session.session_key, key)
        self.assertEqual((self.is_in(), self.is_in(self.phone)), (True, False))
        self.assertEqual(self.enter(client=Client()).status_code, 422)

    def test_end_when_a_factor_comes_or_goes(self) -> None:
        page = self.client.get("/account/factors/new/")
        seed, signed = page.context["seed"].replace(" ", ""), page.context["app"]["seed"].value()
        self.client.post("/account/factors/new/", {"code": code_of(seed), "seed": signed})
        self.assertEqual((self.is_in(), self.is_in(self.phone)), (True, False))
        self.enter("ben", client=self.phone)
        self.phone.post("/sign-in/second/", {"code": code_of(seed, steps=1)})
        self.assertTrue(self.is_in(self.phone))
        factor = self.ben.account.factors.get()
        self.client.post(f"/account/factors/{factor.pk}/remove/")
        self.assertEqual((self.is_in(), self.is_in(self.phone)), (True, False))


@FAST
class ANewPassword(Signing, TestCase):
    def refused(self, new: str, old: str = PASSWORD) -> bool:
        """Whether the form refuses it."""
        self.enter("ben")
        answer = self.client.post("/account/password/", {"old": old, "new": new})
        return answer.status_code == 422 and not self.fresh(self.ben).check_password(new)

    def test_has_twelve_characters(self) -> None:
        self.assertTrue(self.refused("eleven char"))

    def test_is_not_among_those_everybody_knows(self) -> None:
        self.assertTrue(self.refused("qwerty123456"))

    def test_needs_the_old_one(self) -> None:
        self.assertTrue(self.refused("quite another long word", old="not the old one"))

    def test_is_no_name_of_the_place(self) -> None:
        self.assertTrue(self.refused("Kaohsiung-Assembly-2025"))

    def test_may_be_of_any_letters(self) -> None:
        self.assertFalse(self.refused("四個詞 放在一起 很長 很好記 不會忘"))
