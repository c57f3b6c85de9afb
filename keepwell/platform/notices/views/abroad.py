"""Secrets of webhooks, deliveries sent again, and addresses of chat channels: for who administers their unit."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from keepwell.platform.history.acting import Refused
from keepwell.platform.history.noting import note
from keepwell.platform.notices import chat, hooks
from keepwell.platform.notices.abroad import Channel, Delivery, Webhook
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level

AREA = "administration"


@operation(Access.PERMISSION, AREA, Level.ADMINISTER, step_up=True)
@never_cache
def make_secret(request: PersonRequest, pk: UUID) -> HttpResponse:
    """A new secret of a webhook, made by POST and shown on the answer to it, this once and nowhere else."""
    webhook = get_object_or_404(Webhook.objects.visible_to(request.person, Level.ADMINISTER), pk=pk)
    secret = ""
    if request.method == "POST":
        secret = hooks.new_secret(webhook)
        note(request.person, "webhook.new_secret", kind="event", record=webhook)
    context = {"webhook": webhook, "secret": secret, "has_secret": webhook.secrets.exists()}
    return render(request, "notices/secret.html", context)


@operation(Access.PERMISSION, AREA, Level.ADMINISTER)
@require_POST
def deliver_again(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Let a delivery that was given up be tried anew."""
    delivery = get_object_or_404(Delivery.objects.visible_to(request.person, Level.ADMINISTER), pk=pk)
    if hooks.send_again(delivery):
        messages.success(request, gettext("The delivery waits to be sent again."))
    else:
        messages.warning(request, gettext("The delivery was not given up; only then can it be sent again."))
    return redirect("deliveries-record", pk=delivery.pk)


class AddressForm(forms.Form):
    """Where a chat channel is; never shown again."""

    address = forms.CharField(
        label=_("Address"), max_length=400, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("As apprise writes it: slack://…, msteams://…, tgram://… It is sealed and not shown again."),
    )  # fmt: skip


@operation(Access.PERMISSION, AREA, Level.ADMINISTER, step_up=True)
@never_cache
@sensitive_post_parameters("address")
def set_address(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Keep where a chat channel is, and say one sentence there."""
    channel = get_object_or_404(Channel.objects.visible_to(request.person, Level.ADMINISTER), pk=pk)
    form = AddressForm(request.POST or None)
    if form.is_valid():
        try:
            chat.set_address(channel, form.cleaned_data["address"])
            note(request.person, "channel.set_address", kind="event", record=channel)
            chat.try_out(channel)
        except Refused as refusal:
            form.add_error("address", str(refusal))
        else:
            messages.success(request, gettext("The room was told one sentence; look whether it arrived."))
            return redirect("chat-channels-record", pk=channel.pk)
    context = {"channel": channel, "form": form}
    return render(request, "notices/address.html", context, status=422 if form.errors else 200)
