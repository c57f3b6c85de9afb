"""Persons, where they were employed on which days, and the accounts by which they sign in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.platform.history import dialects
from keepwell.platform.history.models import Tracked, TrackedQuerySet
from keepwell.platform.people.models.erased import Barred, barred_sentence
from keepwell.platform.people.personal import Fate, personal
from keepwell.platform.tree.models import Unit, on

# What a posting follows from.
POSTED = frozenset({"unit_id", "unit_since", "employed_until"})
LANGUAGES = [("en", "English"), ("zh-hant", "繁體中文")]


class PersonQuerySet(TrackedQuerySet):
    def employed(self, day: date) -> PersonQuerySet:
        """Employees whose posting covers `day`; external people and machines are no employees."""
        return self.filter(kind=Person.Kind.EMPLOYEE, pk__in=Posting.objects.filter(on(day)).values("person"))


PersonRows = models.Manager.from_queryset(PersonQuerySet)


@personal(
    "pk", by=("responsible",),
    says=("number", "name", "name_local", "mail", "organization", "purpose", "retired_reason"),
)  # fmt: skip
class Person(Tracked):
    """Somebody the programme knows: an employee, an external person, or a machine that acts."""

    class Kind(models.TextChoices):
        EMPLOYEE = "employee", _("Employee")
        EXTERNAL = "external", _("External")
        MACHINE = "machine", _("Machine")

    area: ClassVar[str] = "people"
    key_fields = ("number",)
    opening_is_kept: ClassVar[bool] = True
    """The trail keeps who opened it (R17)."""

    number = models.CharField(
        _("number"), max_length=64, unique=True, help_text=_("Employee number, as A0012345."),
        validators=[RegexValidator(r"^[A-Za-z0-9._-]+$", _("A number has letters, digits, . _ and - only."))],
    )  # fmt: skip
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=120)
    name_local = models.CharField(_("name in own script"), max_length=120, blank=True)
    mail = models.EmailField(_("mail"), blank=True, db_index=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="people", verbose_name=_("unit"))
    unit_since = models.DateField(_("in unit since"), help_text=_("The first day in this unit."))
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, default="en")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.EMPLOYEE)
    employed_from = models.DateField(_("employed from"))
    employed_until = models.DateField(
        _("employed until"), null=True, blank=True, help_text=_("The last day; empty means still.")
    )
    organization = models.CharField(
        _("organization"), max_length=120, blank=True, editable=False,
        help_text=_("Where an external person comes from."),
    )  # fmt: skip
    responsible = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="answers_for",
        verbose_name=_("responsible person"), help_text=_("Who answers for an external person or a machine."),
    )  # fmt: skip
    purpose = models.CharField(
        _("purpose"), max_length=200, blank=True, editable=False, help_text=_("What a machine acts for.")
    )
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[PersonRows] = PersonRows()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [
            models.Index(fields=["name", "id"], name="person_by_name"),
            models.Index(fields=["employed_from", "id"], name="person_by_first_day"),
            models.Index(fields=["kind", "name", "id"], name="person_of_kind"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(employed_until__isnull=True) | Q(employed_until__gte=F("employed_from")),
                name="person_leaves_after_joining",
                violation_error_message=_("Nobody leaves before the first day."),
            ),
            models.CheckConstraint(
                condition=Q(unit_since__gte=F("employed_from")), name="person_in_unit_after_joining",
                violation_error_message=_("Nobody is in a unit before the first day."),
            ),
            models.CheckConstraint(
                condition=Q(employed_until__isnull=True) | Q(employed_until__gte=F("unit_since")),
                name="person_leaves_after_moving",
                violation_error_message=_("Nobody moves to a unit after the last day."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return (self.name_local if get_language() == "zh-hant" else "") or self.name

    @property
    def placed_unit_id(self) -> UUID:
        return self.unit_id

    @property
    def place(self) -> Unit:
        return self.unit

    @classmethod
    def own(cls, person: Person) -> Q:
        """Everybody sees their own record."""
        return Q(pk=person.pk)

    def clean(self) -> None:
        """Refuse the number of somebody who was erased: nobody comes back by it unseen."""
        before = getattr(self, "_loaded", {}).get("number")
        if self.number != before and self.number in Barred():
            raise ValidationError({"number": barred_sentence()})

    def is_employed(self, day: date) -> bool:
        """Whether the present or last employment covers `day`."""
        return self.employed_from <= day and (self.employed_until is None or day <= self.employed_until)

    def settle_one(self, names: Collection[str]) -> None:
        """The posting that follows from unit, since and last day."""
        if not POSTED.isdisjoint(names):
            Posting.objects.follow(self)

    @classmethod
    def settle(cls, created: list[Any], altered: list[Any]) -> None:
        """Postings of people written in bulk."""
        rows = [(p.pk, p.unit_id, p.unit_since, p.employed_until) for p in created]
        dialects.insert(Posting, ["person_id", "unit_id", "since", "until"], rows)
        Posting.objects.follow_all(altered)


class PostingQuerySet(models.QuerySet["Posting"]):
    def follow(self, person: Person) -> None:
        """Let the postings of `person` say what the person's row says now; earlier ones stay."""
        self.follow_all([person])

    def follow_all(self, people: list[Person]) -> None:
        """The same for many, in a few queries."""
        kept: dict[UUID, list[Posting]] = defaultdict(list)
        for posting in self.filter(person__in=[p.pk for p in people]).order_by("since"):
            kept[posting.person_id].append(posting)
        ended, fresh = [], []
        for person in people:
            earlier, present = posting_plan(person, kept[person.pk])
            ended += [earlier] if earlier else []
            fresh.append(present)
        later = [p.pk for person in people for p in kept[person.pk] if p.since >= person.unit_since]
        self.filter(pk__in=later).delete()
        Posting.objects.bulk_update(ended, ["until"], batch_size=500)
        Posting.objects.bulk_create(fresh, batch_size=1000)


