"""The handbook: Markdown files shipped with the product, one a chapter and language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

FOLDER = Path(__file__).parents[2] / "library" / "handbook"


@dataclass(frozen=True)
class Chapter:
    """One chapter: its slug, its title, its text as HTML (raw HTML in the file is shown, never run)."""

    slug: str
    title: str
    html: SafeString


def slugs() -> list[str]:
    """The chapters in order."""
    return sorted(path.name.removesuffix(".en.md") for path in FOLDER.glob("*.en.md"))


def chapter(slug: str, language: str) -> Chapter | None:
    """The chapter in `language`, in English where it is not translated; None if there is none."""
    return _read(slug, language) if slug in slugs() else None


def chapters(language: str) -> list[Chapter]:
    """All chapters in `language`."""
    return [_read(slug, language) for slug in slugs()]


@cache
def _read(slug: str, language: str) -> Chapter:
    path = FOLDER / f"{slug}.{language}.md"
    text = (path if path.exists() else FOLDER / f"{slug}.en.md").read_text(encoding="utf-8")
    title = text.partition("\n")[0].lstrip("# ").strip()
    body = text.partition("\n")[2]
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    return Chapter(slug, title, mark_safe(renderer.render(body)))  # noqa: S308  # our own file, HTML switched off
