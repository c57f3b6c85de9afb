"""The commands that keep the site running."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from contextlib import nullcontext
from typing import NoReturn

from keepwell.config import demonstration
from keepwell.config.commands.words import Words, complain
from keepwell.config.orphans import OURSELVES, end_with
from keepwell.platform.jobs.supervising import Supervisor


def words(all_words: Words[argparse.ArgumentParser]) -> None:
    """The commands that keep the site running."""
    serve = all_words.add_parser("serve", help="answer requests")
    serve.add_argument("--address", default="127.0.0.1", help="where to listen (127.0.0.1)")
    serve.add_argument("--port", type=int, help="the port (PORT, or 8000)")
    serve.add_argument("--with-worker", action="store_true", help="run a worker beside the server")
    work = all_words.add_parser("work", help="do background jobs; on as many machines as wanted")
    work.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    work.add_argument("--beside", type=int, help=argparse.SUPPRESS)
    demo = all_words.add_parser(
        "demo", help="show the invented demo group: load it if nothing is there, then serve"
    )
    demo.add_argument("--load-only", action="store_true", help="load and end")
    all_words.add_parser("migrate", help="bring the database's tables in line with this version")


def serve(answers: argparse.Namespace) -> int:
    """Answer requests until told to end."""
    from django.conf import settings
    from django.db import connection

    from keepwell.config import serving
    from keepwell.platform.history.dialects import empty_journal
    from keepwell.platform.keeping import steps

    missing = steps.missing()
    # Its processes are forked from this one: a connection to SQLite would take its locks for their own.
    connection.close()
    if missing:
        return complain(f"The database lacks {missing} migrations; run `keepwell migrate` first.", 2)
    # WhiteNoise warns of a folder that is not there; assets come from the package.
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    port = answers.port or settings.PORT
    with serving.worker_beside() if answers.with_worker else nullcontext():
        serving.serve(answers.address, port, processes=settings.KEEPWELL_WORKERS, banner=banner(port))
    # They end without closing theirs; the last one leaves all in the one file.
    empty_journal()
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


def work(_answers: argparse.Namespace) -> int:
    """Do background jobs until told to end, as the child of a supervisor."""
    from keepwell.platform.jobs import worker

    worker.work_until_told()
    return 0


def is_supervising(answers: argparse.Namespace) -> bool:
    """Whether the command only keeps another process at work, which needs nothing of the house."""
    return answers.command == "work" and not answers.child


def supervise(answers: argparse.Namespace) -> int:
    """Run a worker, and another one whenever it dies, until told to end."""
    from django.conf import settings
    from django.utils.log import configure_logging

    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    if answers.beside:
        end_with(answers.beside, lambda: os.kill(os.getpid(), signal.SIGTERM))
    Supervisor([*OURSELVES, "work", "--child"]).run()
    return 0


def migrate(_answers: argparse.Namespace) -> int:
    """Bring the database's tables in line with this version."""
    from keepwell.platform.keeping import steps

    applied = steps.bring_up_to_date()
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
    os.execv(OURSELVES[0], [*OURSELVES, "serve", "--with-worker"])  # noqa: S606


COMMANDS = {"serve": serve, "work": work, "migrate": migrate, "demo": demo}
