"""The timeline of an incident: what was seen, done, decided and told, entry by entry, and what is newest in its room."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import CombinedExpression
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.incidents import Incident
from keepwell.areas.incidents.models.marks import Marked, MarkedQuerySet
from keepwell.areas.incidents.models.reasons import reasons
from keepwell.areas.incidents.models.schemes import edition_of
from keepwell.kernel import moments
from keepwell.platform.history.labels import labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal

LONGEST_ENTRY = 4_000
AT_ONCE = 500
MAY_CHANGE = {"is_latest", "tlp", "retired_at", "retired_reason"}
LEVEL = "level"
"""The verb of entries that tell of another level: they stand in bold."""
UNSAID = gettext_noop("This entry was erased.")
ICONS = {"observed": "file-text", "action": "check", "decision": "list-check", "communication": "mail",
         "evidence": "paperclip", "reckoned": "clock"}  # fmt: skip
ICONS_OF_VERBS = {LEVEL: "flag", "reported": "user", "acknowledge": "user", "meeting": "calendar-event", "call": "phone-call",
                  "contain": "lock", "late": "alert-triangle",
                  "playbook": "list-check", "task": "plus", "left-out": "x", "handed-on": "user", "asked": "mail",
                  "answered": "mail", "link": "link", "merge": "link", "split": "link",
                  "attack": "search", "lesson": "list-check",
                  "ladder-end": "alert-triangle", "indicator": "search", "retracted": "x",
                  "custody": "signature", "custody-broken": "alert-triangle"}  # fmt: skip


def is_zone(name: str) -> bool:
    """Whether a time zone is called `name`, as Asia/Taipei."""
    try:
        return bool(name) and bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones, as Asia
        return False


class TimelineQuerySet(MarkedQuerySet):
    def standing(self) -> TimelineQuerySet:
        """The latest revision of every entry."""
        return self.current().filter(is_latest=True)

    def newest_first(self) -> TimelineQuerySet:
        """By when it happened; of one moment, the one entered last first."""
        return self.order_by("-at", "-number")


TimelineRows = models.Manager.from_queryset(TimelineQuerySet)


@personal(by=("person",), says=("says", "facts", "reason", "decided_by", "source"))
class TimelineEntry(Marked):
    """One thing that happened, as somebody wrote it or an act told it.

    Its words are never changed: a correction is a further revision of the same entry, and the earlier words stay, under
    the same mark. Where an act wrote it, `verb` names the act, `says` is a sentence marked for translation, and `facts`
    fills it.
    """

    class Kind(models.TextChoices):
        OBSERVED = "observed", _("Observed")
        ACTION = "action", _("Done")
        DECISION = "decision", _("Decided")
        COMMUNICATION = "communication", _("Told")
        EVIDENCE = "evidence", _("Evidence")
        RECKONED = "reckoned", _("Reckoned")

    class Confidence(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed")
        LIKELY = "likely", _("Likely")
        UNCLEAR = "unclear", _("Unclear")

    key_fields = ("incident__number", "number")
    found_alone = True
    set_aside_by = ("is_latest",)

    incident = models.ForeignKey(
        Incident, models.PROTECT, related_name="timeline", verbose_name=_("incident")
    )
    number = models.PositiveBigIntegerField(
        _("number"), default=0, help_text=_("In which order entries of one incident were written.")
    )
    at = models.DateTimeField(_("happened"), default=moments.now)
    zone = models.CharField(_("time zone as told"), max_length=40, default="UTC")
    kind = models.CharField(_("kind"), max_length=13, choices=Kind, default=Kind.OBSERVED)
    says = models.TextField(_("entry"), max_length=LONGEST_ENTRY)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    verb = models.CharField(_("written by the act"), max_length=40, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=200, blank=True)
    source = models.CharField(
        _("source"), max_length=200, blank=True, help_text=_("Where it is known from, as a log, a call, a person.")
    )  # fmt: skip
    confidence = models.CharField(
        _("confidence"), max_length=9, choices=Confidence, default=Confidence.CONFIRMED
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by"),
        help_text=_("Empty: Keepwell itself."),
    )  # fmt: skip
    recorded_at = models.DateTimeField(_("entered"), default=moments.now)
    root = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="revisions",
        verbose_name=_("first words"), help_text=_("Empty: these are the first."),
    )  # fmt: skip
    revision = models.PositiveIntegerField(_("revision"), default=1)
    is_latest = models.BooleanField(_("latest revision"), default=True)

    objects: ClassVar[TimelineRows] = TimelineRows()

    class Meta:
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline entries")
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="decision") | ~Q(reason=""), name="timeline_decision_has_reason",
                violation_error_message=_("A decision has a reason: write it in “Reason”."),
            ),
            models.CheckConstraint(
                condition=Q(root__isnull=True, revision=1) | Q(root__isnull=False, revision__gt=1),
                name="timeline_revision_has_root",
                violation_error_message=_("A correction names the entry that it corrects."),
            ),
            models.UniqueConstraint(
                fields=["root", "revision"], name="timeline_revision_once",
                violation_error_message=_("Somebody else corrected it at this moment; look again."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["incident", "-at", "-number"], condition=Q(is_latest=True), name="timeline_newest"
            ),
            models.Index(
                fields=["incident", "kind", "-at", "-number"], condition=Q(is_latest=True),
                name="timeline_newest_of_kind",
            ),
            models.Index(fields=["tlp", "incident"], name="timeline_by_mark"),
            models.Index(fields=["at", "id"], name="timeline_by_moment"),
            models.Index(fields=["kind", "at", "id"], name="timeline_kind_by_moment"),
            models.Index(fields=["kind", "id"], name="timeline_by_kind"),
            models.Index(fields=["person", "id"], name="timeline_by_person"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.incident} {self.local_at:%Y-%m-%d %H:%M}"

    @property
    @labelled(_("entry"))
    def told(self) -> str:
        """The entry in the reader's language, as far as an act wrote it; else as it was written."""
        if not self.verb:
            return self.says
        try:
            return gettext(self.says) % in_language(self.facts)
        except (KeyError, TypeError, ValueError):  # words or facts of it were erased
            return gettext(UNSAID)

    @property
    def local_at(self) -> datetime:
        """Its moment in the time zone in which it was told."""
        return self.at.astimezone(ZoneInfo(self.zone))

    @property
    def icon(self) -> str:
        """The picture of what it tells."""
        return ICONS_OF_VERBS.get(self.verb) or ICONS[self.kind]

    @property
    def is_level(self) -> bool:
        """Whether it tells of another level."""
        return self.verb == LEVEL

    @property
    def because(self) -> str:
        """Why: the reason somebody gave, else, of a level, what decides it by the facts that were known."""
        if self.reason or not self.is_level:
            return self.reason
        edition = self.facts.get("scheme")
        rules = edition_of(UUID(edition) if edition else None, self.facts.get("shipped", "")).rules
        return " ".join(
            one.sentence for one in reasons(self.facts.get("known", {}), by=rules).group if one.decides
        )

    @property
    def is_corrected(self) -> bool:
        """Whether earlier words of it are kept."""
        return self.revision > 1

    @property
    def is_set_aside(self) -> bool:
        """Whether other words stand in its place, or none."""
        return not self.is_latest or self.retired_at is not None

    def searched_texts(self) -> list[str]:
        """What the search reads of it, in the language of this moment."""
        return [self.told, self.because, self.decided_by, self.source]

    @property
    def doubt(self) -> str:
        """How sure it is, in words; "" where it is confirmed."""
        return "" if self.confidence == self.Confidence.CONFIRMED else str(self.get_confidence_display())

    def clean(self) -> None:
        """A time zone that is one, a moment that has come, and nothing of what stands there changed."""
        wrong: dict[str, str | Promise] = {}
        if not is_zone(self.zone):
            wrong["zone"] = _("No time zone is called that; write it as Asia/Taipei.")
        if self._state.adding and self.at and self.at > moments.now():
            wrong["at"] = _("That moment lies ahead.")
        if not self._state.adding:
            held = self._loaded
            if any(
                held.get(name) != value for name, value in self.values().items() if name not in MAY_CHANGE
            ):
                wrong["says"] = _("An entry stays as it was written; correct it by a further revision.")
        if wrong:
            raise ValidationError(wrong)


