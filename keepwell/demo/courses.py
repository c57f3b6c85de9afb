"""Courses of the invented group, and how likely each is taken by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keepwell.demo.structure import Unit

HEADINGS = ("code", "name", "name_zh", "minutes", "mandatory", "active_from", "active_until")


@dataclass(frozen=True)
class Course:
    """One course; `until` 0 means that it still runs.

    `first` is its weight as somebody's first course of a year, `further` as a later one, by kind of work.
    """

    code: str
    name: str
    name_zh: str
    minutes: int
    mandatory: bool
    since: int
    until: int
    first: int
    further: dict[str, int]

    def runs(self, year: int) -> bool:
        """Whether the course is given in `year`."""
        return self.since <= year and (not self.until or year <= self.until)

    def row(self) -> tuple[str, ...]:
        """The course as a row of its file."""
        return (
            self.code, self.name, self.name_zh, str(self.minutes), "true" if self.mandatory else "false",
            f"{self.since}-01-01", f"{self.until}-12-31" if self.until else "",
        )  # fmt: skip


def _weights(office: int, line: int, design: int) -> dict[str, int]:
    return {"office": office, "line": line, "design": design}


PROTECTION = "PIP-01"
COURSES = (
    Course("POL-01", "Information security policy", "資訊安全政策", 20, True, 2019, 0, 16,
           _weights(12, 12, 8)),
    Course(PROTECTION, "Proprietary information protection", "機密資訊保護", 30, True, 2019, 0, 72,
           _weights(18, 16, 14)),
    Course("PHI-01", "Recognising phishing mail", "釣魚郵件辨識", 15, True, 2019, 0, 12,
           _weights(16, 10, 10)),
    Course("PWD-01", "Passwords and multi-factor sign-in", "密碼與多因子驗證", 15, False, 2019, 2022, 0,
           _weights(6, 5, 5)),
    Course("MGR-01", "Information security for managers", "主管資訊安全", 60, False, 2019, 0, 0,
           _weights(16, 6, 8)),
    Course("SUP-01", "Handling customers' and suppliers' data", "客戶與供應商資料處理", 40, False, 2019, 0, 0,
           _weights(20, 10, 8)),
    Course("REP-01", "Reporting an incident", "資安事件通報", 15, True, 2020, 0, 0,
           _weights(8, 8, 6)),
    Course("CLS-01", "Labelling confidential files", "機密檔案標示", 25, False, 2020, 0, 0,
           _weights(12, 6, 8)),
    Course("OT-01", "OT security basics", "OT 資安基礎", 45, False, 2020, 0, 0,
           _weights(4, 36, 8)),
    Course("OT-02", "Service access to production tools", "產線機台維護連線安全", 60, False, 2022, 0, 0,
           _weights(0, 14, 5)),
    Course("DEV-01", "Secure development", "安全開發", 90, False, 2021, 0, 0,
           _weights(3, 0, 22)),
    Course("GAI-01", "Using generative AI safely", "生成式 AI 安全使用", 30, False, 2024, 0, 0,
           _weights(14, 6, 14)),
)  # fmt: skip


def rows() -> Iterator[tuple[str, ...]]:
    """The courses as rows of their file."""
    return (course.row() for course in COURSES)


def work(unit: Unit) -> str:
    """What kind of work is done in `unit`, as courses see it."""
    if unit.department in ("ENG", "IT"):
        return "design"
    return "line" if unit.department == "PRD" else "office"


def first_urn(year: int) -> dict[int, int]:
    """Weight of each course as the first of `year`, by its place in COURSES."""
    return {place: course.first for place, course in enumerate(COURSES) if course.runs(year)}


def further_urn(year: int, kind: str) -> dict[int, int]:
    """Weight of each course as a further one of `year` for that kind of work."""
    return {place: course.further[kind] for place, course in enumerate(COURSES) if course.runs(year)}
