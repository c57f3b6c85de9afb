"""Telling programs outside of changes, as Standard Webhooks asks: id, moment, signature, retries over three days.

The change in the history is the outbox row: written with its cause, found here by what was not delivered yet.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from keepwell.kernel import moments
from keepwell.platform.egress.client import Forbidden, Unreachable, fetch
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.history.models import Change
from keepwell.platform.keys.sealing import place_of, seal, unseal
from keepwell.platform.notices.abroad import Delivery, HookMark, HookSecret, Webhook, is_reading
from keepwell.platform.notices.letters import absolute
from keepwell.platform.records.links import address, resolve
from keepwell.platform.todos.owing import owe, settled
from keepwell.platform.tree.models import Unit

log = logging.getLogger("keepwell.notices")
RETRIES = [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30),
           *(timedelta(hours=h) for h in (2, 5, 10, 14, 20, 24))]  # fmt: skip
"""When a delivery that failed is tried again, after each try: 75 hours in all."""
OVERLAP = timedelta(days=7)
AT_ONCE, SECONDS, LARGEST_BYTES = 500, 15.0, 65_536
SECRET_BYTES, PREFIX = 32, "whsec_"
GONE = 410
MESSENGER = Machine(gettext_noop("the messenger"))
LOOK = gettext_noop("Look at the webhook %(record)s: the program there has not answered for three days")


def new_secret(webhook: Webhook, *, now: datetime | None = None) -> str:
    """A new secret of `webhook`, seen this once; the one before signs beside it for seven days more."""
    now, secret = now or timezone.now(), PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    with transaction.atomic():
        webhook.secrets.filter(until__isnull=False).delete()
        webhook.secrets.update(until=now + OVERLAP)
        made = HookSecret.objects.create(webhook=webhook, sealed="", made_at=now)
        made.sealed = seal(secret, place=_place(made))
        made.save(update_fields=["sealed"])
    return secret


def secrets_of(webhook: Webhook, now: datetime) -> list[str]:
    """The secrets that sign now, the newest first."""
    good = webhook.secrets.filter(Q(until__isnull=True) | Q(until__gt=now)).order_by("-made_at", "-pk")
    return [unseal(one.sealed, place=_place(one)) for one in good]


def _place(secret: HookSecret) -> str:
    return place_of("notices_hooksecret", secret.pk, "sealed")


def signature(secret: str, message_id: str, at: int, body: bytes) -> str:
    """The signature of one secret (Standard Webhooks 1.0): v1, and HMAC-SHA256 over id, moment and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def gather(now: datetime | None = None) -> int:
    """Make a delivery of each change that a webhook wants and has none of; returns how many were made."""
    hooks = Webhook.objects.current().filter(is_on=True)
    return sum(_gather(hook, now or timezone.now()) for hook in hooks.order_by("pk"))


def _gather(hook: Webhook, now: datetime) -> int:
    """By what is missing among what the trail had not numbered when all was seen to last: numbers are given after
    the commit, so that whatever becomes visible later, by any clock, has a higher one or none yet."""
    mark, _made = HookMark.objects.get_or_create(webhook=hook, defaults={"floor": _first(hook)})
    numbered = Change.objects.aggregate(last=Max("leaf"))["last"]
    news = Q(leaf__isnull=True) | Q(leaf__gt=mark.leaf)
    changes = Change.objects.changes().filter(news, pk__gt=mark.floor, record_type__in=hook.kinds)
    known = Delivery.objects.filter(webhook=hook, change_id=OuterRef("pk"))
    made = 0
    while found := list(changes.exclude(Exists(known)).order_by("pk").values_list("pk", "verb")[:AT_ONCE]):
        rows = [
            Delivery(webhook=hook, change_id=pk, verb=verb, next_at=now, made_at=now) for pk, verb in found
        ]
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        made += len(rows)
    if numbered is not None and numbered > mark.leaf:
        HookMark.objects.filter(pk=mark.pk, leaf__lt=numbered).update(leaf=numbered)
    return made


def _first(hook: Webhook) -> int:
    """The change by which the webhook was entered: what came before is not told."""
    own = Change.objects.filter(record_type=hook.type_name(), record_id=hook.pk).order_by("pk")
    return own.values_list("pk", flat=True).first() or 0


@dataclass
class Delivered:
    """What one round of deliveries did."""

    sent: int = 0
    dropped: int = 0
    put_off: int = 0
    failed: int = 0


