"""A program of its own that draws one file as PNG: a picture, or the first pages of a PDF.

Readers of pictures and pages have failed in every way there is. So they run in a process that may take no more
memory and time than told, writes no file, and that nobody misses when it is stopped. It knows nothing of Keepwell:
it is started by path, with "picture" or "pdf", the file, and how many pages at most. It writes each picture to
standard output after its length (4 bytes, big-endian); silence means that nothing can be drawn. What is drawn
carries no metadata of what it was drawn from.
"""

from __future__ import annotations

import contextlib
import io
import resource
import struct
import sys
from collections.abc import Iterator

MEMORY_BYTES, PROCESSOR_SECONDS = 1 << 30, 30
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1_200
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")


def main(kind: str, path: str, pages: int) -> None:
    """Bind this process, then draw."""
    bind()
    for number, picture in enumerate(pdf_pages(path, pages) if kind == "pdf" else one_picture(path)):
        if number < pages:
            sys.stdout.buffer.write(struct.pack("!I", len(picture)) + picture)
            sys.stdout.buffer.flush()


def bind() -> None:
    """Let this process take no more memory and time than it may, and write no file."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        # Some systems know a limit and do not let it be set.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def one_picture(path: str) -> Iterator[bytes]:
    """The picture in `path`, turned as its maker held it and made smaller."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(path, formats=FORMATS) as found:
        if found.width * found.height > MOST_PIXELS:
            return
        found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        turned = ImageOps.exif_transpose(found)
        turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        yield as_png(turned)


def as_png(picture: object) -> bytes:
    """Only the points of a picture, as PNG: a fresh one that never had metadata."""
    from PIL import Image

    assert isinstance(picture, Image.Image)  # noqa: S101  # callers hold pictures
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    points = picture.convert("RGBA" if has_alpha else "RGB")
    fresh = Image.new(points.mode, points.size)
    fresh.paste(points)
    out = io.BytesIO()
    fresh.save(out, "PNG")
    return out.getvalue()


def pdf_pages(path: str, most: int) -> Iterator[bytes]:
    """The first `most` pages of the PDF in `path`."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    for number in range(min(most, len(document))):
        page = document[number]
        width, height = page.get_size()
        longest = max(width, height)
        if not 0 < longest < 1_000_000 or min(width, height) <= 0:
            return
        yield as_png(page.render(scale=LONGEST_SIDE / longest).to_pil())


if __name__ == "__main__":
    # Whatever goes wrong here is silence to the caller: no preview.
    with contextlib.suppress(Exception):
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
