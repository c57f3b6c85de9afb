"""Before whose notice nothing may be told to whom, and where the terms of two rules contradict that."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest import TestCase

from keepwell.kernel.clocks import case, rules
from keepwell.kernel.clocks.calendars import Unfit
from keepwell.kernel.tests.test_clocks import RULES, clocks, event, only

LISTED = {"code": "MSH", "country": "TW", "attributes": ["listed_on_TWSE"]}
FACT = event("awareness", "2026-06-18T15:10:00+08:00")
KNOWN = {"material": True, "customer_data": True}
CUSTOMER = {"rule": "customer-contract", "counterparty": "C-0148", "deadline": {"n": 4, "unit": "hours"}}


def term(hours: int) -> list[dict[str, Any]]:
    return [{"start": "awareness", "deadline": {"n": hours, "unit": "hours"}}]


def found(*events: dict[str, Any], units: Any = (LISTED,), **more: Any) -> list[dict[str, Any]]:
    """The contradictions of a case."""
    given = {"units": list(units), "events": [FACT, *events], "now": "2026-06-18T08:00:00Z", "factors": KNOWN,
             "clauses": [CUSTOMER]} | more  # fmt: skip
    return list(case.answer(case.read(given, RULES, datetime.now(UTC))).get("contradictions", []))


class Before(TestCase):
    def test_stands_in_the_sentence_of_the_notice_that_must_be_first(self) -> None:
        first = only(clocks(LISTED, FACT, factors={"material": True}), "twse-material-info")
        assert "Before it is submitted, nothing may be told to the public." in first["why"]
        sent = event("submission", "2026-06-18T17:00:00+08:00", rule="twse-material-info")
        done = only(clocks(LISTED, FACT, sent, factors={"material": True}), "twse-material-info")
        assert "Before it is submitted" not in done["why"]

    def test_names_whom_it_closes_out_and_no_exchange(self) -> None:
        listing = RULES["twse-material-info"]
        assert [one.told for one in listing.bans(RULES["sec-6k"])] == ["public"]
        assert [one.order for one in listing.bans(RULES["customer-contract"])] == ["weighed"]
        assert [one.told for one in listing.bans(RULES["twse-press-conference"])] == ["public"]
        for free in ("tpex-material-info", "gdpr-33", "group-escalation", "twcert-voluntary"):
            assert listing.bans(RULES[free]) == [], free

    def test_does_not_fit_with_two_aims_none_or_an_unknown_one(self) -> None:
        for before, says in [
            ({}, "one of the two"),
            ({"told": "public", "rule": "y"}, "one of the two"),
            ({"told": "everybody"}, '"everybody" is no audience'),
            ({"rule": "nowhere"}, 'there is no rule "nowhere"'),
            ({"told": "public", "order": "loose"}, "strict or weighed"),
            ("public", "one of the two"),
        ]:
            with self.subTest(says=says), self.assertRaisesRegex(Unfit, says):
                rules.read([{"id": "x", "stages": term(1), "before": [before]}])

    def test_in_a_circle_is_refused_when_the_rules_are_read(self) -> None:
        one = {"id": "a", "audience": "public", "stages": term(1), "before": [{"told": "public"}]}
        with self.assertRaisesRegex(Unfit, "a before b before a: each must be submitted before the next"):
            rules.read([one, one | {"id": "b"}])
        three = [
            {"id": name, "stages": term(1), "before": [{"rule": then}]} for name, then in ("ab", "bc", "ca")
        ]
        with self.assertRaisesRegex(Unfit, "a before b before c before a"):
            rules.read(three)
        assert len(rules.read([*three[:2], {"id": "c", "stages": term(1)}])) == 3

    def test_against_a_chain_is_a_circle_too(self) -> None:
        chained = [{"start": {"event": "submission", "rule": "b"}, "deadline": {"n": 1, "unit": "hours"}}]
        first = {"id": "a", "stages": chained, "before": [{"rule": "b"}]}
        with self.assertRaisesRegex(Unfit, "a before b before a"):
            rules.read([first, {"id": "b", "stages": term(1)}])


class Contradicting(TestCase):
    def test_names_both_their_moments_and_what_counsel_decides(self) -> None:
        (one,) = found()
        assert one["first"] == {"rule": "twse-material-info", "stage": "disclosure", "unit": "MSH"}
        assert (one["then"]["rule"], one["order"]) == ("customer-contract", "weighed")
        assert one["why"] == (
            "C-0148 must be told by 19:10 Taipei on Thursday 18 June 2026, and before that the notice under "
            "twse-material-info must be submitted, which is due 07:00 Taipei on Monday 22 June 2026. Counsel decides: "
            "submit the notice under twse-material-info by then, or tell C-0148 first and say why when that notice is "
            "approved."
        )

    def test_is_over_once_either_was_told(self) -> None:
        at = "2026-06-18T15:50:00+08:00"
        for done in ({"rule": "twse-material-info"}, {"rule": "customer-contract", "stage": "C-0148"}):
            with self.subTest(**done):
                assert found(event("submission", at, **done)) == []

    def test_is_none_where_the_other_ends_with_it_or_later(self) -> None:
        # 87 hours 50 minutes after 15:10 on Thursday it is 07:00 on Monday, when the announcement is due.
        for minutes, count in ((5_269, 1), (5_270, 0), (5_271, 0)):
            clause = CUSTOMER | {"deadline": {"n": minutes, "unit": "minutes"}}
            with self.subTest(minutes=minutes):
                assert len(found(clauses=[clause])) == count

    def test_is_none_where_nothing_has_to_be_announced(self) -> None:
        assert found(factors={"customer_data": True, "material": False}) == []
        assert found(units=[{"code": "MSH", "country": "TW"}]) == []

    def test_holds_between_two_entities_of_one_incident(self) -> None:
        other = {"code": "PEN2", "country": "MY"}
        (one,) = found(units=[LISTED, other], clauses=[CUSTOMER | {"unit": "PEN2"}])
        assert (one["first"]["unit"], one["then"]["unit"]) == ("MSH", "PEN2")
        both = found(units=[LISTED, LISTED | {"code": "SUB"}], clauses=[CUSTOMER | {"unit": "MSH"}])
        assert sorted(one["first"]["unit"] for one in both) == ["MSH", "SUB"]


class TellingOutside(TestCase):
    def test_escalates_whatever_the_level(self) -> None:
        site = {"code": "DRS1", "country": "DE", "attributes": ["gdpr_controller"]}
        facts = {"level": 0, "personal_data": True}
        assert "group-escalation" in {one["rule"] for one in clocks(site, FACT, factors=facts)}
        assert clocks(site, FACT, factors={"level": 0, "personal_data": False}) == []
        assert clocks(site | {"attributes": []}, FACT, factors=facts) == []

    def test_of_an_incident_without_a_level_that_has_one_of_its_own_takes_that_of_the_lowest(self) -> None:
        site = {"code": "DRS1", "country": "DE", "attributes": ["gdpr_controller"]}
        clock = only(clocks(site, FACT, factors={"level": 0, "personal_data": True}), "group-escalation")
        assert clock["due"] == "2026-06-19T07:10:00Z"
        assert "The term is that of level 1." in clock["why"]
        unknown = only(clocks(site, FACT, factors={"personal_data": True}), "group-escalation")
        assert unknown["due"] == "2026-06-18T07:25:00Z"


class Channels(TestCase):
    def test_are_read_with_what_stands_in_for_them(self) -> None:
        way = RULES["tw-csma-report"].way
        assert (way.channel, way.is_supplemented) == ("portal", True)
        assert "phone" in way.others

    def test_that_there_are_not_are_refused(self) -> None:
        for row, says in [
            ({"channel": "pigeon"}, '"pigeon" is no channel'),
            ({"channel": "portal", "other_channels": ["pigeon"]}, '"pigeon" is no channel'),
            ({"other_channels": ["phone"]}, "name the channel"),
            ({"channel": "portal", "other_channels": "phone"}, "is a list"),
            ({"colour": "red"}, '"colour" is no part of a rule'),
        ]:
            with self.subTest(says=says), self.assertRaisesRegex(Unfit, says):
                rules.read([{"id": "x", "stages": term(1), **row}])
