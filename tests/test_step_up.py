"""R30: whatever is marked asks for a proof that is not older than ten minutes; 100 % of it."""

from __future__ import annotations

import json
import re

from django.http import HttpResponse
from django.test import Client, TestCase

from keepwell.platform.acts.act import ACTS
from keepwell.platform.identity import totp
from keepwell.platform.people import tokens
from keepwell.platform.people.models import Grant
from keepwell.platform.people.proofs import PROVED
from keepwell.platform.registers.register import REGISTERS
from tests.cast import Cast
from tests.house import NO_SUCH, addresses, endpoints
from tests.test_operations import AREAS

PASSWORD = "four plain words together"
# What is read before the question is asked must be whole.
BODIES = {
    "invitations": {
        "name": "Gail Fox", "mail": "gail@advisers.example", "organization": "Fox Advisers", "role": "auditor",
        "units": ["KHH1"], "until": "2026-01-31", "responsible": "A0000001", "reason": "The yearly audit",
    },
    "one-record-grants": {"person": "A0000002", "record": "units:KHH1", "role": "auditor", "until": "2026-01-31",
                          "reason": "The yearly audit"},
    "service-accounts": {"label": "The learning system"},
    "people": {"sign_in_name": "ben.tan", "identified": "Called back on the number in the staff list."},
}  # fmt: skip
MARKED = {"grants-new", "grants-edit", "grants-do", "grants-bring-in", "tokens", "factor-new", "factor-remove",
          "recovery-renew", "people-take-out", "grants-take-out"}  # fmt: skip

FILE = re.compile(r"(\.(xlsx|csv|json|pdf|<slug:form>)|take-out\S*)$")
WITHOUT = {
    "organization-chart-take-out": "units alone, as the page draws them",
    "maturity-take-out": "figures of units, as the page shows them",
    "maturity-quartiles": "made for others: names no site",
    "maturity-report": "figures of units, as the page shows them",
    "incident-figures-take-out": "counts, as the page shows them",
    "outcomes-take-out": "figures of units, as the page shows them",
    "incident-notice-take-out": "made for an authority, at night, while a clock runs",
    "trail-proof": "one row, as the page shows it",
    "read_cycles_quartiles": "made for others: names no site",
    "take_evidence_file": "one file, as its page hands it out",
    "sample_trail": "1,000 rows at most, as the page shows them; a token is made for it",
    "list_trail": "page by page, as the page shows it; a token is made for it",
    "read_checkpoint": "made for others: digests alone",
    "prove_row": "one row, as the page shows it",
}
"""What leaves as a file and asks for no fresh proof, and why."""


class Stale(Cast, TestCase):
    """Mix-in: Ada may do everything, and proved who she is eleven minutes ago."""

    def setUp(self) -> None:
        self.sign_in(self.ada)
        self.let_pass(11)

    def let_pass(self, minutes: float) -> None:
        """Let her proof be so many minutes older."""
        session = self.client.session
        session[PROVED] -= minutes * 60
        session.save()

    def give_password(self) -> None:
        """A password for Ada, without ending her session."""
        self.ada.account.set_password(PASSWORD)
        self.ada.account.save()
        self.sign_in(self.ada)
        self.let_pass(11)


class EveryMarkedPage(Stale):
    def test_is_marked_where_it_must_be(self) -> None:
        found = {a.name for a in addresses() if a.view.operation.step_up}
        self.assertEqual(MARKED - found, set())
        self.assertEqual({f"{slug}-take-out" for slug in REGISTERS} - found, set())

    def test_is_marked_where_a_file_of_ours_leaves(self) -> None:
        leaving = {a.name: a.view.operation.step_up for a in addresses()
                   if a.view.operation.sensitive and FILE.search(a.route)}  # fmt: skip
        leaving |= {
            e.told["operationId"]: e.told.get("x-step-up", False)
            for e in endpoints()
            if e.told.get("x-sensitive")
        }
        self.assertEqual({name for name, asks in leaving.items() if not asks}, set(WITHOUT))

    def test_asks_whatever_the_method(self) -> None:
        marked = [a for a in addresses() if a.view.operation.step_up and not a.is_api]
        self.assertGreater(len(marked), 15)
        for address in marked:
            for method in ("get", "post"):
                with self.subTest(address=address.route, method=method):
                    answer = getattr(self.client, method)(address.path)
                    self.assertIn(answer.status_code, (403, 405))
                    if answer.status_code == 403:
                        self.assertContains(answer, "Is it you?", status_code=403)

    def test_does_not_ask_who_proved_it_nine_minutes_ago(self) -> None:
        self.let_pass(-2)
        self.assertEqual(self.client.get("/grants/new/").status_code, 200)
        for address in (a for a in addresses() if a.view.operation.step_up and FILE.search(a.route)):
            with self.subTest(address=address.route):
                answer = self.client.get(address.path)
                self.assertNotEqual(answer.status_code, 403, "asked or refused though the proof is fresh")

    def test_refuses_who_has_no_right_before_it_asks(self) -> None:
        self.client = Client()
        self.sign_in(self.sam)
        self.let_pass(11)
        self.assertNotContains(self.client.get("/grants/new/"), "Is it you?", status_code=403)


