"""Mail: whether its server answers, and whether what should leave does."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from keepwell.platform.keeping.finding import Finding, bad, good, looks_at, warning
from keepwell.platform.notices import posting, sending


@looks_at("mail", gettext_noop("Mail"))
def mail() -> Iterator[Finding]:
    """Mail leaves the house."""
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield _server()
    elif settings.PRODUCTION:
        yield warning("mail", _("No mail server is named."), _("Nobody is told what is due."),
                      _("Set KEEPWELL_MAIL_URL."))  # fmt: skip
    else:
        yield good("mail", _("Mail is kept here and sent to nobody."))
    yield from _outbox()


def _server() -> Finding:
    """Whether the server would take mail now; none is sent."""
    told: dict[str, object] = {"host": settings.EMAIL_HOST}
    try:
        sending.knock()
    except sending.Away as why:
        told["reason"] = why
        grade = bad if settings.PRODUCTION else warning
        return grade("mail", _("The mail server %(host)s takes no mail: %(reason)s") % told, _("Nobody is told what is due."),
                     _("Start it, or mend KEEPWELL_MAIL_URL; what waits is sent then."))  # fmt: skip
    return good("mail", _("Mail goes to %(host)s.") % told)


def _outbox() -> Iterator[Finding]:
    """Whether mails wait for long, or were given up."""
    found = posting.left_over(timezone.now() - sending.STUCK_AFTER)
    why = _("Whom they go to does not know.")
    if found.waiting:
        told = ngettext(
            "%(n)d mail waits, since %(since)s UTC.",
            "%(n)d mails wait, the oldest since %(since)s UTC.",
            found.waiting,
        ) % {"n": found.waiting, "since": f"{found.since:%Y-%m-%d %H:%M}"}
        mend = _("See that the mail server answers and a worker runs; then they leave by themselves.")
        yield warning("mail", told, why, mend)
    if found.failed:
        told = ngettext(
            "%(n)d mail was given up in the last week.",
            "%(n)d mails were given up in the last week.",
            found.failed,
        ) % {"n": found.failed}
        mend = _(
            "Look at them under Administration, Mail that waits; mend the address or the server, then send them again."
        )
        yield warning("mail", told, why, mend)
