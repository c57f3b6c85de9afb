"""Pages are looked for among those that begin with the same word, and the same one is found as among all."""

from __future__ import annotations

from uuid import UUID

from django.test import SimpleTestCase
from django.urls import Resolver404, URLPattern, URLResolver

from keepwell.config.urls import ByWord, urlpatterns
from tests.house import addresses

PAGES = next(one for one in urlpatterns if isinstance(one, ByWord))
FILLED = {"uuid": str(UUID(int=7)), "int": "7", "slug": "csv", "str": "some", "path": "some/where"}


def at(route: str) -> str:
    """An address of `route`."""
    head, found, rest = route.partition("<")
    if not found:
        return head
    kind, _end, rest = rest.partition(">")
    return head + FILLED.get(kind.partition(":")[0], "some") + at(rest)


def met(resolver: URLResolver, path: str) -> object:
    """The view, its arguments and its name; None where there is no page."""
    try:
        match = URLResolver.resolve(resolver, path) if resolver is PAGES else resolver.resolve(path)
    except Resolver404:
        return None
    return match.func, match.args, match.kwargs, match.url_name, match.route, match.namespaces


class ByWords(SimpleTestCase):
    """Every address that there is, and some that are not."""

    def test_find_what_all_would_find(self) -> None:
        routes = [at(one.route) for one in addresses()]
        routes += ["", "nowhere", "people", "people//", "people/nobody/", "people/new/more/", "<uuid:pk>/"]
        for path in routes:
            with self.subTest(path):
                expected = met(PAGES, path)
                try:
                    match = PAGES.resolve(path)
                    found: object = (
                        match.func,
                        match.args,
                        match.kwargs,
                        match.url_name,
                        match.route,
                        match.namespaces,
                    )
                except Resolver404:
                    found = None
                self.assertEqual(found, expected)

    def test_look_at_few(self) -> None:
        PAGES.resolve("people/")
        assert PAGES.of_word is not None
        pages = [one for one in PAGES.of_word["people"].url_patterns if isinstance(one, URLPattern)]
        self.assertLess(len(pages), 40)
