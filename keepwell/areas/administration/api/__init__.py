"""What programs may do beyond registers: service accounts and their tokens, people from outside; SCIM beside."""

from __future__ import annotations

from ninja import Router

from keepwell.areas.administration.api import health

router = Router(tags=["administration"])
router.add_router("", health.router)
