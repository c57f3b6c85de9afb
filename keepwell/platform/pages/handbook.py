"""The handbook: Markdown files shipped with the product, one a chapter and language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from markdown_it.token import Token

FOLDER = Path(__file__).parents[2] / "library" / "handbook"
FIRST = "first-steps"


@dataclass(frozen=True)
class Chapter:
    """One chapter: its slug, its title, what it is about in one line, its text as HTML, and the language it is in.

    Raw HTML in a file is shown, never run.
    """

    slug: str
    title: str
    about: str
    html: SafeString
    language: str


@cache
def slugs() -> list[str]:
    """The chapters in order: the first steps, then by name."""
    names = (path.name.removesuffix(".en.md") for path in FOLDER.glob("*.en.md"))
    return sorted(names, key=lambda name: (name != FIRST, name))


def chapter(slug: str, language: str) -> Chapter | None:
    """The chapter in `language`, in English where it is not translated; None if there is none."""
    return _read(slug, language) if slug in slugs() else None


def chapters(language: str) -> list[Chapter]:
    """All chapters in `language`."""
    return [_read(slug, language) for slug in slugs()]


@cache
def _read(slug: str, language: str) -> Chapter:
    from markdown_it import MarkdownIt  # some 30 ms, and most processes show no chapter

    language = language if (FOLDER / f"{slug}.{language}.md").exists() else "en"
    head, _sep, body = (FOLDER / f"{slug}.{language}.md").read_text(encoding="utf-8").partition("\n")
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    html = mark_safe(renderer.render(body))  # noqa: S308  # our own file, HTML switched off
    return Chapter(slug, head.lstrip("# ").strip(), _first_sentence(renderer.parse(body)), html, language)


def _first_sentence(tokens: Sequence[Token]) -> str:
    """The first sentence of the first paragraph, as plain text."""
    paragraphs = (after for token, after in pairwise(tokens) if token.type == "paragraph_open")
    words = "".join(part.content for part in (next(paragraphs).children or ()))
    return re.split(r"(?<=。)|(?<=\.)\s", words, maxsplit=1)[0]
