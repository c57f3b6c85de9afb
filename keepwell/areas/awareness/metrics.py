"""What is counted of training: person-times, people, hours, and how far the employed are covered."""

from __future__ import annotations

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from keepwell.areas.awareness.models import Completion, Course
from keepwell.platform.metrics.metric import Count, Share, Total, metric
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.people.models import Person, Posting
from keepwell.platform.tree.models import on

AT = "posting__unit"
MOMENT_KEY = ("person__number", "course__code", "completed_at")


@metric(
    "training.person_times", unit="person_times", published=True, order=110, reads=[Completion, Course, Person],
    title=_("Training completions"),
    definition=_("Completions of courses within the year, each counted for the unit in which the person was employed "
                 "on the day of completion. A completion on a day outside employment is not counted."),
)  # fmt: skip
def person_times(scope: Scope) -> Count:
    """Each completion of the year is one person-time."""
    return Count(of=completions(scope), at=AT, key=MOMENT_KEY, has_data=delivered(scope))


@metric(
    "training.people", unit="people", published=True, order=120, reads=[Completion, Person],
    title=_("People trained"),
    definition=_("People who completed at least one course within the year, each counted once: for the unit in which "
                 "the person is employed on the as-of day, or was on the last day employed."),
)  # fmt: skip
def people(scope: Scope) -> Count:
    """Distinct people, each at one unit, so that units add up."""
    return Count(of=trained(scope), at="last_unit", key=("number",), has_data=delivered(scope))


@metric(
    "training.hours", unit="hours", published=True, order=130, reads=[Completion, Course, Person],
    title=_("Training hours"),
    definition=_("The minutes of all completions counted as person-times, as delivered or else the length of the "
                 "course, divided by 60 and rounded half up once."),
)  # fmt: skip
def training_hours(scope: Scope) -> Total:
    """The minutes of the person-times; shown as hours."""
    return Total(of=completions(scope), at=AT, key=MOMENT_KEY, value="minutes", has_data=delivered(scope))


@metric(
    "training.coverage", unit="share", order=140, reads=[Completion, Person],
    title=_("Training coverage"),
    definition=_("Of the people employed on the as-of day, the share that completed at least one course within the "
                 "year. People of kind machine are left out."),
)  # fmt: skip
def coverage(scope: Scope) -> Share:
    """Those employed on the as-of day who completed something, out of all employed that day."""
    return Share(of=employed(scope), having=trained(scope), at=AT, key=("number",), has_data=delivered(scope))


def delivered(scope: Scope) -> bool:
    """Whether any completion of the year came in at all."""
    return Completion.objects.between(*scope.span).exists()


def completions(scope: Scope) -> QuerySet[Completion]:
    """The completions of the year; `posting` is where the person was employed on that day."""
    return Completion.objects.between(*scope.span).annotate(
        posting=FilteredRelation(
            "person__postings",
            condition=Q(person__postings__since__lte=F("completed_on"))
            & (Q(person__postings__until__isnull=True) | Q(person__postings__until__gte=F("completed_on"))),
        )
    )


def trained(scope: Scope) -> QuerySet[Person]:
    """People with a completion that counts; `last_unit` is where they are on the as-of day, or last were."""
    counted = completions(scope).filter(posting__isnull=False)
    latest = Posting.objects.filter(person=OuterRef("pk"), since__lte=scope.day).order_by("-since")
    return Person.objects.filter(pk__in=counted.values("person")).annotate(last_unit=Subquery(latest.values("unit")[:1]))


def employed(scope: Scope) -> QuerySet[Person]:
    """People whose posting covers the as-of day."""
    covers = on(scope.day, since="postings__since", until="postings__until")
    present = Person.objects.annotate(posting=FilteredRelation("postings", condition=covers))
    return present.filter(posting__isnull=False).exclude(kind=Person.Kind.MACHINE)
