"""How long incidents take at full size: 20,000 of them with 1,000,000 entries in their timelines.

`python -m benchmarks.incidents [SHARE]` on the embedded database, with DATABASE_URL on that server; SHARE (0..1)
takes only that part of the incidents. Pages are asked for as a browser does, with everything between address and
answer but the network; of each question the median of five counts. PostgreSQL has swept its tables first, as it does
by itself within minutes of such a load. Beside it the naive way: the list with each row looked up by itself, the clocks
reckoned incident by incident. It makes a test database of its own and leaves nothing behind. Bars are seconds of an
idle machine; the processor's seconds of this process, which a busy one leaves alone, stand beside them.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import islice
from typing import Any
from uuid import uuid4

from benchmarks import _busy
from benchmarks.maturity import START, Spent, administrator, timed, unit
from benchmarks.metrics import throwaway_database

INCIDENTS, ENTRIES_EACH = 20_000, 50
BUSIEST = 5_000
COMPANIES, SITES = 6, 150
NOW = datetime(2025, 11, 13, 21, 12, tzinfo=UTC)
LIST, ROOM, CLOCKS = 0.08, 0.2, 10.0
ONE_BY_ONE = 200
OTHERS = 8
"""So many customers more must be told of the busiest incident."""
AT_ONCE = 20_000
KINDS = ("infected-system", "phishing", "login-attempts", "ransomware", "undetermined")
TITLES = ("Malware on a controller of line {n}", "Mail that asks for a password, copy {n}", "Tries to sign in from {n} places",
          "Files of share {n} are locked", "Vermilion print jobs on printer {n}")  # fmt: skip
LISTS = {
    "newest": "", "second page": "*", "last page": "before=end", "open, S3": "state=responding&level=3",
    "of one type": "kind=ransomware", "of a year": "reported_at_from=2024-01-01&reported_at_to=2024-12-31",
    "restricted": "is_restricted=yes", "search of a rare word": "q=vermilion", "search of a common word": "q=malware",
    "search of a number": "q=IN-2024-00777", "by number": "sort=number", "by title": "sort=title", "by unit": "sort=unit",
    "by type": "sort=kind", "by lead": "sort=lead", "oldest first": "sort=reported_at",
}  # fmt: skip
OF_ENTRIES = {"newest": "", "second page": "*", "by incident": "sort=incident", "by kind": "sort=kind",
              "by person": "sort=person", "decisions": "kind=decision",
              "of a day": "at_from=2024-03-01&at_to=2024-03-01"}  # fmt: skip


def main(share: float = 1.0) -> int:
    """Measure, print, and answer 1 if a bar is missed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.config.settings")
    import django

    django.setup()
    from keepwell.kernel import moments

    with throwaway_database() as engine, moments.standing_at(NOW):
        built = Built(max(100, round(INCIDENTS * share)))
        found = [*lists(built), *rooms(built), *reckoning(built)]
        print(f"{engine}: {built.told()}; {os.getloadavg()[0]:.1f} others at work")
    for name, spent, bar in found:
        told = f"bar {bar:g} s, {'kept' if spent <= bar else 'MISSED'}" if bar else ""
        print(f"  {name:<58} {spent:8.3f} s   {spent.processor:8.3f} s of the processor   {told}")
    return int(any(bar and spent > bar for _name, spent, bar in found))


Measured = tuple[str, Spent, float]


def lists(built: Built) -> Iterator[Measured]:
    """The lists of incidents and of entries, each order and filter, for who sees all and for one site's officer."""
    for who, slug, asked in (("ada", "incidents", LISTS), ("ben", "incidents", LISTS), ("ada", "timeline-entries", OF_ENTRIES),
                             ("ben", "timeline-entries", OF_ENTRIES)):  # fmt: skip
        client = built.client(who)
        for name, query in asked.items():
            path = f"/{slug}/?{query}" if query != "*" else following(client, slug)
            yield f"{slug} of {who}, {name}", timed(lambda client=client, path=path: read(client, path)), LIST
    from keepwell.areas.incidents.models import Incident

    def looked_up() -> list[str]:
        newest = Incident.objects.order_by("-reported_at")[:50]
        return [f"{one.unit} {one.lead} {one.clocks.count()}" for one in newest]

    naive = timed(looked_up)
    yield "naive: the rows of a page, each looked up by itself", naive, 0.0


