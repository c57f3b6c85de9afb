"""What the loaded group shows of those who come in beside the employees, and of daily work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest import TestCase

import pytest

from keepwell.areas.incidents.models import Clock
from tests.running import NOW, Demo

OPEN = "SELECT count(*) FROM todos_debt WHERE settled_at IS NULL"
BY_NUMBER = "(SELECT id FROM people_person WHERE number = '{}')"
ADA, BEN = BY_NUMBER.format("A0000001"), BY_NUMBER.format("A0000002")


def moment(told: object) -> datetime:
    """A moment as a database or a setting tells it."""
    at = told if isinstance(told, datetime) else datetime.fromisoformat(str(told).replace("Z", "+00:00"))
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@pytest.fixture(scope="class")
def group(request: pytest.FixtureRequest, demo: Demo) -> None:
    request.cls.demo = demo


@pytest.mark.usefixtures("group")
class TheLoadedGroup(TestCase):
    demo: Demo

    def one(self, sql: str) -> object:
        return self.demo.rows(sql)[0][0]

    def test_has_guests_for_whom_somebody_answers(self) -> None:
        guests = self.demo.rows("SELECT number, organization, employed_until FROM people_person "
                                "WHERE kind = 'external' AND responsible_id IS NOT NULL ORDER BY number")  # fmt: skip
        self.assertEqual([number for number, _firm, _until in guests],
                         ["X0000004", *(f"X00000{n}" for n in range(11, 17))])  # fmt: skip
        self.assertEqual(len({firm for _number, firm, _until in guests[1:]}), 4)

    def test_has_exactly_one_administrator_and_one_grant_that_waits_for_her(self) -> None:
        held = "SELECT count(DISTINCT person_id) FROM people_grant WHERE role = 'administrator' AND until IS NULL"
        waiting = f"SELECT role FROM people_grant WHERE standing = 'proposed' AND proposed_by_id <> {ADA}"
        self.assertEqual((self.one(held), self.demo.rows(waiting)), (1, [("secretariat",)]))

    def test_has_machines_with_narrow_tokens(self) -> None:
        narrow = "SELECT count(*) FROM people_token t JOIN people_person p ON p.id = t.person_id WHERE p.kind = 'machine'"
        self.assertEqual(self.one(narrow), 2)

    def test_tells_nothing_abroad(self) -> None:
        for table in ("notices_webhook", "notices_channel"):
            self.assertEqual(
                [bool(on) for (on,) in self.demo.rows(f"SELECT is_on FROM {table}")], [False], table
            )

    def test_gives_roles_by_groups(self) -> None:
        by_rule = (
            "SELECT role FROM people_grant WHERE rule_id IS NOT NULL AND retired_at IS NULL ORDER BY role"
        )
        self.assertEqual(self.demo.rows(by_rule), [("secretariat",), ("site_officer",), ("site_officer",)])

    def test_owes_several_people_several_things(self) -> None:
        self.assertEqual(self.one(f"{OPEN} AND delegate_id = {BEN} AND delegated_by_id = {ADA}"), 1)
        others = f"{OPEN} AND record_type <> 'improvement.action'"
        self.assertEqual(self.one(f"{others} AND debtor_id = {BEN}"), 1)
        self.assertEqual(self.one(f"{others} AND role = 'secretariat'"), 1)
        told = "SELECT count(*) FROM notices_notice WHERE read_at IS NULL AND person_id = "
        for person in (ADA, BEN):
            self.assertGreaterEqual(int(str(self.one(told + person))), 2)

    def test_has_one_piece_of_evidence_for_several_records_and_one_on_hold(self) -> None:
        proves = ("SELECT count(*) FROM evidence_link l JOIN evidence_piece p ON p.id = l.piece_id "
                  "WHERE p.reference = 'EV-MINUTES-2025-10'")  # fmt: skip
        self.assertGreater(int(str(self.one(proves))), 1)
        self.assertEqual(self.one("SELECT count(*) FROM evidence_piece WHERE held_at IS NOT NULL"), 1)

    def test_plans_what_to_do_about_its_gaps(self) -> None:
        rolled_out = (
            "SELECT count(*) FROM improvement_action a JOIN improvement_initiative i ON i.id = a.initiative_id "
            "WHERE i.code LIKE 'GI-2024-%'"
        )
        self.assertEqual(self.one(rolled_out), 14)
        late = "SELECT count(*) FROM improvement_action WHERE state IN ('planned', 'under_way') AND due_on < '2025-11-14'"
        verified = "SELECT count(*) FROM improvement_action WHERE state = 'verified'"
        self.assertGreater(int(str(self.one(late))), 0)
        self.assertGreater(int(str(self.one(verified))), 20)

    def test_knows_seven_years_of_incidents_of_all_levels_at_every_site(self) -> None:
        by_year = self.demo.rows(
            "SELECT substr(number, 4, 4), count(*) FROM incidents_incident GROUP BY 1 ORDER BY 1"
        )
        self.assertEqual(by_year, [("2019", 88), ("2020", 104), ("2021", 121), ("2022", 137), ("2023", 142), ("2024", 158),
                                   ("2025", 150)])  # fmt: skip
        levels = self.demo.rows("SELECT DISTINCT level FROM incidents_incident ORDER BY 1")
        self.assertEqual([level for (level,) in levels], [0, 1, 2, 3, 4])
        self.assertEqual(self.one("SELECT count(DISTINCT unit_id) FROM incidents_incident"), 25)
        self.assertEqual(self.one("SELECT count(*) FROM incidents_incident WHERE is_material"), 0)
        self.assertEqual(self.one("SELECT count(*) FROM incidents_incident WHERE is_restricted"), 2)

    def test_is_in_the_midst_of_one_with_clocks_met_and_running(self) -> None:
        running = "(SELECT id FROM incidents_incident WHERE number = 'IN-2025-0150')"
        clocks = self.demo.rows(
            f"SELECT rule, state FROM incidents_clock WHERE incident_id = {running} ORDER BY due_at"
        )
        self.assertEqual([rule for rule, state in clocks if state == "met"], ["group-escalation"] * 2)
        self.assertEqual([rule for rule, state in clocks if state == "running"],
                         ["customer-contract"] * 3 + ["twse-material-info"])  # fmt: skip
        of_now = (
            "SELECT n.state, count(*) FROM incidents_incidentnotice n JOIN incidents_clock c ON c.id = n.clock_id "
            f"WHERE c.incident_id = {running} GROUP BY 1 ORDER BY 1"
        )
        self.assertEqual(self.demo.rows(of_now), [("drafted", 1), ("sent", 2)])

    def test_handled_its_latest_incidents_in_keepwell_and_not_all_in_time(self) -> None:
        over = "FROM incidents_clock c JOIN incidents_incident i ON i.id = c.incident_id WHERE i.state = 'closed'"
        by_state = dict(self.demo.rows(f"SELECT c.state, count(*) {over} GROUP BY 1"))
        self.assertGreater(by_state["met"], 2 * by_state["late"])
        self.assertGreater(by_state["late"], 0)
        self.assertEqual(self.one(f"SELECT count(*) {over} AND c.state <> 'met' AND c.reason = ''"), 0)
        open_tasks = (
            "SELECT count(*) FROM incidents_incidenttask t JOIN incidents_incident i ON i.id = t.incident_id "
            "WHERE i.state = 'closed' AND t.state = 'open'"
        )
        self.assertEqual(self.one(open_tasks), 0)
        self.assertGreater(
            int(str(self.one("SELECT count(*) FROM improvement_action WHERE code LIKE 'IN-2025-%-L1'"))), 1
        )

    def test_reviewed_each_incident_that_is_closed(self) -> None:
        closed = "FROM incidents_incident i LEFT JOIN incidents_incidentreview r ON r.incident_id = i.id WHERE i.state = 'closed'"
        ((incidents, missing),) = self.demo.rows(
            f"SELECT count(*), sum(CASE WHEN r.happened <> '' THEN 0 ELSE 1 END) {closed}"
        )
        self.assertGreater(incidents, 800)
        self.assertEqual(missing, 0)
        handled = self.demo.rows(f"SELECT r.causes, r.worked, r.failed {closed} AND NOT i.is_history")
        self.assertTrue(handled)
        self.assertTrue(all(all(parts) for parts in handled))

    def test_tells_the_course_of_each_past_incident_and_what_the_grave_ones_cost(self) -> None:
        untold = (
            "SELECT count(*) FROM incidents_incident i WHERE i.is_history AND (SELECT count(*) FROM "
            "incidents_timelineentry e WHERE e.incident_id = i.id AND e.verb = '') < CASE WHEN i.level = 0 THEN 2 ELSE 3 END"
        )
        self.assertEqual(self.one(untold), 0)
        grave = (
            "SELECT count(*) FROM incidents_incident i WHERE i.is_history AND i.level >= 3 "
            "AND NOT EXISTS (SELECT 1 FROM incidents_incidentcost c WHERE c.incident_id = i.id)"
        )
        self.assertEqual(self.one(grave), 0)

    def test_asks_other_sites_meets_and_keeps_one_entry_for_few(self) -> None:
        of_it = "incident_id = (SELECT id FROM incidents_incident WHERE number = 'IN-2025-0150')"
        answers = (
            "SELECT u.code, a.state FROM incidents_exposureanswer a JOIN tree_unit u ON u.id = a.unit_id "
            f"WHERE a.{of_it} ORDER BY u.code"
        )
        self.assertEqual(
            [tuple(row) for row in self.demo.rows(answers)],
            [("KHH1", "not_exposed"), ("KHH2", "exposed"), ("PEN1", "not_sure"), ("SUZ1", "open")],
        )
        self.assertEqual(
            self.one(f"SELECT count(*) FROM incidents_timelineentry WHERE tlp = 'red' AND {of_it}"), 1
        )
        self.assertEqual(self.one(f"SELECT minutes FROM incidents_responsemeeting WHERE {of_it}"), 30)
        self.assertEqual(self.one("SELECT count(*) FROM incidents_meetingmail"), 4)
        self.assertGreater(int(str(self.one(f"SELECT count(*) FROM incidents_indicator WHERE {of_it}"))), 5)
        held = (
            "SELECT count(*) FROM evidence_custodyentry c JOIN evidence_piece p ON p.id = c.piece_id "
            "WHERE p.reference = 'EV-PEN2-ENG3'"
        )
        self.assertEqual(self.one(held), 2)

    def test_gets_reports_by_mail(self) -> None:
        told = "SELECT count(*) FROM incidents_report WHERE channel = 'mail'"
        self.assertEqual(self.one(told), 3)
        self.assertEqual(self.one("SELECT count(*) FROM incidents_receivedmail WHERE because <> ''"), 1)

    def test_has_views_that_are_shared(self) -> None:
        self.assertEqual(self.one("SELECT count(*) FROM registers_keptview WHERE unit_id IS NOT NULL"), 3)

    def test_was_assessed_year_by_year_in_it_and_from_2023_in_ot(self) -> None:
        counted = (
            "SELECT c.year, a.scope, count(*) FROM assessment_assessment a JOIN assessment_cycle c ON c.id = a.cycle_id "
            "GROUP BY c.year, a.scope ORDER BY c.year, a.scope"
        )
        self.assertEqual(
            [tuple(row) for row in self.demo.rows(counted)],
            [
                (2023, "it", 25),
                (2023, "ot", 4),
                (2024, "it", 25),
                (2024, "ot", 8),
                (2025, "it", 25),
                (2025, "ot", 12),
            ],
        )

    def test_has_sites_that_claim_most_where_proof_is_hard(self) -> None:
        claimed = (
            "SELECT avg(s.practice - v.practice) FROM assessment_answer s JOIN assessment_answer v "
            "ON v.assessment_id = s.assessment_id AND v.node_id = s.node_id AND v.source = 'validated' "
            "JOIN frameworks_node n ON n.id = s.node_id WHERE s.source = 'self' AND n.code LIKE '{}%'"
        )
        suppliers, access = (float(str(self.one(claimed.format(code)))) for code in ("GV.SC", "PR.AA"))
        self.assertGreater(suppliers, 0.5)
        self.assertLess(access, 0.3)

    def test_stands_in_the_validation_of_2025_with_two_who_still_answer(self) -> None:
        standing = (
            "SELECT a.state, count(*) FROM assessment_assessment a JOIN assessment_cycle c ON c.id = a.cycle_id "
            "WHERE c.year = 2025 GROUP BY a.state ORDER BY a.state"
        )
        self.assertEqual(
            [tuple(row) for row in self.demo.rows(standing)],
            [("answering", 2), ("submitted", 19), ("validated", 16)],
        )


@pytest.mark.usefixtures("group")
class ThePastOfTheGroup(TestCase):
    demo: Demo

    def test_told_of_its_past_incidents_mostly_in_time_in_every_year(self) -> None:
        found = self.demo.rows(
            "SELECT substr(i.number, 4, 4), c.state, count(*), sum(CASE WHEN c.reason = '' THEN 1 ELSE 0 END) "
            "FROM incidents_clock c JOIN incidents_incident i ON i.id = c.incident_id WHERE i.is_history GROUP BY 1, 2"
        )
        by_year: dict[str, dict[str, int]] = {}
        for year, state, count, _without_reason in found:
            by_year.setdefault(year, {})[state] = count
        self.assertEqual(sorted(by_year), [str(year) for year in range(2019, 2026)])
        for year, states in by_year.items():
            self.assertGreater(states["met"], 2 * (states["late"] + states["running"]), year)
            self.assertGreater(min(states["late"], states["running"]), 0, year)
        self.assertEqual(
            [state for _year, state, _count, reasonless in found if state != "met" and reasonless], []
        )
        shares = self.demo.rows(
            "SELECT year, denominator FROM metrics_reading r JOIN tree_unit u ON u.id = r.unit_id "
            "WHERE metric = 'incidents.clocks_met' AND u.code = 'MERIDIAN' AND year BETWEEN 2019 AND 2024"
        )
        self.assertGreater(min(counted for _year, counted in shares), 50)


@pytest.mark.usefixtures("group")
class TheNightInPenang(TestCase):
    demo: Demo

    def one(self, sql: str) -> object:
        return self.demo.rows(sql)[0][0]

    def test_has_one_clock_at_risk_by_the_rule_that_warns_of_it(self) -> None:
        """C-0205 has 19 minutes of its three hours left; C-0148 1 h 19 min of four, which is no last quarter yet."""
        rows = self.demo.rows(
            "SELECT l.counterparty, c.start_at, c.ends_at FROM incidents_clock c "
            "JOIN organization_noticeclause l ON l.id = c.clause_id "
            "WHERE c.incident_id = (SELECT id FROM incidents_incident WHERE number = 'IN-2025-0150')"
        )
        clocks = {
            name: Clock(state="running", start_at=moment(start), ends_at=moment(ends))
            for name, start, ends in rows
        }
        now = moment(NOW)
        self.assertEqual({name: clock.is_at_risk(now) for name, clock in clocks.items()},
                         {"C-0205": True, "C-0148": False, "C-0031": False})  # fmt: skip
        self.assertEqual(clocks["C-0205"].ends_at - now, timedelta(minutes=19))
        self.assertEqual(clocks["C-0148"].ends_at - now, timedelta(minutes=79))
        warned = "SELECT DISTINCT record_id FROM notices_notice WHERE kind = 'clock.risk'"
        at_risk = (
            "SELECT c.id FROM incidents_clock c JOIN organization_noticeclause l ON l.id = c.clause_id "
            "WHERE l.counterparty = 'C-0205'"
        )
        self.assertEqual(self.demo.rows(warned), self.demo.rows(at_risk))

    def test_has_somebody_on_duty_at_the_group_and_at_six_sites(self) -> None:
        on_duty = (
            "SELECT u.code, min(d.rank), max(d.from_level) FROM incidents_dutyshift d JOIN tree_unit u ON u.id = d.unit_id "
            "WHERE d.since <= '2025-11-13 21:12:00' AND d.until > '2025-11-13 21:12:00' GROUP BY u.code ORDER BY u.code"
        )
        self.assertEqual([tuple(row) for row in self.demo.rows(on_duty)],
                         [("HSZ1", 1, 0), ("KHH1", 1, 0), ("KHH2", 1, 0), ("MERIDIAN", 1, 3), ("PEN1", 1, 0), ("PEN2", 1, 0),
                          ("SUZ1", 1, 0)])  # fmt: skip
        self.assertEqual(self.one("SELECT count(DISTINCT since) FROM incidents_dutyshift WHERE unit_id = "
                                  "(SELECT id FROM tree_unit WHERE code = 'PEN2')"), 10)  # fmt: skip

    def test_called_whoever_was_on_duty_that_night(self) -> None:
        """A report that nobody had looked at in 15 minutes, the incident, S2 for the group, S3 for its CISO."""
        told = (
            "SELECT c.report_id IS NOT NULL, r.level, u.code, c.answered_at IS NOT NULL FROM incidents_escalationcall c "
            "LEFT JOIN incidents_classification r ON r.id = c.rise_id LEFT JOIN tree_unit u ON u.id = c.roster_id "
            "WHERE c.incident_id = (SELECT id FROM incidents_incident WHERE number = 'IN-2025-0150') ORDER BY c.called_at"
        )
        self.assertEqual(
            [
                (bool(report), level, roster, bool(answered))
                for report, level, roster, answered in self.demo.rows(told)
            ],
            [
                (True, None, None, True),
                (False, None, None, True),
                (False, 2, "MERIDIAN", True),
                (False, 3, "MERIDIAN", True),
            ],
        )
        waking = "SELECT count(*) FROM incidents_classification WHERE wakes_above IS NOT NULL"
        self.assertEqual(self.one(waking), 0)
