"""Legal holds: what they concern stays as it is, whoever asks."""

from __future__ import annotations

from django.db.models import Q

from keepwell.platform.evidence.models import File, Link, Piece, Version
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import HOLDINGS
from keepwell.platform.privacy.traces import columns_of_text, naming
from keepwell.platform.privacy.words import Words


def holding(person: Person) -> Piece | None:
    """A piece of evidence on legal hold that concerns `person`: theirs, about them, or naming them; None if none."""
    held = Piece.objects.filter(held_at__isnull=False)
    concerned = (
        Q(owner=person) | Q(versions__by=person) | Q(pk__in=_linked(person)) | Q(pk__in=_named(person))
    )
    return held.filter(concerned).order_by("pk").first()


def _linked(person: Person) -> set[object]:
    about = HOLDINGS[Link._meta.label_lower].rows(person)
    return set(about.values_list("piece", flat=True))


def _named(person: Person) -> set[object]:
    """Pieces whose own words, versions, files or links name the person."""
    words, found = Words.of(person), set()
    for model, path in ((Piece, "pk"), (Version, "piece"), (File, "of_version__piece"), (Link, "piece")):
        rows = naming(model, columns_of_text(model), words)
        found |= set(rows.values_list(path, flat=True))
    return found
