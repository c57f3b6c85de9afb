"""Keeping views of lists and the choice of columns: who may share, and which view a list begins with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from keepwell.platform.history.acting import Refused
from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.listing import CURSORS, Place, Wish
from keepwell.platform.registers.models import KeptView, ListChoice
from keepwell.platform.registers.register import Register
from keepwell.platform.tree.models import Unit

MOST_VIEWS = 50
LONGEST_QUERY = 2_000
NOT_KEPT = {*CURSORS, "unit", "year", "view", "size", "day"}

MOST_UNITS, NOBODY = 12, UUID(int=0)
VIEWS = Ready(
    lambda register, owner, *units: KeptView.objects.filter(
        Q(owner=owner) | Q(unit__in=units), register=register
    ).order_by("name", "pk"),
    str,
    UUID,
    *[UUID] * MOST_UNITS,
)
CHOSEN = Ready(
    lambda person, register: ListChoice.objects.filter(person=person, register=register), UUID, str
)


@dataclass(frozen=True)
class Kept:
    """What a person has for one list: the views there are, the columns chosen, and the view to begin with."""

    views: list[KeptView]
    columns: list[str]
    first: KeptView | None


def kept_for(register: type[Register], person: Person) -> Kept:
    """The views that `person` has for `register`, and their choice; columns that are no more are left out."""
    views = views_for(register, person)
    choice: ListChoice | None = CHOSEN.record(person.pk, register.slug())
    offered = register.offered_names()
    return Kept(
        views,
        [name for name in choice.columns if name in offered] if choice else [],
        next((view for view in views if choice and view.pk == choice.view_id), None),
    )


def views_for(register: type[Register], person: Person) -> list[KeptView]:
    """The views of `register` that `person` has, by name."""
    units = sorted(KeptView.shared_with(person))
    if len(units) > MOST_UNITS:
        rows = KeptView.objects.filter(register=register.slug()).for_person(person)
        return list(rows.order_by("name", "pk"))
    return VIEWS.records(register.slug(), person.pk, *units, *[NOBODY] * (MOST_UNITS - len(units)))


def plain_query(pairs: Iterable[tuple[str, str]]) -> str:
    """The part of a list's address that a view keeps, alike for alike lists."""
    return urlencode(sorted((name, value) for name, value in pairs if name not in NOT_KEPT and value))


def pairs_of(query: str) -> list[tuple[str, str]]:
    """The parameters of a query."""
    return parse_qsl(query)


def keep_view(register: type[Register], by: Person, name: str, query: str, *, unit: Unit | None = None,
              place: Place) -> KeptView:  # fmt: skip
    """Keep a view of `register` for `by`, or for the people of `unit` too, which needs the right to edit there.

    Raises Refused, PermissionDenied, or BadWish for a query that the list does not understand.
    """
    kept = checked_query(register, query, place)
    _may_share(register, by, unit)
    if KeptView.objects.filter(owner=by, register=register.slug()).count() >= MOST_VIEWS:
        raise Refused(
            _("You keep %(most)d views of this list already; remove one first.") % {"most": MOST_VIEWS}
        )
    return _saved(KeptView(owner=by, register=register.slug(), name=_named(name), query=kept, unit=unit))


def checked_query(register: type[Register], query: str, place: Place) -> str:
    """`query` as a view keeps it, after the list has understood it."""
    if len(query) > LONGEST_QUERY:
        raise Refused(_("A view keeps %(most)d characters of filters at most.") % {"most": LONGEST_QUERY})
    kept = plain_query(pairs_of(query))
    Wish.parse(register, QueryDict(kept), place=place)
    return kept


def change_view(
    register: type[Register], view: KeptView, by: Person, *, name: str, unit: Unit | None
) -> KeptView:
    """Give one's own view another name, or share it with the people of `unit` (None: with nobody)."""
    _own(view, by)
    if unit is not None and unit.pk != view.unit_id:
        _may_share(register, by, unit)
    view.name, view.unit = _named(name), unit
    return _saved(view)


def remove_view(view: KeptView, by: Person) -> None:
    """Remove one's own view; lists that began with it begin as the register has them."""
    _own(view, by)
    view.delete()


def begin_with(register: type[Register], by: Person, view: KeptView | None) -> None:
    """Let the list begin with `view` for `by`; None: as the register has it."""
    ListChoice.objects.update_or_create(person=by, register=register.slug(), defaults={"view": view})


def choose_columns(register: type[Register], by: Person, names: Sequence[str]) -> None:
    """Show `by` these columns of the list in this order; none: those of the register."""
    unknown = [name for name in names if name not in register.offered_names()]
    if unknown:
        raise Refused(_("This list has no column “%(name)s”.") % {"name": unknown[0]})
    chosen = [] if list(names) == list(register.columns) else list(dict.fromkeys(names))
    ListChoice.objects.update_or_create(person=by, register=register.slug(), defaults={"columns": chosen})


def view_of(register: type[Register], person: Person, pk: UUID | str) -> KeptView | None:
    """The view called `pk`, if `person` has it."""
    try:
        key = UUID(str(pk))
    except ValueError:
        return None
    return KeptView.objects.filter(register=register.slug(), pk=key).for_person(person).first()


def _named(name: str) -> str:
    plain = " ".join(name.replace("\x00", "").split())
    if not 1 <= len(plain) <= 60:
        raise Refused(_("A view has a name of 1 to 60 characters."))
    return plain


def _own(view: KeptView, by: Person) -> None:
    if view.owner_id != by.pk:
        raise Refused(_("Only who keeps a view can change it; keep one of your own."))


def _may_share(register: type[Register], by: Person, unit: Unit | None) -> None:
    if unit is not None:
        require(by, register.area(), Level.EDIT, unit)


def _saved(view: KeptView) -> KeptView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as clash:
        raise Refused(_("You keep a view called “%(name)s” already.") % {"name": view.name}) from clash
    return view
