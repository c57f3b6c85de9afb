"""Signing in: by password, with a second factor, with one that a role demands, and under attack."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

from django.test import Client, RequestFactory, TestCase, override_settings
from django.utils import timezone

from keepwell.platform.history.models import Change
from keepwell.platform.identity import totp
from keepwell.platform.identity.devices import KNOWN_FOR
from keepwell.platform.identity.models import Device, Factor, RecoveryCode
from keepwell.platform.identity.tests.stories import FAST, PASSWORD, Signing, at, code_of
from keepwell.platform.notices.models import Notice
from keepwell.platform.people.throttle import source_of
from tests.machine import rounds

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@FAST
class ByPassword(Signing, TestCase):
    def test_opens_by_any_spelling_of_the_name(self) -> None:
        self.assertRedirects(self.enter(" BEN "), "/", fetch_redirect_response=False)
        self.assertTrue(self.is_in())

    def test_goes_on_to_the_page_that_was_wanted(self) -> None:
        self.assertEqual(self.enter(next="/units/?unit=KHH1")["Location"], "/units/?unit=KHH1")

    def test_is_refused_with_a_wrong_word_and_without_a_password(self) -> None:
        for name, word in (("ben", "wrong"), ("eva", ""), ("eva", "!"), ("nobody", PASSWORD)):
            self.assertEqual(self.enter(name, word or " ").status_code, 422)
        self.assertFalse(self.is_in())

    def test_is_refused_to_a_closed_account_and_to_who_was_retired(self) -> None:
        self.ben.account.is_active = False
        self.ben.account.save()
        self.assertEqual(self.enter().status_code, 422)

    def test_takes_long_words_exactly_as_they_are_typed_and_years_later(self) -> None:
        words = f" Very Long {'wörd 詞 ' * 12} "
        self.ben.account.set_password(words)
        self.ben.account.save()
        for other in (words.strip(), words.swapcase(), words[:72], words[:-2]):
            self.enter(password=other)
            self.assertFalse(self.is_in(), other)
        with mock.patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(days=3650)):
            self.enter(password=words)
            self.assertTrue(self.is_in())

    def test_comes_under_a_key_that_nobody_had_before(self) -> None:
        self.client.get("/sign-in/")
        session = self.client.session
        session["a"] = 1
        session.save()
        before = session.session_key
        self.enter()
        self.assertNotEqual(self.client.session.session_key, before)
        self.assertFalse(type(session)().exists(before))

    def test_is_noted_in_the_trail_with_how_and_from_where(self) -> None:
        self.enter("ben", "wrong")
        self.enter()
        told = [
            (c.kind, c.verb, c.answers["how"])
            for c in Change.objects.filter(verb__startswith="session.").order_by("pk")
        ]
        self.assertEqual(
            told, [("refusal", "session.refuse", "password"), ("event", "session.begin", "password")]
        )
        kept = str(list(Change.objects.values_list("answers", flat=True)))
        self.assertNotIn("wrong", kept)
        self.assertNotIn(PASSWORD, kept)

    def test_from_a_browser_that_is_new_is_told_to_whose_name_it_is(self) -> None:
        self.enter(client=self.client)
        self.enter(client=self.client)
        self.assertFalse(Notice.objects.exists())
        self.enter(client=Client(HTTP_USER_AGENT=FIREFOX))
        told = Notice.objects.get(person=self.ben, kind="access.used")
        self.assertIn("Firefox, Linux at 127.0.0.1", told.sentence())
        self.assertEqual(told.url, "/account/")

    def test_from_a_browser_not_used_for_three_months_is_told_again(self) -> None:
        self.enter()
        Device.objects.update(seen_at=timezone.now() - KNOWN_FOR - timedelta(hours=1))
        self.client.logout()
        self.enter()
        self.assertEqual(Notice.objects.filter(person=self.ben, kind="access.used").count(), 1)

    def test_keeps_what_was_typed_as_a_name_out_of_the_trail(self) -> None:
        self.enter("my secret password", "x")
        self.assertNotIn("my secret password", str(list(Change.objects.values_list("answers", flat=True))))


@FAST
class WithASecondFactor(Signing, TestCase):
    def setUp(self) -> None:
        self.seed = self.enrol(self.ben)

    def test_is_asked_for_it_before_anything_opens(self) -> None:
        self.assertRedirects(self.enter(next="/units/"), "/sign-in/second/")
        self.assertFalse(self.is_in())
        answer = self.client.post("/sign-in/second/", {"code": code_of(self.seed)})
        self.assertEqual(answer["Location"], "/units/")
        self.assertTrue(self.is_in())

    def test_takes_no_code_twice(self) -> None:
        code = code_of(self.seed)
        other = Client()
        for client in (self.client, other):
            self.enter(client=client)
        self.assertEqual(self.client.post("/sign-in/second/", {"code": code}).status_code, 302)
        self.assertEqual(other.post("/sign-in/second/", {"code": code}).status_code, 422)
        self.assertFalse(self.is_in(other))

    def test_takes_no_code_older_than_the_last_one(self) -> None:
        self.assertTrue(totp.accepts(self.ben.account, code_of(self.seed)))
        self.assertFalse(totp.accepts(self.ben.account, code_of(self.seed, steps=-1)))

    def test_takes_the_code_beside_the_present_one_and_none_further(self) -> None:
        found = {
            steps: totp.step_of(self.seed, code_of(self.seed, steps=steps)) for steps in (-3, -1, 0, 1, 3)
        }
        self.assertEqual([steps for steps, step in found.items() if step], [-1, 0, 1])

    def test_reckons_as_the_standard_does(self) -> None:
        seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B, the last six digits
        vectors = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
        for seconds, code in vectors.items():
            with at(seconds):
                self.assertEqual(totp.step_of(seed, code), seconds // 30)

    def test_takes_a_recovery_code_once(self) -> None:
        code = self.codes(self.ben)[0]
        self.enter()
        self.assertEqual(self.client.post("/sign-in/second/", {"code": code.lower()}).status_code, 302)
        other = Client()
        self.enter(client=other)
        self.assertEqual(other.post("/sign-in/second/", {"code": code}).status_code, 422)

    def test_keeps_neither_seed_nor_code_that_a_thief_could_use(self) -> None:
        codes = self.codes(self.ben)
        kept = f"{list(Factor.objects.values())} {list(RecoveryCode.objects.values())}"
        for secret in (self.seed, *codes, *(code.replace("-", "") for code in codes)):
            self.assertNotIn(secret, kept)

    def test_opens_no_seed_that_was_moved_to_another_row(self) -> None:
        seed = self.enrol(self.sam)
        ours = Factor.objects.get(account=self.ben.account)
        Factor.objects.filter(account=self.sam.account).update(seed=ours.seed)
        with self.assertRaisesMessage(ValueError, "wrong place"):
            totp.accepts(self.sam.account, code_of(seed))

    def test_forgets_the_first_proof_when_the_password_changes(self) -> None:
        self.enter()
        self.ben.account.set_password("another one, quite long")
        self.ben.account.save()
        self.assertRedirects(self.client.get("/sign-in/second/"), "/sign-in/", fetch_redirect_response=False)

    def test_is_not_asked_of_who_gave_no_password(self) -> None:
        self.assertRedirects(self.client.get("/sign-in/second/"), "/sign-in/", fetch_redirect_response=False)
        self.assertEqual(
            self.client.post("/sign-in/second/", {"code": code_of(self.seed)})["Location"], "/sign-in/"
        )


@FAST
@override_settings(KEEPWELL_DEMO=False)
class ARoleThatDemandsOne(Signing, TestCase):
    def test_is_met_before_anything_else(self) -> None:
        self.assertRedirects(self.enter("ada", next="/units/"), "/sign-in/enrol/")
        self.assertFalse(self.is_in())
        page = self.client.get("/sign-in/enrol/")
        self.assertContains(page, "data:image/svg+xml;base64,")
        seed, signed = page.context["seed"].replace(" ", ""), page.context["app"]["seed"].value()
        answer = self.client.post("/sign-in/enrol/", {"code": "000000", "seed": signed})
        self.assertEqual((answer.status_code, Factor.objects.count()), (422, 0))
        answer = self.client.post("/sign-in/enrol/", {"code": code_of(seed), "seed": signed})
        self.assertContains(answer, "/units/")
        self.assertEqual(len(answer.context["codes"]), 10)
        self.assertTrue(self.is_in())

    def test_does_not_take_a_secret_that_another_account_was_shown(self) -> None:
        self.enter("ada")
        page = self.client.get("/sign-in/enrol/")
        signed, seed = page.context["app"]["seed"].value(), page.context["seed"].replace(" ", "")
        self.client.force_login(self.fresh(self.sam))
        answer = self.client.post("/account/factors/new/", {"code": code_of(seed), "seed": signed})
        self.assertEqual((answer.status_code, Factor.objects.count()), (422, 0))

    def test_is_not_asked_of_other_roles(self) -> None:
        self.enter("ben")
        self.assertTrue(self.is_in())

    @override_settings(KEEPWELL_DEMO=True)
    def test_is_not_asked_in_the_demo(self) -> None:
        self.enter("ada")
        self.assertTrue(self.is_in())


@FAST
class UnderAttack(Signing, TestCase):
    """Strangers try Ben's name; he still gets in, they do not."""

    def attack(self, times: int = 0) -> list[int]:
        """What strangers from many places are answered."""
        times = times or rounds(25, 1_000)
        addresses = (f"198.51.100.{number % 250}" for number in range(times))
        return [Client(REMOTE_ADDR=address).post("/sign-in/", {"name": "ben", "password": "x"}).status_code
                for address in addresses]  # fmt: skip

    def test_ten_tries_are_looked_at(self) -> None:
        self.assertEqual(self.attack().count(422), 10)

    def test_the_right_password_is_not_looked_at_either(self) -> None:
        self.attack()
        stranger = Client(REMOTE_ADDR="203.0.113.9")
        answer = self.enter(client=stranger)
        self.assertEqual((answer.status_code, answer["Retry-After"]), (429, "900"))
        self.assertFalse(self.is_in(stranger))

    def test_are_told_apart_behind_a_proxy(self) -> None:
        for told in ("198.51.100.{}", "203.0.113.{}, 198.51.100.7"):
            for is_behind in (False, True):
                with self.settings(KEEPWELL_BEHIND_PROXY=is_behind):
                    sources = {
                        source_of(RequestFactory().get("/", headers={"X-Forwarded-For": told.format(number)}))
                        for number in range(3)
                    }
                self.assertEqual(len(sources), 3 if is_behind and "," not in told else 1)

    def test_the_browser_that_is_known_gets_in(self) -> None:
        self.enter()
        self.client.post("/sign-out/")
        self.attack()
        self.client.defaults["REMOTE_ADDR"] = "203.0.113.9"
        self.enter()
        self.assertTrue(self.is_in())

    def test_the_address_that_is_known_gets_in(self) -> None:
        self.enter()
        self.attack()
        other = Client()
        self.enter(client=other)
        self.assertTrue(self.is_in(other))

    def test_who_has_a_second_factor_gets_in_from_anywhere(self) -> None:
        seed = self.enrol(self.ben)
        self.attack()
        stranger = Client(REMOTE_ADDR="203.0.113.9")
        self.assertContains(self.enter(client=stranger), "Code of your authenticator app", status_code=429)
        self.enter(client=stranger, code=code_of(seed))
        self.assertTrue(self.is_in(stranger))

    def test_code_and_password_tell_nothing_of_each_other(self) -> None:
        seed = self.enrol(self.ben)
        self.attack()
        told = [self.enter("ben", word, Client(), code=code).context["mistake"]
                for word, code in (("x", code_of(seed)), (PASSWORD, "000000"), ("x", "000000"))]  # fmt: skip
        self.assertEqual(len(set(told)), 1)

    def test_each_entry_has_ten_tries(self) -> None:
        self.enrol(self.ben)
        self.enter()
        self.client.cookies.pop("keepwell-device", None)
        for code in ("000000", "AAAA-AAAA-AAAA-AAAA"):
            answers = [
                self.client.post("/sign-in/second/", {"code": code}).status_code
                for _ in range(rounds(15, 1_000))
            ]
            self.assertEqual(answers.count(422), 10)
        keys = [
            self.client.post("/sign-in/passkey/", {"credential": "{}"}).status_code
            for _ in range(rounds(15, 1_000))
        ]
        self.assertEqual(keys.count(422), 10)

    def test_a_cookie_that_was_made_up_is_no_known_browser(self) -> None:
        self.attack()
        stranger = Client(REMOTE_ADDR="203.0.113.9")
        stranger.cookies["keepwell-device"] = "a" * 32
        self.assertEqual(self.enter(client=stranger).status_code, 429)

    def test_a_cookie_of_another_account_is_no_known_browser(self) -> None:
        sam = Client(REMOTE_ADDR="203.0.113.9")
        self.enter("sam", client=sam)
        self.assertTrue(self.is_in(sam))
        sam.post("/sign-out/")
        self.attack()
        self.assertEqual(self.enter(client=sam).status_code, 429)
        self.enter("sam", client=sam)
        self.assertTrue(self.is_in(sam))

    def test_a_cookie_that_was_stolen_opens_ten_tries_from_all_addresses_together(self) -> None:
        self.enter()
        stolen, told = self.client.cookies["keepwell-device"].value, []
        for number in range(25):
            thief = Client(REMOTE_ADDR=f"198.51.100.{number}")
            thief.cookies["keepwell-device"] = stolen
            told.append(self.enter(password="x", client=thief).status_code)
        self.assertEqual((told.count(422), told.count(429)), (10, 15))

    def test_a_known_browser_is_kept_by_its_digest_alone(self) -> None:
        self.enter()
        cookie = self.client.cookies["keepwell-device"].value
        self.assertNotIn(cookie, str(list(Device.objects.values())))
