"""What people were told, by which way they want it, and the letters that carry it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, gettext

import keepwell.platform.notices.abroad  # noqa: F401  # Django finds its models by this file
from keepwell.kernel import moments
from keepwell.platform.notices.kinds import KINDS, Kind, Way
from keepwell.platform.notices.outgoing import Mail
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import Fate, personal
from keepwell.platform.publishing import format as told

DIGEST_HOUR = 8


@personal("person", fate=Fate.DELETED)
class Letter(Mail):
    """One mail to one person, about one notice or, as a digest, about all of a day. Digests go after the others: who
    is called at night does not stand behind what everybody reads in the morning."""

    turn: ClassVar[tuple[str, ...]] = ("is_digest", "next_at", "pk")

    person = models.ForeignKey(Person, models.PROTECT, related_name="letters")
    is_digest = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "next_at"], name="letter_digest_once",
                condition=Q(is_digest=True, state="waiting", attempts=0),
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["state", "is_digest", "next_at"], name="letter_waiting")]

    def __str__(self) -> str:
        return f"{self.pk}"


@personal(
    "person", fate=Fate.DELETED, says=("facts",),
    about=lambda person: Q(record_type="people.person", record_id=person.pk),
)  # fmt: skip
class Notice(models.Model):
    """One thing one person was told once: `key` names the occasion.

    `what` is a sentence marked for translation; `%(record)s` in it is the record, other names come from
    `facts`, whose values may differ by language. `source` says what must still hold when it is sent.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=160)
    what = models.CharField(max_length=200)
    facts = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    record_type = models.CharField(max_length=60, blank=True)
    record_id = models.UUIDField(null=True)
    debt_id = models.UUIDField(null=True)
    due_on = models.DateField(null=True)
    told_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    letter = models.ForeignKey(Letter, models.SET_NULL, null=True, related_name="notices")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["person", "-told_at"], name="notice_of_person"),
            models.Index(fields=["person", "kind"], condition=Q(read_at__isnull=True), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def title(self) -> Any:
        """What kind of notice it is, for people."""
        return KINDS[self.kind].title if self.kind in KINDS else self.kind

    def sentence(self, record: Any = None) -> str:
        """What is told, in the present language, on one line."""
        language = get_language() or "en"
        facts = {name: spoken(name, fact, language) for name, fact in self.facts.items()}
        return " ".join((gettext(self.what) % (facts | {"record": str(record or "")})).split())


@personal("person", fate=Fate.DELETED)
class Preference(models.Model):
    """By which way a person wants a kind of notice."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="preferences")
    kind = models.CharField(max_length=40)
    way = models.CharField(max_length=10, choices=Way)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.way}"


@personal("person", fate=Fate.DELETED)
class Habit(models.Model):
    """At which hour of their own day a person reads the digest."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="habit")
    digest_hour = models.PositiveSmallIntegerField(default=DIGEST_HOUR, validators=[MaxValueValidator(23)])

    def __str__(self) -> str:
        return f"{self.digest_hour}:00"


@personal("person", fate=Fate.DELETED, secret=("digest",))
class Feed(models.Model):
    """The secret link of a person's calendar; only its digest is kept."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="feed")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"feed of {self.person_id}"


def spoken(name: str, fact: Any, language: str) -> Any:
    """A fact of a notice as a reader of `language` reads it: the words of that language, a day as days are told."""
    if isinstance(fact, dict):
        return fact.get(language, fact.get("en"))
    return told.day(date.fromisoformat(fact)) if name == "day" else fact


def is_here(person: Person) -> bool:
    """Whether mail to `person` still reaches them: they have an address and have not left."""
    day = moments.today(person.unit.time_zone)
    gone = person.retired_at is not None or (
        person.employed_until is not None and person.employed_until < day
    )
    return bool(person.mail) and not gone


def way_of(person: Person, kind: Kind) -> Way:
    """By which way `person` gets notices of `kind`."""
    chosen = Preference.objects.filter(person=person, kind=kind.name).values_list("way", flat=True).first()
    return Way(chosen) if chosen in kind.ways else kind.way


def next_digest(person: Person, now: datetime) -> datetime:
    """When the next digest of `person` goes out: at their hour, in the zone of their unit."""
    hour = Habit.objects.filter(person=person).values_list("digest_hour", flat=True).first()
    zone = ZoneInfo(person.unit.time_zone)
    here = now.astimezone(zone)
    at = here.replace(hour=DIGEST_HOUR if hour is None else hour, minute=0, second=0, microsecond=0)
    if at <= here:
        at = (at.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
    return at.astimezone(ZoneInfo("UTC"))
