"""Forms for the group's own rules of notification: a file or text, and one rule of the common kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.approving import TITLES
from keepwell.areas.incidents.models.of_rules import CHANNELS
from keepwell.areas.incidents.models.rule_words import LEVELS, SIGNS
from keepwell.areas.incidents.models.sentences import said
from keepwell.areas.organization.models import LegalStanding
from keepwell.kernel.clocks.approval import GROUP, UNIT
from keepwell.kernel.clocks.before import AUDIENCES
from keepwell.kernel.clocks.events import KINDS
from keepwell.kernel.clocks.factors import DERIVED, FACTORS
from keepwell.kernel.clocks.rules import ALWAYS
from keepwell.kernel.clocks.spans import UNITS
from keepwell.kernel.clocks.written import LARGEST_BYTES
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import units_granted
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.forms import DayInput
from keepwell.platform.tree.models import Unit

AREA = "incidents"
MOST_UNITS = 400
COUNTRY = re.compile(r"[A-Z]{2}")
FOLLOWING = ("submission", "extension", "level_change")
"""Kinds of events that belong to rules of several stages, which are written as a file."""
TERMS = {"minutes": _("minutes"), "hours": _("hours"), "days": _("days"), "business_days": _("business days"),
         "months": _("months")}  # fmt: skip


def bound_choices() -> list[tuple[str, Any]]:
    """By what a unit may be bound."""
    return [
        (ALWAYS, _("the unit at which the incident lies, whatever it is")),
        *LegalStanding.Attribute.choices,
    ]


def factor_choices() -> list[tuple[str, str]]:
    """The facts of which one may trigger a rule."""
    asks = {
        name: said(str(LEVELS.get(name, asks)))
        for name, (_kind, asks) in FACTORS.items()
        if name not in DERIVED
    }
    return [("", gettext("every incident")), *asks.items()]


def start_choices() -> list[tuple[str, str]]:
    """The events from which the term of a rule of one stage may run."""
    return [(kind, said(told)) for kind, told in KINDS.items() if kind not in FOLLOWING]


def channel_choices() -> list[tuple[str, Any]]:
    """The ways of a notice; none need be named."""
    return [("", "—"), *CHANNELS.items()]


def approver_choices() -> list[tuple[str, Any]]:
    """Who approves its notices; nobody need be named."""
    return [("", _("whoever may decide on incidents there")), *TITLES.items()]


def audience_choices() -> list[tuple[str, str]]:
    """Who learns by a notice."""
    return [(name, said(told)) for name, told in AUDIENCES.items()]


class Placed(forms.Form):
    """A form that offers the units whose incidents the person may see, the group first: whoever sees may look what a
    file would bring."""

    unit_code = forms.ChoiceField(label=_("Unit"), help_text=_("The rules bind this unit and all under it."))

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        granted = units_granted(person, AREA, Level.VIEW)
        self.units = {
            unit.code: unit
            for unit in Unit.objects.current().filter(pk__in=granted).order_by("name")[:MOST_UNITS]
        }
        ordered = sorted(self.units.values(), key=lambda unit: unit.kind != Unit.Kind.GROUP)
        self.fields["unit_code"].choices = [(unit.code, str(unit)) for unit in ordered]  # type: ignore[attr-defined]  # it is a choice

    def unit(self) -> Unit:
        """The unit that was chosen."""
        return self.units[self.cleaned_data["unit_code"]]


class BringInForm(Placed):
    """A file of own rules, or their text."""

    file = forms.FileField(label=_("YAML or JSON file"), required=False)
    text = forms.CharField(
        label=_("Or its text"), required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "class": "form-control font-monospace"}),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, help_text=_("Why, and what is new.")
    )
    field_order = ["file", "text", "unit_code", "note"]

    def clean(self) -> None:
        """One of the two; a file goes before text."""
        file = self.cleaned_data.get("file")
        if file is not None and file.size > LARGEST_BYTES:
            told = gettext("The file is too large; rules fit into %(most)s KB.")
            raise forms.ValidationError({"file": told % {"most": LARGEST_BYTES // 1_000}})
        if file is None and not self.cleaned_data.get("text", "").strip():
            raise forms.ValidationError({"file": gettext("Choose a file, or write the rules as text.")})

    def text_given(self) -> bytes | str:
        """What is to be looked at."""
        file = self.cleaned_data.get("file")
        found: bytes | str = file.read() if file else self.cleaned_data["text"].replace("\r\n", "\n")
        return found


class SimpleForm(Placed):
    """One rule with one notice, one fact that triggers it and one term."""

    id = forms.RegexField(
        r"^own-[a-z0-9]+(-[a-z0-9]+)*$", label=_("Id"), max_length=60, initial="own-",
        help_text=_("Begins with own-, as own-th-ncsa; small letters, digits and - only."),
    )  # fmt: skip
    regime = forms.CharField(
        label=_("Regime"), max_length=300, help_text=_("The law with its article, or the policy.")
    )
    jurisdiction = forms.RegexField(
        r"^([A-Z]{2}|contract|group)$", label=_("Jurisdiction"), max_length=8,
        help_text=_("Two letters of a country, EU, contract, or group for a rule of our own."),
    )  # fmt: skip
    binds = forms.ChoiceField(label=_("Whom it binds"), choices=bound_choices)
    countries = forms.CharField(
        label=_("In these countries alone"), required=False, max_length=200,
        help_text=_("Two letters each, as TH, VN; empty: in all."),
    )  # fmt: skip
    factor = forms.ChoiceField(label=_("What triggers it"), choices=factor_choices, required=False)
    comparison = forms.ChoiceField(label=_("Comparison"), choices=[*SIGNS.items()], required=False)
    value = forms.CharField(
        label=pgettext_lazy("incidents", "Value"),
        max_length=20,
        required=False,
        help_text=_("A number, or yes or no; empty: yes."),
    )
    start = forms.ChoiceField(label=_("Its term runs from when"), choices=start_choices)
    n = forms.IntegerField(label=_("Term"), min_value=1, max_value=525_600)
    term = forms.ChoiceField(
        label=_("Unit of the term"), choices=[(one, TERMS[one]) for one in UNITS], initial="hours"
    )
    calendar = forms.CharField(
        label=_("Calendar"), required=False, max_length=20, help_text=_("For business days: as TWSE, DE, or a code of your own.")
    )  # fmt: skip
    recipient = forms.CharField(label=_("Who must be told"), max_length=200)
    audience = forms.ChoiceField(label=_("Who learns by it"), choices=audience_choices)
    channel = forms.ChoiceField(label=_("Channel"), choices=channel_choices, required=False)
    approves = forms.ChoiceField(label=_("Who approves"), choices=approver_choices, required=False)
    approves_at = forms.ChoiceField(
        label=_("Who approves, of"), choices=[(UNIT, _("the unit or one above it")), (GROUP, _("the group alone"))],
        required=False,
    )  # fmt: skip
    content = forms.CharField(
        label=pgettext_lazy("incidents", "Contents"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One in each line."),
    )  # fmt: skip
    since = forms.DateField(label=_("The regime holds from"), required=False, widget=DayInput)
    source = forms.CharField(label=_("Source"), required=False, max_length=500)
    note = forms.CharField(label=_("Note"), required=False, max_length=500)
    field_order = ["id", "regime", "jurisdiction", "binds", "countries"]

    def clean_value(self) -> bool | int | float | str:
        """A number, or yes or no."""
        typed = self.cleaned_data["value"].strip().casefold()
        if typed in ("", "yes", "true", "是"):
            return True
        if typed in ("no", "false", "否"):
            return False
        try:
            return int(typed)
        except ValueError:
            pass
        try:
            return float(typed)
        except ValueError as error:
            raise forms.ValidationError(gettext("Write a number, or yes or no.")) from error


def row_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """The rule that the form describes, as a file holds it."""
    row: dict[str, Any] = {
        "id": told["id"], "regime": told["regime"], "jurisdiction": told["jurisdiction"], "binds": told["binds"],
        "countries": COUNTRY.findall(told["countries"].upper()),
        "when": [{"factor": told["factor"], "is": told["comparison"] or "=", "value": told["value"]}] if told["factor"] else [],
        "since": told["since"].isoformat() if told["since"] else "",
        "calendar": told["calendar"],
        "stages": [{"stage": "notice", "start": told["start"], "deadline": {"n": told["n"], "unit": told["term"]}}],
        "recipient": told["recipient"], "audience": told["audience"], "channel": told["channel"],
        "approves": {"role": told["approves"], "at": told["approves_at"] or UNIT} if told["approves"] else "",
        "content": [line.strip() for line in told["content"].splitlines() if line.strip()], "source": told["source"],
    }  # fmt: skip
    return {key: value for key, value in row.items() if value not in ("", [])}
