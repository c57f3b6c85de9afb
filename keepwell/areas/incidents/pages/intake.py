"""The page where anybody reports, without an account and without script, and reads the answer by a code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keepwell.areas.incidents.models.intake import (
    LONGEST_CONCERNS,
    LONGEST_PLACE,
    LONGEST_REACH,
    LONGEST_TEXT,
    Disclosure,
    Ongoing,
    Report,
)
from keepwell.areas.incidents.rules import guessing, intake
from keepwell.areas.incidents.rules.crowds import Crowd
from keepwell.areas.incidents.rules.languages import chosen, languages
from keepwell.platform.evidence.drawing import redrawn
from keepwell.platform.evidence.recordings import Recording, bare
from keepwell.platform.pages import errors
from keepwell.platform.people.operations import public
from keepwell.platform.people.throttle import source_of
from keepwell.platform.tree.models import Unit

MOST_PHOTOS, MOST_PHOTO_BYTES, MOST_VOICE_BYTES = 3, 10 << 20, 10 << 20
TOO_MANY, WRONG, NOT_THERE = 429, 422, 404
ASKING = ("report", "follow")
SENDING = Crowd(settings.KEEPWELL_REPORTS_AN_HOUR)
"""Reports of one address in an hour, in each process of the server."""


@dataclass
class Typed:
    """What somebody typed, and what is wrong with it by field, in the page's language."""

    words: dict[str, str]
    says: str = ""
    site: str = ""
    spot: str = ""
    ongoing: str = Ongoing.UNSURE
    reach: str = ""
    concerns: str = ""
    is_unnamed: bool = False
    unit: Unit | None = None
    pictures: list[bytes] = field(default_factory=list)
    originals: list[tuple[str, bytes]] = field(default_factory=list)
    recording: Recording | None = None
    wrong: dict[str, str] = field(default_factory=dict)


def sites() -> list[Unit]:
    """Where something can happen: the sites of today, by name. That they exist is on every wall."""
    return list(Unit.objects.current().filter(kind=Unit.Kind.SITE).order_by("name"))


@public
@never_cache
@sensitive_post_parameters()
def report(request: HttpRequest, site: str = "") -> HttpResponse:
    """Ask what happened; keep it, and show the code by which the answer can be read."""
    words, tag = spoken(request)
    known = sites()
    if site and all(unit.code != site.upper() for unit in known):
        raise Http404
    if request.method != "POST":
        typed = Typed(words, site=site.upper(), spot=request.GET.get("place", "")[:LONGEST_PLACE])
        return show(request, typed, tag, known, is_by_code=any(unit.code == typed.site for unit in known))
    if not SENDING.lets(source_of(request)):
        return show(request, Typed(words, says=request.POST.get("says", ""), wrong={"all": words["too_many"]}), tag,
                    known, status=TOO_MANY)  # fmt: skip
    typed = read(request, words, known)
    if typed.wrong or typed.unit is None:
        return show(request, typed, tag, known, status=WRONG)
    told = intake.Told(
        unit=typed.unit, says=typed.says, spot=typed.spot, ongoing=typed.ongoing, reach=typed.reach, language=tag,
        concerns=typed.concerns, pictures=typed.pictures, originals=typed.originals, recording=typed.recording,
    )  # fmt: skip
    receipt = intake.send(told, is_unnamed=typed.is_unnamed)
    name = site_name(typed.unit, tag)
    sentence = words["told_unnamed"] if typed.is_unnamed else words["told"] % {"site": name}
    return drawn(request, "received", tag, receipt=receipt, sentence=sentence)


def show(request: HttpRequest, typed: Typed, tag: str, known: list[Unit], *, status: int = 200,
         is_by_code: bool = False) -> HttpResponse:  # fmt: skip
    """The form, with what was typed."""
    named = [(unit.code, site_name(unit, tag)) for unit in known]
    going = [(one.value, typed.words[f"going_{one.value}"]) for one in Ongoing]
    return drawn(request, "report", tag, typed=typed, sites=named, going=going, is_by_code=is_by_code, status=status,
                 most_place=LONGEST_PLACE, most_reach=LONGEST_REACH, most_concerns=LONGEST_CONCERNS)  # fmt: skip


