"""The typefaces of documents: Noto Sans TC and what stands beside it, put there by the build."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "fonts"
FAMILY = "Noto Sans TC"
OF_LANGUAGES = {"zh-hans": "Noto Sans SC", "ja": "Noto Sans JP", "ko": "Noto Sans KR", "th": "Noto Sans Thai"}
"""Which typeface a language is written in; every other in Noto Sans TC. One sign has several shapes in East Asia."""

LETTERS = "Source Sans 3"
FURTHER_LETTERS = "[\u0100-\u024f\u0300-\u052f\u1e00-\u1fff]"
"""Letters of Europe and of Vietnam beyond those of English (č, ł, ễ, я …), and the typeface that has them: Noto Sans TC
draws them with their marks beside them, and has its own Latin letters from that one."""
_TEXTS = re.compile(r">[^<]+<")
_WORDS = re.compile(f"[^\\s<>&;]*{FURTHER_LETTERS}[^\\s<>&;]*")

OF_ONE_WEIGHT = frozenset({"Noto Sans SC", "Noto Sans JP", "Noto Sans KR"})
"""Typefaces without a bold weight here; what should be bold is drawn with a line THICKER of its size round each sign."""
THICKER = 0.04


def folder() -> str:
    """Where the fonts lie; raises when the build has not put them there."""
    if not any(FOLDER.glob("*.ttf")):
        raise RuntimeError(f"No fonts lie in {FOLDER}; `make run` and `bin/assets` fetch them.")
    return str(FOLDER)


def first_of(tag: str) -> str:
    """The typeface in which a language is written; others stand in for signs that it lacks."""
    return OF_LANGUAGES.get(tag.lower(), FAMILY)


def thicker(tag: str) -> float:
    """By how much of its size bold text of a language is drawn thicker; 0 where its typeface has a bold weight."""
    return THICKER if first_of(tag) in OF_ONE_WEIGHT else 0


def lettered(svg: str) -> str:
    """A drawing with words that hold further letters in the typeface that has them."""
    return _TEXTS.sub(lambda text: _WORDS.sub(_in_letters, text[0]), svg)


def _in_letters(word: re.Match[str]) -> str:
    return f'<tspan font-family="{LETTERS}">{word[0]}</tspan>'
