"""T15: secrets of every kind, made by the acts that make them and shown once, stand in clear in no table, page, export,
mail, file, log or row of the trail afterwards. R16: whatever is typed, an event of the log is one line of JSON."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core import mail
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.urls import reverse

from keepwell.areas.administration.rules import outside
from keepwell.config.logs import JsonLine
from keepwell.config.mail import Post
from keepwell.kernel import moments
from keepwell.platform.history import export, sequencer
from keepwell.platform.history.acting import acting
from keepwell.platform.history.tests.sealed import with_keys
from keepwell.platform.identity import totp
from keepwell.platform.identity.tests.stories import FAST, code_of
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.keys.ring import ring
from keepwell.platform.notices.abroad import Channel, Webhook
from keepwell.platform.notices.tests.post import delivered
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.search.indexing import catch_up
from tests.cast import NOW, TELLER, Cast, person
from tests.house import addresses

PASSWORD = "canary-of-a-password-7c1f"
CHAT = "json://chat.canary.example/rooms/T0K3N9c2e4a"
HOSTILE = "a\r\nb\x1b[31mred\u2028c\u2029d\x85e"
SECRET = {
    "token": r"kw_[A-Za-z0-9_-]{43}", "webhook": r"whsec_[A-Za-z0-9+/=]{44}", "calendar": r"calendar/([\w-]{43})\.ics",
    "link": r"/sign-in/password/([\w-]{43})/", "code": r"\b(?:[A-Z2-9]{4}-){5}[A-Z2-9]{4}\b",
    "seed": r'name="seed" value="([^"]+)"',
}  # fmt: skip
BY_MAIL = override_settings(
    MAIL=Post(host="mail.example"), EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"
)


def heard(story: TestCase) -> io.StringIO:
    """What is logged until the end of a test, as the file holds it of an operator who wants to know everything."""
    log = io.StringIO()
    handler, root = logging.StreamHandler(log), logging.getLogger()
    handler.setFormatter(JsonLine())
    root.addHandler(handler)
    story.addCleanup(root.removeHandler, handler)
    story.addCleanup(root.setLevel, root.level)
    root.setLevel(logging.DEBUG)
    return log


@FAST
@BY_MAIL
class Canaries(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.enterContext(with_keys())
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.enterContext(self.settings(KEEPWELL_DATA=self.folder))
        self.log = heard(self)
        self.secrets: dict[str, str] = {}
        self.sign_in(self.ada)

    def made_by(self, kind: str, address: str, **values: str) -> list[str]:
        """The secrets on the answer to a form."""
        answer = self.client.post(address, values)
        found = re.findall(SECRET[kind], answer.content.decode())
        self.assertTrue(found, f"{kind}: {answer.status_code}")
        self.secrets |= {f"{kind} {number}": secret for number, secret in enumerate(found)}
        return found

    def plant(self) -> None:
        """Make a secret of every kind by the act that makes it."""
        unit = self.group
        with acting(TELLER, "cast.enter"):
            robot = person("robot", "Robot", unit, kind="machine", mail="", responsible=self.ada)
            hook = Webhook(
                name="tickets", unit=unit, url="https://hooks.example/in", registers=["people"], reader=robot
            )
            room = Channel(name="room", unit=unit, purpose="Talk.", reader=robot)
            hook.save(), room.save()
        self.made_by("token", reverse("tokens"), label="Mine", days="30")
        mine = self.secrets.pop("token 0")
        self.made_by("token", reverse("service-tokens", args=[robot.pk]), label="Its", days="30")
        self.secrets["token of Ada"] = mine
        self.made_by("webhook", reverse("webhook-secret", args=[hook.pk]))
        self.made_by("calendar", reverse("calendar"))
        self.client.post(reverse("channel-address", args=[room.pk]), {"address": CHAT})
        self.secrets["chat"] = CHAT.rpartition("/")[2]
        self.link()
        self.factors()
        for name in ("signing", "sealing"):
            for number, key in enumerate(ring(name)):
                self.secrets[f"{name} {number}"] = key.secret.hex()
                self.secrets[f"{name} {number} in base64"] = base64.b64encode(key.secret).decode()

    def link(self) -> None:
        """Invite Gail, and let her set her password by the link she is mailed."""
        told = outside.Invitation(name="Gail Fox", mail="gail@fox.example", organization="Fox", units=(self.khh1,),
                                  role="auditor", until=date(2026, 1, 31), sponsor=self.ada)  # fmt: skip
        gail = outside.invite(told, by=self.ada, reason="The audit.")
        self.client.post(reverse("tend-do", args=[gail.pk, "link"]))
        delivered()
        letters = "".join(str(letter.body) for letter in mail.outbox)
        self.secrets["link"] = re.findall(SECRET["link"], letters)[0]
        Client().post(f"/sign-in/password/{self.secrets['link']}/", {"new": PASSWORD})
        self.secrets["password"] = PASSWORD
        gails = Client()
        gails.post("/sign-in/", {"name": "gail@fox.example", "password": f"{PASSWORD}-wrong"})
        gails.post("/sign-in/", {"name": "gail@fox.example", "password": PASSWORD})
        self.secrets["session of Gail"] = gails.cookies["keepwell"].value
        mail.outbox.clear()

    def factors(self) -> None:
        """An authenticator app for Ada, and her recovery codes."""
        page = self.client.get(reverse("factor-new")).content.decode()
        signed = re.findall(SECRET["seed"], page)[0]
        seed = re.sub(r"\s", "", re.findall(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", page)[0])
        self.made_by("code", reverse("factor-new"), seed=signed, code=code_of(seed), label="Telephone")
        self.secrets["seed"] = seed
        self.assertTrue(totp.Factor.objects.filter(account__person=self.ada).exists())
        self.secrets["session of Ada"] = self.client.cookies["keepwell"].value

    def told(self) -> Iterator[tuple[str, str]]:
        """All that the house tells and keeps afterwards."""
        for address in addresses():
            if not address.takes_arguments and not address.is_api and "sign-out" not in address.route:
                yield address.route, self.read(address.path)
        for slug, register in REGISTERS.items():
            for row in register.rows(self.ada)[:3]:
                yield slug, self.read(reverse(f"{slug}-record", args=[row.pk]))
            yield f"{slug} taken out", self.read(f"/{slug}/take-out.csv") + self.read(f"/api/{slug}")
        while run_one():
            pass
        catch_up()
        yield "mail", "".join(str(letter.message()) for letter in mail.outbox)
        sequencer.seal()
        yield "the trail", b"".join(export.lines(export.span())).decode()
        yield from tables()
        for path in self.folder.rglob("*"):
            if path.is_file():
                yield path.name, path.read_bytes().decode("latin-1")
        yield "the log", self.log.getvalue()

    def read(self, path: str) -> str:
        answer = self.client.get(path)
        parts = answer.streaming_content if answer.streaming else [answer.content]
        return b"".join(parts).decode("utf-8", "replace")

    def test_stand_nowhere_in_clear(self) -> None:
        self.plant()
        self.assertGreater(len(self.secrets), 20)
        leaks = {
            (place, name)
            for place, text in self.told()
            for name, secret in self.secrets.items()
            if secret in text
        }
        self.assertEqual(leaks - {("django_session", "session of Ada")}, set())

    def test_would_be_seen_if_one_stood_somewhere(self) -> None:
        with acting(TELLER, "cast.leak"):
            self.eva.name_local = PASSWORD
            self.eva.save()
        logging.getLogger("keepwell.story").info("told", extra={"words": PASSWORD})
        places = {place for place, text in [*tables(), ("the log", self.log.getvalue())] if PASSWORD in text}
        self.assertEqual(places, {"people_person", "history_change", "search_entry", "the log"} & places)
        self.assertLessEqual({"people_person", "history_change", "the log"}, places)


def tables() -> Iterator[tuple[str, str]]:
    """Every table with all that stands in it."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            yield table, "\n".join(plain(value) for row in cursor.fetchall() for value in row)


