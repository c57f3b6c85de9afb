"""Whoever adds an indicator that stands in the incident under a mark that keeps it from them learns nothing of that."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, Indicator
from keepwell.areas.incidents.rules import indicators, merging, recognizing, splitting
from keepwell.areas.incidents.rules.outward.parcel import parcel
from keepwell.areas.incidents.tests.finding import Story
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from tests.cast import TELLER

Kind, Role, Tlp = Indicator.Kind, Indicator.Role, Incident.Tlp
HIDDEN, UNKNOWN = "red.example", "none.example"


class Twice(Story):
    """An incident that all at its site know, with a domain in it of which Ada alone may know."""

    def scene(self) -> None:
        super().scene()
        rules.name_person(self.fresh(), by=self.ada, person=self.ada, reason="Decides.")
        self.red = self.add(HIDDEN, tlp=Tlp.RED, remark="Celadon sold it", role=Role.ATTACKER)

    def fresh(self, incident: Incident | None = None) -> Incident:
        return Incident.objects.select_related("unit").get(pk=(incident or self.incident).pk)

    def added(self, by: Person, value: str, **told: Any) -> indicators.Added:
        return indicators.add_indicator(self.fresh(), by=by, kind=Kind.DOMAIN, value=value, **told)

    def marks(self, incident: Incident | None = None, value: str = HIDDEN) -> list[str]:
        rows = Indicator.objects.current().filter(incident=incident or self.incident, value=value)
        return sorted(rows.values_list("tlp", flat=True))


class Adding(Twice, TestCase):
    def test_answers_alike_whether_it_stands_there_hidden_or_not(self) -> None:
        for is_retracted in (False, True):
            if is_retracted:
                indicators.retract(self.red, by=self.ada, reason="Celadon again")
            before = Indicator.objects.filter(pk=self.red.pk).values().get()
            for who in (self.ben, self.faye):
                with self.subTest(who.name, retracted=is_retracted), transaction.atomic():
                    hidden, unknown = (self.told_by_all_doors(who, value) for value in (HIDDEN, UNKNOWN))
                    self.assertEqual(hidden, unknown)
                    self.assertEqual(self.marks(), sorted(["amber", *([] if is_retracted else ["red"])]))
                    self.assertEqual(Indicator.objects.filter(pk=self.red.pk).values().get(), before)
                    transaction.set_rollback(True)

    def told_by_all_doors(self, who: Person, value: str) -> list[Any]:
        """What is answered at each step, the value, keys and moments left out; the second time it is known."""
        self.sign_in(who)
        told: list[Any] = []
        page = reverse("incident-indicators-add", args=[self.incident.pk])
        looked = self.client.post(page, {"text": value, "look": "1"})
        told.append("stands there already" in looked.content.decode())
        recognized = self.program("recognize-indicators", text=value)
        told.append([(one["known"], one["also_in"]) for one in recognized.json()])
        for sent in (
            {"kind": "domain", "value": value},
            {"kind": "domain", "value": value, "last_seen": "03:00"},
        ):
            answer = self.program("add-indicator", **sent)
            told.append(
                (answer.status_code, answer.json().get("detail", "").replace(value.replace(".", "[.]"), ""))
            )
        chosen = {"text": value, "add": "1", "value": f"domain {value}"}
        told.append("stand there already" in self.client.post(page, chosen).content.decode())
        found = self.client.get("/api/indicators", {"q": value}).json()["items"]
        told.append([(one["tlp"], one["remark"], one["role"]) for one in found])
        room = self.client.get(reverse("incident-room", args=[self.incident.pk])).content.decode()
        told.append(room.count(value.replace(".", "[.]")))
        return told

    def program(self, what: str, **body: Any) -> Any:
        return self.client.post(
            f"/api/incidents/{self.incident.pk}/{what}", json.dumps(body), content_type="application/json"
        )

    def test_is_still_refused_to_who_knows_of_it(self) -> None:
        with self.assertRaisesMessage(Refused, "stands there already"):
            self.added(self.ada, HIDDEN)
        self.added(self.ben, HIDDEN)
        for who in (self.ada, self.ben, self.faye):
            with self.subTest(who.name), self.assertRaisesMessage(Refused, "stands there already"):
                self.added(who, HIDDEN)
        self.assertEqual(self.marks(), ["amber", "red"])

    def test_extends_that_of_the_same_mark(self) -> None:
        self.added(self.ben, HIDDEN)
        (again,) = self.added(self.ada, HIDDEN, last_seen="03:00", tlp=Tlp.RED).again
        self.assertEqual(again.pk, self.red.pk)
        (again,) = self.added(self.ada, HIDDEN, last_seen="03:00").again
        self.assertEqual(again.tlp, "amber")

    def test_alike_at_once_is_refused_by_the_database(self) -> None:
        same = Indicator(incident=self.incident, kind="domain", value=HIDDEN, tlp="red", person=self.ada)
        with (
            acting(TELLER, "story.race"),
            self.assertRaises((IntegrityError, ValidationError)),
            transaction.atomic(),
        ):
            same.save()


class BothKnown(Twice, TestCase):
    def scene(self) -> None:
        super().scene()
        self.amber = self.added(self.ben, HIDDEN, role=Role.ATTACKER).new[0]

    def test_are_never_marked_alike(self) -> None:
        with self.assertRaisesMessage(
            Refused, "stands in IN-2025-0001 marked TLP:AMBER already: retract this one"
        ):
            indicators.change_known(Indicator.objects.get(pk=self.red.pk), by=self.ada, tlp=Tlp.AMBER)
        indicators.change_known(Indicator.objects.get(pk=self.amber.pk), by=self.ben, tlp=Tlp.STRICT)
        self.assertEqual(self.marks(), ["red", "strict"])

    def test_count_once_where_incidents_are_alike(self) -> None:
        far = self.report("The same in Penang", self.pen1)
        self.add(HIDDEN, to=far)
        self.assertEqual(recognizing.sharing(far, self.ada), {self.fresh(): 1})
        found = recognizing.elsewhere(far, [HIDDEN], self.ada)
        self.assertEqual([str(one) for one in found["domain", HIDDEN]], [str(self.incident)])

    def test_go_out_once_under_the_widest_mark(self) -> None:
        for audience in (Tlp.AMBER, Tlp.RED):
            made = parcel(self.fresh(), audience, by=self.ada)
            self.assertEqual([one.indicator.pk for one in made.traces], [self.amber.pk])
            self.assertNotIn("Celadon", str(made))


class Moving(Twice, TestCase):
    """Another incident, in which the domain stands for all to see."""

    def scene(self) -> None:
        super().scene()
        self.other = self.report("Another matter", self.khh1)
        self.add(HIDDEN, to=self.other)

    def test_a_merge_betrays_none_that_is_hidden_there(self) -> None:
        merging.merge(self.fresh(self.other), by=self.ben, number=str(self.incident), reason="The same")
        self.assertEqual(self.marks(), ["amber", "red"])
        said = " ".join(one.told for one in self.fresh().timeline.filter(verb="merge"))
        self.assertIn("1 indicator", said)

    def test_a_merge_by_who_knows_doubles_none(self) -> None:
        merging.merge(self.fresh(self.other), by=self.ada, number=str(self.incident), reason="The same")
        self.assertEqual(self.marks(), ["red"])

    def test_an_undone_merge_betrays_none(self) -> None:
        rules.name_person(self.fresh(self.other), by=self.ada, person=self.ada, reason="Decides.")
        merging.merge(self.fresh(), by=self.ada, number=str(self.other), reason="The same")
        going = Indicator.objects.get(incident=self.other, value=HIDDEN)
        back = splitting.take_apart(
            self.fresh(self.other), {"indicators": [str(going.pk)]}, by=self.ben, number=str(self.incident),
            reason="Two matters",
        )  # fmt: skip
        self.assertEqual((self.marks(back), self.marks(self.other)), (["amber", "red"], []))
