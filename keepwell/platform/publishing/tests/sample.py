"""A document of every block, told in either language: the outcomes of 2023 of the invented group."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from django.utils import translation

from keepwell.platform.publishing import charts
from keepwell.platform.publishing.blocks import (
    Badge,
    Column,
    Document,
    Figure,
    Group,
    Link,
    Restatement,
    Table,
    Text,
)

AS_OF = date(2023, 12, 31)
FIGURES = {
    "training": [
        ("training.person_times", 110_123, "person_times", 98_410, 110_123, "signed_off"),
        ("training.people", 81_540, "people", 79_002, 81_540, "signed_off"),
        ("training.hours", 53_862, "hours", 47_905, 110_123, "draft"),
    ],
    "certificates": [
        ("certificates.sites.iso-27001", 11, "sites", 10, 11, "frozen"),
        ("certificates.sites.iso-22301", 3, "sites", 3, 3, "frozen"),
        ("certificates.sites.iec-62443-2-1", 1, "sites", 0, 1, "signed_off"),
        ("certificates.sites.iso-15408", 3, "sites", 3, 3, "draft"),
        ("certificates.sites.gsma-sas-up", None, "sites", None, 0, "draft"),
    ],
}
WORDS = {
    "en": {
        "title": "Outcomes of 2023",
        "group": "Meridian Semiconductor Holding",
        "summary": [
            "People of the group completed 110,123 courses in 2023, 11,713 more than the year before.",
            "Eleven of 25 sites held a valid ISO/IEC 27001 certificate on 31 December 2023.",
            "Of 8 figures 2 are frozen, 3 signed off and 3 still drafts.",
        ],
        "training": "People",
        "certificates": "Sites holding a valid certificate on 31 December",
        "training.person_times": ("Training, person-times", 
            "Courses completed by people employed on that day; one person may count more than once."),
        "training.people": ("Training, people", "Distinct people who completed a course in the year."),
        "training.hours": ("Training, hours", "Length of the courses completed, in hours."),
        "iso-27001": ("ISO/IEC 27001", "Sites within the scope of a certificate valid on the day."),
        "iso-22301": ("ISO 22301", "Sites within the scope of a certificate valid on the day."),
        "iec-62443-2-1": ("IEC 62443-2-1", "Sites within the scope of a certificate valid on the day."),
        "iso-15408": ("ISO/IEC 15408 (site, EAL6)",
            "Sites within the scope of a certificate valid on the day."),
        "gsma-sas-up": ("GSMA SAS-UP", "Sites within the scope of a certificate valid on the day."),
        "by": "Ada Lin",
        "reason": "the certificate of Wuxi Test had lapsed on 28 December.",
        "note": "First shown as 53,846 on 5 February; 16 hours at Paju Assembly were entered after that.",
        "trend": ("Training, person-times", "Year", "Person-times"),
        "lines": ("Coverage in percent", "Year"),
        "companies": ("Person-times by company", "Company", "Person-times"),
        "table": ("Certificates that end within 180 days",
            "Site", "Standard", "Valid until", "State", "Sites in scope"),
        "names": ["Meridian Taiwan", "Meridian Japan", "Meridian Europe"],
        "valid": "valid", "ends": "ends soon", "lapsed": "lapsed",
        "how": "How the figures were counted",
        "told": "Training counts at the unit in which a person was employed on the day of completion. "
            "Certificates count at every site within their scope.",
    },
    "zh-hant": {
        "title": "2023 年度資訊安全成果",
        "group": "子午半導體控股",
        "summary": [
            "2023 年集團同仁完成訓練 110,123 人次，較前一年增加 11,713 人次。",
            "2023 年 12 月 31 日，25 個廠區中有 11 個持有有效的 ISO/IEC 27001 驗證證書。",
            "共 8 項：2 項已凍結、3 項已簽核、3 項為草稿。",
        ],
        "training": "人員",
        "certificates": "12 月 31 日持有有效證書之廠區",
        "training.person_times": ("教育訓練人次", "在職員工完成課程之次數，同一人可重複計算。"),
        "training.people": ("教育訓練人數", "年度內完成課程之不重複人數。"),
        "training.hours": ("教育訓練時數", "完成課程之時數合計。"),
        "iso-27001": ("ISO/IEC 27001", "基準日有效證書範圍內之廠區。"),
        "iso-22301": ("ISO 22301", "基準日有效證書範圍內之廠區。"),
        "iec-62443-2-1": ("IEC 62443-2-1", "基準日有效證書範圍內之廠區。"),
        "iso-15408": ("ISO/IEC 15408（廠區，EAL6）", "基準日有效證書範圍內之廠區。"),
        "gsma-sas-up": ("GSMA SAS-UP", "基準日有效證書範圍內之廠區。"),
        "by": "林雅達",
        "reason": "無錫測試廠證書已於 12 月 28 日失效。",
        "note": "2 月 5 日初列 53,846；其後坡州封裝廠補登 16 小時。",
        "trend": ("教育訓練人次", "年度", "人次"),
        "lines": ("訓練涵蓋率（百分比）", "年度"),
        "companies": ("各公司訓練人次", "公司", "人次"),
        "table": ("180 天內到期之證書", "廠區", "標準", "有效期限", "狀態", "範圍內廠區"),
        "names": ["子午臺灣", "子午日本", "子午歐洲"],
        "valid": "有效", "ends": "即將到期", "lapsed": "已失效",
        "how": "計算方式",
        "told": "訓練依完成課程當日所屬單位計算；證書計入其範圍內之每一廠區。",
    },
}  # fmt: skip


def outcomes(language: str = "en", *, state: str = "draft") -> Document:
    """The outcomes of 2023 in `language`, with every kind of block."""
    words = WORDS[language]
    with translation.override(language):
        blocks = [block for group in FIGURES for block in _figures(group, words)]
        return Document(
            title=words["title"], group=words["group"], language=language, as_of=AS_OF, state=state,
            frozen_on=date(2024, 2, 12) if state == "frozen" else None, summary=tuple(words["summary"]),
            period="2023", last_period="2022", blocks=(*blocks, *_rest(words)),
        )  # fmt: skip


def _figures(group: str, words: dict) -> list:
    return [Text(heading=words[group]), *(_figure(row, words) for row in FIGURES[group])]


def _figure(row: tuple, words: dict) -> Figure:
    id, value, unit, last, records, state = row
    title, definition = words.get(id) or words[id.rsplit(".", 1)[1]]
    signed = {} if state == "draft" else {"signed_by": words["by"], "signed_on": date(2024, 2, 12)}
    restated = Restatement(2, words["reason"], date(2024, 3, 20)) if id.endswith("22301") else None
    return Figure(
        id=id, title=title, definition=definition, value=value, unit=unit, last=last, records=records,
        state=state, as_of=AS_OF, digest=sha256(id.encode()).hexdigest(),
        note=words["note"] if unit == "hours" else "",
        restated=restated, href=f"/outcomes/2023/{id}/", **signed,
    )  # fmt: skip


def _rest(words: dict) -> list:
    years = [("2019", 61_200), ("2020", None), ("2021", 84_011), ("2022", 98_410), ("2023", 110_123)]
    covered = {
        "IT": [("2021", 81.5), ("2022", 90.2), ("2023", 97.6)],
        "OT": [("2021", 60), ("2022", 72.5), ("2023", 91)],
    }
    companies = list(zip(words["names"], [88_004, 14_117, 8_002], strict=True))
    trend, *heads = words["trend"]
    return [
        Text((words["told"],), words["how"]),
        charts.columns("trend", trend, years, columns=tuple(heads), target=100_000),
        charts.lines("coverage", words["lines"][0], covered, step=words["lines"][1]),
        charts.bars("companies", words["companies"][0], companies, columns=words["companies"][1:]),
        _certificates(words),
    ]


def _certificates(words: dict) -> Table:
    caption, *titles = words["table"]
    kinds = ("text", "text", "date", "state", "number")
    ends, valid, lapsed = (
        Badge(words["ends"], "warn", "clock"),
        Badge(words["valid"], "good", "circle-check"),
        Badge(words["lapsed"], "bad", "alert-triangle"),
    )
    rows = (
        Group(words["names"][0]),
        (Link("KHA1", "/units/kha1/"), "ISO/IEC 27001:2022", date(2024, 3, 31), ends, 4),
        ("KHA2", "ISO 22301:2019", date(2024, 6, 20), valid, None),
        Group(words["names"][1]),
        ("OKA1", "IEC 62443-2-1", date(2023, 12, 28), lapsed, 1),
    )
    columns = tuple(Column(title, kind) for title, kind in zip(titles, kinds, strict=True))
    return Table(caption, columns, rows)
