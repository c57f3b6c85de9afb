"""Names of invented people, as they are written in the countries of the group."""

from __future__ import annotations

from collections.abc import Callable

from keepwell.demo import names_asia as asia
from keepwell.demo import names_west as west
from keepwell.demo.dice import Dice

Name = tuple[str, str]
_PLAIN = str.maketrans("áéíóúñüÁÉÍÓÚÑÜ ", "aeiounuAEIOUNU.")


def name(country: str, dice: Dice) -> Name:
    """A name in Latin letters, and in the own script where the country writes another one (else empty)."""
    return _COUNTRIES[country](dice)


def mail_name(latin: str) -> str:
    """`latin` as it stands before the @ of a mail address."""
    return latin.translate(_PLAIN).lower().replace("'", "")


def _taiwan(dice: Dice) -> Name:
    (family, family_zh) = dice.pick(asia.TAIWAN_FAMILIES)
    first, second = dice.pick(asia.TAIWAN_GIVEN)
    (one, one_zh), (two, two_zh) = dice.pick(first), dice.pick(second)
    return f"{one}-{two} {family}", f"{family_zh}{one_zh}{two_zh}"


def _china(dice: Dice) -> Name:
    family, family_zh = dice.pick(asia.CHINA_FAMILIES)
    one, one_zh = dice.pick(asia.CHINA_GIVEN)
    if dice.random() < 0.25:
        return f"{family} {one}", f"{family_zh}{one_zh}"
    two, two_zh = dice.pick(asia.CHINA_GIVEN)
    return f"{family} {one}{two.lower()}", f"{family_zh}{one_zh}{two_zh}"


def _japan(dice: Dice) -> Name:
    family, family_own = dice.pick(asia.JAPAN_FAMILIES)
    given, given_own = dice.pick(asia.JAPAN_GIVEN)
    return f"{family} {given}", f"{family_own} {given_own}"


def _korea(dice: Dice) -> Name:
    family, family_own = dice.pick(asia.KOREA_FAMILIES)
    (one, one_own), (two, two_own) = dice.pick(asia.KOREA_FIRST), dice.pick(asia.KOREA_SECOND)
    return f"{one}-{two.lower()} {family}", f"{family_own}{one_own}{two_own}"


def _malay(dice: Dice) -> Name:
    if dice.random() < 0.5:
        return f"{dice.pick(asia.MALAY_WOMEN)} {dice.pick(asia.MALAY_FATHERS)}", ""
    return f"{dice.pick(asia.MALAY_MEN)} {dice.pick(asia.MALAY_FATHERS)}", ""


def _straits_chinese(dice: Dice) -> Name:
    family, first = dice.pick(asia.STRAITS_FAMILIES), dice.pick(asia.STRAITS_FIRST)
    return f"{family} {first} {dice.pick(asia.STRAITS_SECOND)}", ""


def _tamil(dice: Dice) -> Name:
    return f"{dice.pick(asia.INDIAN_GIVEN)} {dice.pick(asia.INDIAN_FAMILIES)}", ""


def _malaysia(dice: Dice) -> Name:
    share = dice.random()
    return _malay(dice) if share < 0.58 else _straits_chinese(dice) if share < 0.87 else _tamil(dice)


def _singapore(dice: Dice) -> Name:
    share = dice.random()
    return _malay(dice) if share < 0.2 else _straits_chinese(dice) if share < 0.82 else _tamil(dice)


def _mexico(dice: Dice) -> Name:
    given = dice.pick(west.MEXICO_GIVEN)
    return f"{given} {dice.pick(west.MEXICO_FAMILIES)} {dice.pick(west.MEXICO_FAMILIES)}", ""


def _america(dice: Dice) -> Name:
    return f"{dice.pick(west.AMERICA_GIVEN)} {dice.pick(west.AMERICA_FAMILIES)}", ""


_COUNTRIES: dict[str, Callable[[Dice], Name]] = {
    "TW": _taiwan, "CN": _china, "JP": _japan, "KR": _korea, "MY": _malaysia, "SG": _singapore, "MX": _mexico,
    "US": _america,
}  # fmt: skip