class EveryMarkedEndpoint(Stale):
    def test_answers_with_a_problem_of_its_own(self) -> None:
        marked = [e for e in endpoints() if e.told.get("x-step-up")]
        self.assertGreater(len(marked), 3)
        for endpoint in marked:
            with self.subTest(endpoint=f"{endpoint.method} {endpoint.path}"):
                answer = self.asked(endpoint.path, endpoint.method)
                told = json.loads(answer.content)
                self.assertEqual((answer.status_code, told["type"]), (403, "urn:keepwell:problem:step-up"))

    def test_answers_who_proved_it_nine_minutes_ago(self) -> None:
        self.let_pass(-2)
        for endpoint in (e for e in endpoints() if e.told.get("x-step-up")):
            with self.subTest(endpoint=f"{endpoint.method} {endpoint.path}"):
                answer = self.asked(endpoint.path, endpoint.method)
                self.assertNotIn("urn:keepwell:problem:step-up", answer.content.decode())

    def test_takes_data_out_for_a_token_made_for_it_alone(self) -> None:
        leaving = [e for e in endpoints() if e.told.get("x-step-up") and e.method == "get"]
        self.assertGreater(len(leaving), 7)
        self.client = Client()
        plain, made = (f"Bearer {tokens.issue(self.ada, may_export=may)}" for may in (False, True))
        for endpoint in leaving:
            with self.subTest(endpoint=endpoint.path):
                refused = self.asked(endpoint.path, "get", Authorization=plain)
                self.assertContains(refused, "This token may not take data out", status_code=403)
                self.assertNotEqual(self.asked(endpoint.path, "get", Authorization=made).status_code, 403)

    def test_is_closed_to_tokens(self) -> None:
        token = tokens.issue(self.ada, may_export=True)
        for endpoint in (e for e in endpoints() if e.told.get("x-step-up") and e.method != "get"):
            with self.subTest(endpoint=f"{endpoint.method} {endpoint.path}"):
                answer = self.asked(endpoint.path, endpoint.method, Authorization=f"Bearer {token}")
                self.assertContains(answer, "A token may not do this.", status_code=403)

    def asked(self, path: str, method: str, **headers: str) -> HttpResponse:
        for name, value in NO_SUCH.items():
            path = path.replace(f"{{{name}:pk}}", value)
        path = path.replace("{pk}", NO_SUCH["uuid"]).replace("{form}", "json").replace("{number}", "0")
        body = {} if method == "get" else {"data": BODIES.get(path.split("/")[2], {})}
        answer: HttpResponse = getattr(self.client, method)(
            path, content_type="application/json", headers=headers, **body
        )
        return answer


class EveryMarkedAct(Stale):
    def test_belongs_to_an_area_that_roles_speak_of(self) -> None:
        marked = [rule for rule in ACTS.values() if rule.step_up]
        self.assertEqual({rule.area for rule in marked if rule.area} - AREAS, set())


class Proving(Stale):
    def test_goes_back_to_the_page_that_was_wanted(self) -> None:
        self.give_password()
        answer = self.client.post("/grants/new/?unit=KHH1", {"proof-for": "GET", "proof-password": PASSWORD})
        self.assertRedirects(answer, "/grants/new/?unit=KHH1")

    def test_does_the_very_act_with_the_words_that_were_typed(self) -> None:
        self.give_password()
        words = {
            "person": self.sam.number,
            "role": "auditor",
            "unit": "KHH1",
            "since": "2025-01-01",
            "until": "",
        }
        asked = self.client.post("/grants/new/", words)
        kept = dict(asked.context["kept"])
        self.assertEqual(kept, words)
        self.client.post("/grants/new/", {**kept, "proof-for": "POST", "proof-password": PASSWORD})
        self.assertTrue(Grant.objects.filter(person=self.sam, role="auditor").exists())

    def test_takes_a_code_of_the_app_once(self) -> None:
        seed = totp.fresh_seed()
        totp.enrol(self.ada.account, seed, step=0)
        code = totp.code_at(seed, int(totp.time.time()) // 30)
        told = {"proof-for": "GET", "proof-code": code}
        self.assertEqual(self.client.post("/grants/new/", told).status_code, 302)
        self.let_pass(11)
        self.assertEqual(self.client.post("/grants/new/", told).status_code, 403)

    def test_takes_no_wrong_word_and_looks_at_ten(self) -> None:
        self.give_password()
        wrong = {"proof-for": "GET", "proof-password": "wrong"}
        said = [self.client.post("/grants/new/", wrong).context["mistake"] for _time in range(12)]
        self.assertEqual(sum("did not prove" in sentence for sentence in said), 10)
        right = self.client.post("/grants/new/", wrong | {"proof-password": PASSWORD})
        self.assertEqual(right.status_code, 403)

    def test_keeps_the_proof_out_of_what_is_done(self) -> None:
        self.give_password()
        answer = self.client.post("/account/tokens/", {
            "label": "x", "days": "1", "proof-for": "POST", "proof-password": PASSWORD})  # fmt: skip
        self.assertNotContains(answer, PASSWORD)
        self.assertEqual(self.ada.tokens.count(), 1)
