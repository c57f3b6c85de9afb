"""How mail leaves: by a server named in `KEEPWELL_MAIL_URL`, or into files of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from keepwell.config import env

BACKENDS = "django.core.mail.backends"
TIMEOUT_SECONDS = 20
TLS = ("starttls", "on", "off")


@dataclass(frozen=True)
class Post:
    """Django's settings for mail; `is_on` says whether any leaves at all."""

    backend: str = f"{BACKENDS}.dummy.EmailBackend"
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False
    folder: Path | None = None

    @property
    def is_on(self) -> bool:
        return bool(self.host or self.folder)


def post(url: str, *, data: Path, demo: bool) -> Post:
    """What `url` says; without one mail goes nowhere, in the demo into `mail` under the data folder."""
    if not url:
        return filed(data / "mail") if demo else Post()
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path and not parts.hostname:
        return filed(Path(unquote(parts.path)))
    if parts.scheme != "smtp" or not parts.hostname:
        env.stop("KEEPWELL_MAIL_URL must be smtp://user:password@host:port or file:///folder.")
    tls = parse_qs(parts.query).get("tls", ["starttls"])[-1]
    if tls not in TLS:
        env.stop(f"KEEPWELL_MAIL_URL says tls={tls}; it can be {', '.join(TLS)}.")
    return Post(
        backend=f"{BACKENDS}.smtp.EmailBackend",
        host=parts.hostname,
        port=_port(url, tls),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=tls == "starttls",
        tls=tls == "on",
    )


def filed(folder: Path) -> Post:
    """Mail that is written into `folder`, one file a mail."""
    return Post(backend=f"{BACKENDS}.filebased.EmailBackend", folder=folder)


def _port(url: str, tls: str) -> int:
    try:
        return urlsplit(url).port or {"starttls": 587, "on": 465, "off": 25}[tls]
    except ValueError:
        env.stop("KEEPWELL_MAIL_URL names no port between 1 and 65535.")


def sender(text: str, *, host: str) -> str:
    """The address mail comes from; without one, keepwell@ the host of the site."""
    told = text or f"Keepwell <keepwell@{host}>"
    address = parseaddr(told)[1]
    if "@" not in address or any(sign in told for sign in "\r\n"):
        env.stop(
            f"KEEPWELL_MAIL_FROM is {text!r}; it must be an address, as Keepwell <keepwell@example.com>."
        )
    return told
