"""The documents of a year: made anew while it may change, kept and served unchanged once it is frozen."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from keepwell.areas.reporting.models import Publication
from keepwell.areas.reporting.rules.outcomes import Outcomes, outcomes
from keepwell.kernel import moments
from keepwell.platform.exchange.files import fetch, keep
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.history.standing import newest_checkpoint
from keepwell.platform.privacy.files import KEPT
from keepwell.platform.publishing import format as form_of
from keepwell.platform.publishing.blocks import Block, Document
from keepwell.platform.publishing.section import SECTIONS
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.tree.models import Unit

FORMS = ("pdf", "docx", "pptx", "xlsx", "md", "json")
LANGUAGES = ("en", "zh-hant")
SECTION = "reporting.outcomes"
KEPT.append(Publication)


def document(listed: Outcomes, language: str) -> Document:
    """The outcomes of a year as a document in `language`."""
    with override(language):
        frozen_on = frozen_day(listed)
        blocks: list[Block] = SECTIONS[SECTION].telling(listed)
        return Document(
            title=_("Outcomes of %(year)d") % {"year": listed.year},
            subtitle=_("Information security"),
            group=listed.unit.name_here, language=language, as_of=listed.scope.day,
            state="frozen" if listed.is_frozen else "draft", frozen_on=frozen_on,
            summary=tuple(summary(listed)), period=str(listed.year), last_period=str(listed.year - 1),
            blocks=tuple(blocks), data=listed.told(), sealed=sealed(),
        )  # fmt: skip


def sealed() -> str:
    """The newest checkpoint of the trail in words, so that paper holds what nobody can rewrite; empty before it."""
    told = newest_checkpoint()
    if told is None:
        return ""
    root = b64encode(told.root).decode()
    return _("Checkpoint of the sealed trail: %(origin)s, size %(size)d, root %(root)s.") % {
        "origin": told.origin, "size": told.size, "root": root}  # fmt: skip


def frozen_day(listed: Outcomes) -> Any:
    """The day the last figure was frozen; None while one may change."""
    moments_of = [o.figure.frozen_at for o in listed.listed if o.figure and o.figure.frozen_at]
    return max(moments_of).date() if listed.is_frozen and moments_of else None


def summary(listed: Outcomes) -> list[str]:
    """Two or three sentences: what it is, as of when, how final."""
    counts = listed.counts
    words = {
        "unit": listed.unit.name_here,
        "day": form_of.long_day(listed.scope.day),
        "all": len(listed.listed),
    }
    return [
        _("This list tells the outcomes of %(unit)s as of %(day)s, each counted from records.") % words,
        _("Of %(all)d figures %(frozen)d are frozen, %(signed_off)d signed and %(draft)d still drafts.") % {**words, **counts},
        _("The appendix names for every figure what it counts, how many records it opens, and their digest."),
    ]  # fmt: skip


def write(year: int, unit: Unit, language: str, form: str) -> bytes:
    """The bytes of one document: the kept one if the year was published, else made now."""
    kept = published(unit, year, language, form)
    return fetch(kept.sha256) if kept else make(outcomes(unit, year), language, form)


def make(listed: Outcomes, language: str, form: str) -> bytes:
    """Write the document anew; JSON is the form programs were promised."""
    if form == "json":
        return (json.dumps(listed.told(), ensure_ascii=False, indent=2) + "\n").encode()
    with override(language):
        return WRITERS[form].write(document(listed, language))


def published(unit: Unit, year: int, language: str, form: str) -> Publication | None:
    """The kept document of a frozen year; None if there is none."""
    return Publication.objects.current().filter(unit=unit, year=year, language=language, form=form).first()


def kept_document(unit: Unit, year: int, language: str, form: str) -> bytes | None:
    """The bytes of a published document; None if the year is not published."""
    kept = published(unit, year, language, form)
    return fetch(kept.sha256) if kept else None


def publish(unit: Unit, year: int) -> int:
    """Make and keep every document of a frozen year that is not kept yet; returns how many were made."""
    listed = outcomes(unit, year)
    if not listed.is_frozen:
        return 0
    made = 0
    with acting(Machine("reporting.publish"), "publication.create", at=moments.now()):
        for language in LANGUAGES:
            for form in FORMS:
                if published(unit, year, language, form) is None:
                    kept = keep(make(listed, language, form))
                    Publication(unit=unit, year=year, language=language, form=form, sha256=kept.sha256,
                                size_bytes=kept.size_bytes).save()  # fmt: skip
                    made += 1
    return made
