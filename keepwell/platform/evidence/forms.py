"""The forms by which people add evidence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence import intake, retention
from keepwell.platform.evidence.marks import NONE_HERE, TLP, marking_of, unmarked
from keepwell.platform.evidence.models import CustodyEntry, Piece
from keepwell.platform.evidence.rules import AREA, Facts
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import units_granted
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import visible_to
from keepwell.platform.tree.models import Unit

MOST_UNITS = 400


class DayInput(forms.DateInput):
    """A day as browsers ask for it; ISO in and out."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class SeveralFiles(forms.ClearableFileInput):
    """A control that takes several files at once."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Several files; what they are is judged when they are taken in."""

    def __init__(self) -> None:
        super().__init__(label=_("Files"), required=False, help_text=_("One or several."),
                         widget=SeveralFiles(attrs={"multiple": True}))  # fmt: skip

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The files as they came."""
        return data or []


class LinksField(forms.CharField):
    """Web addresses, one a line."""

    def __init__(self) -> None:
        super().__init__(label=_("Links"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
                         help_text=_("Web addresses, one a line, where the evidence itself lies elsewhere."))  # fmt: skip

    def clean(self, value: Any) -> Any:
        try:
            return intake.linked(super().clean(value))
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class VersionForm(forms.Form):
    """A further version: files, links, and what is new."""

    file = FilesField()
    links = LinksField()
    says = forms.CharField(label=_("What is new"), max_length=300, required=False)


AFTER_FILES = ("file", "links", "title", "reason")


class Marked(forms.Form):
    """What links to a record, by a link that may have a mark of its own where the record takes any."""

    tlp = forms.ChoiceField(
        label=_("TLP"), required=False, choices=TLP,
        help_text=_("Who may know that the piece proves something about the record; a wider mark needs who decides."),
    )  # fmt: skip

    def __init__(self, *args: Any, to: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["tlp"]
        field.choices = [("", unmarked(to)), *TLP]
        if marking_of(to) is None:
            del self.fields["tlp"]

    def clean(self) -> dict[str, Any] | None:
        """What was typed; refused with a mark where the record takes none."""
        if "tlp" not in self.fields and self.data.get("tlp"):
            raise forms.ValidationError(NONE_HERE)
        return super().clean()

    def mark(self) -> str:
        """The mark that was chosen."""
        return str(self.cleaned_data.get("tlp", ""))


class PieceForm(Marked):
    """A new piece with its first version."""

    file = FilesField()
    links = LinksField()
    title = forms.CharField(label=_("Title"), max_length=160)
    reason = forms.CharField(label=_("What it proves"), max_length=300, required=False)
    unit = forms.ChoiceField(
        label=_("Unit"),
        help_text=_("Whoever may see evidence of this unit sees it."),
        error_messages={"invalid_choice": _("No unit where you may add evidence is called “%(value)s”.")},
    )
    source = forms.CharField(
        label=_("Source"),
        max_length=120,
        required=False,
        help_text=_("The system or place it was taken from."),
    )
    received_from = forms.CharField(label=_("Received from"), max_length=120, required=False)
    received_on = forms.DateField(
        label=_("Received"), widget=DayInput, required=False, help_text=_("Empty means today.")
    )
    effective_from = forms.DateField(label=_("In effect from"), widget=DayInput, required=False)
    effective_until = forms.DateField(
        label=_("In effect until"),
        widget=DayInput,
        required=False,
        help_text=_("The last day; empty means without end."),
    )
    classification = forms.ChoiceField(label=_("Classification"), choices=Piece.Classification.choices,
                                       initial=Piece.Classification.INTERNAL)  # fmt: skip
    retention = forms.ChoiceField(label=_("Kept as"), choices=retention.choices, initial=retention.DEFAULT)
    description = forms.CharField(
        label=_("Description"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, person: Person, *args: Any, to: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, to=to, **kwargs)
        self.order_fields([*AFTER_FILES, "tlp"])
        self.units = {unit.code: unit for unit in units_for(person)}
        field: Any = self.fields["unit"]
        field.choices = [
            ("", "—"),
            *sorted(((u.code, str(u)) for u in self.units.values()), key=lambda pair: pair[1]),
        ]
        if to is None:
            del self.fields["reason"]
        elif to.place.code in self.units:
            field.initial = to.place.code

    def facts(self) -> Facts:
        """What was typed, as the rule takes it."""
        told = self.cleaned_data
        more = {
            name: told[name]
            for name in ("source", "received_from", "classification", "retention", "description")
        }
        return Facts(told["title"], self.units[told["unit"]], received_on=told["received_on"], more=more,
                     effective_from=told["effective_from"], effective_until=told["effective_until"])  # fmt: skip


ORDER = (
    "title", "description", "serial", "unit", "reason", "tlp", "received_from", "received_on", "holder", "outside",
    "organization", "whereabouts", "purpose", "manner", "seal", "sha256", "at", "remark",
)  # fmt: skip
"""The questions about an object, as they come up where it is taken."""


class ObjectForm(PieceForm):
    """An object outside, as a disk or a laptop, with its first holder."""

    holder = forms.CharField(
        label=_("Who has it (number of a person)"), max_length=40, required=False,
        help_text=_("Empty: you, unless you name somebody outside."),
    )  # fmt: skip
    outside = forms.CharField(label=_("Or somebody outside: name"), max_length=120, required=False)
    organization = forms.CharField(label=_("Their organization"), max_length=120, required=False)
    serial = forms.CharField(label=_("Serial number"), max_length=80, required=False)
    seal = forms.CharField(label=_("Number of the seal"), max_length=80, required=False)
    whereabouts = forms.CharField(label=_("Where it is kept"), max_length=160)
    purpose = forms.CharField(label=_("What for"), max_length=300)
    manner = forms.ChoiceField(
        label=_("How it changed hands"),
        choices=CustodyEntry.Manner.choices,
        initial=CustodyEntry.Manner.SEIZED,
    )
    sha256 = forms.CharField(
        label="SHA-256", max_length=100, required=False, help_text=_("Of an image of it, if one was made.")
    )
    at = forms.CharField(
        label=_("Since"), max_length=40, required=False, help_text=_("Now, or 03:22, or 2025-11-14 03:22.")
    )
    remark = forms.CharField(label=_("Remark"), max_length=500, required=False)

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(person, *args, **kwargs)
        for name in ("file", "links", "effective_from", "effective_until"):
            del self.fields[name]
        self.fields["classification"].initial = Piece.Classification.CONFIDENTIAL
        self.fields["retention"].initial = "incident"
        self.person = person
        self.order_fields(ORDER)

    def clean_holder(self) -> Person | None:
        """The person with that number, as far as whoever asks may see them."""
        number = self.cleaned_data["holder"].strip()
        found = (
            visible_to(Person.objects.current().filter(number=number), self.person).first()
            if number
            else None
        )
        if number and found is None:
            raise forms.ValidationError(_("Nobody whom you may see has this number."))
        return found

    def facts(self) -> Facts:
        """What was typed, as the rule takes it."""
        told = self.cleaned_data
        more = {
            name: told[name]
            for name in ("source", "received_from", "classification", "retention", "description")
        }
        return Facts(told["title"], self.units[told["unit"]], received_on=told["received_on"], more=more)


def units_for(person: Person) -> list[Unit]:
    """Units where `person` may add evidence."""
    granted = units_granted(person, AREA, Level.EDIT)
    return list(Unit.objects.current().filter(pk__in=granted).order_by("code")[:MOST_UNITS])


class LinkForm(Marked):
    """A piece that is here already, and what it proves about the record."""

    field_order = ("piece", "reason", "tlp")

    piece = forms.CharField(label=_("Piece of evidence"), max_length=300,
                            help_text=_("Its reference, as EV-7K2M9QXA, or the address of its page."))  # fmt: skip
    reason = forms.CharField(label=_("What it proves"), max_length=300, required=False)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
