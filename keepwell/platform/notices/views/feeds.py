"""The page to make and end one's calendar link, and the calendar itself."""

from __future__ import annotations

from hashlib import sha256

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keepwell.platform.notices import feeds
from keepwell.platform.notices.letters import absolute
from keepwell.platform.notices.models import Feed
from keepwell.platform.people.operations import public, signed_in
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.throttle import WINDOW_SECONDS, attempt, purses, source_of

ENTRY = "calendar"


@signed_in
@never_cache
def show_feed(request: PersonRequest) -> HttpResponse:
    """One's calendar link: made by POST, shown on the answer to it, this once and nowhere else."""
    link = ""
    if request.method == "POST":
        link = absolute(reverse("calendar-feed", args=[feeds.make(request.person)]))
    feed = Feed.objects.filter(person=request.person).first()
    return render(request, "notices/calendar.html", {"feed": feed, "link": link})


@signed_in
@require_POST
def end_feed(request: PersonRequest) -> HttpResponse:
    """End one's calendar link at once."""
    if feeds.end(request.person):
        messages.success(request, gettext("The link was ended; calendars that use it get nothing more."))
    return redirect("calendar")


@public
@require_GET
def read_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar that `secret` opens; wrong ones are counted like wrong passwords and answered as absent."""
    person = feeds.reader_of(secret)
    if person is None:
        if not attempt(*purses(ENTRY, "", source_of(request))).is_allowed:
            return HttpResponse(status=429, headers={"Retry-After": str(WINDOW_SECONDS)})
        raise Http404
    body = feeds.calendar(person)
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=headers)
    headers["Content-Disposition"] = 'attachment; filename="keepwell.ics"'
    return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)
