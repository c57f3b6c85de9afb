"""Whoever lowers a mark from TLP:RED decides, and proves once more who they are: by page, and by no token (R9)."""

from __future__ import annotations

import json
from typing import Any

from django.test import TestCase

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, Indicator
from keepwell.areas.incidents.rules import exposure, indicators, tasks
from keepwell.areas.incidents.tests.test_own_marks import Work
from keepwell.platform.people import tokens
from keepwell.platform.people.models import Person
from keepwell.platform.people.proofs import PROVED

Tlp = Incident.Tlp
WHY = "The press knows."
SLUGS = {"timelineentry": "timeline-entries", "incidenttask": "incident-tasks", "incidentcost": "incident-costs",
         "responsemeeting": "response-meetings", "incidentnotice": "incident-notices", "incident": "incidents",
         "indicator": "indicators", "exposureanswer": "exposure-answers",
         "report": "reports", "incidentreview": "incident-reviews"}  # fmt: skip
ACTS = {"timelineentry": "mark-entry", "incidenttask": "mark-task", "incidentcost": "mark-cost",
        "responsemeeting": "mark-meeting", "incidentnotice": "mark-notice", "incident": "mark",
        "indicator": "change-known", "exposureanswer": "mark-question",
        "report": "mark-report", "incidentreview": "mark-review"}  # fmt: skip


class Lowering(Work, TestCase):
    def scene(self) -> None:
        super().scene()
        self.items = [
            *self.made.values(),
            rules.enter(self.incident, by=self.ben, says="Who it was"),
        ]
        self.items += indicators.add_indicator(
            self.incident, by=self.ben, kind=Indicator.Kind.MD5, value="5d41402abc4b2a76b9719d911017c592", tlp=Tlp.AMBER,
        ).new  # fmt: skip
        self.items += exposure.ask_sites(
            self.incident, by=self.ben, says="Yours?", until="23:00", sites="KHH1"
        )

    def prove(self, who: Person, *, minutes: int) -> None:
        """Let `who` be signed in, and have proved so long ago who they are."""
        self.sign_in(who)
        session = self.client.session
        session[PROVED] -= minutes * 60
        session.save()

    def path(self, item: Any, door: str = "") -> str:
        name = item._meta.model_name
        return f"{door}/{SLUGS[name]}/{item.pk}/{ACTS[name]}"

    def fresh(self, item: Any) -> Any:
        return type(item).objects.get(pk=item.pk)

    def mark(self, item: Any, tlp: Tlp, **more: Any) -> Any:  # type: ignore[override]
        return self.client.post(self.path(item) + "/", {"tlp": tlp, "reason": WHY})

    def told(self, item: Any, tlp: Tlp, **more: Any) -> Any:
        asked = {} if item._meta.model_name == "indicator" else {"reason": WHY}
        body = json.dumps({"tlp": tlp} | asked)
        return self.client.post(self.path(item, "/api"), body, content_type="application/json", **more)

    def test_asks_who_decides_for_a_proof_that_is_no_older_than_ten_minutes(self) -> None:
        for item in self.items:
            with self.subTest(item._meta.model_name):
                self.prove(self.ada, minutes=11)
                self.assertEqual(self.mark(item, Tlp.RED).status_code, 302)  # narrower: nobody is asked
                answer = self.mark(self.fresh(item), Tlp.AMBER)
                self.assertContains(answer, "Is it you?", status_code=403)
                self.assertEqual(self.fresh(item).tlp, "red")
                self.prove(self.ada, minutes=9)
                self.assertEqual(self.mark(item, Tlp.AMBER).status_code, 302)
                self.assertEqual(self.fresh(item).tlp, "amber")

    def test_is_asked_of_programs_alike_and_never_done_by_a_token(self) -> None:
        for item in self.items:
            with self.subTest(item._meta.model_name):
                self.prove(self.ada, minutes=11)
                self.assertEqual(self.told(item, Tlp.RED).status_code, 200)
                answer = self.told(item, Tlp.AMBER)
                self.assertEqual(
                    (answer.status_code, answer.json()["type"]), (403, "urn:keepwell:problem:step-up")
                )
                self.client.logout()
                bearer = {"headers": {"Authorization": f"Bearer {tokens.issue(self.ada, may_export=True)}"}}
                self.assertContains(
                    self.told(item, Tlp.AMBER, **bearer), "A token may not do this.", status_code=403
                )
                self.assertEqual(self.fresh(item).tlp, "red")
                self.prove(self.ada, minutes=9)
                self.assertEqual(self.told(item, Tlp.AMBER).status_code, 200)

    def test_is_for_who_decides_however_fresh_their_proof(self) -> None:
        for item in self.items:
            with self.subTest(item._meta.model_name):
                self.prove(self.ben, minutes=0)
                self.assertEqual(self.mark(item, Tlp.RED).status_code, 302)
                self.assertContains(
                    self.mark(item, Tlp.GREEN), "You need the right to decide", status_code=422
                )
                self.assertEqual(self.fresh(item).tlp, "red")
                self.prove(self.sam, minutes=0)
                self.assertEqual(self.mark(item, Tlp.GREEN).status_code, 404)

    def test_asks_it_of_what_is_red_because_its_incident_is(self) -> None:
        rules.mark(self.fresh(self.incident), by=self.ben, tlp=Tlp.RED, reason=WHY)
        made = tasks.add_task(
            self.fresh(self.incident), by=self.ben, what="Ask HR", until="23:00", to=self.ben
        )
        self.prove(self.ada, minutes=11)
        self.assertEqual(made.tlp, "")
        self.assertContains(self.mark(made, Tlp.AMBER), "Is it you?", status_code=403)
