"""Word: real headings, native tables, pictures of the charts; for workers and the command line."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document as WordDocument
from docx.document import Document as WordFile
from docx.shared import Emu

from keepwell.platform.publishing import charts, word_styles
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Chart, Document, Drawing, Table, Text
from keepwell.platform.publishing.layout import (
    Figures,
    Frame,
    Part,
    frame,
    in_its_language,
    parts,
    proof_title,
    proof_words,
)
from keepwell.platform.publishing.word_tables import WIDTH, figures_table, plain_table, proof_table

# The longest property Word takes.
PROPERTY_LENGTH = 255
# The first day a ZIP archive can name: file times would make no two runs equal.
FIRST_DAY = (1980, 1, 1, 0, 0, 0)


@in_its_language
def write_word(document: Document) -> bytes:
    """The document as DOCX; the same bytes for the same document."""
    words = frame(document)
    file = WordDocument()
    word_styles.prepare(file, document.language, document.paper)
    _describe(file, document, words)
    word_styles.head_and_foot(file.sections[0], words)
    _first_page(file, words)
    for part in parts(document):
        _part(file, part)
    _proof(file, document)
    buffer = BytesIO()
    file.save(buffer)
    return timeless(buffer.getvalue())


def timeless(archive: bytes) -> bytes:
    """The same ZIP archive with every file time on the first day there is."""
    buffer = BytesIO()
    with ZipFile(BytesIO(archive)) as before, ZipFile(buffer, "w", ZIP_DEFLATED) as after:
        for entry in before.infolist():
            named = ZipInfo(entry.filename, FIRST_DAY)
            named.compress_type = ZIP_DEFLATED
            after.writestr(named, before.read(entry))
    return buffer.getvalue()


def _describe(file: WordFile, document: Document, words: Frame) -> None:
    told = file.core_properties
    title, group, subject = (text[:PROPERTY_LENGTH] for text in (words.title, words.group, words.subtitle))
    told.title, told.author, told.last_modified_by = title, group, group
    told.subject, told.comments, told.keywords = subject, words.digest, ""
    told.language = "en-GB" if document.language == "en" else "zh-TW"
    told.created = told.modified = told.last_printed = document.dated_at.replace(tzinfo=None)
    told.revision = 1


def _first_page(file: WordFile, words: Frame) -> None:
    file.add_paragraph(words.title, style="Title")
    file.add_paragraph(words.subtitle, style="Subtitle")
    for sentence in words.summary:
        file.add_paragraph(sentence, style=word_styles.SUMMARY)


def _part(file: WordFile, part: Part) -> None:
    if isinstance(part, Figures):
        figures_table(file, part)
    elif isinstance(part, Table):
        _table(file, part)
    elif isinstance(part, Chart):
        _chart(file, part)
    elif isinstance(part, Drawing):
        _drawing(file, part)
    else:
        _text(file, part)


def _text(file: WordFile, text: Text) -> None:
    if text.heading:
        file.add_paragraph(printed.plain(text.heading), style=f"Heading {min(text.level, 3)}")
    for paragraph in text.paragraphs:
        file.add_paragraph(printed.plain(paragraph))


def _table(file: WordFile, table: Table) -> None:
    if table.caption:
        file.add_paragraph(printed.plain(table.caption), style="Caption")
    if not table.rows:
        file.add_paragraph(printed.plain(table.empty) or printed.no_data(), style=word_styles.NOTE)
        return
    plain_table(file, table)


def _chart(file: WordFile, chart: Chart) -> None:
    # One paragraph for both: a caption must not stay behind on the page before its picture.
    caption = file.add_paragraph(printed.plain(chart.title), style="Caption")
    caption.paragraph_format.keep_with_next, caption.paragraph_format.keep_together = False, True
    caption.runs[0].add_break()
    picture = caption.add_run().add_picture(
        BytesIO(charts.png(chart)), width=word_styles.room(file.sections[0]).width
    )
    picture._inline.docPr.set("descr", printed.plain(chart.alt))
    picture._inline.docPr.set("name", printed.plain(chart.id))
    if not chart.labelled and chart.table.rows:
        plain_table(file, chart.table, width=min(30.0 + 24.0 * len(chart.table.columns), WIDTH))


def _drawing(file: WordFile, drawing: Drawing) -> None:
    """The picture as large as the page leaves room for, and what it shows as a table."""
    place = file.add_paragraph(printed.plain(drawing.title), style="Caption")
    place.paragraph_format.keep_with_next = False
    if drawing.title:
        place.runs[0].add_break()
    picture = place.add_run().add_picture(BytesIO(charts.painted(drawing)))
    room = word_styles.room(file.sections[0])
    scale = min(room.width / picture.width, room.height * 0.8 / picture.height)
    picture.width, picture.height = Emu(int(picture.width * scale)), Emu(int(picture.height * scale))
    picture._inline.docPr.set("descr", printed.plain(drawing.alt))
    picture._inline.docPr.set("name", printed.plain(drawing.id))
    _table(file, drawing.table)


def _proof(file: WordFile, document: Document) -> None:
    if not document.figures:
        return
    heading = file.add_paragraph(proof_title(), style="Heading 1")
    heading.paragraph_format.page_break_before = True
    file.add_paragraph(proof_words(document), style=word_styles.NOTE)
    proof_table(file, document)
