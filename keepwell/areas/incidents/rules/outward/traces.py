"""Which indicators of an incident go to whom: outside the group what the attacker used, never what was the group's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from keepwell.areas.incidents.models import Indicator
from keepwell.areas.incidents.rules.outward.blacking import BARE, MAIL, NUMBER, UNC, Blacking
from keepwell.kernel import indicators as kernel
from keepwell.kernel.indicators.spelling import host_of, is_private

Kind, Role = Indicator.Kind, Indicator.Role
OF_THE_ATTACKER = (Role.ATTACKER, Role.TOOL, Role.LURE)
"""What goes outside: whatever was the victim's, or nobody knows whose, stays."""
OF_THE_HOUSE = (Kind.ACCOUNT, Kind.HOST)
"""Kinds that name the group's own machines and people, in whatever role they were seen."""
WITH_HOSTS = (Kind.SUBJECT, Kind.FILE, Kind.COMMAND)
"""Kinds in whose words a machine can stand by its bare name; keys, mutexes and agents are full of what looks like one."""
IN_WORDS = (Kind.SUBJECT, Kind.FILE, Kind.REGISTRY, Kind.COMMAND, Kind.MUTEX, Kind.AGENT)
"""Kinds whose values are words, in which a name can stand."""
_FOLDER = re.compile(
    r"(?:[\\/]users|[\\/]home|documents and settings)[\\/](?!public\b|default\b|all users\b)", re.I
)
_PRIVATE = re.compile(
    r"(?<![\d.])(?:10|127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}(?![\d.])"
)

PATTERNS = (MAIL, UNC, NUMBER, _FOLDER, _PRIVATE)
"""What in words leads to people and machines: also the folder of a person, and an address of a house's own network."""


@dataclass(frozen=True)
class Trace:
    """One indicator as it goes out, with what is remarked; its source and who added it stay here."""

    indicator: Indicator
    file_name: str
    remark: str
    changed_at: datetime


def going(found: Iterable[Indicator], blacking: Blacking | None) -> list[Indicator]:
    """Those of `found` that may go: all of them inside the group, where nothing is blacked out; outside those that the
    attacker brought, and of these none in whose value stands what leads to people or machines of the group."""
    return [one for one in found if blacking is None or _may_leave(one, blacking)]


def trace(one: Indicator, blacking: Blacking | None, changed_at: datetime) -> Trace:
    """How `one`, which may go, goes: outside without a name that betrays something, and with blacked-out remarks."""
    if blacking is None:
        return Trace(one, one.file_name, one.remark, changed_at)
    name = "" if _betrays(one.file_name, blacking, with_hosts=True) else one.file_name
    return Trace(one, name, blacking(one.remark), changed_at)


def _may_leave(one: Indicator, blacking: Blacking) -> bool:
    kind = kernel.Kind(one.kind)
    if one.role not in OF_THE_ATTACKER or one.kind in OF_THE_HOUSE or is_private(kind, one.value):
        return False
    if one.kind in IN_WORDS:
        return not _betrays(one.value, blacking, with_hosts=one.kind in WITH_HOSTS)
    return not blacking.names(one.value) and not blacking.is_own(host_of(kind, one.value))


def _betrays(words: str, blacking: Blacking, *, with_hosts: bool) -> bool:
    """Whether `words` name somebody or something of the group, as far as names and patterns tell."""
    patterns = PATTERNS if not with_hosts else (*PATTERNS, BARE)
    return blacking.names(words) or any(pattern.search(words) for pattern in patterns)
