"""As whom a webhook or a chat channel sees: never as somebody with more rights than who set it up."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.kernel import moments
from keepwell.platform.acts.act import act
from keepwell.platform.notices.abroad import Channel, Webhook
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import grants_in_force, may
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import guards

AREA = "administration"


@guards(Webhook)
def keep_webhook_in_sight(webhook: Webhook, by: Person) -> None:
    """A webhook sees as who sets it up, or as a machine whose every right `by` administers."""
    _require_own(webhook.reader, by)


@guards(Channel)
def keep_channel_in_sight(channel: Channel, by: Person) -> None:
    """A channel sees as who sets it up, or as a machine whose every right `by` administers."""
    _require_own(channel.reader, by)


def _require_own(reader: Person, by: Person) -> None:
    if reader.pk == by.pk:
        return
    grants = grants_in_force(reader).select_related("unit")
    over = all(may(by, AREA, Level.ADMINISTER, grant.unit) for grant in grants)
    if reader.kind != Person.Kind.MACHINE or not over:
        raise PermissionDenied(
            _("Let it see as yourself, or as a machine whose rights all lie where you administer.")
        )


@act(
    Level.ADMINISTER, label=gettext_lazy("Retire"), offered=lambda webhook: webhook.retired_at is None,
    explains=gettext_lazy("The program is told nothing more; what was delivered stays listed."),
)  # fmt: skip
def retire_webhook(webhook: Webhook, *, by: Person, reason: str) -> None:
    """End a webhook; its deliveries that wait are dropped."""
    webhook.is_on, webhook.retired_at, webhook.retired_reason = False, moments.now(), reason.strip()[:300]
    webhook.save()


@act(
    Level.ADMINISTER, label=gettext_lazy("Retire"), offered=lambda channel: channel.retired_at is None,
    explains=gettext_lazy("The room is told nothing more."),
)  # fmt: skip
def retire_channel(channel: Channel, *, by: Person, reason: str) -> None:
    """End a chat channel."""
    channel.is_on, channel.retired_at, channel.retired_reason = False, moments.now(), reason.strip()[:300]
    channel.save()
