"""The chain of custody of evidence: who held a piece from when, where and what for, and whether it is still what it was."""

from keepwell.platform.evidence.custody.acts import (
    READ,
    attach_object,
    correct,
    destroy,
    entered_by,
    give_back,
    hand_over,
    present,
    take,
    take_into_custody,
)
from keepwell.platform.evidence.custody.digests import read_later
from keepwell.platform.evidence.custody.holding import Circumstances, Holder

__all__ = [
    "READ",
    "Circumstances",
    "Holder",
    "attach_object",
    "correct",
    "destroy",
    "entered_by",
    "give_back",
    "hand_over",
    "present",
    "read_later",
    "take",
    "take_into_custody",
]
