"""The languages of the report page: one file each, the same keys in all."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml
from django.utils.translation.trans_real import parse_accept_lang_header

OURS = "en"


@cache
def languages() -> dict[str, dict[str, str]]:
    """The words of the report page by language tag; a file that lacks a sentence has the English one."""
    folder = files("keepwell.library") / "report-page"
    told = {path.name.removesuffix(".yaml"): yaml.safe_load(path.read_text("utf-8")) for path in folder.iterdir()
            if path.name.endswith(".yaml")}  # fmt: skip
    return {tag: told[OURS] | words for tag, words in sorted(told.items(), key=lambda one: one[1]["name"])}


def chosen(asked: str, accepted: str) -> str:
    """The language to speak: the one asked for, else the first of the browser's that there is, else English.

    `accepted` is the header Accept-Language. Chinese without a script is told by its region.
    """
    known = {tag.lower(): tag for tag in languages()}
    if asked.lower() in known:
        return known[asked.lower()]
    for wish, _weight in parse_accept_lang_header(accepted[:200]):
        tag = CHINESE.get(wish, wish)
        for name in (tag, tag.partition("-")[0]):
            if name in known:
                return known[name]
    return OURS


CHINESE = {"zh": "zh-hans", "zh-cn": "zh-hans", "zh-sg": "zh-hans", "zh-my": "zh-hans",
           "zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant"}  # fmt: skip
