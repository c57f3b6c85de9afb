"""What pages and programs show of evidence: the versions of a piece, what it proves, and what proves a record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from keepwell.platform.evidence import kinds, serving, twofold
from keepwell.platform.evidence.marks import Mark, unmarked
from keepwell.platform.evidence.models import Content, CustodyEntry, File, Link, Piece, Version
from keepwell.platform.evidence.models.custody import releasers, until
from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import level_to_write
from keepwell.platform.records.links import address, kind_named, resolve_all

LINKED = Ready(
    lambda kind, record: Link.objects.current().filter(kind=kind, record_id=record).values_list("pk")[:1],
    str,
    UUID,
)
MOST_PIECES, MOST_LINKS, MOST_READ, MOST_TOLD = 50, 100, 1_000, 5
MOST_ALIKE = len(Mark) + 1
"""Links of one piece to one record: one under each mark, and one without."""


@dataclass(frozen=True)
class State:
    """How a file stands with the scanner: a word, an icon and a tint."""

    word: str
    icon: str
    tint: str


def state_of(content: Content | None) -> State:
    """The state of a file's content in words."""
    if content is None:
        return State(_("Purged"), "x", "mute")
    if content.state == Content.State.CLEAN:
        return State(_("Clean"), "check", "good")
    if content.state == Content.State.INFECTED:
        return State(_("Infected"), "alert-triangle", "bad")
    if content.state == Content.State.ERROR:
        return State(_("Cannot be scanned"), "alert-triangle", "warn")
    if not serving.is_scanning():
        return State(_("Not scanned"), "eye-off", "mute")
    return State(_("Waiting to be scanned"), "clock", "act")


@dataclass(frozen=True)
class ShownFile:
    """A file as a reader sees it."""

    file: File
    state: State
    is_open: bool
    pages: range
    is_unfolded: bool = False
    """Whether its preview is the one that stands open."""

    @property
    def digest(self) -> str:
        """The first twelve signs of the digest, in threes."""
        return " ".join(self.file.sha256[n : n + 4] for n in range(0, 12, 4))


@dataclass(frozen=True)
class ShownVersion:
    """A version with its files."""

    version: Version
    files: list[ShownFile]


def shown_file(file: File) -> ShownFile:
    """`file`, its content fetched before."""
    is_open = serving.is_open(file.content)
    pages = (
        (file.content.pictures or 0) if file.content and is_open and kinds.has_picture(file.media_type) else 0
    )
    return ShownFile(file, state_of(file.content), is_open, range(1, pages + 1))


def versions(piece: Piece) -> list[ShownVersion]:
    """The versions of a piece that the reader may see, the newest first; the newest one's first preview is open."""
    rows = Version.objects.filter(piece=piece).select_related("by").prefetch_related(_files())
    found = [ShownVersion(v, [shown_file(f) for f in v.files.all()]) for v in rows.order_by("-number")]
    files = found[0].files if found else []
    place = next((place for place, file in enumerate(files) if file.pages), None)
    if place is not None:
        files[place] = replace(files[place], is_unfolded=True)
    return found


def _files() -> Prefetch[Any, Any, Any]:
    return Prefetch("files", File.objects.select_related("content").order_by("name", "pk"))


@dataclass(frozen=True)
class Told:
    """What a link says: its reason, and who may know of it, in words; "" where links to such records have no marks."""

    reason: str
    mark: str = ""


@dataclass(frozen=True)
class Proven:
    """A record at the other end of a link, or of several of which the reader knows: what it is, where its page is, whether
    the reader may unlink it, and what each says, the narrowest mark first."""

    link: Link
    record: Any
    url: str
    may_unlink: bool
    told: tuple[Told, ...]

    @property
    def reason(self) -> str:
        """What the links say together."""
        return _reasons(self.told)

    @property
    def kind(self) -> str:
        """What it is, as "certificate"."""
        return str(self.record._meta.verbose_name)


def proven(piece: Piece, person: Person, most: int = MOST_LINKS) -> list[Proven]:
    """The records that `piece` proves something about, as far as `person` may see them; `most` and one more."""
    links = list(twofold.known(person, piece=piece).order_by("-at", "-pk")[:MOST_READ])
    seen = resolve_all({one.name for one in links}, person)
    found: dict[Any, list[Link]] = {}
    for one in links:
        if one.name in seen:
            found.setdefault(one.name, []).append(one)
    shown = list(found)[: most + 1]
    free = {} if piece.is_held else _editable(shown, person)
    return [
        Proven(found[name][-1], seen[name], address(*name), name in free, _told(found[name], seen[name]))
        for name in shown
    ]


