"""Sample records for the house tests."""

from __future__ import annotations

from datetime import UTC, date, datetime

from keepwell.kernel import moments
from keepwell.platform.evidence.models import CustodyEntry, Piece
from keepwell.platform.exchange.models import Batch, Source, UnmatchedRow
from keepwell.platform.notices.abroad import Channel, Delivery, Webhook
from keepwell.platform.people.models import Grant, Group, GroupRule, Membership, Outsider, Person, Service
from keepwell.platform.tree.models import Unit


def grants(unit: Unit, person: Person) -> Grant:
    """The role of an auditor for a year."""
    other = Person.objects.filter(kind="employee").exclude(pk=person.pk).order_by("number").last()
    return Grant(person=other, role="auditor", unit=unit, since=date(2025, 1, 1), until=date(2025, 12, 31))


def sources(unit: Unit, person: Person) -> Source:
    """A learning system."""
    return Source(
        name="lms-test",
        register="completions",
        unit=unit,
        time_zone="Asia/Taipei",
        mapping={"Employee No.": "person"},
    )


def batches(unit: Unit, person: Person) -> Batch:
    """A file that was brought in."""
    return Batch(register="completions", unit=unit, file_name="lms-2025.csv", sha256="b" * 64, size_bytes=120,
                 state="applied", rows=1, created=1, by=person, at=datetime(2025, 3, 6, 1, tzinfo=UTC))  # fmt: skip


def unmatched_rows(unit: Unit, person: Person) -> UnmatchedRow:
    """A row of a file, about somebody nobody knows."""
    batch = batches(unit, person)
    batch.save()
    return UnmatchedRow(batch=batch, line=2, values={"person": "Z9"}, reason="No such person.")


def evidence(unit: Unit, person: Person) -> Piece:
    """A report of an audit."""
    return Piece(reference="EV-AUDIT-1", title="Report of the audit", unit=unit, owner=person, source="Auditor's portal",
                 received_on=date(2025, 1, 6), effective_until=date(2026, 12, 31))  # fmt: skip


def custody_entries(unit: Unit, person: Person) -> CustodyEntry:
    """The first step of a disk of the unit, which a lab outside took; each sample is of one more."""
    count = Piece.objects.count()
    piece = Piece(reference=f"EV-DISK-{count}", title="A disk", unit=unit, owner=person, received_on=date(2025, 1, 6),
                  is_object=True, is_in_custody=True, serial=f"S{count}")  # fmt: skip
    piece.save()
    return CustodyEntry(
        piece=piece, number=1, step=1, deed="taken", at=moments.now(), holder_name="Ida Storm",
        holder_organization="Disk lab", whereabouts="Safe of the lab", purpose="To be imaged", seal="0071", by=person,
    )  # fmt: skip


def groups(unit: Unit, person: Person) -> Group:
    """A group as the identity provider of a site tells it."""
    return Group(source="idp-test", name=f"Officers of {unit.code}", unit=unit)


def memberships(unit: Unit, person: Person) -> Membership:
    """Somebody who belongs to a group."""
    group = Group(source="idp-test", name=f"Guests {Group.objects.count()}", unit=unit)
    group.save()
    return Membership(group=group, person=person)


def group_rules(unit: Unit, person: Person) -> GroupRule:
    """Officers of a site at its identity provider are auditors here."""
    return GroupRule(source="idp-test", group=f"Officers of {unit.code}", role="auditor", unit=unit,
                     note="As agreed")  # fmt: skip


def _machine(unit: Unit) -> Person:
    """A program with rights of its own at `unit`."""
    found = Person.objects.filter(number="M0000001").first()
    if found is None:
        found = Person(number="M0000001", name="Ticket system", unit=unit, kind="machine",
                       unit_since=date(2025, 1, 1), employed_from=date(2025, 1, 1))  # fmt: skip
        found.save()
    return found


def webhooks(unit: Unit, person: Person) -> Webhook:
    """The ticket system hears of certificates."""
    return Webhook(name="tickets", unit=unit, url="https://tickets.example/hook", registers=["certificates"],
                   reader=_machine(unit))  # fmt: skip


def deliveries(unit: Unit, person: Person) -> Delivery:
    """A change that the ticket system was told of."""
    hook = Webhook.objects.filter(name=f"of-{unit.code.lower()}").first() or webhooks(unit, person)
    if hook._state.adding:
        hook.name = f"of-{unit.code.lower()}"
        hook.save()
    number = Delivery.objects.count() + 1
    return Delivery(
        webhook=hook, change_id=number, verb="certificate.renew", made_at=datetime(2025, 3, 6, tzinfo=UTC)
    )


def chat_channels(unit: Unit, person: Person) -> Channel:
    """The room of the site's security team."""
    return Channel(
        name="security-room", unit=unit, purpose="What is overdue at the site", reader=_machine(unit)
    )


def external_people(unit: Unit, person: Person) -> Outsider:
    """A consultant for a year, for whom somebody answers."""
    return Outsider(number="X0000090", name="Gail Fox", mail="gail@advisers.example", unit=unit, kind="external",
                    unit_since=date(2025, 1, 6), employed_from=date(2025, 1, 6), employed_until=date(2025, 12, 31),
                    organization="Fox Advisers", responsible=person)  # fmt: skip


def service_accounts(unit: Unit, person: Person) -> Service:
    """The system of human resources."""
    return Service(number="S0000090", name="HR system", unit=unit, kind="machine", unit_since=date(2025, 1, 6),
                   employed_from=date(2025, 1, 6), responsible=person, purpose="Tells who comes and leaves")  # fmt: skip
