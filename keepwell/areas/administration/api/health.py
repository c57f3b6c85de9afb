"""The health of the installation for programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from keepwell.platform.keeping.health import examine, is_well

router = Router(tags=["administration"])
RIGHT = {"x-right": "administer administration", "x-access": "permission"}


class Found(Schema):
    """One thing that was looked at."""

    name: str = Field(description="Its id, as backups.")
    title: str
    grade: str = Field(description="good, warning or bad.")
    found: str
    matters: str = Field(description="Why it matters; empty if it is good.")
    mend: str = Field(description="How to mend it; empty if it is good.")


class Health(Schema):
    """What an examination of the installation found."""

    well: bool = Field(description="Whether nothing must be mended.")
    findings: list[Found]


@router.get("/health", response=Health, operation_id="read_health", summary="Examine the installation",
            openapi_extra=RIGHT)  # fmt: skip
def read_health(request: HttpRequest) -> dict[str, Any]:
    """The same as `keepwell doctor --json`, in the language of the request."""
    examined = list(examine())
    told = [{**finding.told(), "title": one.title} for one in examined for finding in one.findings]
    return {"well": is_well(examined), "findings": told}
