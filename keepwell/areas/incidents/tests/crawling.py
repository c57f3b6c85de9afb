"""A walk through every address of the house as somebody, with the text of whatever is answered, files taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZipFile, is_zipfile

from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from keepwell.areas.incidents.tests.planted import Planted
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.registers.register import REGISTERS
from tests.house import ARGUMENT, Address, addresses
from tests.machine import rounds

FORMS = ("csv", "xlsx", "json", "md", "pdf", "docx", "pptx", "txt", "stix", "veris")
LISTS = ("csv", "xlsx")
ALL = slice(None)
ENDS = ("sign-out", "static", "media")


def head_of(route: str) -> str:
    """The first word of a route, which may be that of a register."""
    return route.removeprefix("api/").partition("/")[0]


def text_of(body: bytes) -> str:
    """All that a file says: of a PDF its pages, of a packed one its parts, of any other one its letters."""
    if body.startswith(b"%PDF"):
        reader = PdfReader(BytesIO(body))
        return " ".join(page.extract_text() for page in reader.pages) + str(reader.metadata)
    if is_zipfile(BytesIO(body)):
        with ZipFile(BytesIO(body)) as packed:
            return "".join(text_of(packed.read(name)) for name in packed.namelist())
    return body.decode("utf-8", "replace")


class Crawling:
    """Mix into a TestCase whose client is signed in as somebody."""

    client: Client
    planted: Planted
    nearest = "(/api)?/incidents"
    """What is asked for in full, also by whoever asks for a share of the rest."""
    token: str = ""
    """By which a program asks; "": a person does, in a browser."""

    def asked(self, path: str) -> str:
        """What is answered at `path`; a document that a worker makes is waited for and taken."""
        answer: Any = self.client.get(
            path, headers={"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        if answer.status_code in (301, 302):
            goal = urlsplit(answer["Location"])
            if "document" in goal.path or "dossiers" in goal.path:
                while run_one():
                    pass
                answer = self.client.get(f"{goal.path}?take=1")
            else:
                answer = self.client.get(goal.path + (f"?{goal.query}" if goal.query else ""))
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return re.sub("</?mark>", "", text_of(body)) + str(dict(answer.headers))

    def walked(self, share: slice = ALL) -> Iterator[tuple[str, str]]:
        """Each address, or all of the nearest and a `share` of the others, and what is answered there."""
        for path in self.shared(share):
            yield path, self.asked(path)
        if self.token:
            return
        page = self.client.post(reverse("calendar")).content.decode()
        feed = re.search(r"calendar/[\w-]{43}\.ics", page)
        if feed is not None:
            yield "the calendar", self.asked("/" + feed[0])

    def shared(self, share: slice) -> list[str]:
        """The addresses that somebody asks for; a program those for programs alone."""
        every = dict.fromkeys([*self.paths(), *self.of_the_trail()])
        found = [path for path in every if path.startswith("/api/") or not self.token]
        chosen = {*found[share], *(path for path in found if re.match(self.nearest, path))}
        return [path for path in found if path in chosen]

    def paths(self) -> Iterator[str]:
        """Every address of the house, filled with all that is planted and fits there; every search for it."""
        for address in addresses():
            if not any(end in address.route for end in ENDS) and self.is_near(address.route):
                yield from self.filled(address)
        for slug, one in REGISTERS.items():
            if one.record in self.planted.rows:
                yield from (f"/{slug}/?q=qz", f"/api/{slug}?q=qz")
        # What was asked stands on the page again, so the beginnings of words are asked.
        for begun in sorted({word[:4] for word in self.planted.words}):
            yield from (f"/search/?q={begun}", f"/api/search?q={begun}")

    def is_near(self, route: str) -> bool:
        """Whether it belongs to no register, or to that of something planted; in full rounds whatever it is."""
        head = head_of(route)
        return rounds(head not in REGISTERS or REGISTERS[head].record in self.planted.rows, True)

    def filled(self, address: Address) -> Iterator[str]:
        """The addresses of this form that name something planted."""
        if not address.takes_arguments:
            yield "/" + address.route
            return
        is_list = (
            address.route.startswith(f"{head_of(address.route)}/take-out") and "outcomes" not in address.route
        )
        forms = LISTS if is_list else FORMS
        for key in self.keys_for(address.route):
            for form in forms if re.search(r"<\w+:form>", address.route) else ("",):
                yield "/" + ARGUMENT.sub(
                    lambda found, k=key, f=form: f if found[2] == "form" else k, address.route
                )

    def keys_for(self, route: str) -> Iterable[str]:
        """The keys of what is planted and is of the kind that stands at the head of a route."""
        head = head_of(route)
        if "uuid" not in route:
            return [str(self.planted.incident.unit.code)]
        found = [str(row.pk) for of, row in self.planted.rows.items()
                 if head in REGISTERS and REGISTERS[head].record is of]  # fmt: skip
        return found or [str(self.planted.incident.pk)]

    def of_the_trail(self) -> Iterator[str]:
        """The rows of the trail about what is planted."""
        keys = [row.pk for row in self.planted.rows.values()]
        for leaf in Change.objects.filter(record_id__in=keys, leaf__isnull=False).values_list(
            "leaf", flat=True
        ):
            yield reverse("trail-row", args=[leaf])
