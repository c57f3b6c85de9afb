"""Units of the invented group: six companies, 25 sites in eight countries, their departments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

GROUP = "MERIDIAN"
GROUP_NAME, GROUP_NAME_ZH = "Meridian Semiconductor Holding", "子午半導體控股"
HEADINGS = (
    "code", "name", "name_zh", "kind", "parent", "country", "time_zone", "criticality", "has_ot",
    "active_from", "active_until",
)  # fmt: skip
MOVE_HEADINGS = ("code", "to", "on")
JOINED_SITE, JOINED_ON = "KUN1", date(2021, 7, 1)
MOVES = (("KHH9", "MSU", date(2023, 7, 1)),)
GROUP_OFFICE_PEOPLE = 20

# country: time zone, minutes its clock stands behind Taipei (winter; summer time is an hour less)
ZONES = {
    "TW": ("Asia/Taipei", 0), "MY": ("Asia/Kuala_Lumpur", 0), "SG": ("Asia/Singapore", 0),
    "KR": ("Asia/Seoul", -60), "JP": ("Asia/Tokyo", -60), "CN": ("Asia/Shanghai", 0),
    "MX": ("America/Mexico_City", 840), "US": ("America/Los_Angeles", 960),
}  # fmt: skip
OWN_ZONES = {"PHX1": ("America/Phoenix", 900)}

COMPANIES = (
    ("MAT", "Meridian Assembly & Test", "子午封裝測試", "TW", "1998-04-01"),
    ("MSU", "Meridian Substrates", "子午基板", "TW", "2001-09-01"),
    ("MSE", "Meridian Southeast Asia", "子午東南亞", "MY", "2000-03-01"),
    ("MJK", "Meridian Japan and Korea", "子午日韓", "JP", "2004-04-01"),
    ("MMC", "Meridian Modules China", "子午模組中國", "CN", "2003-06-01"),
    ("NOR", "Norvane Systems", "諾凡系統", "US", "2010-01-04"),
)

# code, names, company, country, criticality, has OT, active from, people in 2025, zeal for training
SITES = (
    ("KHH1", "Kaohsiung Assembly 1", "高雄封裝一廠", "MAT", "TW", 4, True, "1998-04-01", 14600, 4),
    ("KHH2", "Kaohsiung Assembly 2", "高雄封裝二廠", "MAT", "TW", 4, True, "2003-05-01", 9800, 2),
    ("KHH3", "Kaohsiung Bumping", "高雄凸塊廠", "MAT", "TW", 4, True, "2006-02-01", 5900, 1),
    ("TAO1", "Taoyuan Test 1", "桃園測試一廠", "MAT", "TW", 3, True, "2001-10-01", 6700, -3),
    ("TAO2", "Taoyuan Test 2", "桃園測試二廠", "MAT", "TW", 3, False, "2011-03-01", 4100, -4),
    ("HSZ1", "Hsinchu Design Centre", "新竹設計中心", "MAT", "TW", 3, False, "2005-07-01", 1450, 6),
    ("TNN1", "Tainan Substrates", "臺南基板廠", "MSU", "TW", 4, True, "2001-09-01", 6300, 0),
    ("TNN2", "Tainan Materials", "臺南材料廠", "MSU", "TW", 2, False, "2009-08-01", 2100, -2),
    ("CLI1", "Zhongli Modules", "中壢模組廠", "MSU", "TW", 3, True, "2004-01-05", 5200, 3),
    ("TPE1", "Taipei Headquarters", "臺北總部", "MSU", "TW", 3, False, "2001-09-01", 620, 8),
    ("KHH9", "Kaohsiung Data Centre", "高雄資料中心", "MAT", "TW", 4, False, "2012-06-01", 180, 9),
    ("PEN1", "Penang Assembly 1", "檳城封裝一廠", "MSE", "MY", 4, True, "2000-03-01", 5600, 3),
    ("PEN2", "Penang Assembly 2", "檳城封裝二廠", "MSE", "MY", 3, True, "2008-11-01", 4300, -5),
    ("SGP1", "Singapore Test", "新加坡測試廠", "MSE", "SG", 3, True, "2002-02-01", 2900, 7),
    ("SGP2", "Singapore Regional Office", "新加坡區域辦公室", "MSE", "SG", 2, False, "2007-05-01", 140, 7),
    ("PJU1", "Paju Assembly", "坡州封裝廠", "MJK", "KR", 3, True, "2007-03-02", 4400, 1),
    ("YAM1", "Yamagata Precision Packaging and Test", "山形精密封裝測試廠",
     "MJK", "JP", 3, True, "2004-04-01", 1900, 4),
    ("TYO1", "Tokyo Office", "東京辦公室", "MJK", "JP", 1, False, "2004-04-01", 90, 2),
    ("SUZ1", "Suzhou Assembly", "蘇州封裝廠", "MMC", "CN", 4, True, "2003-06-01", 6900, -2),
    ("WUX1", "Wuxi Test", "無錫測試廠", "MMC", "CN", 2, False, "2009-09-01", 2700, -6),
    ("KUN1", "Kunshan Modules", "崑山模組廠", "MMC", "CN", 3, False, JOINED_ON.isoformat(), 3300, -8),
    ("SHA1", "Shanghai Office", "上海辦公室", "MMC", "CN", 1, False, "2003-06-01", 210, 0),
    ("GDL1", "Guadalajara Modules", "瓜達拉哈拉模組廠", "NOR", "MX", 3, False, "2010-01-04", 2300, -7),
    ("SJC1", "San José Office", "聖荷西辦公室", "NOR", "US", 1, False, "2010-01-04", 190, -3),
    ("PHX1", "Phoenix Pilot Line", "鳳凰城試產線", "NOR", "US", 2, False, "2017-04-03", 240, -1),
)  # fmt: skip

# suffix, name, Chinese name, people of a hundred
DEPARTMENTS = (
    ("PRD", "Production", "製造處", 62), ("ENG", "Engineering", "工程處", 18),
    ("QRA", "Quality and reliability", "品保處", 9),
    ("IT", "Information technology", "資訊處", 3), ("ADM", "Administration", "行政處", 8),
)  # fmt: skip
LARGE = 1000


@dataclass(frozen=True)
class Unit:
    """One unit as its file tells it; `people` work in it directly on the last day."""

    code: str
    name: str
    name_zh: str
    kind: str
    parent: str
    country: str
    time_zone: str
    criticality: int
    has_ot: bool
    active_from: date
    people: int
    site: str = ""
    zeal: int = 0
    minutes_behind: int = 0

    @property
    def department(self) -> str:
        """Suffix of a department's code, empty for other kinds."""
        return self.code.partition("-")[2]

    def row(self) -> tuple[str, ...]:
        """The unit as a row of its file."""
        return (
            self.code, self.name, self.name_zh, self.kind, self.parent, self.country, self.time_zone,
            str(self.criticality), "true" if self.has_ot else "false", self.active_from.isoformat(), "",
        )  # fmt: skip


