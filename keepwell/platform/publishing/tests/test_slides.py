"""A document as slides, read back: one finding a slide, native tables, pictures twice, the proof at the end."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from unittest import TestCase
from zipfile import ZipFile

from PIL import Image
from pptx import Presentation
from pptx.util import Mm

from keepwell.platform.publishing.blocks import Block, Column, Document, Drawing, Figure, Table, Text
from keepwell.platform.publishing.charts import WIDTH
from keepwell.platform.publishing.slide_room import height_of, parted, width_of
from keepwell.platform.publishing.slide_shapes import Words
from keepwell.platform.publishing.slides import write_slides
from keepwell.platform.publishing.tests.sample import AS_OF, outcomes
from keepwell.platform.publishing.tests.test_hostile_text import CORPUS


def slides(content: bytes) -> list[Any]:
    return list(Presentation(BytesIO(content)).slides)


def words(slide: Any) -> str:
    """All words of a slide, those of its tables too."""
    said = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    return "\n".join([*said, *(text for row in cells(slide) for text in row)])


def cells(slide: Any) -> list[list[str]]:
    """The words of the slide's table, row by row."""
    tables = [shape.table for shape in slide.shapes if shape.has_table]
    return [[place.text_frame.text for place in row.cells] for table in tables for row in table.rows]


def titles(content: bytes) -> list[str]:
    return [slide.shapes.title.text_frame.text for slide in slides(content)]


class Slides(TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.english, cls.chinese = write_slides(outcomes()), write_slides(outcomes("zh-hant"))

    def test_are_wide(self) -> None:
        deck = Presentation(BytesIO(self.english))
        self.assertEqual((deck.slide_width, deck.slide_height), (Mm(338.67), Mm(190.5)))
        self.assertAlmostEqual(deck.slide_width / deck.slide_height, 16 / 9, places=3)

    def test_say_their_finding_as_title(self) -> None:
        said = titles(self.english)
        self.assertEqual(said[0], "Outcomes of 2023")
        self.assertIn("Training, person-times: 110,123 person-times in 2023, +11,713 against 2022", said)
        self.assertIn("Training, person-times: 110,123 in 2023", said)
        self.assertEqual(said[-1], "Proof")

    def test_say_it_in_chinese(self) -> None:
        said = titles(self.chinese)
        self.assertIn("2023 年教育訓練人次：110,123 人次，較 2022 年 +11,713", said)
        self.assertEqual(said[-1], "證明軌跡")

    def test_hold_one_table_or_picture_each(self) -> None:
        for slide in slides(self.english):
            shown = [shape for shape in slide.shapes if shape.has_table or shape.shape_type == 13]
            self.assertLessEqual(len(shown), 1)

    def test_hold_figures_in_native_tables_with_their_marks(self) -> None:
        rows = next(cells(slide) for slide in slides(self.english) if cells(slide))
        self.assertEqual(rows[0], ["Figure", "2023", "2022", "Change", "State"])
        self.assertEqual(rows[1][:4], ["Training, person-times", "110,123 ¹", "98,410", "+11,713"])

    def test_say_as_of_and_marks_in_their_foot(self) -> None:
        self.assertIn(
            "As of 31 Dec 2023 · marks 1, 2, 3: see Proof at the end", words(slides(self.english)[1])
        )

    def test_say_draft_in_the_head_until_frozen(self) -> None:
        self.assertTrue(all("DRAFT 草稿" in words(slide) for slide in slides(self.english)))
        frozen = slides(write_slides(outcomes(state="frozen")))
        self.assertFalse(any("DRAFT" in words(slide) for slide in frozen))

    def test_end_with_the_proof_of_every_figure(self) -> None:
        proof = "\n".join(words(slide) for slide in slides(self.english) if words(slide).startswith("Proof"))
        for figure in outcomes().figures:
            self.assertIn(figure.id, proof)
            self.assertIn(figure.digest, proof)

    def test_show_charts_as_png_at_twice_the_size_with_the_svg_beside(self) -> None:
        archive = ZipFile(BytesIO(self.english))
        drawn = [name for name in archive.namelist() if name.endswith(".svg")]
        self.assertEqual(len(drawn), 3)
        self.assertTrue(all(archive.read(name).startswith(b"<svg") for name in drawn))
        pictures = [
            shape for slide in slides(self.english) for shape in slide.shapes if shape.shape_type == 13
        ]
        for picture in pictures:
            self.assertGreaterEqual(Image.open(BytesIO(picture.image.blob)).width, 2 * WIDTH - 20)
            self.assertIn("svgBlip", picture._element.xml)
            self.assertTrue(picture._element.nvPicPr.cNvPr.get("descr"))

    def test_name_our_typeface_and_what_stands_in(self) -> None:
        archive = ZipFile(BytesIO(self.english))
        theme = archive.read("ppt/theme/theme1.xml").decode()
        self.assertIn('<a:latin typeface="Noto Sans TC"', theme)
        self.assertIn('<a:ea typeface="Noto Sans TC"', theme)
        self.assertIn('script="Hant" typeface="Microsoft JhengHei"', theme)
        slide = archive.read("ppt/slides/slide2.xml").decode()
        self.assertNotIn("typeface", slide)
        self.assertIn('lang="en-GB"', slide)

    def test_stay_within_their_edges(self) -> None:
        for content in (self.english, self.chinese):
            for slide in slides(content):
                for shape in slide.shapes:
                    self.assertLessEqual(shape.left + shape.width, Mm(338.67))
                    self.assertLessEqual(shape.top + shape.height, Mm(190.5), shape.name)

    def test_part_long_tables_and_repeat_their_head(self) -> None:
        table = Table("Sites", outcomes().blocks[-1].columns[:1], tuple((f"Site {n}",) for n in range(30)))
        found = slides(write_slides(Document("T", "G", "en", AS_OF, (table,))))[1:]
        self.assertEqual([cells(slide)[0] for slide in found], [["Site"]] * 2)
        self.assertEqual(
            [row[0] for slide in found for row in cells(slide)[1:]], [f"Site {n}" for n in range(30)]
        )
        self.assertTrue(all(abs(len(cells(slide)) - 16) <= 1 for slide in found))


def deck(*blocks: Block) -> list[str]:
    """What stands on each slide of a document but the first."""
    return [words(slide) for slide in slides(write_slides(Document("T", "G", "en", AS_OF, blocks)))[1:]]


class Sentences(TestCase):
    """A few words stand with the table or picture of their section, so that none has a slide alone."""

    table = Table("Gaps", (Column("Requirement"),), (("PR.PS-02",),))
    heading, said = Text(heading="Plan"), Text(("Nine are late.",))

    def test_stand_above_what_follows_them(self) -> None:
        (slide,) = deck(Text(("Nine are late.",), heading="Plan"), self.table)
        for text in ("Plan", "Gaps", "Nine are late.", "PR.PS-02"):
            self.assertIn(text, slide)

    def test_stand_below_what_nothing_follows(self) -> None:
        (slide,) = deck(self.heading, self.table, self.said)
        self.assertIn("Nine are late.", slide)

    def test_of_a_section_that_holds_nothing_else_stand_under_its_name_with_the_one_before(self) -> None:
        (slide,) = deck(Text(heading="Map"), self.table, Text(("Nine are late.",), heading="Plan"))
        self.assertLess(slide.index("Plan"), slide.index("Nine are late."))

    def test_have_a_slide_where_there_is_nothing_else_or_they_are_many(self) -> None:
        self.assertEqual(len(deck(Text(("Nothing yet.",), heading="Plan"))), 1)
        long = Text(("A word of the board. " * 90,), heading="Plan")
        self.assertEqual([("PR.PS-02" in slide) for slide in deck(long, self.table)], [False, True])

    def test_beside_a_drawing_tell_what_there_is_to_notice(self) -> None:
        drawing = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100" viewBox="0 0 100 100"></svg>'
        )
        shown = Drawing(
            "map", "Map", drawing, self.table, "A map", own_page=True, notes=("Furthest", "KHH1: 1.5")
        )
        found = slides(write_slides(Document("T", "G", "en", AS_OF, (self.said, shown))))
        self.assertNotIn("Nine are late.", words(found[-2]))
        picture = next(shape for shape in found[-2].shapes if shape.shape_type == 13)
        beside = next(
            shape for shape in found[-2].shapes if shape.has_text_frame and "KHH1" in shape.text_frame.text
        )
        self.assertGreaterEqual(beside.left, picture.left + picture.width)


