"""Guesses of report codes are counted over every process that answers: of one server, and of two (security.md R12)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from keepwell.areas.incidents.models.intake import new_code
from tests.running import TOKEN, Demo, Site, copied, served

FORM = re.compile(r'name="form" value="([^"]+)"')


@dataclass(frozen=True)
class Twofold(Demo):
    """The demo group behind two processes of each server."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"KEEPWELL_WORKERS": "2"}


@pytest.fixture(scope="module")
def two(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Site]]:
    """Two servers over one database, of two processes each."""
    folder: Path = tmp_path_factory.mktemp("two")
    with copied(demo, folder) as copy:
        twofold = Twofold(copy.folder, copy.database)
        with served(twofold, beside=()) as one, served(twofold, beside=()) as other:
            yield one, other


class Guesser:
    """Somebody who asks for forms and sends codes; each request is a connection of its own, to whichever process."""

    def __init__(self) -> None:
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def page(self, site: Site) -> str:
        with self.opener.open(f"{site.url}/report/answer/", timeout=60) as answer:
            return str(answer.read().decode())

    def form(self, site: Site) -> str:
        found = FORM.search(self.page(site))
        assert found is not None
        return found[1]

    def guess(self, site: Site, form: str) -> int:
        token = TOKEN.search(self.page(site))
        assert token is not None
        told = urlencode({"csrfmiddlewaretoken": token[1], "form": form, "code": new_code(), "lang": "en"})
        try:
            with self.opener.open(f"{site.url}/report/answer/", told.encode(), timeout=60) as answer:
                return int(answer.status)
        except HTTPError as refused:
            return refused.code


@pytest.mark.both
class TestGuesses:
    def test_end_after_ten_by_a_form_and_thirty_from_a_place(self, two: tuple[Site, Site]) -> None:
        one, other = two
        who = Guesser()
        form = who.form(one)
        both = [who.guess(site, form) for _ in range(6) for site in (one, other)]
        assert both == [404] * 10 + [429] * 2, "one form, by turns at either server"
        fresh = [who.guess(one, form) for form in (who.form(one) for _ in range(3)) for _ in range(10)]
        assert fresh == [404] * 25 + [429] * 5, "five of thirty were spent before, at whichever process"
        kept = one.demo.rows("SELECT key, count FROM incidents_codetries")
        assert sorted(count for _key, count in kept) == [5, 10, 10, 10, 10, 30]
        assert not any("127.0.0.1" in key for key, _count in kept)
