"""T1: every operation of the site says who may use it, and what says nothing is not answered."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client, SimpleTestCase, TestCase, override_settings
from django.urls import path

from keepwell.platform.people.operations import Access, Operation
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.registers.api.door import Api
from tests.cast import Cast
from tests.house import addresses, endpoints

SIGNING_IN = {"sign-in", "sign-in-passkey", "sign-in-second", "sign-in-enrol", "forgotten", "set-password",
              "sso", "sso-back", "sso-assertion", "sso-arrived", "sso-metadata"}  # fmt: skip
PUBLIC = {"livez", "readyz", "measures", "theme", "language", "keys", "absent", "calendar-feed"} | SIGNING_IN | {
    "report", "report-at", "report-answer", "report-too-large", "too-large"}  # fmt: skip
"""What anybody may ask without signing in; each one more needs a reason in its review."""
AREAS = {area for role in ROLES.values() for area in role.levels}


def bare(request: HttpRequest) -> HttpResponse:
    """A page whose author forgot to say who may see it."""
    return HttpResponse("everything")


urlpatterns = [path("bare/", bare), path("open/", login_not_required(bare))]


class EveryAddress(SimpleTestCase):
    def test_says_who_may_use_it(self) -> None:
        silent = [
            a.route for a in addresses() if not isinstance(getattr(a.view, "operation", None), Operation)
        ]
        self.assertEqual(silent, [])

    def test_is_closed_to_strangers_but_for_a_short_list(self) -> None:
        found = {a.name for a in addresses() if a.view.operation.access is Access.PUBLIC}
        self.assertEqual(found, PUBLIC)

    def test_that_needs_a_permission_names_an_area_that_roles_speak_of(self) -> None:
        rules = {a.view.operation for a in addresses() if a.view.operation.access is Access.PERMISSION}
        self.assertEqual({rule.area for rule in rules} - AREAS, set())

    def test_stands_in_one_place_only(self) -> None:
        pages = [a.route for a in addresses() if not a.is_api]
        self.assertEqual(len(pages), len(set(pages)))


class EveryEndpoint(SimpleTestCase):
    def test_says_which_right_it_needs(self) -> None:
        silent = [f"{e.method} {e.path}" for e in endpoints() if not self.is_rule(e.right)]
        self.assertEqual(silent, [])

    def test_needs_somebody_who_is_known(self) -> None:
        self.assertEqual([e.path for e in endpoints() if e.right == "public"], [])

    def test_has_an_area_with_a_name_for_people(self) -> None:
        areas = {e.right.split()[1] for e in endpoints() if " " in e.right}
        self.assertEqual(areas - set(settings.AREA_TITLES), set())

    def is_rule(self, right: str) -> bool:
        level, _space, area = right.partition(" ")
        return right == "login" or (level.upper() in Level.__members__ and area in AREAS)


class AStranger(TestCase):
    def test_is_sent_to_sign_in_from_every_other_page(self) -> None:
        asked = [a for a in addresses() if a.name not in PUBLIC and not a.is_api]
        open_ = [a.path for a in asked if not self.is_sent_away(self.client.get(a.path))]
        self.assertEqual(open_, [])

    def test_is_asked_for_a_token_by_every_endpoint(self) -> None:
        asked = [a.path for a in addresses() if a.name not in PUBLIC and a.is_api]
        answers = {
            path: {getattr(self.client, m)(path).status_code for m in ("get", "post", "patch")}
            for path in asked
        }
        self.assertEqual({path: told for path, told in answers.items() if not told <= {401, 405}}, {})
        self.assertEqual([path for path, told in answers.items() if 401 not in told], [])

    def is_sent_away(self, answer: HttpResponse) -> bool:
        return answer.status_code == 302 and answer["Location"].startswith("/sign-in/?next=")


class SomebodySignedIn(Cast, TestCase):
    def test_changes_nothing_without_the_token_of_the_form(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.ada.account)
        taken = {
            a.path: client.post(a.path).status_code
            for a in addresses()
            # A house sends its assertion without our token; what it must prove stands in test_saml.
            if a.name not in ("livez", "readyz", "absent", "sso-assertion")
        }
        refused = {path: status for path, status in taken.items() if not path.startswith("/scim/")}
        self.assertEqual({path: status for path, status in refused.items() if status not in (403, 405)}, {})
        # No session opens what only tokens open.
        provisioning = {status for path, status in taken.items() if path.startswith("/scim/")}
        self.assertEqual(provisioning - {401, 405}, set())


class AForgottenRule(Cast, TestCase):
    @override_settings(ROOT_URLCONF=__name__)
    def test_closes_a_page_to_everybody(self) -> None:
        self.sign_in(self.ada)
        for address in ("/bare/", "/open/"):
            with self.assertRaisesMessage(RuntimeError, "declares no operation"):
                self.client.get(address)

    @override_settings(ROOT_URLCONF=__name__)
    def test_is_answered_with_an_error_to_a_stranger_too(self) -> None:
        with self.assertRaisesMessage(RuntimeError, "declares no operation"):
            self.client.get("/open/")

    def test_keeps_an_endpoint_from_being_bound(self) -> None:
        api = Api(title="Bare", urls_namespace="bare")
        with self.assertRaisesMessage(RuntimeError, "declares no x-right"):
            api.get("/bare")(bare)
            _ = api.urls