class Rooms(TestCase):
    def test_are_parted_evenly_and_never_overfilled(self) -> None:
        for heights, first, others, parts in (
            ([7.0] * 15, 60.0, 60.0, [8, 7]), ([7.0] * 15, 120.0, 120.0, [15]), ([7.0] * 9, 20.0, 60.0, [2, 7]),
            ([80.0, 7.0, 7.0], 60.0, 60.0, [1, 2]), ([], 60.0, 60.0, []),
        ):  # fmt: skip
            self.assertEqual(
                [len(some) for some in parted(range(len(heights)), heights, first, others)], parts
            )

    def test_count_signs_of_full_width_twice(self) -> None:
        latin, chinese = Words("Kaohsiung", 10), Words("高雄封裝一廠高雄", 10)
        self.assertGreater(width_of(chinese), 1.5 * width_of(latin))
        self.assertEqual(height_of([[chinese]], 15) / height_of([[chinese]], 100), 2)


class HostileText(TestCase):
    def test_prints_and_does_nothing(self) -> None:
        rows = tuple(Figure(f"f.{n}", text, 1, definition=text, note=text) for n, text in enumerate(CORPUS))
        content = write_slides(Document("T & <b>", "G", "en", AS_OF, rows))
        archive = ZipFile(BytesIO(content))
        for name in archive.namelist():
            self.assertNotIn(b'TargetMode="External"', archive.read(name), name)
        told = "\n".join(words(slide) for slide in slides(content))
        for text in ("<script>alert(1)</script>", "=1+1", "{{ 7*7 }}{% debug %}", "مرحبا بالعالم"):
            self.assertIn(text, told)
