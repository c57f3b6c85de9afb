"""Evidence of the invented group: small real files, the same each time, kept by the same rules as anybody's."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import typst
import xlsxwriter
from PIL import Image, ImageDraw

from keepwell.areas.assurance.models import Certificate
from keepwell.areas.awareness.models import Course
from keepwell.demo.dice import Dice
from keepwell.demo.plan import TODAY
from keepwell.kernel import moments
from keepwell.platform.evidence import intake, rules
from keepwell.platform.evidence.intake import Incoming
from keepwell.platform.evidence.models import Piece
from keepwell.platform.history.models import Tracked
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit

FEW, MANY = 4, 26
COLOURS = ("#0a5a9c", "#14806a", "#c2620e", "#7a4fa3")
BEN = "A0000002"
PLAN = "EV-PLAN-KHH1"
HELD, AUDITED, ISSUED = "NM-27-44102", "CN-21-0388", "NM-27-45120"
HELD_BECAUSE = "Inquiry of customer C-0148 into the audit of 2023, opened on 3 November 2025."


@dataclass(frozen=True)
class Sheet:
    """What the page of a document says."""

    title: str
    number: str
    lines: tuple[str, ...]
    day: date


def pdf(sheet: Sheet) -> bytes:
    """A page of paper."""
    told = "\n\n".join(f"#text({quoted(line)})" for line in sheet.lines)
    source = (
        f"#set document(date: datetime(year: {sheet.day.year}, month: {sheet.day.month}, day: {sheet.day.day}))\n"
        f'#set page(paper: "a5", margin: 18mm, flipped: true)\n#set text(size: 11pt)\n'
        f"#align(center)[#text(size: 20pt, weight: \"bold\", {quoted(sheet.title)})\n\n"
        f"#text(size: 13pt, {quoted(sheet.number)})]\n#v(8mm)\n{told}\n"
    )  # fmt: skip
    return typst.compile(source.encode(), format="pdf")


def quoted(text: str) -> str:
    """`text` as a string of typst."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def png(words: str, dice: Dice) -> bytes:
    """A photo of a room: some shapes and what stands on the board."""
    picture = Image.new("RGB", (640, 420), "#eef1f4")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((40, 30, 600, 190), fill="#fbfcfd", outline="#5f6a77", width=3)
    draw.text((60, 90), words, fill="#17212b", font_size=22)
    for place in range(8):
        left, height = 50 + place * 70, dice.between(60, 120)
        draw.ellipse((left + 10, 380 - height, left + 40, 410 - height), fill=dice.pick(COLOURS))
        draw.rectangle((left, 410 - height, left + 50, 420), fill=dice.pick(COLOURS))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def xlsx(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]], day: date) -> bytes:
    """A sheet of cells."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": datetime(day.year, day.month, day.day)})  # noqa: DTZ001  # workbooks know no zone
    sheet = book.add_worksheet("Sheet")
    for line, cells in enumerate([headings, *rows]):
        sheet.write_row(line, 0, cells)
    book.close()
    return out.getvalue()


def load(ada: Person, *, small: bool) -> None:
    """Keep the evidence of the group, each piece on the day it came."""
    most = FEW if small else MANY
    for certificate in certificates(most):
        _of_certificate(certificate, ada)
    for course in Course.objects.current().order_by("code")[:most]:
        _of_course(course, ada)
    _minutes(ada)
    _audit_ahead(ada, Person.objects.get(number=BEN))


def certificates(most: int) -> Iterator[Certificate]:
    """The one that is held, and those that end next, by their last day."""
    issued = Certificate.objects.filter(issued_on__isnull=False).select_related("standard", "unit")
    yield from issued.filter(number=HELD)
    in_force = issued.filter(valid_until__gte=TODAY, withdrawn_on__isnull=True).exclude(number=HELD)
    yield from in_force.order_by("valid_until", "number")[: most - 1]


def _of_certificate(certificate: Certificate, ada: Person) -> None:
    """The certificate itself, as the body sent it."""
    issued, until = certificate.issued_on, certificate.valid_until
    assert issued and until  # noqa: S101  # only issued ones come here
    came = min(issued + timedelta(days=9), TODAY)
    paper = Sheet(f"{certificate.standard}", certificate.number,
                  (f"{certificate.body} certifies {certificate.unit.name}.", f"Scope: {certificate.scope}.",
                   f"Valid from {issued} up to and with {until}."), issued)  # fmt: skip
    files = [(f"certificate-{certificate.number}.pdf", pdf(paper))]
    facts = rules.Facts(
        f"Certificate {certificate.standard} {certificate.number}", certificate.unit, received_on=came,
        effective_from=issued, effective_until=until,
        more={"reference": f"EV-{certificate.number}", "received_from": certificate.body, "retention": "certification",
              "source": "Portal of the certification body"},
    )  # fmt: skip
    keep(facts, files, certificate, ada, came, "The certificate as issued")


def _of_course(course: Course, ada: Person) -> None:
    """Who was there and what was shown, for a course's latest session."""
    dice, day = Dice(f"evidence {course.code}"), TODAY - timedelta(days=20)
    names = [
        (f"A{dice.between(1_000, 90_000):07}", day.isoformat(), str(course.minutes)) for _seat in range(12)
    ]
    files = [(f"attendance-{course.code}.xlsx", xlsx(("Employee No.", "Day", "Minutes"), names, day)),
             (f"session-{course.code}.png", png(course.name, dice))]  # fmt: skip
    facts = rules.Facts(
        f"Attendance of {course.name}", course.unit, received_on=day, effective_from=day,
        effective_until=TODAY + timedelta(days=dice.between(5, 60)) if course.mandatory else None,
        more={"reference": f"EV-{course.code}-{day.year}", "received_from": "Training office", "retention": "training",
              "source": "Learning system", "classification": "confidential"},
    )  # fmt: skip
    keep(facts, files, course, ada, day, "The latest session")


