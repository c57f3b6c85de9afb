"""Every component once, with invented contents: what `/components/` shows in the demo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.urls import reverse
from django.utils import timezone

from keepwell.platform.todos.todo import Todo

TODAY = date(2025, 11, 14)


@dataclass(frozen=True)
class Metric:
    """A figure's name, title and unit."""

    name: str
    title: str
    unit: str


@dataclass(frozen=True)
class Badge:
    """A state: word, icon, tint."""

    word: str
    icon: str
    tint: str


@dataclass(frozen=True)
class Row:
    """A row of the standing table."""

    metric: Metric
    basis: str
    value: Decimal | None
    years: Sequence[float | None]
    last: Decimal | None
    target: Decimal | None
    badge: Badge | None


@dataclass(frozen=True)
class Wrong:
    """What is wrong in a file: where, what stands there, what was expected."""

    line: int
    column: str
    found: str
    expected: str


@dataclass(frozen=True)
class Entry:
    """A change in words."""

    number: int
    at: datetime
    icon: str
    sentences: list[str]
    batch: None = None


@dataclass(frozen=True)
class Work:
    """A job half done."""

    message: str = "Reading completions-2023.xlsx"
    done: int = 74_210
    total: int = 110_123
    percent: int = 67
    is_finished: bool = True
    created_at: datetime = field(default_factory=lambda: timezone.now() - timedelta(seconds=4))


@dataclass(frozen=True)
class Asked:
    """A filter of a list."""

    name: str
    label: str
    type: str
    options: list[tuple[str, str]]
    chosen: tuple[str, ...]


class LevelForm(forms.Form):
    """An act's form with two things wrong."""

    level = forms.ChoiceField(label="Level", choices=[("s1", "S1 minor"), ("s3", "S3 major")])
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 2}))

    def clean_level(self) -> str:
        """A level below what the factors give is refused."""
        raise forms.ValidationError("S1 lies below what the factors give (S3). Say why, or choose S3 or S4.")


class Rule:
    """An act's label and what will follow."""

    label = "Change the level"
    explains = "Clocks are reckoned again at once, and everybody named is told."


def examples() -> dict[str, Any]:
    """The contents of the gallery."""
    return {
        "form": LevelForm({"level": "s1", "reason": ""}), "rule": Rule, "leave_url": reverse("components"), "job": Work(),
        "wrong": wrong(), "history": history(), "todos": todos(), "today": TODAY, "rows": rows(), "filters": filters(),
        "first_year": 2019, "spec": SPEC, "hours": Decimal(53862),
        "views": [("#list", "Site by standard", False), ("#list", "List", True), ("#list", "Ending soon, 4", False)],
    }  # fmt: skip


def wrong() -> list[Wrong]:
    """Three rows that do not fit."""
    return [
        Wrong(4_112, "completed_on", "2023-02-30", "a day that exists, as 2023-02-28"),
        Wrong(51_908, "hours", "1,5", "a number with a point, as 1.5"),
        Wrong(88_001, "completed_on", "", "a day, as 2023-02-28"),
    ]


def history() -> list[Entry]:
    """Two changes of an incident."""
    return [
        Entry(
            918_204,
            datetime(2025, 11, 13, 18, 55, tzinfo=UTC),
            "pencil",
            ["Ben Tan changed level from S2 to S3, because the line stands."],
        ),
        Entry(
            918_198,
            datetime(2025, 11, 13, 18, 31, tzinfo=UTC),
            "plus",
            ["Ben Tan made this incident from two reports."],
        ),
    ]


def todos() -> list[Todo]:
    """A late one, one of today, one to come, one without a day."""
    return [
        Todo(
            "Accept or refuse risk R-0231",
            "#todo",
            date(2025, 11, 13),
            "Legacy testers at Taoyuan Test 1, asked by Mei Chen",
            UUID(int=1),
        ),
        Todo(
            "Approve notice to customer C-0148",
            "#todo",
            TODAY,
            "IN-2025-0412, Penang Assembly 2",
            UUID(int=2),
        ),
        Todo(
            "Calibrate maturity of 14 sites",
            "#todo",
            date(2025, 11, 18),
            "Self scores lie 0.8 or more above the consultant’s",
            UUID(int=3),
        ),
        Todo(
            "Match 25 rows of completions-2025.csv",
            "#todo",
            None,
            "Counted nowhere until they meet somebody or some course.",
            UUID(int=4),
        ),
    ]


def rows() -> list[Row]:
    """Four figures: well, at rest, needing somebody, and without data."""
    sites = Metric("certificates.sites.iso-27001", "Sites with ISO/IEC 27001", "sites")
    trained = Metric("training.coverage", "People trained this year", "share")
    hours = Metric("training.hours", "Training hours", "hours")
    met, near, below = (
        Badge("met", "check", "good"),
        Badge("1.2 below", "minus", "mute"),
        Badge("11,689 below", "alert-triangle", "warn"),
    )
    held, share, spent = (
        [7, 8, 9, 10, 11, 13, 14],
        [0.82, 0.85, 0.91, 0.94, 0.96, 0.974, 0.968],
        [21e3, None, 31e3, 40e3, 47e3, 53e3, 48e3],
    )
    return [
        Row(sites, "valid on 14 November", Decimal(14), held, Decimal(13), Decimal(14), met),
        Row(trained, "89,192 of 92,140 employed", Decimal("0.968"), share, Decimal("0.974"), Decimal("0.98"), near),
        Row(hours, "104,016 records", Decimal(48311), spent, Decimal(53862), Decimal(60000), below),
        Row(hours, "no file was brought in", None, [None] * 7, None, None, None),
    ]  # fmt: skip


def filters() -> list[Asked]:
    """A filter at rest, one that narrows, and one that is typed."""
    return [
        Asked(
            "standard", "Standard", "text", [("iso-27001", "ISO/IEC 27001"), ("iso-22301", "ISO 22301")], ()
        ),
        Asked("company", "Company", "text", [("MAT", "Meridian Assembly & Test")], ("MAT",)),
        Asked("valid_until_lte", "Valid until", "date", [], ()),
    ]


SPEC: dict[str, Any] = {
    "data": {
        "values": [
            {"year": str(2017 + n), "value": value} for n, value in enumerate((61, 66, 71, 78, 86, 98, 110))
        ]
    },
    "height": 150,
    "layer": [
        {"mark": {"type": "bar", "color": "$p1", "size": 36}},
        {
            "mark": {"type": "text", "dy": -8, "color": "$ink2"},
            "encoding": {"text": {"field": "value", "format": ","}},
        },
    ],
    "encoding": {
        "x": {"field": "year", "type": "ordinal", "title": None, "axis": {"domain": True}},
        "y": {"field": "value", "type": "quantitative", "axis": None},
        "tooltip": [{"field": "year"}, {"field": "value", "title": "thousand person-times"}],
    },
}
