"""The API: the same rules as the pages, told as problem+json."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.models import Job
from keepwell.platform.people.models import Person, Token
from keepwell.platform.people.tokens import issue
from keepwell.platform.registers import api
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, Cast, grant, unit

MEDIA = "application/problem+json"
NEW_SITE = {
    "code": "KHH9", "name": "Kaohsiung Assembly 9", "kind": "site", "parent": "MAT", "country": "TW",
    "time_zone": "Asia/Taipei", "active_from": "2024-01-01",
}  # fmt: skip


class Asking(Cast, TestCase):
    """Requests with a token of one of the cast."""

    def ask(self, who: Person | None, method: str, path: str, body: Any = None, **headers: str) -> Any:
        client = Client(raise_request_exception=False)
        if who:
            headers["Authorization"] = f"Bearer {issue(who)}"
        content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(client, method)(f"/api{path}", headers=headers, **content)

    def problem(self, answer: Any, status: int, detail: str = "") -> dict[str, Any]:
        self.assertEqual((answer.status_code, answer["Content-Type"]), (status, MEDIA), answer.content)
        told = json.loads(answer.content)
        self.assertEqual(told["status"], status)
        self.assertLessEqual({"type", "title", "status", "detail"}, set(told))
        self.assertIn(detail, told["detail"])
        return told


class Reading(Asking):
    def test_lists_what_may_be_seen(self):
        told = self.ask(self.ben, "get", "/units").json()
        self.assertEqual([u["code"] for u in told["items"]], ["KHH1"])
        self.assertEqual(
            (told["earlier"], told["later"], told["total"], told["is_more"]), (None, None, 1, False)
        )

    def test_gives_relations_by_natural_key(self):
        told = self.ask(self.ada, "get", f"/units/{self.khh1.pk}").json()
        self.assertEqual((told["parent"], told["has_ot"], told["active_from"]), ("MAT", True, "2018-01-01"))

    def test_walks_by_cursor(self):
        first = self.ask(self.ada, "get", "/units?size=4").json()
        second = self.ask(self.ada, "get", f"/units?size=4&after={first['later']}").json()
        self.assertEqual([u["code"] for u in second["items"]], ["MSE", "PEN1"])
        back = self.ask(self.ada, "get", f"/units?size=4&before={second['earlier']}").json()
        self.assertEqual(back["items"], first["items"])

    def test_is_closed_to_sam(self):
        self.problem(
            self.ask(self.sam, "get", "/units"), 403, "You need the right to view organization in some unit."
        )

    def test_lets_everybody_see_themselves(self):
        told = self.ask(self.sam, "get", "/people").json()
        self.assertEqual([p["number"] for p in told["items"]], ["X0000006"])

    def test_answers_absent_and_invisible_alike(self):
        absent = self.ask(self.ben, "get", f"/units/{uuid4()}")
        invisible = self.ask(self.ben, "get", f"/units/{self.pen1.pk}")
        nonsense = self.ask(self.ben, "get", "/units/nonsense")
        self.problem(absent, 404)
        self.assertEqual({absent.content, invisible.content}, {nonsense.content})

    def test_names_a_parameter_that_is_not_there(self):
        self.problem(
            self.ask(self.ada, "get", "/units?pasword=1"), 400, "This list has no parameter “pasword”"
        )

    def test_costs_the_same_for_few_and_for_many(self):
        # Of a minute the first reading is told to the trail, the second names what waits.
        for _time in range(2):
            self.queries("/people?size=2")
        self.add(0)  # after a change rows are counted anew
        few = self.queries("/people?size=2")
        for number in range(1, 13):
            self.add(number)
        self.assertEqual(self.queries("/people?size=2"), few)
        self.assertLessEqual(self.queries("/people?size=12"), few)
        self.assertLessEqual(self.queries("/people?size=200"), few)
        self.assertLessEqual(few, 15)

    def add(self, number: int) -> None:
        with acting(TELLER, "test.enter"):
            at = unit(f"KHH1-{number}", f"Part {number}", "unit", self.khh1)
            Person(number=f"N{number}", name="N", unit=at, unit_since="2020-01-01",
                   employed_from="2020-01-01").save()  # fmt: skip

    def queries(self, path: str) -> int:
        token = f"Bearer {issue(self.ada)}"
        with CaptureQueriesContext(connection) as caught:
            self.assertEqual(Client().get(f"/api{path}", headers={"Authorization": token}).status_code, 200)
        return len(caught)


class Writing(Asking):
    def test_creates(self):
        answer = self.ask(self.ada, "post", "/units", NEW_SITE)
        self.assertEqual((answer.status_code, answer["ETag"]), (201, '"1"'))
        self.assertEqual(
            self.ask(self.ada, "get", answer["Location"].removeprefix("/api")).json(), answer.json()
        )

    def test_tells_every_mistake_by_name(self):
        wrong = NEW_SITE | {
            "kind": "galaxy",
            "parent": "NIX",
            "active_from": "2024-02-30",
            "id": str(uuid4()),
        }
        told = self.problem(self.ask(self.ada, "post", "/units", wrong), 422)
        self.assertEqual(set(told["errors"]), {"kind", "parent", "active_from", "id"})
        self.assertEqual(told["errors"]["parent"], ["No unit is called “NIX”."])

    def test_names_the_right_and_the_place(self):
        body = {"name": "Mine", "version": 1}
        refusal = "You need the right to edit organization in Kaohsiung Assembly 1."
        self.problem(self.ask(self.ben, "patch", f"/units/{self.khh1.pk}", body), 403, refusal)
        self.problem(self.ask(self.ben, "post", "/units", NEW_SITE), 403, "edit organization in some unit")
        self.problem(self.ask(self.sam, "post", "/units", NEW_SITE), 403)
        self.assertEqual(Unit.objects.get(code="KHH1").version, 1)

    def test_hides_from_sam_that_the_record_is_there(self):
        self.problem(self.ask(self.sam, "patch", f"/units/{self.khh1.pk}", {"name": "x", "version": 1}), 404)

    def test_needs_the_version_that_was_seen(self):
        told = self.problem(self.ask(self.ada, "patch", f"/units/{self.khh1.pk}", {"name": "One"}), 422)
        self.assertEqual(list(told["errors"]), ["version"])

    def test_takes_the_version_as_if_match(self):
        answer = self.ask(self.ada, "patch", f"/units/{self.khh1.pk}", {"name": "One"}, **{"If-Match": '"1"'})
        self.assertEqual((answer.status_code, answer.json()["version"], answer["ETag"]), (200, 2, '"2"'))

    def test_tells_the_second_who_changed_what(self):
        path = f"/units/{self.khh1.pk}"
        self.ask(self.ada, "patch", path, {"name": "One", "version": 1})
        told = self.problem(
            self.ask(self.ada, "patch", path, {"name": "Two", "version": 1}), 409, "Ada Lin changed this"
        )
        self.assertEqual([(c["by"], c["changed"]) for c in told["changes"]], [("Ada Lin", ["name"])])
        self.assertEqual(told["type"], "urn:keepwell:problem:conflict")

    def test_reads_json_only(self):
        client, headers = Client(), {"Authorization": f"Bearer {issue(self.ada)}"}
        form = client.post("/api/units", {"code": "X"}, headers=headers)
        self.problem(form, 415, "Send application/json.")
        text = client.post("/api/units", "code=X", content_type="text/plain", headers=headers)
        self.problem(text, 415, "Send application/json.")
        for bad in (
            "{",
            "[" * 100_000,
            '{"code": NaN}',
            "[]",
            "\xff",
            '"x"',
            '{"criticality": ' + "9" * 5000 + "}",
        ):
            answer = client.post(
                "/api/units", bad.encode("latin-1"), content_type="application/json", headers=headers
            )
            self.problem(answer, 400)

    def test_says_which_methods_an_address_takes(self):
        answer = self.ask(self.ada, "delete", f"/units/{self.khh1.pk}")
        self.problem(answer, 405, "This address takes")
        self.assertIn("PATCH", answer["Allow"])

    def test_writes_observations_by_nobody(self):
        self.problem(self.ask(self.ada, "post", "/completions", {"minutes": 1}), 405)


class Acting(Asking):
    REASON = {"reason": "The site joined another company."}

    def test_does_the_act_and_gives_the_record(self):
        body = self.REASON | {"to": "MSE", "on": "2024-07-01", "version": 1}
        told = self.ask(self.ada, "post", f"/units/{self.khh2.pk}/move", body).json()
        self.assertEqual((told["parent"], told["version"]), ("MSE", 2))

    def test_tells_every_answer_that_does_not_fit(self):
        body = {"to": "NIX", "on": "tomorrow", "unasked": 1}
        told = self.problem(self.ask(self.ada, "post", f"/units/{self.khh2.pk}/move", body), 422)
        self.assertEqual(set(told["errors"]), {"to", "on", "reason", "unasked"})

    def test_is_refused_in_words(self):
        body = self.REASON | {"to": "MAT", "on": "2024-07-01"}
        told = self.problem(self.ask(self.ada, "post", f"/units/{self.khh2.pk}/move", body), 409, "already")
        self.assertEqual(told["type"], "urn:keepwell:problem:refused")

    def test_tells_the_second_who_was_first(self):
        self.ask(self.ada, "patch", f"/units/{self.khh2.pk}", {"name": "Two", "version": 1})
        body = self.REASON | {"to": "MSE", "on": "2024-07-01", "version": 1}
        self.problem(self.ask(self.ada, "post", f"/units/{self.khh2.pk}/move", body), 409, "Ada Lin changed")

    def test_names_the_right_and_is_hidden_from_sam(self):
        body = self.REASON | {"to": "KHH1", "on": "2024-07-01"}
        self.problem(
            self.ask(self.ben, "post", f"/units/{self.khh1.pk}/move", body), 403, "decide organization"
        )
        self.problem(self.ask(self.sam, "post", f"/units/{self.khh1.pk}/move", body), 404)
        self.assertEqual(Unit.objects.get(code="KHH1").parent, self.mat)


class BringingIn(Asking):
    HEAD = "code,name,minutes,mandatory,active_from\n"

    def send(self, who: Person, text: str, **fields: str) -> Any:
        file = SimpleUploadedFile("courses.csv", text.encode())
        headers = {"Authorization": f"Bearer {issue(who)}"}
        return Client().post("/api/courses/bring-in", {"file": file, **fields}, headers=headers)

    def test_writes_all_rows_or_none(self):
        told = self.send(self.ada, self.HEAD + "SEC-1,Basics,30,true,2024-01-01\n").json()
        self.assertEqual((told["created"], told["errors"]), (1, []))
        wrong = self.send(
            self.ada, self.HEAD + "SEC-2,Two,30,true,2024-01-01\nSEC-3,Three,long,true,2024-02-30\n"
        )
        errors = self.problem(wrong, 422, "Nothing was written")["errors"]
        self.assertEqual({(e["line"], e["column"]) for e in errors}, {(3, "minutes"), (3, "active_from")})
        self.assertEqual(REGISTERS["courses"].record.objects.count(), 1)

    def test_only_checks_when_asked(self):
        told = self.send(self.ada, self.HEAD + "SEC-1,Basics,30,true,2024-01-01\n", dry_run="yes").json()
        self.assertEqual((told["created"], told["dry_run"]), (1, True))
        self.assertEqual(REGISTERS["courses"].record.objects.count(), 0)

    def test_takes_a_long_file_as_a_job(self):
        rows = "".join(f"SEC-{n},{'x' * 60},30,true,2024-01-01\n" for n in range(1_001))
        answer = self.send(self.ada, self.HEAD + rows)
        self.assertEqual((answer.status_code, answer["Location"]), (202, f"/api/jobs/{answer.json()['id']}"))
        self.assertEqual(Job.objects.get().person_id, self.ada.pk)

    def test_is_not_for_sam(self):
        self.problem(self.send(self.sam, self.HEAD), 403, "You need the right to edit")

    def test_needs_a_file(self):
        told = self.problem(self.send_nothing(), 422)
        self.assertEqual(told["errors"], {"file": ["Send a file."]})
        self.problem(self.ask(self.ada, "post", "/courses/bring-in", {}), 415, "multipart/form-data")

    def send_nothing(self) -> Any:
        return Client().post(
            "/api/courses/bring-in", {"x": "y"}, headers={"Authorization": f"Bearer {issue(self.ada)}"}
        )


class Figures(Asking):
    NAME = "certificates.sites.iso-27001"

    def test_are_told_where_the_right_is_held(self):
        told = self.ask(self.cleo, "get", f"/metrics/{self.NAME}?unit=MAT&year=2023").json()
        self.assertEqual(
            (told["unit"], told["year"], told["as_of"], len(told["digest"])), ("MAT", 2023, "2023-12-31", 64)
        )

    def test_open_their_records(self):
        told = self.ask(self.ada, "get", f"/metrics/{self.NAME}/records?year=2023").json()
        self.assertEqual(told["total"], told["hidden"] + len(told["items"]))

    def test_are_closed_elsewhere(self):
        self.problem(self.ask(self.sam, "get", f"/metrics/{self.NAME}"), 403)
        self.problem(
            self.ask(self.ben, "get", f"/metrics/{self.NAME}?unit=PEN1"), 400, "No unit is called “PEN1”."
        )
        self.problem(
            self.ask(self.ben, "get", f"/metrics/{self.NAME}"), 403, "Meridian Semiconductor Holding"
        )

    def test_of_no_metric_and_no_year_are_problems(self):
        self.problem(self.ask(self.ada, "get", "/metrics/nothing"), 404)
        self.problem(self.ask(self.ada, "get", f"/metrics/{self.NAME}?year=20233"), 400, "Write a year")
        self.problem(self.ask(self.ada, "get", f"/metrics/{self.NAME}?year=x"), 400)
        self.problem(self.ask(self.ada, "get", f"/metrics/{self.NAME}/records?after=x"), 400, "This cursor")


class AtTheDoor(Asking):
    def test_strangers_get_401(self):
        answer = self.ask(None, "get", "/units")
        self.problem(answer, 401, "Sign in, or send a token")
        self.assertEqual(answer["WWW-Authenticate"], "Bearer")

    def test_expired_and_revoked_tokens_get_401(self):
        for field in ("expires_at", "revoked_at"):
            token = issue(self.ada)
            Token.objects.filter(person=self.ada).update(**{field: timezone.now() - timedelta(seconds=1)})
            answer = Client().get("/api/me", headers={"Authorization": f"Bearer {token}"})
            self.problem(answer, 401)

    def test_wrong_tokens_are_throttled_right_ones_never(self):
        wrong = [
            Client().get("/api/me", headers={"Authorization": "Bearer kw_wrong"}).status_code
            for _ in range(12)
        ]
        self.assertEqual(wrong, [401] * 10 + [429] * 2)
        self.assertEqual(self.ask(self.ada, "get", "/me").status_code, 200)

    def test_a_session_needs_the_csrf_token_to_change_something(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.ada.account)
        self.assertEqual(client.get("/api/me").status_code, 200)
        answer = client.post("/api/units", json.dumps(NEW_SITE), content_type="application/json")
        self.problem(answer, 403, "Send the CSRF token of your session")
        self.assertFalse(Unit.objects.filter(code="KHH9").exists())

    def test_a_token_has_its_persons_rights_and_no_more(self):
        told = self.ask(self.ben, "get", "/me").json()
        self.assertEqual(
            (told["number"], [(r["role"], r["unit"]) for r in told["rights"]]),
            ("A0000002", [("site_officer", "KHH1")]),
        )

    def test_jobs_are_told_to_those_who_asked_for_them(self):
        job = Job.objects.create(name="registers.bring_in", person_id=self.ben.pk)
        self.assertEqual(self.ask(self.ben, "get", f"/jobs/{job.pk}").json()["state"], "queued")
        self.assertEqual(self.ask(self.ada, "get", f"/jobs/{job.pk}").status_code, 200)
        self.problem(self.ask(self.eva, "get", f"/jobs/{job.pk}"), 404)
        self.problem(self.ask(self.sam, "get", f"/jobs/{job.pk}"), 404)

    def test_an_address_that_is_not_there_is_a_problem_too(self):
        self.problem(self.ask(None, "get", "/nothing/here"), 404)


class Describing(Asking):
    def test_is_the_same_every_time_and_in_every_language(self):
        first = json.dumps(api.schema())
        api.build.cache_clear()
        api.schema.cache_clear()
        with override("zh-hant"):
            self.assertEqual(json.dumps(api.schema()), first)

    def test_says_which_right_every_operation_needs(self):
        for path, methods in api.schema()["paths"].items():
            for method, operation in methods.items():
                with self.subTest(path, method=method):
                    self.assertRegex(
                        operation["x-right"], r"^(public|login|(view|edit|decide|administer) [a-z]+)$"
                    )
                    self.assertIn("4XX", operation["responses"])

    def test_holds_every_register(self):
        self.assertLessEqual({f"/api/{slug}" for slug in REGISTERS}, set(api.schema()["paths"]))

    def test_is_for_those_who_are_signed_in(self):
        self.problem(self.ask(None, "get", "/openapi.json"), 401)
        self.assertEqual(self.ask(self.sam, "get", "/openapi.json").json()["openapi"], "3.1.0")

    def test_refuses_an_operation_without_a_right(self):
        bare = api.Api(title="x", urls_namespace="bare")
        bare.get("/bare")(lambda request: {})
        with self.assertRaisesMessage(RuntimeError, "declares no x-right"):
            bare.urls  # noqa: B018


class ByRecordAlone(Asking):
    def test_a_right_given_for_one_record_reaches_no_other(self):
        with acting(TELLER, "test.grant"):
            grant(self.sam, "auditor", self.group, only_register="tree.unit", only_id=self.khh2.pk)
        told = self.ask(self.sam, "get", "/units").json()
        self.assertEqual([u["code"] for u in told["items"]], ["KHH2"])
        self.problem(self.ask(self.sam, "get", f"/units/{self.khh1.pk}"), 404)
