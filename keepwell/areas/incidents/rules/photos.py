"""Photos of the report page: shown drawn anew, sealed under their digest, and in custody once an incident is made of them.

Whoever said how to reach them sends a piece of evidence: the photo is sealed as it came. Of whoever did not, what the
device wrote into it is kept nowhere: the picture that we drew is sealed in its place (security.md R11).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from django.utils.translation import gettext

from keepwell.areas.incidents.models import Incident, Report, ReportFile, ReportPicture
from keepwell.areas.incidents.rules import files
from keepwell.kernel import moments
from keepwell.platform.evidence import custody, kinds
from keepwell.platform.evidence.models import File, Version
from keepwell.platform.evidence.rules import AREA, Facts, entered
from keepwell.platform.evidence.stores import drafted
from keepwell.platform.exchange.files import safe_name
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level

Original = tuple[str, bytes]
"""Name and bytes of a photo as it came."""


def keep(report: Report, pictures: Sequence[bytes], originals: Sequence[Original]) -> None:
    """Keep photos with the report: to be shown, and sealed. Within a transaction and an act."""
    if not pictures:
        return
    before = report.pictures.count()
    ReportPicture.objects.bulk_create(ReportPicture(report=report, png=png) for png in pictures)
    named = [(f"photo-{before + n}.png", png) for n, png in enumerate(pictures, start=1)]
    with ExitStack() as drafts:
        files.keep(report, [
            files.Sealed(safe_name(name), drafts.enter_context(drafted([content])))
            for name, content in (originals if report.reach and originals else named)
        ])  # fmt: skip


def prove(report: Report, incident: Incident, *, by: Person) -> None:
    """Make the sealed photos of who named no way to be reached a piece of evidence about `incident`, in the custody of
    `by`, who made the incident of the report; nothing where there are none, or `by` may add no evidence there."""
    shots = [
        file
        for file in ReportFile.objects.current()
        .filter(report=report, content__isnull=False)
        .order_by("at", "pk")
        if file.media_type in kinds.PICTURES
    ]
    is_of_page = report.channel == Report.Channel.PAGE and not report.reach
    if not (shots and is_of_page and may(by, AREA, Level.EDIT, report.unit)):
        return
    facts = Facts(
        gettext("Photos of report %(report)s") % {"report": report}, report.unit, by,
        more={"source": gettext("Report page"), "received_from": gettext("Somebody who gave no name"),
              "retention": "incident", "classification": "confidential"},
    )  # fmt: skip

    def begin(piece: Any) -> None:
        version = Version(piece=piece, number=1, links=[], by=by, at=moments.now())
        version.save()
        for shot in shots:
            File(of_version=version, name=shot.name, sha256=shot.sha256, size_bytes=shot.size_bytes,
                 media_type=shot.media_type, content=shot.content).save()  # fmt: skip
        where = custody.Circumstances(
            gettext("Sealed in Keepwell"),
            gettext("Came with report %(report)s") % {"report": report},
            "other",
        )
        custody.take(piece, custody.Holder(by), where, by=by, received_from=facts.more["received_from"])

    entered(
        facts,
        begin,
        by=by,
        to=incident,
        reason=gettext("Came with report %(report)s") % {"report": report},
        tlp=report.tlp,
    )
