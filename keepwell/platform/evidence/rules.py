"""What may be done with evidence: keep it, add to it, let it prove something, hold it, retire it, purge it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.evidence import intake, stores, twofold
from keepwell.platform.evidence.intake import Taken
from keepwell.platform.evidence.marks import Mark, require_mark
from keepwell.platform.evidence.models import Content, File, Link, Piece, Version
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import lacks, require
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import guards, level_to_write
from keepwell.platform.records.links import kind_named, named, resolve
from keepwell.platform.records.models import area_of
from keepwell.platform.tree.models import Unit

AREA = "evidence"
ATTACH = "piece.attach"
SCAN, FORGET = "evidence.scan", "evidence.forget"


@dataclass(frozen=True)
class Facts:
    """What a person says of a new piece; the rest begins as the record's rules say."""

    title: str
    unit: Unit
    owner: Person | None = None
    received_on: date | None = None
    effective_from: date | None = None
    effective_until: date | None = None
    more: Mapping[str, str] = field(default_factory=dict)
    """reference, description, source, received_from, classification, retention"""


def is_open(piece: Piece) -> bool:
    """Whether something may still be added."""
    return piece.retired_at is None and piece.purged_at is None


def is_held(piece: Piece) -> bool:
    """Whether a legal hold keeps it."""
    return piece.is_held


def may_be_purged(piece: Piece) -> bool:
    """Whether its class no longer asks to keep it, and nothing else does."""
    return (
        piece.purged_at is None
        and not piece.is_held
        and piece.is_past_retention(moments.today(piece.unit.time_zone))
    )


@guards(Piece)
def no_day_ahead(piece: Piece, by: Person) -> None:
    """Refuse evidence that is still to come."""
    if piece.received_on and piece.received_on > moments.today(piece.unit.time_zone):
        raise Refused(gettext("Evidence that was received has a day that has come."))


def attach(
    facts: Facts,
    *,
    by: Person,
    files: list[Taken],
    links: list[str],
    to: Any = None,
    reason: str = "",
    tlp: str = "",
) -> Piece:
    """Keep a new piece with its first version; `to` is the record that it proves something about, if one, by a link marked
    `tlp` ("": as that record).

    Needs the right to edit evidence at its unit, the right to edit `to`, and that to mark the link so.
    """
    require(by, AREA, Level.EDIT, facts.unit)
    require_mark(to, tlp, by=by)
    return entered(
        facts, lambda piece: _add(piece, files, links, "", by), by=by, to=to, reason=reason, tlp=tlp
    )


def entered(
    facts: Facts, begin: Callable[[Piece], object], *, by: Person, to: Any, reason: str, is_object: bool = False,
    serial: str = "", tlp: str = "",
) -> Piece:  # fmt: skip
    """A new piece, to which `begin` gives what it consists of, linked `to` a record if one, by a link marked `tlp`; all or
    nothing. Whether `by` may add evidence there is for the caller to ask."""
    day = moments.today(facts.unit.time_zone)
    piece = Piece(
        title=facts.title, unit=facts.unit, owner=facts.owner or by, received_on=facts.received_on or day,
        effective_from=facts.effective_from, effective_until=facts.effective_until, is_object=is_object, serial=serial,
        **{name: value for name, value in facts.more.items() if value},
    )  # fmt: skip
    try:
        with transaction.atomic(), acting(by, ATTACH):
            no_day_ahead(piece, by)
            piece.save()
            if to is not None:
                # What it proves is told by the link alone, which may be kept from who knows the piece.
                with acting(by, ATTACH, reason=reason):
                    _link(piece, to, by, reason, tlp)
            begin(piece)
    except ValidationError as wrong:
        raise Refused(" ".join(wrong.messages)) from wrong
    return piece


@act(
    Level.EDIT,
    label=_("Add a version"),
    offered=lambda piece: is_open(piece) and not piece.is_object,
    explains=_("What is there stays as it is; from now on the new version is the one shown first."),
)
def add_version(piece: Piece, *, by: Person, files: list[Taken], links: list[str], says: str = "") -> Version:
    """Add a version of files, links or both."""
    return _add(piece, files, links, says, by)


