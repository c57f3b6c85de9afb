"""Files brought into a register and taken out of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.platform.exchange.feeds import FEEDS
from keepwell.platform.exchange.models import Batch, Source
from keepwell.platform.exchange.writers import write_csv
from keepwell.platform.history.acting import Refused
from keepwell.platform.jobs.job import enqueue, require_room
from keepwell.platform.jobs.models import Job
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.noted import keep_refusal
from keepwell.platform.people.permissions import each_read_once, units_granted
from keepwell.platform.registers.files import carry_out, headings, receive, shown_rows, text_rows, xlsx_of
from keepwell.platform.registers.importing.outcome import Outcome
from keepwell.platform.registers.importing.plan import only_told
from keepwell.platform.registers.keeping import kept_for
from keepwell.platform.registers.listing import BadWish, Wish, matching, order_of
from keepwell.platform.registers.pages.kept import chosen, plain
from keepwell.platform.registers.register import Register
from keepwell.platform.replicas.routing import fetched_lately
from keepwell.platform.tree.models import Ancestry

AT_ONCE_BYTES = 150_000
LARGEST_UPLOAD = 100 << 20


class Delivery(forms.Form):
    """A file, and the source it comes from."""

    file = forms.FileField(label=gettext_lazy("File"), help_text=gettext_lazy("CSV or XLSX, up to 100 MB."),
                           widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.tsv,.txt"}))  # fmt: skip
    source = forms.ChoiceField(label=gettext_lazy("Source"), required=False)

    def __init__(self, register: type[Register], person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = (
            Source.objects.current()
            .filter(within_reach(register, person), register=register.slug())
            .order_by("name")
            .values_list("name", flat=True)
        )
        self.fields["source"].choices = [("", "—"), *((name, name) for name in names)]  # type: ignore[attr-defined]  # has them
        if not names:
            del self.fields["source"]


def within_reach(register: type[Register], person: Person) -> Q:
    """Sources at, below or above units where `person` may bring in; whoever brings in nowhere names none."""
    units = units_granted(person, register.area(), register.level_to_write())
    above = Ancestry.objects.filter(descendant__in=units, until__isnull=True)
    return Q(unit__in=units) | Q(unit__in=above.values("ancestor"))


def bring_in(request: PlacedRequest, register: type[Register]) -> HttpResponse:
    """Choose a file; short ones are read at once, long ones by a job that is followed."""
    form = Delivery(register, request.person, request.POST or None, request.FILES or None)
    context: dict[str, Any] = {
        "register": register,
        "form": form,
        "columns": column_names(register),
        "bring_in_name": f"{register.slug()}-bring-in",
    }
    if not form.is_valid():
        return render(request, "registers/bring_in.html", context, status=422 if form.errors else 200)
    try:
        answer = _deliver(request, register, form)
    except (Refused, PermissionDenied) as refusal:
        keep_refusal(request, refusal)
        return render(request, "registers/bring_in.html", context | {"refusal": str(refusal)}, status=422)
    if isinstance(answer, Job):
        return redirect(f"{register.slug()}-delivery", pk=answer.pk)
    return render(
        request,
        "registers/bring_in.html",
        context | {"outcome": answer},
        status=422 if answer.errors else 200,
    )


def _deliver(request: PlacedRequest, register: type[Register], form: Delivery) -> Outcome | Job:
    upload, only_try = form.cleaned_data["file"], request.POST.get("do") == "try"
    if upload.size > LARGEST_UPLOAD:
        raise Refused(_("The file is larger than 100 MB; part it."))
    is_long = upload.size > AT_ONCE_BYTES
    if is_long:
        require_room(request.person.pk)
    batch = receive(
        register, upload.read(), upload.name, request.person, source=form.cleaned_data.get("source", "")
    )
    if is_long:
        return enqueue(
            "registers.bring_in", person_id=request.person.pk, batch=str(batch.pk), dry_run=only_try
        )
    return carry_out(batch, request.person, dry_run=only_try)


def column_names(register: type[Register]) -> list[str]:
    """The columns a file may have."""
    feed = FEEDS.get(register.slug())
    return (
        [c.name for c in feed.columns]
        if feed
        else [c for c in headings(register) if c not in only_told(register)]
    )


def follow(request: PlacedRequest, register: type[Register], pk: UUID) -> HttpResponse:
    """How far a long file is, and what became of it."""
    job = Job.objects.filter(pk=pk, name="registers.bring_in", person_id=request.person.pk).first()
    if job is None:
        raise Http404
    batch = Batch.objects.filter(pk=job.arguments.get("batch")).first()
    context = {"register": register, "job": job, "name": batch.file_name if batch else _("Bring in"),
               "outcome": told(job.result), "bring_in_name": f"{register.slug()}-bring-in"}  # fmt: skip
    return render(request, "registers/_delivery.html" if request.htmx else "registers/delivery.html", context)


def told(result: dict[str, Any]) -> dict[str, Any]:
    """The outcome kept with a job, as the page shows it."""
    earlier_id = result.get("earlier_id")
    earlier = Batch.objects.filter(pk=earlier_id).first() if earlier_id else None
    return {**result, "earlier": earlier}


def take_out(
    request: PlacedRequest, register: type[Register], form: str
) -> HttpResponse | StreamingHttpResponse:
    """The list as it is filtered, as a file that can be brought in again."""
    try:
        wish = Wish.parse(register, plain(request), place=request.place)
        rows = fetched_lately(lambda: register.fetched(matching(register, request.person, wish)))
    except BadWish as mistake:
        return _bad_wish(request, register, mistake)
    return _file(register.slug(), form, headings(register), text_rows(register, request.person, rows))


def take_out_shown(
    request: PlacedRequest, register: type[Register], form: str
) -> HttpResponse | StreamingHttpResponse:
    """The list as it is shown: its columns by their labels, in its order, choices and names in words."""
    try:
        wish = Wish.parse(register, plain(request), place=request.place)
        rows = fetched_lately(lambda: register.fetched(matching(register, request.person, wish)))
    except BadWish as mistake:
        return _bad_wish(request, register, mistake)
    columns = chosen(register, wish, kept_for(register, request.person))
    labels = [capfirst(str(c.label)) for c in columns]
    ordered = rows.order_by(*order_of(register, wish.sort).by)
    return _file(register.slug(), form, labels, shown_rows(columns, ordered))


def _bad_wish(request: PlacedRequest, register: type[Register], mistake: BadWish) -> HttpResponse:
    context = {"register": register, "mistake": mistake}
    return render(request, "registers/bad_wish.html", context, status=400)


def _file(
    slug: str, form: str, heads: list[str], rows: Iterable[list[str]]
) -> HttpResponse | StreamingHttpResponse:
    """Rows as a file to be kept."""
    name = {"Content-Disposition": f'attachment; filename="{slug}.{form}"'}
    if form == "csv":
        return StreamingHttpResponse(write_csv(heads, each_read_once(rows)), content_type="text/csv; charset=utf-8",
                                     headers=name)  # fmt: skip
    if form == "xlsx":
        return HttpResponse(xlsx_of(heads, rows), headers=name,
                            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")  # fmt: skip
    raise Http404
