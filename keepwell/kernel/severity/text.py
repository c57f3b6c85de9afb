"""Reading the text of a scheme, YAML or JSON."""

from __future__ import annotations

from typing import Any

from keepwell.kernel import plain
from keepwell.kernel.severity.faults import Fault, Faulty, Place

LARGEST_BYTES = 200_000
DEEPEST = 12


def read_text(content: bytes) -> Any:  # Any: whatever the file holds, in lists, tables and plain values
    """What `content` holds. Raises Faulty where it is too large, no text, neither YAML nor JSON, or refers to itself."""
    try:
        return plain.read(content, most_bytes=LARGEST_BYTES, deepest=DEEPEST)
    except plain.Unreadable as wrong:
        raise Faulty([Fault(wrong.says, Place(line=wrong.line), dict(wrong.facts))]) from wrong
