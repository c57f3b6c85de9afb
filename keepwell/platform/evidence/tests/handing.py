"""Words in which the tests of custody tell their stories."""

from __future__ import annotations

from typing import Any

from keepwell.kernel import moments
from keepwell.platform.evidence import custody, shown
from keepwell.platform.evidence.models import CustodyEntry, Piece
from keepwell.platform.evidence.rules import Facts
from keepwell.platform.evidence.tests.stories import Stories
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.people.models import Person
from tests.cast import NOW

Manner, Wholeness = CustodyEntry.Manner, CustodyEntry.Wholeness
ONE, OTHER = "a" * 64, "b" * 64
LAB = {"outside": "Mei Ong", "organization": "Forensics Penang Sdn Bhd"}
WHERE = {"whereabouts": "Safe of the site", "purpose": "To be imaged"}


class Custody(Stories):
    """05:12 in Taipei: a log file that Keepwell keeps, and the disk of a station, which is no file."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(moments.standing_at(NOW))
        self.log = self.piece("Proxy log", name="proxy.log")
        what = custody.Circumstances("Safe of the site", "To be imaged", Manner.SEIZED, seal="0071")
        facts = Facts("Disk of ENG-3", self.khh1, more={"received_from": "Line 3, station ENG-3"})
        self.disk = custody.attach_object(
            facts, custody.Holder(self.ben), what, by=self.ben, serial="S4Z2-0815", sha256=ONE.upper(), at="04:41"
        )  # fmt: skip

    def fresh(self, piece: Piece) -> Piece:
        return Piece.objects.select_related("unit", "owner").get(pk=piece.pk)

    def hand_over(self, piece: Piece, by: Person | None = None, **told: Any) -> CustodyEntry:
        given = WHERE | (LAB if "holder" not in told else {}) | told
        return custody.hand_over(self.fresh(piece), by=by or self.ben, **given)

    def work(self) -> None:
        """Let the worker do all that waits."""
        while run_one():
            pass

    def steps(self, piece: Piece) -> list[tuple[int, int, str, str]]:
        """Number, step, who has it, how it compared: as the page shows it."""
        return [
            (s.entry.number, s.entry.step, s.entry.held_by, s.entry.wholeness) for s in shown.custody(piece)
        ]
