"""R17: what is refused and what sensitive is read leaves a row of the trail, for every operation that is marked."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, SimpleTestCase, TestCase, TransactionTestCase, override_settings
from django.urls import path, resolve
from ninja.operation import PathView

from keepwell.areas.administration.rules import end
from keepwell.kernel import moments
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.noting import keeping_refusals, refused
from keepwell.platform.jobs.job import enqueue, job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.people.models import Grant
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.tokens import issue
from keepwell.platform.registers.api.door import SENSITIVE, guarded
from tests.cast import Cast, grant
from tests.house import NOBODY, Address, Endpoint, addresses, endpoints

TELLER = Machine("the teller")


def newest(kind: str) -> Change:
    return Change.objects.filter(kind=kind).latest("id")


@operation(Access.LOGIN, sensitive=True)
def rolled_back(request: HttpRequest) -> HttpResponse:
    """A page whose transaction is rolled back by a refusal."""
    with transaction.atomic():
        Change.objects.all().delete()
        raise PermissionDenied("Not this way.")


ARGUMENT = re.compile(r"\{(\w+)\}")
EXAMPLES = {"integer": "1", "string": "csv", "uuid": str(NOBODY)}
"""A value for a part of an address, by the type that the description of the API tells."""


def operation_at(address: str, method: str) -> Any:  # ninja's Operation
    """The operation of the API that answers at `address`."""
    view: Any = resolve(address).func
    while not any(isinstance(cell.cell_contents, PathView) for cell in view.__closure__):
        view = view.__wrapped__
    found = next(cell.cell_contents for cell in view.__closure__ if isinstance(cell.cell_contents, PathView))
    return next(one for one in found.operations if method.upper() in one.methods)


urlpatterns = [path("rolled-back/", rolled_back, name="rolled-back")]


class EverySensitiveOperation(Cast, TestCase):
    def test_leaves_a_row(self) -> None:
        """100 %: the guard itself is asked, with a view that answers, under the address of each."""
        with acting(TELLER, "story.designate"):
            grant(self.ada, "designated_person", self.group)
        marked = [a for a in addresses() if not a.is_api and a.view.operation.sensitive]
        self.assertGreater(len(marked), 5)
        missing = [a.name for a in marked if not self.is_kept(a)]
        self.assertEqual(missing, [])

    def is_kept(self, address: Address) -> bool:
        before = Change.objects.filter(kind="read", verb=address.name, by=self.ada.pk).count()
        rule = address.view.operation
        guarded = operation(rule.access, rule.area, rule.level, sensitive=rule.sensitive)
        request: Any = RequestFactory().get(address.path)
        request.person, request.resolver_match = self.ada, resolve(address.path)
        guarded(lambda _request, **_kwargs: HttpResponse("found"))(request)
        return Change.objects.filter(kind="read", verb=address.name, by=self.ada.pk).count() == before + 1

    def test_of_the_api_leaves_a_row(self) -> None:
        """100 %: the door itself is asked, with a view that answers, at the address of each flagged operation."""
        with acting(TELLER, "story.designate"):
            grant(self.ada, "designated_person", self.group)
        flagged = [one for one in endpoints() if one.told.get(SENSITIVE)]
        self.assertGreater(len(flagged), 10)
        self.assertEqual([f"{one.method} {one.path}" for one in flagged if not self.is_kept_of(one)], [])

    def is_kept_of(self, endpoint: Endpoint) -> bool:
        """Whether an operation that finds something leaves one row, which names it and who asked."""
        kinds = {one["name"]: one["schema"] for one in endpoint.told.get("parameters", [])}
        kinds = {name: told.get("format") or told["type"] for name, told in kinds.items() if "type" in told}
        method, address = endpoint.method, ARGUMENT.sub(lambda part: EXAMPLES[kinds[part[1]]], endpoint.path)
        request: Any = getattr(RequestFactory(), method)(address)
        request.person, request.resolver_match = self.ada, resolve(address)
        request.token = SimpleNamespace(may_export=True)

        def view(_request: Any) -> dict[str, int]:
            return {"found": 1}

        view._ninja_operation = operation_at(address, method)  # type: ignore[attr-defined]  # as ninja marks it
        before = Change.objects.filter(kind="read").count()
        guarded(view)(request)
        row = newest("read")
        told = (Change.objects.filter(kind="read").count() - before, row.verb, row.by)
        return told == (1, f"{method.upper()} /{request.resolver_match.route}", self.ada.pk)

    def test_leaves_none_when_it_hands_out_nothing(self) -> None:
        self.sign_in(self.ada)
        before = Change.objects.filter(kind="read").count()
        self.assertEqual(self.client.get("/people/take-out.csv?nonsense=1").status_code, 400)
        self.assertEqual(Change.objects.filter(kind="read").count(), before)


class Exports(Cast, TestCase):
    def test_say_who_took_what_out(self) -> None:
        self.sign_in(self.ben)
        self.client.get("/people/take-out.csv?q=Chen")
        row = newest("read")
        self.assertEqual((row.verb, row.by, row.unit_id), ("people-take-out", self.ben.pk, self.khh1.pk))
        self.assertEqual(row.answers, {"method": "GET", "asked": "q=Chen"})

    def test_are_marked_in_every_register(self) -> None:
        outs = [a for a in addresses() if a.name.endswith("-take-out")]
        self.assertEqual([a.name for a in outs if not a.view.operation.sensitive], [])


class Refusals(Cast, TestCase):
    def test_of_a_page_are_kept(self) -> None:
        self.sign_in(self.sam)
        self.assertEqual(self.client.get("/administration/jobs/").status_code, 403)
        row = newest("refusal")
        self.assertEqual((row.verb, row.by, row.by_name), ("jobs", self.sam.pk, "Sam Stone"))
        self.assertIn("no right", row.answers["reason"])

    def test_of_the_api_are_kept(self) -> None:
        told = {"HTTP_AUTHORIZATION": f"Bearer {issue(self.sam)}"}
        self.assertEqual(self.client.get("/api/grants", **told).status_code, 403)
        row = newest("refusal")
        self.assertEqual((row.verb, row.by), ("GET /api/grants", self.sam.pk))

    def test_of_a_token_are_kept_without_it(self) -> None:
        self.client.get("/api/grants", HTTP_AUTHORIZATION="Bearer kw_guessed")
        row = newest("refusal")
        self.assertEqual((row.verb, row.by, row.by_name), ("token.refused", None, "a stranger"))
        self.assertNotIn("guessed", str(row.answers))

    def test_of_an_act_name_the_record(self) -> None:
        grant = Grant.objects.get(person=self.eva)
        with self.assertRaises(PermissionDenied), keeping_refusals():
            end(grant, by=self.sam, on=moments.today(), reason="a try")
        row = newest("refusal")
        self.assertEqual((row.verb, row.by, row.record_id), ("grant.end", self.sam.pk, grant.pk))
        self.assertEqual(row.unit_id, self.khh1.pk)

    def test_of_an_act_on_a_page_are_kept_once(self) -> None:
        self.sign_in(self.ben)
        grant = Grant.objects.get(person=self.eva)
        before = Change.objects.filter(kind="refusal").count()
        told = {"on": "2025-11-13", "reason": "a try", "version": grant.version}
        answer = self.client.post(f"/grants/{grant.pk}/end/", told)
        self.assertIn(answer.status_code, (403, 404))
        expected = 1 if answer.status_code == 403 else 0
        self.assertEqual(Change.objects.filter(kind="refusal").count(), before + expected)

    def test_of_a_form_are_kept_though_the_page_goes_on(self) -> None:
        self.sign_in(self.ada)
        told = {"person": self.ada.number, "role": "site_officer", "unit": "KHH1", "since": "2025-11-13"}
        self.assertEqual(self.client.post("/grants/new/", told).status_code, 422)
        self.assertIn("Nobody grants a role to themselves", newest("refusal").answers["reason"])

    def test_of_a_job_are_kept(self) -> None:
        @job("test.refused")
        def refuse(task: object) -> None:
            raise PermissionDenied("The right is gone.")

        enqueue("test.refused", person_id=self.eva.pk)
        run_one()
        self.assertEqual((newest("refusal").verb, newest("refusal").by), ("test.refused", self.eva.pk))

    def test_are_kept_once_whoever_hears_of_them(self) -> None:
        refusal = PermissionDenied("No.")
        with keeping_refusals():
            for _hearer in range(3):
                refused(refusal, self.sam, "page")
            refused(ValueError("no right at all"), self.sam, "page")
        self.assertEqual(Change.objects.filter(kind="refusal").count(), 1)


class ARefusalInATransaction(TransactionTestCase):
    @override_settings(ROOT_URLCONF=__name__, LOGIN_URL="/")
    def test_is_kept_when_all_else_is_rolled_back(self) -> None:
        with keeping_refusals(), self.assertRaises(PermissionDenied), transaction.atomic():
            refusal = PermissionDenied("No.")
            refused(refusal, TELLER, "story.told")
            raise refusal
        self.assertEqual(newest("refusal").verb, "story.told")

    def test_waits_for_who_hears_of_it_next(self) -> None:
        refusal = PermissionDenied("No.")
        with self.assertRaises(PermissionDenied), transaction.atomic():
            refused(refusal, TELLER, "grant.end")
            raise refusal
        self.assertFalse(Change.objects.filter(kind="refusal").exists())
        self.assertFalse(connection.in_atomic_block)
        refused(refusal, TELLER, "page")
        self.assertEqual(newest("refusal").verb, "grant.end")


class TheRegistry(SimpleTestCase):
    def test_marks_more_than_exports(self) -> None:
        marked = {a.name for a in addresses() if not a.is_api and a.view.operation.sensitive}
        self.assertTrue({name for name in marked if name.endswith("-take-out")})
