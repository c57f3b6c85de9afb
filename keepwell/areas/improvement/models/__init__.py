"""Actions, and the initiatives that are made of like actions."""

from keepwell.areas.improvement.models.actions import Action
from keepwell.areas.improvement.models.initiatives import Initiative

__all__ = ["Action", "Initiative"]
