"""What stories of evidence share: a store of their own, and pieces with files."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import TestCase, override_settings
from django.utils.translation import override
from PIL import Image

from keepwell.areas.awareness.models import Course
from keepwell.platform.evidence import intake, rules
from keepwell.platform.evidence.intake import Incoming
from keepwell.platform.evidence.models import File, Piece
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, Cast, grant
from tests.house import made

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def png(colour: str = "navy", size: tuple[int, int] = (40, 30), **how: Any) -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, how.pop("format", "PNG"), **how)
    return out.getvalue()


def streamed(answer: Any) -> bytes:
    """The bytes of an answer."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


class Stories(Cast, TestCase):
    """A store of its own. Ada decides and administers everywhere, Ben edits at KHH1, Dan views at KHH2 and PEN1;
    Cleo, Eva and Sam hold nothing over evidence. Nothing is scanned, and the settings say so."""

    scan = "none"

    def setUp(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.data = Path(folder)
        # A page read in Chinese leaves its language behind.
        self.enterContext(override("en"))
        self.enterContext(override_settings(KEEPWELL_DATA=self.data, KEEPWELL_SCAN=self.scan))

    def piece(self, title: str = "Audit report", *, at: Unit | None = None, by: Person | None = None, to: Any = None,
              content: bytes = b"All is well.\n", name: str = "report.txt", **facts: Any) -> Piece:  # fmt: skip
        """A piece with one file, kept by the rule."""
        told = rules.Facts(title, at or self.khh1, **facts)
        with intake.taken([Incoming(name, [content])]) as files:
            return rules.attach(told, by=by or self.ada, files=files, links=[], to=to)

    def file(self, piece: Piece) -> File:
        """The newest file of a piece."""
        return (
            File.objects.filter(of_version__piece=piece)
            .select_related("content")
            .latest("of_version__number")
        )

    def course(self, at: Unit | None = None, number: int = 0) -> Course:
        """A course, which Ben may edit where he is an officer."""
        return made("courses", at or self.khh1, self.eva, number)

    def granted(self, who: Person, role: str, at: Unit) -> None:
        with acting(TELLER, "story.grant"):
            grant(who, role, at)

    def upload(self, path: str, *files: tuple[str, bytes], **fields: Any) -> HttpResponse:
        """Send a form with files, as a browser does."""
        told = [SimpleUploadedFile(name, content) for name, content in files]
        return self.client.post(path, {**fields, "file": told})

    def stored(self) -> list[str]:
        """The names of everything in the store."""
        root = self.data / "evidence"
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
