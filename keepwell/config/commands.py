"""What each word of the `keepwell` command does; Django is set up before any of them."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import django

from keepwell.config import demonstration, env, trail
from keepwell.config.progress import Progress
from keepwell.config.whom import doer, person

if TYPE_CHECKING:
    from keepwell.platform.registers.register import Register
    from keepwell.platform.tree.models import Unit

BINARY = ("pdf", "docx", "xlsx")


def run(answers: argparse.Namespace) -> int:
    """Do the command that `answers` names; what a rule refuses becomes one sentence and status 2."""
    if answers.command == "demo":
        demonstration.prepare()
    django.setup()
    from django.core.exceptions import PermissionDenied
    from django.db import OperationalError

    from keepwell.kernel.refusing import Refused

    try:
        return COMMANDS[answers.command](answers)
    except (Refused, PermissionDenied) as refusal:
        return complain(str(refusal), 2)
    except OperationalError as error:
        return complain(f"The database does not answer: {str(error).strip().splitlines()[0]}", 1)


def complain(sentence: str, status: int) -> int:
    """Print `sentence` on standard error and give `status` back."""
    sys.stderr.write(sentence + "\n")
    return status


def serve(answers: argparse.Namespace) -> int:
    """Answer requests until told to end."""
    from django.conf import settings

    from keepwell.config import serving, tables

    missing = tables.missing()
    if missing:
        return complain(f"The database lacks {missing} migrations; run `keepwell migrate` first.", 2)
    # WhiteNoise warns of a folder that is not there; assets come from the package.
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    port = answers.port or settings.PORT
    with serving.worker_beside() if answers.with_worker else nullcontext():
        serving.serve(answers.address, port, processes=settings.KEEPWELL_WORKERS, banner=banner(port))
    return 0


def banner(port: int) -> str:
    """Where the site is, and how to sign in where it is the demo."""
    from django.conf import settings

    url = settings.KEEPWELL_URL if settings.PRODUCTION else f"http://localhost:{port}"
    lines = ["", f"  Keepwell: {url}"]
    if settings.KEEPWELL_DEMO:
        lines += [
            f"  Sign in as ada, ben, cleo, dan, eva or sam; password: {settings.KEEPWELL_DEMO_PASSWORD}",
            "  The demo group stands at 14 November 2025, 05:12 Taipei. Ctrl-C ends it.",
        ]
    return "\n".join([*lines, ""])


def work(answers: argparse.Namespace) -> int:
    """Do background jobs until told to end."""
    from keepwell.config import serving
    from keepwell.platform.jobs import worker

    if answers.child:
        worker.work_until_told()
        return 0
    if answers.beside:
        serving.end_with(answers.beside, lambda: os.kill(os.getpid(), signal.SIGTERM))
    worker.supervise()
    return 0


def migrate(_answers: argparse.Namespace) -> int:
    """Bring the database's tables in line with this version."""
    from keepwell.config import tables

    applied = tables.bring_up_to_date()
    print(f"{applied} migrations applied." if applied else "Nothing to migrate.")
    return 0


def demo(answers: argparse.Namespace) -> int:
    """Load the demo group if nothing is there, then serve it with a worker beside."""
    demonstration.load_if_empty()
    if answers.load_only:
        return 0
    return become_server()


def become_server() -> NoReturn:
    """Serve in a fresh process: it shall not carry what loading left in memory."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "keepwell.config.cli", "serve", "--with-worker"])  # noqa: S606


def found(answers: argparse.Namespace) -> int:
    """Enter the group and its first administrator, and print the administrator's first password."""
    from keepwell.config import founding
    from keepwell.kernel import moments

    first = founding.found(
        founding.Founding(
            code=answers.code,
            name=answers.name,
            country=answers.country,
            time_zone=answers.time_zone,
            number=answers.number,
            administrator=answers.administrator,
            mail=answers.mail,
            since=answers.since or moments.today(),
        )
    )
    print(founding.open_account(first, answers.sign_in))
    return 0


def account(answers: argparse.Namespace) -> int:
    """Let a person sign in, and print the new password."""
    from keepwell.config.founding import open_account

    print(open_account(person(answers.person), answers.sign_in))
    return 0


def token(answers: argparse.Namespace) -> int:
    """Print a new token of a person."""
    from keepwell.platform.people.tokens import issue

    print(issue(person(answers.person), days=answers.days))
    return 0


def bring_in(answers: argparse.Namespace) -> int:
    """Bring a file into a register, all or nothing, and say what became of its rows."""
    from keepwell.platform.registers.files import bring_in

    register, by = register_named(answers.register), doer(answers.by)
    readable(answers.file)
    with Progress() as progress:
        outcome = bring_in(
            register,
            answers.file,
            by,
            source=answers.source or "",
            dry_run=answers.dry_run,
            progress=progress,
        )
    for error in outcome.errors:
        complain(str(error), 2)
    if outcome.errors:
        return complain(f"Nothing was written: {len(outcome.errors):,} errors.", 2)
    if outcome.earlier:
        print(f"This very file was brought in on {outcome.earlier.at:%Y-%m-%d}; nothing was done.")
    tried = "dry run, nothing written: " if answers.dry_run else ""
    print(
        f"{tried}{outcome.rows:,} rows: {outcome.created:,} new, {outcome.changed:,} changed, "
        f"{outcome.unchanged:,} unchanged, {outcome.unmatched:,} unmatched"
    )
    return 0


def take_out(answers: argparse.Namespace) -> int:
    """Write a register to a file."""
    from keepwell.platform.registers.files import take_out

    register, by = register_named(answers.register), doer(answers.by)
    if not answers.file.resolve().parent.is_dir():
        return complain(f"There is no folder {answers.file.resolve().parent}.", 2)
    take_out(register, answers.file, by)
    return 0


def outcomes(answers: argparse.Namespace) -> int:
    """Write the outcomes of a year, to standard output or to a file."""
    from keepwell.areas.reporting.rules.documents import write

    if answers.out is None and answers.format in BINARY and sys.stdout.isatty():
        return complain(f"A terminal cannot show {answers.format}; name a file with --out.", 2)
    content = write(answers.year, unit(answers.unit), answers.language, answers.format)
    if answers.out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return 0
    try:
        answers.out.write_bytes(content)
    except OSError as error:
        return complain(f"{answers.out} cannot be written: {error.strerror}.", 2)
    return 0


def readable(path: Path) -> None:
    """End with status 2 if `path` cannot be read."""
    try:
        path.open("rb").close()
    except OSError as error:
        env.stop(f"{path} cannot be read: {error.strerror}.")


def register_named(slug: str) -> type[Register]:
    """The register `slug`; an unknown one ends with status 2 and the names there are."""
    from keepwell.platform.registers.register import REGISTERS

    if slug not in REGISTERS:
        env.stop(f'No register is called "{slug}"; there are {", ".join(sorted(REGISTERS))}.')
    return REGISTERS[slug]


def unit(code: str | None) -> Unit:
    """The unit with `code`; without one, the group."""
    from keepwell.platform.tree.models import Unit

    found = Unit.objects.current().filter(code=code) if code else Unit.objects.current().filter(parent=None)
    first = found.order_by("code").first()
    if first is None:
        env.stop(f'No unit has the code "{code}".' if code else "There are no units yet.")
    return first


COMMANDS = {
    "serve": serve,
    "work": work,
    "migrate": migrate,
    "demo": demo,
    "found": found,
    "account": account,
    "token": token,
    "import": bring_in,
    "export": take_out,
    "outcomes": outcomes,
    "trail": trail.run,
}
