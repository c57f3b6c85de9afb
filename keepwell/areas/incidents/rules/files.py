"""Files of a report: sealed as they came, told by their content; of a mail, a table of what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from keepwell.areas.incidents.models import Report, ReportFile
from keepwell.kernel.indicators.fangs import defanged_link
from keepwell.platform.evidence import kinds
from keepwell.platform.evidence.drawing import redrawn
from keepwell.platform.evidence.intake import Taken
from keepwell.platform.evidence.recordings import Recording
from keepwell.platform.evidence.rules import kept
from keepwell.platform.evidence.stores import Draft, drafted
from keepwell.platform.exchange.files import safe_name
from keepwell.platform.exchange.readers.mail import Enclosed, Mail, Unreadable, read_mail

MOST_PICTURES, MOST_PICTURE_BYTES = 3, 10 << 20
MOST_SUSPECTS = 10
TOLD_HEADERS = 60
ORIGINAL = "original.eml"
LONGEST_TOLD = 1_000
Kind, Absent = ReportFile.Kind, ReportFile.Absent


@dataclass(frozen=True)
class Sealed:
    """A file on its way into the store."""

    name: str
    draft: Draft
    kind: str = Kind.FILE
    absent: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    known_type: str = ""

    @property
    def media_type(self) -> str:
        """Its type, by its bytes."""
        return self.known_type or kinds.media_type(self.draft.file)


@dataclass
class Load:
    """What came with a mail, or was uploaded: files, and the photos among them drawn anew."""

    files: list[Sealed] = field(default_factory=list)
    not_kept: list[str] = field(default_factory=list)
    """Names of files of which only the beginning came."""
    pictures: list[bytes] = field(default_factory=list)


@contextmanager
def unpacked(mail: Mail) -> Iterator[Load]:
    """The files that came in a mail. Programs are not laid out beside it; the original holds them."""
    with ExitStack() as open_drafts:
        load, suspects = Load(), 0
        for one in mail.files:
            if not one.is_here:
                load.not_kept.append(safe_name(one.name))
                continue
            draft = open_drafts.enter_context(drafted(one.parts()))
            if not draft.size_bytes:
                continue
            suspects += one.is_mail
            load.files.append(_sealed(one, draft, is_looked_at=suspects <= MOST_SUSPECTS))
        load.pictures = drawn([file.draft for file in load.files if not file.absent])
        yield load


def _sealed(one: Enclosed, draft: Draft, *, is_looked_at: bool) -> Sealed:
    name = safe_name(one.name)
    if is_suspect(name) or one.is_mail:
        name = name if is_suspect(name) else f"{name}.eml"[-120:]
        return Sealed(name, draft, Kind.SUSPECT, told=looked_at(draft) if is_looked_at else {})
    return Sealed(name, draft, absent=Absent.PROGRAM if is_program(name, draft) else "")


def is_suspect(name: str) -> bool:
    """Whether a file is a mail, by its name."""
    return kinds.ending(name) == "eml"


def is_program(name: str, draft: Draft) -> bool:
    """Whether a file is what evidence does not take, by its name or its bytes."""
    is_refused = kinds.ending(name) in settings.KEEPWELL_EVIDENCE_REFUSED
    return is_refused or kinds.media_type(draft.file) in kinds.PROGRAMS


def drawn(drafts: list[Draft]) -> list[bytes]:
    """The first photos among `drafts`, their points alone."""
    photos = [one for one in drafts if one.size_bytes <= MOST_PICTURE_BYTES
              and kinds.media_type(one.file) in kinds.PICTURES][:MOST_PICTURES]  # fmt: skip
    return [png for one in photos if (png := redrawn([one.head(MOST_PICTURE_BYTES)]))]


def looked_at(draft: Draft) -> dict[str, Any]:
    """What a mail in a file says of itself; why it cannot be read, if so."""
    draft.file.seek(0)
    try:
        with read_mail(draft.file) as mail:
            return table(mail)
    except Unreadable as wrong:
        return {"problem": wrong.word}


def table(mail: Mail) -> dict[str, Any]:
    """The headers, links and files of a mail, for people to look at: nothing of it can be clicked or run."""
    return {
        "headers": [[name, value[:LONGEST_TOLD]] for name, value in mail.headers[:TOLD_HEADERS]],
        "more_headers": max(0, len(mail.headers) - TOLD_HEADERS),
        "links": [defanged_link(link)[:LONGEST_TOLD] for link in mail.links],
        "files": [[safe_name(one.name), one.says_type, one.size_bytes, one.sha256] for one in mail.files],
        "more_files": mail.more_files,
    }  # fmt: skip


def keep_voice(report: Report, recording: Recording) -> None:
    """Keep a voice note with the report, without what the device wrote beside the sound. Within a transaction and an
    act."""
    with drafted([recording.content]) as draft:
        keep(
            report,
            [Sealed(f"voice-note.{recording.ending}", draft, Kind.VOICE, known_type=recording.media_type)],
        )


def keep(report: Report, files: list[Sealed]) -> None:
    """Keep `files` with the report; one that it has already is not kept twice. Within a transaction and an act."""
    known = set(ReportFile.objects.filter(report=report).values_list("sha256", flat=True))
    for one in files:
        if one.draft.sha256 in known:
            continue
        known.add(one.draft.sha256)
        content = None if one.absent else kept(Taken(one.name, one.draft, one.media_type))
        ReportFile(
            report=report, kind=one.kind, name=one.name, sha256=one.draft.sha256, media_type=one.media_type,
            size_bytes=one.draft.size_bytes, absent=one.absent, told=one.told,
            content=content,
        ).save()  # fmt: skip
