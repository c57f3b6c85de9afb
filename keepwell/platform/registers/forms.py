"""Forms of records and acts, built from the register's columns and the act's questions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.db.models import Q
from django.forms.utils import flatatt
from django.utils.choices import BaseChoiceIterator
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.platform.acts.act import Act
from keepwell.platform.pages.markup import markup, together
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import units_granted
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers import statements
from keepwell.platform.registers.columns import Column, Kind, column
from keepwell.platform.registers.register import Register
from keepwell.platform.tree.models import Unit

MOST_CHOICES = 400
LONG_TEXT = 200


class DayInput(forms.DateInput):
    """A day as browsers ask for it; ISO in and out."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class Select(forms.Select):
    """One of up to some hundred choices; the options are written here, for a template each costs more than a page."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = self.format_value(value)
        given = flatatt(self.build_attrs(self.attrs, attrs))
        options = (
            markup(CHOSEN if str(code) in chosen else OPTION, code, label) for code, label in self.choices
        )
        return markup('<select name="%s"%s>%s</select>', name, given, together(options))


OPTION, CHOSEN = '<option value="%s">%s</option>', '<option value="%s" selected>%s</option>'


class Options(BaseChoiceIterator):
    """Choices as codes and labels, which Django takes as they are: it would look into each, and copy them for each form."""

    def __init__(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        self.pairs = tuple(pairs)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __deepcopy__(self, _memo: dict[int, Any]) -> Options:
        return self


def record_form(
    register: type[Register], person: Person, *, record: Any = None, data: Any = None
) -> forms.Form:
    """The form of a new record, or of `record`; values are raw, as the API takes them."""
    columns = [column(register.record, name) for name in register.form_fields]
    initial = {c.name: shown_value(c, record) for c in columns} if record else defaults(columns)
    fields = {c.name: field_of(c, person, among_of(c, register, person, record)) for c in columns}
    fields["version"] = forms.IntegerField(required=False, widget=forms.HiddenInput)
    initial["version"] = record.version if record else None
    return type("RecordForm", (forms.Form,), fields)(data, initial=initial)


def defaults(columns: Iterable[Column]) -> dict[str, Any]:
    """What a new record begins with."""
    found = {c.name: c.field.get_default() for c in columns if c.field.has_default()}
    return {name: value for name, value in found.items() if not isinstance(value, (list, dict))}


def shown_value(c: Column, record: Any) -> Any:
    """A record's value as the form shows it: relations by natural key, lists one item a line."""
    found = c.code(record)
    if c.kind is Kind.MAPPING:
        return "\n".join(f"{name}: {value}" for name, value in found.items())
    return "\n".join(map(str, found)) if c.kind is Kind.LIST else found


def offered(c: Column, register: type[Register], person: Person, record: Any = None) -> Q:
    """Which rows a relation of `register` offers: where a record lies or reaches, only units in which `person`
    may write such records, and what `record` names already."""
    if c.related is not Unit or not (c.kind is Kind.MANY or c.name == "unit"):
        return Q()
    granted = units_granted(person, register.area(), register.level_to_write())
    found = Q(pk__in=granted) & Q(**c.field.get_limit_choices_to())
    if record is None:
        return found
    named_already = getattr(record, c.name)
    return found | Q(pk__in=named_already.values("pk") if c.kind is Kind.MANY else [named_already.pk])


@dataclass(frozen=True)
class Among:
    """Which rows a relation offers: `rows` says it, and it is said from `key` and who asks."""

    key: Hashable
    rows: Callable[[], Q]


ALL = Among(None, Q)


def among_of(c: Column, register: type[Register], person: Person, record: Any = None) -> Among:
    """What a column of the form of `record` offers."""
    named = None if record is None else record.pk if c.kind is Kind.MANY else getattr(record, c.field.attname)
    return (
        Among((register, c.name, named), lambda: offered(c, register, person, record)) if c.related else ALL
    )


def field_of(c: Column, person: Person, among: Among = ALL) -> forms.Field:
    """The form field of one column; what is wrong with a value is said by the record's own rules."""
    common = {"label": capfirst(str(c.label)), "help_text": c.field.help_text, "required": is_required(c)}
    if c.related:
        return relation_field(c, person, common, among)
    if c.kind is Kind.CHOICE:
        # A choice nobody made must not look made: the first role of a grant is the highest one.
        empty = [] if common["required"] and c.field.has_default() else [("", nothing_chosen(c))]
        return forms.ChoiceField(choices=Options([*empty, *c.offered.items()]), widget=Select, **common)
    if c.kind is Kind.YES_NO:
        return forms.BooleanField(**{**common, "required": False})
    if c.kind is Kind.DAY:
        return forms.DateField(widget=DayInput, **common)
    if c.kind is Kind.NUMBER:
        return forms.IntegerField(**common)
    if c.kind is Kind.DECIMAL:
        return forms.DecimalField(**common)
    if c.kind in (Kind.LIST, Kind.MAPPING) or (c.field.max_length or LONG_TEXT) > LONG_TEXT:
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), **common)
    return forms.CharField(max_length=c.field.max_length, **common)


