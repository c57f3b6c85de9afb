"""Identity providers tell who comes, moves and leaves by SCIM; they see and write their own part of the tree alone."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.administration.registers import GroupRules
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Grant, Person, Posting
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.people.tokens import issue
from keepwell.platform.registers.writing import create
from tests.cast import NOW, TELLER, Cast, grant, person

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
TODAY = date(2025, 11, 14)


class Provisioning(Cast):
    """The cast, and the HR system of Meridian Assembly & Test."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "cast.enter"):
            cls.hr = person("hr-mat", "HR provisioning", cls.mat, kind="machine", mail="")
            grant(cls.hr, "hr_importer", cls.group)

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.secret = issue(self.hr)

    def ask(self, method: str, path: str, body: Any = None, secret: str = "", **headers: str) -> Any:
        """The answer to one request."""
        more = {} if body is None else {"data": json.dumps(body), "content_type": "application/scim+json"}
        told = {"Authorization": f"Bearer {secret or self.secret}", **headers}
        return getattr(self.client, method)(f"/scim/v2/{path}", headers=told, **more)

    def user(self, name: str = "gail@meridian.example", **more: Any) -> dict[str, Any]:
        """Gail, as she is told."""
        work = {"employeeNumber": more.pop("number", "G1"), "department": more.pop("department", "KHH1")}
        return {
            "schemas": [USER, ENTERPRISE],
            "userName": name,
            "displayName": "Gail Fox",
            ENTERPRISE: work,
        } | more

    def made(self, name: str = "gail@meridian.example", **more: Any) -> str:
        """The id of a user who was told."""
        answer = self.ask("post", "Users", self.user(name, **more))
        self.assertEqual(answer.status_code, 201, answer.content)
        return str(answer.json()["id"])

    def patch(self, pk: str, *steps: dict[str, Any], **headers: str) -> Any:
        """The answer to some steps."""
        return self.ask("patch", f"Users/{pk}", {"schemas": [PATCH], "Operations": list(steps)}, **headers)

    def found(self, text: str, path: str = "Users", **more: Any) -> list[str]:
        """The names that a filter finds."""
        asked = "&".join(f"{key}={value}" for key, value in {"filter": text, **more}.items())
        answer = self.ask("get", f"{path}?{asked}".replace(" ", "%20").replace('"', "%22"))
        self.assertEqual(answer.status_code, 200, answer.content)
        return [one.get("userName") or one["displayName"] for one in answer.json()["Resources"]]


class Coming(Provisioning, TestCase):
    def test_enters_a_person_with_a_way_to_sign_in_and_no_password(self) -> None:
        gail = Person.objects.get(pk=self.made())
        self.assertEqual(
            (gail.number, gail.name, gail.unit, gail.employed_from), ("G1", "Gail Fox", self.khh1, TODAY)
        )
        self.assertEqual(
            (gail.account.sign_in_name, gail.account.has_usable_password()), ("gail@meridian.example", False)
        )
        self.assertFalse(Grant.objects.filter(person=gail).exists())

    def test_is_written_in_the_name_of_the_machine(self) -> None:
        told = Change.objects.filter(verb="scim.create User")
        self.made()
        self.assertEqual(set(told.values_list("by", flat=True)), {self.hr.pk})

    def test_is_refused_where_the_name_or_number_is_taken(self) -> None:
        self.made()
        for body in (
            self.user(number="G2"),
            self.user("other@meridian.example"),
            self.user("ada", number="G3"),
        ):
            answer = self.ask("post", "Users", body)
            self.assertEqual((answer.status_code, answer.json()["scimType"]), (409, "uniqueness"))

    def test_is_refused_for_a_unit_beyond_reach(self) -> None:
        for code in ("PEN1", "NOWHERE"):
            answer = self.ask("post", "Users", self.user(department=code))
            self.assertEqual(
                (answer.status_code, answer.json()["detail"]),
                (400, f"No unit of yours has the code “{code}”."),
            )

    def test_keeps_the_ids_of_each_client_apart(self) -> None:
        pk = self.made(externalId="x-1")
        with acting(TELLER, "cast.enter"):
            other = person("hr-other", "Other", self.mat, kind="machine", mail="")
            grant(other, "hr_importer", self.mat)
        self.assertEqual(self.ask("get", f"Users/{pk}").json()["externalId"], "x-1")
        self.assertNotIn("externalId", self.ask("get", f"Users/{pk}", secret=issue(other)).json())


