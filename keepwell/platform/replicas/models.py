"""How far each person wrote, so that they read what they wrote."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class Position(models.Func):
    """How far the primary has written, in bytes since its first day."""

    template = "(pg_current_wal_lsn() - '0/0')::bigint"
    output_field = models.BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="0", **more)


class Written(models.Model):
    """Where the primary stood after what `person_id` wrote last; a replica that has come so far has it all."""

    is_passing: ClassVar[bool] = True

    person_id = models.UUIDField(primary_key=True)
    position = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.person_id} at {self.position}"
