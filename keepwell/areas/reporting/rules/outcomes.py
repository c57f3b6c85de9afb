"""The outcomes of a year: every published metric, what was kept of it, and what is counted today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext, gettext_lazy, override

from keepwell.areas.reporting.models import Figure
from keepwell.kernel.refusing import Refused
from keepwell.kernel.rounding import half_up
from keepwell.platform.metrics.metric import METRICS, Metric, published_metrics
from keepwell.platform.metrics.models import Reading
from keepwell.platform.metrics.reading import read_at, records_of, trends
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.publishing import format as form
from keepwell.platform.publishing.blocks import Chart
from keepwell.platform.publishing.charts import columns
from keepwell.platform.tree.models import Unit

Amount = int | float | bool | None


def counted(reading: Reading) -> Decimal | None:
    """What a reading says, exactly; None if there is no data."""
    return (
        None
        if reading.value is None
        else Decimal(str(int(reading.value) if isinstance(reading.value, bool) else reading.value))
    )


def exact(value: Decimal | None) -> Amount:
    """A kept value as programs read it: whole numbers as integers."""
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


@dataclass(frozen=True)
class Outcome:
    """One figure of a year: what is counted today, what was kept (None: a draft never signed), the year before."""

    metric: Metric
    scope: Scope
    unit: Unit
    reading: Reading
    figure: Figure | None
    last: Decimal | None

    @property
    def counted(self) -> Decimal | None:
        """What is counted today; None if there is no data."""
        return counted(self.reading)

    @property
    def state(self) -> str:
        return self.figure.state if self.figure else Figure.State.DRAFT.value

    @property
    def is_draft(self) -> bool:
        return self.state == Figure.State.DRAFT

    @property
    def _kept(self) -> Figure | None:
        return None if self.is_draft else self.figure

    @property
    def value(self) -> Decimal | None:
        """The value shown: as signed or frozen, else as counted today."""
        return self._kept.value if self._kept else self.counted

    @property
    def records(self) -> int:
        return self._kept.records if self._kept else self.reading.records

    @property
    def digest(self) -> str:
        return self._kept.digest if self._kept else self.reading.digest

    @property
    def differs(self) -> bool:
        """Whether today's count is neither the kept value nor its restatement, nor the same of pseudonyms."""
        return self._moved and not self.counts_pseudonyms

    @cached_property
    def counts_pseudonyms(self) -> bool:
        """Whether it counts as kept and only names among the records went: somebody was erased since, so that
        the digest over names and numbers is another."""
        kept = self._kept
        if kept is None or not self._moved or self.counted != kept.stands:
            return False
        since = kept.restated_at or kept.signed_at
        return _erased_since(records_of(self.metric.name, self.unit, self.scope), since)

    @property
    def _moved(self) -> bool:
        """Whether value or digest are not those that were kept."""
        kept = self._kept
        if kept is None:
            return False
        known = [(kept.value, kept.digest), (kept.restated_value, kept.restated_digest)]
        return (self.counted, self.reading.digest) not in known

    @property
    def change(self) -> str:
        """The difference to the year before, with its sign; empty where either is missing."""
        return form.change(self.value, self.last, self.metric.unit)

    @property
    def opens(self) -> str:
        """How many rows the figure opens, in words."""
        return form.records(self.records, self.metric.unit)

    @property
    def state_word(self) -> str:
        return str(Figure.State(self.state).label)

    def words(self, language: str) -> tuple[str, str]:
        """Title and definition in `language`: as kept, else as they are now."""
        kept = self._kept
        if kept:
            chinese = language == "zh-hant"
            return (kept.title_zh, kept.definition_zh) if chinese else (kept.title, kept.definition)
        with override(language):
            return str(self.metric.title), str(self.metric.definition)

    def told(self) -> dict[str, Any]:
        """The figure as programs read it."""
        english, chinese = self.words("en"), self.words("zh-hant")
        return {
            "id": self.metric.name,
            "title": {"en": english[0], "zh-Hant": chinese[0]},
            "value": _typed(self.metric.unit, self.value),
            "unit": self.metric.unit,
            "definition": {"en": english[1], "zh-Hant": chinese[1]},
            "state": self.state,
            "records": self.records,
            "digest": self.digest,
            "restated": self._restated(),
        }

    def _restated(self) -> dict[str, Any] | None:
        kept = self._kept
        if kept is None or kept.restated_at is None:
            return None
        value = _typed(self.metric.unit, kept.restated_value)
        return {"value": value, "reason": kept.restated_reason, "at": kept.restated_at.isoformat()}


def _erased_since(rows: QuerySet[Any], moment: datetime | None) -> bool:
    """Whether somebody among `rows`, or whom they are about, was erased after `moment`."""
    names = {field.name for field in rows.model._meta.get_fields()}
    path = next((path for path in ("erased_at", "person__erased_at") if path.partition("__")[0] in names), "")
    return bool(path) and rows.filter(**{f"{path}__gt": moment}).exists()


