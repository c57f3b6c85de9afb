"""The languages of notices beside English and Traditional Chinese: one file each, and English where a file lacks words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import yaml
from django.utils.translation import get_language, gettext, pgettext

from keepwell.areas.incidents.models.sentences import words
from keepwell.kernel.clocks.languages import own_words
from keepwell.kernel.clocks.sentences import Words

READ_BY = {"TW": "zh-hant", "CN": "zh-hans", "JP": "ja", "KR": "ko", "MY": "ms", "SG": "en", "US": "en"}
"""The language in which the authorities of a jurisdiction read."""
UNION = "EU"
READ_IN_UNION = {"AT": "de", "CZ": "cs", "DE": "de", "ES": "es", "FR": "fr", "IE": "en", "IT": "it", "LU": "fr", "MT": "en",
                 "NL": "nl", "PL": "pl"}  # fmt: skip
"""The same of its countries, whose authorities apply the law of the Union each in its own language."""


@dataclass(frozen=True)
class Tongue:
    """The words of a notice in one language by their English ones; `read` is who checked them ("": nobody yet)."""

    name: str
    read: str
    moment: str
    words: Mapping[str, str]


@dataclass(frozen=True)
class Foreign(Words):
    """Moments as they are written in a notice in another language, with their distance from UTC."""

    pattern: str = ""

    def moment(self, at: datetime, zone: str) -> str:
        local = at.astimezone(ZoneInfo(zone))
        away = f"{local:%z}"
        told = {"year": local.year, "month": local.month, "day": local.day, "time": f"{local:%H:%M}",
                "zone": f"UTC{away[:3]}:{away[3:]}"}  # fmt: skip
        return self.pattern % told


@cache
def tongues() -> dict[str, Tongue]:
    """The languages that have a file, by the tag under which a notice names them."""
    folder = files("keepwell.library") / "notices"
    told = {path.name.removesuffix(".yaml"): yaml.safe_load(path.read_text("utf-8")) for path in folder.iterdir()
            if path.name.endswith(".yaml")}  # fmt: skip
    return {tag: Tongue(**told[tag]) for tag in sorted(told)}


@dataclass(frozen=True)
class Named:
    """A language by its tag and by its name in itself."""

    tag: str
    name: str


def read_under(jurisdiction: str, country: str) -> Named | None:
    """The language in which authorities read under a rule, None if nobody says; of the Union's law each country has its
    own."""
    tag = READ_IN_UNION.get(country, "") if jurisdiction == UNION else READ_BY.get(jurisdiction, "")
    ours = {"en": "English", "zh-hant": "繁體中文"}
    return Named(tag, ours.get(tag) or tongues()[tag].name) if tag else None


def spoken(text: str) -> str:
    """`text`, which is marked for translation or stands in a rule, in the active language; as it is where that has no
    words for it."""
    language = get_language() or ""
    tongue, own = tongues().get(language), own_words(text, language)
    return own or (tongue.words.get(text, text) if tongue else gettext(text))


def spoken_as(context: str, text: str) -> str:
    """The same for a word that English has for other things too: `context` says which is meant."""
    tongue = tongues().get(get_language() or "")
    return tongue.words.get(text, text) if tongue else pgettext(context, text)


def titled(text: str) -> str:
    """The same as a heading."""
    told = spoken(text)
    return told[:1].upper() + told[1:]


def words_here() -> Words:
    """How moments are written in the active language."""
    tongue = tongues().get(get_language() or "")
    return Foreign(pattern=tongue.moment) if tongue else words()


def doubts(language: str, contents: Iterable[str]) -> list[str]:
    """What is to be known of a notice in a language of a file, in the reader's: that no native speaker read our words,
    and which `contents` stand in English for want of them."""
    tongue = tongues().get(language)
    if tongue is None:
        return []
    facts = {"language": tongue.name}
    told = [
        gettext("What people wrote of the incident stands here as they wrote it: put it into %(language)s.")
        % facts
    ]
    if not tongue.read:
        told.append(gettext(
            "No native speaker has read Keepwell’s words in %(language)s yet: let one read the notice before it is approved."
        ) % facts)  # fmt: skip
    if lacking := [
        name[:1].upper() + name[1:]
        for name in contents
        if name not in tongue.words and not own_words(name, language)
    ]:
        names = {"names": ", ".join(lacking)}
        told.append(
            gettext("There are no words in %(language)s for: %(names)s. They stand in English.")
            % (facts | names)
        )
    return told
