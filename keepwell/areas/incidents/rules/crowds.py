"""How much one place may send or try in an hour, known without knowing the place.

Counts lie in the memory of one process, under a keyed hash whose key is thrown away with them after an hour: nothing
of where a report came from is written anywhere (security.md R11, R12). Behind one address a whole group may stand, and
on a bad day its people tell of one thing by the thousand: the measure is wide; it stops programs, not people.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections import Counter
from hashlib import sha256
from threading import Lock

SECONDS = 3_600


class Crowd:
    """So many tries of each place in an hour."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = Lock()
        self._forget()

    def _forget(self) -> None:
        self._key, self._tries, self._since = secrets.token_bytes(32), Counter[bytes](), time.monotonic()

    def lets(self, place: str) -> bool:
        """Count one try of `place`; whether it is still within the measure."""
        with self._lock:
            if time.monotonic() - self._since > SECONDS:
                self._forget()
            name = hmac.digest(self._key, place.encode(), sha256)
            self._tries[name] += 1
            return self._tries[name] <= self.most