def nothing_chosen(c: Column) -> Any:
    """What stands in a form where no choice is made: what it means, where the record says so."""
    return getattr(c.model, "empty_choices", {}).get(c.name, "—")


def is_required(c: Column) -> bool:
    """Whether a person must fill it in."""
    return not c.field.blank and c.kind is not Kind.YES_NO


def relation_field(c: Column, person: Person, common: dict[str, Any], among: Among) -> forms.Field:
    """A choice of what the person may see, `among` some; typed by natural key when there is too much to choose from."""
    related = c.related
    assert related is not None  # noqa: S101  # callers asked
    # What a person types names tracked records only, and each has a natural key.
    everything = related._default_manager
    choices = statements.told(
        ("choices", related, c.name, among.key), person,
        lambda: visible_to(everything.filter(among.rows()), person)[: MOST_CHOICES + 1], _choices,
    )  # fmt: skip
    if choices is None:
        return forms.CharField(**common)
    if c.kind is Kind.MANY:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
    return forms.ChoiceField(choices=Options([("", "—"), *choices]), widget=Select, **common)


def _choices(rows: list[Any]) -> Options | None:
    """Natural keys and names of `rows`, by name; None where it is too much to choose from."""
    if len(rows) > MOST_CHOICES:
        return None
    return Options(sorted(((row.natural_key(), str(row)) for row in rows), key=lambda pair: pair[1]))


def act_form(rule: Act[..., Any], record: Any, person: Person, data: Any = None) -> forms.Form:
    """The questions of an act on `record`."""
    fields = {
        name: question_field(name, p, person, left_open(rule, name, record))
        for name, p in rule.questions.items()
    }
    fields["version"] = forms.IntegerField(required=False, widget=forms.HiddenInput)
    initial = {name: p.default for name, p in rule.questions.items() if has_value(p.default)}
    initial |= (rule.begins(record) if record else {}) | {"version": getattr(record, "version", None)}
    return type("ActForm", (forms.Form,), fields)(data, initial=initial)


def left_open(rule: Act[..., Any], name: str, record: Any) -> str:
    """What it means that the choice `name` of an act on `record` is left open, where the record says so: of the act, else of
    every act."""
    told: dict[str, str] = getattr(record, "empty_answers", {})
    return told.get(f"{rule.name}.{name}") or told.get(name, "—")


def has_value(default: Any) -> bool:
    """Whether a question that is left open is answered by something."""
    return default not in (inspect.Parameter.empty, None, "")


def answers_of(form: forms.Form, rule: Act[..., Any]) -> dict[str, Any]:
    """What a form that is valid answers to an act; what was left open is what the act takes then."""
    found = {name: form.cleaned_data[name] for name in rule.questions}
    return {
        name: value
        for name, value in found.items()
        if value is not None or not has_value(rule.questions[name].default)
    }


