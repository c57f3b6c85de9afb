"""R17: lists about people are handed out in view of the trail, once a minute, and nobody walks through all unproved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F
from django.http import HttpResponse
from django.test import TestCase, override_settings
from django.utils import timezone

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.identity.sessions import facts
from keepwell.platform.jobs.beside import BESIDE
from keepwell.platform.people.handing import READ
from keepwell.platform.people.models import Handed, Person
from keepwell.platform.people.personal import HOLDINGS
from keepwell.platform.people.proofs import PROVED
from keepwell.platform.people.tokens import issue
from keepwell.platform.registers.handing import is_about_people, is_kept
from keepwell.platform.registers.register import REGISTERS
from tests.cast import TELLER, Cast, grant, person
from tests.house import endpoints, made, samples

OPEN = {"actions", "custody-entries", "incident-tasks", "initiatives"}
"""Registers whose rows name somebody and are read without a row; each says why."""
KEPT = sorted(slug for slug, register in REGISTERS.items() if is_about_people(register))


def told() -> list[dict[str, Any]]:
    """What the trail was told of lists, oldest first."""
    return [row.answers for row in Change.objects.filter(kind="read", verb=READ).order_by("id")]


def let_pass(**span: float) -> None:
    """Let what was read be so much longer ago."""
    by = timedelta(**span)
    Handed.objects.update(
        kept_at=F("kept_at") - by, began_at=F("began_at") - by, touched_at=F("touched_at") - by
    )


class EveryListAboutPeople(Cast, TestCase):
    """Found by the registry: what the models say they hold of people."""

    def setUp(self) -> None:
        with acting(TELLER, "story.designate"):
            for role in ("group_ciso", "administrator", "designated_person"):
                grant(self.cleo, role, self.group)
        for slug in KEPT:
            made(slug, self.khh1, self.eva)

    def test_says_so_or_says_why_not(self) -> None:
        naming = {slug for slug, register in REGISTERS.items()
                  if (holding := HOLDINGS.get(register.record._meta.label_lower)) and holding.ways}  # fmt: skip
        naming |= {slug for slug, register in REGISTERS.items() if issubclass(register.record, Person)}
        self.assertEqual(naming - set(KEPT), OPEN)
        self.assertEqual({slug for slug, register in REGISTERS.items() if register.open_to_read}, OPEN)

    def test_leaves_a_row_by_page_and_api(self) -> None:
        """100 %: whatever the registry flags."""
        self.assertGreater(len(KEPT), 7)
        bearer = {"Authorization": f"Bearer {issue(self.cleo)}"}
        for slug in KEPT:
            self.sign_in(self.cleo)
            self.rows(slug, "session", self.client.get(f"/{slug}/"))
            self.client.logout()
            self.rows(slug, "program", self.client.get(f"/api/{slug}", headers=bearer))

    def rows(self, slug: str, door: str, answer: HttpResponse) -> None:
        self.assertEqual(answer.status_code, 200, slug)
        newest = told()[-1]
        self.assertEqual((newest["register"], newest["door"], newest["sources"]), (slug, door, ["127.0.0.1"]))
        self.assertGreater(newest["rows"], 0)

    def test_is_marked_in_the_description_of_the_api(self) -> None:
        marked = {one.path for one in endpoints() if one.told.get("x-reading-kept")}
        self.assertEqual(
            marked, {f"/api/{slug}" for slug, register in REGISTERS.items() if is_kept(register)}
        )

    def test_has_a_sample(self) -> None:
        self.assertEqual(set(KEPT) - set(samples()), set())


class AReading(Cast, TestCase):
    def setUp(self) -> None:
        self.sign_in(self.ben)

    def test_names_who_what_how_much_and_from_where(self) -> None:
        self.client.get("/people/?kind=employee&size=50")
        row = Change.objects.filter(verb=READ).latest("id")
        self.assertEqual((row.by, row.unit_id), (self.ben.pk, self.khh1.pk))
        self.assertEqual(row.answers, {
            "register": "people", "door": "session", "rows": 1, "times": 1, "pages": ["people"],
            "asked": ["kind=employee"], "sources": ["127.0.0.1"],
        })  # fmt: skip

    def test_is_told_once_a_minute_and_the_sum_is_right(self) -> None:
        for _time in range(5):
            self.client.get("/people/")
        self.assertEqual([one["rows"] for one in told()], [1])
        let_pass(seconds=61)
        self.client.get("/people/?q=Chen")
        self.assertEqual([(one["rows"], one["times"]) for one in told()], [(1, 1), (5, 5)])
        self.assertEqual(told()[1]["asked"], ["", "q=Chen"])

    def test_like_one_before_it_is_added_by_one_statement_that_waits_for_nobody(self) -> None:
        """Even of somebody not proved lately, while they read little."""
        for proved in (True, False):
            if not proved:
                session = self.client.session
                session[PROVED] -= 11 * 60
                session.save()
            for _time in range(2):
                self.client.get("/people/")
            asked: list[str] = []
            with connection.execute_wrapper(
                lambda execute, sql, *more, asked=asked: (asked.append(sql), execute(sql, *more))[1]
            ):
                self.client.get("/people/")
            said = [sql for sql in asked if '"people_handed"' in sql]
            self.assertEqual([sql.split()[0] for sql in said], ["SELECT", "UPDATE"], said)
            self.assertFalse([sql for sql in said if "FOR UPDATE" in sql])
        let_pass(seconds=61)
        BESIDE["people.readings"].work()
        self.assertEqual(sum(one["times"] for one in told()), 6)

    def test_of_something_new_is_named(self) -> None:
        for asked in ("", "", "kind=employee", "q=Eva", "kind=employee"):
            self.client.get(f"/people/?{asked}")
        let_pass(seconds=61)
        BESIDE["people.readings"].work()
        self.assertEqual([(one["times"], one["asked"]) for one in told()],
                         [(1, [""]), (4, ["", "kind=employee", "q=Eva"])])  # fmt: skip

    def test_that_waits_is_told_by_a_worker(self) -> None:
        for _time in range(3):
            self.client.get("/people/")
        BESIDE["people.readings"].work()
        self.assertEqual(len(told()), 1, "it waited for less than a minute")
        let_pass(seconds=61)
        BESIDE["people.readings"].work()
        BESIDE["people.readings"].work()
        self.assertEqual(sum(one["rows"] for one in told()), 3)
        self.assertEqual(Change.objects.filter(verb=READ).latest("id").by, self.ben.pk)

    def test_is_forgotten_an_hour_after_it_was_told(self) -> None:
        self.client.get("/people/")
        let_pass(minutes=59)
        BESIDE["people.readings"].work()
        self.assertEqual(Handed.objects.count(), 1)
        let_pass(minutes=1)
        BESIDE["people.readings"].work()
        self.assertEqual(Handed.objects.count(), 0)

    def test_of_oneself_alone_or_of_nothing_leaves_no_row(self) -> None:
        for who in (self.eva, self.sam):
            self.sign_in(who)
            self.client.get("/people/")
        self.sign_in(self.ben)
        self.client.get("/people/?q=nobody-is-called-so")
        self.assertEqual((told(), Handed.objects.count()), ([], 0))

    def test_of_a_search_is_told(self) -> None:
        self.client.get("/search/?q=Chen")
        self.client.get("/api/search?q=Chen")
        let_pass(seconds=61)
        BESIDE["people.readings"].work()
        self.assertEqual([(one["register"], one["rows"]) for one in told()], [("search", 1), ("search", 1)])

    def test_by_scim_is_told(self) -> None:
        with acting(TELLER, "story.enter"):
            machine = person("M0000001", "Directory", self.khh1, kind="machine", mail="")
            grant(machine, "hr_importer", self.khh1)
        bearer = {"Authorization": f"Bearer {issue(machine)}"}
        answer = self.client.get('/scim/v2/Users?filter=userName sw "e"', headers=bearer)
        self.assertEqual(answer.json()["totalResults"], 1)
        self.assertEqual([(one["register"], one["rows"], one["asked"]) for one in told()],
                         [("scim", 1, ["filter=userName+sw+%22e%22"])])  # fmt: skip


class OfARestrictedIncident(Reported, TestCase):
    def test_is_told_and_of_others_not(self) -> None:
        self.sign_in(self.ben)
        self.client.get("/incidents/")
        self.client.get("/api/timeline-entries")
        self.assertEqual(told(), [])
        rules.restrict(self.incident, by=self.ben, reason="It concerns somebody.")
        self.client.get("/incidents/")
        self.client.get("/api/timeline-entries")
        self.assertEqual([one["register"] for one in told()], ["incidents", "timeline-entries"])
        self.assertEqual(told()[0]["rows"], 1)


@override_settings(KEEPWELL_READ_AN_HOUR=3)
class WalkingThroughAll(Cast, TestCase):
    """Ada sees five others: a second look at them is a walk."""

    def setUp(self) -> None:
        self.sign_in(self.ada)
        session = self.client.session
        session[PROVED] -= 11 * 60
        session.save()

    def bearer(self, **may: bool) -> dict[str, str]:
        self.client.logout()
        return {"Authorization": f"Bearer {issue(self.ada, **may)}"}

    def test_asks_a_session_for_a_fresh_proof(self) -> None:
        self.assertEqual(self.client.get("/people/").status_code, 200)
        self.assertContains(self.client.get("/people/?size=10"), "Is it you?", status_code=403)
        answer = self.client.get("/api/people")
        self.assertEqual((answer.status_code, answer.json()["type"]), (403, "urn:keepwell:problem:step-up"))

    def test_counts_all_registers_together(self) -> None:
        self.client.get("/people/")
        self.assertEqual(self.client.get("/grants/").status_code, 403)
        self.assertEqual(self.client.get("/search/?q=Chen").status_code, 403)
        self.assertEqual(self.client.get("/units/").status_code, 200)

    def test_goes_on_with_a_fresh_proof_or_in_the_next_hour(self) -> None:
        self.client.get("/people/")
        session = self.client.session
        session.update(facts(self.ada.account, source="127.0.0.1", device=""))
        session.save()
        self.assertEqual(self.client.get("/people/").status_code, 200)
        session[PROVED] -= 11 * 60
        session.save()
        self.assertEqual(self.client.get("/people/").status_code, 403)
        let_pass(minutes=60)
        self.assertEqual(self.client.get("/people/").status_code, 200)

    def test_is_refused_to_a_token_not_made_for_it(self) -> None:
        bearer = self.bearer()
        self.assertEqual(self.client.get("/api/people", headers=bearer).status_code, 200)
        refused = self.client.get("/api/people", headers=bearer)
        self.assertContains(refused, "3 rows about people within an hour", status_code=429)
        self.assertTrue(3500 < int(refused["Retry-After"]) <= 3600, refused["Retry-After"])
        let_pass(minutes=60)
        self.assertEqual(self.client.get("/api/people", headers=bearer).status_code, 200)

    def test_is_not_begun_anew_with_another_token(self) -> None:
        self.client.get("/api/people", headers=self.bearer())
        self.assertEqual(self.client.get("/api/people", headers=self.bearer()).status_code, 429)

    def test_is_open_to_a_token_that_may_take_data_out_and_told_to_the_trail(self) -> None:
        bearer = self.bearer(may_export=True)
        for _time in range(3):
            self.assertEqual(self.client.get("/api/people", headers=bearer).status_code, 200)
        let_pass(seconds=61)
        BESIDE["people.readings"].work()
        self.assertEqual(sum(one["rows"] for one in told()), 15)

    def test_hands_out_nothing_when_it_refuses(self) -> None:
        self.client.get("/people/")
        before = Handed.objects.get().rows
        self.client.get("/people/")
        self.assertEqual((Handed.objects.get().rows, len(told())), (before, 1))

    @override_settings(KEEPWELL_READ_AN_HOUR=0)
    def test_is_not_limited_where_the_operator_says_so(self) -> None:
        for _time in range(2):
            self.assertEqual(self.client.get("/people/").status_code, 200)

    def test_by_scim_counts_lists_and_no_look_up_of_one(self) -> None:
        with acting(TELLER, "story.enter"):
            machine = person("M0000001", "Directory", self.group, kind="machine", mail="")
            grant(machine, "hr_importer", self.group)
        bearer = {"Authorization": f"Bearer {issue(machine)}"}
        one, every = '/scim/v2/Users?filter=userName eq "eva"', "/scim/v2/Users?count=4"
        for _time in range(5):
            self.assertEqual(self.client.get(one, headers=bearer).status_code, 200)
        self.assertEqual(self.client.get(every, headers=bearer).status_code, 200)
        refused = self.client.get(every, headers=bearer)
        self.assertEqual((refused.status_code, refused.json()["status"]), (429, "429"))
        self.assertIn("Retry-After", refused)
        self.assertEqual(self.client.get(one, headers=bearer).status_code, 200)

    def test_is_known_of_whoever_reads_now(self) -> None:
        self.client.get("/people/")
        self.assertTrue(Handed.objects.filter(touched_at__gt=timezone.now() - timedelta(minutes=1)).exists())
