"""Paper holds what nobody can rewrite: the Board's report prints the newest checkpoint, and the trail is held against
it by what stands on the paper alone."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import dataclass
from io import BytesIO
from itertools import islice

from pypdf import PdfReader

from keepwell.areas.reporting import rules
from keepwell.areas.reporting.tests.test_outcomes import Outcomes
from keepwell.kernel import merkle, notes
from keepwell.platform.history import checking, entries, sequencer
from keepwell.platform.history.ledger import Checkpoint, Trail
from keepwell.platform.history.models import Change
from keepwell.platform.history.tests.sealed import newest, with_keys
from keepwell.platform.history.tests.test_tampering import seal_anew

# A line of print may end anywhere in what is printed.
PRINTED = {
    "en": r"Checkpointofthesealedtrail:(\S+?),size(\d+),root([\w+/]{43}=)",
    "zh-hant": r"已封存稽核軌跡的檢查點：(\S+?)，筆數(\d+)，根雜湊值([\w+/]{43}=)",
}


@dataclass(frozen=True)
class Paper:
    """What somebody reads on paper, without any of our programs."""

    origin: str
    size: int
    root: bytes


def read(content: bytes, language: str = "en") -> Paper:
    """The checkpoint that a PDF prints."""
    text = "".join(
        "".join(page.extract_text().replace("\u200b", "").split())
        for page in PdfReader(BytesIO(content)).pages
    )
    found = re.search(PRINTED[language], text)
    assert found is not None, text[-600:]
    return Paper(found[1], int(found[2]), b64decode(found[3]))


def reckoned(size: int) -> bytes:
    """The root over the first `size` rows, reckoned from the rows alone: nothing that was kept beside them counts."""
    rows = entries.rows(Change.objects.filter(leaf__isnull=False).order_by("leaf"))
    return merkle.root(merkle.leaf_hash(entry(row).encode()) for row in islice(rows, size))


def entry(row: entries.Row) -> str:
    """The leaf of a row: its public part, with the commitments to who and what."""
    who, what = entries.committed(row)
    return entries.public(row, who.commitment, what.commitment)


class PrintedOn(Outcomes):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(with_keys())
        self.sign()
        sequencer.seal()

    def paper(self, language: str = "en") -> Paper:
        return read(rules.write(2023, self.group, language, "pdf"), language)

    def test_paper_is_the_newest_checkpoint_and_the_trail_fits_it(self) -> None:
        paper, told = self.paper(), notes.told(newest())
        self.assertEqual((paper.origin, paper.size, paper.root), (told.origin, told.size, told.root))
        self.assertEqual(paper.size, Change.objects.sealed().count())
        self.assertEqual(reckoned(paper.size), paper.root)
        self.assertEqual(checking.check([newest()]).root, paper.root)

    def test_paper_in_chinese_is_the_same(self) -> None:
        self.assertEqual(self.paper("zh-hant"), self.paper())

    def test_paper_still_fits_once_the_trail_has_grown(self) -> None:
        paper = self.paper()
        self.withdraw_khh1()
        sequencer.seal()
        self.assertGreater(Checkpoint.objects.latest("size").size, paper.size)
        self.assertEqual(reckoned(paper.size), paper.root)
        self.assertNotEqual(self.paper(), paper)

    def test_paper_shows_a_trail_that_was_rewritten_and_sealed_anew(self) -> None:
        paper = self.paper()
        row = Change.objects.sealed().order_by("leaf")[3]
        Change.objects.filter(pk=row.pk).update(verb="rewritten")
        seal_anew()
        self.assertEqual(Trail.objects.get().size, paper.size)
        self.assertEqual(checking.check().rows, paper.size)  # whoever holds the key alone sees nothing
        self.assertNotEqual(reckoned(paper.size), paper.root)