def _add(piece: Piece, files: list[Taken], links: list[str], says: str, by: Person) -> Version:
    if not files and not links:
        raise Refused(gettext("Choose a file, or give a link."))
    intake.require_room(files, by, piece.unit)
    digests = [one.draft.sha256 for one in files]
    known = (
        File.objects.filter(of_version__piece=piece, sha256__in=digests).select_related("of_version").first()
    )
    if known is not None:
        raise Refused(gettext("%(name)s stands in version %(number)d already.") % {
            "name": known.name, "number": known.of_version.number})  # fmt: skip
    last = piece.versions.aggregate(last=Max("number"))["last"] or 0
    version = Version(piece=piece, number=last + 1, says=says.strip(), links=links, by=by, at=moments.now())
    version.save()
    for one in files:
        content = kept(one)
        File(of_version=version, name=one.name, sha256=content.sha256, size_bytes=content.size_bytes,
             media_type=content.media_type, content=content).save()  # fmt: skip
    return version


def kept(one: Taken) -> Content:
    """The content of a file, in the store, to be scanned if it is new; within a transaction. Its row is held, so that
    nobody forgets it meanwhile."""
    content, made = Content.objects.select_for_update().get_or_create(
        sha256=one.draft.sha256,
        defaults={
            "size_bytes": one.draft.size_bytes,
            "media_type": one.media_type,
            "kept_at": timezone.now(),
        },
    )
    stores.files().keep(content.sha256, one.draft.file)
    if made:
        enqueue(SCAN, key=f"{SCAN}:{content.sha256}:{content.kept_at.isoformat()}", sha256=content.sha256)
    return content


@act(
    Level.VIEW,
    label=_("Link to a record"),
    offered=is_open,
    explains=_(
        "The piece then stands on that record’s page too, for whoever may see both. Paste the address of the "
        "record’s page, or write REGISTER:KEY, as units:KHH1."
    ),
)
def link(piece: Piece, *, by: Person, record: str, reason: str = "", tlp: Mark | None = None) -> Link:
    """Let the piece prove something about one more record, named as its address or as REGISTER:KEY, by a link marked `tlp`
    (None: as that record). Refused where `by` may not mark it so."""
    found = named(record, by)
    if found is None:
        raise Refused(gettext("No record that you may see is called “%(text)s”.") % {"text": record[:80]})
    require_mark(found, tlp or "", by=by)
    return _link(piece, found, by, reason, tlp or "")


def link_again(link: Link, record: str, *, by: Person) -> list[Link]:
    """Let the piece of `link` prove the same about the record named `record` (REGISTER:KEY), by links marked as those of
    which `by` knows, but for one that stands there, known to `by` or not; inside an act. Returns what was made."""
    found = named(record, by)
    if found is None:
        raise Refused(gettext("No record that you may see is called “%(text)s”.") % {"text": record[:80]})
    target = _ends(link.piece, found, by)
    there = Link.objects.current().filter(piece=link.piece_id, kind=target.type_name(), record_id=target.pk)
    marks = set(there.values_list("tlp", flat=True))
    return [
        _written(link.piece, target, by, one.reason, one.tlp)
        for one in (link, *twofold.alike(link, by))
        if one.tlp not in marks
    ]


def carry(link: Link, record: Any, *, by: Machine) -> Link:
    """Let the piece of `link` prove the same about `record`, of the same kind, by a link marked alike that tells of whoever
    made the first: for work of the platform's own that must drop nothing, be it kept from whom it works for."""
    with acting(by, "link.carry"):
        made = Link(piece=link.piece, kind=link.kind, record_id=record.pk, reason=link.reason, by=link.by,
                    at=moments.now(), tlp=link.tlp)  # fmt: skip
        made.save()
    return made


def _link(piece: Piece, record: Any, by: Person, reason: str, tlp: str = "") -> Link:
    """A link that a person asked for; refused where they know of one."""
    target = _ends(piece, record, by)
    if twofold.known(by, piece=piece, kind=target.type_name(), record_id=target.pk).exists():
        raise Refused(gettext("This piece is linked to that record already."))
    return _written(piece, target, by, reason, tlp)


def _ends(piece: Piece, record: Any, by: Person) -> Any:
    """The record, once both ends are resolved as far as `by` may see them, and may change the record."""
    if isinstance(record, Piece):
        raise Refused(gettext("Evidence proves something about other records, not about evidence."))
    kind = record.type_name()
    seen = resolve(Piece.type_name(), piece.pk, by)
    target = resolve(kind, record.pk, by, level_to_write(type(record)))
    if seen is None:
        raise PermissionDenied(lacks(AREA, Level.VIEW, piece.unit))
    if target is None:
        raise PermissionDenied(lacks(area_of(type(record)), level_to_write(type(record)), record.place))
    return target


