"""Both ends of a link: who may write it, who sees it from which side, and that nobody learns of what they may not see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence import rules, shown
from keepwell.platform.evidence.models import Link, Piece
from keepwell.platform.evidence.tests.stories import Stories
from keepwell.platform.people.roles import Level
from keepwell.platform.records.links import resolve
from tests.house import made

LEVELS = ("none", "view", "edit")


class BothEnds(Stories):
    """Somebody with no, the viewing or the editing right at either end: nine people, one rule."""

    ROLES = {"awareness": {"view": "auditor", "edit": "hr_importer"}}

    def setUp(self) -> None:
        super().setUp()
        self.target = made("courses", self.khh2, self.eva, 3)
        self.proof = self.piece("Slides of the course", at=self.pen1)

    def give(self, at_record: str, at_piece: str) -> None:
        """Let Sam hold `at_record` over training where the course lies, and `at_piece` over evidence where that lies."""
        if at_record != "none":
            self.granted(self.sam, self.ROLES["awareness"][at_record], self.khh2)
        if at_piece != "none":
            self.granted(self.sam, {"view": "consultant", "edit": "site_officer"}[at_piece], self.pen1)

    def pairs(self) -> list[tuple[str, str]]:
        return [(record, piece) for record in LEVELS for piece in LEVELS]

    def test_are_asked_when_a_link_is_written(self) -> None:
        for at_record, at_piece in self.pairs():
            with self.subTest(record=at_record, piece=at_piece), self.undone():
                self.give(at_record, at_piece)
                may = at_record == "edit" and at_piece in ("view", "edit")
                try:
                    rules.link(self.proof, by=self.sam, record=f"/courses/{self.target.pk}/")
                    written = True
                except (Refused, PermissionDenied):
                    written = False
                self.assertEqual((written, Link.objects.count()), (may, int(may)))

    def test_are_asked_by_page_and_api_alike(self) -> None:
        for at_record, at_piece in self.pairs():
            may = at_record == "edit" and at_piece in ("view", "edit")
            for way in (f"/evidence/{self.proof.pk}/link/", f"/api/evidence/{self.proof.pk}/link"):
                with self.subTest(way, record=at_record, piece=at_piece), self.undone():
                    self.give(at_record, at_piece)
                    self.sign_in(self.sam)
                    body = {"record": f"courses:{self.target.code}"}
                    answer = self.client.post(way, body, content_type="application/json") if "/api/" in way \
                        else self.client.post(way, body)  # fmt: skip
                    self.assertIn(answer.status_code, (200, 302) if may else (403, 404, 409, 422))
                    self.assertEqual(Link.objects.count(), int(may))

    def test_are_asked_when_it_ends(self) -> None:
        found = rules.link(self.proof, by=self.ada, record=f"/courses/{self.target.pk}/")
        for at_record, at_piece in self.pairs():
            with self.subTest(record=at_record, piece=at_piece), self.undone():
                self.give(at_record, at_piece)
                self.sign_in(self.sam)
                self.client.post(f"/evidence/links/{found.pk}/unlink/", {"reason": "Wrong"})
                ended = not Link.objects.current().exists()
                self.assertEqual(ended, at_record == "edit" and at_piece in ("view", "edit"))

    def test_are_both_needed_to_see_it_from_either_side(self) -> None:
        rules.link(self.proof, by=self.ada, record=f"/courses/{self.target.pk}/", reason="Shown in March")
        for at_record, at_piece in self.pairs():
            both = "none" not in (at_record, at_piece)
            with self.subTest(record=at_record, piece=at_piece), self.undone():
                self.give(at_record, at_piece)
                self.sign_in(self.sam)
                record = self.client.get(f"/courses/{self.target.pk}/").content.decode()
                piece = self.client.get(f"/evidence/{self.proof.pk}/").content.decode()
                self.assertEqual("Slides of the course" in record, both)
                self.assertEqual(f"/courses/{self.target.pk}/" in piece or self.target.name in piece, both)
                told = [self.client.get(f"/api/evidence/of?record=courses:{self.target.code}"),
                        self.client.get(f"/api/evidence/{self.proof.pk}/records")]  # fmt: skip
                lists = [answer.json() if answer.status_code == 200 else [] for answer in told]
                self.assertEqual([bool(one) for one in lists], [both, both])
                self.assertEqual("Shown in March" in (record + piece), both)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Everything inside is taken back."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)


class WhatIsHidden(Stories):
    def test_is_not_counted_on_a_records_page(self) -> None:
        course = self.course()
        self.granted(self.cleo, "auditor", self.khh1)
        mine = self.piece("Mine", to=course)
        page = self.client_page(course)
        for number in range(5):
            hidden = self.piece(f"Hidden {number}", at=self.pen1, content=b"%d" % number)
            rules.link(hidden, by=self.ada, record=f"courses:{course.code}")
        self.assertEqual(self.client_page(course), page)
        self.assertIn(mine.title, page)

    def client_page(self, course: object) -> str:
        """The part about evidence of the course's page, as Cleo, an auditor of KHH1, reads it."""
        self.sign_in(self.cleo)
        page = self.client.get(f"/courses/{course.pk}/").content.decode()
        start = page.index('id="evidence"')
        return page[start : page.index("</section>", start)]

    def test_is_not_counted_on_a_pieces_page(self) -> None:
        piece = self.piece()
        self.granted(self.cleo, "auditor", self.khh1)
        self.sign_in(self.cleo)
        before = self.proves(piece)
        for number in range(5):
            course = made("courses", self.pen1, self.dan, number)
            rules.link(piece, by=self.ada, record=f"courses:{course.code}")
        self.assertEqual(self.proves(piece), before)

    def proves(self, piece: Piece) -> str:
        """The part of a piece's page about what it proves."""
        page = self.client.get(f"/evidence/{piece.pk}/").content.decode()
        return page.split("<h2>What it proves</h2>")[1].split("</section>")[0]

    def test_is_nothing_at_all_to_who_holds_no_right_over_evidence(self) -> None:
        self.piece("Seen by few", to=self.khh1)
        self.sign_in(self.eva)
        page = self.client.get(f"/units/{self.khh1.pk}/")
        self.assertNotContains(page, "Evidence")
        self.assertNotContains(page, "Seen by few")

    def test_is_a_retired_piece(self) -> None:
        course = self.course()
        piece = self.piece("Away", to=course)
        rules.retire(piece, by=self.ada, reason="Wrong")
        self.sign_in(self.ada)
        self.assertNotContains(self.client.get(f"/courses/{course.pk}/"), f"/evidence/{piece.pk}/")


