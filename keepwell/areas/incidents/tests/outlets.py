"""Words in which tests ask every outlet of the house what it tells somebody."""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

from django.db import transaction
from django.test import Client

from keepwell.platform.history.models import Tracked
from keepwell.platform.notices.letters import composed
from keepwell.platform.notices.models import Letter
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.people.models import Person


class Outlets:
    """Mix into a TestCase."""

    client: Client

    def read(self, path: str) -> str:
        """What is answered there to who is signed in."""
        answer: Any = self.client.get(path)
        return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()

    def unpacked(self, path: str) -> str:
        """All texts of a workbook."""
        answer: Any = self.client.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.status_code != HTTPStatus.OK:
            return body.decode()
        with ZipFile(BytesIO(body)) as book:
            return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))

    def letter(self, who: Person, record: Tracked, words: str) -> str:
        """The mail of a notice that says `words` about `record`, as it would be sent now."""
        with transaction.atomic():
            told = Message(
                "todo.new", f"story:{uuid4()}", "%(record)s: %(words)s", {"words": words}, record=record
            )
            tell([who], told)
            letter = Letter.objects.filter(person=who).latest("made_at")
            mail = composed(letter)
            text = f"{mail.subject} {mail.body}" if mail else ""
            letter.notices.all().delete()
            letter.delete()
        return text
