"""What proves what happened: pieces of evidence and files of reports, by name, size and digest; never their content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keepwell.areas.incidents.models import Incident, ReportFile
from keepwell.areas.incidents.rules.dossier.reading import Dossier, joined
from keepwell.platform.evidence.models import CustodyEntry, Link, Piece, Version
from keepwell.platform.evidence.models.custody import releasers
from keepwell.platform.people.models import Person
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Block, Cell, Column, Group, Table, Text
from keepwell.platform.records.links import resolve_all

Row = tuple[Cell, ...] | Group


def evidence(dossier: Dossier) -> Iterator[Block]:
    """Every piece that proves something about the incident or what belongs to it: its files, who added each when, what
    it proves, and whether a legal hold keeps it."""
    links = list(_links(dossier))
    pieces = {one.piece_id: one.piece for one in links}
    proves, versions = _proves(links, dossier.person), _versions(pieces)
    rows: list[Row] = []
    for key, piece in pieces.items():
        rows.append(Group(printed.plain(_called(piece))))
        rows += [
            (name, size, digest, str(version.number), joined((version.by, dossier.at(version.at))), proves[key])
            for version in versions[key] for name, size, digest in _files(version)
        ]  # fmt: skip
    columns = (
        Column(_("File or link"), weight=3), Column(_("Bytes"), "number"), Column(_("SHA-256"), weight=4),
        Column(_("Version"), "state"), Column(_("Added by"), weight=2), Column(_("Proves"), weight=3),
    )  # fmt: skip
    yield Text(heading=_("Evidence"))
    yield Table(
        _("Pieces of evidence with their files"), columns, tuple(rows), empty=_("None that you may see.")
    )


def _links(dossier: Dossier) -> QuerySet[Link]:
    """What proves something about the incident or about a record that belongs to it, as far as the reader may see both."""
    incident, person = dossier.incident, dossier.person
    about = Q(kind=Incident.type_name(), record_id=incident.pk)
    for rows in _belonging(dossier):
        about |= Q(kind=rows.model.type_name(), record_id__in=rows.values("pk"))
    found: QuerySet[Link] = Link.objects.current().visible_to(person).filter(about)
    parts = found.select_related("piece__unit", "piece__owner")
    return parts.order_by("piece__reference", "at", "pk")


def _belonging(dossier: Dossier) -> Iterable[Any]:
    """What belongs to the incident and may have evidence of its own."""
    one, person = dossier.incident, dossier.person
    yield one.timeline.current().readable_by(person)
    for rows in (one.tasks, one.clocks, one.costs, one.meetings, one.exposure_answers, one.reviews):
        yield rows.current().visible_to(person)
    yield dossier.notice_rows


def _called(piece: Piece) -> str:
    """The piece by its reference, where it comes from, who looks after it, and how it stands."""
    standing = piece.standing.word
    held = f"{standing}: {piece.held_reason}" if piece.is_held else standing
    told = (
        (_("from %(place)s"), "place", piece.source), (_("given by %(who)s"), "who", piece.received_from),
        (_("received %(day)s"), "day", printed.day(piece.received_on)), (_("kept by %(who)s"), "who", str(piece.owner)),
    )  # fmt: skip
    return joined(
        (piece.reference, piece.title, *(words % {name: one} for words, name, one in told if one), held)
    )


def _proves(links: Iterable[Link], person: Person) -> dict[UUID, str]:
    """What each piece proves, by the piece: the records at the other end, and in whose words."""
    every = list(links)
    seen = resolve_all({one.name for one in every}, person)
    found: dict[UUID, list[str]] = defaultdict(list)
    for one in every:
        record = seen.get(one.name)
        named = f"{record._meta.verbose_name}: {record}" if record is not None else ""
        found[one.piece_id].append(joined((named, one.reason)))
    return {key: joined(dict.fromkeys(filter(None, told))) for key, told in found.items()}


def _versions(pieces: Iterable[UUID]) -> dict[UUID, list[Version]]:
    rows = Version.objects.filter(piece__in=list(pieces)).select_related("by").prefetch_related("files")
    found: dict[UUID, list[Version]] = defaultdict(list)
    for version in rows.order_by("number"):
        found[version.piece_id].append(version)
    return found


def _files(version: Version) -> Iterator[tuple[str, int | str, str]]:
    """What a version consists of: files with their size and digest, links by their address."""
    for file in sorted(version.files.all(), key=lambda file: (file.name, file.sha256)):
        yield file.name, file.size_bytes, digits(file.sha256)
    for address in version.links:
        yield address, "", ""


def custody(dossier: Dossier) -> Iterator[Block]:
    """Who held each piece from when, by the rows of its custody log that stand; earlier words of a corrected row, and lines
    to sign on, are in the chain of custody that is printed of the piece alone."""
    pieces = {one.piece_id: one.piece for one in _links(dossier)}
    found: dict[UUID, list[CustodyEntry]] = defaultdict(list)
    entries = CustodyEntry.objects.visible_to(dossier.person).filter(piece__in=list(pieces))
    for entry in entries.select_related("holder", "by", "corrected_by", "corrects").in_order():
        if not hasattr(entry, "corrected_by"):
            found[entry.piece_id].append(entry)
    columns = (
        Column(_("No."), "number"), Column(_("Since"), "date"), Column(_("What was done"), weight=2),
        Column(_("Released by"), weight=2), Column(_("Received by"), weight=2), Column(_("Where it is kept"), weight=2),
        Column(_("Seal")), Column(_("SHA-256 before and after"), weight=4), Column(_("Compared"), "state"),
    )  # fmt: skip
    rows: list[Row] = []
    for key in filter(found.__contains__, pieces):
        piece, released = pieces[key], releasers(found[key])
        rows.append(Group(printed.plain(joined((piece.reference, piece.title)))))
        rows += [
            (str(one.number), printed.moment(one.at, piece.unit.time_zone), str(one.get_deed_display()), released[one.pk],
             one.held_by, one.whereabouts, one.seal, joined(map(_compared, one.digests)), one.standing.word)
            for one in found[key]
        ]  # fmt: skip
    if rows:
        yield Table(_("Chain of custody"), columns, tuple(rows))


def _compared(digest: Mapping[str, str]) -> str:
    """A file by its name, and its digest; before and after where they differ."""
    before, after = (digits(digest[name]) for name in ("before", "after"))
    told = after or before if before == after or not (before and after) else f"{before} → {after}"
    return f"{digest['name']} {told}".strip()


def digits(sha256: str) -> str:
    """A digest in fours, so that an eye can compare it and a line can end in it."""
    return " ".join(printed.whole_code(sha256))


def reported(dossier: Dossier) -> Iterator[Block]:
    """The files that came with reports of the incident, sealed as they came."""
    rows = ReportFile.objects.visible_to(dossier.person).current()
    found = rows.filter(report__incident=dossier.incident).select_related("report")
    columns = (
        Column(_("File"), weight=3), Column(_("Kind"), weight=2), Column(_("Bytes"), "number"),
        Column(_("SHA-256"), weight=4), Column(pgettext("incidents", "Report"), "state"), Column(_("Came"), "date"),
    )  # fmt: skip
    told: list[tuple[Cell, ...]] = [
        (one.name, joined((one.get_kind_display(), one.get_absent_display())), one.size_bytes, digits(one.sha256),
         str(one.report), dossier.at(one.at))
        for one in found.order_by("at", "name", "pk")
    ]  # fmt: skip
    if told:
        yield Table(_("Files that came with reports"), columns, tuple(told))
