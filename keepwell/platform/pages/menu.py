"""The menu: eight words of the field, each with what lies under it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from keepwell.platform.pages.place import Place
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import held
from keepwell.platform.people.roles import ROLES, Level

Figure = Callable[[Person, Place], str]


@dataclass(frozen=True)
class Item:
    """One page of the menu.

    label     what it is called
    url_name  its address's name
    area      the area one must be able to view ("": anybody)
    also      names of further addresses that belong to it
    chapter   its chapter of the handbook; the area's if not said
    figure    the one figure that the word's own page shows beside it
    """

    label: str | Promise
    url_name: str
    area: str = ""
    also: tuple[str, ...] = ()
    chapter: str = ""
    figure: Figure | None = None

    @property
    def url(self) -> str:
        return address_of(self.url_name)

    def holds(self, path: str) -> bool:
        """Whether `path` is this page or one below it."""
        return any(path.startswith(address_of(name)) for name in (self.url_name, *self.also))


@dataclass(frozen=True)
class Word:
    """A word of the field and the pages under it; a word of the house's own stands apart, below the eight."""

    slug: str
    label: str | Promise
    items: tuple[Item, ...]
    is_own: bool = False

    def seen_by(self, areas: set[str]) -> Word:
        """The word with only what may be seen."""
        return replace(self, items=tuple(i for i in self.items if not i.area or i.area in areas))

    @property
    def url_name(self) -> str:
        return f"word-{self.slug}"

    @property
    def path(self) -> str:
        return f"/{self.slug}/"

    def holds(self, path: str) -> bool:
        """Whether `path` lies under this word."""
        return path == self.path or any(item.holds(path) for item in self.items)


@cache
def address_of(name: str) -> str:
    """The path of a page without arguments; asked for dozens of times a page."""
    return reverse(name)


def words() -> tuple[Word, ...]:
    """The whole menu, as the site declares it."""
    found: tuple[Word, ...] = import_string(settings.NAVIGATION)
    return found


def areas_seen(person: Person) -> set[str]:
    """The areas in which `person` may view something somewhere."""
    roles = {one.role for one in held(person)}
    return {area for role in roles for area, level in ROLES[role].levels.items() if level >= Level.VIEW}


def menu_of(person: Person) -> list[Word]:
    """The words under which `person` may see something."""
    areas = areas_seen(person)
    return [word for word in (w.seen_by(areas) for w in words()) if word.items]


def chapter_of(path: str) -> str:
    """The handbook's chapter about the page at `path`; "" if none is."""
    items = (item for word in words() for item in word.items if item.holds(path))
    longest = max(items, key=lambda item: len(item.url), default=None)
    return (longest.chapter or longest.area) if longest else ""
