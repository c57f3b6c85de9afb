"""The command by which a mail server hands over reports: `keepwell report-mail < message.eml`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from keepwell.config.commands.words import Words, complain

TAKEN, REFUSED, TRY_AGAIN = 0, 65, 75
"""As sysexits.h names them: EX_OK, EX_DATAERR, EX_TEMPFAIL. A mail server gives a mail back for any other end."""
PART_BYTES = 1 << 20
COMMAND = "report-mail"


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """`report-mail`."""
    mail = all_words.add_parser(
        COMMAND, help="take a mail from standard input as a report; ends as mail servers expect: 0, 65 or 75"
    )
    mail.add_argument(
        "--to", default="", metavar="ADDRESS", help="the recipient, as the mail server knows it"
    )
    mail.add_argument(
        "--from", dest="sent_by", metavar="ADDRESS", help="the envelope's sender; empty for a bounce"
    )


@contextmanager
def kept_where_it_is(answers: argparse.Namespace) -> Iterator[None]:
    """Let whatever goes wrong on the way to a mail end so that the mail server keeps it and tries again."""
    try:
        yield
    except SystemExit as end:
        if answers.command != COMMAND:
            raise
        raise SystemExit(TRY_AGAIN) from end
    except Exception as error:
        if answers.command != COMMAND:
            raise
        # A mail server that sees any other end gives the mail back to its sender, and the report is lost.
        raise SystemExit(complain(f"Not taken now: {type(error).__name__}.", TRY_AGAIN)) from error


def report_mail(answers: argparse.Namespace) -> int:
    """Take one mail."""
    from django.db import DatabaseError

    from keepwell.areas.incidents.rules.post import arriving
    from keepwell.areas.incidents.rules.post.envelope import Envelope
    from keepwell.kernel.refusing import Refused

    parts = iter(lambda: sys.stdin.buffer.read(PART_BYTES), b"")
    try:
        taken = arriving.take(parts, Envelope(answers.to[:300], answers.sent_by))
    except arriving.Later as why:
        return complain(str(why), TRY_AGAIN)
    except Refused as refusal:
        return complain(str(refusal), REFUSED)
    except DatabaseError as error:
        return complain(f"Not taken now: {type(error).__name__}.", TRY_AGAIN)
    print(" ".join(filter(None, (taken.state, str(taken.report or ""), taken.because))))
    return TAKEN


COMMANDS = {COMMAND: report_mail}
