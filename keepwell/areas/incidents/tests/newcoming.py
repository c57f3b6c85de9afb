"""Newcomers whom an identity provider enters and puts into a group whose rule makes them officers of a site."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, ClassVar

from django.test import Client

from keepwell.platform.people.models import GroupRule, Person
from keepwell.platform.people.tokens import issue
from keepwell.platform.tree.models import Unit
from tests.cast import grant, person

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
SOURCE = "hr-mat"
NEWCOMERS = {
    "A7712345": ("Novak Ivo", ("Ivo Novak", "a7712345", "ivo@meridian.example")),
    "A7712346": ("Ina Nagy", ("NAGY, Ina", "A7712346", "ina@meridian.example")),
}
"""Who may come, by number: the name that human resources knows, and how a report may mean them."""


def group_of(number: str) -> str:
    """The group to which somebody with this number belongs."""
    return f"Officers, as {number}"


class Newcoming:
    """Mix into a TestCase of the cast: a service account that enters people of KHH1, and the rules of groups."""

    mat: ClassVar[Unit]
    khh1: ClassVar[Unit]
    group: ClassVar[Unit]
    secret: ClassVar[str]

    @classmethod
    def build_provisioning(cls) -> None:
        """Inside an act."""
        machine = person(SOURCE, "HR provisioning", cls.mat, kind="machine", mail="")
        grant(machine, "hr_importer", cls.group)
        cls.secret = issue(machine)
        for number in NEWCOMERS:
            GroupRule(source=SOURCE, group=group_of(number), role="site_officer", unit=cls.khh1).save()

    def arrive(self, number: str) -> Person:
        """Somebody is entered, and then belongs to the group."""
        name, (_name, _number, mail) = NEWCOMERS[number]
        work = {"employeeNumber": number, "department": "KHH1"}
        user = {"schemas": [USER, ENTERPRISE], "userName": mail, "displayName": name, ENTERPRISE: work,
                "emails": [{"value": mail, "primary": True}]}  # fmt: skip
        pk = self.told("Users", user)
        self.told("Groups", {"schemas": [GROUP], "displayName": group_of(number), "members": [{"value": pk}]})
        return Person.objects.select_related("account").get(pk=pk)

    def told(self, path: str, body: dict[str, Any]) -> str:
        answer = Client().post(
            f"/scim/v2/{path}", json.dumps(body), content_type="application/scim+json",
            headers={"Authorization": f"Bearer {self.secret}"},
        )  # fmt: skip
        assert answer.status_code == HTTPStatus.CREATED, answer.content
        return str(answer.json()["id"])