PostingRows = models.Manager.from_queryset(PostingQuerySet)


def posting_plan(person: Person, postings: list[Posting]) -> tuple[Posting | None, Posting]:
    """What `person`'s row means for the `postings` kept so far (by day).

    Returns the earlier posting that must end the day before (None if none must), and the present one.
    """
    present = Posting(
        person=person, unit_id=person.unit_id, since=person.unit_since, until=person.employed_until
    )
    before = [p for p in postings if p.since < present.since]
    last = before[-1] if before else None
    if last and (last.until is None or last.until >= present.since):
        last.until = present.since - timedelta(days=1)
        return last, present
    return None, present


@personal("person")
class Posting(models.Model):
    """`person` was employed in `unit` from `since` up to and with `until` (None: still).

    Somebody was employed on a day when a posting covers it. Derived from the person's row at each
    change, so that movers, leavers and those who come back keep their past.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="postings", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="postings")
    since = models.DateField()
    until = models.DateField(null=True)

    objects: ClassVar[PostingRows] = PostingRows()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "since"], name="posting_once_a_day")]
        indexes = [models.Index(fields=["person", "since", "until", "unit"], name="posting_on_a_day")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.unit_id} since {self.since}"


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(sign_in_name=canonical(username or ""))


def canonical(name: str) -> str:
    """A sign-in name as it is kept and compared: NFKC, lower case, no outer blanks."""
    return str(Account.normalize_username(name)).strip().casefold()


@personal("person", fate=Fate.DELETED, says=("sign_in_name",), secret=("password",))
class Account(AbstractBaseUser):
    """The way a person signs in; its secrets are in no Change."""

    sign_in_name = models.CharField(_("sign-in name"), max_length=80, unique=True)
    person = models.OneToOneField(Person, models.PROTECT, related_name="account")
    is_active = models.BooleanField(default=True)
    is_break_glass = models.BooleanField(default=False)
    epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccountManager()
    USERNAME_FIELD = "sign_in_name"

    def __str__(self) -> str:
        return self.sign_in_name

    def get_session_auth_hash(self) -> str:
        """What a session must carry to be this account's: it changes with the password and with the epoch."""
        return self._session_mark(None)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same by the secret keys that were used before."""
        yield from (self._session_mark(key) for key in settings.SECRET_KEY_FALLBACKS)

    def _session_mark(self, secret: str | bytes | None) -> str:
        said = f"{self.password}|{self.epoch}|{self.sign_in_name}"
        return salted_hmac("keepwell.people.session", said, secret=secret, algorithm="sha256").hexdigest()

    @classmethod
    def end_sessions(cls, people: Iterable[UUID]) -> None:
        """Let every session of `people` end with its next request: their rights or their proofs changed."""
        cls.objects.filter(person__in=list(people)).update(epoch=F("epoch") + 1)


class Budget(models.Model):
    """The tries left for one entry and one who asks; `spent` tells when the last ones were, oldest first."""

    key = models.CharField(max_length=64, primary_key=True)
    spent = models.JSONField(default=list)
    touched_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key}: {len(self.spent)}"
