"""Personal parts of the trail, erased for good: salt and value go, the commitment stays, every proof still verifies."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from keepwell.platform.history.entries import Row, fresh, what_value, who_value
from keepwell.platform.history.models import Change, ChangeQuerySet

NAME: dict[str, object] = {"by_name": "", "who_salt": None}
VALUES: dict[str, object] = {"answers": {}, "before": {}, "after": {}, "what_salt": None}


def forget(rows: ChangeQuerySet) -> int:
    """Erase who acted and what was told and changed in `rows`; returns how many rows there were."""
    return _erase(rows, NAME | VALUES)


def forget_names(rows: ChangeQuerySet) -> int:
    """Erase only the name of who acted in `rows`; returns how many rows there were."""
    return _erase(rows, NAME)


def forget_values(rows: ChangeQuerySet) -> int:
    """Erase only what was told and changed in `rows`; returns how many rows there were."""
    return _erase(rows, VALUES)


@transaction.atomic
def _erase(rows: ChangeQuerySet, fields: Mapping[str, object]) -> int:
    """Commit to what is not sealed yet, under salts that nobody keeps; then empty the fields."""
    for row in map(Row._make, rows.waiting().select_for_update().values_list(*Row._fields)):
        mine = Change.objects.filter(pk=row.id)
        if not row.who and "who_salt" in fields:
            mine.update(who=fresh(who_value(row)).commitment)
        if not row.what and "what_salt" in fields:
            mine.update(what=fresh(what_value(row)).commitment)
    return rows.update(**fields)
