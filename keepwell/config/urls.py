"""Every address of the site: the registers, the API, and each area's own pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.urls import ResolverMatch, URLPattern, URLResolver, include, path
from django.urls.resolvers import RoutePattern

from keepwell.config import health
from keepwell.platform.evidence import pages as evidence
from keepwell.platform.identity import urls as identity
from keepwell.platform.keeping.measures import show_measures
from keepwell.platform.notices import urls as notices
from keepwell.platform.pages import urls as shell
from keepwell.platform.registers import pages


class Later(URLResolver):
    """What lies under `prefix`, by its own `namespace`, loaded when something there is first asked for: for programs, it
    is as much as all the rest, and whoever has only pages to show begins without it."""

    def __init__(self, prefix: str, module: str, namespace: str) -> None:
        super().__init__(RoutePattern(prefix), module, app_name=namespace, namespace=namespace)

    def load(self) -> None:
        """Load it now."""
        _ = self.url_patterns

    def _populate(self) -> None:
        # The addresses of pages are looked up without those within a namespace; Django would load these all the same.
        if "urlconf_module" in self.__dict__:
            super()._populate()


class ByWord(URLResolver):
    """Pages, looked for among those alone whose addresses begin with the same word: a list is one of seven hundred."""

    def __init__(self, patterns: Sequence[URLPattern | URLResolver]) -> None:
        super().__init__(RoutePattern(""), patterns)
        self.of_word: dict[str, URLResolver] | None = None

    def resolve(self, path: str) -> ResolverMatch:
        """The page at `path`; Resolver404 where there is none."""
        if self.of_word is None:
            self.of_word = self._sorted()
        word = path.partition("/")[0]
        return self.of_word.get(word, self.of_word[""]).resolve(path)

    def _sorted(self) -> dict[str, URLResolver]:
        """By word, the patterns that it can meet, in their order; under "" those that any other word can."""
        each = [(_word(one), one) for one in _flat(self.url_patterns)]
        return {word: URLResolver(RoutePattern(""), [one for its, one in each if its in ("", word)])
                for word in {"", *(word for word, _one in each)}}  # fmt: skip


def _flat(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[URLPattern | URLResolver]:
    """`patterns`, and in place of what is merely included what it holds."""
    for one in patterns:
        is_merely = isinstance(one, URLResolver) and not (
            str(one.pattern) or one.namespace or one.default_kwargs
        )
        if is_merely and isinstance(one, URLResolver):
            yield from _flat(one.url_patterns)
        else:
            yield one


def _word(pattern: URLPattern | URLResolver) -> str:
    """The word with which every address of `pattern` begins; "" where none is certain."""
    word, slash, _rest = str(pattern.pattern).partition("/")
    return word if slash and "<" not in word and isinstance(pattern.pattern, RoutePattern) else ""


def own_pages() -> list[URLPattern | URLResolver]:
    """The pages of areas that are no register."""
    rooms = [f"{area}.pages" for area in settings.AREAS if find_spec(f"{area}.pages")]
    return [path("", include(import_module(room))) for room in rooms]


urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", show_measures, name="measures"),
    Later("api/", "keepwell.config.api", "api"),
    Later("scim/v2/", "keepwell.areas.administration.api.scim.views", "scim"),
    ByWord([
        *own_pages(),
        *identity.urlpatterns,
        *evidence.urlpatterns,
        *notices.urlpatterns,
        *shell.urlpatterns,
        *pages.urlpatterns(),
    ]),
]  # fmt: skip


def load_all() -> None:
    """Load also what would be loaded later."""
    for resolver in urlpatterns:
        if isinstance(resolver, Later):
            resolver.load()


handler400 = "keepwell.platform.pages.errors.unreadable"
handler403 = "keepwell.platform.pages.errors.forbidden"
handler404 = "keepwell.platform.pages.errors.absent"
handler500 = "keepwell.platform.pages.errors.broken"
