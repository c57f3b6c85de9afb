"""Loading the invented group: through the same imports and acts as anybody's, each on the day it came."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from keepwell.areas.assurance import rules as assurance
from keepwell.areas.frameworks.rules import library
from keepwell.areas.incidents.rules.duties import enter_rules
from keepwell.areas.organization import rules as organization
from keepwell.areas.reporting import rules as reporting
from keepwell.demo import (
    access,
    daily,
    evidence,
    industry,
    letters,
    maturity,
    plans,
    response,
    rosters,
    severity,
    training,
)
from keepwell.demo.cast import CAST
from keepwell.demo.deliveries import Delivery, deliveries
from keepwell.demo.structure import GROUP
from keepwell.kernel import moments
from keepwell.platform.evidence import renewal
from keepwell.platform.evidence.jobs import REMINDER
from keepwell.platform.evidence.models import Piece
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.history.keys import named_in
from keepwell.platform.metrics.reading import renew
from keepwell.platform.metrics.scope import Scope, years_shown
from keepwell.platform.notices.due import remind
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.records.statistics import look_anew
from keepwell.platform.registers.files import bring_in
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.todos.rules import hand_over_orphans
from keepwell.platform.tree.models import Unit

# Every record of the demo has the id that its natural key gives within this space.
SPACE = UUID("6f1d2f0e-6a3b-5e0c-9a53-3f1f0c1f2b10")
FOUNDER = Machine(gettext_noop("the founding of the group"))
Progress = Callable[[int, int | None, str], None]
SIGNED_YEARS = range(2019, 2025)
FROZEN_YEARS = range(2019, 2024)


def load(progress: Progress, *, small: bool = False) -> None:
    """Make the demo group; nothing is left behind if it fails at the start, every file is all or nothing."""
    files = deliveries(small=small)
    with named_in(SPACE):
        _found(files[0])
        ada = Person.objects.get(number=CAST[0].number)
        for number, delivery in enumerate(files):
            progress(number, len(files), delivery.file_name)
            with moments.standing_at(delivery.at):
                _deliver(delivery, ada)
        _accounts()
        access.load(ada, small=small)
        for guest in access.guests_who_sign_in():
            access.open_account(guest, guest.mail, settings.KEEPWELL_DEMO_PASSWORD)
        maturity.load(ada, progress, small=small)
        progress(0, None, "plans")
        plans.load(ada)
        industry.load(ada)
        _publish(ada, progress)
        progress(0, None, "evidence")
        evidence.load(ada, small=small)
        plans.load_evidence(ada)
        _plan()
        progress(0, None, "incidents")
        severity.load(ada)
        rosters.load(ada)
        response.load(ada, small=small)
        letters.load()
        _work(ada)
    for year in years_shown():
        progress(0, None, f"figures {year}")
        renew(Scope.of_year(year))
    look_anew()
    progress(len(files), len(files), "")


def _found(units: Delivery) -> None:
    """Enter the group and its first administrator, before whom nobody may enter anything."""
    rows = csv.DictReader(StringIO("".join(units.lines())))
    group = next(row for row in rows if row["code"] == GROUP)
    with moments.standing_at(units.at), acting(FOUNDER, "group.found"), transaction.atomic():
        unit = Unit(code=GROUP, name=group["name"], name_zh=group["name_zh"], kind="group", country=group["country"],
                    time_zone=group["time_zone"], criticality=int(group["criticality"]), has_ot=group["has_ot"] == "true",
                    active_from=date.fromisoformat(group["active_from"]))  # fmt: skip
        unit.save()
        first = CAST[0]
        ada = Person(number=first.number, name=first.name, name_local=first.name_local, mail=first.mail, unit=unit,
                     unit_since=first.employed_from, employed_from=first.employed_from, language=first.language)  # fmt: skip
        ada.save()
        for role, _unit, since, until in first.grants:
            Grant(person=ada, role=role, unit=unit, since=since, until=until).save()
        library.load()
        enter_rules()


def _deliver(delivery: Delivery, by: Person) -> None:
    """Bring one file in, or carry out what it tells."""
    if delivery.register == "moves":
        _move(delivery, by)
        return
    source = delivery.source if delivery.register == "completions" else ""
    if source:
        _know(source, by)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / delivery.file_name
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(delivery.lines())
        outcome = bring_in(REGISTERS[delivery.register], path, by, source=source)
    if outcome.errors:
        raise RuntimeError(f"{delivery.file_name}: {outcome.errors[0]}")


def _know(name: str, by: Person) -> None:
    """Enter the learning system with the names of its columns."""
    model = REGISTERS["sources"].record
    if not model._default_manager.filter(name=name).exists():
        with acting(by, "source.create"):
            model(
                name=name,
                register="completions",
                unit=by.unit,
                time_zone=training.SOURCE_ZONE,
                mapping=training.MAPPING,
            ).save()


def _move(delivery: Delivery, by: Person) -> None:
    """Units that came to lie under another company."""
    for row in csv.DictReader(StringIO("".join(delivery.lines()))):
        unit, to = Unit.objects.get(code=row["code"]), Unit.objects.get(code=row["to"])
        organization.move(
            unit,
            by=by,
            to=to,
            on=date.fromisoformat(row["on"]),
            reason="The data centre serves every company now.",
        )


def _accounts() -> None:
    """Let the cast sign in."""
    for member in CAST:
        person = Person.objects.get(number=member.number)
        access.open_account(person, member.sign_in_name, settings.KEEPWELL_DEMO_PASSWORD)


def _plan() -> None:
    """Let what lies ahead be owed and told, as the daily rounds do."""
    day = moments.today()
    assurance.plan_audits(day)
    with transaction.atomic(), acting(REMINDER, "evidence.follow"):
        renewal.follow(Piece.objects.ending(day))
    hand_over_orphans(day)
    remind(day)


def _work(ada: Person) -> None:
    """What Ada and Ben keep for their daily work, and what she asks him."""
    ben = Person.objects.select_related("unit").get(account__sign_in_name="ben")
    daily.keep_views(ada, ben)
    daily.pass_on(ada, ben)


def _publish(ada: Person, progress: Progress) -> None:
    """Sign and freeze the years as the secretariat did, each in the February after it."""
    group = Unit.objects.get(code=GROUP)
    for year in SIGNED_YEARS:
        progress(0, None, f"outcomes {year}")
        with moments.standing_at(datetime(year + 1, 2, 12, 2, tzinfo=UTC)):
            reporting.sign_year(group, by=ada, year=year)
            if year in FROZEN_YEARS:
                reporting.freeze_year(group, by=ada, year=year)
