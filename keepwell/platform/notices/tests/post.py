"""A real mail server that does what it is told to: take, refuse, close, hang, or go away after DATA."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.test import override_settings

from keepwell.config.mail import Post
from keepwell.platform.notices.sending import send_waiting
from tests.running import free_port


class Office:
    """What happens to each letter: `answers` by address, or for all; an answer is a line, "hang" or "drop"."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.at_rcpt: dict[str, str] = {}
        self.after_data: list[str] = []
        self.tries = 0
        self.pause_seconds = 0.0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope,  # noqa: N802
                          address: str, options: list[str]) -> str:  # fmt: skip
        self.tries += 1
        told = self.at_rcpt.get(address) or self.at_rcpt.get("*", "")
        if told == "hang":
            await asyncio.sleep(30)
        if told:
            return told
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.pause_seconds:
            await asyncio.sleep(self.pause_seconds)
        self.taken.append(message_from_bytes(envelope.content, policy=default))
        told = self.after_data.pop(0) if self.after_data else "250 OK"
        if told == "drop":
            server.transport.close()
        return told

    def ids(self) -> list[str]:
        """What was taken, in the order it came."""
        return [str(mail["Message-ID"]) for mail in self.taken]


@contextmanager
def office(port: int | None = None) -> Iterator[tuple[Office, Any]]:
    """A mail server on a port of its own, and the settings that name it."""
    desk = Office()
    controller = Controller(desk, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    try:
        yield desk, settings_for(controller.port)
    finally:
        controller.stop(no_assert=True)


def delivered(now: datetime | None = None) -> dict[str, int]:
    """Send what is due; how many mails ended how."""
    told = asdict(send_waiting("tester", now=now))
    return {name: told[name] for name in ("sent", "dropped", "put_off", "failed") if told[name]}


def settings_for(port: int) -> Any:
    """Settings that send mail to that port of this machine."""
    found = Post(backend="django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=port)
    return override_settings(
        MAIL=found, EMAIL_BACKEND=found.backend, EMAIL_HOST=found.host, EMAIL_PORT=port, EMAIL_TIMEOUT=1,
        KEEPWELL_URL="https://kw.example",
    )  # fmt: skip
