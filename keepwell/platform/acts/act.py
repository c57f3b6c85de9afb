"""An act is a function that changes a record: checked, atomic and written to the history."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar, get_type_hints

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.history.models import Tracked, conflict
from keepwell.platform.history.noting import refused
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import area_of, may_on, require_on

__all__ = ["ACTS", "Act", "Refused", "act"]

P = ParamSpec("P")
T = TypeVar("T")
Text = str | Promise
ACTS: dict[str, Act[..., Any]] = {}


class Act(Generic[P, T]):
    """`rule`, guarded. Its keyword-only parameters, but for `by`, are the questions a person answers."""

    do_not_call_in_templates = True  # a template shows an act; only a person does it

    def __init__(self, rule: Callable[P, T], *, level: Level, label: Text, explains: Text, area: str,
                 offered: Callable[[Any], bool], shown: Callable[[Any], bool], step_up: bool,
                 proof_where: Callable[[Any], bool], for_many: bool, leads: bool, beside: bool,
                 begins: Callable[[Any], dict[str, Any]]) -> None:  # fmt: skip
        update_wrapper(self, rule)
        self.rule, self.level, self.label, self.explains = rule, level, label, explains
        self.name, self.area, self.offered = rule.__name__, area, offered
        self.shown, self.step_up, self.for_many, self.leads = shown, step_up, for_many, leads
        self.beside, self.begins, self.proof_where = beside, begins, proof_where
        hints = get_type_hints(rule)
        parameters = inspect.signature(rule).parameters
        self.record: type[Tracked] = hints[next(iter(parameters))]
        self.questions: dict[str, inspect.Parameter] = {
            p.name: p.replace(annotation=hints[p.name])
            for p in parameters.values()
            if p.kind is p.KEYWORD_ONLY and p.name != "by"
        }

    @property
    def verb(self) -> str:
        """How history calls it: record.act."""
        return f"{self.record._meta.model_name}.{self.name}"

    def asks_proof(self, record: Any) -> bool:
        """Whether the person must have proved within ten minutes who they are, to do this with `record`."""
        return self.step_up or self.proof_where(record)

    def is_open_to(self, person: Person, record: Any) -> bool:
        """Whether the button is shown: the record's state allows it, and so do the person's rights."""
        return (
            self.offered(record)
            and self.shown(record)
            and may_on(person, self.area or area_of(type(record)), self.level, record)
        )

    def require_right(self, by: Person, record: Any) -> None:
        """Refuse, naming the right and the place, unless `by` may do this with `record`."""
        require_on(by, self.area or area_of(type(record)), self.level, record)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do it: the right is required, the record locked, the change written, all or nothing."""
        try:
            return self._checked(*args, **kwargs)
        except PermissionDenied as refusal:
            refused(refusal, kwargs["by"], self.verb, record=_tracked(args[0]))
            raise

    def _checked(self, *args: P.args, **kwargs: P.kwargs) -> T:
        record: Any = args[0]
        by: Any = kwargs["by"]
        with transaction.atomic():
            self.require_right(by, record)
            self._hold(record, by)
            if not self.offered(record):
                raise Refused(
                    _("That cannot be done in the present state of %(record)s.") % {"record": record}
                )
            answers = {name: told(kwargs[name]) for name in self.questions if name in kwargs}
            with acting(by, self.verb, **answers):
                return self._done(*args, **kwargs)

    def _done(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """The rule's answer; what the record's own rules say against it is a refusal."""
        try:
            return self.rule(*args, **kwargs)
        except ValidationError as wrong:
            raise Refused(" ".join(wrong.messages)) from wrong

    def _hold(self, record: Any, by: Any) -> None:
        """Lock the row and see that nobody changed it since it was loaded; what is written beside it goes by what it
        has become."""
        # Rows that point to it are written on meanwhile: two acts that wait for each other's would end in neither.
        rows = type(record)._base_manager.select_for_update(of=("self",), no_key=True).filter(pk=record.pk)
        if rows.values_list("version", flat=True).first() == record.version:
            return
        if not self.beside:
            raise conflict(record)
        record.refresh_from_db()
        self.require_right(by, record)


def _tracked(record: Any) -> Tracked | None:
    return record if isinstance(record, Tracked) else None


def told(answer: Any) -> Any:
    """An answer as history keeps it: a record by its natural key."""
    return answer.natural_key() if isinstance(answer, Tracked) else answer


def never(record: Any) -> bool:
    """On no record: so is `shown` an act that has a place of its own and needs no button beside it."""
    return False


def act(level: Level = Level.DECIDE, *, label: Text, explains: Text, area: str = "",
        offered: Callable[[Any], bool] = lambda record: True, shown: Callable[[Any], bool] = lambda record: True,
        step_up: bool = False, proof_where: Callable[[Any], bool] = never, for_many: bool = False,
        leads: bool = False, beside: bool = False,
        begins: Callable[[Any], dict[str, Any]] = lambda record: {}) -> Callable[[Callable[P, T]], Act[P, T]]:  # fmt: skip
    """Make `rule(record, *, by, ...)` an act.

    It needs `level` at the record's unit, in `area` (the record's own if empty). `label` stands on the
    button and names the effect; `explains` says what will follow; `offered` says in which states of the
    record it can be done, and `shown` in which of them the button stands: whoever tries it otherwise is told by the
    rule what is missing; for `step_up` the person must have proved within ten minutes who they are, and with
    `proof_where` on such records as it says (never of many at once).
    With `for_many` a list offers it for many records at once, with the same answers for all. With `leads` who has done
    it goes on to the record that the rule returns. `beside` changes nothing of the record but writes beside it: that
    somebody else changed it meanwhile is no conflict. `begins` says with which answers its form begins for a record.
    """

    def keep(rule: Callable[P, T]) -> Act[P, T]:
        made = Act(
            rule, level=level, label=label, explains=explains, area=area, offered=offered, shown=shown,
            step_up=step_up, proof_where=proof_where, for_many=for_many, leads=leads, beside=beside, begins=begins,
        )  # fmt: skip
        ACTS[made.verb] = made
        return made

    return keep
