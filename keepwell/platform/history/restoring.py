"""That the installation was brought back from a copy, as the trail tells it: by a row, and by a signature under it.

What was sealed after the copy was made is no longer there, but its checkpoints may lie with auditors. From the restore
on the trail is another line, and each of its checkpoints says so; who holds one of the line before can tell a restore
from a forgery.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from keepwell.kernel.refusing import Refused
from keepwell.platform.history import sequencer
from keepwell.platform.history.acting import Machine
from keepwell.platform.history.noting import note

OPERATOR = Machine(gettext_noop("the operator"))
RESTORE = "backup.restore"


def tell_restore(**answers: Any) -> int | None:
    """Write the row of a restore that has just ended, number it before all others, and sign it; returns its number.

    None if the key that signed the trail so far is not here: then the row is written, but the trail goes on only once
    that key is brought back and the restore is told again.
    """
    with transaction.atomic():
        row = note(OPERATOR, RESTORE, kind="event", **answers)
        try:
            with transaction.atomic():
                return sequencer.begin_line(row)
        except Refused:
            return None