def site_name(unit: Unit, tag: str) -> str:
    """The name of a site in the language of the page."""
    return (unit.name_zh if tag.startswith("zh") else "") or unit.name


def read(request: HttpRequest, words: dict[str, str], known: list[Unit]) -> Typed:
    """What was typed; each mistake stands beside its field, and nothing of the text is lost."""
    post = request.POST
    typed = Typed(
        words, says=plain(post.get("says", "")), site=post.get("site", ""),
        spot=post.get("place", "").replace("\x00", "").strip(), reach=post.get("reach", "").replace("\x00", "").strip(),
        concerns=post.get("concerns", "").replace("\x00", "").strip(), is_unnamed="unnamed" in post,
    )  # fmt: skip
    if post.get("ongoing") in Ongoing.values:
        typed.ongoing = post["ongoing"]
    typed.unit = next((unit for unit in known if unit.code == typed.site), None)
    if typed.unit is None:
        typed.wrong["site"] = words["choose_site"]
    for name, most in (("spot", LONGEST_PLACE), ("reach", LONGEST_REACH), ("concerns", LONGEST_CONCERNS)):
        if len(getattr(typed, name)) > most:
            typed.wrong[name] = words["too_long_place"] % {"most": most}
    look_at_all(request, typed)
    return typed


def plain(text: str) -> str:
    """A text as it counts: a line's end is one character, as in the browser."""
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def look_at_all(request: HttpRequest, typed: Typed) -> None:
    """Note what is wrong with text, photos and voice note; whoever speaks need not write."""
    if not typed.says and request.FILES.get("voice"):
        typed.says = typed.words["voice_only"]
    look_at_text(typed)
    look_at_photos(request, typed)
    look_at_voice(request, typed)


def look_at_voice(request: HttpRequest, typed: Typed) -> None:
    """Take the sound alone out of a voice note, if nothing else is wrong; note why it cannot be taken."""
    notes = request.FILES.getlist("voice")
    if not notes:
        return
    name = {"name": (notes[0].name or "")[:60]}
    if typed.is_unnamed:
        typed.wrong["voice"] = typed.words["voice_unnamed"]
    elif len(notes) > 1:
        typed.wrong["voice"] = typed.words["voice_one"]
    elif (notes[0].size or 0) > MOST_VOICE_BYTES:
        typed.wrong["voice"] = typed.words["voice_large"] % name
    elif not typed.wrong:
        typed.recording = bare(notes[0].read())
        if typed.recording is None:
            typed.wrong["voice"] = typed.words["voice_strange"] % name


def look_at_text(typed: Typed) -> None:
    """Note what is wrong with the text."""
    if not typed.says:
        typed.wrong["says"] = typed.words["say_what"]
    elif len(typed.says) > LONGEST_TEXT:
        typed.wrong["says"] = typed.words["too_long"] % {"count": len(typed.says), "most": LONGEST_TEXT}


def look_at_photos(request: HttpRequest, typed: Typed) -> None:
    """Draw the photos anew, if nothing else is wrong; note the first that cannot be."""
    photos = request.FILES.getlist("photo")
    if len(photos) > MOST_PHOTOS:
        typed.wrong["photo"] = typed.words["too_many_photos"]
        return
    for photo in photos:
        name = {"name": (photo.name or "")[:60]}
        if (photo.size or 0) > MOST_PHOTO_BYTES:
            typed.wrong["photo"] = typed.words["photo_large"] % name
            return
        if not typed.wrong:
            png = redrawn(photo.chunks())
            if png is None:
                typed.wrong["photo"] = typed.words["photo_strange"] % name
                return
            typed.pictures.append(png)
            if not typed.is_unnamed:
                photo.seek(0)
                typed.originals.append((photo.name or "", photo.read()))


