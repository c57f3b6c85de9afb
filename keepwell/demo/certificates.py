"""Certificates of the invented group since 2016, and the standards they speak of."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

import yaml

STANDARD_HEADINGS = (
    "code", "name", "name_zh", "publisher", "editions", "validity_months", "surveillance_months",
)  # fmt: skip


@dataclass(frozen=True)
class Standard:
    """What a register of standards knows of one standard."""

    code: str
    name: str
    name_zh: str
    publisher: str
    editions: tuple[str, ...]
    validity_months: int | None
    surveillance_months: int | None

    def row(self) -> tuple[str, ...]:
        """The standard as a row of its file; empty means that the scheme fixes none."""
        months = ("" if m is None else str(m) for m in (self.validity_months, self.surveillance_months))
        return (self.code, self.name, self.name_zh, self.publisher, "|".join(self.editions), *months)


def standards() -> list[Standard]:
    """The standards of the library."""
    text = (files("keepwell") / "library" / "standards.yaml").read_text(encoding="utf-8")
    return [
        Standard(**{**entry, "editions": tuple(edition["edition"] for edition in entry["editions"])})
        for entry in yaml.safe_load(text)
    ]


def standard_rows() -> Iterator[tuple[str, ...]]:
    """The standards as rows of their file."""
    return (standard.row() for standard in standards())


def _certificates() -> list[tuple[str, ...]]:
    """The file of certificates, headings first."""
    text = (files("keepwell") / "demo" / "certificates.csv").read_text(encoding="utf-8")
    return [tuple(row) for row in csv.reader(text.splitlines())]


HEADINGS = _certificates()[0]


def certificate_rows() -> Iterator[tuple[str, ...]]:
    """Every certificate granted, ended or planned, as rows of their file."""
    return iter(_certificates()[1:])


def counts(day: date) -> dict[str, int]:
    """How many sites lie in the scope of a certificate valid on `day`, by standard.

    A withdrawn certificate is no longer valid on the day of its withdrawal.
    """
    told = day.isoformat()
    sites: dict[str, set[str]] = {standard.code: set() for standard in standards()}
    for cells in certificate_rows():
        row = dict(zip(HEADINGS, cells, strict=True))
        in_force = row["issued_on"] and row["issued_on"] <= told <= row["valid_until"]
        if in_force and not (row["withdrawn_on"] and row["withdrawn_on"] <= told):
            sites[row["standard"]].update(row["sites"].split("|"))
    return {code: len(found) for code, found in sites.items()}
