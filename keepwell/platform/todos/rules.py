"""Who may pass a todo on: delegate it and take it back, or hand it over for good."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from keepwell.kernel import moments
from keepwell.platform.history.acting import Machine, Refused, acting
from keepwell.platform.people.models import Account, Person
from keepwell.platform.people.permissions import lacks, may
from keepwell.platform.people.roles import Level, roles_with
from keepwell.platform.records.links import kind_named
from keepwell.platform.records.models import area_of
from keepwell.platform.todos.duties import DUTIES, falls_to
from keepwell.platform.todos.keeping import keep
from keepwell.platform.todos.models import Debt, holding, nearest_seat, present, seated
from keepwell.platform.todos.owing import heard
from keepwell.platform.todos.todo import seen
from keepwell.platform.tree.models import Ancestry, Unit

CARETAKER = Machine(gettext_noop("the hand-over of todos"))
LAST_RESORT = "administrator"


def delegate(debt: Debt, *, by: Person, to: Person, note: str = "") -> None:
    """Let `to`, who must be able to see the record, do what `by` owes; `by` goes on owing it."""
    with transaction.atomic():
        debt = _held(debt)
        _require_owed(debt, by)
        if to.pk in (debt.debtor_id, by.pk):
            raise Refused(_("%(name)s owes this already; choose somebody else.") % {"name": to})
        _require_able(debt, to)
        debt.delegate, debt.delegated_by, debt.note = to, by, " ".join(note.split())[:300]
        with acting(by, "todo.delegate", to=to.natural_key(), note=debt.note):
            debt.save()
            heard(debt)


def take_back(debt: Debt, *, by: Person) -> None:
    """End a delegation: by who owes it, or by the delegate who gives it back."""
    with transaction.atomic():
        debt = _held(debt)
        if debt.delegate_id is None:
            raise Refused(_("Nobody else does this at present; there is nothing to take back."))
        if by.pk != debt.delegate_id:
            _require_owed(debt, by)
        with acting(by, "todo.take_back"):
            _undelegate(debt)
            debt.save()
            heard(debt)


def hand_over(debt: Debt, *, by: Person, to: Person) -> None:
    """Let `to` owe it from now on instead of whoever did: by the debtor, or by who administers the unit."""
    with transaction.atomic():
        debt = _held(debt)
        if by.pk != debt.debtor_id and not may(by, "administration", Level.ADMINISTER, debt.unit):
            raise PermissionDenied(lacks("administration", Level.ADMINISTER, debt.unit))
        if to.pk == debt.debtor_id:
            raise Refused(_("%(name)s owes this already; choose somebody else.") % {"name": to})
        twins = Debt.objects.open().filter(record_id=debt.record_id, what=debt.what, debtor=to)
        if twins.exists():
            raise Refused(_("%(name)s owes this already; choose somebody else.") % {"name": to})
        _require_able(debt, to)
        with acting(by, "todo.hand_over", to=to.natural_key()):
            debt.debtor, debt.role = to, ""
            _undelegate(debt)
            debt.save()
            heard(debt)


def hand_over_orphans(day: date) -> int:
    """Let no todo lie with nobody, with somebody who left or may no longer see the record; returns how many moved.

    A delegate's goes back to who owes it, what follows from how a record stands to whoever that says; another debtor's
    falls to the role that edits such records at the nearest unit up, to the administrators where there is none.
    """
    moved = 0
    for debt in _named(day).select_related("debtor", "delegate", "unit").iterator(500):
        with transaction.atomic(), acting(CARETAKER, "todo.hand_over"):
            moved += _adopt(_held(debt), day)
    return moved


def _named(day: date) -> QuerySet[Debt]:
    """Open debts that name a person, of whom it is asked whether they still can, or a role that nobody holds."""
    named = Q(debtor__isnull=False) | Q(delegate__isnull=False) | Q(seat__isnull=True, duty="")
    return Debt.objects.open().annotate(seat=nearest_seat()).filter(named).order_by("pk")


def _adopt(debt: Debt, day: date) -> bool:
    """Move `debt` away from whoever cannot do it any more; whether it moved."""
    moved = False
    if debt.delegate and not is_able(debt, debt.delegate, day):
        _undelegate(debt)
        moved = True
    gone = debt.debtor and not is_able(debt, debt.debtor, day)
    if gone and debt.duty:
        debt.debtor, moved, gone = None, True, False
    lies_with_nobody = not debt.debtor_id and not debt.duty and not seated(debt.role, debt.unit).exists()
    if lies_with_nobody or gone:
        role = heir(debt)
        if role == debt.role:
            return False
        twin = Debt.objects.open().filter(record_id=debt.record_id, what=debt.what, role=role, unit=debt.unit)
        if twin.exists():
            debt.settled_at = moments.now()
        debt.debtor, debt.role = None, role
        moved = True
    if moved:
        debt.save()
        if debt.is_open:
            heard(debt)
    return moved


def heir(debt: Debt) -> str:
    """The role to which an orphan falls: of those that edit such records, the one held nearest, from its unit
    upwards."""
    model = kind_named(debt.record_type)
    roles = roles_with(area_of(model), Level.EDIT) if model else []
    found = [(depth, role) for role in roles if (depth := _steps_up(role, debt.unit)) is not None]
    return min(found, key=lambda one: one[0])[1] if found else LAST_RESORT


def _steps_up(role: str, unit: Unit) -> int | None:
    """How far up from `unit` somebody holds `role`; None if nobody does."""
    ways = Ancestry.objects.filter(descendant=unit, until__isnull=True)
    seats = ways.filter(Exists(holding(role, OuterRef("ancestor")))).order_by("depth")
    return seats.values_list("depth", flat=True).first()


def is_able(debt: Debt, person: Person, day: date) -> bool:
    """Whether `person` is still here, can sign in, and may see the record."""
    here = Person.objects.filter(present(day), pk=person.pk).exists()
    return here and next(seen([debt], person), None) is not None


def _require_able(debt: Debt, person: Person) -> None:
    able = (
        is_able(debt, person, moments.today())
        and Account.objects.filter(person=person, is_active=True).exists()
    )
    if not able:
        raise Refused(
            _("%(name)s cannot see this record or cannot sign in; choose somebody who can.")
            % {"name": person}
        )


def _require_owed(debt: Debt, by: Person) -> None:
    """Refuse who owes it neither themselves nor by a role; what they may not see is absent to them."""
    if debt.debtor_id == by.pk:
        return
    if debt.debtor_id is None and debt.duty and falls_to(debt, by):
        return
    if debt.debtor_id is None and Debt.objects.falling_to(by, [debt.role]).filter(pk=debt.pk).exists():
        return
    raise PermissionDenied(_("Only who owes this may pass it on."))


def _held(debt: Debt) -> Debt:
    """The row as it is now, locked; refused when it is done already. What stands so and was not kept yet is kept."""
    if debt.duty and DUTIES[debt.duty].leaves_no_trace:
        raise Refused(_("It is for those alone to whom it falls; nobody passes it on."))
    if debt.duty and debt.is_open:
        with acting(CARETAKER, "todo.keep"):
            keep(debt)
    found = Debt.objects.select_for_update(of=("self",)).get(pk=debt.pk)
    if not found.is_open:
        raise Refused(_("This is done already."))
    return found


def _undelegate(debt: Debt) -> None:
    debt.delegate, debt.delegated_by, debt.note = None, None, ""