def deliver(worker: str, *, now: datetime | None = None) -> Delivered:
    """Send every delivery that is due; a program that does not answer puts off its own alone."""
    found, silent = Delivered(), set[Any]()
    for delivery in Delivery.objects.claimed(worker, now=now):
        clock = now or timezone.now()
        if delivery.webhook_id in silent:
            delivery.give_back(clock + timedelta(minutes=1), delivery.error)
            continue
        if not _deliver(delivery, found, clock):
            silent.add(delivery.webhook_id)
    return found


def _deliver(delivery: Delivery, found: Delivered, now: datetime) -> bool:
    """Send one; whether the program answered at all."""
    hook = delivery.webhook
    body = payload(delivery)
    keys = secrets_of(hook, now)
    if body is None or not keys:
        delivery.finish(Delivery.State.DROPPED, "" if keys else "The webhook has no secret yet.", now=now)
        found.dropped += 1
        return True
    try:
        answer = fetch(hook.url, method="POST", headers=signed(delivery, keys, now, body), body=body,
                       seconds=SECONDS, largest_bytes=LARGEST_BYTES, redirects=0)  # fmt: skip
    except Forbidden as why:
        _given_up(delivery, str(why), found, now)
        return True
    except Unreachable as why:
        _again(delivery, str(why), found, now)
        return False
    Delivery.objects.filter(pk=delivery.pk).update(status=answer.status)
    if 200 <= answer.status < 300:
        _arrived(delivery, found, now)
    elif answer.status == GONE:
        _given_up(delivery, "The program wants nothing more (410).", found, now)
    else:
        _again(delivery, f"The program answered {answer.status}.", found, now)
    return True


def payload(delivery: Delivery) -> bytes | None:
    """What is told of a change: which record, what happened, which columns; None if the reader may not see it now."""
    hook = delivery.webhook
    change = Change.objects.filter(pk=delivery.change_id).first()
    if (
        change is None
        or change.record_id is None
        or not hook.is_on
        or hook.retired_at is not None
        or not is_reading(hook.reader)
    ):
        return None
    record = resolve(change.record_type, change.record_id, hook.reader)
    if record is None or not _below(hook, record):
        return None
    with translation.override("en"):
        told = {
            "type": change.verb, "timestamp": change.at.isoformat(),
            "data": {
                "change": change.pk, "kind": change.record_type, "id": str(change.record_id),
                "key": record.natural_key(), "text": str(record), "version": change.version,
                "columns": sorted(set(change.before) | set(change.after)),
                "url": absolute(address(change.record_type, change.record_id) or "/"),
            },
        }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _below(hook: Webhook, record: Any) -> bool:
    """Whether `record` lies at the webhook's unit or under it."""
    place = getattr(record, "placed_unit_id", None)
    return place is not None and Unit.objects.below(hook.unit).filter(pk=place).exists()


def signed(delivery: Delivery, keys: Iterable[str], now: datetime, body: bytes) -> dict[str, str]:
    """The headers of a delivery: its id, this moment, and a signature by each secret that is good."""
    at = int(now.timestamp())
    return {
        "Content-Type": "application/json", "User-Agent": "Keepwell",
        "webhook-id": delivery.message_id, "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signature(key, delivery.message_id, at, body) for key in keys),
    }  # fmt: skip


def _arrived(delivery: Delivery, found: Delivered, now: datetime) -> None:
    with transaction.atomic(), acting(MESSENGER, "webhook.deliver"):
        if delivery.finish(Delivery.State.SENT, now=now):
            found.sent += 1
        settled(delivery.webhook, LOOK)


def _again(delivery: Delivery, why: str, found: Delivered, now: datetime) -> None:
    """Try later, or give up after the last try."""
    if delivery.attempts > len(RETRIES):
        _given_up(delivery, why, found, now)
        return
    delivery.put_off(now + RETRIES[delivery.attempts - 1], why)
    found.put_off += 1


def _given_up(delivery: Delivery, why: str, found: Delivered, now: datetime) -> None:
    """Give up, and let the administrators of the unit owe a look."""
    hook = delivery.webhook
    log.error("delivery given up", extra={"webhook": hook.name, "why": why})
    with transaction.atomic(), acting(MESSENGER, "webhook.give_up"):
        delivery.finish(Delivery.State.FAILED, why, now=now)
        owe(("administrator", hook.unit), LOOK, record=hook, by_day=moments.today(hook.unit.time_zone))
    found.failed += 1


def send_again(delivery: Delivery, now: datetime | None = None) -> bool:
    """Let a delivery that was given up be tried anew; whether it was given up."""
    dead = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.FAILED)
    fields = {"attempts": 0, "next_at": now or timezone.now(), "finished_at": None, "error": ""}
    return bool(dead.update(state=Delivery.State.WAITING, **fields))
