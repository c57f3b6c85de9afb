"""What day it is where a unit is, reckoned by the database: the only query that knows time zones by row."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import DateField, DateTimeField, F, Func, Value

from keepwell.kernel import moments


class DayThere(Func):
    """The day of a moment in the zone that a column names."""

    output_field = DateField()
    arity = 2

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        # Django's own function, which it gives to every SQLite connection: day of a moment kept in UTC.
        return self.as_sql(
            compiler, connection, template="django_datetime_cast_date(%(expressions)s, 'UTC')", **more
        )

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(
            compiler,
            connection,
            template="(CAST(%(expressions)s)::date",
            arg_joiner=" AS timestamptz) AT TIME ZONE ",
            **more,
        )


def day_at(unit: str) -> models.Expression:
    """Today, by the business clock, in the zone of the unit that `unit` leads to, as "unit" or "person__unit"."""
    return DayThere(Value(moments.now(), DateTimeField()), F(f"{unit}__time_zone"))
