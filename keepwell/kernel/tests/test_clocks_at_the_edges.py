"""What clocks refuse, and what they do at the edges of calendars, days and months."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from unittest import TestCase
from zoneinfo import ZoneInfo

from keepwell.kernel.clocks import calendars, case, rules, spans
from keepwell.kernel.clocks.calendars import Calendar, Unfit
from keepwell.kernel.tests.test_clocks import LISTED, NOW, RULES, clocks, event, only

TERM = {"start": "awareness", "deadline": {"n": 1, "unit": "hours"}}


class Calendars(TestCase):
    TRADING = Calendar("TWSE", "Asia/Taipei", {date(2026, 6, 19): ""})

    def test_of_an_unknown_exchange_leave_out_weekends_and_say_so(self) -> None:
        row = {
            "id": "x",
            "calendar": "MOON",
            "stages": [{"start": "awareness", "deadline": {"n": 1, "unit": "business_days"}}],
        }
        table = rules.read([row])
        given = {
            "units": [LISTED],
            "rules": ["x"],
            "events": [event("awareness", "2026-06-19T12:00:00+08:00")],
        }
        clock = case.answer(case.read(given, table, datetime(2026, 6, 19, tzinfo=UTC)))["clocks"][0]
        assert clock["due_local"] == "2026-06-23T00:00:00+08:00"
        assert "no closures are known for 2026" in clock["why"]

    def test_a_year_nobody_closed_yet_is_said(self) -> None:
        found = clocks(
            LISTED, event("date_of_fact", "2040-06-18T15:10:00+08:00"), rules=["twse-material-info"]
        )
        assert "Of TWSE no closures are known for 2040" in only(found, "twse-material-info")["why"]

    def test_a_saturday_on_which_work_is_made_up_counts(self) -> None:
        opened = Calendar("TW", "Asia/Taipei", opened=frozenset({date(2026, 6, 20)}))
        assert opened.following(date(2026, 6, 19)) == date(2026, 6, 20)

    def test_an_hour_that_is_skipped_and_one_that_comes_twice(self) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        assert spans.at_local(date(2026, 3, 29), time(2, 30), berlin) == datetime(
            2026, 3, 29, 1, 30, tzinfo=UTC
        )
        assert spans.at_local(date(2026, 10, 25), time(2, 30), berlin) == datetime(
            2026, 10, 25, 0, 30, tzinfo=UTC
        )

    def test_a_leap_day_comes_back_as_the_28th(self) -> None:
        assert spans.months_later(date(2028, 2, 29), 12) == date(2029, 2, 28)


WRONG = [
    ({"units": []}, "at least one entry"),
    ({"units": [{"code": "A", "country": "XX"}]}, "no country"),
    ({"units": [{"code": "A", "country": "TW"}, {"code": "A", "country": "TW"}]}, "twice"),
    ({"units": [{"code": "A", "zone": "Mars/Olympus"}]}, "No time zone"),
    ({"units": [LISTED], "rules": ["gdpr-99"]}, 'no rule has the id "gdpr-99"'),
    ({"units": [LISTED], "events": [event("noticed", NOW)]}, "no kind of event"),
    ({"units": [LISTED], "events": [event("awareness", "2026-06-18T15:10:00")]}, "has no zone"),
    ({"units": [LISTED], "events": [event("awareness", "yesterday")]}, "write the moment as"),
    ({"units": [LISTED], "events": [event("awareness", "9999-12-31T23:59:59Z")]}, "outside the years"),
    ({"units": [LISTED], "events": [event("level_change", NOW, level=7)]}, "no level"),
    ({"units": [LISTED], "events": [event("level_change", NOW)]}, "to which level"),
    ({"units": [LISTED], "events": [event("submission", NOW)]}, "no rule has the id"),
    ({"units": [LISTED], "events": [event("awareness", NOW, unit="ZZZ")]}, "no unit of the case"),
    ({"units": [LISTED], "factors": {"colour": True}}, "no factor"),
    ({"units": [LISTED], "factors": {"material": "yes"}}, "true or false"),
    ({"units": [LISTED], "factors": {"level": 5}}, "outside 0 to 4"),
    ({"units": [LISTED], "calendars": {"TWSE": {"closed": ["19 June"]}}}, "write each day as"),
    ({"units": [LISTED], "clauses": [{"rule": "gdpr-33"}]}, "a contract cannot change it"),
    ({"units": [LISTED], "clauses": [{"rule": "customer-contract", "deadline": {"n": 0, "unit": "hours"}}]}, "1 to"),
    ({"units": [LISTED], "what": 1}, "no part of a case"),
    ([], "holds no case"),
]  # fmt: skip


class Refusing(TestCase):
    def test_says_in_one_sentence_what_is_wrong(self) -> None:
        for given, says in WRONG:
            with self.subTest(says=says), self.assertRaisesRegex(Unfit, says):
                case.read(given, RULES, datetime.now(UTC))

    def test_a_rule_that_cannot_be_run_is_refused_when_it_is_read(self) -> None:
        for row, says in [
            ({"id": "x", "stages": []}, "at least one stage"),
            ({"id": "x", "stages": [{"start": "awareness"}]}, "give it a deadline"),
            (
                {
                    "id": "x",
                    "stages": [{"start": "awareness", "deadline": {"n": 1, "unit": "business_days"}}],
                },
                "name the calendar",
            ),
            (
                {"id": "x", "stages": [{"start": "dawn", "deadline": {"n": 1, "unit": "hours"}}]},
                "no kind of event",
            ),
            (
                {
                    "id": "x",
                    "stages": [
                        {"start": {"event": "submission", "rule": "y"}, "deadline": {"n": 1, "unit": "days"}}
                    ],
                },
                "no such rule",
            ),
            ({"id": "x", "when": [{"factor": "colour"}], "stages": [TERM]}, "no factor"),
            ({"id": "x", "zone": "Nowhere", "stages": [TERM]}, "No time zone"),
        ]:
            with self.subTest(says=says), self.assertRaisesRegex(Unfit, says):
                rules.read([row])

    def test_two_rules_of_one_id_contradict_each_other(self) -> None:
        row = {"id": "x", "stages": [{"start": "awareness", "deadline": {"n": 1, "unit": "hours"}}]}
        with self.assertRaisesRegex(Unfit, "two rules have this id"):
            rules.read([row, row])

    def test_an_exchange_keeps_its_closures(self) -> None:
        kept = calendars.kept("TWSE")
        assert kept is not None
        assert not kept.is_business(date(2026, 6, 19))
        assert kept.is_business(date(2026, 6, 18))
