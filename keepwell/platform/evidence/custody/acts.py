"""The chain of custody: a piece is taken, handed over, returned or destroyed, row by row; what is wrong is corrected by a
further row. At each hand-over Keepwell reads the bytes that it keeps anew and compares them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.acts.moments import moment_typed
from keepwell.platform.evidence import rules
from keepwell.platform.evidence.custody.digests import Digests, compared, first_reading, typed
from keepwell.platform.evidence.custody.holding import Circumstances, Holder, named
from keepwell.platform.evidence.marks import require_mark
from keepwell.platform.evidence.models import CustodyEntry, Piece
from keepwell.platform.evidence.rules import AREA, Facts
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.publishing import format as printed

Deed, Manner, Wholeness = CustodyEntry.Deed, CustodyEntry.Manner, CustodyEntry.Wholeness
READ = "evidence.custody"


def is_free(piece: Piece) -> bool:
    """Whether it is there, and nobody has it in custody."""
    return rules.is_open(piece) and not piece.is_in_custody


def is_in_custody(piece: Piece) -> bool:
    """Whether it is there, and somebody has it in custody."""
    return piece.purged_at is None and piece.is_in_custody


def take(
    piece: Piece, holder: Holder, what: Circumstances, *, by: Person, received_from: str = "", sha256: str = "", at: str = ""
) -> CustodyEntry:  # fmt: skip
    """Begin a chain, inside an act: `holder` has the piece from `at` on (empty: now)."""
    source = received_from.strip()[:240] or piece.received_from
    return _written(
        piece,
        Deed.TAKEN,
        holder,
        what,
        by,
        typed(piece, "", sha256),
        at,
        present(piece),
        received_from=source,
    )


@act(
    Level.EDIT,
    label=_("Take into custody"),
    offered=is_free,
    explains=_(
        "From now on its log says who has it, where and what for. What stands in the log is never changed; the files "
        "that Keepwell keeps are read anew at each hand-over and compared."
    ),
)
def take_into_custody(
    piece: Piece, *, by: Person, whereabouts: str, purpose: str, holder: Person | None = None, outside: str = "",
    organization: str = "", received_from: str = "", manner: CustodyEntry.Manner = Manner.IN_PERSON, seal: str = "",
    sha256: str = "", at: str = "", remark: str = "",
) -> CustodyEntry:  # fmt: skip
    """Begin the chain of custody; without a holder it is whoever does this."""
    held = named(holder, outside, organization) or Holder(by)
    what = Circumstances(whereabouts, purpose, manner, seal, remark)
    return take(piece, held, what, by=by, received_from=received_from, sha256=sha256, at=at)


@act(
    Level.EDIT,
    label=_("Hand over"),
    offered=is_in_custody,
    explains=_(
        "Somebody else has it from then on. A SHA-256 that differs does not stop you: it is kept, shown in red and told "
        "wherever the piece proves something."
    ),
)
def hand_over(
    piece: Piece, *, by: Person, whereabouts: str, purpose: str, holder: Person | None = None, outside: str = "",
    organization: str = "", manner: CustodyEntry.Manner = Manner.IN_PERSON, seal: str = "", sha256_before: str = "",
    sha256_after: str = "", at: str = "", remark: str = "",
) -> CustodyEntry:  # fmt: skip
    """Hand the piece to a person by number, or to somebody outside by name and organization."""
    last, held = present(piece), named(holder, outside, organization)
    if held is None:
        raise Refused(gettext("Name who has it from then on: a person by number, or somebody outside."))
    digests = typed(piece, sha256_before, sha256_after, last)
    return _written(
        piece,
        Deed.HANDED,
        held,
        Circumstances(whereabouts, purpose, manner, seal, remark),
        by,
        digests,
        at,
        last,
    )


@act(
    Level.EDIT,
    label=pgettext_lazy("of evidence", "Return"),
    offered=is_in_custody,
    explains=_("It goes back to whom it belongs, and is in our custody no longer; its log stays."),
)
def give_back(
    piece: Piece, *, by: Person, reason: str, holder: Person | None = None, outside: str = "", organization: str = "",
    whereabouts: str = "", manner: CustodyEntry.Manner = Manner.IN_PERSON, sha256_after: str = "", at: str = "",
) -> CustodyEntry:  # fmt: skip
    """End the chain: the piece is with its owner again, for `reason`; never on legal hold."""
    last, held = present(piece), named(holder, outside, organization)
    rules.require_not_held(piece)
    if held is None:
        raise Refused(gettext("Name to whom it goes back: a person by number, or somebody outside."))
    what = Circumstances(
        whereabouts.strip() or held.organization or gettext("with its owner"), reason, manner
    )
    return _written(piece, Deed.RETURNED, held, what, by, typed(piece, "", sha256_after, last), at, last)


@act(
    Level.DECIDE,
    label=_("Record its destruction"),
    offered=lambda piece: piece.is_object and is_in_custody(piece),
    explains=_(
        "The object is no more. It leaves every list; its log stays for good. Files that Keepwell keeps are purged instead."
    ),
    step_up=True,
)
def destroy(
    piece: Piece, *, by: Person, reason: str, holder: Person | None = None, outside: str = "", organization: str = "",
    whereabouts: str = "", at: str = "",
) -> CustodyEntry:  # fmt: skip
    """An object was destroyed, by whoever is named (else by who had it last); never on legal hold."""
    last = present(piece)
    rules.require_not_held(piece)
    held = named(holder, outside, organization) or (_holder_of(last) if last else Holder(by))
    what = Circumstances(whereabouts.strip() or (last.whereabouts if last else ""), reason, Manner.OTHER)
    made = _written(piece, Deed.DESTROYED, held, what, by, [], at, last)
    piece.retired_at = piece.retired_at or made.recorded_at
    piece.purged_at, piece.retired_reason = made.recorded_at, piece.retired_reason or reason.strip()[:300]
    piece.save()
    return made


@act(
    Level.EDIT,
    label=_("Correct it"),
    offered=lambda entry: not hasattr(entry, "corrected_by"),
    explains=_(
        "A further row says what is right and why; the earlier one stays. What is left empty is as it was."
    ),
)
def correct(
    entry: CustodyEntry, *, by: Person, reason: str, holder: Person | None = None, outside: str = "", organization: str = "",
    whereabouts: str = "", purpose: str = "", manner: CustodyEntry.Manner | None = None, seal: str = "", at: str = "",
) -> CustodyEntry:  # fmt: skip
    """Say one step of the log anew, because of `reason`."""
    piece = _held_row(entry.piece)
    if not reason.strip():
        raise Refused(gettext("Say what was wrong."))
    if entry.wholeness == Wholeness.PENDING:
        raise Refused(gettext("Its files are being read; correct it in a minute."))
    moment = moment_typed(at, piece.unit.time_zone) if at.strip() else entry.at
    _require_between(piece, moment, step=entry.step)
    held = named(holder, outside, organization) or _holder_of(entry)
    row = CustodyEntry(
        piece=piece, number=_next(piece), step=entry.step, corrects=entry, deed=entry.deed, at=moment,
        holder=held.person, holder_name=held.name, holder_organization=held.organization,
        received_from=entry.received_from, whereabouts=whereabouts.strip()[:160] or entry.whereabouts,
        purpose=purpose.strip()[:300] or entry.purpose, manner=manner or entry.manner,
        seal=seal.strip()[:80] or entry.seal, digests=entry.digests,
        wholeness=entry.wholeness, says=reason.strip()[:500], by=by,
    )  # fmt: skip
    row.save()
    return row


def attach_object(
    facts: Facts, holder: Holder, what: Circumstances, *, by: Person, serial: str = "", sha256: str = "", at: str = "",
    to: Any = None, reason: str = "", tlp: str = "",
) -> Piece:  # fmt: skip
    """Enter an object outside, as a disk or a laptop, with its first holder; `to` is the record that it proves something
    about, if one, by a link marked `tlp` ("": as that record). Needs the right to edit evidence at its unit, the right to
    edit `to`, and that to mark the link so."""
    require(by, AREA, Level.EDIT, facts.unit)
    require_mark(to, tlp, by=by)

    def begin(piece: Piece) -> None:
        source = facts.more.get("received_from", "")
        take(piece, holder, what, by=by, received_from=source, sha256=sha256, at=at)

    return rules.entered(
        facts, begin, by=by, to=to, reason=reason, is_object=True, serial=serial.strip()[:80], tlp=tlp
    )


def entered_by(form: Any, *, by: Person, to: Any) -> Piece:
    """The object that a checked ObjectForm tells, entered."""
    told = form.cleaned_data
    held = named(told["holder"], told["outside"], told["organization"]) or Holder(by)
    what = Circumstances(told["whereabouts"], told["purpose"], told["manner"], told["seal"], told["remark"])
    return attach_object(
        form.facts(), held, what, by=by, serial=told["serial"], sha256=told["sha256"], at=told["at"], to=to,
        reason=told.get("reason", ""), tlp=form.mark(),
    )  # fmt: skip


def present(piece: Piece) -> CustodyEntry | None:
    """The last step of the log as it stands; None where there is no log."""
    rows = CustodyEntry.objects.filter(piece=piece).standing().select_related("holder")
    return rows.order_by("-step").first()


def _written(
    piece: Piece, deed: str, held: Holder, what: Circumstances, by: Person, digests: Digests | None, at: str,
    last: CustodyEntry | None, *, received_from: str = "",
) -> CustodyEntry:  # fmt: skip
    """Write the next step; of files their bytes are read at once, or later where they are many."""
    _held_row(piece)
    if not what.whereabouts.strip() or not what.purpose.strip():
        raise Refused(gettext("Say where it is kept from then on, and what for."))
    moment = moment_typed(at, piece.unit.time_zone)
    if last is not None and moment < last.at:
        raise Refused(
            gettext("It changed hands last at %(at)s; this cannot have been before.")
            % {"at": _local(last.at, piece)}
        )
    found, wholeness = (digests, compared(digests)) if digests is not None else first_reading(piece)
    row = CustodyEntry(
        piece=piece, number=_next(piece), step=(last.step + 1) if last else 1, deed=deed, at=moment,
        holder=held.person, holder_name=held.name, holder_organization=held.organization, received_from=received_from,
        whereabouts=what.whereabouts.strip()[:160], purpose=what.purpose.strip()[:300],
        manner=what.manner, seal=what.seal.strip()[:80],
        digests=found, wholeness=wholeness, says=what.remark.strip()[:500], by=by,
    )  # fmt: skip
    row.save()
    if piece.is_in_custody != row.is_with_us:
        piece.is_in_custody = row.is_with_us
        piece.save()
    if wholeness == Wholeness.PENDING:
        enqueue(READ, key=f"{READ}:{row.pk}", entry=str(row.pk))
    return row


def _holder_of(entry: CustodyEntry) -> Holder:
    return Holder(entry.holder, entry.holder_name, entry.holder_organization)


def _next(piece: Piece) -> int:
    last = (
        CustodyEntry.objects.filter(piece=piece).order_by("-number").values_list("number", flat=True).first()
    )
    return (last or 0) + 1


def _held_row(piece: Piece) -> Piece:
    """The piece, its row held: one after the other writes in its log."""
    found: Piece = Piece.objects.select_for_update(of=("self",)).select_related("unit").get(pk=piece.pk)
    return found


def _require_between(piece: Piece, moment: datetime, *, step: int) -> None:
    """Refuse a moment before the step that was before, or after the one that followed."""
    rows = CustodyEntry.objects.filter(piece=piece).standing()
    before, after = (
        rows.filter(step__lt=step).order_by("-step").first(),
        rows.filter(step__gt=step).order_by("step").first(),
    )
    if moment > moments.now() or (before and moment < before.at) or (after and moment > after.at):
        raise Refused(gettext("That moment does not lie between the steps before and after it."))


def _local(at: datetime, piece: Piece) -> str:
    return printed.moment(at, piece.unit.time_zone)
