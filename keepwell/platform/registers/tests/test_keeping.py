"""Kept views and chosen columns: for oneself, shared, and never showing more than the reader may see."""

from __future__ import annotations

import json
import re
from typing import Any
from unittest import mock

from django.db import connection
from django.http import HttpResponse
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.platform.people import operations
from keepwell.platform.registers.models import KeptView, ListChoice
from keepwell.platform.registers.register import REGISTERS
from tests.cast import Cast
from tests.house import made, samples

MOST_QUERIES = 15


class Keeping(Cast, TestCase):
    def keep(self, slug: str = "people", **given: str) -> HttpResponse:
        return self.client.post(
            f"/{slug}/views/", {"name": "Chens", "query": "q=chen&sort=-name&columns=name,mail"} | given
        )

    def page(self, address: str) -> str:
        answer = self.client.get(address, follow=True)
        self.assertEqual(answer.status_code, 200)
        return answer.content.decode()

    def heads(self, page: str) -> list[str]:
        """The labels of the columns."""
        cells = re.findall(
            r"<th scope=\"col\"[^>]*>(.*?)</th>", page.partition("<thead>")[2].partition("</thead>")[0]
        )
        return [re.sub("<[^>]*>|[▲▼]", "", cell).strip() for cell in cells]


class Views(Keeping):
    def test_open_as_they_were_kept_with_an_address_that_says_it_all(self) -> None:
        self.sign_in(self.ada)
        answer = self.keep()
        self.assertRedirects(answer, "/people/?unit=MERIDIAN&columns=name%2Cmail&q=chen&sort=-name")
        page = self.page(answer["Location"])
        self.assertEqual(self.heads(page), ["Name", "Mail"])
        self.assertIn('aria-current="true">Chens', page)
        self.assertNotIn("Ben Tan", page)
        view = KeptView.objects.get()
        self.assertRedirects(self.client.get(f"/people/?view={view.pk}"), answer["Location"])

    def test_begin_a_list_when_wished_and_leave_the_whole_list_within_reach(self) -> None:
        self.sign_in(self.ada)
        self.keep(first="yes")
        self.assertIn("columns=name%2Cmail", self.client.get("/people/")["Location"])
        self.assertIn("Ben Tan", self.page("/people/?view=all"))
        self.sign_in(self.cleo)
        self.assertEqual(self.client.get("/people/").status_code, 200)

    def test_are_renamed_and_removed_by_their_owner_alone(self) -> None:
        self.sign_in(self.ada)
        self.keep(share="yes")
        view = KeptView.objects.get()
        self.client.post(f"/people/views/{view.pk}/", {"name": "All Chens", "share": "as it is"})
        view.refresh_from_db()
        self.assertEqual((view.name, view.unit), ("All Chens", self.group))
        self.sign_in(self.ben)
        self.assertEqual(self.client.post(f"/people/views/{view.pk}/", {"do": "remove"}).status_code, 422)
        self.assertTrue(KeptView.objects.exists())
        self.sign_in(self.ada)
        self.client.post(f"/people/views/{view.pk}/", {"do": "remove"})
        self.assertFalse(KeptView.objects.exists())

    def test_are_shared_with_the_people_of_a_unit_and_show_each_their_own(self) -> None:
        self.sign_in(self.ada)
        self.client.post("/people/views/?unit=KHH1", {"name": "Chens", "query": "q=chen", "share": "yes"})
        view = KeptView.objects.get()
        for who, has in ((self.ben, True), (self.eva, True), (self.dan, False), (self.sam, False)):
            self.sign_in(who)
            answer = self.client.get(f"/people/?view={view.pk}")
            self.assertEqual(answer.status_code, 302 if has else 404, who)
            self.assertEqual("Chens" in self.page("/people/"), has, who)
        self.sign_in(self.eva)
        page = self.page(f"/people/?view={view.pk}")
        self.assertIn("Eva Chen", page)
        self.assertNotIn("Ben Tan", page)

    def test_are_shared_only_where_one_may_edit(self) -> None:
        self.sign_in(self.eva)
        self.assertEqual(self.keep(share="yes").status_code, 403)
        self.assertFalse(KeptView.objects.exists())
        self.assertEqual(self.keep().status_code, 302)

    def test_of_nobody_are_a_strangers(self) -> None:
        self.sign_in(self.ada)
        self.keep("certificates", query="")
        view = KeptView.objects.get()
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(f"/certificates/views/{view.pk}/").status_code, 403)
        self.assertEqual(self.keep("certificates", query="").status_code, 403)
        self.assertEqual(self.client.post("/certificates/columns/", {"show": ["number"]}).status_code, 403)
        self.assertEqual(self.client.get(f"/people/views/{view.pk}/").status_code, 404)

    def test_refuse_what_the_list_does_not_understand_and_a_name_twice(self) -> None:
        self.sign_in(self.ada)
        for given in ({"query": "nothing=1"}, {"query": "columns=password"}, {"name": " "}, {"name": "x" * 61},
                      {"query": "q=" + "x" * 2001}):  # fmt: skip
            self.assertEqual(self.keep(**given).status_code, 422, given)
        self.keep()
        self.assertEqual(self.keep().status_code, 422)
        self.assertEqual(self.client.get("/people/?view=nonsense").status_code, 404)

    def test_are_kept_by_programs_too(self) -> None:
        self.sign_in(self.ada)
        made_ = self.api(
            "post", "/api/views", {"register": "people", "name": "Chens", "query": "q=chen", "unit": "KHH1"}
        )
        self.assertEqual(made_.status_code, 201, made_.content)
        address = f"/api/views/{made_.json()['id']}"
        self.sign_in(self.ben)
        self.assertEqual([view["is_own"] for view in self.client.get("/api/views").json()], [False])
        self.assertEqual(self.api("patch", address, {"name": "Mine"}).status_code, 409)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get("/api/views").json(), [])
        self.assertEqual(self.api("patch", address, {"name": "Mine"}).status_code, 404)
        self.assertEqual(self.api("delete", address).status_code, 404)
        self.sign_in(self.ada)
        self.assertEqual(self.api("patch", address, {"name": "Named", "unit": None}).json()["unit"], None)
        self.assertEqual(self.api("patch", address, {"owner": "x"}).status_code, 422)
        self.assertEqual(self.api("post", "/api/views", {"register": "x", "name": "y"}).status_code, 422)
        self.assertEqual(self.api("delete", address).status_code, 204)

    def api(self, method: str, path: str, body: Any = None) -> HttpResponse:
        return getattr(self.client, method)(path, json.dumps(body or {}), content_type="application/json")


