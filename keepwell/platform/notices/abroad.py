"""Programs and rooms outside that are told: webhooks with their secrets and deliveries, chat channels."""

from __future__ import annotations

from typing import ClassVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from keepwell.kernel import moments
from keepwell.platform.history.labels import labelled
from keepwell.platform.history.models import Tracked
from keepwell.platform.keys.fields import SealedChars
from keepwell.platform.notices.outgoing import Outgoing, OutgoingQuerySet
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.people.roles import Level
from keepwell.platform.records.links import kind_named
from keepwell.platform.records.models import Record, Sight
from keepwell.platform.tree.models import Unit

ADDRESS = RegexValidator(r"^https?://[^\s]+$", _("The address must begin with https://."))
NAME = RegexValidator(r"^[a-z0-9][a-z0-9._-]*$", _("A name has small letters, digits, . _ and - only."))


def kinds_by_slug() -> dict[str, str]:
    """Every kind of record that has rights of its own, by the name of its register: certificates, people …"""
    with override("en"):
        return {
            slugify(str(model._meta.verbose_name_plural)): model.type_name()
            for model in apps.get_models()
            if issubclass(model, Tracked) and kind_named(model.type_name())
        }


@personal(by=("reader",), says=("name", "purpose"))
class Webhook(Record):
    """A program outside that is told when records of some registers change, as far as `reader` may see them."""

    area: ClassVar[str] = "administration"
    written_at: ClassVar[Level] = Level.ADMINISTER
    key_fields = ("name",)

    name = models.CharField(_("name"), max_length=60, unique=True, validators=[NAME])
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="webhooks", verbose_name=_("unit"))
    url = models.CharField(
        _("address"),
        max_length=500,
        validators=[ADDRESS],
        help_text=_("An https address at a public host, or one the operator allows."),
    )
    registers = models.JSONField(
        _("registers"), default=list, help_text=_("Whose changes are told, as certificates.")
    )
    reader = models.ForeignKey(
        Person, models.PROTECT, related_name="webhooks", verbose_name=_("sees as"),
        help_text=_("Nothing is told that this person may not see: you, or a machine with rights of its own."),
    )  # fmt: skip
    purpose = models.CharField(_("what it is for"), max_length=120, blank=True)
    is_on = models.BooleanField(_("switched on"), default=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Registers that there are."""
        known = kinds_by_slug()
        told = self.registers if isinstance(self.registers, list) else [self.registers]
        wrong = [str(name)[:40] for name in told if name not in known]
        if wrong or not told:
            raise ValidationError({"registers": _("Write names of registers: %(known)s.") % {
                "known": ", ".join(sorted(known))}})  # fmt: skip

    @property
    def kinds(self) -> list[str]:
        """The kinds of records whose changes are told."""
        known = kinds_by_slug()
        return [known[name] for name in self.registers if name in known]


class HookSecret(models.Model):
    """A secret that signs deliveries, sealed; two are good while the receiver changes from one to the other."""

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="secrets")
    sealed = SealedChars(max_length=300)
    made_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"secret {self.pk}"


class HookMark(models.Model):
    """How far changes were seen to for a webhook: none up to `floor`, the change by which it was entered, is told;
    all up to number `leaf` of the trail (-1: none yet) have been."""

    webhook = models.OneToOneField(Webhook, models.CASCADE, related_name="mark")
    floor = models.BigIntegerField(default=0)
    leaf = models.BigIntegerField(default=-1)

    def __str__(self) -> str:
        return f"{self.leaf}"


class DeliveryQuerySet(Sight, OutgoingQuerySet):
    """Deliveries: seen by who runs the webhook's unit."""


DeliveryRows = models.Manager.from_queryset(DeliveryQuerySet)


class Delivery(Outgoing):
    """One change told to one webhook, once."""

    area: ClassVar[str] = "administration"
    unit_field: ClassVar[str] = "webhook__unit"

    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="deliveries", verbose_name=_("webhook"))
    change_id = models.BigIntegerField()
    verb = models.CharField(_("event"), max_length=80)
    status = models.PositiveSmallIntegerField(_("answer"), null=True)

    objects: ClassVar[DeliveryRows] = DeliveryRows()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["webhook", "change_id"], name="delivery_once")]
        indexes = [models.Index(fields=["state", "next_at"], name="delivery_waiting")]

    def __str__(self) -> str:
        return f"{self.webhook} {self.verb}"

    @property
    def message_id(self) -> str:
        """The webhook-id: the same in every try."""
        return f"msg_{self.pk.hex}"

    @property
    def is_failed(self) -> bool:
        return self.state == self.State.FAILED


@personal(by=("reader",), says=("name", "purpose"))
class Channel(Record):
    """A chat room that is told what becomes overdue at a unit and below, as far as `reader` may see it."""

    area: ClassVar[str] = "administration"
    written_at: ClassVar[Level] = Level.ADMINISTER
    key_fields = ("name",)

    name = models.CharField(_("name"), max_length=60, unique=True, validators=[NAME])
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="channels", verbose_name=_("unit"))
    reader = models.ForeignKey(
        Person, models.PROTECT, related_name="channels", verbose_name=_("sees as"),
        help_text=_("Nothing is told that this person may not see: you, or a machine with rights of its own."),
    )  # fmt: skip
    purpose = models.CharField(_("what it is for"), max_length=120, blank=True)
    is_on = models.BooleanField(_("switched on"), default=True)

    class Meta:
        verbose_name = _("chat channel")
        verbose_name_plural = _("chat channels")

    def __str__(self) -> str:
        return self.name

    @property
    @labelled(_("service"))
    def service(self) -> str:
        """Which service its address is for, as slack; "" while it has none."""
        held = getattr(self, "address", None)
        return held.service if held else ""


class ChannelAddress(models.Model):
    """Where a channel is, sealed: who knows it can write there."""

    channel = models.OneToOneField(Channel, models.CASCADE, related_name="address")
    sealed = SealedChars(max_length=1_000, row="channel_id")
    service = models.CharField(max_length=30)

    def __str__(self) -> str:
        return self.service


class ChatMessage(Outgoing):
    """One occasion told to one channel, once."""

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="messages")
    debt_id = models.UUIDField()
    key = models.CharField(max_length=160)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="chat_once")]
        indexes = [models.Index(fields=["state", "next_at"], name="chat_waiting")]

    def __str__(self) -> str:
        return self.key


def is_reading(reader: Person) -> bool:
    """Whether the rights of `reader` still hold: neither retired nor gone."""
    day = moments.today()
    return reader.retired_at is None and (reader.employed_until is None or reader.employed_until >= day)
