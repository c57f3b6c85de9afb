"""What programs may do beyond registers: service accounts and their tokens, people from outside; SCIM beside."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["administration"])
