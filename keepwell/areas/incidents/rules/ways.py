"""By which way a notice goes: the channel of its rule, or another where that one is blocked, and what is owed then."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import IncidentNotice
from keepwell.kernel import moments
from keepwell.kernel.clocks.before import Way
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

Channel = IncidentNotice.Channel


def told_by(notice: IncidentNotice, channel: str, blocked: str, *, is_owed: bool) -> None:
    """Let the notice go by `channel`; where its rule names another one, that was `blocked`, which is kept, and a
    supplement through it is owed if the rule asks for one or somebody says so."""
    way = notice.clock.wording.way if notice.clock.wording else Way()
    if channel == way.channel:
        notice.blocked, notice.is_to_supplement = "", False
        return
    why = blocked.strip()[:500]
    if way.channel and not why:
        raise Refused(gettext("%(rule)s names another channel (%(channel)s): say why it was blocked, or choose it.") % {
            "rule": notice.clock.rule, "channel": Channel(way.channel).label})  # fmt: skip
    if is_owed and not why:
        raise Refused(gettext("A supplement is owed where a channel was blocked: say why it was."))
    notice.blocked, notice.is_to_supplement = why, bool(why) and (is_owed or way.is_supplemented)


@act(
    Level.EDIT,
    label=_("Record the supplement"),
    offered=lambda notice: notice.owes_supplement,
    explains=_("What was told by another way is supplemented through the first channel; nothing more is due then."),
)  # fmt: skip
def record_supplement(notice: IncidentNotice, *, by: Person, proof: str, at: datetime | None = None) -> None:
    """The supplement went through the first channel at `at` (None: now), shown by `proof`."""
    moment = at or moments.now()
    if not proof.strip():
        raise Refused(gettext("Give the proof that the supplement was sent."))
    if moment > moments.now():
        raise Refused(gettext("That moment lies ahead; record it when it has come."))
    if notice.sent_at and moment < notice.sent_at:
        raise Refused(gettext("It cannot supplement what was not sent yet; the notice itself went later."))
    notice.supplemented_by, notice.supplemented_at = by, moment
    notice.supplement_proof = proof.strip()[:500]
    notice.save()
