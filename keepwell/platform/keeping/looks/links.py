"""The ways to database, mail and other services: who can listen on them, and by which password they open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from keepwell.platform.keeping.finding import Finding, bad, good, looks_at, warning
from keepwell.platform.people.passwords import StolenFile

SHORTEST_PASSWORD = 12


@dataclass(frozen=True)
class Service:
    """A service beside Keepwell: how it is called, where it is, whether the way is sealed and who answers is checked,
    and how to see to that. `port` is part of the name alone."""

    name: str
    host: str
    is_sealed: bool
    mend: str

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine: a socket file, or an address that never leaves it."""
        if not self.host or self.host.startswith("/") or self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def services() -> Iterator[Service]:
    """Every service that the settings name."""
    yield from _databases()
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield Service(_("mail server"), settings.EMAIL_HOST, settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL,
                      _("Take tls=off out of KEEPWELL_MAIL_URL."))  # fmt: skip
    scanner = urlsplit(settings.KEEPWELL_SCAN)
    if scanner.scheme == "clamd":
        yield Service(_("scanner"), scanner.hostname or "", False,
                      _("Run clamd on this machine, or lead KEEPWELL_SCAN through a tunnel with TLS."))  # fmt: skip
    syslog = urlsplit(settings.KEEPWELL_TRAIL_SYSLOG)
    if syslog.hostname:
        yield Service(_("syslog server"), syslog.hostname, False,
                      _("Send to a relay on this machine that goes on by TLS."))  # fmt: skip
    endpoint = parse_qs(urlsplit(settings.KEEPWELL_EVIDENCE_STORE).query).get("endpoint", [""])[-1]
    if endpoint:
        yield Service(_("object store"), urlsplit(endpoint).hostname or "", endpoint.startswith("https://"),
                      _("Write endpoint=https://… in KEEPWELL_EVIDENCE_STORE."))  # fmt: skip


def _databases() -> Iterator[Service]:
    told = settings.DATABASES["default"]
    if not told["ENGINE"].endswith("postgresql"):
        return
    options = told.get("OPTIONS", {})
    is_sealed = options.get("sslmode") == "verify-full"
    for host in str(told.get("HOST") or options.get("host", "")).split(","):
        yield Service(
            _("database"), host, is_sealed, _("Write ?sslmode=verify-full&sslrootcert=… in DATABASE_URL.")
        )


@looks_at("links", gettext_noop("Ways to other services"))
def links() -> Iterator[Finding]:
    """What leaves this machine goes by TLS, to who was meant."""
    found = list(services())
    for service in found:
        told = {"name": service.name, "host": service.host}
        if service.is_here or service.is_sealed:
            continue
        sentence = _("The way to the %(name)s %(host)s has no TLS, or does not check who answers.") % told
        grade = bad if settings.PRODUCTION else warning
        yield grade(
            "links", sentence, _("Whoever stands between reads and changes what is sent."), service.mend
        )
    if all(service.is_here or service.is_sealed for service in found):
        yield good("links", _("What leaves this machine goes by TLS, to who was meant."))


@looks_at("service_passwords", gettext_noop("Passwords of services"))
def service_passwords() -> Iterator[Finding]:
    """Neither database nor mail server opens by a password that everybody knows."""
    told = settings.DATABASES["default"]
    known = [(_("database"), told.get("USER", ""), told.get("PASSWORD", ""), "DATABASE_URL"),
             (_("mail server"), settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD, "KEEPWELL_MAIL_URL")]  # fmt: skip
    weak = [(name, setting) for name, user, password, setting in known
            if password and is_known(str(password), str(user))]  # fmt: skip
    for name, setting in weak:
        yield bad("service_passwords", _("The password of the %(name)s is short or known to everybody.") % {"name": name},
                  _("Whoever reaches that server tries it first."),
                  _("Give it a long random one, and write it into %(setting)s.") % {"setting": setting})  # fmt: skip
    if not weak:
        yield good("service_passwords", _("No service opens by a password that everybody knows."))


def is_known(password: str, user: str) -> bool:
    """Whether a password is short, the name of its user, or among the common ones."""
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError:
        return True
    return len(password) < SHORTEST_PASSWORD or (bool(user) and user.casefold() in password.casefold())


@looks_at("stolen_passwords", gettext_noop("Stolen passwords"))
def stolen_passwords() -> Iterator[Finding]:
    """New passwords are compared with those that were stolen elsewhere."""
    path = settings.KEEPWELL_STOLEN_PASSWORDS
    matters = _("A password that was stolen elsewhere is among the first that attackers try.")
    mend = _(
        "Download a list of breached passwords, SHA-1 ordered by hash, and name it in KEEPWELL_STOLEN_PASSWORDS."
    )
    if not path:
        found = _("New passwords are compared with 20,000 common ones, not with stolen ones.")
        yield (
            warning("stolen_passwords", found, matters, mend)
            if settings.PRODUCTION
            else good("stolen_passwords", found)
        )
        return
    try:
        StolenFile(Path(path)).holds("password")
    except ImproperlyConfigured as wrong:
        yield bad("stolen_passwords", str(wrong), _("No password can be set while it is so."), mend)
    else:
        yield good(
            "stolen_passwords", _("New passwords are compared with those in %(path)s.") % {"path": path}
        )
