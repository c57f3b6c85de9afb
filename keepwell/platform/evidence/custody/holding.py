"""Who holds a piece of evidence, where and what for, as it is told."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from keepwell.platform.acts.act import Refused
from keepwell.platform.people.models import Person


@dataclass(frozen=True)
class Holder:
    """Who holds a piece: a person of the register, or somebody outside by name and organization."""

    person: Person | None
    name: str = ""
    organization: str = ""


@dataclass(frozen=True)
class Circumstances:
    """Where a piece is kept from then on, what for, and how it came there."""

    whereabouts: str
    purpose: str
    manner: str
    seal: str = ""
    remark: str = ""


def named(person: Person | None, outside: str, organization: str) -> Holder | None:
    """The holder as it was told; None if nobody was. Refused for two, or for half of one."""
    name, of = outside.strip()[:120], organization.strip()[:120]
    if person is not None and (name or of):
        raise Refused(gettext("Name one holder: a person by number, or somebody outside by name."))
    if bool(name) != bool(of):
        raise Refused(gettext("Name somebody outside and their organization."))
    if person is None and not name:
        return None
    return Holder(person, name, of)