def following(client: Any, slug: str) -> str:
    """The address of the second page of a list; of its first where it has no other."""
    return f"/{slug}/{told(client, f'/{slug}/', 'after=')}"


def rooms(built: Built) -> Iterator[Measured]:
    """The room of the busiest incident, whole, with an older page, and what an open screen asks."""
    from keepwell.areas.incidents.models import TimelineEntry
    from keepwell.areas.incidents.pages import live
    from keepwell.areas.incidents.rules import timeline

    client, place = built.client("ben"), f"/incidents/{built.busiest.pk}/room/"
    newest, older = told(client, place, "newest/?"), told(client, place, "before=")
    yield "room", timed(lambda: read(client, place)), ROOM
    yield "room, an older page of its timeline", timed(lambda: read(client, older)), ROOM
    yield "screen on which nothing is new", timed(lambda: read(client, newest), 41), 0.0
    numbers = iter(range(10_000))

    def entered() -> TimelineEntry:
        return timeline.enter(built.busiest, by=built.people["ben"], says=f"Checked {next(numbers)}")

    yield "entry", timed(entered, 41), 0.0
    entered()
    answer = timed(lambda: read(client, newest), 41)
    yield "screen that lacks an entry, drawn for another before", answer, 0.0
    drawn = timed(lambda: read(client, newest), 21, before=live._kept.clear)
    yield "screen that lacks an entry, drawn for it", drawn, 0.0
    whole = timed(lambda: read(client, f"{place}newest/"), 21, before=live._kept.clear)
    yield "naive: screen that lacks an entry, all of it drawn", whole, 0.0


def reckoning(built: Built) -> Iterator[Measured]:
    """Every clock of every incident: made, found right, made again where it is wrong; and incident by incident."""
    from django.db.models import F, QuerySet

    from keepwell.areas.incidents.models import Clock, Incident, IncidentNotice
    from keepwell.areas.incidents.rules.clocks import recompute
    from keepwell.platform.history.acting import Machine, acting

    def reckoned(rows: Any) -> None:
        with acting(Machine("the benchmark"), "bench.reckon"):
            recompute(rows)

    def without() -> None:
        for told in (IncidentNotice, Clock):
            QuerySet(told).all()._raw_delete("default")

    def wrong() -> None:
        QuerySet(Clock).filter(ends_at__isnull=False).update(ends_at=F("ends_at") + timedelta(hours=1))

    every = Incident.objects.all()
    yield "clocks, all right", timed(lambda: reckoned(every), 3), CLOCKS
    yield "clocks, all wrong", timed(lambda: reckoned(every), 1, before=wrong), CLOCKS
    yield "clocks, all made", timed(lambda: reckoned(every), 1, before=without), CLOCKS
    some = list(every.order_by("pk").values_list("pk", flat=True)[:ONE_BY_ONE])
    naive = timed(lambda: [reckoned(every.filter(pk=pk)) for pk in some], 1)
    yield f"naive: {len(some)} reckoned one by one", naive, 0.0


def told(client: Any, path: str, part: str) -> str:
    """The first address on a page that has `part` in it; "" if none has."""
    addresses = re.findall(r'(?:href|hx-get)="([^"]+)"', client.get(path).content.decode())
    return next((unescape(one) for one in addresses if part in one), "")


def read(client: Any, path: str) -> None:
    """Ask for a page as somebody signed in does."""
    answer = client.get(path)
    if answer.status_code not in (200, 204):
        raise RuntimeError(f"{path} answered {answer.status_code}.")


