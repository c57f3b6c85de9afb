"""A clock worked out by hand from each kind of event that starts one and has no other case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest import TestCase

from keepwell.kernel.clocks import case, rules
from keepwell.kernel.tests.test_clocks import AGENCY, LISTED, NOW, clocks, event, only


def unit(country: str, *attributes: str) -> dict[str, Any]:
    return {"code": "ONE", "country": country, "attributes": list(attributes)}


MAKER = unit("DE", "manufacturer_of_products_with_digital_elements")
ISSUER = unit("TW", "foreign_private_issuer", "listed_on_TWSE")
COVERED = unit("US", "circia_covered_entity")
PENANG = unit("MY", "my_ncii_entity")


def ends(place: dict[str, Any], rule: str, *events: dict[str, Any], **more: Any) -> list[str | None]:
    """When the clocks of a named rule end, in local time."""
    return [one["due_local"] for one in clocks(place, *events, rules=[rule], **more)]


def own_end(place: dict[str, Any], rule: str, *events: dict[str, Any], **more: Any) -> tuple[Any, Any]:
    """The end that a regime sets, and our own."""
    clock = only(clocks(place, *events, rules=[rule], **more), rule)
    return clock["due"], clock["internal_due"]


class Products(TestCase):
    def test_final_report_is_due_14_days_after_a_fix_is_available(self) -> None:
        """Also where clocks are set back meanwhile, on 25 October 2026: days keep the hour."""
        aware = event("awareness", "2026-09-12T08:00:00+02:00")
        for fixed, due in [
            ("2026-09-21T16:00:00+02:00", "2026-10-05T16:00:00+02:00"),
            ("2026-10-20T09:00:00+02:00", "2026-11-03T09:00:00+01:00"),
        ]:
            with self.subTest(due=due):
                fix = event("corrective_measure_available", fixed)
                self.assertEqual(ends(MAKER, "cra-final-vuln", aware, fix), [due])

    def test_final_report_waits_for_the_fix_whatever_else_happened(self) -> None:
        clock = only(
            clocks(MAKER, event("awareness", "2026-09-12T08:00:00+02:00"), rules=["cra-final-vuln"]),
            "cra-final-vuln",
        )
        self.assertEqual((clock["state"], clock["due"]), ("waiting", None))
        self.assertEqual(clock["why"], "It has not begun: it starts when a corrective measure was available.")

    def test_final_report_is_met_up_to_the_last_second(self) -> None:
        fix = event("corrective_measure_available", "2026-09-21T16:00:00+02:00")
        for sent, state in [("2026-10-05T16:00:00+02:00", "met"), ("2026-10-05T16:00:01+02:00", "late")]:
            with self.subTest(state=state):
                sending = event("submission", sent, rule="cra-final-vuln")
                found = clocks(MAKER, fix, sending, rules=["cra-final-vuln"])
                self.assertEqual(only(found, "cra-final-vuln")["state"], state)

    def test_act_binds_what_became_known_from_11_september_2026(self) -> None:
        for aware, binds in [("2026-09-10T23:59:59+02:00", False), ("2026-09-11T00:00:00+02:00", True)]:
            with self.subTest(binds=binds):
                found = clocks(
                    MAKER, event("awareness", aware), event("corrective_measure_available", "2026-09-21T16:00:00+02:00"),
                    factors={"exploited_vulnerability": True},
                )  # fmt: skip
                self.assertEqual("cra-final-vuln" in {one["rule"] for one in found}, binds)


class Issuers(TestCase):
    def test_annual_report_is_due_four_months_after_the_fiscal_year(self) -> None:
        """April has no 31st."""
        found = clocks(ISSUER, event("fiscal_year_end", "2025-12-31T18:00:00-05:00"), rules=["sec-20f-16k"])
        self.assertEqual(only(found, "sec-20f-16k")["due_local"], "2026-04-30T18:00:00-04:00")
        self.assertIn("its last day counts", found[0]["why"])

    def test_what_is_disclosed_at_home_is_furnished_at_once_by_our_own_end(self) -> None:
        told = event("home_disclosure", "2026-06-18T08:00:00+08:00")
        self.assertEqual(own_end(ISSUER, "sec-6k", told), (None, "2026-06-19T00:00:00Z"))

    def test_a_notice_to_the_exchange_at_home_is_such_a_disclosure(self) -> None:
        sent = event("submission", "2026-06-18T07:00:00+08:00", rule="twse-material-info")
        self.assertEqual(own_end(ISSUER, "sec-6k", sent), (None, "2026-06-18T23:00:00Z"))

    def test_each_new_information_asks_for_an_amendment_of_its_own(self) -> None:
        """Thursday 18, Monday 22, Tuesday 23, Wednesday 24 June; 2, 6, 7, 8 July, for the 3rd is a holiday."""
        filer = unit("US", "us_domestic_filer")
        found = clocks(
            filer, event("new_information", "2026-06-17T15:00:00-04:00"), event("new_information", "2026-07-01T09:00:00-04:00"),
            rules=["sec-8k-105"],
        )  # fmt: skip
        amended = [one["due_local"] for one in found if one["stage"] == "amendment"]
        self.assertEqual(amended, ["2026-06-25T00:00:00-04:00", "2026-07-09T00:00:00-04:00"])

    def test_each_report_of_the_media_is_clarified_within_two_hours(self) -> None:
        heard = [event("media_discovery", f"2026-06-1{day}T23:30:00+08:00") for day in (8, 9)]
        self.assertEqual(
            ends(LISTED, "twse-media-rumour", *heard),
            ["2026-06-19T01:30:00+08:00", "2026-06-20T01:30:00+08:00"],
        )


class Authorities(TestCase):
    def test_of_taiwan_review_the_level_within_two_or_eight_hours(self) -> None:
        for level, due in [(2, "2026-06-18T12:00:00+08:00"), (3, "2026-06-18T06:00:00+08:00")]:
            with self.subTest(level=level):
                found = ends(
                    AGENCY, "tw-csma-level-review", event("report_received_by_authority", "2026-06-18T04:00:00+08:00"),
                    factors={"national_level": level},
                )  # fmt: skip
                self.assertEqual(found, [due])

    def test_of_taiwan_have_it_when_the_report_was_sent_and_are_done_by_their_answer(self) -> None:
        sent = event("submission", "2026-06-18T04:00:00+08:00", rule="tw-csma-report")
        for answered, state in [("2026-06-18T06:00:00+08:00", "met"), ("2026-06-18T06:00:01+08:00", "late")]:
            with self.subTest(state=state):
                answer = event("level_reviewed", answered)
                found = clocks(
                    AGENCY, sent, answer, rules=["tw-csma-level-review"], factors={"national_level": 4}
                )
                clock = only(found, "tw-csma-level-review")
                self.assertEqual(
                    (clock["due"], clock["state"], clock["kind"]), ("2026-06-17T22:00:00Z", state, "inbound")
                )

    def test_of_taiwan_are_told_how_it_was_improved_a_month_after_control(self) -> None:
        done = event("damage_control_completed", "2026-01-31T10:00:00+08:00")
        self.assertEqual(ends(AGENCY, "tw-csma-improvement-report", done), ["2026-02-28T10:00:00+08:00"])

    def test_of_malaysia_hear_within_six_hours_and_in_full_within_14_days_of_knowledge(self) -> None:
        known = event("knowledge", "2026-06-18T22:00:00+08:00")
        self.assertEqual(ends(PENANG, "my-csa-6h", known), ["2026-06-19T04:00:00+08:00"])
        self.assertEqual(ends(PENANG, "my-csa-14d", known), ["2026-07-02T22:00:00+08:00"])
        self.assertEqual(own_end(PENANG, "my-csa-immediate", known), (None, "2026-06-18T15:00:00Z"))

    def test_of_singapore_hear_three_days_after_the_assessment(self) -> None:
        holder = unit("SG", "holds_personal_data_SG")
        assessed = event("assessment_completed", "2026-06-18T15:00:00+08:00")
        self.assertEqual(ends(holder, "sg-pdpa", assessed), ["2026-06-21T15:00:00+08:00"])
        for persons, asks in [(499, False), (500, True)]:
            with self.subTest(persons=persons):
                found = clocks(holder, assessed, factors={"persons": persons, "significant_harm": False})
                self.assertEqual("sg-pdpa" in {one["rule"] for one in found}, asks)

    def test_of_the_united_states_hear_within_72_hours_of_a_reasonable_belief(self) -> None:
        believed = event("reasonable_belief", "2026-03-06T12:00:00-05:00")
        # Clocks go forward on Sunday 8 March: hours run.
        self.assertEqual(ends(COVERED, "us-circia-72h", believed), ["2026-03-09T13:00:00-04:00"])
        stood_in = only(clocks(COVERED, event("awareness", NOW), rules=["us-circia-72h"]), "us-circia-72h")
        self.assertIn("No moment is recorded at which it was reasonably believed", stood_in["why"])

    def test_of_the_united_states_hear_within_a_day_of_a_ransom(self) -> None:
        paid = event("payment_disbursed", "2026-03-07T12:00:00-05:00")
        self.assertEqual(ends(COVERED, "us-circia-ransom", paid), ["2026-03-08T13:00:00-04:00"])

    def test_of_china_get_the_summary_thirty_days_after_it_was_last_handled(self) -> None:
        operator = unit("CN", "cn_network_operator")
        handled = [event("incident_handled", f"2026-06-{day}T18:00:00+08:00") for day in (18, 20)]
        self.assertEqual(ends(operator, "cn-incident-summary", *handled), ["2026-07-20T18:00:00+08:00"])


class Others(TestCase):
    def test_an_intermediary_tells_whose_data_it_holds_once_there_are_credible_grounds(self) -> None:
        holder = unit("SG", "data_intermediary_SG")
        grounds = event("credible_grounds", "2026-06-18T15:00:00+08:00")
        self.assertEqual(own_end(holder, "sg-pdpa-intermediary", grounds), (None, "2026-06-19T07:00:00Z"))

    def test_a_community_hears_a_day_after_it_was_decided_to_share(self) -> None:
        decided = event("decision_to_share", "2026-06-18T15:00:00+08:00")
        self.assertEqual(
            own_end(unit("TW", "member"), "twcert-voluntary", decided), (None, "2026-06-19T07:00:00Z")
        )

    def test_an_insurer_hears_as_its_policy_says_from_when_the_control_group_knew(self) -> None:
        """Not from when the site knew."""
        events = [event("awareness", "2026-06-17T09:00:00+08:00"),
                  event("awareness_by_control_group", "2026-06-18T15:00:00+08:00")]  # fmt: skip
        self.assertEqual(own_end(LISTED, "insurer-notice", *events), (None, "2026-06-21T07:00:00Z"))
        policy = {"rule": "insurer-notice", "counterparty": "Insurer", "deadline": {"n": 10, "unit": "days"}}
        self.assertEqual(
            ends(LISTED, "insurer-notice", *events, clauses=[policy]), ["2026-06-28T15:00:00+08:00"]
        )

    def test_the_group_hears_by_the_level_from_when_the_site_knew(self) -> None:
        for level, due in [(1, "2026-06-19T02:10:00+08:00"), (2, "2026-06-18T03:10:00+08:00"),
                           (3, "2026-06-18T02:40:00+08:00"), (4, "2026-06-18T02:25:00+08:00")]:  # fmt: skip
            with self.subTest(level=level):
                known = event("site_awareness", "2026-06-18T02:10:00+08:00")
                found = clocks(LISTED, known, rules=["group-escalation"], factors={"level": level})
                self.assertEqual(only(found, "group-escalation", "escalation")["due_local"], due)

    def test_a_rule_of_ones_own_runs_from_a_ransom_demanded_or_a_first_notice(self) -> None:
        for kind in ("ransom_payment", "initial_submission"):
            with self.subTest(kind=kind):
                table = rules.read(
                    [{"id": "x", "stages": [{"start": kind, "deadline": {"n": 1, "unit": "days"}}]}]
                )
                given = {
                    "units": [LISTED],
                    "rules": ["x"],
                    "events": [event(kind, "2026-06-18T15:00:00+08:00", rule="x")],
                }
                found = case.answer(case.read(given, table, datetime(2026, 6, 18, tzinfo=UTC)))["clocks"]
                self.assertEqual(found[0]["due_local"], "2026-06-19T15:00:00+08:00")
