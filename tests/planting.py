"""T10: every payload in some text of some record, brought in by the product's own rules, and what the site answers then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.db import models
from django.http import HttpResponse
from django.test import Client, TestCase

from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.metrics.metric import METRICS
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.registers.register import REGISTERS
from tests.cast import NOW, TELLER, Cast
from tests.house import addresses, drawn, samples, saved, typed
from tests.machine import rounds
from tests.payloads import Payload, corpus

TIMES = rounds(1, 8)
"""How often each payload is planted, each time somewhere else."""
MOST_TURNS, MOST_LOOKED_AT, MOST_IN_ONE, SHORTEST_ROOM = 12, 25, 400, 20
NAMES = (
    "<img kwx src=x onerror=kwx()>{{7*7}}#panic()", "\"><svg kwx onload=kwx()>' kwx onfocus=kwx() autofocus x='",
    "</script><script kwx>kwx()</script>${kwx()}", "'-kwx()-'\" kwx onmouseover=kwx() a=\"",
    "</title></textarea><b kwx>*kwx* $x$ `kwx`", "=cmd|' /C kwx'!A0<a kwx href=javascript:kwx()>",
    "javascript:kwx()//<iframe kwx src=//kwx.invalid/1>", "%(kwx)s {kwx} {% debug %}<!--kwx-->",
)  # fmt: skip
"""Several kinds at once, for texts of which there are few."""
REFLECTING = ("/search/?q=", "/unit/?next=/&q=", "/people/?q=", "/people/?sort=", "/people/?kwx=", "/units/?unit=", "/?year=",
              "/units/?columns=", "/people/?after=", "/search/?kind=")  # fmt: skip
BARE = ("sign-out/", "bring-in/", "new/")
"""Pages on which nothing of a record stands; forms of new records are looked at as they come back."""
PAST_FORM = "#answered"
"""Marks an address whose answer is that to a form sent there."""


class Planting(Cast, TestCase):
    """The group, its records full of payloads, and Ada looking."""

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.sign_in(self.ada)
        self.shown: dict[str, list[Payload]] = {}
        self.newest: dict[str, Any] = {}

    def plant(self) -> None:
        """Fill record after record, one of each register in turn, until all payloads are in; then what is no column."""
        for time in range(TIMES):
            waiting = turned(corpus(), by=time)
            for turn in range(MOST_TURNS):
                for slug in samples():
                    self.fill(slug, 1 + time * MOST_TURNS + turn, waiting)
                if not waiting:
                    break
            self.assertEqual(waiting, [])
        self.plant_beside()

    def fill(self, slug: str, number: int, waiting: list[Payload]) -> None:
        """One record of a register with payloads in all its free texts."""
        record = self.newest[slug] = self.laid_out(slug, number)
        packed = {name: taken(waiting, room) for name, room in rooms(slug, record)}
        texts = {name: " ".join(one.text for one in found) for name, found in packed.items() if found}
        if slug in typed():
            self.write(slug, record.pk, texts)
        else:
            for name, text in texts.items():
                setattr(record, name, text)
            with acting(TELLER, "house.fill"):
                saved(slug, record, self.khh1)
        told = packed if slug in typed() else {}
        self.shown[f"/{slug}/{record.pk}/"] = [one for found in told.values() for one in found]

    def laid_out(self, slug: str, number: int) -> Any:
        """A record to be filled: kept already if people type such ones, else not kept before it is full."""
        with acting(TELLER, "house.enter"):
            record = drawn(slug, self.khh1, self.eva, number)
            return saved(slug, record, self.khh1) if slug in typed() else record

    def plant_beside(self) -> None:
        """Names that stand at the top of every page, notices, the name of a view."""
        self.write("people", self.ada.pk, {"name": NAMES[0], "name_local": NAMES[1]})
        self.write("units", self.khh1.pk, {"name": NAMES[2], "name_zh": NAMES[3]})
        self.write("units", self.group.pk, {"name": NAMES[4], "name_zh": NAMES[5]})
        for number, text in enumerate(NAMES):
            told = Message("todo.new", f"t10:{number}", "Look at %(n)s", {"n": text}, url="/due/")
            tell([self.ada], told, now=NOW)
        self.client.post("/people/views/", {"name": NAMES[6], "query": "sort=name"})

    def write(self, slug: str, pk: Any, texts: dict[str, str]) -> None:
        """Change a record by the API, as the version that is there."""
        version = self.client.get(f"/api/{slug}/{pk}").json()["version"]
        body = json.dumps(texts | {"version": version})
        answer = self.client.patch(f"/api/{slug}/{pk}", body, content_type="application/json")
        self.assertEqual(answer.status_code, 200, (slug, texts, answer.content))

    def pages(self) -> Iterator[tuple[str, HttpResponse]]:
        """Every page that shows what is planted or sends back what is asked, with the answer to Ada."""
        for address in [
            *self.shown,
            *plain(),
            *(place + quote(text) for place in REFLECTING for text in NAMES[:1]),
        ]:
            yield address, self.client.get(address)
        for slug in typed()[:: rounds(3, 1)]:
            record = self.newest[slug]
            yield f"/{slug}/new/{PAST_FORM}", self.client.post(f"/{slug}/new/", mistaken(slug))
            yield f"/{slug}/{record.pk}/edit/", self.client.get(f"/{slug}/{record.pk}/edit/")
            for rule in REGISTERS[slug].acts[: rounds(1, 9)]:
                place = f"/{slug}/{record.pk}/{rule.name.replace('_', '-')}/"
                yield place + PAST_FORM, self.client.post(place, dict.fromkeys(rule.questions, NAMES[7]))
        stranger, told = Client(), {"name": NAMES[0], "password": NAMES[1], "next": NAMES[2]}
        yield f"/sign-in/{PAST_FORM}", stranger.post("/sign-in/", told)
        yield f"/sign-in/?next={quote(NAMES[3])}", stranger.get("/sign-in/", {"next": NAMES[3]})


def plain() -> Iterator[str]:
    """Every page that needs no argument, and the proof of figures."""
    for place in addresses():
        if not (place.takes_arguments or place.is_api or place.route.endswith(BARE)):
            yield place.path
    yield from (f"/figures/proof/{name}/?year=2024" for name in list(METRICS)[:: rounds(6, 1)])


def mistaken(slug: str) -> dict[str, str]:
    """What the form of a new record gets: payloads everywhere, also where they cannot stand."""
    return {name: NAMES[number % len(NAMES)] for number, name in enumerate(REGISTERS[slug].form_fields)}


def rooms(slug: str, record: Any) -> Iterator[tuple[str, int]]:
    """The columns of a record that take any text, and how many characters each."""
    for name in REGISTERS[slug].form_fields or [field.name for field in record._meta.concrete_fields]:
        field = record._meta.get_field(name)
        is_text = isinstance(field, models.CharField | models.TextField) and not field.primary_key
        room = getattr(field, "max_length", 0) or MOST_IN_ONE
        if is_text and not field.choices and len(field.validators) < 2 and room >= SHORTEST_ROOM:
            yield name, room


def taken(waiting: list[Payload], room: int) -> list[Payload]:
    """The first payloads that fit into `room` characters, taken out of `waiting`."""
    found: list[Payload] = []
    for payload in waiting[:MOST_LOOKED_AT]:
        if len(payload.text) < room:
            found.append(payload)
            waiting.remove(payload)
            room -= len(payload.text) + 1
    return found


def turned(payloads: list[Payload], *, by: int) -> list[Payload]:
    """The same, dealt out anew, so that each lands in another place."""
    return [payload for start in range(by + 1) for payload in payloads[start :: by + 1]]
