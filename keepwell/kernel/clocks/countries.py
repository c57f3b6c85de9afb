"""In which time zone a country's days begin, where a unit does not say."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from keepwell.kernel.clocks import faults
from keepwell.kernel.clocks.calendars import Unfit

# Where a country has several zones: that of most of its people, or of its authorities.
CHOSEN = {
    "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "CA": "America/Toronto", "CD": "Africa/Kinshasa", "CL": "America/Santiago", "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia", "DE": "Europe/Berlin", "EC": "America/Guayaquil", "ES": "Europe/Madrid",
    "FM": "Pacific/Pohnpei", "ID": "Asia/Jakarta", "KI": "Pacific/Tarawa", "KZ": "Asia/Almaty",
    "MN": "Asia/Ulaanbaatar", "MX": "America/Mexico_City", "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland", "PF": "Pacific/Tahiti", "PG": "Pacific/Port_Moresby", "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow", "UA": "Europe/Kyiv", "US": "America/New_York", "UZ": "Asia/Tashkent",
}  # fmt: skip


def zone_of(country: str) -> str:
    """The zone of a country by its two ISO 3166 letters; Unfit if there is no such country."""
    found = CHOSEN.get(country) or _zones().get(country)
    if found is None:
        raise Unfit(faults.NO_COUNTRY, value=country)
    return found


@cache
def _zones() -> dict[str, str]:
    """The first zone of each country in the table of the tz database."""
    text = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    found: dict[str, str] = {}
    for row in rows:
        found.setdefault(row[0], row[2])
    return found