def in_language(facts: dict[str, Any]) -> dict[str, Any]:
    """`facts` as a sentence in the reader's language takes them: `task_zh`, where it is told, in place of `task`."""
    if get_language() != "zh-hant":
        return facts
    return facts | {
        name.removesuffix("_zh"): value for name, value in facts.items() if name.endswith("_zh") and value
    }


class Pulse(models.Model):
    """What is newest in the room of an incident: `beat` grows with everything that happens in it, `besides` is what it
    was when anything else than one more entry happened last, and `entries` is how many its timeline has. One row, so
    that an open screen asks for it at the cost of a key."""

    incident = models.OneToOneField(Incident, models.CASCADE, primary_key=True, related_name="pulse")
    beat = models.PositiveBigIntegerField(default=0)
    besides = models.PositiveBigIntegerField(default=0)
    entries = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.incident_id} {self.beat}"


def beat(incident: Incident, *, entries: int = 0) -> int:
    """Let every open room of `incident` draw all of itself anew; `entries` more stand in its timeline. Returns the
    number, higher than any before. Inside a transaction, so that whoever sees the number sees what it tells of."""
    return _raise(incident, beat=F("beat") + 1, besides=F("beat") + 1, entries=F("entries") + entries)


def beat_of_entry(incident: Incident) -> int:
    """The same where one more entry stands in the timeline and nothing else of the room changed: the rest of it is
    not drawn anew."""
    return _raise(incident, beat=F("beat") + 1, entries=F("entries") + 1)


def beat_all(incidents: Iterable[UUID]) -> None:
    """The same as `beat` for many incidents by their keys, at the cost of one for each five hundred."""
    keys = sorted(set(incidents))
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        rows = Pulse.objects.filter(pk__in=part)
        if missing := set(part).difference(rows.values_list("pk", flat=True)):
            Pulse.objects.bulk_create([Pulse(incident_id=key) for key in missing], ignore_conflicts=True)
        rows.update(beat=F("beat") + 1, besides=F("beat") + 1)


def _raise(incident: Incident, **more: CombinedExpression) -> int:
    rows = Pulse.objects.filter(pk=incident.pk)
    if not rows.update(**more):
        Pulse.objects.get_or_create(incident_id=incident.pk)
        rows.update(**more)
    return rows.values_list("beat", flat=True).get()
