"""What an incident cost, what was done and what was observed, as others read it."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

from django.test import TestCase

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, IncidentCost, IncidentTask
from keepwell.areas.incidents.rules import costs, exposure, outward, tasks
from keepwell.areas.incidents.rules.outward.stix.objects import at
from keepwell.areas.incidents.tests.outside import PRIVATE, WORDS, Outward, defined, faults, references, stix
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from tests.cast import NOW, TELLER
from tests.house import made

Kind = IncidentCost.Kind


class Known(Outward):
    """The incident has cost money in two currencies; two tasks have ended, and one is open."""

    def scene(self) -> None:
        super().scene()
        self.cost("Line 3, one night", "184000", Kind.OUTAGE, is_estimate=True)
        self.cost("Responders", "9000.50", Kind.SERVICE)
        self.cost(f"Overtime of {PRIVATE[1]}", "999.50", Kind.LABOUR)
        self.struck = self.cost("Lawyers", "5000", Kind.CLAIM)
        self.cost("Fee", "70000", Kind.OTHER, currency="TWD")
        with acting(TELLER, "story.give"):
            self.tasks = [
                IncidentTask(incident=self.incident, number=n, title=title, phase=phase, role="site_officer")
                for n, (title, phase) in enumerate(
                    (("Cut the zone", "contain"), (f"Ask {PRIVATE[1]}", "triage"), ("Restore", "recover")),
                    start=1,
                )
            ]
            for task in self.tasks:
                task.save()
        with moments.standing_at(NOW + timedelta(minutes=20)):
            costs.strike(self.struck, by=self.ben, reason="Twice.")
            tasks.finish(self.tasks[0], by=self.ben, reason=f"Cut; {WORDS}")
            tasks.leave_out(self.tasks[1], by=self.ben, reason="Nobody saw it.")

    def cost(
        self, what: str, amount: str, kind: Kind, *, currency: str = "USD", is_estimate: bool = False
    ) -> IncidentCost:
        return rules.record_cost(self.incident, by=self.ben, what=what, amount=Decimal(amount), currency=currency, kind=kind,
                                 is_estimate=is_estimate)  # fmt: skip


class InStix(Known, TestCase):
    def test_is_valid_for_every_audience(self) -> None:
        for audience, _label in outward.audiences(self.incident):
            objects = self.taken("stix", audience)["objects"]
            ids = {one["id"] for one in objects}
            for one in objects:
                self.assertEqual([error.message for error in stix(one["type"]).iter_errors(one)], [], one)
                self.assertLessEqual({*references(one)}, ids)

    def test_has_no_property_of_our_own(self) -> None:
        for kind in ("event", "task", "impact"):
            for one in self.objects("amber", kind):
                self.assertLessEqual({*one}, defined(kind))
        (incident,), (impact, *_others) = self.objects("amber", "incident"), self.objects("amber", "impact")
        self.assertFalse(stix("impact").is_valid(impact | {"cost": 1}))
        core = {key: told | {"cost": 1} for key, told in incident["extensions"].items()}
        self.assertFalse(stix("incident").is_valid(incident | {"extensions": core}))

    def test_tells_costs_by_variety_and_currency(self) -> None:
        impacts = self.objects("amber", "impact")
        told = {
            (one["extensions"]["monetary-ext"]["variety"], one["extensions"]["monetary-ext"]["currency"]):
            (one["extensions"]["monetary-ext"]["min_amount"], one.get("description", ""))
            for one in impacts
        }  # fmt: skip
        self.assertEqual(told, {
            ("business-disruption", "USD"): (184000, "USD 184,000.00 of it is an estimate."),
            ("response-and-recovery", "USD"): (10000, ""), ("uncategorized", "TWD"): (70000, ""),
        })  # fmt: skip
        self.assertEqual(self.core("amber")["impact_refs"], [one["id"] for one in impacts])
        self.assertTrue(all(one["impact_category"] == "monetary" for one in impacts))

    def test_tells_costs_to_who_may_know_the_site_alone(self) -> None:
        for audience, knows in (("green", False), ("amber", True), ("strict", True), ("red", True)):
            self.assertEqual("184000" in json.dumps(self.taken("stix", audience)), knows, audience)
            self.assertEqual("184000" in json.dumps(self.taken("veris", audience)), knows, audience)

    def test_tells_tasks_with_what_became_of_them(self) -> None:
        found = [
            (one["name"], one["outcome"], one["task_types"], one.get("end_time", ""))
            for one in self.objects("strict", "task")
        ]
        later = at(NOW + timedelta(minutes=20))
        self.assertEqual(found, [
            ("Cut the zone", "successful", ["containment"], later),
            (f"Ask {PRIVATE[1]}", "cancelled", ["investigation"], later), ("Restore", "pending", ["recovery"], ""),
        ])  # fmt: skip
        first = self.objects("green", "task")[0]
        self.assertEqual(first["created"], first["start_time"])
        self.assertGreater(first["modified"], first["created"])
        refs = [entry["task_ref"] for entry in self.core("green")["tasks"]]
        self.assertEqual(refs, [one["id"] for one in self.objects("green", "task")])

    def test_tells_what_was_observed_as_events_beside_the_notes(self) -> None:
        rules.enter(
            self.incident, by=self.ben, says="A second loader? " + "x" * 200, confidence="unclear", at="05:08"
        )
        rules.enter(self.incident, by=self.ben, says="Told the shift", kind="communication", at="05:09")
        events = self.objects("green", "event")
        self.assertEqual([one["status"] for one in events], ["occurred", "undetermined"])
        self.assertEqual((len(events[1]["name"]), events[1]["start_time"]), (100, "2025-11-13T21:08:00.000Z"))
        notes = {one["content"]: one["object_refs"] for one in self.objects("green", "note")}
        (whole,) = [refs for words, refs in notes.items() if words.startswith("A second loader?")]
        (incident,) = self.objects("green", "incident")
        self.assertEqual(whole, [incident["id"], events[1]["id"]])
        self.assertEqual(notes["Told the shift"], [incident["id"]])

    def test_is_a_later_version_of_the_same_object_after_a_correction_and_another_mark(self) -> None:
        def versions() -> dict[str, tuple[str, str]]:
            return {one["id"]: (one["created"], one["modified"]) for one in self.objects("strict", "note")}

        entry = self.incident.timeline.get(says__startswith="For partners")
        first = versions()
        with moments.standing_at(NOW + timedelta(minutes=5)):
            entry = rules.correct(entry, by=self.ben, says="For partners: it came by a stick")
        second = versions()
        with moments.standing_at(NOW + timedelta(minutes=9)):
            rules.mark_entry(entry, by=self.ben, tlp=Incident.Tlp.STRICT, reason="Ours.")
        third = versions()
        (key,) = [one for one in first if first[one] != second[one]]
        minutes = [at(NOW), at(NOW + timedelta(minutes=5)), at(NOW + timedelta(minutes=9))]
        self.assertEqual(
            [each[key] for each in (first, second, third)], [(minutes[0], one) for one in minutes]
        )

    def test_keeps_names_and_hosts_of_tasks_inside(self) -> None:
        for audience in ("green", "amber"):
            text = json.dumps(self.taken("stix", audience), ensure_ascii=False)
            for private in PRIVATE:
                self.assertNotIn(private, text, audience)

    def test_counts_what_was_touched_and_no_site_that_is_but_exposed(self) -> None:
        self.incident.systems.add(made("critical-systems", self.khh1, self.ben))
        self.incident.factors = self.incident.factors | {"persons": 200}
        asked = exposure.ask_sites(
            self.incident, by=self.ada, says="Is the tool in use?", until="09:00", sites="KHH2 PEN1"
        )
        exposure.answer(asked[0], by=self.ada, exposed="exposed", reason="In use")
        self.assertEqual(self.core("green")["impacted_entity_counts"], {"system": 1, "individual": 200})


class InVeris(Known, TestCase):
    def test_tells_costs_in_one_currency_and_the_rest_in_words(self) -> None:
        taken = self.taken("veris", "amber")
        self.assertEqual(faults(taken), [])
        self.assertEqual(taken["impact"], {
            "overall_rating": "Distracting", "iso_currency_code": "USD", "overall_amount": 194000,
            "loss": [{"variety": "Business disruption", "amount": 184000}, {"variety": "Response and recovery", "amount": 10000}],
            "notes": "USD 184,000.00 of it is an estimate. In other currencies, not counted here: TWD 70,000.00.",
        })  # fmt: skip

    def test_stays_valid_with_a_currency_that_it_does_not_know(self) -> None:
        with acting(TELLER, "story.strike"):
            for cost in self.incident.costs.current():
                cost.retired_at, cost.retired_reason = NOW, "Twice."
                cost.save()
        self.cost("Ransom", "3.5", Kind.OTHER, currency="XQZ")
        taken = self.taken("veris", "amber")
        self.assertEqual(faults(taken), [])
        self.assertEqual(taken["impact"]["notes"], "In other currencies, not counted here: XQZ 3.50.")
        self.assertNotIn("loss", taken["impact"])
