"""How the site meets the world: its address, the proxy, demo flags, the way out."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from keepwell.kernel import moments
from keepwell.platform.keeping.finding import Finding, bad, good, looks_at, warning


@looks_at("address", gettext_noop("Address"))
def address() -> Iterator[Finding]:
    """The site has an address with TLS, and knows of the proxy before it."""
    told = {"url": settings.KEEPWELL_URL}
    if not settings.PRODUCTION:
        local = settings.HOST in ("localhost", "127.0.0.1")
        found = _("The site's address is %(url)s, without TLS.") % told
        if local:
            yield good("address", found)
        else:
            yield bad("address", found, _("Passwords and sessions can be read on the way."),
                      _("Put a proxy with TLS before it and set KEEPWELL_URL to https://…"))  # fmt: skip
    elif settings.SECURE_PROXY_SSL_HEADER is None:
        yield warning("address", _("The site's address is %(url)s, but no proxy is named.") % told,
                      _("Behind a proxy every page leads to itself again."),
                      _("Set KEEPWELL_BEHIND_PROXY=1, and let the proxy set X-Forwarded-Proto."))  # fmt: skip
    else:
        yield good("address", _("The site's address is %(url)s.") % told)


@looks_at("demo", gettext_noop("Demo"))
def demo() -> Iterator[Finding]:
    """Nothing of a demo is left in production."""
    moved = moments.is_moved()
    if settings.PRODUCTION and (settings.KEEPWELL_DEMO or moved):
        name = "KEEPWELL_DEMO" if settings.KEEPWELL_DEMO else "KEEPWELL_NOW"
        yield bad("demo", _("%(name)s is set in production.") % {"name": name},
                  _("People may sign in with known passwords, or days are reckoned wrongly."),
                  _("Take it away and start again."))  # fmt: skip
    else:
        yield good(
            "demo", _("This is a demo.") if settings.KEEPWELL_DEMO else _("Nothing of a demo is switched on.")
        )


@looks_at("egress", gettext_noop("Way out"))
def egress() -> Iterator[Finding]:
    """Which inner hosts may be asked."""
    allowed = len(settings.KEEPWELL_EGRESS_ALLOW)
    yield good("egress", ngettext("%(n)d inner host may be asked.", "%(n)d inner hosts may be asked.", allowed) % {
        "n": allowed} if allowed else _("No inner host may be asked."))  # fmt: skip
