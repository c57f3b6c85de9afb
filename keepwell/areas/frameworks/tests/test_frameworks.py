"""What is shipped: the frameworks as their publishers count them, in their order, with what they withdrew."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.test import TestCase

from keepwell.areas.frameworks.models import Framework, Guidance, Mapping, Node, Scale, Version
from keepwell.areas.frameworks.rules import library
from keepwell.config.founding import Founding, found
from keepwell.platform.history.acting import acting
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, Cast

CSF_2 = {"GV": (6, 31), "ID": (3, 21), "PR": (5, 22), "DE": (2, 11), "RS": (4, 13), "RC": (2, 8)}
CSF_1 = {"ID": (6, 29), "PR": (6, 39), "DE": (3, 18), "RS": (5, 16), "RC": (3, 6)}
NEW_IN_2 = [
    "GV.RM-03", "GV.RM-07", "GV.RR-01", "GV.OV-01", "GV.OV-02", "GV.OV-03", "ID.AM-07", "ID.IM-01", "PR.AA-04",
    "PR.PS-05", "DE.AE-07", "RS.MA-05", "RS.AN-06", "RS.AN-07", "RS.AN-08", "RC.RP-02", "RC.RP-03", "RC.RP-04",
    "RC.RP-05", "RC.RP-06",
]  # fmt: skip


class TheLibrary(Cast, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "library.load"):
            cls.came = library.load()
        cls.csf_1, cls.csf_2 = (Version.objects.get(code=f"nist-csf-{label}") for label in ("1.1", "2.0"))

    def counted(self, version: Version) -> dict[str, tuple[int, int]]:
        """Active categories and subcategories by function."""
        counts = Counter((node.code[:2], node.depth) for node in version.nodes.active())
        return {code: (counts[code, 1], counts[code, 2]) for code, depth in counts if depth == 0}

    def test_holds_csf_2_as_nist_counts_it(self) -> None:
        self.assertEqual(self.counted(self.csf_2), CSF_2)
        self.assertEqual(self.csf_2.nodes.scored().count(), 106)

    def test_holds_what_csf_2_withdrew_apart(self) -> None:
        withdrawn = self.csf_2.nodes.filter(withdrawn=True)
        self.assertEqual(Counter(withdrawn.values_list("depth", flat=True)), {1: 12, 2: 79})
        successions = Mapping.objects.successions(self.csf_2)
        without = withdrawn.exclude(pk__in=successions.values("source")).in_order()
        # NIST dissolved these three into many places; what lay below them tells where.
        self.assertEqual(list(without.values_list("code", flat=True)), ["PR.IP", "PR.PT", "DE.DP"])
        self.assertFalse(successions.filter(target__withdrawn=True).exists())

    def test_holds_csf_1_as_nist_counts_it(self) -> None:
        self.assertEqual(self.counted(self.csf_1), CSF_1)
        self.assertEqual(self.csf_1.nodes.scored().count(), 108)

    def test_keeps_the_official_order(self) -> None:
        categories = self.csf_2.nodes.active().filter(depth=1).in_order().values_list("code", flat=True)
        self.assertEqual(list(categories[:6]), ["GV.OC", "GV.RM", "GV.RR", "GV.PO", "GV.OV", "GV.SC"])
        self.assertEqual(list(categories[9:14]), ["PR.AA", "PR.AT", "PR.DS", "PR.PS", "PR.IR"])

    def test_leads_from_1_to_2_as_nist_says(self) -> None:
        lines = Mapping.objects.between(self.csf_1, self.csf_2).filter(source__depth=2)
        sources = dict(lines.values_list("source__code", "relation"))
        self.assertEqual(Counter(sources.values()), {"same": 29, "moved": 18, "incorporated": 61})

    def test_knows_what_is_new_in_2(self) -> None:
        lines = Mapping.objects.between(self.csf_1, self.csf_2)
        new = self.csf_2.nodes.scored().exclude(pk__in=lines.values("target"))
        self.assertEqual(list(new.in_order().values_list("code", flat=True)), NEW_IN_2)

    def test_tells_whom_a_requirement_concerns(self) -> None:
        parties = Counter(self.csf_2.nodes.scored().values_list("party", flat=True))
        self.assertEqual(parties, {"first": 66, "both": 22, "third": 15, "": 3})
        self.assertEqual(sum(len(node.examples) for node in self.csf_2.nodes.active()), 363)

    def test_holds_scales_whose_levels_reach_from_end_to_end(self) -> None:
        scales = list(Scale.objects.order_by("code"))
        self.assertEqual([scale.code for scale in scales], ["c2m2-mil", "cmmi-0-5", "csf-tier", "iec62443-ml",
                                                            "iso27001-impl", "ssca-1-5", "vda-isa-0-5"])  # fmt: skip
        for scale in scales:
            whole = list(range(int(scale.lowest), int(scale.highest) + 1))
            self.assertEqual([level["value"] for level in scale.levels], whole, scale.code)
            self.assertTrue(
                all(level["name_zh"] and level["meaning_zh"] for level in scale.levels), scale.code
            )

    def test_outlines_iso_and_iec_by_titles_alone(self) -> None:
        counts = {
            "iso-iec-27001-2022": (4, 93),
            "iec-62443-2-1-2024": (8 + 16, 87),
            "iec-62443-3-3-2013": (7, 51),
        }
        for code, (above, scored) in counts.items():
            nodes = Node.objects.filter(framework_version__code=code)
            self.assertEqual((nodes.scored().count(), nodes.count()), (scored, above + scored), code)
            self.assertEqual(set(nodes.values_list("statement", flat=True)), {""}, code)
            self.assertFalse(nodes.filter(depth=0, title_zh="").exists(), code)

    def test_speaks_chinese_in_every_active_requirement_of_csf_2(self) -> None:
        for node in self.csf_2.nodes.active():
            self.assertRegex(node.statement_zh, "[\u4e00-\u9fff].*。$", node.code)
            self.assertEqual(bool(node.title_zh), bool(node.title), node.code)
        self.assertFalse(self.csf_1.nodes.filter(depth__lt=2, title_zh="").exists())

    def test_says_in_both_languages_what_each_level_asks_of_each_category(self) -> None:
        rows = Guidance.objects.filter(node__framework_version=self.csf_2, scale__code="cmmi-0-5")
        told = Counter(row.node.code for row in rows.select_related("node"))
        categories = self.csf_2.nodes.active().filter(depth=1).values_list("code", flat=True)
        self.assertEqual(told, dict.fromkeys(categories, 5))
        self.assertEqual(len({text for row in rows for text in (row.text, row.text_zh)}), 220)
        for row in rows:
            self.assertRegex(row.text, r"^[A-Z“].*\.$")
            self.assertRegex(row.text_zh, "[\u4e00-\u9fff].*。$")

    def test_comes_once(self) -> None:
        count = Node.objects.count()
        with acting(TELLER, "library.load"):
            self.assertEqual(library.load(), [])
        self.assertEqual((Node.objects.count(), len(self.came)), (count, 14))


class AFounding(TestCase):
    def test_brings_what_is_shipped(self) -> None:
        found(
            Founding(
                "NEW",
                "New Group",
                "TW",
                "Asia/Taipei",
                "N0001",
                "Nina Wu",
                "nina@new.example",
                date(2024, 1, 1),
            )
        )
        self.assertEqual(Node.objects.scored().count(), 106 + 108 + 93 + 87 + 51)
        self.assertEqual({version.unit for version in Framework.objects.all()}, {Unit.objects.get()})


class ANewcomer(Cast, TestCase):
    def test_reads_frameworks_wherever_they_hold_a_right(self) -> None:
        with acting(TELLER, "library.load"):
            library.load(only=("nist-csf-2.0",))
        for who, seen in ((self.eva, 106), (self.dan, 106), (self.sam, 0)):
            self.assertEqual(Node.objects.scored().visible_to(who).count(), seen)
        self.assertFalse(may(self.ben, "frameworks", Level.EDIT, self.khh1))
