"""The evidence of one answer on its page: what is there, what else it proves, and what may be added."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any
from uuid import UUID

from keepwell.areas.assessment.models import Answer
from keepwell.areas.assessment.pages.desk import Desk
from keepwell.platform.evidence import shown
from keepwell.platform.evidence.models import Link, Piece
from keepwell.platform.evidence.rules import AREA
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may, may_anywhere
from keepwell.platform.people.roles import Level

MOST_OFFERED = 50


class Proofs:
    """What proves the answer at which the reader stands, as far as they may see it."""

    def __init__(self, person: Person, desk: Desk) -> None:
        self.person, self.desk = person, desk
        self.answer = desk.entry.answers.get(desk.seat.source) if desk.entry else None
        self.is_shown = may_anywhere(person, AREA)
        self.may_link = desk.seat.may_write and may(person, "assessment", Level.EDIT, desk.assessment.unit)
        self.may_add = self.may_link and may(person, AREA, Level.EDIT, desk.assessment.unit)

    @cached_property
    def found(self) -> list[tuple[shown.Proof, str]]:
        """Each piece with the codes of the other requirements of this assessment that it proves too."""
        if self.answer is None or not self.is_shown:
            return []
        proofs = shown.proofs(self.answer, self.person)
        others = self._others([one.link.piece_id for one in proofs])
        return [(one, ", ".join(others[one.link.piece_id])) for one in proofs]

    def _others(self, pieces: list[UUID]) -> dict[UUID, list[str]]:
        """The codes of the other requirements that each piece proves, in the order of the framework: one query."""
        found: dict[UUID, list[str]] = defaultdict(list)
        if not pieces:
            return found
        answers = Answer.objects.filter(assessment=self.desk.assessment).values("pk")
        rows = Link.objects.current().visible_to(self.person).filter(
            piece__in=pieces, kind=Answer.type_name(), record_id__in=answers
        )  # fmt: skip
        proved: dict[UUID, set[UUID]] = defaultdict(set)
        for piece, record in rows.values_list("piece", "record_id"):
            proved[piece].add(record)
        others = [one for one in self.desk.sheet.entries if one.line.code != self.desk.here]
        for piece, records in proved.items():
            found[piece] = [
                one.line.code
                for one in others
                if any(answer.pk in records for answer in one.answers.values())
            ]
        return found

    @cached_property
    def offered(self) -> list[Any]:
        """Pieces of the site that are here already, the newest first."""
        if not self.may_link:
            return []
        here = {one.link.piece_id for one, _others in self.found}
        rows = Piece.objects.current().visible_to(self.person).filter(unit=self.desk.assessment.unit)
        newest = rows.filter(purged_at__isnull=True).order_by("-received_on", "title", "pk")[:MOST_OFFERED]
        return [piece for piece in newest if piece.pk not in here]
