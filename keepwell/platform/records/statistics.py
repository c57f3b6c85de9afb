"""What the database knows of the shape of its tables, without which it cannot choose a good way to rows."""

from __future__ import annotations

from django.db import connection

WORTH_A_LOOK = 5_000
"""From how many rows written at once the old shape may mislead."""


def look_anew() -> None:
    """Let PostgreSQL look at its tables after much was written at once; its own round may be a minute away, or off.

    Until it has looked it takes a filled table for an empty one, and a list for which it reads row by row takes
    seconds. SQLite chooses by its indexes alone.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
