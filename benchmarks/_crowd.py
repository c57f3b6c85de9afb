"""People signed in at one incident, for the day of a surge: made in a database of its own, told as JSON.

`python -m benchmarks._crowd PEOPLE SHARE` fills the database of DATABASE_URL with the incidents of
`benchmarks.incidents` and lets so many people be signed in, as a sign-in leaves it behind; `anew` lets their sessions
begin now.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, date, datetime
from typing import Any

ROLES = ("site_officer", "site_officer", "site_officer", "secretariat", "group_ciso", "auditor")
"""Of six people, who has which role; officers at the site or its company, the others for the whole group."""
READS = "auditor"
WITH_TOKEN = 20
START = date(2010, 1, 1)


def main(people: int, share: float) -> int:
    """Fill the database, and tell what there is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.config.settings")
    import django

    django.setup()
    from benchmarks.incidents import INCIDENTS, Built
    from keepwell.platform.keeping import steps

    steps.bring_up_to_date()
    built = Built(max(100, round(INCIDENTS * share)), now=datetime.now(UTC))
    for officer in built.officers:
        account(officer, officer.number)
    # Whoever looks after the site of the room is in it, with many more of the same right than a site has.
    others = [site.code for site in built.sites[1:]]
    json.dump(gathered(built.busiest, people) | {"told": built.told(), "sites": others}, sys.stdout)
    return 0


def gathered(incident: Any, people: int) -> dict[str, Any]:
    """So many people who may see `incident`, signed in: the cookie of each, a token of some, and who may write."""
    return {"room": str(incident.pk), "people": [person(incident.unit, number) for number in range(people)]}


def person(site: Any, number: int) -> dict[str, Any]:
    """One more of them."""
    from keepwell.platform.history.acting import Machine, acting
    from keepwell.platform.people.models import Grant, Person
    from keepwell.platform.people.tokens import issue
    from keepwell.platform.tree.models import Unit

    role = ROLES[number % len(ROLES)]
    at_group = Unit.objects.get(kind=Unit.Kind.GROUP)
    place = (site if number % 2 else site.parent) if role == "site_officer" else at_group
    with acting(Machine("the benchmark"), "bench.enter"):
        who = Person(number=f"CROWD{number:03}", name=f"Crowd {number}", unit=site, unit_since=START, employed_from=START,
                     language="zh-hant" if number % 3 == 0 else "en")  # fmt: skip
        who.save()
        Grant(person=who, role=role, unit=place, since=START).save()
    writes = role != READS
    token = issue(who, days=1) if writes and number < WITH_TOKEN else ""
    return {"cookie": signed_in(account(who, who.number)), "token": token, "writes": writes}


def account(who: Any, name: str) -> Any:
    """A way to sign in for `who`, without a password."""
    from keepwell.platform.people.models import Account

    made = Account(person=who, sign_in_name=name.lower())
    made.set_unusable_password()
    made.save()
    return made


def signed_in(account: Any) -> str:
    """The cookie of a session that began just now."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from keepwell.platform.identity.sessions import SessionStore, facts

    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(account.pk), account.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.update(facts(account, source="127.0.0.1", device=""))
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def anew() -> int:
    """Let every session begin now."""
    import django

    django.setup()
    from keepwell.platform.identity.models import Session
    from keepwell.platform.identity.sessions import SessionStore, facts
    from keepwell.platform.people.models import Account

    for row in Session.objects.all():
        session = SessionStore(row.session_key)
        session.update(facts(Account.objects.get(pk=row.account_id), source="127.0.0.1", device=""))
        session.save()
    return 0


if __name__ == "__main__":
    raise SystemExit(anew() if sys.argv[1] == "anew" else main(int(sys.argv[1]), float(sys.argv[2])))
