"""Mails in which the tests of the post tell their stories."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from io import BytesIO
from typing import Any

from PIL import Image

from keepwell.areas.incidents.models import ReceivedMail
from keepwell.areas.incidents.rules.post import arriving
from keepwell.areas.incidents.rules.post.envelope import Envelope

EVIL = "https://login.evil.example/konto?u=eva"


def letter(says: str = "The screens on line 3 ask for money.", **headers: Any) -> EmailMessage:
    """A mail as somebody on the floor writes it; headers by name, `to` and `sender` for To and From, None for none."""
    told = {
        "From": headers.pop("sender", "Worker <worker@home.example>"), "To": headers.pop("to", "report@kw.example"),
        "Subject": headers.pop("subject", "Strange screens"), "Message-ID": headers.pop("id", "<1@home.example>"),
        "Date": "Thu, 13 Nov 2025 21:00:00 +0000",
    } | {name.replace("_", "-"): value for name, value in headers.items()}  # fmt: skip
    mail = EmailMessage()
    for name, value in told.items():
        if value is not None:
            mail[name] = value
    mail.set_content(says)
    return mail


def suspicious() -> EmailMessage:
    """What a thief writes: a link, a program, a page that would load and run."""
    mail = letter("Your account ends today: " + EVIL, sender="IT <it@meridian-example.evil>", id="<evil@evil>",
                  subject="Account <script>alert(1)</script>", to="eva@meridian.example")  # fmt: skip
    mail.add_alternative(f'<p>Click <a href="{EVIL}">here</a><script>alert(1)</script></p>', subtype="html")
    mail.add_attachment(
        b"MZ" + b"\x00" * 200, maintype="application", subtype="pdf", filename="invoice.pdf.exe"
    )
    return mail


def photo() -> bytes:
    """A JPEG that says where it was taken."""
    picture, told, out = Image.new("RGB", (40, 30), "red"), Image.Exif(), BytesIO()
    told[0x010F] = "MarkedCamera"
    picture.save(out, "JPEG", exif=told)
    return out.getvalue()


def take(
    mail: EmailMessage | bytes, to: str = "", sent_by: str | None = "worker@home.example"
) -> ReceivedMail:
    """Hand a mail over as the mail server does."""
    content = mail if isinstance(mail, bytes) else bytes(mail)
    return arriving.take(
        [content[at : at + 65_536] for at in range(0, len(content), 65_536)], Envelope(to, sent_by)
    )


def nested(count: int) -> bytes:
    """A mail of `count` parts, each within the one before."""
    parts = (
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(count)
    )
    return b"From: worker@home.example\r\nSubject: Deep\r\nMIME-Version: 1.0\r\n" + b"".join(parts)


def large(megabytes: int) -> bytes:
    """Three lines and an attachment of so many MB."""
    body = base64.encodebytes(b"\x07" * 57_000)
    return (
        b"From: Worker <worker@home.example>\r\nTo: report@kw.example\r\nSubject: Film\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nLine 3 burns.\r\n"
        b"--b\r\nContent-Type: video/mp4\r\nContent-Disposition: attachment; filename=film.mp4\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + body * (megabytes * 1_048_576 // 57_000) + b"\r\n--b--\r\n"
    )  # fmt: skip
