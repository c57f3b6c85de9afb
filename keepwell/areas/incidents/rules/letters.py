"""A notice as a document: in its own language, on paper or as plain text."""

from __future__ import annotations

from django.utils.translation import override

from keepwell.areas.incidents.models import Incident, IncidentNotice
from keepwell.areas.incidents.models.sentences import regime_of
from keepwell.areas.incidents.models.tongues import spoken as _
from keepwell.areas.incidents.models.tongues import spoken_as, tongues, words_here
from keepwell.kernel import moments
from keepwell.kernel.digests import digest as digest_of
from keepwell.platform.publishing.blocks import Column, Document, Table, Text
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.tree.models import Unit

FORMS = ("pdf", "docx", "md")
AT_ONCE = ("md",)
JOB = "incidents.notice"
State = IncidentNotice.State


def document(notice: IncidentNotice) -> Document:
    """What the notice says, in its own language; a draft until it is approved."""
    clock = notice.clock
    group = Unit.objects.filter(kind=Unit.Kind.GROUP).values_list("name", "name_zh").first() or ("", "")
    with override(notice.language):
        tongue = tongues().get(notice.language)
        says = [Text((one.text or _("(not said)"),), heading=one.title, level=2) for one in notice.said]
        is_chinese = notice.language == IncidentNotice.Language.CHINESE
        return Document(
            title=notice.subject, group=(group[1] if is_chinese else "") or group[0],
            language="en" if tongue else notice.language,
            tongue=(notice.language, tongue.name) if tongue else ("", ""),
            as_of=moments.today(clock.unit.time_zone), subtitle=clock.unit.name_here,
            summary=tuple(notice.doubts) if notice.state == State.DRAFTED else (), blocks=(_head(notice), *says),
            state="draft" if notice.state == State.DRAFTED else "current",
            digest=digest_of([notice.subject, notice.recipient, *(f"{one.name}|{one.text}" for one in notice.said)]),
        )  # fmt: skip


def _head(notice: IncidentNotice) -> Table:
    """To whom, from whom, under what, when."""
    clock = notice.clock
    rows = [
        (spoken_as("incidents", "To"), notice.recipient), (spoken_as("incidents", "From"), clock.unit.name_here),
        (_("Incident"), str(clock.incident)),
        (_("Under"), str(clock.clause) if clock.clause else (regime_of(clock.wording) if clock.wording else clock.rule)),
        # The label alone, as TLP 2.0 writes it: whoever receives it knows no other mark with which to compare it.
        ("TLP", str(Incident.Tlp(notice.its_mark).label)),
    ]  # fmt: skip
    if notice.sent_at:
        rows.append((_("Sent"), words_here().moment(notice.sent_at, clock.unit.time_zone)))
    return Table(
        notice.subject, (Column(_("What")), Column(spoken_as("incidents", "Who"), weight=3)), tuple(rows)
    )


def write(notice: IncidentNotice, form: str) -> bytes:
    """The notice as a file of `form`; for workers, but for text, which a page may write at once."""
    with override(notice.language):
        return WRITERS[form].write(document(notice))


def file_name(notice: IncidentNotice, form: str) -> str:
    """What the file is called where it is saved."""
    return f"notice-{notice.clock.incident.number}-{notice.clock.rule}.{WRITERS[form].extension}"
