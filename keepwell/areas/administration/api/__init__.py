"""What programs may do beyond registers: service accounts and their tokens, people from outside, the trail; SCIM
beside."""

from __future__ import annotations

from ninja import Router

from keepwell.areas.administration.api import evidence, health, trail

router = Router(tags=["administration"])
router.add_router("", evidence.router)
router.add_router("", health.router)
router.add_router("", trail.router)