QUESTION_LABELS = {
    "reason": _("Reason"),
    "record": _("Record"),
    "on": pgettext_lazy("a day", "On"),
    "since": _("Since"),
    "until": _("Until"),
    "to": pgettext_lazy("a place", "To"),
    "people": pgettext_lazy("how many", "People"),
    "value": _("Value"),
    "days": _("Days"),
    "at": pgettext_lazy("a moment", "At"),
    "basis": _("On what"),
    "review": _("What happened"),
    "is_material": _("It is material"),
    "says": _("What happened"),
    "kind": _("Kind"),
    "zone": _("Time zone"),
    "source": _("Source"),
    "confidence": _("Confidence"),
    "tlp": _("TLP"),
    "decided_by": _("Decided by"),
    "what": _("What"),
    "role": _("Role"),
    "playbook": _("Playbook"),
    "number": _("Number"),
    "sites": _("Sites"),
    "exposed": _("Is the site exposed?"),
    "happened": _("What happened"),
    "evidence": _("Evidence: its reference, as EV-7K2M"),
    "causes": _("Causes"),
    "bridge": _("Bridge: an https address or a number to dial"),
    "about": _("What it is about"),
    "invite": _("Whom to invite: numbers or mail addresses, with a blank between"),
    "begins": _("Begins (now; 05:30 is the next such time)"),
    "leave_out": _("Whom to leave out: numbers or mail addresses, with a blank between"),
    "minutes": _("Minutes"),
    "also": _("Further reports of the same (RP-…, with a blank between)"),
    "moved_to": _("New begin (05:30 is the next such time)"),
    "worked": _("What worked"),
    "failed": _("What did not work"),
    "amount": _("Amount"),
    "currency": _("Currency"),
    "is_estimate": _("It is an estimate"),
    "successors": _("What takes its place (codes, divided by commas)"),
    "relation": _("Relation"),
    "code": _("Code"),
    "label": pgettext_lazy("of a framework", "Version"),
    "file_name": _("File name"),
    "first_seen": _("First seen (03:22, or 2025-11-14 03:22)"),
    "last_seen": _("Last seen (03:22, or 2025-11-14 03:22)"),
    "remark": _("Remark"),
    "values": _("Only these (one a line: kind, blank, value)"),
    "holder": _("Who has it from then on (number of a person)"),
    "outside": _("Or somebody outside: name"),
    "organization": _("Their organization"),
    "received_from": _("Received from"),
    "whereabouts": _("Where it is kept"),
    "purpose": _("What for"),
    "manner": _("How it changed hands"),
    "seal": _("Number of the seal"),
    "sha256": _("SHA-256"),
    "sha256_before": _("SHA-256 before"),
    "sha256_after": _("SHA-256 after"),
    "channel": _("Channel"),
    "blocked": _("Why the channel that the rule names was blocked"),
    "supplement": _("A supplement through that channel is still owed"),
    "out_of_turn": _("Why out of turn"),
    "in_place": _("Why in place of whom its rule names"),
    "contents": _("Contents"),
    "cost": _("Cost"),
    "customers": _("Customers, one a line"),
    "known": _("What is known"),
    "step_cost": _("Cost of one step of effort"),
    "counting": _("Which score counts"),
    "coverage": _("Least coverage, 0 to 1"),
    "opens": _("Opens"),
    "due": _("Answers due"),
    "facts": _("Facts"),
    "files": _("Files"),
    "hours": _("Hours"),
    "initiative": _("Initiative"),
    "language": _("Language"),
    "level": _("Level"),
    "links": _("Links"),
    "mail": _("Mail"),
    "method": _("Method"),
    "name": _("Name"),
    "note": _("Note"),
    "owner": _("Owner"),
    "person": _("Person"),
    "priority": _("Priority, this or higher"),
    "profile": _("Profile"),
    "proof": _("Proof"),
    "recipient": _("Recipient"),
    "requirement": _("Requirement"),
    "requirements": _("Requirements"),
    "scope": _("Scope"),
    "site": _("Site"),
    "subject": _("Subject"),
    "text": _("Text"),
    "title": _("Title"),
    "weight": _("Weight"),
    "whom": _("Whom"),
    "year": _("Year"),
}


LONG_ANSWERS = (
    "reason",
    "review",
    "says",
    "happened",
    "causes",
    "worked",
    "failed",
    "text",
    "values",
    "customers",
)


def question_field(name: str, question: inspect.Parameter, person: Person, empty: str = "—") -> forms.Field:
    """The form field of one question, by its type; `empty` says what it means that a choice is left open."""
    kind: Any = question.annotation
    options = [t for t in getattr(kind, "__args__", ()) if t is not type(None)]
    kind = options[0] if options else kind
    required = question.default is inspect.Parameter.empty
    label = QUESTION_LABELS.get(name, capfirst(name.replace("_", " ")))
    if inspect.isclass(kind) and issubclass(kind, models.Model):
        return RelatedField(kind, person, label=label, required=required)
    if inspect.isclass(kind) and issubclass(kind, models.TextChoices):
        none = [("", empty)] if options else []
        return forms.TypedChoiceField(choices=[*none, *kind.choices], coerce=kind, empty_value=None, label=label,
                                      required=required)  # fmt: skip
    if kind is date:
        return forms.DateField(widget=DayInput, label=label, required=required)
    plain: dict[Any, type[forms.Field]] = {
        int: forms.IntegerField,
        Decimal: forms.DecimalField,
        datetime: forms.DateTimeField,
    }
    if kind in plain:
        return plain[kind](label=label, required=required)
    if kind is bool:
        return forms.BooleanField(label=label, required=False)
    widget = forms.Textarea(attrs={"rows": 3}) if name in LONG_ANSWERS else None
    return forms.CharField(widget=widget, label=label, required=required)


def _key_word(model: Any) -> str:
    """What the first part of a record's natural key is called, as "code" or "employee number"."""
    word = ""
    for name in model.key_fields[0].split("__"):
        field = model._meta.get_field(name.removesuffix("_id"))
        word, model = str(field.verbose_name), field.related_model or model
    return word


class RelatedField(forms.CharField):
    """A record named by its natural key or id, among those the person may see."""

    def __init__(self, model: type[models.Model], person: Person, **kwargs: Any) -> None:
        self.model, self.person = model, person
        super().__init__(help_text=gettext("Write the %(key)s.") % {"key": _key_word(model)}, **kwargs)

    def clean(self, value: Any) -> Any:
        """The record; refused like one that does not exist when it may not be seen."""
        text = super().clean(value)
        if not text:
            return None
        key: str = self.model.key_fields[0]  # type: ignore[attr-defined]  # who is named by key is tracked
        found = visible_to(self.model._default_manager.filter(**{key: text}), self.person).first()
        if found is None:
            raise forms.ValidationError(_("Nothing is called “%(text)s”.") % {"text": text})
        return found
