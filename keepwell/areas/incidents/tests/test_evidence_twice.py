"""A link of evidence that somebody must not know of does not betray itself to them when they make the same: both stand,
and are one to whoever may know of both."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, TimelineEntry
from keepwell.areas.incidents.rules import merging, proving, splitting
from keepwell.areas.incidents.tests.test_evidence_marks import Proven
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence import custody, shown
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.evidence.models import Link, Piece
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from tests.cast import NOW, TELLER

Tlp = Incident.Tlp
AGAIN = "Pewter says so"


class Twice(Proven):
    """The log of the gate proves something about the incident, for named people alone, and about another, which all see."""

    def scene(self) -> None:
        super().scene()
        self.mark(self.log, Tlp.RED, self.ben)
        self.mark(self.disk, Tlp.RED, self.ben)
        self.log = Piece.objects.select_related("unit").get(pk=self.log.pk)

    def link(self, by: Person, tlp: Tlp | None = None, to: Incident | None = None) -> Link:
        return evidence.link(
            self.log, by=by, record=f"incidents:{to or self.incident}", reason=AGAIN, tlp=tlp
        )

    def marks(self, incident: Incident | None = None) -> list[str]:
        rows = Link.objects.current().filter(piece=self.log, record_id=(incident or self.incident).pk)
        return sorted(rows.values_list("tlp", flat=True))

    def fresh(self, incident: Incident) -> Incident:
        return Incident.objects.select_related("unit").get(pk=incident.pk)


class Linking(Twice, TestCase):
    def test_again_is_refused_to_none_who_must_not_know(self) -> None:
        for who in (self.gina, self.faye):
            self.sign_in(who)
            page = self.client.post(
                f"{reverse('evidence-link')}?to=/incidents/{self.incident.pk}/",
                {"piece": self.log.reference, "reason": AGAIN},
            )
            self.assertEqual(page.status_code, 302, who.name)
            self.assertEqual(self.marks(), ["", "red"])
            evidence.unlink(Link.objects.get(tlp="", reason=AGAIN, retired_at=None), by=who, reason="Wrong")
            self.assertEqual(self.marks(), ["red"])
        body = json.dumps({"record": f"incidents:{self.incident}", "reason": AGAIN, "tlp": "strict"})
        self.sign_in(self.gina)
        path = f"/api/evidence/{self.log.pk}/link"
        self.assertEqual(self.client.post(path, body, content_type="application/json").status_code, 200)
        self.assertEqual(self.client.post(path, body, content_type="application/json").status_code, 409)
        self.assertEqual(self.marks(), ["red", "strict"])

    def test_again_is_refused_to_who_knows_whatever_the_mark(self) -> None:
        for who, tlp in ((self.ben, None), (self.ada, Tlp.AMBER), (self.ben, Tlp.RED)):
            with self.assertRaisesMessage(Refused, "linked to that record already"):
                self.link(who, tlp)
        self.link(self.gina)
        for who, tlp in ((self.gina, Tlp.STRICT), (self.faye, None), (self.ada, None)):
            with self.assertRaisesMessage(Refused, "linked to that record already"):
                self.link(who, tlp)
        self.assertEqual(self.marks(), ["", "red"])

    def test_at_once_alike_is_refused_by_the_database(self) -> None:
        self.link(self.gina)
        same = Link(
            piece=self.log, kind=Incident.type_name(), record_id=self.incident.pk, by=self.gina, at=NOW
        )
        with (
            acting(TELLER, "story.race"),
            self.assertRaisesMessage(ValidationError, "linked to that record already"),
        ):
            same.save()


class Shown(Twice, TestCase):
    def scene(self) -> None:
        super().scene()
        self.link(self.gina)

    def read(self, path: str) -> str:
        return self.client.get(path).content.decode()

    def test_once_with_all_that_one_may_know_the_narrowest_first(self) -> None:
        for who, marks, reason in (
            (self.ben, ["TLP:RED", "TLP:AMBER, as the incident"], f"Celadon was copied; {AGAIN}"),
            (self.gina, ["TLP:AMBER, as the incident"], AGAIN), (self.faye, ["TLP:AMBER, as the incident"], AGAIN),
        ):  # fmt: skip
            self.sign_in(who)
            with self.subTest(who.name):
                (proof,) = [one for one in shown.proofs(self.incident, who) if one.piece.pk == self.log.pk]
                (proven,) = [one for one in shown.proven(self.log, who) if one.record == self.incident]
                self.assertEqual([one.mark for one in proof.told], marks)
                self.assertEqual([one.mark for one in proven.told], marks)
                (program,) = [one for one in self.programs(f"of?record=incidents:{self.incident}")
                              if one["id"] == str(self.log.pk)]  # fmt: skip
                (record,) = [one for one in self.programs(f"{self.log.pk}/records")
                             if one["id"] == str(self.incident.pk)]  # fmt: skip
                self.assertEqual((program["reason"], record["reason"]), (reason, reason))
                self.assertEqual(program["link"], record["link"])
                for path in (f"/incidents/{self.incident.pk}/", f"/evidence/{self.log.pk}/"):
                    page = self.read(path)
                    self.assertEqual("Celadon was copied" in page, who == self.ben, path)
                    self.assertIn(AGAIN, page)
                dossier = self.read(f"/api/incidents/{self.incident.pk}/dossier")
                self.assertEqual(("Celadon was copied" in dossier, AGAIN in dossier), (who == self.ben, True))

    def programs(self, path: str) -> Any:
        return json.loads(self.read(f"/api/evidence/{path}"))

    def test_to_sam_by_neither(self) -> None:
        self.assertEqual(shown.proofs(self.incident, self.sam), [])
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(f"/evidence/{self.log.pk}/").status_code, 404)

    def test_custody_is_told_to_whoever_knows_of_either(self) -> None:
        custody.take_into_custody(self.log, by=self.ben, whereabouts="Safe", purpose="Kept")
        told = TimelineEntry.objects.get(incident=self.incident, facts__piece=self.log.reference)
        self.assertEqual(told.tlp, "amber")


class Ending(Twice, TestCase):
    def scene(self) -> None:
        super().scene()
        self.link(self.gina)

    def test_it_ends_all_that_one_knows_of_and_no_other(self) -> None:
        evidence.unlink(Link.objects.current().get(reason=AGAIN), by=self.gina, reason="Wrong")
        self.assertEqual(self.marks(), ["red"])
        self.link(self.gina)
        evidence.unlink(Link.objects.current().get(reason=AGAIN), by=self.ben, reason="Wrong")
        self.assertEqual(self.marks(), [])

    def test_a_mark_by_who_knows_of_both_makes_them_one(self) -> None:
        with self.assertRaisesMessage(Refused, "marked so already"):
            self.mark(self.log, Tlp.AMBER, self.gina)
        self.mark(self.log, Tlp.STRICT, self.gina)
        self.assertEqual(self.marks(), ["red", "strict"])
        self.mark(self.log, Tlp.STRICT, self.ada)
        link = Link.objects.current().get(piece=self.log, record_id=self.incident.pk)
        self.assertEqual((link.tlp, link.reason), ("strict", f"Celadon was copied; {AGAIN}"))


class Moving(Twice, TestCase):
    """The other incident, about which the log proves something too: that it was seen there."""

    def test_a_merge_betrays_no_link_that_is_hidden_there(self) -> None:
        merging.merge(self.other_with_log(), by=self.gina, number=str(self.incident), reason="The same")
        self.assertEqual(self.marks(), ["", "red"])
        said = TimelineEntry.objects.filter(incident=self.incident, verb="merge")
        self.assertIn("1 piece of evidence", " ".join(one.told for one in said))

    def other_with_log(self) -> Incident:
        """A further incident, about which the log proves something for all to see."""
        third = self.report("A third matter", self.khh1)
        self.link(self.gina, to=third)
        return self.fresh(third)

    def test_a_merge_takes_over_both(self) -> None:
        self.link(self.gina)
        third = self.fresh(self.report("A third matter", self.khh1))
        merging.merge(self.fresh(self.incident), by=self.gina, number=str(third), reason="The same")
        self.assertEqual(self.marks(third), ["", "red"])

    def test_what_is_split_off_takes_along_what_one_knows_of(self) -> None:
        self.link(self.gina)
        (proof,) = [one for one in shown.proofs(self.incident, self.ben) if one.piece == self.log]
        made = splitting.split(
            self.fresh(self.incident), {"evidence": [str(proof.link.pk)]}, by=self.ben, title="Apart", reason="Another",
        )  # fmt: skip
        self.assertEqual((self.marks(), self.marks(made)), ([], ["", "red"]))

    def test_what_is_split_off_leaves_what_one_must_not_know(self) -> None:
        link = self.link(self.gina)
        made = splitting.split(
            self.fresh(self.incident), {"evidence": [str(link.pk)]}, by=self.gina, title="Apart", reason="Another",
        )  # fmt: skip
        self.assertEqual((self.marks(), self.marks(made)), (["red"], [""]))

    def test_an_undone_merge_gives_back_what_stands_there_still(self) -> None:
        third = self.fresh(self.other_with_log())
        merging.merge(third, by=self.ada, number=str(self.fresh_fourth()), reason="The same")
        kept = self.fresh(self.fourth)
        link = Link.objects.current().get(piece=self.log, record_id=kept.pk)
        back = splitting.take_apart(
            kept, {"evidence": [str(link.pk)]}, by=self.ada, number=str(third), reason="Two matters"
        )
        self.assertEqual((self.marks(kept), self.marks(back)), ([], [""]))

    def fresh_fourth(self) -> Incident:
        self.fourth = self.report("A fourth matter", self.khh1)
        return self.fourth


class Marking(Twice, TestCase):
    def test_tells_of_no_hidden_link(self) -> None:
        """Who is named later knows of both."""
        with self.assertRaisesMessage(Refused, "that you may see is called"):
            proving.mark_evidence(
                self.fresh(self.incident),
                by=self.gina,
                evidence=str(self.log.reference),
                tlp=Tlp.STRICT,
                reason="Why",
            )
        self.link(self.gina)
        rules.name_person(self.fresh(self.incident), by=self.ben, person=self.faye, reason="Counsel.")
        (told,) = [one.told for one in shown.proofs(self.incident, self.faye) if one.piece == self.log]
        self.assertEqual(len(told), 2)
