"""How the store of evidence is: what one who looks after it must know."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, Sum
from django.utils.translation import gettext

from keepwell.platform.evidence import scanning, serving
from keepwell.platform.evidence.models import Content, File, Finding, Piece
from keepwell.platform.evidence.rules import AREA
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may_everywhere
from keepwell.platform.people.roles import Level

MOST_SHOWN = 50


@dataclass(frozen=True)
class Case:
    """Something to look after: what, since when, in which words, and the pieces that one may see."""

    name: str
    what: str
    since: datetime
    says: str
    pieces: list[Piece]
    may_scan_again: bool = False

    @property
    def digest(self) -> str:
        """The name in short."""
        return self.name[:12]


@dataclass(frozen=True)
class Standing:
    """The store as it stands."""

    files: int
    size_bytes: int
    unread: int
    oldest_reading: datetime | None
    scanner: str
    waiting: int
    findings: list[Case]
    failed: list[Case]
    infected: list[Case]


def standing(person: Person) -> Standing:
    """The store as it stands, its pieces named as far as `person` may see them."""
    whole = Content.objects.aggregate(files=Count("pk"), size=Sum("size_bytes"), oldest=Min("checked_at"))
    found = list(Finding.objects.filter(mended_at=None).order_by("found_at", "pk")[:MOST_SHOWN])
    troubled = (Content.State.ERROR, Content.State.INFECTED)
    contents = list(Content.objects.filter(state__in=troubled).order_by("-scanned_at", "pk")[:MOST_SHOWN])
    pieces = _pieces([one.name for one in found] + [one.sha256 for one in contents], person)
    may = may_everywhere(person, AREA, Level.ADMINISTER)
    cases = {state: [_case(one, pieces, may) for one in contents if one.state == state] for state in troubled}
    return Standing(
        files=whole["files"], size_bytes=whole["size"] or 0, oldest_reading=whole["oldest"],
        unread=Content.objects.filter(checked_at=None).count(), scanner=scanner_in_words(),
        waiting=Content.objects.filter(state=Content.State.PENDING).count() if serving.is_scanning() else 0,
        findings=[Case(f.name, f.get_kind_display(), f.found_at, "", pieces[f.name]) for f in found],
        failed=cases[Content.State.ERROR], infected=cases[Content.State.INFECTED],
    )  # fmt: skip


def _case(content: Content, pieces: dict[str, list[Piece]], may_administer: bool) -> Case:
    is_failed = content.state == Content.State.ERROR
    since = content.scanned_at or content.kept_at
    return Case(content.sha256, content.get_state_display(), since, content.says, pieces[content.sha256],
                may_scan_again=is_failed and may_administer)  # fmt: skip


def _pieces(digests: list[str], person: Person) -> dict[str, list[Piece]]:
    """The pieces with files of these digests that `person` may see."""
    found: dict[str, list[Piece]] = defaultdict(list)
    rows = File.objects.visible_to(person).filter(sha256__in=digests) if digests else File.objects.none()
    for file in rows.select_related("of_version__piece").order_by("pk")[: MOST_SHOWN * 4]:
        found[file.sha256].append(file.of_version.piece)
    return found


def scanner_in_words() -> str:
    """What scans here, in one sentence; nothing of where it is."""
    if not serving.is_scanning():
        return gettext("Files are not scanned: the settings say so. They are handed out unscanned.")
    by = scanning.scanner()
    if by is None:
        return gettext("No scanner is set. Files wait and are not handed out; set KEEPWELL_SCAN.")
    if isinstance(by, scanning.Command):
        return gettext("Files are scanned by a program, %(seconds)d s at most each.") % {
            "seconds": settings.KEEPWELL_SCAN_SECONDS}  # fmt: skip
    return gettext("Files are scanned by clamd, %(seconds)d s at most each.") % {
        "seconds": settings.KEEPWELL_SCAN_SECONDS}  # fmt: skip
