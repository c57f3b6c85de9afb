"""The group's own scheme of severity: brought in, compared, approved, and followed by who works on open incidents."""

from keepwell.areas.incidents.rules.schemes.deciding import approve, draft_scheme, withdraw
from keepwell.areas.incidents.rules.schemes.following import begin_editions

__all__ = ["approve", "begin_editions", "draft_scheme", "withdraw"]