def _typed(unit: str, value: Decimal | None) -> Amount:
    return bool(value) if unit == "yes_no" and value is not None else exact(value)


@dataclass(frozen=True)
class Outcomes:
    """The list of a year at one unit."""

    unit: Unit
    year: int
    scope: Scope
    listed: list[Outcome]

    def of(self, name: str) -> Outcome:
        """The outcome whose metric is called `name`; refused for a figure that is not counted any more."""
        found = next((outcome for outcome in self.listed if outcome.metric.name == name), None)
        if found is None:
            raise Refused(
                gettext("“%(name)s” is not counted any more; its record stays as it is.") % {"name": name}
            )
        return found

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many figures are in which state."""
        return {state: sum(o.state == state for o in self.listed) for state in Figure.State.values}

    @property
    def is_frozen(self) -> bool:
        """Whether every figure of the year is frozen."""
        return bool(self.listed) and self.counts["frozen"] == len(self.listed)

    def told(self) -> dict[str, Any]:
        """The list as programs read it."""
        return {
            "group": self.unit.name,
            "year": self.year,
            "as_of": self.scope.day.isoformat(),
            "figures": [outcome.told() for outcome in self.listed],
        }


def outcomes(unit: Unit, year: int) -> Outcomes:
    """Every published figure of `year` at `unit`, in the order of its metrics."""
    scope, before = Scope.of_year(year), Scope.of_year(year - 1)
    metrics = published_metrics()
    now, then = read_at(unit, scope, metrics), read_at(unit, before, metrics)
    figures = (
        Figure.objects.current()
        .select_related("signed_by", "frozen_by")
        .filter(unit=unit, year__in=(year, year - 1))
    )
    kept = {(figure.name, figure.year): figure for figure in figures}
    listed = [
        Outcome(metric, scope, unit, now[metric.name], kept.get((metric.name, year)),
                _stood(kept.get((metric.name, year - 1)), then[metric.name]))
        for metric in metrics
    ]  # fmt: skip
    return Outcomes(unit, year, scope, listed)


def _stood(figure: Figure | None, reading: Reading) -> Decimal | None:
    """The value of the year before: as published and restated, else as counted."""
    return figure.stands if figure and figure.state != Figure.State.DRAFT else counted(reading)


SUBJECTS = {
    "organization": gettext_lazy("Organization"),
    "maturity": gettext_lazy("Maturity"),
    "ot": gettext_lazy("Maturity"),
    "incidents": gettext_lazy("Incidents"),
    "training": gettext_lazy("People"),
    "certificates": gettext_lazy("Sites holding a valid certificate"),
}


def subject(metric: Metric) -> str:
    """Under which heading a figure stands: by the first word of its id."""
    return str(SUBJECTS.get(metric.name.partition(".")[0], gettext("Other figures")))


@dataclass(frozen=True)
class Standing:
    """How a unit stands in one figure: this year, the year before, and the years up to now (None: no data)."""

    metric: Metric
    reading: Reading
    value: Decimal | None
    last: Decimal | None
    years: list[Decimal | None]

    @property
    def basis(self) -> str:
        """What the figure is out of, in words."""
        if self.reading.denominator and self.metric.unit == "share":
            words = {
                "part": form.number(self.reading.numerator or 0),
                "whole": form.number(self.reading.denominator),
            }
            return gettext("%(part)s of %(whole)s") % words
        return form.records(self.reading.records, self.metric.unit)


def standing(unit: Unit, year: int, names: Iterable[str], back: int) -> list[Standing]:
    """The figures called `names` that exist, with `back` years up to `year`."""
    metrics = [METRICS[name] for name in names if name in METRICS]
    known = trends(metrics, unit, range(year - back + 1, year + 1))
    by_year = {metric.name: list(known[metric.name].values()) for metric in metrics}
    return [Standing(m, years[-1], counted(years[-1]), counted(years[-2]), [counted(reading) for reading in years])
            for m in metrics if (years := by_year[m.name])]  # fmt: skip


def trend(name: str, unit: Unit, year: int, back: int) -> Chart:
    """A figure over `back` years up to `year`, as a chart; years without data are left empty."""
    found = standing(unit, year, [name], back)[0]
    years = [str(number) for number in range(year - back + 1, year + 1)]
    points = [(at, _drawn(value, found.metric.unit)) for at, value in zip(years, found.years, strict=True)]
    return columns(f"trend-{slugify(name.replace('.', '-'))}", str(found.metric.title), points,
                   columns=(gettext("Year"), form.unit(found.metric.unit)))  # fmt: skip


def _drawn(value: Decimal | None, unit: str) -> Decimal | None:
    """A value as a chart shows it: shares in percent."""
    return half_up(value * 100, 1) if value is not None and unit == "share" else value
