"""The command about the index that the search reads."""

from __future__ import annotations

import argparse

from keepwell.config.commands.words import Words
from keepwell.config.progress import Progress


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """`search`, with what to do."""
    search = all_words.add_parser("search", help="the index that the search reads")
    search.add_argument("what", choices=("reindex", "status"), help="write it anew, or say how far it is")


def search(answers: argparse.Namespace) -> int:
    """Write the index of words anew, or say how many records are in it and how many wait."""
    from keepwell.platform.search import indexing
    from keepwell.platform.search.models import Entry

    if answers.what == "reindex":
        with Progress() as progress:
            indexing.reindex(progress)
    print(f"{Entry.objects.count():,} records in the index, {indexing.waiting():,} waiting")
    return 0


COMMANDS = {"search": search}
