"""Where sessions are kept: in the database, under a name from which the browser's key cannot be found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, logout, update_session_auth_hash
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as Rows
from django.http import HttpRequest
from django.utils import timezone

from keepwell.platform.history.ready import Ready, ReadyChange
from keepwell.platform.identity.demands import idle_seconds
from keepwell.platform.identity.models import Session
from keepwell.platform.people.models import Account
from keepwell.platform.people.proofs import PROVED
from keepwell.platform.people.throttle import source_of

UNATTENDED = "X-Unattended"
BEGUN, SEEN, IDLE, SOURCE, DEVICE = "begun", "seen", "idle", "source", "device"
NOTICED_SECONDS = 60
LONGEST_DEVICE = 200
LONGEST = timedelta(hours=8)
OF_STRANGERS = timedelta(hours=1)


KEPT = Ready(lambda key: Session.objects.filter(session_key=key), str)
CHANGED = ReadyChange(
    lambda key, *_new: Session.objects.filter(session_key=key),
    lambda _key, data, until, account: {"session_data": data, "expire_date": until, "account_id": account},
    str, str, datetime, int,
)  # fmt: skip


class SessionStore(Rows):
    """Django's sessions in the database, but for the key: only its SHA-256 is written."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        found: Session | None = KEPT.record(digest_of(self.session_key))
        if found is None or found.expire_date <= timezone.now():
            self._session_key = None
            return None
        return found

    def save(self, must_create: bool = False) -> None:
        """Write it; one that is there already in one statement. Raises UpdateError where it ended meanwhile."""
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        row = self.create_model_instance(self._session)  # type: ignore[attr-defined]  # the stubs forget it
        if not CHANGED.apply(row.session_key, row.session_data, row.expire_date, row.account_id):
            raise UpdateError

    def exists(self, session_key: str) -> bool:
        return bool(Session.objects.filter(session_key=digest_of(session_key)).exists())

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        return Session(
            session_key=digest_of(self.session_key),
            session_data=self.encode(data),
            expire_date=expiry(data),
            account_id=int(data[SESSION_KEY]) if SESSION_KEY in data else None,
        )

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(session_key=digest_of(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.filter(expire_date__lt=timezone.now()).delete()


def digest_of(key: str | None) -> str:
    """The name of a session's row."""
    return sha256((key or "").encode()).hexdigest()


def expiry(data: dict[str, Any]) -> datetime:
    """When a session ends at the latest: eight hours after it began, an hour for a stranger's."""
    if SESSION_KEY not in data or BEGUN not in data:
        return timezone.now() + (LONGEST if SESSION_KEY in data else OF_STRANGERS)
    return datetime.fromtimestamp(data[BEGUN], UTC) + LONGEST


def begin(request: HttpRequest, account: Account) -> None:
    """Let the session of `request`, just opened by a proof, be counted from now."""
    agent = request.headers.get("User-Agent", "")[:LONGEST_DEVICE]
    request.session.update(facts(account, source=source_of(request), device=agent))


def facts(account: Account, *, source: str, device: str) -> dict[str, Any]:
    """What a session that begins now carries."""
    now = timezone.now().timestamp()
    idle = idle_seconds(account.person)
    return {BEGUN: now, SEEN: now, PROVED: now, IDLE: idle, SOURCE: source, DEVICE: device}


def keep(request: HttpRequest, account: Account) -> None:
    """See that a session in use is neither too old nor was left alone too long; end it if it is.

    What an open page asks by itself (`X-Unattended`) is no use of it: a screen that nobody looks at ends as others do.
    """
    session, now = request.session, timezone.now().timestamp()
    if BEGUN not in session:
        begin(request, account)
    elif now - session[BEGUN] > LONGEST.total_seconds() or now - session[SEEN] > session[IDLE]:
        logout(request)
    elif now - session[SEEN] > NOTICED_SECONDS and UNATTENDED not in request.headers:
        session[SEEN] = now


@dataclass(frozen=True)
class Seat:
    """One session of an account, as its owner sees it."""

    key: str
    device: str
    source: str
    begun_at: datetime
    seen_at: datetime
    is_this: bool

    @property
    def name(self) -> str:
        """What a page may call it: enough to find it among one's own, not its key."""
        return self.key[:16]


def seats(account: Account, request: HttpRequest | None = None) -> list[Seat]:
    """Every session in which `account` is signed in now, the one of `request` first."""
    mark, mine, found = account.get_session_auth_hash(), "", []
    if request is not None:
        mine = digest_of(request.session.session_key)
    rows = Session.objects.filter(account=account, expire_date__gt=timezone.now()).order_by("pk")
    for row, told in ((row, row.get_decoded()) for row in rows):
        is_idle = timezone.now().timestamp() - told.get(SEEN, 0) > told.get(IDLE, 0)
        if told.get(HASH_SESSION_KEY) == mark and BEGUN in told and not is_idle:
            found.append(_seat(row.pk, told, is_this=row.pk == mine))
    return sorted(found, key=lambda seat: (not seat.is_this, -seat.seen_at.timestamp()))


def _seat(key: str, told: dict[str, Any], *, is_this: bool) -> Seat:
    begun, seen = (datetime.fromtimestamp(told[name], UTC) for name in (BEGUN, SEEN))
    return Seat(key, device_of(told.get(DEVICE, "")), told.get(SOURCE, ""), begun, seen, is_this)


def end_others(account: Account, request: HttpRequest) -> int:
    """End every session of `account` but the one in use; returns how many those were."""
    mine = digest_of(request.session.session_key)
    return int(Session.objects.filter(account=account).exclude(pk=mine).delete()[0])


def stay(request: HttpRequest, account: Account) -> None:
    """Let all sessions of `account` end but this one, which goes on under a new key."""
    Account.end_sessions([account.person_id])
    account.refresh_from_db(fields=["epoch", "password"])
    update_session_auth_hash(request, account)
    Session.objects.filter(account=account).exclude(pk=digest_of(request.session.session_key)).delete()


BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
           ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip


def device_of(agent: str) -> str:
    """What a browser calls itself, in two words; what it says may be untrue."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part) or agent[:40]
