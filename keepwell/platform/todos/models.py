"""What somebody owes: one thing to do about one record, by a person or by whoever holds a role at a unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, ClassVar, Self
from uuid import UUID, uuid5

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.kernel import moments
from keepwell.platform.history.models import Tracked, TrackedQuerySet
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.permissions import grants_in_force, held
from keepwell.platform.people.personal import personal
from keepwell.platform.people.roles import ROLES
from keepwell.platform.tree.models import Ancestry, Unit, on

SPACE = UUID("6f0b2f0e-2a0e-5f0a-9d3b-6b1d5f7c0b11")


def present(day: date, path: str = "") -> Q:
    """People who are still here on `day`, neither retired nor past their last day; `path` leads to them."""
    stays = Q((f"{path}employed_until__isnull", True)) | Q((f"{path}employed_until__gte", day))
    return Q((f"{path}retired_at__isnull", True)) & stays


def holding(role: Any, unit: Any) -> models.QuerySet[Grant]:
    """The grants by which somebody who is still here holds `role` at `unit` itself, today; proposed ones give nothing."""
    return all_holding(role).filter(unit=unit)


def all_holding(role: Any) -> models.QuerySet[Grant]:
    """The same, wherever that is."""
    day = moments.today()
    given = present(day, "person__") & Q(standing=Grant.Standing.GIVEN)
    return Grant.objects.current().filter(given, on(day), role=role, only_id__isnull=True)


class DebtQuerySet(TrackedQuerySet):
    def open(self) -> Self:
        """What is not done yet."""
        return self.filter(settled_at__isnull=True, retired_at__isnull=True)

    def owed_by(self, person: Person) -> Self:
        """What `person` must do: their own, what was delegated to them, and what falls to a role they hold; of duties
        what lies with them alone, or they passed on."""
        own = Q(debtor=person) | Q(delegate=person) | ~Q(duty="") & Q(debtor=None, delegated_by=person)
        roles = sorted({one.role for one in held(person) if not one.only_register})
        falling = Q(pk__in=self.model.objects.falling_to(person, roles))
        return self.filter(own | falling if roles else own)

    def falling_to(self, person: Person, roles: list[str]) -> models.QuerySet[Any]:
        """Ids of what is owed by one of `roles` and falls to `person`: at the unit, or at the next unit up
        where anybody holds that role."""
        below = Ancestry.objects.filter(
            ancestor__in=grants_in_force(person).filter(role__in=roles).values("unit"), until__isnull=True
        )
        mine = self.filter(debtor__isnull=True, role__in=roles, unit__in=below.values("descendant"))
        at = holding(OuterRef("role"), OuterRef("seat")).filter(person=person)
        return mine.annotate(seat=nearest_seat()).filter(Exists(at)).values("pk")


def nearest_seat() -> Subquery:
    """The nearest unit, from a debt's own upwards, where somebody holds its role."""
    above = Ancestry.objects.filter(descendant=OuterRef("unit"), until__isnull=True)
    held = above.filter(Exists(holding(OuterRef(OuterRef("role")), OuterRef("ancestor"))))
    return Subquery(held.order_by("depth").values("ancestor")[:1])


DebtRows = models.Manager.from_queryset(DebtQuerySet)


