"""What stands in a letter: plain text and HTML of the same words, in the reader's language, nothing from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from keepwell.platform.notices.models import Letter, is_here
from keepwell.platform.notices.posting import mails
from keepwell.platform.notices.sight import still_true
from keepwell.platform.notices.telling import Message, administrators, tell

LONGEST_SUBJECT = 150
REFUSED = gettext_noop("Mail to %(person)s is refused by the mail server: %(why)s")


@dataclass(frozen=True)
class Line:
    """One thing told: the sentence, what kind of notice it is, and where it is done."""

    sentence: str
    kind: str
    url: str


def absolute(path: str) -> str:
    """An address of this site as mail carries it: built from the setting, whatever a request says."""
    return settings.KEEPWELL_URL.rstrip("/") + (path if path.startswith("/") else f"/{path}")


def tell_refused(letter: Letter, why: str, now: datetime) -> None:
    """Tell administrators, once a month and person, that mail to somebody is refused for good."""
    tell(administrators(), Message(
        kind="platform.trouble", key=f"mail.refused:{letter.person_id}:{now:%Y-%m}", what=REFUSED,
        facts={"person": f"{letter.person.name} ({letter.person.number})", "why": why[:120]}, url=reverse("letters"),
    ), now=now)  # fmt: skip


@mails(Letter, _("Notices"), refused=tell_refused)
def composed(letter: Letter) -> EmailMultiAlternatives | None:
    """The mail of `letter` with what its reader may be told now; None if nothing is left of it, or of its reader."""
    if not is_reachable(letter):
        return None
    person = letter.person
    with translation.override(person.language):
        notices = letter.notices.order_by("told_at", "pk")
        lines = [
            Line(notice.sentence(record), str(notice.title), absolute(notice.url or reverse("notices")))
            for notice, record in still_true(notices, person)
        ]
        if not lines:
            return None
        context = {
            "person": person, "lines": lines, "is_digest": letter.is_digest, "site": absolute("/"),
            "settings_url": absolute(reverse("notice-preferences")), "language": translation.get_language(),
        }  # fmt: skip
        text = render_to_string("notices/mail.txt", context)
        html = render_to_string("notices/mail.html", context)
        return _mail(letter, _subject(letter, lines), text, html, str(context["settings_url"]))


def _subject(letter: Letter, lines: list[Line]) -> str:
    if len(lines) == 1:
        told = lines[0].sentence
    else:
        told = ngettext("%(n)d thing for you", "%(n)d things for you", len(lines)) % {"n": len(lines)}
    head = gettext("Keepwell: %(told)s") % {"told": told}
    return " ".join(head.split())[:LONGEST_SUBJECT]


def _mail(letter: Letter, subject: str, text: str, html: str, preferences: str) -> EmailMultiAlternatives:
    headers = {
        "Message-ID": letter.message_id, "List-Unsubscribe": f"<{preferences}>",
        "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
        "Date": letter.made_at.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "Content-Language": letter.person.language,
    }  # fmt: skip
    mail = EmailMultiAlternatives(
        subject, text, settings.DEFAULT_FROM_EMAIL, [letter.person.mail], headers=headers
    )
    mail.attach_alternative(html, "text/html")
    return mail


def is_reachable(letter: Letter) -> bool:
    """Whether its reader is still here, has an address and can sign in."""
    account = getattr(letter.person, "account", None)
    return is_here(letter.person) and account is not None and account.is_active