@public
@never_cache
@sensitive_post_parameters()
def follow(request: HttpRequest) -> HttpResponse:
    """Read the answer by the code, and add to what was told. The code is sent with every step, kept nowhere."""
    words, tag = spoken(request)
    code = request.POST.get("code", "")[:80]
    if request.method != "POST" or not code.strip():
        return drawn(request, "follow", tag)
    attempt = guessing.attempt(request.POST.get("form", ""), source_of(request))
    if not attempt.is_allowed():
        return drawn(request, "follow", tag, wrong=words["too_many"], status=TOO_MANY)
    found = intake.told_by(code)
    if found is None:
        # The same form again: a wrong code earns no new tries.
        form = request.POST.get("form", "")[:200] or guessing.new_form()
        return drawn(request, "follow", tag, wrong=words["wrong_code"], form=form, status=NOT_THERE)
    attempt.succeeded()
    typed = Typed(words, says=plain(request.POST.get("says", "")), is_unnamed=isinstance(found, Disclosure))
    if "says" in request.POST:
        look_at_all(request, typed)
        if not typed.wrong:
            intake.add(
                found, typed.says, typed.pictures, originals=typed.originals, recording=typed.recording
            )
            typed = Typed(words, is_unnamed=typed.is_unnamed)
            found = intake.told_by(code) or found
    return drawn(request, "answer", tag, code=code, told=found, talk=list(talk(found, words)), typed=typed,
                 standing=words[f"state_{found.state}"],
                 status=WRONG if typed.wrong else 200)  # fmt: skip


def talk(about: Report | Disclosure, words: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Who said what since, oldest first; nobody of the house by name, nothing of an unnamed one by the hour."""
    if isinstance(about, Disclosure):
        for word in about.words.all():
            yield {"is_ours": word.is_ours, "who": words["our_words" if word.is_ours else "your_words"],
                   "says": word.says, "day": word.day}  # fmt: skip
        return
    for said in about.words.order_by("at", "pk"):
        ours = said.by_id is not None
        yield {"is_ours": ours, "who": words["our_words" if ours else "your_words"], "says": said.says,
               "day": said.at.date()}  # fmt: skip


@public
@never_cache
def show_too_large(request: HttpRequest) -> HttpResponse:
    """What a proxy shows in place of its own words where it let a report not through."""
    return too_large(request)


def too_large(request: HttpRequest) -> HttpResponse:
    """413 in the language of the page; of what was sent nothing is read, not even the language."""
    tag = chosen(request.GET.get("lang", ""), request.headers.get("Accept-Language", ""))
    sentence = languages()[tag]["too_large_says"] % {"most": LONGEST_TEXT}
    return drawn(request, "too_large", tag, sentence=sentence, status=errors.TOO_LARGE)


errors.TOLD_THERE["/report/"] = too_large


def bounds(words: dict[str, str]) -> dict[str, Any]:
    """How much may be sent, as the page tells it and its script looks at it before anything is sent."""
    return {
        "most": LONGEST_TEXT, "most_photos": MOST_PHOTOS, "most_photo": MOST_PHOTO_BYTES, "most_voice": MOST_VOICE_BYTES,
        "text_hint": words["text_hint"] % {"most": LONGEST_TEXT},
        "too_long": words["too_long"] % {"count": "%(count)s", "most": LONGEST_TEXT},
    }  # fmt: skip


def spoken(request: HttpRequest) -> tuple[dict[str, str], str]:
    """The words of the page and their language's tag."""
    asked = request.POST.get("lang") or request.GET.get("lang", "")
    tag = chosen(asked, request.headers.get("Accept-Language", ""))
    return languages()[tag], tag


def drawn(request: HttpRequest, page: str, tag: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """One of the pages in its language, under the group's own name; where a code stands, no link leads away from it."""
    others = [(one, words["name"]) for one, words in languages().items()] if page in ASKING else []
    group = Unit.objects.filter(kind=Unit.Kind.GROUP).first()
    told = {
        "w": languages()[tag], "tag": tag, "group": site_name(group, tag) if group else "Keepwell",
        "languages": others, "form": guessing.new_form(),
    } | bounds(languages()[tag])  # fmt: skip
    return render(request, f"incidents/intake/{page}.html", told | context, status=status)


urlpatterns = [
    path("report/", report, name="report"),
    path("report/at/<str:site>/", report, name="report-at"),
    path("report/answer/", follow, name="report-answer"),
    path("report/too-large/", show_too_large, name="report-too-large"),
]
