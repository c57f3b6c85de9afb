"""The files a document can become, by extension."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from keepwell.platform.publishing.as_json import write_json
from keepwell.platform.publishing.blocks import Document
from keepwell.platform.publishing.excel import write_excel
from keepwell.platform.publishing.markdown import write_markdown
from keepwell.platform.publishing.pdf import write_pdf


def write_word(document: Document) -> bytes:
    """A Word file; its library is loaded by who writes one."""
    from keepwell.platform.publishing import word

    return word.write_word(document)


def write_slides(document: Document) -> bytes:
    """A PowerPoint file; its library is loaded by who writes one."""
    from keepwell.platform.publishing import slides

    return slides.write_slides(document)


@dataclass(frozen=True)
class Writer:
    """A kind of file: how it is called, what a browser is told, and the function that writes it."""

    extension: str
    content_type: str
    label: str
    write: Callable[[Document], bytes]


OFFICE = "application/vnd.openxmlformats-officedocument"
WRITERS: dict[str, Writer] = {
    writer.extension: writer
    for writer in (
        Writer("pdf", "application/pdf", "PDF", write_pdf),
        Writer("docx", f"{OFFICE}.wordprocessingml.document", "Word", write_word),
        Writer("pptx", f"{OFFICE}.presentationml.presentation", "PowerPoint", write_slides),
        Writer("xlsx", f"{OFFICE}.spreadsheetml.sheet", "Excel", write_excel),
        Writer("md", "text/markdown; charset=utf-8", "Markdown", write_markdown),
        Writer("json", "application/json", "JSON", write_json),
    )
}