@personal(
    "debtor", "delegate", by=("delegated_by", "named"), says=("facts", "note"),
    about=lambda person: Q(record_type="people.person", record_id=person.pk),
)  # fmt: skip
class Debt(Tracked):
    """One thing owed about one record: by `debtor`, or, without one, by whoever holds `role` at `unit`.

    `what` and `context` are sentences marked for translation; `%(record)s` in them is the record as its
    reader calls it, other names come from `facts`. `named` or `named_role` is whom the record named when it came to
    be owed; whoever it was handed to since owes it until the record names somebody else. With a `duty` and without
    a debtor it falls to whoever that duty says, for as long as the record stands so.
    """

    key_fields = ("record_id", "what", "debtor_id", "role", "unit_id")

    debtor = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="debts")
    role = models.CharField(max_length=30, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="debts")
    duty = models.CharField(max_length=60, blank=True)
    named = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    named_role = models.CharField(max_length=30, blank=True)
    record_type = models.CharField(max_length=60)
    record_id = models.UUIDField()
    what = models.CharField(max_length=200)
    context = models.CharField(max_length=300, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    url = models.CharField(max_length=300, blank=True)
    by_day = models.DateField(null=True, blank=True)
    owed_at = models.DateTimeField(default=moments.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    delegate = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="delegated_debts"
    )
    delegated_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects: ClassVar[DebtRows] = DebtRows()

    class Meta:
        verbose_name = _("todo")
        verbose_name_plural = _("todos")
        constraints = [
            models.CheckConstraint(
                condition=Q(debtor__isnull=False, role="") | Q(debtor__isnull=True) & (~Q(role="") | ~Q(duty="")),
                name="debt_of_a_person_or_a_role",
                violation_error_message=_("A person owes it, or a role; not both."),
            ),
            models.UniqueConstraint(
                fields=["record_id", "what", "debtor"], condition=Q(settled_at__isnull=True, debtor__isnull=False),
                name="debt_of_person_once",
            ),
            models.UniqueConstraint(
                fields=["record_id", "what", "role", "unit"],
                condition=Q(settled_at__isnull=True, debtor__isnull=True), name="debt_of_role_once",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["debtor", "by_day"], condition=Q(settled_at__isnull=True), name="debt_open_of_person"),
            models.Index(fields=["role", "unit"], condition=Q(settled_at__isnull=True), name="debt_open_of_role"),
            models.Index(fields=["duty"], condition=Q(settled_at__isnull=True) & ~Q(duty=""), name="debt_open_of_duty"),
            models.Index(fields=["by_day", "id"], condition=Q(settled_at__isnull=True), name="debt_open_by_day"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.what

    @property
    def placed_unit_id(self) -> UUID:
        return self.unit_id

    @property
    def role_title(self) -> str:
        """The role that owes it, for people; "" where a person does."""
        return str(ROLES[self.role].title) if self.role in ROLES else ""

    @property
    def is_open(self) -> bool:
        return self.settled_at is None and self.retired_at is None

    def names(self, person: Person | None, role: str) -> bool:
        """Whether it came to be owed because the record named `person`, or `role`."""
        return (self.named_id, self.named_role) == (person and person.pk, role)

    def fresh_id(self) -> UUID:
        """What follows from how a record stands has the same id for ever, whether a row of it is kept or not."""
        return uuid5(SPACE, f"{self.record_id} {self.what}") if self.duty else super().fresh_id()

    def sentence(self, record: Any) -> str:
        """What is to be done with `record`, in the present language."""
        return gettext(self.what) % (self.facts | {"record": str(record)})

    def about(self, record: Any) -> str:
        """The line of context, in the present language."""
        return gettext(self.context) % (self.facts | {"record": str(record)}) if self.context else ""


def seated(role: str, unit: Unit, *, above: bool = False) -> models.QuerySet[Person]:
    """Who holds `role` at `unit` or at the next unit up where anybody does; with `above`, beyond that."""
    ways = Ancestry.objects.filter(descendant=unit, until__isnull=True).order_by("depth")
    seats = ways.filter(Exists(holding(role, OuterRef("ancestor")))).values_list("ancestor", flat=True)
    found = list(seats[: 2 if above else 1])
    if len(found) < (2 if above else 1):
        return Person.objects.none()
    return Person.objects.filter(pk__in=holding(role, found[-1]).values("person"))


def seated_at(role: str, units: Collection[UUID]) -> dict[UUID, list[Person]]:
    """Who holds `role` at each of `units`, or at the next one up where anybody does, by number; two queries however
    many units there are."""
    ways = Ancestry.objects.filter(descendant__in=list(units), until__isnull=True)
    held = all_holding(role).filter(unit__in=ways.values("ancestor"))
    at: dict[UUID, dict[UUID, Person]] = defaultdict(dict)
    for grant in held.select_related("person__unit").order_by("person__number"):
        at[grant.unit_id][grant.person_id] = grant.person
    found: dict[UUID, list[Person]] = {}
    for unit, above in ways.order_by("depth").values_list("descendant", "ancestor"):
        if above in at:
            found.setdefault(unit, list(at[above].values()))
    return found