def _minutes(ada: Person) -> None:
    """Minutes of one meeting that prove something about every mandatory course; read again, and mended."""
    day, mandatory = (
        date(2025, 10, 21),
        list(Course.objects.current().filter(mandatory=True).order_by("code")),
    )
    sheet = Sheet("Review of training, third quarter of 2025", "Minutes, 21 October 2025",
                  tuple(f"{course.code} {course.name}: kept for 2026." for course in mandatory), day)  # fmt: skip
    facts = rules.Facts(
        "Minutes of the training review, October 2025", ada.unit, received_on=day, effective_from=day,
        more={"reference": "EV-MINUTES-2025-10", "received_from": "Training office", "retention": "training",
              "source": "Meeting of 21 October"},
    )  # fmt: skip
    piece = keep(
        facts, [("minutes-2025-10-21.pdf", pdf(sheet))], mandatory[0], ada, day, "Decided to keep it"
    )
    for course in mandatory[1:]:
        with moments.standing_at(morning(day)):
            rules.link(piece, by=ada, record=f"courses:{course.code}", reason="Decided in the same meeting")
    mended = Sheet(
        sheet.title, "Minutes, 21 October 2025, as approved", (*sheet.lines, "Approved on 4 November."), day
    )
    with moments.standing_at(morning(date(2025, 11, 4))), \
            intake.taken([Incoming("minutes-2025-10-21-approved.pdf", [pdf(mended)])]) as taken:  # fmt: skip
        rules.add_version(
            Piece.objects.get(pk=piece.pk), by=ada, files=taken, links=[], says="As approved by those present"
        )


def _audit_ahead(ada: Person, ben: Person) -> None:
    """What Ben keeps at his site: the scan of a certificate, where its body lists it, and a plan that ends soon."""
    day, site = date(2025, 6, 10), Unit.objects.get(code="KHH1")
    scan = rules.Facts(
        f"Scan of certificate {ISSUED}", site, ben, received_on=day, effective_from=date(2025, 6, 2),
        effective_until=date(2028, 6, 1),
        more={"reference": "EV-SCAN-KHH1", "received_from": "Nordmark Cert", "retention": "certification",
              "source": "Framed in the lobby, scanned"},
    )  # fmt: skip
    picture = png(f"ISO/IEC 27001  {ISSUED}", Dice("evidence scan"))
    keep(scan, [(f"{ISSUED}-scan.png", picture)], Certificate.objects.get(number=ISSUED), ada, day,
          "Hangs in the lobby", [f"https://certificates.nordmark.example/{ISSUED}"])  # fmt: skip
    _ends_soon(ada, ben, site)


def _ends_soon(ada: Person, ben: Person, site: Unit) -> None:
    """What must be renewed at the site: the plan of an audit, which is Ada's, and a restore test, which is Ben's."""
    told = date(2025, 10, 27)
    lines = ("Opening at 09:00 in KHH1, closing at 16:30.", "Holds for the audit of 24 November 2025 alone.")
    plan = pdf(Sheet("Plan of the surveillance audit", AUDITED, lines, told))
    facts = rules.Facts(
        f"Audit plan for {AUDITED}", site, ada, received_on=told, effective_from=told,
        effective_until=date(2025, 11, 24), more={"reference": PLAN, "received_from": "Certis Nord"},
    )  # fmt: skip
    certificate = Certificate.objects.get(number=AUDITED)
    keep(facts, [("audit-plan-2025.pdf", plan)], certificate, ada, told, "The body’s plan")
    rows = [("MES", "2025-06-05", "48"), ("Badges", "2025-06-05", "22")]
    facts = rules.Facts(
        "Restore test of KHH1, June 2025", site, ben, received_on=date(2025, 6, 6), effective_from=date(2025, 6, 5),
        effective_until=date(2025, 12, 5), more={"reference": "EV-RESTORE-KHH1", "source": "Backup system"},
    )  # fmt: skip
    sheet = xlsx(("System", "Day", "Minutes"), rows, date(2025, 6, 6))
    keep(facts, [("restore-test-khh1.xlsx", sheet)], site, ada, date(2025, 6, 6), "Done twice a year")


def keep(facts: rules.Facts, files: list[tuple[str, bytes]], to: Tracked, ada: Person, day: date,
          reason: str, links: Iterable[str] = ()) -> Piece:  # fmt: skip
    """Keep one piece as Ada did on `day`, and hold the one that an inquiry asks for."""
    incoming = [Incoming(name, [content]) for name, content in files]
    with moments.standing_at(morning(day)), intake.taken(incoming) as taken:
        piece = rules.attach(facts, by=ada, files=taken, links=list(links), to=to, reason=reason)
    if piece.reference == f"EV-{HELD}":
        with moments.standing_at(datetime(2025, 11, 4, 2, tzinfo=UTC)):
            rules.hold(Piece.objects.get(pk=piece.pk), by=ada, reason=HELD_BECAUSE)
    return piece


def morning(day: date) -> datetime:
    """Ten o'clock in Taipei."""
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
