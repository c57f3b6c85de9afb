"""A todo from mail to done, in a real browser: the letter read, its link followed, the thing done, the todo gone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from keepwell.platform.notices.tests.post import Office
from tests.browsing import PHONE, Browsing
from tests.mailed import mailed, wait_for
from tests.running import PASSWORD, Demo, served

OWE = """
from keepwell.areas.assurance.models import Certificate
from keepwell.areas.assurance.rules import AUDIT
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.people.models import Person
from keepwell.platform.todos.owing import owe, settled
from datetime import date
one = Certificate.objects.get(number="CN-21-0388")
with acting(Machine("the story"), "story.begin"):
    settled(one)
    owe(Person.objects.get(account__sign_in_name="ada"), AUDIT, record=one, by_day=date(2025, 11, 24))
"""


@pytest.fixture(scope="class")
def site(
    request: pytest.FixtureRequest, demo: Demo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    with mailed(demo, tmp_path_factory.mktemp("due")) as (own, desk), served(own) as running:
        request.cls.site, request.cls.desk, request.cls.own = running, desk, own
        yield


class ATodo(Browsing):
    desk: Office

    def test_goes_from_mail_to_done(self) -> None:
        self.own.run(OWE)
        wait_for(lambda: any("CN-21-0388" in str(m) for m in self.desk.taken), "no letter came")
        mail = next(m for m in self.desk.taken if "CN-21-0388" in str(m))
        text = next(iter(mail.iter_parts())).get_content()
        link = re.search(r"http://\S+/certificates/[0-9a-f-]+/", text)
        assert link is not None, text
        path = "/" + link[0].split("/", 3)[3]
        page = self.opened().new_page()
        page.goto(path)
        page.locator("input[name=name]").fill("ada")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: url.endswith(path))
        page.goto("/due/")
        todo = page.get_by_role("link", name=re.compile("Hold the surveillance audit of .*CN-21-0388")).first
        expect(todo).to_be_visible()
        todo.click()
        page.get_by_role("link", name="Record audit").click()
        page.locator("input[name=on]").fill("2025-11-14")
        page.get_by_role("button", name="Record audit").click()
        page.wait_for_url(lambda url: "record-audit" not in url)
        page.goto("/due/")
        expect(page.get_by_role("heading", name="Due from me")).to_be_visible()
        expect(
            page.get_by_role("link", name=re.compile("Hold the surveillance audit of .*CN-21-0388"))
        ).to_have_count(0)

    def test_stands_under_the_bell_and_is_passed_on(self) -> None:
        page = self.sign_in(self.opened(PHONE), "ada")
        page.locator(".kw-bell").click()
        expect(page.get_by_role("heading", name="Notices", exact=True)).to_be_visible()
        page.goto("/due/")
        page.get_by_role("link", name=re.compile("^Pass on")).first.click()
        page.get_by_label("To whom").fill("X0000006")
        page.get_by_role("button", name="Pass on").click()
        expect(page.get_by_text("cannot see this record or cannot sign in").first).to_be_visible()
