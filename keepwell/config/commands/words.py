"""What commands have in common: how they are declared, how they complain, whom and what their words mean."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from keepwell.config import env

if TYPE_CHECKING:
    from keepwell.platform.people.models import Person
    from keepwell.platform.registers.register import Register
    from keepwell.platform.tree.models import Unit

Words = argparse._SubParsersAction  # its public name does not exist
Command = Callable[[argparse.Namespace], int]
TLP = ("clear", "green", "amber", "strict", "red")
"""The labels of the Traffic Light Protocol (FIRST TLP 2.0), widest first, as our programs write them."""


def complain(sentence: str, status: int) -> int:
    """Print `sentence` on standard error and give `status` back."""
    sys.stderr.write(sentence + "\n")
    return status


def put_out(content: bytes, path: Path | None) -> int:
    """Write `content` into a file, without one to standard output; returns the status of the command."""
    if path is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return 0
    try:
        path.write_bytes(content)
    except OSError as error:
        return complain(f"{path} cannot be written: {error.strerror}.", 2)
    return 0


def readable(path: Path) -> None:
    """End with status 2 if `path` cannot be read."""
    try:
        path.open("rb").close()
    except OSError as error:
        env.stop(f"{path} cannot be read: {error.strerror}.")


def register_named(slug: str) -> type[Register]:
    """The register `slug`; an unknown one ends with status 2 and the names there are."""
    from keepwell.platform.registers.register import REGISTERS

    if slug not in REGISTERS:
        env.stop(f'No register is called "{slug}"; there are {", ".join(sorted(REGISTERS))}.')
    return REGISTERS[slug]


def unit(code: str | None) -> Unit:
    """The unit with `code`; without one, the group."""
    from keepwell.platform.tree.models import Unit

    found = Unit.objects.current().filter(code=code) if code else Unit.objects.current().filter(parent=None)
    first = found.order_by("code").first()
    if first is None:
        env.stop(f'No unit has the code "{code}".' if code else "There are no units yet.")
    return first


def person(name: str) -> Person:
    """Who is meant by a sign-in name, an employee number or a mail address."""
    from django.db.models import Q

    from keepwell.platform.people.models import Person, canonical

    current = Person.objects.current()
    found = current.filter(account__sign_in_name=canonical(name)) or current.filter(
        Q(number=name) | Q(mail__iexact=name)
    )
    if len(found[:2]) != 1:
        many = "More than one person is" if found else "Nobody is"
        env.stop(f'{many} known by the sign-in name, number or mail "{name}".')
    return found[0]


def doer(name: str | None) -> Person:
    """Who acts: the person named, else the sole administrator."""
    from keepwell.platform.people.models import Grant, Person

    if name:
        return person(name)
    grants = Grant.objects.in_force().filter(role="administrator")
    found = list(Person.objects.current().filter(pk__in=grants.values("person"))[:2])
    if len(found) != 1:
        env.stop("There is not exactly one administrator; say who does it with --as PERSON.")
    return found[0]