class MovingAndLeaving(Provisioning, TestCase):
    def test_to_another_department_is_a_posting_from_today(self) -> None:
        pk = self.made()
        with moments.standing_at(NOW + timedelta(days=10)):
            self.patch(pk, {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "KHH2"})
        postings = (
            Posting.objects.filter(person=pk).order_by("since").values_list("unit__code", "since", "until")
        )
        self.assertEqual(
            list(postings), [("KHH1", TODAY, date(2025, 11, 23)), ("KHH2", date(2025, 11, 24), None)]
        )

    def test_ends_access_at_once_and_employment_today(self) -> None:
        pk = self.made()
        gail = Person.objects.get(pk=pk)
        with acting(TELLER, "cast.enter"):
            grant(gail, "auditor", self.khh1)
        self.patch(pk, {"op": "replace", "value": {"active": "False"}})
        gail = Person.objects.get(pk=pk)
        self.assertEqual((gail.employed_until, gail.account.is_active), (TODAY, False))
        self.assertFalse(may(gail, "assurance", Level.VIEW, self.khh1))

    def test_and_returning_begins_anew_without_former_rights(self) -> None:
        pk = self.made()
        with acting(TELLER, "cast.enter"):
            grant(Person.objects.get(pk=pk), "auditor", self.khh1)
        self.patch(pk, {"op": "replace", "path": "active", "value": False})
        with moments.standing_at(NOW + timedelta(days=30)):
            self.patch(pk, {"op": "replace", "path": "active", "value": True})
            gail = Person.objects.get(pk=pk)
            self.assertEqual((gail.employed_from, gail.employed_until), (date(2025, 12, 14), None))
            self.assertFalse(may(gail, "assurance", Level.VIEW, self.khh1))
        self.assertEqual(Posting.objects.filter(person=pk).count(), 2)

    def test_by_delete_hides_and_never_deletes(self) -> None:
        pk = self.made()
        self.assertEqual(self.ask("delete", f"Users/{pk}").status_code, 204)
        self.assertEqual([self.ask(m, f"Users/{pk}").status_code for m in ("get", "delete")], [404, 404])
        self.assertEqual(Person.objects.get(pk=pk).employed_until, TODAY)
        self.assertEqual(self.made(), pk)

    def test_renames_nobody_who_holds_more(self) -> None:
        answer = self.patch(str(self.ben.pk), {"op": "replace", "path": "userName", "value": "mallory"})
        self.assertEqual(answer.status_code, 403)
        self.ben.account.refresh_from_db()
        self.assertEqual(self.ben.account.sign_in_name, "ben")


class Finding(Provisioning, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.made(
            "gail@meridian.example",
            externalId="x-1",
            emails=[{"value": "gail@meridian.example", "type": "work"}],
        )
        self.made("hugo@meridian.example", number="G2", department="KHH2", displayName="Hugo Ray")

    def test_asks_by_every_operator(self) -> None:
        gail, hugo = "gail@meridian.example", "hugo@meridian.example"
        asked = {
            f'userName eq "{gail.upper()}"': [gail], 'userName sw "hu"': [hugo], 'displayName co "ray"': [hugo],
            'displayName ew "Fox"': [gail], "externalId pr": [gail], 'externalId eq "X-1"': [],
            f'{ENTERPRISE}:department eq "KHH2"': [hugo],
            f'not (userName sw "gail") and {ENTERPRISE}:employeeNumber ge "G2"': [hugo],
            'userName eq "gail@meridian.example" or displayName eq "Hugo Ray"': [gail, hugo],
            'emails[type eq "work" and value co "gail"]': [gail], 'active eq false': [],
            f'{ENTERPRISE}:employeeNumber lt "G2" and userName co "@"': [gail],
        }  # fmt: skip
        for text, names in asked.items():
            with self.subTest(text):
                self.assertEqual(sorted(self.found(text)), names)

    def test_sorts_and_pages(self) -> None:
        names = self.found('userName co "@meridian"', sortBy="displayName", sortOrder="descending")
        self.assertEqual(names, ["hugo@meridian.example", "gail@meridian.example"])
        self.assertEqual(
            self.found('userName co "@meridian"', sortBy="userName", startIndex=2, count=1), names[:1]
        )
        self.assertEqual(self.found('userName co "@meridian"', count=0), [])

    def test_says_what_is_wrong_with_a_filter(self) -> None:
        for text in ("userName", 'shoeSize eq "44"', "active gt true", 'userName eq "a" and', 'id co "a"'):
            answer = self.ask("get", f"Users?filter={text}".replace(" ", "%20"))
            self.assertEqual(
                (answer.status_code, answer.json()["scimType"]), (400, "invalidFilter"), answer.content
            )

    def test_sees_its_own_part_of_the_tree_alone(self) -> None:
        with acting(TELLER, "cast.enter"):
            person("A0000077", "Foreign", self.pen1)
        self.assertEqual(self.found('displayName eq "Foreign"'), [])
        self.assertEqual(self.found('displayName eq "Ada Lin"'), [])
        self.assertEqual(self.ask("get", f"Users/{self.ada.pk}").status_code, 404)

    def test_costs_the_same_for_one_and_for_thirty(self) -> None:
        with CaptureQueriesContext(connection) as few:
            self.found('userName co "@meridian"')
        for number in range(30):
            self.made(f"p{number}@meridian.example", number=f"P{number}")
        with CaptureQueriesContext(connection) as many:
            self.assertEqual(len(self.found('userName co "@meridian"')), 32)
        self.assertEqual(len(few), len(many))


class Versions(Provisioning, TestCase):
    def test_keep_two_writers_apart(self) -> None:
        pk = self.made()
        seen = self.ask("get", f"Users/{pk}")["ETag"]
        step = {"op": "replace", "path": "displayName", "value": "Gail F."}
        self.assertEqual(self.patch(pk, step, **{"If-Match": seen}).status_code, 200)
        self.assertEqual(self.patch(pk, step, **{"If-Match": seen}).status_code, 412)
        now = self.ask("get", f"Users/{pk}")["ETag"]
        self.assertEqual(self.ask("get", f"Users/{pk}", **{"If-None-Match": now}).status_code, 304)


class GroupsTold(Provisioning, TestCase):
    def test_give_a_role_by_rule_while_one_belongs(self) -> None:
        create(
            GroupRules,
            {"source": "hr-mat", "group": "Officers", "role": "site_officer", "unit": "KHH1"},
            by=self.ada,
        )
        pk = self.made()
        body = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": "Officers",
            "members": [{"value": pk}],
        }
        group = self.ask("post", "Groups", body).json()
        gail = Person.objects.get(pk=pk)
        self.assertTrue(may(gail, "assurance", Level.EDIT, self.khh1))
        steps = [{"op": "remove", "path": f'members[value eq "{pk}"]'}]
        answer = self.ask("patch", f"Groups/{group['id']}", {"schemas": [PATCH], "Operations": steps})
        self.assertEqual(answer.status_code, 200, answer.content)
        self.assertFalse(may(gail, "assurance", Level.EDIT, self.khh1))

    def test_take_nobody_from_beyond(self) -> None:
        body = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": "G",
            "members": [{"value": str(self.ada.pk)}],
        }
        self.assertEqual(self.ask("post", "Groups", body).status_code, 400)