def units() -> list[Unit]:
    """Every unit, each after the one it belongs to, as placed before any move."""
    opened = date(1998, 4, 1)
    found = [Unit(GROUP, GROUP_NAME, GROUP_NAME_ZH, "group", "", "TW", "Asia/Taipei", 4, False, opened,
                  GROUP_OFFICE_PEOPLE)]  # fmt: skip
    for code, name, name_zh, country, since in COMPANIES:
        found.append(Unit(code, name, name_zh, "company", GROUP, country, ZONES[country][0], 4, False,
                          date.fromisoformat(since), 0))  # fmt: skip
    for site in SITES:
        found.extend(_site(*site))
    return found


def _site(
    code: str, name: str, name_zh: str, company: str, country: str, criticality: int, has_ot: bool,
    since: str, people: int, zeal: int,
) -> Iterator[Unit]:  # fmt: skip
    """A site and its departments; a small one has none, a design centre produces nothing."""
    zone, behind = OWN_ZONES.get(code, ZONES[country])
    day = date.fromisoformat(since)
    inner = [d for d in DEPARTMENTS if people >= LARGE and (code, d[0]) != ("HSZ1", "PRD")]
    shares = sum(d[3] for d in inner)
    yield Unit(code, name, name_zh, "site", company, country, zone, criticality, has_ot, day,
               0 if inner else people, code, zeal, behind)  # fmt: skip
    for suffix, title, title_zh, share in inner:
        yield Unit(f"{code}-{suffix}", f"{title}, {name}", f"{name_zh}{title_zh}", "unit", code, country,
                   zone, criticality, has_ot and suffix == "PRD", day, people * share // shares, code, zeal,
                   behind)  # fmt: skip


def rows_before_joining() -> Iterator[tuple[str, ...]]:
    """The group as it stood in 2019."""
    return (unit.row() for unit in units() if unit.site != JOINED_SITE)


def rows_joining() -> Iterator[tuple[str, ...]]:
    """The site that joined in 2021, with its departments."""
    return (unit.row() for unit in units() if unit.site == JOINED_SITE)


def move_rows() -> Iterator[tuple[str, ...]]:
    """Units that came under another company, and the first day there."""
    return ((code, to, on.isoformat()) for code, to, on in MOVES)
