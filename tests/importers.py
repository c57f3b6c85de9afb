"""Everything by which much comes in at once: what it is sent in a round, and the records that must be there of it."""

from __future__ import annotations

import io
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID

import openpyxl

from tests.importing import CYCLE, VERSION, House, Importer, table
from tests.test_outages import Answer

SCIM = "application/scim+json"
SCALE = "cmmi-0-5"
SCORED, RECOMMENDED = ("PEN2", "ot"), ("PEN1", "it")
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Courses(Importer):
    name, kind, count = "courses", "awareness.course", 120

    def send(self, house: House, number: int) -> Answer:
        rows = [(f"S{number}-{row}", f"Course {row}", 5, "2019-01-01") for row in range(self.count)]
        heads = ("code", "name", "minutes", "active_from")
        return house.form("/api/courses/bring-in", {}, ("courses.csv", table(heads, rows)))

    def records(self, number: int) -> str:
        return f"SELECT id, version, code AS name FROM awareness_course WHERE code LIKE 'S{number}-%'"


class Figures(Importer):
    """The figures of a set of benchmarks."""

    name, kind, count = "benchmarks", "assessment.benchmarkfigure", 80

    def prepare(self, house: House, number: int) -> None:
        told = {
            "code": f"s{number}", "name": f"Survey {number}", "year": 2024, "source": "An institute", "sample": 40,
            "licence": "For members", "framework_version": VERSION, "scale": SCALE, "unit": "MERIDIAN",
        }  # fmt: skip
        assert house.send("/api/benchmarks", told).status == 201

    def send(self, house: House, number: int) -> Answer:
        places = [(code, scope) for code in house.codes for scope in ("it", "ot")][: self.count]
        heads = ("benchmark", "code", "scope", "mean", "median")
        rows = [(f"s{number}", code, scope, "2.5", "2.4") for code, scope in places]
        return house.form("/api/benchmark-figures/bring-in", {}, ("figures.csv", table(heads, rows)))

    def records(self, number: int) -> str:
        return f"""SELECT f.id, f.version, f.code || f.scope AS name FROM assessment_benchmarkfigure f
        JOIN assessment_benchmark b ON b.id = f.benchmark_id WHERE b.code = 's{number}'"""


class PastIncidents(Importer):
    name, kind, count = "incidents of the past", "incidents.incident", 80

    def send(self, house: House, number: int) -> Answer:
        heads = ("number", "unit", "title", "level", "reported_at", "contained_at", "closed_at")
        moments = ("2021-06-18T03:10", "2021-06-18T06:10", "2021-07-02T09:00")
        rows = [(f"S{number}-{row}", "KHH1", f"Incident {row}", 1, *moments) for row in range(self.count)]
        return house.form("/api/incidents/past", {}, ("past.csv", table(heads, rows)))

    def records(self, number: int) -> str:
        return f"SELECT id, version, number AS name FROM incidents_incident WHERE number LIKE 'S{number}-%'"

    def check(self, house: House, number: int) -> None:
        """Each with its classification, two entries and its pulse."""
        mine = f"incident_id IN (SELECT id FROM ({self.records(number)}) mine)"
        there = self.found(house, number)[0]
        for name, each in (("classification", 1), ("timelineentry", 2), ("pulse", 1)):
            assert house.one(f"SELECT count(*) FROM incidents_{name} WHERE {mine}") == each * there, name


