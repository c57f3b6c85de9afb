"""R16: no secret of ours in the trail, in what is exported of it, or in the log; and one line of JSON for each event."""

from __future__ import annotations

import io
import json
import logging

from django.test import TestCase

from keepwell.config.logs import JsonLine
from keepwell.platform.history import export, sequencer
from keepwell.platform.history.models import Change
from keepwell.platform.history.noting import note
from keepwell.platform.history.tests.sealed import with_keys
from keepwell.platform.keys.ring import ring
from keepwell.platform.people.tokens import issue
from tests.cast import Cast

PASSWORD = "canary-password-7c1f"
HOSTILE = "a\r\nb\x1b[31mred\u2028c\u2029d\x85e"


class Secrets(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(with_keys())
        self.log = io.StringIO()
        handler = logging.StreamHandler(self.log)
        handler.setFormatter(JsonLine())
        logging.getLogger().addHandler(handler)
        self.addCleanup(logging.getLogger().removeHandler, handler)

    def test_stand_neither_in_the_trail_nor_in_the_log(self) -> None:
        token = issue(self.ada)
        self.ada.account.set_password(PASSWORD)
        self.ada.account.save()
        self.client.post("/sign-in/", {"name": "ada", "password": PASSWORD})
        self.client.post("/sign-in/", {"name": "ada", "password": f"{PASSWORD}-wrong"})
        self.client.get("/api/people", HTTP_AUTHORIZATION=f"Bearer {token}")
        self.client.get("/api/people", HTTP_AUTHORIZATION=f"Bearer {token}-wrong")
        self.sign_in(self.ada)
        self.client.get("/people/take-out.csv")
        sequencer.seal()
        told = b"".join(export.lines(export.span())).decode() + self.log.getvalue()
        keys = [key.secret for name in ("signing", "sealing") for key in ring(name)]
        session = self.client.cookies["keepwell"].value
        for secret in (
            PASSWORD,
            token,
            session,
            *(k.hex() for k in keys),
            *(k.decode("latin-1") for k in keys),
        ):
            self.assertNotIn(secret, told)
        self.assertIn("people-take-out", told)

    def test_words_forge_no_second_line(self) -> None:
        note(None, "story.told", kind="event", words=HOSTILE)
        logging.getLogger("keepwell.story").warning(HOSTILE, extra={"words": HOSTILE})
        sequencer.seal()
        lines = b"".join(export.lines(export.span())).split(b"\n")[:-1]
        told = [json.loads(line) for line in lines]
        self.assertEqual(len([one for one in told if "leaf" in one]), Change.objects.count())
        self.assertFalse([line for line in lines if b"\x1b" in line or b"\r" in line])
        logged = [line for line in self.log.getvalue().splitlines() if "story" in line]
        self.assertEqual(len(logged), 1)
        self.assertEqual(json.loads(logged[0])["words"], HOSTILE)
