"""The receipt that goes back to who reported by mail: once, with the code, in the language of the sender and in English."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import ReceiptMail, Report
from keepwell.areas.incidents.rules.languages import OURS, languages
from keepwell.areas.incidents.rules.post.envelope import LOOP
from keepwell.areas.incidents.rules.reaching import follow_url, site_name
from keepwell.platform.keys.sealing import place_of, seal, unseal
from keepwell.platform.notices.posting import mails, post
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit

MOST_RECEIPTS, AN_HOUR = 5, timedelta(hours=1)
"""Receipts that one address gets in an hour: whoever writes in another's name fills no mailbox with them."""
OF_COUNTRIES = {"TW": "zh-Hant", "HK": "zh-Hant", "MO": "zh-Hant", "CN": "zh-Hans", "JP": "ja", "KR": "ko", "MY": "ms",
                "ES": "es", "MX": "es", "TH": "th", "VN": "vi", "ID": "id", "DE": "de", "FR": "fr"}  # fmt: skip
"""The language of a country, as its tag; one without a file is told in English until somebody adds the file."""
OF_PEOPLE = {"zh-hant": "zh-Hant", "en": OURS}


def language_for(person: Person | None, unit: Unit) -> str:
    """The language of who wrote: their own, else that of the unit's country, else English."""
    tag = OF_PEOPLE.get(person.language) if person else OF_COUNTRIES.get(unit.country)
    return tag if tag in languages() else OURS


def may_answer(sender: str) -> bool:
    """Whether a receipt may go to `sender`: mail leaves this house, and they got few of late."""
    if not sender or not settings.MAIL.is_on:
        return False
    recent = ReceiptMail.objects.filter(address=sender, made_at__gt=timezone.now() - AN_HOUR)
    return recent.count() < MOST_RECEIPTS


def ask(report: Report, address: str, code: str, answers: str, *, is_cut: bool) -> None:
    """Put the receipt into the outbox."""
    mail = ReceiptMail(report=report, address=address, answers=answers, is_cut=is_cut)
    mail.sealed_code = seal(code, place=_place(mail))
    post(mail)


def _place(mail: ReceiptMail) -> str:
    return place_of(mail._meta.db_table, mail.pk, "sealed_code")


@mails(ReceiptMail, _("Receipts of reports"))
def composed(mail: ReceiptMail) -> EmailMultiAlternatives:
    """The receipt. Of what came it repeats nothing, so that nobody sends words to others through us (RFC 3834)."""
    report = mail.report
    tags = list(dict.fromkeys((report.language or OURS, OURS)))
    code = unseal(mail.sealed_code, place=_place(mail))
    headers = {"Message-ID": mail.message_id, "Auto-Submitted": "auto-replied", LOOP: str(report), "Precedence": "bulk",
               "X-Auto-Response-Suppress": "All"}  # fmt: skip
    if mail.answers:
        headers |= {"In-Reply-To": mail.answers, "References": mail.answers}
    back = [settings.KEEPWELL_REPORTS_MAIL] if settings.KEEPWELL_REPORTS_MAIL else None
    return EmailMultiAlternatives(
        f"{languages()[tags[0]]['received']} {report}",
        "\n\n— — —\n\n".join(_text(tag, report, code, is_cut=mail.is_cut) for tag in tags),
        settings.DEFAULT_FROM_EMAIL, [mail.address], headers=headers, reply_to=back,
    )  # fmt: skip


def _text(tag: str, report: Report, code: str, *, is_cut: bool) -> str:
    words = languages()[tag]
    said = [
        f"{words['received']} {words['told'] % {'site': site_name(report.unit, tag)}}",
        words["mail_large"] if is_cut else "",
        f"{words['code']}: {code}\n{follow_url(tag)}\n{words['code_says']}",
        words["mail_answer"] if settings.KEEPWELL_REPORTS_MAIL else "",
        words["do_not"],
    ]
    return "\n\n".join(filter(None, said))