def _written(piece: Piece, record: Any, by: Person, reason: str, tlp: str) -> Link:
    """The one way to write a link; a ValidationError where one with the same mark came meanwhile."""
    made = Link(piece=piece, kind=record.type_name(), record_id=record.pk, reason=reason.strip(), by=by,
                at=moments.now(), tlp=tlp)  # fmt: skip
    made.save()
    return made


@act(
    Level.VIEW,
    label=_("Unlink"),
    offered=lambda link: link.retired_at is None,
    explains=_("The piece stays; it no longer stands on that record’s page. The history keeps both."),
)
def unlink(link: Link, *, by: Person, reason: str) -> None:
    """Let the piece prove nothing about that record any more, as far as `by` knows of it; needs the right to edit the
    record."""
    model = kind_named(link.kind)
    record = resolve(link.kind, link.record_id, by, level_to_write(model)) if model else None
    if record is None:
        raise PermissionDenied(
            gettext("You need the right to change the record that this piece is linked to.")
        )
    require_not_held(link.piece)
    for one in (link, *twofold.alike(link, by)):
        one.retire(reason)
        one.save()


@act(
    Level.DECIDE,
    label=_("Place a legal hold"),
    offered=lambda piece: is_open(piece) and not piece.is_held,
    explains=_("While it is held nobody can retire, purge or unlink anything of it, whatever their rights."),
)
def hold(piece: Piece, *, by: Person, reason: str) -> None:
    """Keep the piece as it is until the hold is lifted."""
    piece.held_at, piece.held_reason = moments.now(), reason.strip()[:300]
    piece.save()


@act(
    Level.DECIDE,
    label=_("Lift the legal hold"),
    offered=is_held,
    explains=_("From then on retention counts again, and the piece can be retired."),
)
def lift(piece: Piece, *, by: Person, reason: str) -> None:
    """End the hold."""
    piece.held_at, piece.held_reason = None, ""
    piece.save()


@act(
    Level.DECIDE,
    label=_("Retire"),
    offered=lambda piece: piece.retired_at is None,
    explains=_(
        "It leaves every list and the pages of what it proves; its files are kept as long as its class asks."
    ),
)
def retire(piece: Piece, *, by: Person, reason: str) -> None:
    """Take the piece out of use; refused on legal hold."""
    require_not_held(piece)
    piece.retire(reason)
    piece.save()


@act(
    Level.ADMINISTER,
    label=_("Purge"),
    offered=may_be_purged,
    explains=_(
        "Its files are deleted for good where no other piece has the same; names, digests and history stay."
    ),
    step_up=True,
)
def purge(piece: Piece, *, by: Person, reason: str) -> None:
    """Delete the bytes of a piece that its class no longer asks to keep; never on legal hold."""
    require_not_held(piece)
    now = moments.now()
    if piece.retired_at is None:
        piece.retired_at, piece.retired_reason = now, reason.strip()[:300]
    piece.purged_at = now
    piece.save()
    for file in File.objects.filter(of_version__piece=piece, content__isnull=False).order_by("pk"):
        digest, file.content = file.content_id, None
        file.save()
        enqueue(FORGET, sha256=digest)


def forget(digest: str) -> bool:
    """Delete the bytes of `digest` if no file has them any more; whether they were deleted."""
    with transaction.atomic():
        content = Content.objects.select_for_update().filter(sha256=digest).first()
        if content is None or not Content.objects.unused().filter(pk=digest).exists():
            return False
        # The row is held until the bytes are gone: an upload of the same bytes waits, then keeps them anew.
        for page in range(1, (content.pictures or 0) + 1):
            stores.previews().remove(f"{digest}-{page}")
        stores.files().remove(digest)
        content.delete()
    return True


def require_not_held(piece: Piece) -> None:
    """Refuse whoever it is while a legal hold keeps the piece; the row is read anew and held."""
    fresh = Piece.objects.select_for_update(of=("self",)).get(pk=piece.pk)
    if fresh.is_held:
        raise Refused(gettext("“%(piece)s” is on legal hold: %(reason)s. It stays as it is until the hold is lifted.") % {
            "piece": fresh, "reason": fresh.held_reason.rstrip(".")})  # fmt: skip
