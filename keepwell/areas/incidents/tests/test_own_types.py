"""Own types of incidents: brought in by file, chosen where they hold, and outward the shipped type they stand for."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, IncidentType
from keepwell.areas.incidents.rules import figures, outward
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.metrics.scope import running_year
from keepwell.platform.registers.files import bring_in
from keepwell.platform.registers.register import REGISTERS
from tests.cast import TELLER

HEADINGS = "code,title,title_zh,stands_for,unit"
GOOD = f"{HEADINGS}\nrecipe-theft,Theft of recipes,製程配方失竊,unauthorised-information-access,GROUP\n"


class Own(Reported):
    def own(self, **values: object) -> IncidentType:
        facts = {"code": "recipe-theft", "title": "Theft of recipes", "title_zh": "製程配方失竊",
                 "stands_for": "unauthorised-information-access", "unit": self.group} | values  # fmt: skip
        made = IncidentType(**facts)
        with acting(TELLER, "story.type"):
            made.save()
        return made

    def bring(self, text: str) -> list[str]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "types.csv"
            path.write_text(text, encoding="utf-8")
            return [str(one) for one in bring_in(REGISTERS["own-types-of-incidents"], path, self.ada).errors]


class BringingIn(Own, TestCase):
    def test_takes_a_file_and_names_each_row_that_is_wrong(self) -> None:
        self.assertEqual(self.bring(GOOD.replace("GROUP", self.group.code)), [])
        self.assertEqual(IncidentType.objects.get().veris.split(",")[0], "internal")
        wrong = self.bring(f"{HEADINGS}\nransomware,Ours,,infected-system,{self.group.code}\n"
                           f"line-stop,Line stop,,no-such-type,{self.group.code}\n")  # fmt: skip
        self.assertEqual(len(wrong), 2)
        self.assertIn("A shipped type is called so", wrong[0])
        self.assertIn("no-such-type", wrong[1])
        self.assertEqual(IncidentType.objects.count(), 1)

    def test_is_not_for_sam(self) -> None:
        made = self.own()
        self.sign_in(self.sam)
        for path in (
            reverse("own-types-of-incidents"),
            reverse("own-types-of-incidents-record", args=[made.pk]),
        ):
            self.assertIn(self.client.get(path).status_code, (403, 404))


class Classifying(Own, TestCase):
    def classified(self, kind: str, incident: Incident | None = None) -> Incident:
        found = Incident.objects.get(pk=(incident or self.incident).pk)
        rules.classify(found, by=self.ben, facts={"effect": True}, kind=kind)
        return Incident.objects.get(pk=found.pk)

    def test_by_an_own_type_keeps_the_shipped_one_that_it_stands_for(self) -> None:
        own = self.own()
        incident = self.classified("recipe-theft")
        self.assertEqual((incident.own_type, incident.kind), (own, "unauthorised-information-access"))
        self.assertEqual(self.classified("").own_type, own)
        self.assertIsNone(self.classified("ransomware").own_type)

    def test_offers_those_alone_that_hold_there(self) -> None:
        self.own(unit=self.mse)
        with self.assertRaisesMessage(Refused, "There is no type of incident called “recipe-theft”."):
            self.classified("recipe-theft")

    def test_shows_it_on_the_form_and_the_incident(self) -> None:
        self.own()
        self.sign_in(self.ben)
        address = reverse("incident-classify", args=[self.incident.pk])
        self.assertContains(
            self.client.get(address), '<option value="recipe-theft">Theft of recipes</option>'
        )
        incident = self.classified("recipe-theft")
        self.assertContains(self.client.get(address), '<option value="recipe-theft" selected>')
        page = self.client.get(reverse("incidents-record", args=[incident.pk]))
        self.assertContains(page, f"Theft of recipes ({incident.get_kind_display()})")

    def test_goes_out_as_the_shipped_one(self) -> None:
        self.own()
        taken = json.loads(
            outward.written(self.classified("recipe-theft"), "stix", "amber", by=self.ben).content
        )
        (told,) = [one for one in taken["objects"] if one["type"] == "incident"]
        self.assertEqual(told["labels"], ["unauthorised-information-access"])

    def test_is_dropped_where_the_type_is_set_otherwise(self) -> None:
        self.own()
        incident = self.classified("recipe-theft")
        incident.kind = "infected-system"
        with acting(TELLER, "story.edit"):
            incident.save()
        found = Incident.objects.get(pk=incident.pk)
        self.assertEqual((found.own_kind, found.type_here), (None, str(found.get_kind_display())))


class Figures(Own, TestCase):
    """Two incidents of the own type, one of them a restricted one; one of its shipped type; one set otherwise since."""

    def scene(self) -> None:
        super().scene()
        self.own()
        for kind in ("recipe-theft", "unauthorised-information-access"):
            rules.classify(
                self.report(f"By {kind}", self.khh1), by=self.ben, facts={"effect": True}, kind=kind
            )
        hidden, other = self.report("Hidden", self.khh1), self.report("Otherwise", self.khh1)
        for one in (hidden, other):
            rules.classify(one, by=self.ben, facts={"effect": True}, kind="recipe-theft")
        rules.restrict(hidden, by=self.ben, reason="Few may know.")
        other.refresh_from_db()
        rules.classify(other, by=self.ben, facts={"effect": True}, kind="phishing")

    def test_tell_how_many_each_own_type_has_beside_the_shipped_ones(self) -> None:
        found = figures.figures(self.group, running_year())
        own = [(one.id, one.title, one.count) for one in found.own]
        self.assertEqual(own, [("recipe-theft", "Theft of recipes", 1)])
        self.assertIn(("unauthorised-information-access", 2), [(one.id, one.count) for one in found.kinds])

    def test_stand_on_the_page_in_the_file_and_for_programs(self) -> None:
        self.sign_in(self.ada)
        self.assertContains(self.client.get(reverse("incident-figures")), "By our own types")
        self.client.cookies["keepwell-language"] = "zh-hant"
        self.assertContains(self.client.get(reverse("incident-figures")), "製程配方失竊")
        self.client.cookies["keepwell-language"] = "en"
        text = self.client.get(reverse("incident-figures-take-out", args=["csv"])).content.decode()
        self.assertIn(",own_type,recipe-theft,incidents.reported,1", text)
        told = self.client.get("/api/incidents/figures").json()["own_types"]
        self.assertEqual(told, [{"id": "recipe-theft", "title": "Theft of recipes", "count": 1}])