class InBulk(Provisioning, TestCase):
    def test_what_is_referred_to_is_made_first(self) -> None:
        steps = [
            {"method": "POST", "path": "/Groups", "bulkId": "g",
             "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "G",
                      "members": [{"value": "bulkId:u"}]}},
            {"method": "POST", "path": "/Users", "bulkId": "u", "data": self.user()},
        ]  # fmt: skip
        answer = self.ask("post", "Bulk", {"Operations": steps}).json()["Operations"]
        self.assertEqual([(one["bulkId"], one["status"]) for one in answer], [("u", "201"), ("g", "201")])

    def test_ends_after_as_many_failures_as_said(self) -> None:
        bad = {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"schemas": [USER]}}
        good = {"method": "POST", "path": "/Users", "bulkId": "b", "data": self.user()}
        answer = self.ask("post", "Bulk", {"failOnErrors": 1, "Operations": [bad, good]}).json()["Operations"]
        self.assertEqual([one["status"] for one in answer], ["400"])
        answer = self.ask("post", "Bulk", {"Operations": [bad, good]}).json()["Operations"]
        self.assertEqual([one["status"] for one in answer], ["400", "201"])


class AtTheDoor(Provisioning, TestCase):
    def test_only_a_machine_with_the_right_comes_in(self) -> None:
        with acting(TELLER, "cast.enter"):
            weak = person("weak", "Weak", self.mat, kind="machine", mail="")
            grant(weak, "auditor", self.mat)
        secrets = {"": 401, "kw_wrong": 401, issue(self.ada): 403, issue(self.sam): 403, issue(weak): 403}
        for secret, status in secrets.items():
            headers = {"Authorization": f"Bearer {secret}"} if secret else {}
            self.assertEqual(self.client.get("/scim/v2/Users", headers=headers).status_code, status)

    def test_wrong_tokens_are_throttled_and_right_ones_are_not(self) -> None:
        found = {self.ask("get", "Users", secret="kw_wrong").status_code for _time in range(12)}
        self.assertEqual(found, {401, 429})
        self.assertEqual(self.ask("get", "Users").status_code, 200)

    def test_me_is_told_not_to_be_there(self) -> None:
        self.assertEqual(
            (self.ask("get", "Me").status_code, self.ask("get", "Nothing").status_code), (501, 404)
        )

    def test_departments_are_told_as_the_codes_of_its_own_units(self) -> None:
        schema = self.ask("get", f"Schemas/{ENTERPRISE}").json()
        (department,) = [one for one in schema["attributes"] if one["name"] == "department"]
        self.assertEqual(department["canonicalValues"], ["KHH1", "KHH2", "MAT"])
