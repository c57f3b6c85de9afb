"""Connections to the embedded database that are kept as long as they lead to the file that lies there now.

Who restores, or puts a copy back by hand, lays another file in its place. SQLite would go on writing into the one that it
has open, which nobody finds again.
"""

from __future__ import annotations

import os
from typing import Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, which knows the file that it has open."""

    opened: tuple[int, int] | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:  # the driver's own kind
        """A connection to the file of the settings, which is made where there is none."""
        # Looked at before: what is replaced while it is opened must not pass for what took its place.
        lay = self._lies()
        made = super().get_new_connection(conn_params)
        self.opened = lay or self._lies()
        return made

    def is_usable(self) -> bool:
        """Whether nothing failed on the connection, and its file is still the one that lies there."""
        return self.is_in_memory_db() or (not self.errors_occurred and self.opened == self._lies())

    def _lies(self) -> tuple[int, int] | None:
        """Which file lies at the place of the settings, by the number of its disk and its own there."""
        try:
            found = os.stat(self.settings_dict["NAME"])
        except OSError:
            return None
        return found.st_dev, found.st_ino
