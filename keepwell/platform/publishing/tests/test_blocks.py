"""Blocks, sections and how they are gathered."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from unittest import TestCase
from unittest.mock import patch

import altair as alt
from django.utils import translation

from keepwell.platform.publishing import charts
from keepwell.platform.publishing import section as sections
from keepwell.platform.publishing.blocks import Chart, Column, Document, Figure, Table, Text
from keepwell.platform.publishing.layout import Figures, parts
from keepwell.platform.publishing.tests.sample import outcomes

DAY = date(2023, 12, 31)


def document(*blocks: object, **more: object) -> Document:
    """A document of `blocks` and nothing else."""
    return Document("T", "G", "en", DAY, blocks=blocks, **more)


class Marks(TestCase):
    """Every figure has one mark."""

    def test_run_through_the_document_and_its_tables(self) -> None:
        table = Table("Both", (Column("Now", "number"),), ((Figure("b", "B", 2),),))
        found = document(Figure("a", "A", 1), table, Figure("c", "C", 3))
        self.assertEqual(
            [(figure.id, figure.mark) for figure in found.figures], [("a", 1), ("b", 2), ("c", 3)]
        )


class TheDigest(TestCase):
    """The snapshot's digest stands for its figures."""

    def test_is_the_same_in_both_languages(self) -> None:
        self.assertEqual(outcomes("en").digest, outcomes("zh-hant").digest)

    def test_changes_with_a_value(self) -> None:
        self.assertNotEqual(document(Figure("a", "A", 1)).digest, document(Figure("a", "A", 2)).digest)

    def test_is_kept_when_given(self) -> None:
        self.assertEqual(document(digest="ab" * 32).digest, "ab" * 32)


class Gathering(TestCase):
    """Figures that follow one another are one table."""

    def test_takes_headings_right_above_figures_as_groups(self) -> None:
        first, last = parts(
            document(
                Text(heading="A"), Figure("a", "A", 1), Text(heading="B"), Figure("b", "B", 1), Text(("End",))
            )
        )
        self.assertIsInstance(first, Figures)
        self.assertEqual([found.title for found in first.lines], ["A", "A", "B", "B"])
        self.assertEqual(last.paragraphs, ("End",))

    def test_leaves_a_heading_above_anything_else(self) -> None:
        heading, table = parts(document(Text(heading="A"), Table("T", (Column("C"),))))
        self.assertEqual((heading.heading, table.caption), ("A", "T"))

    def test_keeps_a_heading_at_the_end(self) -> None:
        self.assertEqual(parts(document(Text(heading="A")))[0].heading, "A")


class Tables(TestCase):
    """A table is whole."""

    def test_refuse_a_row_of_another_length(self) -> None:
        with self.assertRaisesMessage("2 cells under 1 columns"):
            Table("T", (Column("A"),), (("a", "b"),))

    def test_hold_fractions_exactly(self) -> None:
        self.assertEqual(Table("T", (Column("A", "number"),), ((97.6,),)).rows, ((Decimal("97.6"),),))

    def assertRaisesMessage(self, words: str) -> object:  # noqa: N802
        return self.assertRaisesRegex(ValueError, words)


class Charts(TestCase):
    """A chart is one specification for page and file."""

    def test_obey_the_schema(self) -> None:
        for chart in (block for block in outcomes().blocks if isinstance(block, Chart)):
            alt.LayerChart.from_dict(dict(chart.spec)).to_dict(validate=True)

    def test_name_their_colours(self) -> None:
        for chart in (block for block in outcomes().blocks if isinstance(block, Chart)):
            self.assertNotRegex(str(chart.spec), "#[0-9a-f]{6}")
            self.assertNotRegex(str(charts.coloured(chart.spec)), r"\$p\d|\$ink")

    def test_say_in_words_what_they_show(self) -> None:
        with translation.override("zh-hant"):
            chart = charts.bars("c", "人次", [("臺灣", 3), ("日本", None)], columns=("公司", "人次"))
        self.assertEqual(chart.alt, "人次（人次）：臺灣 3；日本 無資料。")


class Sections(TestCase):
    """A section is told under its heading."""

    def setUp(self) -> None:
        self.enterContext(patch.dict(sections.SECTIONS, clear=True))

    def test_begin_with_their_title(self) -> None:
        sections.section("people", "People")(lambda scope: [Text((f"In {scope}.",))])
        self.assertEqual(sections.told("people", 2023), [Text(heading="People"), Text(("In 2023.",))])

    def test_have_a_name_of_their_own(self) -> None:
        sections.section("people", "People")(lambda scope: [])
        with self.assertRaises(RuntimeError):
            sections.section("people", "Others")(lambda scope: [])
