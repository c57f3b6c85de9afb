"""Secrets of webhooks and deliveries sent again, for programs of who administers their unit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from ninja import Field, Router, Schema

from keepwell.platform.history.acting import Refused
from keepwell.platform.history.noting import note
from keepwell.platform.notices import hooks
from keepwell.platform.notices.abroad import Delivery, Webhook
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level

router = Router(tags=["webhooks"])
ADMINISTER: dict[str, Any] = {"x-right": "administer administration", "x-access": "permission"}


class Secret(Schema):
    """A secret that signs deliveries."""

    secret: str = Field(
        description="whsec_ and base64; shown this once. The one before signs for seven days more."
    )


class Again(Schema):
    """A delivery that waits."""

    id: UUID
    state: str


@router.post(
    "/webhooks/{uuid:pk}/secret", response=Secret, operation_id="make_webhook_secret",
    summary="Make a new secret of a webhook", openapi_extra=ADMINISTER | {"x-step-up": True},
)  # fmt: skip
def make_secret(request: PersonRequest, pk: UUID) -> dict[str, str]:
    """A new secret; receivers verify with it or with the one before until they have changed over."""
    webhook = Webhook.objects.visible_to(request.person, Level.ADMINISTER).filter(pk=pk).first()
    if webhook is None:
        raise Http404
    note(request.person, "webhook.new_secret", kind="event", record=webhook)
    return {"secret": hooks.new_secret(webhook)}


@router.post(
    "/deliveries/{uuid:pk}/send-again", response=Again, operation_id="send_delivery_again",
    summary="Send a delivery again", openapi_extra=ADMINISTER,
)  # fmt: skip
def send_again(request: PersonRequest, pk: UUID) -> dict[str, Any]:
    """Let a delivery that was given up be tried anew."""
    delivery = Delivery.objects.visible_to(request.person, Level.ADMINISTER).filter(pk=pk).first()
    if delivery is None:
        raise Http404
    if not hooks.send_again(delivery):
        raise Refused("The delivery was not given up; only then can it be sent again.")
    return {"id": delivery.pk, "state": Delivery.State.WAITING}
