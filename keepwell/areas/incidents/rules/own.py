"""Reports of somebody with an account: their own, in their name; the right to them is to be that person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext

from keepwell.areas.incidents.models import Report, ReportPicture
from keepwell.areas.incidents.models.intake import LONGEST_CONCERNS, LONGEST_PLACE, LONGEST_TEXT, Ongoing
from keepwell.areas.incidents.rules import files as sealed_files
from keepwell.areas.incidents.rules import intake
from keepwell.areas.incidents.rules.files import Load
from keepwell.areas.incidents.rules.post import receipts
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence.intake import Incoming, taken
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.records.models import RecordQuerySet
from keepwell.platform.tree.models import Unit

MOST_IN_HOUR, MOST_FILES, AN_HOUR = 30, 10, timedelta(hours=1)


@dataclass(frozen=True)
class Telling:
    """What somebody tells of: where, what, at which line, whether it goes on."""

    unit: Unit
    says: str
    spot: str = ""
    ongoing: str = Ongoing.UNSURE
    concerns: str = ""


def mine(person: Person) -> RecordQuerySet:
    """The reports of `person`, the newest first; nobody else's, whatever rights they hold."""
    rows: RecordQuerySet = Report.objects.current().filter(reporter=person).select_related("unit")
    return rows.order_by("-received_at", "pk")


def sites() -> list[Unit]:
    """Where something can happen: the sites of today, by name."""
    return list(Unit.objects.current().filter(kind=Unit.Kind.SITE).order_by("name"))


@contextmanager
def uploaded(incoming: list[Incoming]) -> Iterator[Load]:
    """Files as evidence takes them: refused in a sentence if they may not stay, mails told, photos drawn anew."""
    if len(incoming) > MOST_FILES:
        raise Refused(gettext("Send %(most)d files at most at once.") % {"most": MOST_FILES})
    with taken(incoming) as found:
        load = Load()
        for one in found:
            is_mail = sealed_files.is_suspect(one.name)
            told = sealed_files.looked_at(one.draft) if is_mail else {}
            kind = sealed_files.Kind.SUSPECT if is_mail else sealed_files.Kind.FILE
            load.files.append(sealed_files.Sealed(one.name, one.draft, kind, told=told))
        load.pictures = sealed_files.drawn([one.draft for one in load.files])
        yield load


def send(told: Telling, load: Load, *, by: Person, channel: str = Report.Channel.OWN) -> Report:
    """Keep a report of `by` and return it; its site's officers owe a look at once."""
    says = _fit(told.says)
    if len(told.spot) > LONGEST_PLACE:
        raise Refused(gettext("%(most)d characters fit here.") % {"most": LONGEST_PLACE})
    if len(told.concerns) > LONGEST_CONCERNS:
        raise Refused(gettext("%(most)d characters fit here.") % {"most": LONGEST_CONCERNS})
    with transaction.atomic(), acting(by, "report.send"):
        _require_measure(by)
        report = Report(
            unit=told.unit, says=says, spot=told.spot.strip(), ongoing=told.ongoing, reach=by.mail or "", reporter=by,
            channel=channel, language=receipts.language_for(by, told.unit), concerns=told.concerns.strip(),
        )  # fmt: skip
        report.save()
        _keep(report, load)
    return report


def add(report: Report, says: str, load: Load, *, by: Person) -> None:
    """Keep what its reporter says later; what was settled is open again."""
    if report.reporter_id != by.pk:
        raise Refused(gettext("Only who sent a report adds to it."))
    with transaction.atomic():
        intake.add(report, _fit(says), [], by=by)
        with acting(by, "report.add"):
            _keep(report, load)


def _keep(report: Report, load: Load) -> None:
    sealed_files.keep(report, load.files)
    ReportPicture.objects.bulk_create(ReportPicture(report=report, png=png) for png in load.pictures)


def _fit(text: str) -> str:
    says = text.replace("\x00", "").strip()
    if not says:
        raise Refused(gettext("Write what happened, in a few words."))
    if len(says) > LONGEST_TEXT:
        raise Refused(
            gettext(
                "Your text has %(count)d characters; %(most)d fit. Send the beginning, then add the rest."
            )
            % {"count": len(says), "most": LONGEST_TEXT}
        )
    return says


def _require_measure(by: Person) -> None:
    recent = Report.objects.filter(reporter=by, received_at__gt=moments.now() - AN_HOUR)
    if recent[:MOST_IN_HOUR].count() >= MOST_IN_HOUR:
        raise Refused(
            gettext(
                "You sent %(most)d reports within the hour; add to one of them, or call your site’s security officer."
            )
            % {"most": MOST_IN_HOUR}
        )


@dataclass(frozen=True)
class Said:
    """One thing said since: by the reporter or by security, who stay unnamed; on which day."""

    is_ours: bool
    says: str
    day: date


def talk(report: Report) -> list[Said]:
    """What was said since the report came, oldest first."""
    zone = ZoneInfo(report.unit.time_zone)
    return [Said(one.by_id is not None, one.says, one.at.astimezone(zone).date())
            for one in report.words.order_by("at", "pk")]  # fmt: skip


def found(person: Person, pk: UUID) -> Report | None:
    """One of `person`'s own reports; None for any other, there or not."""
    report: Report | None = mine(person).filter(pk=pk).first()
    return report
