"""Telling chat rooms what is overdue at their unit, by the services that apprise knows and that speak HTTPS."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from keepwell.platform.history.acting import Refused
from keepwell.platform.keys.sealing import place_of, seal, unseal
from keepwell.platform.notices.abroad import Channel, ChannelAddress, ChatMessage, is_reading
from keepwell.platform.notices.due import LATE
from keepwell.platform.notices.letters import absolute
from keepwell.platform.publishing import format as format_
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.todo import seen, todo_of
from keepwell.platform.tree.models import Unit

log = logging.getLogger("keepwell.notices")
LONGEST_ADDRESS = 400
SERVICES = ("slack", "msteams", "workflows", "workflow", "mmost", "mmosts", "discord", "tgram", "rocket", "rockets",
            "gchat", "zulip", "wxteams", "line", "ntfy", "ntfys", "json", "jsons")  # fmt: skip
"""What may be written before `://`: chat services that apprise reaches by HTTP alone."""
PAUSES = [timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 720, 1440)]


def set_address(channel: Channel, address: str) -> None:
    """Keep where `channel` is, sealed; refused if no service of ours is addressed so."""
    service = address.partition("://")[0].lower()
    if service not in SERVICES:
        raise Refused(_("Begin the address with one of: %(services)s.") % {
            "services": ", ".join(f"{one}://" for one in SERVICES)})  # fmt: skip
    if len(address) > LONGEST_ADDRESS:
        raise Refused(_("The address is longer than %(most)d characters.") % {"most": LONGEST_ADDRESS})
    from apprise import Apprise  # some 80 ms, and few processes ever tell a room

    if not address.isprintable() or Apprise.instantiate(address) is None:
        raise Refused(_("The address is not whole; copy it from the service once more."))
    sealed = seal(address, place=_place(channel))
    ChannelAddress.objects.update_or_create(channel=channel, defaults={"sealed": sealed, "service": service})


def _place(channel: Channel) -> str:
    return place_of("notices_channeladdress", channel.pk, "sealed")


def gather(day: date, now: datetime | None = None) -> int:
    """Make a message of each overdue thing that a channel was not told; returns how many were made."""
    made, at = 0, now or timezone.now()
    for channel in (
        Channel.objects.current().filter(is_on=True, address__isnull=False).select_related("unit", "reader")
    ):
        late = Debt.objects.open().filter(by_day__lt=day, unit__in=Unit.objects.below(channel.unit))
        for debt, _record in seen(late.order_by("by_day", "pk"), channel.reader):
            _row, is_new = ChatMessage.objects.get_or_create(
                channel=channel, key=f"late:{debt.pk}:{debt.by_day}",
                defaults={"debt_id": debt.pk, "next_at": at, "made_at": at},
            )  # fmt: skip
            made += is_new
    return made


@dataclass
class Said:
    """What one round did."""

    sent: int = 0
    dropped: int = 0
    put_off: int = 0
    failed: int = 0


def say(worker: str, *, now: datetime | None = None) -> Said:
    """Send every message that is due."""
    found = Said()
    for message in ChatMessage.objects.claimed(worker, now=now):
        _say(message, found, now or timezone.now())
    return found


def _say(message: ChatMessage, found: Said, now: datetime) -> None:
    words = text_of(message)
    if words is None:
        message.finish(ChatMessage.State.DROPPED, now=now)
        found.dropped += 1
    elif _said(message.channel, words):
        message.finish(ChatMessage.State.SENT, now=now)
        found.sent += 1
    elif message.attempts > len(PAUSES):
        message.finish(ChatMessage.State.FAILED, "The service takes no message.", now=now)
        log.error("chat given up", extra={"channel": message.channel.name})
        found.failed += 1
    else:
        message.put_off(now + PAUSES[message.attempts - 1], "The service takes no message.")
        found.put_off += 1


def text_of(message: ChatMessage) -> str | None:
    """What is said, in the language of who the channel sees as; None if that may not be told or is over."""
    channel = message.channel
    if not channel.is_on or channel.retired_at is not None or not is_reading(channel.reader):
        return None
    debts = Debt.objects.open().filter(pk=message.debt_id, unit__in=Unit.objects.below(channel.unit))
    found: tuple[Debt, Any] | None = next(seen(debts.select_related("delegated_by"), channel.reader), None)
    if found is None:
        return None
    with translation.override(channel.reader.language):
        todo = todo_of(*found)
        told = _(LATE) % {"day": format_.day(todo.due_on) if todo.due_on else "", "what": todo.act}
    return f"{told}\n{absolute(todo.url)}"


def _said(channel: Channel, words: str) -> bool:
    """Whether the service took it; asked by the one client that leaves the house."""
    held = ChannelAddress.objects.filter(channel=channel).first()
    if held is None:
        return False
    from apprise import Apprise, AppriseAsset

    from keepwell.platform.egress.lent import lent  # with the library of requests

    room = Apprise(asset=AppriseAsset(app_id="Keepwell", app_url="", async_mode=False))
    room.add(unseal(held.sealed, place=_place(channel)))
    with lent():
        return bool(room.notify(body=words, title="Keepwell"))


def try_out(channel: Channel) -> None:
    """Say one sentence now, so that whoever set the address sees that it works."""
    if not _said(
        channel, _("Keepwell tells this room what is overdue at %(unit)s.") % {"unit": channel.unit}
    ):
        raise Refused(
            _("The service did not take the message; look at the address, and whether it may be reached.")
        )