def plain(value: Any) -> str:
    """A value as text; bytes as they are and as hex."""
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).decode("latin-1") + bytes(value).hex()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


class WhatIsTyped(Cast, TestCase):
    def test_forges_no_line_of_the_log(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        log = heard(self)
        self.sign_in(self.ada)
        for slug, register in REGISTERS.items():
            texts = {name: HOSTILE for name in register.form_fields}
            self.client.post(reverse(f"{slug}-new"), texts) if texts else None
            self.client.get(f"/{slug}/", {"q": HOSTILE, "sort": HOSTILE})
            self.client.get(f"/api/{slug}", {"q": HOSTILE, **texts})
            logging.getLogger("keepwell.story").warning(HOSTILE, extra={"texts": texts, "record": HOSTILE})
        self.client.post("/sign-in/", {"name": HOSTILE, "password": HOSTILE})
        self.client.get(
            "/api/people",
            headers={"Authorization": f"Bearer {HOSTILE.encode().hex()}", "User-Agent": "a\x1b[31m"},
        )
        lines = [line for line in re.split(r"[\n\r\x85\u2028\u2029]", log.getvalue()) if line]
        self.assertGreaterEqual(len(lines), len(REGISTERS))
        self.assertEqual(
            [line for line in lines if not isinstance(json.loads(line), dict) or "\x1b" in line], []
        )
