"""The chain of custody of a piece on paper, as counsel and courts ask for it: what it is, every hand-over with who released
and who received it, the digests before and after, what was corrected, and room for signatures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from functools import cached_property
from uuid import UUID

from django.utils.translation import get_language, override, pgettext
from django.utils.translation import gettext as _

from keepwell.kernel import moments
from keepwell.kernel.digests import digest as digest_of
from keepwell.platform.evidence import shown
from keepwell.platform.evidence.models import CustodyEntry, Piece
from keepwell.platform.evidence.models.custody import releasers
from keepwell.platform.exchange.files import fetch
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.people.models import Person
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Badge, Block, Column, Document, Table, Text, Tint
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.tree.models import Unit

FORMS = ("pdf", "docx")
JOB = "evidence.custody_record"
PART = 16
TINTS: dict[str, Tint] = {"same": "good", "differs": "bad", "unread": "bad", "pending": "act", "none": "mute"}


@dataclass(frozen=True)
class Chain:
    """The custody log of one piece as `person` may see it."""

    piece: Piece
    person: Person

    @cached_property
    def rows(self) -> list[CustodyEntry]:
        """Every row, step by step, a correction after what it corrects."""
        found = CustodyEntry.objects.filter(piece=self.piece).select_related(
            "holder", "by", "corrected_by", "corrects"
        )
        return list(found.in_order())

    @cached_property
    def standing(self) -> list[CustodyEntry]:
        """Of each step the row that holds."""
        return [row for row in self.rows if not hasattr(row, "corrected_by")]

    @cached_property
    def released_by(self) -> dict[UUID, str]:
        """Who had it before each step, by the key of the step's row."""
        return releasers(self.standing)

    @cached_property
    def cases(self) -> list[str]:
        """The records that the piece proves something about, as far as the person may see them."""
        return [
            f"{one.kind} {one.record}" for one in shown.proven(self.piece, self.person)[: shown.MOST_LINKS]
        ]


def document(chain: Chain, language: str) -> Document:
    """The custody record in `language`."""
    piece = chain.piece
    with override(language):
        group = Unit.objects.get(kind=Unit.Kind.GROUP)
        told = [
            f"{row.number}|{row.step}|{row.deed}|{row.at.astimezone(UTC).isoformat()}|{row.held_by}|{row.digests}"
            for row in chain.rows
        ]
        return Document(
            title=f"{_('Chain of custody')} {piece.reference}", group=group.name_here, language=language,
            subtitle=piece.title, paper="a4-landscape", as_of=moments.today(piece.unit.time_zone), state="current",
            digest=digest_of([piece.reference, *told]), blocks=tuple(block for part in PARTS for block in part(chain)),
        )  # fmt: skip


def write(piece: Piece, person: Person, language: str, form: str) -> bytes:
    """The custody record as a file of `form`. That `person` may see the piece is for the caller to ask."""
    with override(language):
        return WRITERS[form].write(document(Chain(piece, person), language))


def ask(piece: Piece, form: str, *, by: Person) -> Job:
    """Let a worker make the record in the reader's language. That `by` may see the piece is for the caller to ask."""
    told = {"piece": str(piece.pk), "language": get_language() or "en", "form": form}
    return enqueue(JOB, person_id=by.pk, **told)


def followed(person: Person, pk: UUID) -> tuple[Job, Piece] | None:
    """The job that `person` asked for, and its piece; None once they may see it no longer."""
    job = Job.objects.filter(pk=pk, name=JOB, person_id=person.pk).first()
    found = Piece.objects.visible_to(person).filter(pk=job.arguments["piece"]).first() if job else None
    return (job, found) if job is not None and found is not None else None


def file_of(job: Job, piece: Piece) -> tuple[bytes, str, str]:
    """What the job made: the file, its kind, and what it is called where it is saved."""
    form, language = job.arguments["form"], job.arguments["language"]
    return fetch(job.result["sha256"]), WRITERS[form].content_type, file_name(piece, form, language)


def file_name(piece: Piece, form: str, language: str) -> str:
    """What the file is called where it is saved."""
    return f"custody-{piece.reference}-{language}.{WRITERS[form].extension}"


def cover(chain: Chain) -> Iterator[Block]:
    """What the piece is, where it came from, what it is kept for, and who has it now."""
    piece, last = chain.piece, chain.standing[-1] if chain.standing else None
    facts = [
        (_("Reference"), piece.reference), (_("Title"), piece.title), (_("Description"), piece.description),
        (_("Form"), _("An object outside") if piece.is_object else _("Files and links")),
        (_("Serial number"), piece.serial), (_("Unit"), piece.unit.name_here), (_("Owner"), str(piece.owner)),
        (_("Proves something about"), "; ".join(chain.cases)), (_("Source"), piece.source),
        (_("Received from"), piece.received_from), (_("Received"), printed.day(piece.received_on)),
        (_("Classification"), str(piece.get_classification_display())),
        (_("Kept as"), str(piece.get_retention_display())),
        (_("State"), piece.standing.word), (_("Reason of the hold"), piece.held_reason if piece.is_held else ""),
        (_("Held now by"), last.held_by if last and last.is_with_us else _("nobody of ours")),
    ]  # fmt: skip
    columns = (Column(pgettext("column", "What is told")), Column(pgettext("column", "Fact"), weight=4))
    yield Table(_("The piece"), columns, tuple((name, told) for name, told in facts if told))


