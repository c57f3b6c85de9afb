"""The typefaces of documents: Noto Sans TC and what stands beside it, put there by the build."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "fonts"
FAMILY = "Noto Sans TC"


def folder() -> str:
    """Where the fonts lie; raises when the build has not put them there."""
    if not any(FOLDER.glob("*.ttf")):
        raise RuntimeError(f"No fonts lie in {FOLDER}; `make run` and `bin/assets` fetch them.")
    return str(FOLDER)
