"""Taking files in: each is read once, weighed, told by its content, and refused in one sentence if it may not stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Sum
from django.utils.translation import gettext as _

from keepwell.platform.evidence import archives, kinds
from keepwell.platform.evidence.models import File
from keepwell.platform.evidence.stores import Draft, drafted
from keepwell.platform.exchange.files import safe_name
from keepwell.platform.history.acting import Refused
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit

MEGABYTE = 1 << 20
PART_BYTES = 1 << 16
LONGEST_LINK = 500
MOST_LINKS = 20


@dataclass(frozen=True)
class Incoming:
    """A file as somebody sends it: what they call it, and its bytes, part by part."""

    name: str
    parts: Iterable[bytes]


@dataclass(frozen=True)
class Taken:
    """A file that may stay: its safe name, its bytes, its type by content."""

    name: str
    draft: Draft
    media_type: str

    def __str__(self) -> str:
        return f"{self.name} {self.draft.sha256}"


def uploaded(request: Any) -> list[Incoming]:
    """The files of a form, whatever a client calls them."""
    return [Incoming(file.name or "", file.chunks(PART_BYTES)) for file in request.FILES.getlist("file")]


def linked(text: str) -> list[str]:
    """The links typed one a line; raises Refused for what is no web address."""
    found = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if len(found) > MOST_LINKS:
        raise Refused(_("A version holds %(most)d links at most.") % {"most": MOST_LINKS})
    for link in found:
        try:
            URLValidator(schemes=["http", "https"])(link)
            is_plain = len(link) <= LONGEST_LINK and urlsplit(link).username is None
        except (ValidationError, ValueError):
            is_plain = False
        if not is_plain:
            raise Refused(
                _("“%(link)s” is no web address; write it as https://host/path.") % {"link": link[:80]}
            )
    return found


@contextmanager
def taken(incoming: list[Incoming]) -> Iterator[list[Taken]]:
    """Take files in; raises Refused with the first that may not stay, and leaves nothing behind."""
    most = settings.KEEPWELL_EVIDENCE_FILES
    if len(incoming) > most:
        raise Refused(_("Add %(most)d files at most at once.") % {"most": most})
    with ExitStack() as open_drafts:
        found: list[Taken] = []
        for one in incoming:
            name = safe_name(one.name)
            draft = open_drafts.enter_context(drafted(bounded(name, one.parts)))
            found.append(judged(name, draft))
            if any(other.draft.sha256 == draft.sha256 for other in found[:-1]):
                raise Refused(_("%(name)s stands twice among these files.") % {"name": name})
        yield found


def bounded(name: str, parts: Iterable[bytes]) -> Iterator[bytes]:
    """`parts` as long as they are not too much."""
    size, most = 0, settings.KEEPWELL_EVIDENCE_FILE_MB
    for part in parts:
        size += len(part)
        if size > most * MEGABYTE:
            raise Refused(_("%(name)s is larger than %(most)d MB.") % {"name": name, "most": most})
        yield part


def judged(name: str, draft: Draft) -> Taken:
    """The file, if it may stay."""
    if not draft.size_bytes:
        raise Refused(_("%(name)s is empty.") % {"name": name})
    if kinds.ending(name) in settings.KEEPWELL_EVIDENCE_REFUSED:
        raise Refused(_("Files that end in .%(ending)s are not taken.") % {"ending": kinds.ending(name)})
    media = kinds.media_type(draft.file)
    if media in kinds.PROGRAMS:
        raise Refused(_("%(name)s is a program; programs are not taken.") % {"name": name})
    if wrong := kinds.contradiction(name, media):
        raise Refused(wrong)
    if wrong := archives.complaint(name, draft.file, media):
        raise Refused(wrong)
    return Taken(name, draft, media)


def require_room(files: list[Taken], by: Person, unit: Unit) -> None:
    """Refuse what would go beyond what one person or one unit may keep; runs in the transaction that keeps it."""
    coming = sum(one.draft.size_bytes for one in files)
    kept = File.objects.filter(content__isnull=False)
    most_files = settings.KEEPWELL_EVIDENCE_PERSON_FILES
    if files and most_files and kept.filter(of_version__by=by).count() + len(files) > most_files:
        raise Refused(_("You keep %(most)d files at most; these go beyond that.") % {"most": most_files})
    quotas = (
        (settings.KEEPWELL_EVIDENCE_PERSON_MB, Person, by.pk, kept.filter(of_version__by=by),
         _("You keep %(kept)d MB of %(most)d MB; these files go beyond that.")),
        (settings.KEEPWELL_EVIDENCE_UNIT_MB, Unit, unit.pk, kept.filter(of_version__piece__unit=unit),
         _("%(unit)s keeps %(kept)d MB of %(most)d MB; these files go beyond that.")),
    )  # fmt: skip
    for most, model, pk, rows, sentence in quotas:
        if not most or not coming:
            continue
        # One who adds at a time: two uploads side by side would each find room for themselves alone.
        list(model._base_manager.select_for_update(of=("self",), no_key=True).filter(pk=pk).values_list("pk"))
        sum_bytes = rows.aggregate(sum=Sum("size_bytes"))["sum"] or 0
        if sum_bytes + coming > most * MEGABYTE:
            raise Refused(sentence % {"kept": sum_bytes // MEGABYTE, "most": most, "unit": unit})