class PastNotices(Importer):
    """What was told of incidents of the past: two notices of each."""

    name, kind, count = "notices of the past", "incidents.clock", 80

    def prepare(self, house: House, number: int) -> None:
        heads = ("number", "unit", "title", "level", "reported_at", "closed_at")
        moments = ("2021-06-18T03:10", "2021-07-02T09:00")
        rows = [
            (f"N{number}-{row}", "KHH1", f"Incident {row}", 1, *moments) for row in range(self.count // 2)
        ]
        told = house.form("/api/incidents/past", {}, ("past.csv", table(heads, rows)))
        assert told.status == 200, told.text

    def send(self, house: House, number: int) -> Answer:
        heads = ("incident", "rule", "due", "sent", "why_late")
        met = ("group-escalation", "2021-06-19T03:10", "2021-06-18T09:00", "")
        missed = ("gdpr-33", "2021-06-21T03:10", "", "Nobody thought of it.")
        rows = [(f"N{number}-{row}", *told) for row in range(self.count // 2) for told in (met, missed)]
        return house.form("/api/incidents/past-notices", {}, ("notices.csv", table(heads, rows)))

    def records(self, number: int) -> str:
        return f"""SELECT c.id, c.version, i.number || c.rule AS name FROM incidents_clock c
        JOIN incidents_incident i ON i.id = c.incident_id WHERE i.number LIKE 'N{number}-%'"""

    def check(self, house: House, number: int) -> None:
        """Half of them met, the others with why they were missed."""
        mine, there = f"id IN (SELECT id FROM ({self.records(number)}) mine)", self.found(house, number)[0]
        for told in ("state = 'met'", "state = 'running' AND reason <> ''"):
            assert house.one(f"SELECT count(*) FROM incidents_clock WHERE {mine} AND {told}") == there // 2, (
                told
            )


class Requirements(Importer):
    """A version of a framework as a workbook."""

    name, kind, count, file = "framework as a table", "frameworks.node", 120, "own.xlsx"
    again = frozenset({409})
    framework: ClassVar[str] = "own-kills"

    def __init__(self) -> None:
        self.sent = b""

    def prepare(self, house: House, number: int) -> None:
        self.sent = self.sent or self.content(house)

    def content(self, house: House) -> bytes:
        book, out = openpyxl.Workbook(), io.BytesIO()
        for row in [
            ("code", "title", "scored"),
            *((f"R.{n}", f"Rule {n}", "yes") for n in range(self.count)),
        ]:
            book.active.append(row)
        book.save(out)
        return out.getvalue()

    def send(self, house: House, number: int) -> Answer:
        told = {
            "framework": self.framework,
            "name": self.framework,
            "code": self.code(number),
            "label": str(number),
        }
        return house.form("/api/framework-versions/files", told, (self.file, self.sent))

    def code(self, number: int) -> str:
        return f"{self.framework}-{number}"

    def records(self, number: int) -> str:
        return f"""SELECT n.id, n.version, n.code AS name FROM frameworks_node n
        JOIN frameworks_version v ON v.id = n.framework_version_id WHERE v.code = '{self.code(number)}'"""

    def check(self, house: House, number: int) -> None:
        """Its version once, or not at all."""
        versions = house.one(f"SELECT count(*) FROM frameworks_version WHERE code = '{self.code(number)}'")
        assert versions == (1 if self.found(house, number)[0] else 0)


class Catalog(Requirements):
    """A version of a framework as OSCAL."""

    name, count, file, framework = "framework as OSCAL", 225, "catalog.json", "oscal-kills"

    def content(self, house: House) -> bytes:
        version = house.id(f"SELECT id FROM frameworks_version WHERE code = '{VERSION}'")
        return house.read(f"/api/framework-versions/{version}/catalog.json")


class Profile(Requirements):
    """A profile of a framework as a table."""

    name, kind, count, file, framework = (
        "profile",
        "frameworks.profileline",
        90,
        "profile.csv",
        "profile-kills",
    )

    def content(self, house: House) -> bytes:
        return table(("subcategory", "priority"), [(code, "High") for code in house.codes[: self.count]])

    def send(self, house: House, number: int) -> Answer:
        told = {"framework_version": VERSION, "code": self.code(number), "name": "A profile"}
        return house.form("/api/profiles/files", told, (self.file, self.sent))

    def records(self, number: int) -> str:
        return f"""SELECT l.id, l.version, l.node_id AS name FROM frameworks_profileline l
        JOIN frameworks_profile p ON p.id = l.profile_id WHERE p.code = '{self.code(number)}'"""

    def check(self, house: House, number: int) -> None:
        """Itself once, or not at all."""
        profiles = house.one(f"SELECT count(*) FROM frameworks_profile WHERE code = '{self.code(number)}'")
        assert profiles == (1 if self.found(house, number)[0] else 0)


class Scores(Importer):
    """Scores of a cycle, as a list."""

    name, kind, count = "scores of a cycle", "assessment.answer", 90

    def send(self, house: House, number: int) -> Answer:
        heads = ("unit", "scope", "requirement", "source", "policy", "practice", "reason")
        given = ("imported", 2 + number % 2, 2, f"S{number}")
        rows = [(*SCORED, code, *given) for code in house.codes[: self.count]]
        return house.form(f"/api/cycles/{house.cycle}/scores", {}, ("scores.csv", table(heads, rows)))

    def records(self, number: int) -> str:
        return f"""SELECT id, version, node_id AS name FROM assessment_answer
        WHERE source = 'imported' AND reason = 'S{number}'"""


class Workbook(Importer):
    """The workbook of an assessment, filled in."""

    name, kind, count = "workbook of an assessment", "assessment.answer", 106

    def __init__(self) -> None:
        self.filled: dict[int, bytes] = {}

    def address(self, house: House) -> str:
        site, scope = SCORED
        held = f"""SELECT a.id FROM assessment_assessment a JOIN tree_unit u ON u.id = a.unit_id
        JOIN assessment_cycle c ON c.id = a.cycle_id
        WHERE u.code = '{site}' AND a.scope = '{scope}' AND c.name = '{CYCLE}'"""
        return f"/api/assessments/{house.id(held)}/workbook"

    def prepare(self, house: House, number: int) -> None:
        book = openpyxl.load_workbook(io.BytesIO(house.read(f"{self.address(house)}.xlsx")))
        rows = list(book.active.iter_rows())
        heads = next(row for row in rows if row[-1].value == "Keepwell")
        place = {str(cell.value): cell.column - 1 for cell in heads}
        for row in rows[heads[0].row :]:
            if row[-1].value:
                row[place["Policy"]].value = row[place["Practice"]].value = 2 + number % 2
                row[place["Does not apply (x)"]].value = None
                row[place["Reason"]].value = f"S{number}"
        out = io.BytesIO()
        book.save(out)
        self.filled[number] = out.getvalue()

    def send(self, house: House, number: int) -> Answer:
        return house.form(self.address(house), {}, ("answers.xlsx", self.filled[number]))

    def records(self, number: int) -> str:
        return f"""SELECT id, version, node_id AS name FROM assessment_answer
        WHERE source = 'self' AND reason = 'S{number}'"""


class Recommendations(Importer):
    """A consultant's list."""

    name, kind, count = "consultant's list", "assessment.recommendation", 40

    def send(self, house: House, number: int) -> Answer:
        heads = ("unit", "scope", "requirement", "recommendation")
        rows = [(*RECOMMENDED, code, f"S{number}") for code in house.codes[: self.count]]
        address = f"/api/cycles/{house.cycle}/recommendations"
        return house.form(address, {}, ("list.csv", table(heads, rows)))

    def records(self, number: int) -> str:
        return f"SELECT id, version, node_id AS name FROM assessment_recommendation WHERE text = 'S{number}'"


class Provisioned(Importer):
    """Newcomers told by SCIM in one request."""

    name, kind, count, is_by_row = "SCIM in bulk", "people.person", 15, True

    def send(self, house: House, number: int) -> Answer:
        steps = [{"method": "POST", "path": "/Users", "bulkId": str(row), "data": self.user(f"S{number}-{row}")}
                 for row in range(self.count)]  # fmt: skip
        return house.send("/scim/v2/Bulk", {"Operations": steps}, SCIM, token=house.machine)

    def user(self, name: str) -> dict[str, Any]:
        work = {"employeeNumber": name, "department": "KHH1"}
        return {"schemas": [USER, ENTERPRISE], "userName": f"{name}@meridian.example", "displayName": name,
                ENTERPRISE: work}  # fmt: skip

    def records(self, number: int) -> str:
        return f"SELECT id, version, number AS name FROM people_person WHERE number LIKE 'S{number}-%'"

    def check(self, house: House, number: int) -> None:
        """Each with a way to sign in, a posting and what was told of them."""
        mine = f"person_id IN (SELECT id FROM ({self.records(number)}) mine)"
        there = self.found(house, number)[0]
        for name in ("account", "posting", "provision"):
            assert house.one(f"SELECT count(*) FROM people_{name} WHERE {mine}") == there, name


class Many(Importer):
    """One thing done to many records of a list."""

    name, kind, count, is_by_row = "bulk act", "awareness.course", 40, True
    again = frozenset({200})

    def prepare(self, house: House, number: int) -> None:
        rows = [(f"B-{row}", f"Course {row}", 5, "2019-01-01") for row in range(self.count)]
        heads = ("code", "name", "minutes", "active_from")
        if not number:
            told = house.form("/api/courses/bring-in", {}, ("courses.csv", table(heads, rows)))
            assert told.status == 200, told.text

    def send(self, house: House, number: int) -> Answer:
        ids = [
            str(UUID(str(pk)))
            for (pk,) in house.demo.rows("SELECT id FROM awareness_course WHERE code LIKE 'B-%'")
        ]
        told = {"field": "minutes", "value": str(10 + number), "reason": f"S{number}"}
        return house.send(
            "/api/courses/many", {"act": "change", "ids": ids, "answers": told, "key": f"S{number}"}
        )

    def records(self, number: int) -> str:
        return f"SELECT id, version, code AS name FROM awareness_course WHERE code LIKE 'B-%' AND minutes = {10 + number}"

    def check(self, house: House, number: int) -> None:
        """Nothing was done twice: each was entered, and changed once in each round."""
        mine = f"SELECT id FROM ({self.records(number)}) mine"
        assert house.demo.rows(f"SELECT DISTINCT version FROM awareness_course WHERE id IN ({mine})") in (
            [],
            [(number + 2,)],
        )


class Evidence(Importer):
    """A piece of evidence with five files."""

    name, kind, count = "evidence", "evidence.file", 5
    again = frozenset()
    size: ClassVar[int] = 400_000

    def content(self, number: int, row: int) -> bytes:
        line = f"{number} {row} what was seen, line by line\n".encode()
        return line * (self.size // len(line))

    def send(self, house: House, number: int) -> Answer:
        files = [(f"{row}.txt", self.content(number, row)) for row in range(self.count)]
        return house.form("/api/evidence/attach", {"title": f"S{number}", "unit": "KHH1"}, *files)

    def records(self, number: int) -> str:
        return f"""SELECT f.id, f.version, f.name FROM evidence_file f JOIN evidence_version v ON v.id = f.of_version_id
        JOIN evidence_piece p ON p.id = v.piece_id WHERE p.title = 'S{number}'"""

    def check(self, house: House, number: int) -> None:
        """One piece or none, and its bytes in the store."""
        there = self.found(house, number)[0]
        assert house.one(f"SELECT count(*) FROM evidence_piece WHERE title = 'S{number}'") == (
            1 if there else 0
        )
        for row in range(there):
            digest = sha256(self.content(number, row)).hexdigest()
            kept = house.demo.folder / "evidence" / digest[:2] / digest
            assert sha256(kept.read_bytes()).hexdigest() == digest, (
                "the store lacks bytes of a file that is there"
            )


class Naive(Courses):
    """The control of the experiment: a program that brings the same courses in one by one."""

    name, count = "naive", 30
    again = frozenset()

    def send(self, house: House, number: int) -> Answer:
        for row in range(self.count):
            told = {
                "code": f"N{number}-{row}",
                "name": f"Course {row}",
                "minutes": 5,
                "active_from": "2019-01-01",
            }
            answer = house.send("/api/courses", told)
            if answer.status != 201:
                break
        return answer

    def records(self, number: int) -> str:
        return f"SELECT id, version, code AS name FROM awareness_course WHERE code LIKE 'N{number}-%'"


IMPORTERS: tuple[Importer, ...] = (
    Courses(), Figures(), PastIncidents(), PastNotices(), Requirements(), Catalog(), Profile(), Scores(), Workbook(),
    Recommendations(), Provisioned(), Many(), Evidence(),
)  # fmt: skip
