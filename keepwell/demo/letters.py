"""What people of the invented group mailed to its security: a suspicious mail that two forward, a talk, a lost phone.

Each is a mail as it goes over the wire, the same every time, and taken by the rules of the mail server's pipe.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from PIL import Image, ImageDraw

from keepwell.areas.incidents.models import ReceivedMail, Report, ReportAddress
from keepwell.areas.incidents.rules import answering, intake
from keepwell.areas.incidents.rules.post import arriving
from keepwell.areas.incidents.rules.post.envelope import Envelope, host
from keepwell.demo.cast import CAST
from keepwell.demo.handled import officer_of
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit

SET_UP = datetime(2025, 1, 9, 3, tzinfo=UTC)
ADDRESSES = {"KHH1": "report.khh1@meridian.example", "PEN1": "report.pen1@meridian.example"}
EVA, YU, SITI = "eva.chen@meridian.example", "yu.chang@home.example", "siti.aminah@home.example"
THIEF = "payroll@meridian-example.evil"
ASKS = "這封信要我登入更新薪資帳戶，是真的嗎？我還沒有點連結。"
TELLS = "謝謝您。這封信是假的，請勿點連結。您是否曾輸入密碼，或把信轉給別人？"
ANSWERS = "沒有，只有看過。包裝組的同事好像也收到了。"
ENDS = "很好。請刪除該信；若同事收到，請他們也轉寄給我們。"
SAME = "Three of us in packing got this today. One clicked, but typed nothing."
LOST = "Telefon kerja saya hilang di dalam bas pagi tadi. Ada skrin kunci. Nombor siri pada gambar."
AWAY = "I am out of the office until 17 November."
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
"""An empty document, that harms nobody."""


def load() -> None:
    """Give two sites an address for reports, and let the mails of some days come."""
    with moments.standing_at(SET_UP), acting(Person.objects.get(mail=CAST[0].mail), "response.prepare"):
        for code, address in ADDRESSES.items():
            ReportAddress(
                address=address, unit=Unit.objects.get(code=code), purpose="On the wall of each hall"
            ).save()
    _lost_phone()
    _suspicious()
    _automatic()


def _lost_phone() -> None:
    """A report in Malay with a photo, which its officer answered and settled."""
    told = mail(SITI, ADDRESSES["PEN1"], "Telefon hilang", LOST, at(11, 1, 20))
    told.add_attachment(_photo(), maintype="image", subtype="jpeg", filename="nombor-siri.jpg")
    report = _reported(told, at(11, 1, 21))
    officer = officer_of("PEN1")
    with moments.standing_at(at(11, 2, 5)):
        answering.answer(
            report,
            by=officer,
            text="Terima kasih. Telefon itu telah disekat dari jauh; ambil yang baharu di IT.",
        )
        intake.settle(report, by=officer, reason="Locked and wiped from afar; no data of customers on it.")


def _suspicious() -> None:
    """Eva asks about a mail and talks with the officer; an hour later somebody else sends the same one."""
    officer = officer_of("KHH1")
    first = mail(EVA, ADDRESSES["KHH1"], "轉寄：薪資帳戶更新", ASKS, at(13, 8, 40))
    first.add_attachment(thieves_mail())
    report = _reported(first, at(13, 8, 41))
    with moments.standing_at(at(13, 9, 2)):
        intake.take(report, by=officer)
        answering.answer(report, by=officer, text=TELLS)
    back = mail(EVA, ADDRESSES["KHH1"], "回覆：轉寄：薪資帳戶更新", ANSWERS, at(13, 9, 10))
    back["In-Reply-To"] = f"<report-{report.pk}@{host()}>"
    _take(back, at(13, 9, 11))
    report.refresh_from_db()
    with moments.standing_at(at(13, 9, 15)):
        answering.answer(report, by=officer, text=ENDS)
    second = mail(YU, ADDRESSES["KHH1"], "Fwd: 薪資帳戶更新", SAME, at(13, 9, 50))
    second.add_attachment(thieves_mail())
    _take(second, at(13, 9, 51))


def _automatic() -> None:
    """An automatic answer, of which no report is made."""
    told = mail("info@maker.example", ADDRESSES["KHH1"], "Out of office", AWAY, at(13, 17, 30))
    told["Auto-Submitted"] = "auto-replied"
    _take(told, at(13, 17, 31))


def at(day: int, hour: int, minute: int) -> datetime:
    """A moment of November 2025 in UTC."""
    return datetime(2025, 11, day, hour, minute, tzinfo=UTC)


def mail(sender: str, to: str, subject: str, says: str, sent_at: datetime) -> EmailMessage:
    """A mail as a phone writes it."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = format_datetime(sent_at)
    made["Message-ID"] = f"<{sent_at:%d%H%M}.{sender}>"
    made.set_content(says)
    return made


def thieves_mail() -> EmailMessage:
    """What a thief wrote: from a name like the house's own, with a link that leads elsewhere and an empty document."""
    made = mail(THIEF, EVA, "【重要】薪資帳戶更新通知", "您的薪資帳戶將於今日停用，請立即登入更新：\n"
                "https://meridian-example.evil/payroll/login?id=4471\n", at(13, 7, 58))  # fmt: skip
    made["Reply-To"] = "hr-desk@parcel-track.evil"
    made["Received"] = (
        "from mx.parcel-track.evil (198.51.100.23) by mx1.meridian.example; Thu, 13 Nov 2025 07:58:11 +0000"
    )
    made["Authentication-Results"] = "mx1.meridian.example; spf=fail; dkim=none; dmarc=fail"
    made.add_attachment(PDF, maintype="application", subtype="pdf", filename="薪資明細.pdf")
    made.set_boundary("=thief-1")
    return made


def _photo() -> bytes:
    """A label with a serial number, as a phone photographs it."""
    picture, out = Image.new("RGB", (640, 360), "#d8d2c4"), io.BytesIO()
    drawn = ImageDraw.Draw(picture)
    drawn.rectangle((60, 90, 580, 270), fill="#fbfaf6", outline="#555")
    drawn.text((90, 150), "S/N  MSE-7F2K-0091", fill="#222", font_size=40)
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


def _reported(told: EmailMessage, received_at: datetime) -> Report:
    """The report that was made of a mail, or that it belongs to."""
    return Report.objects.get(mails=_take(told, received_at))


def _take(told: EmailMessage, received_at: datetime) -> ReceivedMail:
    """Hand a mail over as the mail server does."""
    if told.is_multipart():
        told.set_boundary("=phone-1")
    with moments.standing_at(received_at):
        return arriving.take([bytes(told)], Envelope(str(told["To"]), str(told["From"])))
