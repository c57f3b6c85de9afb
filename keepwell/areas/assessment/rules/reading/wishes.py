"""What a reader of the map wants to see, as it stands in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import quote, urlencode

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Scope, View
from keepwell.areas.assessment.rules.comparing import TOGETHER
from keepwell.areas.assessment.rules.outlines import WHOLE
from keepwell.areas.assessment.rules.reading.shades import Colouring
from keepwell.kernel.refusing import Refused

Choice = TypeVar("Choice", bound=models.TextChoices)
LONGEST = 60
MOST_OPEN = 400
EVERY = "all"


class By(models.TextChoices):
    """What the columns are."""

    FUNCTION = "function", _("Functions")
    CATEGORY = "category", _("Categories")


class Columns(models.TextChoices):
    """Which scopes stand beside each other."""

    BOTH = "both", _("IT and OT")
    IT = "it", _("IT")
    OT = "ot", _("OT")
    DIFFERENCE = "difference", _("OT less IT")


class Order(models.TextChoices):
    """How the rows follow each other."""

    COMPANY = "company", _("Company")
    GAP = "gap", _("Largest gap")


class Number(models.TextChoices):
    """Which number stands in a cell."""

    SCORE = "score", _("Score")
    GAP = "gap", _("Gap")


SCORES = (View.COUNTING, View.SELF, View.VALIDATED, View.CONSULTANT)
WHERES = {scope.value for scope in Scope} | {TOGETHER}


@dataclass(frozen=True)
class Spot:
    """One figure: the code of its unit ("" none chosen), its scope, and the code of the requirement ("" the whole)."""

    unit: str = ""
    scope: str = TOGETHER
    code: str = WHOLE


@dataclass(frozen=True)
class Leads:
    """Where what is drawn leads to on a page: a figure to the sentence behind it, a choice of columns to the map of every
    site."""

    cell: Callable[[Spot], str]
    map: Callable[[Columns], str]


@dataclass(frozen=True)
class Wish:
    """The state of the map: all of it stands in the address."""

    cycle: str = ""
    by: By = By.FUNCTION
    colour: Colouring = Colouring.GAP
    columns: Columns = Columns.BOTH
    score: View = View.COUNTING
    order: Order = Order.COMPANY
    number: Number = Number.SCORE
    open: frozenset[str] = field(default_factory=frozenset)
    spot: Spot = field(default_factory=Spot)
    beside: str = ""
    """The code of the benchmark that is laid beside; "" none."""

    @classmethod
    def parse(cls, asked: Mapping[str, str]) -> Wish:
        """The wish of an address; refused where it names a choice that there is not."""
        return cls(
            asked.get("cycle", "")[:LONGEST], _one(By, asked, "by"), _one(Colouring, asked, "colour"),
            _one(Columns, asked, "columns"), _one(View, asked, "score"), _one(Order, asked, "order"),
            _one(Number, asked, "number"), _opened(asked.get("open", "")), spot_of(asked),
            asked.get("beside", "")[:LONGEST],
        )  # fmt: skip

    def unfolded(self) -> Wish:
        """The same with every company open."""
        return replace(self, open=frozenset({EVERY}))

    @property
    def depth(self) -> int:
        return int(self.by is By.CATEGORY)

    def query(self, **changed: str) -> dict[str, str]:
        """What the address needs to say this, with some of it changed; what goes without saying is left out."""
        said = {
            "cycle": self.cycle, "by": self.by.value, "colour": self.colour.value, "columns": self.columns.value,
            "score": self.score.value, "order": self.order.value, "number": self.number.value,
            "open": ",".join(sorted(self.open)), "beside": self.beside,
        } | changed  # fmt: skip
        return {name: value for name, value in said.items() if value and value != DEFAULTS.get(name)}


DEFAULTS = {"by": By.FUNCTION.value, "colour": Colouring.GAP.value, "columns": Columns.BOTH.value,
            "score": View.COUNTING.value, "order": Order.COMPANY.value, "number": Number.SCORE.value}  # fmt: skip


def spot_of(asked: Mapping[str, str]) -> Spot:
    """The figure that an address names."""
    scope = asked.get("scope", "") or TOGETHER
    if scope not in WHERES:
        raise _no_choice(scope)
    return Spot(asked.get("at", "")[:LONGEST], scope, asked.get("code", "")[:LONGEST])


def address(path: str, *queries: Mapping[str, str]) -> str:
    """A path with everything that is said in `queries`."""
    said = {name: value for query in queries for name, value in query.items()}
    return f"{path}?{urlencode(said)}" if said else path


def at(path: str, unit: str, scope: str, code: str) -> str:
    """An address that says which figure it means; `path` is one by `address`."""
    joint = "&" if "?" in path else "?"
    whole = f"&code={quote(code)}" if code else ""
    return f"{path}{joint}at={quote(unit)}&scope={scope}{whole}"


def _one(choices: type[Choice], asked: Mapping[str, str], name: str) -> Choice:
    value = asked.get(name, "")
    if not value:
        return next(iter(choices))
    if value not in choices.values:
        raise _no_choice(value)
    return choices(value)


def _no_choice(value: str) -> Refused:
    return Refused(gettext("“%(value)s” is none of the choices of this page.") % {"value": value[:30]})


def _opened(said: str) -> frozenset[str]:
    codes = [code for code in said.split(",") if code][:MOST_OPEN]
    return frozenset(code[:LONGEST] for code in codes)
