"""What is counted of training: person-times, people, hours, and how far the employed are covered."""

from __future__ import annotations

from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from keepwell.areas.awareness.models import Completion, Course
from keepwell.platform.metrics.metric import Count, Distinct, Share, Total, metric
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.people.models import Person, Posting
from keepwell.platform.tree.models import on

AT = "posting__unit"
MOMENT_KEY = ("person__number", "course__code", "completed_at")


@metric(
    "training.person_times", unit="person_times", published=True, order=110,
    reads=[Completion, Course, Person],
    title=_("Training person-times"),
    definition=_("Completions of courses within the year, each counted for the unit in which the person was "
                 "employed on the day of completion. Completions outside employment are not counted."),
)  # fmt: skip
def person_times(scope: Scope) -> Count:
    """Each completion of the year is one person-time."""
    return Count(of=completions(scope), at=AT, key=MOMENT_KEY, has_data=delivered(scope))


@metric(
    "training.people", unit="people", published=True, order=120, reads=[Completion, Person],
    title=_("People trained"),
    definition=_("People who completed at least one course within the year, each counted once: for the unit "
                 "in which the person is employed on the as-of day, or was on the last day employed."),
)  # fmt: skip
def people(scope: Scope) -> Distinct:
    """Distinct people, each at one unit, so that units add up."""
    return Distinct(of=completions(scope), things=trained(scope), at="last_unit", key=("person__number",),
                    has_data=delivered(scope))  # fmt: skip


@metric(
    "training.hours", unit="hours", published=True, order=130, reads=[Completion, Course, Person],
    title=_("Training hours"),
    definition=_("The minutes of all completions counted as person-times, as delivered or else the length of "
                 "the course, divided by 60 and rounded half up once."),
)  # fmt: skip
def training_hours(scope: Scope) -> Total:
    """The minutes of the person-times; shown as hours.

    The digest holds each person-time with its minutes (person|course|moment|minutes): a length that was
    changed moves it, though the same completions are counted; person-times keep theirs.
    """
    return Total(of=completions(scope), at=AT, key=MOMENT_KEY, value="minutes", has_data=delivered(scope))


@metric(
    "training.coverage", unit="share", order=140, reads=[Completion, Person],
    title=_("Training coverage"),
    definition=_("Of the employees on the as-of day, the share that completed at least one course within the "
                 "year. External people are left out."),
)  # fmt: skip
def coverage(scope: Scope) -> Share:
    """Those employed on the as-of day who completed something, out of all employed that day."""
    return Share(of=employed(scope), having=people(scope), at=AT, key=("number",), has_data=delivered(scope))


def delivered(scope: Scope) -> bool:
    """Whether any completion of the year came in at all."""
    return Completion.objects.between(*scope.span).exists()


def completions(scope: Scope) -> QuerySet[Completion]:
    """The completions of the year.

    `posting` is where the person was employed on the day of completion; `last_unit` where the person is on
    the as-of day or last was, empty like `posting` for a completion outside employment.
    """
    covers = on_day("person__postings", F("completed_on"))
    rows = Completion.objects.between(*scope.span).annotate(
        posting=FilteredRelation("person__postings", condition=covers)
    )
    return rows.annotate(last_unit=Case(When(posting__isnull=False, then=last_unit("person", scope))))


def trained(scope: Scope) -> QuerySet[Person]:
    """People with a completion that counts, and their `last_unit`."""
    posted = Posting.objects.filter(on_day("", OuterRef("completed_on")), person=OuterRef("person"))
    counted = Completion.objects.between(*scope.span).filter(Exists(posted), person=OuterRef("pk"))
    return Person.objects.filter(Exists(counted)).annotate(last_unit=last_unit("pk", scope))


def employed(scope: Scope) -> QuerySet[Person]:
    """Employees whose posting covers the as-of day: those whom "People employed" counts one by one."""
    covers = on(scope.day, since="postings__since", until="postings__until")
    present = Person.objects.annotate(posting=FilteredRelation("postings", condition=covers))
    return present.filter(posting__isnull=False, kind=Person.Kind.EMPLOYEE)


def last_unit(person: str, scope: Scope) -> Subquery:
    """The unit of the newest posting that began by the as-of day."""
    began = Posting.objects.filter(person=OuterRef(person), since__lte=scope.day)
    return Subquery(began.order_by("-since").values("unit")[:1])


def on_day(postings: str, day: Combinable) -> Q:
    """A filter for the posting that covers `day`, reached by the path `postings`."""
    path = f"{postings}__" if postings else ""
    still = Q(**{f"{path}until__isnull": True}) | Q(**{f"{path}until__gte": day})
    return Q(**{f"{path}since__lte": day}) & still
