"""Who else vouches for people: the identity providers of the settings, and the way in for the day they are away."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography.x509 import load_der_x509_certificate
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from keepwell.platform.identity.sso.providers import Provider, Untrusted
from keepwell.platform.identity.sso.saml import described
from keepwell.platform.keeping.finding import Finding, bad, good, looks_at, warning
from keepwell.platform.people.models import Account

SOON = timedelta(days=30)


@looks_at("vouching", gettext_noop("Identity providers"))
def vouching() -> Iterator[Finding]:
    """Whoever vouches can be believed, and somebody gets in without them."""
    if not settings.KEEPWELL_SSO:
        yield good("vouching", _("Nobody else vouches for people; they sign in here."))
        return
    for provider in settings.KEEPWELL_SSO.values():
        yield of_saml(provider) if provider.kind == "saml" else of_oidc(provider)
    if not Account.objects.filter(is_break_glass=True, is_active=True).exists():
        yield warning("vouching", _("There is no break-glass account."),
                      _("On the day no provider answers nobody can sign in."),
                      _("Make one with keepwell account … --break-glass, and lock its password away."))  # fmt: skip


def of_oidc(provider: Provider) -> Finding:
    """A house is asked under TLS."""
    told = {"name": provider.title, "issuer": provider.issuer}
    if not provider.issuer.startswith("https://"):
        return bad("vouching", _("%(name)s is asked at %(issuer)s, without TLS.") % told,
                   _("Somebody on the way can vouch in its place."),
                   _("Set its issuer to https://… in the file that KEEPWELL_SSO names."))  # fmt: skip
    return good("vouching", _("%(name)s vouches for people.") % told)


def of_saml(provider: Provider) -> Finding:
    """The metadata of a house can be read, and one of the certificates by which it signs is good."""
    told = {"name": provider.title}
    mend = _("Fetch its metadata anew, into the file that KEEPWELL_SSO names, and start again.")
    matters = _("Whoever signs in by it is refused.")
    try:
        until = signs_until(provider)
    except (Untrusted, ValueError):
        return bad("vouching", _("The metadata of %(name)s cannot be read.") % told, matters, mend)
    if until is None:
        return good("vouching", _("%(name)s vouches for people.") % told)
    told["day"] = until.date().isoformat()
    if until <= timezone.now():
        return bad(
            "vouching", _("The certificate by which %(name)s signs ended on %(day)s.") % told, matters, mend
        )
    if until <= timezone.now() + SOON:
        return warning(
            "vouching", _("The certificate by which %(name)s signs ends on %(day)s.") % told, matters, mend
        )
    return good("vouching", _("%(name)s vouches for people; it signs until %(day)s.") % told)


def signs_until(provider: Provider) -> datetime | None:
    """When the last certificate by which a house may sign ends; None if its metadata holds none."""
    house = described(provider)["idp"]
    held = house.get("x509certMulti", {}).get("signing") or [house.get("x509cert")]
    ends = [load_der_x509_certificate(base64.b64decode(one)).not_valid_after_utc for one in held if one]
    return max(ends, default=None)