def files(chain: Chain) -> Iterator[Block]:
    """The files of every version, with the digests that they had when they came."""
    rows = [
        (
            version.version.number,
            file.file.name,
            printed.number(file.file.size_bytes),
            grouped(file.file.sha256),
        )
        for version in shown.versions(chain.piece)
        for file in version.files
    ]
    columns = (
        Column(_("Version"), "number"), Column(_("File"), weight=3), Column(_("Bytes"), align="right"),
        Column("SHA-256", weight=6),
    )  # fmt: skip
    if not chain.piece.is_object:
        yield Table(_("Files as they came"), columns, tuple(rows), empty=_("None."))


def steps(chain: Chain) -> Iterator[Block]:
    """Every hand-over: who released the piece, who received it, when, where, what for and how."""
    columns = (
        Column(_("No."), "number"), Column(_("Since"), weight=3), Column(_("What was done"), weight=2),
        Column(_("Released by"), weight=3), Column(_("Received by"), weight=3), Column(_("Where it is kept"), weight=3),
        Column(_("What for"), weight=3), Column(_("How"), weight=2), Column(_("Seal"), weight=2),
    )  # fmt: skip
    rows = [
        (row.number, _moment(chain, row), str(row.get_deed_display()), chain.released_by[row.pk], row.held_by,
         row.whereabouts, row.purpose, str(row.get_manner_display()), row.seal)
        for row in chain.standing
    ]  # fmt: skip
    yield Text(heading=_("Chain of custody"))
    yield Table(
        _("Every hand-over, the first one first"), columns, tuple(rows), empty=_("Nobody has taken it yet.")
    )


def digests(chain: Chain) -> Iterator[Block]:
    """What was read before and after each hand-over, and whether it is the same."""
    columns = (
        Column(_("No."), "number"), Column(_("File"), weight=2), Column(_("SHA-256 before"), weight=5),
        Column(_("SHA-256 after"), weight=5), Column(_("Compared"), "state", weight=2),
    )  # fmt: skip
    rows = [
        (row.number, one["name"], grouped(one["before"]), grouped(one["after"]),
         Badge(row.standing.word, TINTS[row.wholeness]))
        for row in chain.standing for one in row.digests
    ]  # fmt: skip
    yield Table(_("SHA-256 at each hand-over"), columns, tuple(rows), empty=_("None was recorded."))
    if not chain.piece.is_object:
        yield Text(
            (
                _(
                    "Before: as the file was when it came. After: read by Keepwell from its store at the hand-over."
                ),
            )
        )


def corrections(chain: Chain) -> Iterator[Block]:
    """Rows that were corrected, as they were, with what was wrong."""
    columns = (
        Column(_("No."), "number"), Column(_("Since"), weight=3), Column(_("What was done"), weight=2),
        Column(_("Received by"), weight=3), Column(_("Where it is kept"), weight=3), Column(_("What for"), weight=3),
        Column(_("Seal"), weight=2), Column(_("Corrected by no."), "number"), Column(_("What was wrong"), weight=4),
    )  # fmt: skip
    rows = [
        (row.number, _moment(chain, row), str(row.get_deed_display()), row.held_by, row.whereabouts, row.purpose, row.seal,
         row.corrected_by.number, row.corrected_by.says)
        for row in chain.rows if hasattr(row, "corrected_by")
    ]  # fmt: skip
    if rows:
        yield Table(_("Rows that were corrected, as they were"), columns, tuple(rows))


def remarks(chain: Chain) -> Iterator[Block]:
    """Who wrote each row and when, with what was remarked."""
    columns = (
        Column(_("No."), "number"), Column(_("Recorded by"), weight=2), Column(_("Recorded"), weight=2),
        Column(_("Remark"), weight=6),
    )  # fmt: skip
    rows = [
        (row.number, str(row.by), printed.moment(row.recorded_at, chain.piece.unit.time_zone), row.says)
        for row in chain.rows
    ]
    yield Table(_("Who recorded it"), columns, tuple(rows), empty=_("Nothing was recorded yet."))


def signatures(chain: Chain) -> Iterator[Block]:
    """Lines on which those sign who released and received it."""
    columns = (
        Column(_("No."), "number"), Column(_("Released by: name"), weight=3), Column(_("Day, signature"), weight=4),
        Column(_("Received by: name"), weight=3), Column(_("Day, signature"), weight=4),
    )  # fmt: skip
    rows = [(row.number, chain.released_by[row.pk], "", row.held_by, "") for row in chain.standing]
    if rows:
        yield Table(_("Signatures"), columns, tuple(rows))
    yield Text((
        _("Rows of the log are written once and never changed; each is kept in the sealed trail of Keepwell, where it can be "
          "verified without Keepwell. What was wrong is corrected by a further row."),
    ))  # fmt: skip


def grouped(sha256: str) -> str:
    """A digest in parts that an eye can compare and a line can break."""
    return " ".join(sha256[at : at + PART] for at in range(0, len(sha256), PART))


def _moment(chain: Chain, row: CustodyEntry) -> str:
    zone = chain.piece.unit.time_zone
    return f"{printed.moment(row.at, zone)} {zone} ({row.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"


PARTS = (cover, files, steps, digests, corrections, remarks, signatures)
