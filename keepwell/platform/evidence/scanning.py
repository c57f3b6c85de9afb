"""Having bytes scanned: by clamd over a socket, or by any command. A scanner that is away is waited for."""

from __future__ import annotations

import shlex
import signal
import socket
import struct
import subprocess
import tempfile
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from keepwell.platform.evidence import stores
from keepwell.platform.evidence.models import Content
from keepwell.platform.evidence.serving import UNSCANNED
from keepwell.platform.evidence.stores.base import PART_BYTES
from keepwell.platform.history.acting import Machine
from keepwell.platform.history.noting import note
from keepwell.platform.people.models import Person

SCANNER = Machine(gettext_noop("the scanner"))
MOST_TRIES = 5
LONGEST_SAYING = 200


class Away(Exception):
    """No scanner answers: wait, and let the operators know."""


class BrokeOff(Exception):
    """The scanner took the bytes and ended without a verdict: killed, out of time, or confused."""


@dataclass(frozen=True)
class Verdict:
    """What a scanner found, and in which words."""

    state: Content.State
    says: str = ""


class Scanner(ABC):
    """Something that tells clean bytes from infected ones."""

    @abstractmethod
    def scan(self, file: Any) -> Verdict:
        """The verdict on `file`; raises Away or BrokeOff."""


class Clamd(Scanner):
    """ClamAV's daemon, by its INSTREAM command over TCP or a local socket."""

    def __init__(self, place: str, patience_seconds: int) -> None:
        self.place, self.patience = place, patience_seconds

    def scan(self, file: Any) -> Verdict:
        with self._called() as line:
            try:
                said = self._told(line, file)
            except OSError as error:
                raise BrokeOff(str(error) or "time-out") from error
        return self._read(said)

    def _called(self) -> socket.socket:
        """A line to the daemon; `unix:/path` names a local socket, `clamd://host:port` one in the network."""
        try:
            if self.place.startswith("unix:"):
                line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                line.settimeout(self.patience)
                line.connect(self.place.removeprefix("unix:"))
                return line
            parts = urlsplit(self.place)
            return socket.create_connection(
                (parts.hostname or "localhost", parts.port or 3310), self.patience
            )
        except OSError as error:
            raise Away(f"{self.place}: {error.strerror or error}") from error

    def _told(self, line: socket.socket, file: Any) -> str:
        """Send the bytes in parts, each after its length, and hear the one answer."""
        line.sendall(b"zINSTREAM\0")
        # A daemon that has heard enough answers and hangs up; its answer is still there to be read.
        with suppress(BrokenPipeError, ConnectionResetError):
            while part := file.read(PART_BYTES):
                line.sendall(struct.pack("!I", len(part)) + part)
            line.sendall(struct.pack("!I", 0))
        heard = b""
        while not heard.endswith(b"\0") and len(heard) < 4_096:
            part = line.recv(4_096)
            if not part:
                break
            heard += part
        return heard.rstrip(b"\0\n").decode("utf-8", "replace")

    def _read(self, said: str) -> Verdict:
        words = said.removeprefix("stream: ")
        if words == "OK":
            return Verdict(Content.State.CLEAN)
        if words.endswith(" FOUND"):
            return Verdict(Content.State.INFECTED, words.removesuffix(" FOUND"))
        if words.endswith("ERROR"):
            return Verdict(Content.State.ERROR, words)
        raise BrokeOff(words or "no answer")


class Command(Scanner):
    """Any program that takes the path of a file as its last argument: 0 is clean, 1 infected, the rest a failure."""

    def __init__(self, words: list[str], patience_seconds: int) -> None:
        self.words, self.patience = words, patience_seconds

    def scan(self, file: Any) -> Verdict:
        with tempfile.NamedTemporaryFile(prefix="scan-") as copy:
            while part := file.read(PART_BYTES):
                copy.write(part)
            copy.flush()
            return self._judged(self._run(copy.name))

    def _run(self, path: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(  # noqa: S603  # the operator's own command line, no shell, the path one argument
                [*self.words, path], stdin=subprocess.DEVNULL, capture_output=True, timeout=self.patience, check=False
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise BrokeOff("time-out") from error
        except OSError as error:
            raise Away(f"{self.words[0]}: {error.strerror}") from error

    def _judged(self, done: subprocess.CompletedProcess[bytes]) -> Verdict:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
        if done.returncode == 0:
            return Verdict(Content.State.CLEAN)
        if done.returncode == 1:
            return Verdict(Content.State.INFECTED, said[0][-LONGEST_SAYING:] if said else "")
        if done.returncode < 0:
            raise BrokeOff(f"killed by {signal.Signals(-done.returncode).name}")
        raise BrokeOff(said[-1] if said else f"exit status {done.returncode}")


def scanner() -> Scanner | None:
    """The scanner that the settings name; None if they name none."""
    place, patience = settings.KEEPWELL_SCAN, settings.KEEPWELL_SCAN_SECONDS
    if place in ("", UNSCANNED):
        return None
    if place.startswith("command:"):
        return Command(shlex.split(place.removeprefix("command:")), patience)
    return Clamd(place, patience)


def scan(digest: str, by: Scanner) -> Content.State:
    """Have one content scanned and write down what was found; raises Away if no scanner or no store answers.

    One at which the scanner broke off waits for another try, five in all; then it is an error of its own.
    """
    content = Content.objects.get(sha256=digest)
    try:
        with stores.files().open(digest) as file:
            verdict = by.scan(file)
    except stores.Gone:
        verdict = Verdict(Content.State.ERROR, gettext_noop("it is missing in the store"))
    except stores.StoreAway as reason:
        raise Away(f"the store of evidence: {reason}") from reason
    except BrokeOff as reason:
        last = content.tries + 1 >= MOST_TRIES
        verdict = Verdict(Content.State.ERROR if last else Content.State.PENDING, str(reason))
        content.tries += 1
    return _written(content, verdict)


def _written(content: Content, verdict: Verdict) -> Content.State:
    """Write the verdict down; a finding stands in the trail too. One that is settled is not unsettled by a late scan."""
    fields = {"state": verdict.state, "says": verdict.says[:LONGEST_SAYING], "tries": content.tries}
    with transaction.atomic():
        open_ = Content.objects.filter(sha256=content.sha256, state=Content.State.PENDING)
        changed = open_.update(scanned_at=timezone.now(), **fields)
        if changed and verdict.state in (Content.State.INFECTED, Content.State.ERROR):
            note(
                SCANNER, f"evidence.{verdict.state}", kind="event", sha256=content.sha256, says=fields["says"]
            )
    return verdict.state


def scan_again(digest: str, by: Person) -> bool:
    """Let a content that could not be scanned wait for the scanner once more; whether it could not."""
    failed = Content.objects.filter(sha256=digest, state=Content.State.ERROR)
    with transaction.atomic():
        changed = failed.update(state=Content.State.PENDING, tries=0, says="")
        if changed:
            note(by, "evidence.scan_again", kind="event", sha256=digest)
    return bool(changed)