class Pages(Stories):
    def test_open_to_who_may_and_to_nobody_else(self) -> None:
        course = self.course()
        piece = self.piece(to=course)
        found = Link.objects.get()
        to = f"?to=/courses/{course.pk}/"
        pages = {
            f"/evidence/add/{to}": ("ada", "ben"), f"/evidence/link/{to}": ("ada", "ben"),
            f"/evidence/{piece.pk}/version/": ("ada", "ben"), f"/evidence/links/{found.pk}/unlink/": ("ada", "ben"),
            f"/evidence/{piece.pk}/": ("ada", "ben"), "/administration/evidence/": ("ada",),
            "/evidence/": ("ada", "ben", "dan"),
        }  # fmt: skip
        for page, readers in pages.items():
            for name in ("ada", "ben", "cleo", "dan", "eva", "sam"):
                with self.subTest(page, who=name):
                    self.sign_in(getattr(self, name))
                    wanted = {200} if name in readers else {403, 404}
                    self.assertIn(self.client.get(page).status_code, wanted)

    def test_read_in_chinese_too(self) -> None:
        course = self.course()
        piece = self.piece(to=course)
        self.client.cookies["keepwell-language"] = "zh-hant"
        self.sign_in(self.ada)
        for page in (f"/courses/{course.pk}/", f"/evidence/{piece.pk}/", "/evidence/", "/evidence/add/"):
            self.assertContains(self.client.get(page), "佐證")

    def test_cost_the_same_for_one_and_for_many(self) -> None:
        course, piece = self.course(), self.piece("First")
        rules.link(piece, by=self.ada, record=f"courses:{course.code}")
        self.sign_in(self.ada)
        pages = (f"/courses/{course.pk}/", f"/evidence/{piece.pk}/")
        few = [self.queries(page) for page in pages]
        for number in range(1, 12):
            other = self.piece(f"No. {number}", content=b"%d" % number)
            rules.link(other, by=self.ada, record=f"courses:{course.code}")
            rules.link(piece, by=self.ada, record=f"courses:{self.course(number=number).code}")
            self.upload(f"/evidence/{piece.pk}/version/", (f"v{number}.txt", b"v%d" % number))
        self.assertEqual([self.queries(page) for page in pages], few)

    def queries(self, page: str) -> int:
        self.client.get(page)
        with CaptureQueriesContext(connection) as caught:
            self.assertEqual(self.client.get(page).status_code, 200)
        return len(caught)

    def test_lead_nowhere_for_what_cannot_be_named(self) -> None:
        self.sign_in(self.ada)
        for to in (
            "nothing",
            "courses:",
            "courses:NO-SUCH",
            "history.change:1",
            "/courses/x/",
            "batches:1",
            "%00",
            ":",
        ):
            self.assertEqual(self.client.get("/evidence/add/", {"to": to}).status_code, 404, to)


class ManyReaders(Stories):
    def test_see_what_visible_to_says(self) -> None:
        piece = self.piece(at=self.khh2)
        for name, level in (
            ("ada", Level.ADMINISTER),
            ("dan", Level.VIEW),
            ("ben", None),
            ("cleo", None),
            ("sam", None),
        ):
            who = getattr(self, name)
            for wanted in Level:
                found = resolve(Piece.type_name(), piece.pk, who, wanted)
                self.assertEqual(found is not None, level is not None and wanted <= level, f"{name} {wanted}")

    def test_of_proofs_get_no_more_than_they_may(self) -> None:
        course = self.course()
        for at in (self.khh1, self.khh2, self.pen1):
            self.piece(f"At {at.code}", at=at, to=course, content=at.code.encode())
        seen = {
            name: {p.piece.title for p in shown.proofs(course, getattr(self, name))}
            for name in ("ada", "ben", "dan", "sam")
        }
        self.assertEqual(seen, {"ada": {"At KHH1", "At KHH2", "At PEN1"}, "ben": {"At KHH1"},
                                "dan": {"At KHH2", "At PEN1"}, "sam": set()})  # fmt: skip
