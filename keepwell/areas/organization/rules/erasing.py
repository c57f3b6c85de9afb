"""Who may be erased, and by whom."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.leaving import has_left
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.permissions import grants_in_force
from keepwell.platform.people.roles import Level, roles_with
from keepwell.platform.privacy.erasing import erase as erase_everywhere
from keepwell.platform.privacy.holds import holding
from keepwell.platform.privacy.words import Words

ADMINISTERING = ("administration", Level.ADMINISTER)


def can_be_erased(person: Person) -> bool:
    """Whether it is a person, and one who was not erased."""
    return person.erased_at is None and person.kind != Person.Kind.MACHINE


@act(
    Level.ADMINISTER,
    area="administration",
    step_up=True,
    label=_("Erase"),
    offered=can_be_erased,
    shown=has_left,
    explains=_(
        "Name, number, mail, account and everything that was for this person alone are gone for good; what they "
        "did and completed stays with a pseudonym, and figures and proofs still hold. Nobody can take it back."
    ),
)
def erase(person: Person, *, by: Person, reason: str) -> None:
    """Erase somebody who has left, as the law asks."""
    if person.pk == by.pk:
        raise PermissionDenied(gettext("Nobody erases themselves; ask another administrator."))
    _see_administered(person)
    if not has_left(person):
        raise Refused(gettext("%(person)s has not left; record the last day first.") % {"person": person})
    held = holding(person)
    if held is not None:
        raise Refused(
            gettext("The legal hold on %(piece)s concerns %(person)s; lift it first.")
            % {"piece": held.reference, "person": person}
        )
    if Words.of(person).told(reason):
        raise Refused(gettext("Write the reason without the person's name, number or mail: it stays."))
    erase_everywhere(person)


def _see_administered(person: Person) -> None:
    """Refuse to let a place be without an administrator."""
    held = grants_in_force(person).filter(role__in=roles_with(*ADMINISTERING), only_id__isnull=True)
    for grant in held.select_related("unit"):
        others = Grant.objects.in_force().filter(
            role__in=roles_with(*ADMINISTERING), unit=grant.unit, only_id=None
        )
        if not others.exclude(person=person).exists():
            raise Refused(
                gettext("Nobody else administers %(unit)s; grant the role to somebody first.")
                % {"unit": grant.unit}
            )
