"""Programs of the house that begin at once: each runs in a process of its own, forked from one that has everything loaded.
For stories in which what a program does is tested, and not how it starts. `python -m tests.prompt` is that process: it
reads one order a line, and answers it with a number."""

from __future__ import annotations

import json
import os
import runpy
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.running import ROOT

PATIENCE_SECONDS = 300
CLI = "keepwell.config.cli"
STREAMS = ("stdout", "stderr")


@dataclass(frozen=True)
class Prompt:
    """The process from which programs are forked, and a folder for what they print."""

    process: subprocess.Popen[str]
    folder: Path

    def keepwell(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command of Keepwell to its end."""
        return self.run(CLI, *words)

    def run(self, module: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a module with its words to its end, as `python -m` does."""
        number = self.start(module, *words)
        try:
            status = self.wait(number)
        except TimeoutError:
            os.killpg(number, signal.SIGKILL)
            raise
        out, err = ((self.folder / f"{number}.{stream}").read_text() for stream in STREAMS)
        return subprocess.CompletedProcess([module, *words], status, out, err)

    def start(self, module: str, *words: str) -> int:
        """Let a module begin; the number of its process, which leads a group of its own."""
        return self.told({"begin": [module, *words], "streams": str(self.folder)})

    def wait(self, number: int) -> int:
        """Wait for the end of a process that was started; its status, or the signal that ended it, below zero."""
        return self.told({"wait": number})

    def told(self, order: dict[str, object]) -> int:
        """What is answered to an order."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], PATIENCE_SECONDS)[0]:
            raise TimeoutError(str(order))
        return int(self.process.stdout.readline())


@contextmanager
def prompt(environment: Mapping[str, str], folder: Path) -> Iterator[Prompt]:
    """Programs that all have this environment; `folder` is for what they print."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.prompt"], env=dict(environment), cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield Prompt(process, folder)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def main() -> None:
    """Do what is ordered until nobody orders any more."""
    from keepwell.config.cli import set_up

    set_up()
    for order in map(json.loads, sys.stdin):
        if "wait" in order:
            print(os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1]), flush=True)
            continue
        number = os.fork()
        if not number:
            become(Path(order["streams"]), *order["begin"])
            return
        os.setpgid(number, number)
        print(number, flush=True)


def become(folder: Path, module: str, *words: str) -> None:
    """Be that program, with nothing to read; it ends as any other does."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    for name in STREAMS:
        said = os.open(folder / f"{os.getpid()}.{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(said, getattr(sys, name).fileno())
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
