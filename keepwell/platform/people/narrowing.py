"""Tokens narrower than their person: some areas, up to some level, perhaps only to read."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.utils.translation import gettext as _

from keepwell.platform.history.acting import Refused
from keepwell.platform.jobs.asking import Reach, reach
from keepwell.platform.people.models import Token
from keepwell.platform.people.roles import Level

MOST_SOURCES = 20


def reaches(area: str, level: Level) -> bool:
    """Whether whoever asks now may use `level` in `area` at all, by the token they came with."""
    found = reach()
    if found is None:
        return True
    scopes = found["scopes"]
    if found["read_only"] and level > Level.VIEW:
        return False
    return not scopes or scopes.get(area, 0) >= level


def capped(area: str, level: Level) -> int:
    """As much of `level` in `area` as whoever asks may use; 0 for nothing."""
    return max((below for below in Level if below <= level and reaches(area, below)), default=0)


def reach_of(token: Token) -> Reach:
    """How far `token` reaches, and which it is: what is asked for by it ends with it."""
    return {"scopes": token.scopes, "read_only": token.read_only, "token": token.pk}


def read_scopes(texts: Iterable[str]) -> dict[str, int]:
    """Scopes written as `area:level`, as `people:edit`; refused in one sentence."""
    found: dict[str, int] = {}
    for text in texts:
        area, _colon, level = text.strip().partition(":")
        if area not in settings.AREA_TITLES or level.upper() not in Level.__members__:
            raise Refused(
                _("“%(text)s” is no scope; write an area and a level, as people:edit. Areas: %(areas)s.")
                % {"text": text.strip(), "areas": ", ".join(settings.AREA_TITLES)}
            )
        found[area] = max(Level[level.upper()], found.get(area, 0))
    return found


def read_sources(texts: Iterable[str]) -> list[str]:
    """Addresses or networks from which a token may be used; refused in one sentence."""
    found = []
    for text in texts:
        try:
            found.append(str(ip_network(text.strip(), strict=False)))
        except ValueError as error:
            raise Refused(
                _("“%(text)s” is no address or network, as 192.0.2.7 or 192.0.2.0/24.")
                % {"text": text.strip()}
            ) from error
    if len(found) > MOST_SOURCES:
        raise Refused(_("A token takes %(most)d addresses at most.") % {"most": MOST_SOURCES})
    return found


def comes_from(sources: list[str], source: str) -> bool:
    """Whether the address `source` is one of `sources`; with none given, any is."""
    if not sources:
        return True
    try:
        address = ip_address(source)
    except ValueError:
        return False
    return any(address in ip_network(network) for network in sources)