def _reasons(told: tuple[Told, ...]) -> str:
    return "; ".join(dict.fromkeys(one.reason for one in told if one.reason))


def _told(links: list[Link], record: Any) -> tuple[Told, ...]:
    """What links of one piece to `record` say, the narrowest mark first."""
    none = unmarked(record)
    return tuple(
        Told(one.reason, str(one.get_tlp_display()) if one.tlp else none)
        for one in twofold.narrowest_first(links)
    )


def _editable(names: list[Any], person: Person) -> dict[Any, Any]:
    """Those of the records called `names` that `person` may change, each by the level its kind asks."""
    found: dict[Any, Any] = {}
    levels = {kind: level_to_write(model) for kind, _key in names if (model := kind_named(kind))}
    for level in sorted(set(levels.values())):
        found |= resolve_all([name for name in names if levels.get(name[0]) == level], person, Level(level))
    return found


@dataclass(frozen=True)
class Proof:
    """A piece that proves something about a record: the link, the files of its newest version, the last step of its
    custody log, if it has one, and what the link says; where there are several of which the reader knows, the earliest, and
    what each says, the narrowest mark first."""

    link: Link
    files: list[ShownFile]
    links: list[str]
    custody: CustodyEntry | None
    told: tuple[Told, ...]

    @property
    def reason(self) -> str:
        """What the links say together."""
        return _reasons(self.told)

    @property
    def piece(self) -> Piece:
        return self.link.piece


def proofs(record: Any, person: Person, most: int = MOST_PIECES) -> list[Proof]:
    """The evidence for `record`, which the reader sees, as far as they may see it too; `most` and one more."""
    if not LINKED.rows(record.type_name(), record.pk):
        return []
    rows = Link.objects.current().visible_to(person).filter(
        kind=record.type_name(), record_id=record.pk, piece__retired_at=None)  # fmt: skip
    found: dict[UUID, list[Link]] = {}
    for one in rows.select_related("piece__unit").order_by("-at", "-pk")[: (most + 1) * MOST_ALIKE]:
        found.setdefault(one.piece_id, []).append(one)
    pieces = list(found)[: most + 1]
    newest: dict[Any, Version] = {}
    versions = Version.objects.filter(piece__in=pieces).prefetch_related(_files())
    for version in versions.order_by("number") if pieces else ():
        newest[version.piece_id] = version
    last = _last_steps(pieces)
    return [
        _proof(found[key][-1], newest.get(key), last.get(key), _told(found[key], record)) for key in pieces
    ]


def _last_steps(pieces: list[UUID]) -> dict[UUID, CustodyEntry]:
    """The last step of each custody log."""
    rows = CustodyEntry.objects.filter(piece__in=pieces).standing().select_related("holder").order_by("step")
    return {row.piece_id: row for row in rows} if pieces else {}


def _proof(link: Link, version: Version | None, last: CustodyEntry | None, told: tuple[Told, ...]) -> Proof:
    if version is None:
        return Proof(link, [], [], last, told)
    files = [shown_file(file) for file in version.files.all()]
    return Proof(link, files, list(version.links), last, told)


@dataclass(frozen=True)
class Step:
    """A row of a custody log as a reader sees it: until when it held, who released the piece, whether it was corrected."""

    entry: CustodyEntry
    until: datetime | None
    released_by: str
    corrected_by: CustodyEntry | None


def custody(piece: Piece) -> list[Step]:
    """The log of a piece, the latest step first, what was corrected below its correction."""
    rows = list(
        CustodyEntry.objects.filter(piece=piece).select_related("holder", "by", "corrected_by").in_order()
    )
    standing = [row for row in rows if not hasattr(row, "corrected_by")]
    ends, released = until(standing), releasers(standing)
    steps = [
        Step(row, ends.get(row.pk), released.get(row.pk, ""), getattr(row, "corrected_by", None))
        for row in rows
    ]
    return sorted(steps, key=lambda one: (-one.entry.step, -one.entry.number))


def elsewhere(piece: Piece, person: Person) -> list[tuple[str, Piece]]:
    """Files of the newest version of `piece` that stand in other pieces too: name and piece, as far as
    `person` may see those."""
    newest = piece.versions.order_by("-number").first()
    names = {file.sha256: file.name for file in newest.files.all()} if newest else {}
    same = File.objects.visible_to(person).filter(sha256__in=names, of_version__piece__retired_at=None)
    found = same.exclude(of_version__piece=piece).select_related("of_version__piece").order_by("sha256", "pk")
    return [(names[file.sha256], file.of_version.piece) for file in found[:MOST_TOLD]]
