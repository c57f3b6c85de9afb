"""Mail of the whole house leaves by one outbox: every kind says what it says, and nobody else speaks with the server."""

from __future__ import annotations

import ast
from pathlib import Path

from django.apps import apps
from django.test import SimpleTestCase

import keepwell
from keepwell.platform.notices.outgoing import Mail
from keepwell.platform.notices.posting import KINDS_OF_MAIL
from tests.house import samples

HOUSE = Path(keepwell.__file__).parent
SENDERS = {
    "platform/notices/sending.py": "the outbox itself",
    "platform/history/copies.py": "checkpoints for auditors keep for themselves how far they came, below the outbox",
}
"""Files that hand mail to the server, and why."""
SPEAKING = {"send", "send_mail", "send_messages", "get_connection", "send_mass_mail"}
MAILING = {"EmailMessage", "EmailMultiAlternatives", "send_mail", "get_connection", "smtplib"}


def speakers() -> set[str]:
    """Files of the house that use Django's mail and call something that sends."""
    found = set()
    for path in HOUSE.rglob("*.py"):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        names = {
            alias.name
            for one in ast.walk(tree)
            if isinstance(one, ast.ImportFrom | ast.Import)
            for alias in one.names
        }
        called = {one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", "")
                  for one in ast.walk(tree) if isinstance(one, ast.Call)}  # fmt: skip
        if names & MAILING and called & SPEAKING:
            found.add(path.relative_to(HOUSE).as_posix())
    return found


class TheOutbox(SimpleTestCase):
    def test_knows_what_every_kind_of_mail_says(self) -> None:
        samples()  # loads every area
        kinds = {model for model in apps.get_models() if issubclass(model, Mail)}
        self.assertEqual(kinds, set(KINDS_OF_MAIL))
        self.assertEqual([kind.model for kind in KINDS_OF_MAIL.values() if not str(kind.title)], [])

    def test_is_the_only_way_to_the_mail_server(self) -> None:
        self.assertEqual(speakers(), set(SENDERS))
