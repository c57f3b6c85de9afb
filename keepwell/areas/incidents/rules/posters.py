"""The poster of a site: what to report, a code to scan, the address in letters; one page for the wall."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from django.conf import settings

from keepwell.areas.incidents.rules.languages import OURS, languages
from keepwell.areas.incidents.rules.post.receipts import OF_COUNTRIES
from keepwell.areas.incidents.rules.reaching import site_name, site_url
from keepwell.kernel import moments
from keepwell.platform.publishing.fonts import thicker
from keepwell.platform.publishing.pdf import families, has_signs, write_sheet
from keepwell.platform.tree.models import Unit

JOB = "incidents.poster"
TEMPLATE = Path(__file__).resolve().parents[1] / "templates" / "incidents" / "poster.typ"
REGIONS = {"zh-Hant": ["zh", "TW"], "zh-Hans": ["zh", "CN"], "ja": ["ja", "JP"], "ko": ["ko", "KR"]}


def tags_of(site: Unit) -> list[str]:
    """The languages of a site's poster: that of its country if there is a file of it and our typefaces hold its signs,
    for a wall shows no page instead; then English."""
    own = OF_COUNTRIES.get(site.country, OURS)
    return [own, OURS] if own != OURS and own in languages() and is_printed(own) else [OURS]


@cache
def is_printed(tag: str) -> bool:
    """Whether the words of a language can be printed, every sign of them; for workers."""
    return has_signs(" ".join(languages()[tag].values()))


def mail_of(site: Unit) -> str:
    """The mail address of the site's reports; "" where none is set."""
    address: str = (
        site.report_addresses.filter(retired_at=None)
        .order_by("address")
        .values_list("address", flat=True)
        .first()
        or ""
    )
    if address or not settings.KEEPWELL_REPORTS_MAIL:
        return address
    local, _at, host = settings.KEEPWELL_REPORTS_MAIL.partition("@")
    return f"{local}+{str(site.code).lower()}@{host}"


def code_of(text: str) -> str:
    """`text` as a QR code, that a phone reads though a quarter of it is dirty, as SVG."""
    import qrcode  # with its library of pictures, which few processes need
    from qrcode.image.svg import SvgPathImage

    drawn = io.BytesIO()
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, border=2)
    code.add_data(text)
    code.make_image(image_factory=SvgPathImage).save(drawn)
    return drawn.getvalue().decode()


def write(site: Unit) -> bytes:
    """The poster of `site` as PDF on A4; for workers."""
    group = Unit.objects.get(kind=Unit.Kind.GROUP)
    address = site_url(site)
    content = {
        "title": f"{languages()[OURS]['title']}: {site.name}", "code": code_of(address),
        "address": address.partition("://")[2].rstrip("/"), "mail": mail_of(site),
        "languages": [
            {"fonts": families(tag), "thicker": thicker(tag), "lang": REGIONS.get(tag, [tag.partition("-")[0], ""]),
             "group": site_name(group, tag), "site": site_name(site, tag), **{name: languages()[tag][key] for name, key in (
                 ("title", "title"), ("what", "poster_what"), ("scan", "poster_scan"), ("by_mail", "poster_mail"),
                 ("stay", "do_not"))}}
            for tag in tags_of(site)
        ],
    }  # fmt: skip
    return write_sheet(TEMPLATE, content, dated_at=moments.now())


def file_name(site: Unit) -> str:
    """What the file is called where it is saved."""
    return f"report-poster-{str(site.code).lower()}.pdf"
