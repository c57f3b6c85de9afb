"""What was told without a name comes out by no outlet to anybody but who is designated, whatever rights they hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from django.core import mail
from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.areas.incidents.jobs import tell_readers
from keepwell.areas.incidents.models import Disclosure, Incident
from keepwell.areas.incidents.models.intake import receipt_of
from keepwell.areas.incidents.rules import intake
from keepwell.areas.incidents.tests.outlets import Outlets
from keepwell.areas.incidents.tests.test_photos import jpeg
from keepwell.config.mail import Post
from keepwell.kernel import moments
from keepwell.platform.egress.tests.listeners import hosting, says
from keepwell.platform.evidence.drawing import redrawn
from keepwell.platform.history import export, sequencer
from keepwell.platform.history.acting import acting
from keepwell.platform.history.tests.sealed import with_keys
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.notices import hooks
from keepwell.platform.notices.abroad import Webhook
from keepwell.platform.notices.tests.post import delivered
from keepwell.platform.people.models import Person
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.search.indexing import catch_up
from tests.cast import NOW, TELLER, Cast, account, grant, person
from tests.test_canaries import tables

CANARY = "Vermilion"
PICTURE = "PNG\r\n"
"""How a file of this kind begins; three letters alone may stand in a token by chance."""
ITS_OWN = {"incidents_disclosure", "incidents_disclosureword"}
BY_MAIL = override_settings(
    MAIL=Post(host="mail.example"), EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"
)


@BY_MAIL
class Outlet(Outlets, Cast, TestCase):
    """A disclosure at KHH1 with a photo, an answer and a word of its sender; an incident of the same site."""

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.enterContext(with_keys())
        self.host = self.enterContext(hosting(says(204)))
        self.enterContext(override_settings(KEEPWELL_EGRESS_ALLOW=frozenset({f"127.0.0.1:{self.host.port}"})))
        with acting(TELLER, "story.people"):
            self.faye = person("M-90", "Faye", self.pen1)
            self.gina = person("M-91", "Gina", self.group)
            self.hugo = person("M-92", "Hugo", self.group)
            for who, role in (
                (self.faye, "designated_person"),
                (self.gina, "administrator"),
                (self.hugo, "auditor"),
            ):
                account(who, who.name.lower())
                grant(who, role, self.group)
            self.incident = Incident(title="Red screens", unit=self.khh1)
            self.incident.save()
            self.hook = Webhook(
                name="siem", unit=self.group, url=f"{self.host.url}/hook", reader=self.gina,
                registers=[slug for slug, one in REGISTERS.items() if one.is_tracked()],
            )  # fmt: skip
            self.hook.save()
        hooks.new_secret(self.hook)
        hooks.gather()
        png = redrawn([jpeg()])
        assert png is not None
        told = intake.Told(
            self.khh1, f"{CANARY} was sold by the plant head.", f"{CANARY} office", pictures=[png]
        )
        self.found = Disclosure.objects.get(receipt=receipt_of(intake.send(told, is_unnamed=True)))
        intake.reply(self.found, by=self.faye, says=f"Since when is {CANARY} sold?")
        intake.add(self.found, f"{CANARY}: since Monday.", [])

    def settled(self) -> None:
        """All that the house does by itself about it."""
        tell_readers(None)  # type: ignore[arg-type]
        while run_one():
            pass
        delivered()
        catch_up()
        sequencer.seal()
        hooks.gather()
        hooks.deliver("tester")

    def everybody(self) -> tuple[Person, ...]:
        return (self.ada, self.ben, self.cleo, self.dan, self.eva, self.sam, self.gina, self.hugo)

    def outlets(self, who: Person) -> Iterator[tuple[str, str]]:
        """What each outlet tells `who`."""
        self.sign_in(who)
        for name, path in {
            "list": "/reports/", "incidents": "/incidents/", "evidence": "/evidence/", "due": "/due/", "notices": "/notices/",
            "search": "/search/?q=vermil", "search for programs": "/api/search?q=vermil", "program": "/api/reports",
            "incidents for programs": "/api/incidents", "csv": "/reports/take-out.csv", "files": "/files-of-reports/",
            "trail": reverse("trail"), "figures": reverse("incident-figures"),
            "room": reverse("incident-room", args=[self.incident.pk]),
            "dossier": f"/api/incidents/{self.incident.pk}/dossier", "stix": f"/api/incidents/{self.incident.pk}/stix",
            "its page": reverse("disclosure", args=[self.found.pk]), "its list": reverse("disclosures"),
            "its photo": reverse("disclosure-photo", args=[self.found.pk, self.found.pictures.get().pk]),
        }.items():  # fmt: skip
            yield name, re.sub("</?mark>", "", self.read_any(path))
        yield "workbook", self.unpacked("/reports/take-out.xlsx")
        page = self.client.post(reverse("calendar")).content.decode()
        feed = re.search(r"calendar/[\w-]{43}\.ics", page)
        assert feed is not None, page[:500]
        yield "calendar", self.read("/" + feed[0])

    def read_any(self, path: str) -> str:
        """What is answered there, whatever it is."""
        answer = self.client.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return body.decode("utf-8", "replace")

    def test_tells_it_to_nobody_else(self) -> None:
        self.settled()
        for who in self.everybody():
            told = dict(self.outlets(who))
            self.assertGreaterEqual(len(told), 21)
            leaks = [name for name, text in told.items() if CANARY in text or PICTURE in text]
            self.assertEqual(leaks, [], who.name)

    def test_tells_it_to_who_is_designated_on_its_own_pages_alone(self) -> None:
        self.settled()
        told = {name for name, text in self.outlets(self.faye) if CANARY in text or PICTURE in text}
        self.assertEqual(told, {"its page", "its list", "its photo"})

    def test_keeps_it_in_its_own_tables_and_mails_nothing_of_it(self) -> None:
        self.settled()
        self.assertEqual({table for table, text in tables() if CANARY in text}, ITS_OWN)
        self.assertNotIn(CANARY, b"".join(export.lines(export.span())).decode())
        self.assertEqual([letter.to for letter in mail.outbox], [[self.faye.mail]])
        self.assertNotIn(CANARY, "".join(str(letter.message()) for letter in mail.outbox))
        self.assertNotIn("KHH1", "".join(str(letter.message()) for letter in mail.outbox))

    def test_is_told_to_no_program_not_even_that_it_came(self) -> None:
        self.settled()
        self.assertEqual(self.host.asked, [])
        with acting(self.ada, "story.retitle"):
            self.incident.title = "Red screens again"
            self.incident.save()
        self.settled()
        self.assertEqual([json.loads(body)["type"] for *_head, body in self.host.asked], ["story.retitle"])

    def test_would_be_seen_if_it_came_out(self) -> None:
        intake.send(intake.Told(self.khh1, f"{CANARY} was sold by the plant head."), is_unnamed=False)
        self.settled()
        told = {name for name, text in self.outlets(self.gina) if CANARY in text}
        self.assertLessEqual({"list", "search", "program", "csv", "workbook"}, told)
