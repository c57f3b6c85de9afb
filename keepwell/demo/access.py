"""Who else comes in: guests with those who answer for them, machines, groups of the identity provider, a proposal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from keepwell.areas.administration.rules import outside, services
from keepwell.demo.cast import CAST
from keepwell.demo.evidence import morning
from keepwell.demo.plan import TODAY
from keepwell.demo.structure import GROUP
from keepwell.kernel import moments
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.people.groups import groups_said
from keepwell.platform.people.models import Account, Grant, Outsider, Person, Service, canonical
from keepwell.platform.people.tokens import Narrowness
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.registers.writing import create
from keepwell.platform.tree.models import Unit

OPERATOR = Machine("the operator")
PROVIDER = "meridian-id"
TICKETS = "tickets"
FEW = 2


@dataclass(frozen=True)
class Guest:
    """Somebody from outside: from where, as what, at which units, between which days, and who of which site answers.

    `signs_in` gives the guest the password of the demo people.
    """

    number: str
    name: str
    mail: str
    organization: str
    role: str
    units: tuple[str, ...]
    since: date
    until: date
    host: str
    reason: str
    language: str = "en"
    signs_in: bool = False


GUESTS = (
    Guest("X0000011", "Helen Marsh", "helen.marsh@northgate.example", "Northgate Assurance", "auditor", ("MAT",),
          date(2025, 10, 6), date(2025, 12, 19), "ada", "Yearly audit of the management system by Northgate.",
          signs_in=True),
    Guest("X0000012", "Marco Silva", "marco.silva@tidewater.example", "Tidewater Security", "consultant", ("KHH1",),
          date(2025, 9, 1), date(2025, 11, 24), "ben", "Penetration test of the customer portal.", signs_in=True),
    Guest("X0000013", "Pei-Chun Lin", "peichun.lin@haian.example", "海岸資安顧問", "consultant", ("KHH2", "KHH3"),
          date(2025, 3, 3), date(2026, 2, 27), "KHH2", "Preparation of the renewal of ISO/IEC 27001.", "zh-hant"),
    Guest("X0000014", "Anita Rao", "anita.rao@tidewater.example", "Tidewater Security", "consultant", ("PEN1", "PEN2"),
          date(2025, 7, 14), date(2026, 3, 31), "PEN1", "Assessment of OT by an outside expert."),
    Guest("X0000015", "Jonas Beck", "jonas.beck@northgate.example", "Northgate Assurance", "auditor", ("MSU",),
          date(2025, 11, 3), date(2025, 11, 28), "ada", "Second auditor for the companies in Taiwan."),
    Guest("X0000016", "Grace Oduya", "grace.oduya@harbourlane.example", "Harbour Lane Advisers", "consultant",
          ("SGP1",), date(2025, 1, 13), date(2025, 6, 30), "SGP1", "Guidance on the site’s recovery plans."),
)  # fmt: skip

GROUPS = (
    ("MSU Security", "secretariat", "MSU", "TNN1", 1),
    ("KHH2 Security", "site_officer", "KHH2", "KHH2", 2),
    ("PEN1 Security", "site_officer", "PEN1", "PEN1", 1),
    ("SUZ1 Security", "site_officer", "SUZ1", "SUZ1", 1),
    ("Board office", "board_reader", GROUP, "TPE1", 2),
    ("Internal audit", "auditor", "MAT", "HSZ1", 2),
)
"""Group of the identity provider, the role it gives, where, and at which site how many belong to it."""


def load(ada: Person, *, small: bool) -> None:
    """Let everybody in who comes beside the employees, each on their day."""
    for name, role, unit, site, count in GROUPS[: FEW if small else None]:
        _rule(ada, name, role, unit)
        _belong(name, [somebody(site, place) for place in range(count)])
    for guest in GUESTS:
        _invite(ada, guest)
    _answer_for_dan(ada)
    _machines(ada)
    _propose(ada)


def somebody(site: str, place: int = 0) -> Person:
    """Somebody who works at a site, of its IT first, by their number."""
    here = Person.objects.current().filter(kind=Person.Kind.EMPLOYEE, employed_until=None)
    here = (
        here.exclude(number__in=[member.number for member in CAST]).select_related("unit").order_by("number")
    )
    of_it = here.filter(unit__code=f"{site}-IT")
    return (of_it if of_it.count() > place else here.filter(unit__code__startswith=site))[place]


def host(name: str) -> Person:
    """Who answers: one of the demo people by sign-in name, else the officer of a site."""
    return Person.objects.filter(account__sign_in_name=name).first() or somebody(name)


def _rule(ada: Person, group: str, role: str, unit: str) -> None:
    """Let a group of the identity provider give a role."""
    told = {
        "source": PROVIDER,
        "group": group,
        "role": role,
        "unit": unit,
        "note": "As the CISO agreed with HR",
    }
    with moments.standing_at(morning(date(2025, 2, 10))):
        create(REGISTERS["group-rules"], told, ada)


def _belong(group: str, members: list[Person]) -> None:
    """The first sign-ins by which members came to hold what the group gives."""
    for place, member in enumerate(members):
        open_account(member, member.mail)
        with moments.standing_at(morning(date(2025, 2, 11 + place))):
            groups_said(member, [group], PROVIDER)


def open_account(person: Person, sign_in_name: str, password: str | None = None) -> None:
    """Let `person` sign in; without a password by the identity provider alone."""
    account = Account.objects.filter(person=person).first() or Account(person=person)
    account.sign_in_name = canonical(sign_in_name)
    account.set_password(password)
    account.save()


def _invite(ada: Person, guest: Guest) -> None:
    told = outside.Invitation(
        guest.name, guest.mail, guest.organization, tuple(Unit.objects.get(code=code) for code in guest.units),
        guest.role, guest.until, host(guest.host), guest.language, guest.number,
    )  # fmt: skip
    with moments.standing_at(morning(guest.since)):
        outside.invite(told, by=ada, reason=guest.reason)


def guests_who_sign_in() -> list[Outsider]:
    """The guests who have the password of the demo people."""
    return list(Outsider.objects.filter(number__in=[guest.number for guest in GUESTS if guest.signs_in]))


def _answer_for_dan(ada: Person) -> None:
    """Dan came with the first file, before anybody answered for guests."""
    dan = Outsider.objects.get(account__sign_in_name="dan")
    with moments.standing_at(morning(date(2025, 11, 14))):
        outside.hand_over(
            dan, by=ada, to=ada, reason="The consultant of the cycle of 2025 works for the CISO."
        )


def _machines(ada: Person) -> None:
    """The HR system that provisions people, and the ticket system that reads certificates and hears of them."""
    group, site = Unit.objects.get(code=GROUP), Unit.objects.get(code="KHH1")
    with moments.standing_at(morning(date(2025, 1, 15))):
        hr = services.employ_machine(
            services.Wanted(
                "hr-scim", "HR system", "Tells who comes, moves and leaves", group, ada, "hr_importer"
            ),
            by=ada,
        )
        tickets = services.employ_machine(
            services.Wanted(TICKETS, "Ticket system", "Opens a ticket for each certificate that ends", site,
                            host("ben"), "consultant"), by=ada,
        )  # fmt: skip
    only_people, only_read = (
        Narrowness({"people": 2}, sources=["10.20.0.0/16"]),
        Narrowness({"assurance": 1}, True),
    )
    services.issue_token(hr, by=ada, days=365, label="SCIM from the HR system", less=only_people)
    services.issue_token(tickets, by=ada, days=90, label="Reads certificates", less=only_read)
    _told_abroad(ada, tickets)


def _told_abroad(ada: Person, reader: Service) -> None:
    """A webhook and a chat room, both switched off: nothing leaves a demo."""
    with moments.standing_at(morning(date(2025, 1, 20))):
        create(REGISTERS["webhooks"], {
            "name": "tickets", "unit": "KHH1", "purpose": "Tickets for certificates that change",
            "url": "https://tickets.meridian.example/hooks/keepwell", "registers": ["certificates"],
            "reader": reader.number, "is_on": False}, ada)  # fmt: skip
        create(REGISTERS["chat-channels"], {
            "name": "khh1-security", "unit": "KHH1", "purpose": "What is overdue at the site",
            "reader": reader.number, "is_on": False}, ada)  # fmt: skip


def _propose(ada: Person) -> None:
    """While Ada was away her deputy administered, and proposed what now waits for her word."""
    away = TODAY - timedelta(days=18)
    deputy, secretary = somebody("TPE1", 0), somebody("TPE1", 1)
    stands_in = {"person": deputy.number, "role": "administrator", "unit": GROUP, "since": away.isoformat(),
                 "until": (TODAY - timedelta(days=1)).isoformat()}  # fmt: skip
    with moments.standing_at(morning(away)):
        waiting = create(REGISTERS["grants"], stands_in, ada)
        with acting(OPERATOR, "grant.give", reason="Stands in for Ada Lin, who is away until 14 November."):
            waiting.standing = Grant.Standing.GIVEN
            waiting.save()
    with moments.standing_at(morning(TODAY - timedelta(days=3))):
        create(REGISTERS["grants"], {"person": secretary.number, "role": "secretariat", "unit": GROUP,
                                     "since": (TODAY - timedelta(days=3)).isoformat()}, deputy)  # fmt: skip
