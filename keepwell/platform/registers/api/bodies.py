"""What programs send: JSON objects, versions and answers, read by the rules that forms are read by."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args, get_origin

from django.core.exceptions import BadRequest
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _

from keepwell.platform.acts.act import Act
from keepwell.platform.people.models import Person
from keepwell.platform.registers.api.problems import Unsupported
from keepwell.platform.registers.columns import Column, Kind
from keepwell.platform.registers.reading import Unread, read
from keepwell.platform.registers.writing import Mistakes

ETAG = re.compile(r'(?:W/)?"?(\d{1,9})"?', re.ASCII)
PLAIN: dict[Any, Kind] = {
    str: Kind.TEXT, int: Kind.NUMBER, Decimal: Kind.DECIMAL, bool: Kind.YES_NO,
    date: Kind.DAY, datetime: Kind.MOMENT,
}  # fmt: skip


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent; nothing sent is an empty one."""
    if not request.body:
        return {}
    if request.content_type != "application/json":
        raise Unsupported("application/json")
    try:
        found = json.loads(request.body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadRequest(_("The body is no JSON.")) from error
    if not isinstance(found, dict):
        raise BadRequest(_("Send a JSON object: names and values."))
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def version_of(request: HttpRequest, body: dict[str, Any]) -> int | None:
    """The version that the caller saw, taken from If-Match or out of the body; None if not said."""
    version = body.pop("version", None)
    if version is None and (match := ETAG.fullmatch(request.headers.get("If-Match", ""))):
        return int(match[1])
    if version is not None and (isinstance(version, bool) or not isinstance(version, int)):
        raise Mistakes({"version": [_("Write a whole number.")]})
    return version


def version_required(request: HttpRequest, body: dict[str, Any]) -> int:
    """The version that the caller saw; changing a record needs it."""
    version = version_of(request, body)
    if version is None:
        raise Mistakes({"version": [_("Say which version you changed, here or in If-Match.")]})
    return version


@dataclass(frozen=True)
class Question:
    """One question of an act: its column, and whether it must be answered."""

    column: Column
    required: bool
    may_be_empty: bool


def questions(rule: Act[..., Any]) -> dict[str, Question]:
    """The questions of an act, by name."""
    return {name: _question(rule, name, p) for name, p in rule.questions.items()}


def _question(rule: Act[..., Any], name: str, asked: inspect.Parameter) -> Question:
    types = get_args(asked.annotation) or (asked.annotation,)
    answer: Any = next(t for t in types if t is not type(None))
    kind, field = _kind(answer, several=get_origin(asked.annotation) is list)
    if kind is None:
        raise RuntimeError(f"{rule.verb} asks for {name} as {asked.annotation}, which nobody can answer.")
    return Question(
        column=Column(name, name.replace("_", " "), kind, field, rule.record),
        required=asked.default is inspect.Parameter.empty,
        may_be_empty=type(None) in types,
    )


def _kind(answer: Any, *, several: bool) -> tuple[Kind | None, Any]:
    """The kind of column that holds answers of this type, and a field that says which records or choices."""
    if isinstance(answer, type) and issubclass(answer, models.Model):
        if several:
            return Kind.MANY, models.ManyToManyField(answer)
        return Kind.ONE, models.ForeignKey(answer, on_delete=models.PROTECT)
    if isinstance(answer, type) and issubclass(answer, models.Choices):
        return Kind.CHOICE, models.CharField(choices=answer.choices)
    return PLAIN.get(answer), None


def answers(rule: Act[..., Any], body: dict[str, Any], person: Person) -> dict[str, Any]:
    """The answers to an act's questions; raises Mistakes with all that do not fit."""
    asked = questions(rule)
    wrong = {
        name: [_("“%(name)s” is not asked here.") % {"name": name}] for name in body if name not in asked
    }
    found: dict[str, Any] = {}
    for name, question in asked.items():
        if name in body or question.required:
            try:
                found[name] = _answer(question, body.get(name), person)
            except Unread as reason:
                wrong[name] = [str(reason)]
    if wrong:
        raise Mistakes(wrong)
    return found


def _answer(question: Question, raw: Any, person: Person) -> Any:
    found = read(question.column, raw, person)
    if raw in (None, "") and question.may_be_empty:
        return None
    if found in (None, "", []) and question.required:
        raise Unread(_("This must be filled in."))
    return found