class Built:
    """An invented group with its incidents, written in bulk."""

    def __init__(self, count: int, *, now: datetime = NOW) -> None:
        from django.db import connection, transaction

        from keepwell.platform.history.acting import Machine, acting
        from keepwell.platform.search.indexing import catch_up

        self.count, self.now, self.clients = count, now, dict[str, Any]()
        with transaction.atomic(), acting(Machine("the benchmark"), "bench.enter"):
            self.group = unit("BENCH", "group", None)
            companies = [unit(f"C{n}", "company", self.group) for n in range(COMPANIES)]
            self.sites = [unit(f"S{n:03}", "site", companies[n % COMPANIES]) for n in range(SITES)]
            self.people = {"ada": administrator(self.group), "ben": self._officer("BEN", self.sites[0])}
            self.officers = [self._officer(f"O{n:03}", self.sites[n]) for n in range(1, SITES)]
            self._duties(companies)
            self._incidents()
        self.entries = self._entries()
        catch_up()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        with acting(Machine("the benchmark"), "bench.reckon"):
            _busy.bind(companies[0], OTHERS)
            self._reckoned()
        self.busiest.refresh_from_db()
        self.busy = _busy.fill(self.busiest, ben=self.people["ben"], ada=self.people["ada"])

    def told(self) -> str:
        """What there is."""
        from keepwell.areas.incidents.models import Clock

        many = f"{self.count:,} incidents, {self.entries:,} entries, {Clock.objects.count():,} clocks"
        return f"{many}; the busiest has {self.busy}"

    def client(self, who: str) -> Any:
        """Somebody's browser, signed in."""
        from django.test import Client

        from keepwell.platform.identity.sessions import facts
        from keepwell.platform.people.models import Account

        if who not in self.clients:
            account = Account(person=self.people[who], sign_in_name=who)
            account.set_unusable_password()
            account.save()
            client = self.clients[who] = Client()
            client.force_login(account)
            session = client.session
            session.update(facts(account, source="127.0.0.1", device=""))
            session.save()
        return self.clients[who]

    def _officer(self, number: str, site: Any) -> Any:
        from keepwell.platform.people.models import Grant, Person

        who = Person(
            number=number, name=f"Officer {number}", unit=site, unit_since=START, employed_from=START,
            mail=f"{number.lower()}@bench.example",
        )  # fmt: skip
        who.save()
        Grant(person=who, role="site_officer", unit=site, since=START).save()
        return who

    def _duties(self, companies: list[Any]) -> None:
        """What binds the companies: a law, a listing, a rule of the group's own, and two customers each."""
        from keepwell.areas.incidents.models import RuleInForce
        from keepwell.areas.incidents.rules import duties
        from keepwell.areas.organization.models import LegalStanding, NoticeClause

        duties.enter_rules()
        for place, attribute in ((companies[0], "gdpr_controller"), (self.group, "listed_on_TWSE")):
            LegalStanding(unit=place, attribute=attribute, basis="Register of companies", since=START).save()
        for number, company in enumerate(companies):
            for customer in range(2):
                NoticeClause(
                    counterparty=f"C-{number}{customer}", clause="MSA 14.2", unit=company, trigger="Lots held", term=4,
                    contact=f"security@c{number}{customer}.example", since=START,
                ).save()  # fmt: skip
        for rule in ("gdpr-33", "group-escalation", "customer-contract", "twse-material-info"):
            row = RuleInForce.objects.get(rule=rule, until__isnull=True)
            if not row.is_confirmed:
                duties.confirm(row, by=self.people["ada"], basis="Read by counsel", since=START)

    def _incidents(self) -> None:
        from keepwell.areas.incidents.models import Classification, Incident
        from keepwell.platform.history.bulk import create_all

        made = [self._incident(number) for number in range(self.count)]
        with nobody_following():
            create_all(made)
            create_all([
                Classification(incident=one, revision=1, at=one.reported_at, person=self.people["ada"],
                               factors=one.factors, reckoned=one.level, level=one.level)
                for one in made
            ])  # fmt: skip
        self.busiest = Incident.objects.select_related("unit").get(pk=made[0].pk)
        self.incidents = made

    def _incident(self, number: int) -> Any:
        from keepwell.areas.incidents.models import Incident

        at = self.now - timedelta(hours=2 + 4 * number)
        word = 4 if number % 997 == 1 else number % 4
        level, is_closed = number % 5, number % 20 > 0
        place = self.sites[0] if number == 0 or number % 10 == 0 else self.sites[number % len(self.sites)]
        facts: dict[str, Any] = (
            {"state": "closed", "closed_at": at + timedelta(days=3)} if is_closed else {"state": "responding"}
        )
        return Incident(
            number=f"IN-{at.year}-{number:05d}", title=TITLES[word].format(n=number), unit=place, level=level,
            kind=KINDS[number % len(KINDS)], reported_at=at, detected_at=at, aware_at=at, is_restricted=number % 500 == 7,
            lead=self.officers[number % len(self.officers)] if number % 3 else None,
            factors={"personal_data": number % 2 == 0, "material": number % 7 == 0, "customer_data": number % 4 == 0,
                     "plant": level},
            **facts,
        )  # fmt: skip

    def _entries(self) -> int:
        """Every incident's entries; its room's number of them beside."""
        from django.db import transaction

        from keepwell.areas.incidents.models import Pulse, TimelineEntry
        from keepwell.platform.history import dialects

        columns = [field.attname for field in TimelineEntry._meta.concrete_fields]
        many = {one.pk: BUSIEST if n == 0 else ENTRIES_EACH for n, one in enumerate(self.incidents)}
        told, count = self._rows(columns, many), 0
        while part := list(islice(told, AT_ONCE)):
            with transaction.atomic():
                count += dialects.insert(TimelineEntry, columns, part)
        with transaction.atomic():
            rows = ([pk, number, number, number] for pk, number in many.items())
            dialects.insert(Pulse, ["incident_id", "beat", "besides", "entries"], rows)
        return count

    def _rows(self, columns: list[str], many: dict[Any, int]) -> Iterator[list[Any]]:
        kinds = ("observed", "action", "decision", "communication")
        for one in self.incidents:
            for number in range(1, many[one.pk] + 1):
                at, kind = one.reported_at + timedelta(seconds=number), kinds[number % 4]
                values = {
                    "id": uuid4(), "version": 1, "retired_at": None, "retired_reason": "", "incident_id": one.pk,
                    "number": number, "at": at, "zone": "Asia/Taipei", "kind": kind, "facts": {}, "verb": "",
                    "says": f"Line {number % 9} stands; controllers {number} to {number + 3} were cut off.",
                    "reason": "No sign of spread" if kind == "decision" else "", "decided_by": "", "source": "shift log",
                    "confidence": "confirmed", "tlp": "amber", "person_id": self.officers[number % len(self.officers)].pk,
                    "recorded_at": at, "root_id": None, "revision": 1, "is_latest": True,
                }  # fmt: skip
                yield [values[name] for name in columns]

    def _reckoned(self) -> None:
        from keepwell.areas.incidents.models import Incident
        from keepwell.areas.incidents.rules.clocks import recompute

        recompute(Incident.objects.all())


def nobody_following() -> Any:
    """Inside, incidents come without their clocks, as from a file."""
    from unittest.mock import patch

    from keepwell.areas.incidents.rules import clocks
    from keepwell.platform.history import following

    others = [one for one in following.FOLLOWERS if not isinstance(one, clocks.Keeper)]
    return patch.object(following, "FOLLOWERS", others)


if __name__ == "__main__":
    raise SystemExit(main(*map(float, sys.argv[1:2])))
