"""The menu: eight words of the field, each with what lies under it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import grants_in_force
from keepwell.platform.people.roles import ROLES, Level


@dataclass(frozen=True)
class Item:
    """One page of the menu: its label, its address's name, and the area one must be able to view ("": anybody)."""

    label: str | Promise
    url_name: str
    area: str = ""
    also: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return reverse(self.url_name)

    def holds(self, path: str) -> bool:
        """Whether `path` is this page or one below it."""
        return any(path.startswith(reverse(name)) for name in (self.url_name, *self.also))


@dataclass(frozen=True)
class Word:
    """A word of the field and the pages under it."""

    slug: str
    label: str | Promise
    items: tuple[Item, ...]

    def seen_by(self, areas: set[str]) -> Word:
        """The word with only what may be seen."""
        return Word(self.slug, self.label, tuple(i for i in self.items if not i.area or i.area in areas))

    @property
    def url_name(self) -> str:
        return f"word-{self.slug}"

    @property
    def path(self) -> str:
        return f"/{self.slug}/"

    def holds(self, path: str) -> bool:
        """Whether `path` lies under this word."""
        return path == self.path or any(item.holds(path) for item in self.items)


def words() -> tuple[Word, ...]:
    """The whole menu, as the site declares it."""
    found: tuple[Word, ...] = import_string(settings.NAVIGATION)
    return found


def areas_seen(person: Person) -> set[str]:
    """The areas in which `person` may view something somewhere."""
    held = grants_in_force(person).values_list("role", flat=True).distinct()
    return {area for role in held for area, level in ROLES[role].levels.items() if level >= Level.VIEW}


def menu_of(person: Person) -> list[Word]:
    """The words under which `person` may see something."""
    areas = areas_seen(person)
    return [word for word in (w.seen_by(areas) for w in words()) if word.items]


def exists(name: str) -> bool:
    """Whether the site has a page of that name."""
    try:
        reverse(name)
    except NoReverseMatch:
        return False
    return True