class Columns(Keeping):
    def choose(self, names: list[str], **given: str) -> HttpResponse:
        return self.client.post("/people/columns/", {"show": names} | given)

    def test_are_those_one_chose_in_the_order_one_gave(self) -> None:
        self.sign_in(self.ada)
        self.choose(["number", "mail", "name"], **{"place-mail": "1", "place-name": "2", "place-number": "3"})
        self.assertEqual(self.heads(self.page("/people/")), ["Mail", "Name", "Number"])
        self.sign_in(self.ben)
        self.assertEqual(self.heads(self.page("/people/"))[:2], ["Name", "Number"])

    def test_come_back_to_those_of_the_list(self) -> None:
        self.sign_in(self.ada)
        self.choose(["mail"])
        self.choose([], do="reset")
        self.assertEqual(self.heads(self.page("/people/"))[:2], ["Name", "Number"])

    def test_of_a_view_of_ones_own_are_kept_with_it(self) -> None:
        self.sign_in(self.ada)
        self.keep()
        view = KeptView.objects.get()
        self.choose(["number"], query=view.query, view=str(view.pk))
        view.refresh_from_db()
        self.assertIn("columns=number", view.query)
        self.assertFalse(ListChoice.objects.exists())
        self.assertEqual(self.heads(self.page(f"/people/?view={view.pk}")), ["Number"])

    def test_are_one_at_least_and_no_other_than_the_list_offers(self) -> None:
        self.sign_in(self.ada)
        self.assertEqual(self.choose([]).status_code, 422)
        self.assertEqual(self.choose(["account__password"]).status_code, 422)
        self.assertEqual(self.client.get("/people/?columns=account__password").status_code, 400)
        self.assertEqual(self.client.get("/api/people?columns=name").status_code, 400)

    def test_are_taken_out_as_they_are_shown(self) -> None:
        self.sign_in(self.ada)
        with proved():
            answer = self.client.get("/people/take-out-shown.csv?columns=number,kind&q=chen")
            self.assertEqual(
                b"".join(answer.streaming_content).decode("utf-8-sig"), "Number,Kind\r\nA0000005,Employee\r\n"
            )
            self.client.cookies["keepwell-language"] = "zh-hant"
            answer = self.client.get("/people/take-out-shown.csv?columns=kind&q=chen")
            self.assertIn("員工", b"".join(answer.streaming_content).decode("utf-8-sig"))
            self.assertEqual(self.client.get("/people/take-out-shown.xlsx").status_code, 200)
            self.assertEqual(self.client.get("/people/take-out-shown.exe").status_code, 404)
            self.sign_in(self.sam)
            told = b"".join(self.client.get("/people/take-out-shown.csv").streaming_content).decode()
            self.assertNotIn("Chen", told)


def proved() -> Any:
    """Who asks has proved just now who they are."""
    return mock.patch.object(operations, "check", lambda *_: None)


class EveryList(Keeping):
    """Whatever columns are chosen, and with views, a list costs the same for one row and for many."""

    def test_costs_the_same_with_views_and_all_its_columns(self) -> None:
        self.sign_in(self.ada)
        for slug in samples():
            register = REGISTERS[slug]
            with self.subTest(slug):
                made(slug, self.khh1, self.eva)
                for name in ("One", "Two"):
                    self.assertEqual(self.keep(slug, name=name, query="").status_code, 302)
                self.client.post(f"/{slug}/columns/", {"show": register.offered_names()})
                few = self.queries(slug)
                for number in range(1, 6):
                    made(slug, (self.khh1, self.pen1)[number % 2], (self.eva, self.ben)[number % 2], number)
                self.assertEqual(self.queries(slug), few)
                self.assertLessEqual(few, MOST_QUERIES)

    def queries(self, slug: str) -> int:
        address = f"/{slug}/?view=all"
        # Of a minute the first reading is told to the trail, the second names what waits.
        for _time in range(2):
            self.client.get(address)
        with CaptureQueriesContext(connection) as caught:
            self.assertEqual(self.client.get(address).status_code, 200)
        return len(caught)
