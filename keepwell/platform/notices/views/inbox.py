"""What I was told, the newest first, and by which way I want it."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from keepwell.platform.notices.kinds import KINDS
from keepwell.platform.notices.models import DIGEST_HOUR, Habit, Letter, Notice
from keepwell.platform.notices.posting import undone, wake
from keepwell.platform.notices.preferences import choose
from keepwell.platform.notices.sight import tellable
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation, signed_in
from keepwell.platform.people.permissions import may, may_anywhere, units_granted
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

ON_A_PAGE = 50
AREA = "administration"
HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]


@signed_in
def show_notices(request: PersonRequest) -> HttpResponse:
    """What I was told; `before` names the notice after which the page begins."""
    own = Notice.objects.filter(person=request.person)
    last = own.filter(pk=_number(request.GET["before"])).first() if "before" in request.GET else None
    if last is not None:
        own = own.filter(Q(told_at__lt=last.told_at) | Q(told_at=last.told_at, pk__lt=last.pk))
    found = list(own.order_by("-told_at", "-pk")[: ON_A_PAGE + 1])
    shown = [
        (notice, notice.sentence(record)) for notice, record in tellable(found[:ON_A_PAGE], request.person)
    ]
    older = found[ON_A_PAGE - 1].pk if len(found) > ON_A_PAGE else None
    return render(
        request, "notices/notices.html", {"shown": shown, "older": older, "is_later": last is not None}
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Http404(gettext("No notice is called that."))
    return int(text)


@signed_in
@require_POST
def read_all(request: PersonRequest) -> HttpResponse:
    """Mark everything that I was told as read."""
    Notice.objects.filter(person=request.person, read_at__isnull=True).update(read_at=timezone.now())
    return redirect("notices")


@operation(Access.OBJECT)
@require_POST
def read_one(request: PersonRequest, pk: int) -> HttpResponse:
    """Mark one notice of mine as read."""
    notice = get_object_or_404(Notice, pk=pk, person=request.person)
    Notice.objects.filter(pk=notice.pk, read_at__isnull=True).update(read_at=timezone.now())
    return redirect("notices")


class PreferenceForm(forms.Form):
    """By which way each kind of notice comes, and when the digest does."""

    digest_hour = forms.TypedChoiceField(
        label=_("Hour of the daily digest"),
        choices=HOURS,
        coerce=int,
        help_text=_("By the clock of your unit."),
    )

    def __init__(self, person: Person, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they come
        for kind in KINDS.values():
            self.fields[kind.name] = forms.ChoiceField(
                label=str(kind.title), choices=[(way.value, way.label) for way in kind.ways],
                help_text=_("Cannot be switched off.") if kind.must else "",
            )  # fmt: skip


@signed_in
def show_preferences(request: PersonRequest) -> HttpResponse:
    """What comes by mail, and when."""
    person = request.person
    form = PreferenceForm(person, request.POST or None, initial=_present(person))
    if form.is_valid():
        answers = dict(form.cleaned_data)
        choose(person, digest_hour=answers.pop("digest_hour"), ways=answers)
        messages.success(request, gettext("Kept: from now on notices come as you chose."))
        return redirect("notice-preferences")
    context = {"form": form, "has_mail": bool(person.mail)}
    return render(request, "notices/preferences.html", context, status=422 if form.errors else 200)


def _present(person: Person) -> dict[str, object]:
    hour = Habit.objects.filter(person=person).values_list("digest_hour", flat=True).first()
    chosen = dict(person.preferences.values_list("kind", "way"))
    ways = {
        k.name: chosen.get(k.name) if chosen.get(k.name) in k.ways else k.way.value for k in KINDS.values()
    }
    return {"digest_hour": DIGEST_HOUR if hour is None else hour, **ways}


@operation(Access.PERMISSION, AREA)
def show_letters(request: PersonRequest) -> HttpResponse:
    """Letters that wait or were given up, to people of the units one runs; nothing of what stands in them. Of other
    kinds of mail, for who runs the whole group, how many there are: each is shown where it belongs."""
    letters = _letters(request.person, Level.VIEW).exclude(
        state__in=[Letter.State.SENT, Letter.State.DROPPED]
    )
    context = {
        "letters": letters.select_related("person").order_by("-made_at", "-pk")[:ON_A_PAGE],
        "may_send": may_anywhere(request.person, AREA, Level.ADMINISTER),
        "others": undone() if _runs_the_group(request.person) else [],
    }  # fmt: skip
    return render(request, "notices/letters.html", context)


def _runs_the_group(person: Person) -> bool:
    group = Unit.objects.filter(kind=Unit.Kind.GROUP).first()
    return group is not None and may(person, AREA, Level.VIEW, group)


@operation(Access.PERMISSION, AREA, Level.ADMINISTER)
@require_POST
def send_again(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Let a letter that was given up be tried once more."""
    letter = get_object_or_404(_letters(request.person, Level.ADMINISTER), pk=pk)
    now = timezone.now()
    if letter.again(now):
        wake(now)
        messages.success(request, gettext("The letter waits to be sent again."))
    else:
        messages.warning(request, gettext("The letter was not given up; only then can it be sent again."))
    return redirect("letters")


def _letters(person: Person, level: Level) -> QuerySet[Letter]:
    people = Person.objects.filter(unit__in=units_granted(person, AREA, level))
    return Letter.objects.filter(person__in=people.values("pk"))
