"""Own frameworks and profiles by file: whole, or every row told that does not fit; and out again as OSCAL."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.frameworks.models import Framework, Node, Profile, ProfileLine, Version
from keepwell.areas.frameworks.rules import library
from keepwell.areas.frameworks.rules.oscal import profiles, reading, writing
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from tests.cast import TELLER, Cast

HEADS = "code,parent,title,statement,title_zh,scored,party,examples"


def workbook(*rows: tuple[object, ...]) -> bytes:
    """An XLSX file with these rows."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


class Files(Cast, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "library.load"):
            library.load(only=("nist-csf-2.0",))
        cls.csf = Version.objects.get(code="nist-csf-2.0")

    def setUp(self) -> None:
        self.sign_in(self.ada)

    def own(self, *lines: str, name: str = "own.csv", content: bytes = b"") -> Any:
        told = {"framework": "own", "name": "Own rules", "code": "own-1", "label": "1"}
        return self.sent("framework-versions", content or "\n".join(lines).encode(), name, told)

    def profile(self, *lines: str, name: str = "profile.csv", content: bytes = b"") -> Any:
        told = {"framework_version": "nist-csf-2.0", "code": "semi", "name": "Semiconductor"}
        return self.sent("profiles", content or "\n".join(lines).encode(), name, told)

    def sent(self, place: str, content: bytes, name: str, told: dict[str, str]) -> Any:
        return self.client.post(f"/api/{place}/files", {"file": SimpleUploadedFile(name, content), **told})

    def errors(self, answer: Any) -> list[tuple[int, str, str]]:
        self.assertEqual(answer.status_code, 422, answer.content)
        return [(e["line"], e["column"], e["expected"]) for e in answer.json()["errors"]]


class AnOwnFramework(Files):
    def test_comes_from_a_workbook_in_any_order(self) -> None:
        content = workbook(HEADS.split(","), ("A.1", "A", None, "Rules are written.", None, "yes", "first", "A|B"),
                           ("A", None, "Rules", None, "規範"), ("B", None, "Tools"))  # fmt: skip
        answer = self.own(content=content, name="own.xlsx")
        self.assertEqual((answer.status_code, answer.json()["lines"]), (200, 3), answer.content)
        nodes = list(Node.objects.filter(framework_version__code="own-1").in_order().select_related("parent"))
        told = [(n.code, n.parent.code if n.parent else "", n.is_scored, n.depth) for n in nodes]
        self.assertEqual(told, [("A", "", False, 0), ("A.1", "A", True, 1), ("B", "", True, 0)])
        self.assertEqual((nodes[1].examples, nodes[0].title_zh), (["A", "B"], "規範"))
        self.assertEqual(Version.objects.get(code="own-1").state, Version.State.DRAFT)

    def test_keeps_who_brought_which_file(self) -> None:
        self.own("code,title", "A,Rules")
        told = Change.objects.get(record_type="frameworks.version", after__code="own-1")
        self.assertEqual(
            (told.by_name, told.verb, told.answers["file"]), ("Ada Lin", "version.bring_in", "own.csv")
        )
        self.assertEqual(len(told.answers["sha256"]), 64)

    def test_tells_every_row_that_does_not_fit(self) -> None:
        answer = self.own(HEADS, "A,,Rules", "A,,Again", "B,C,Lost", "D,,,,,maybe", "E,,,,,,second", ",,Nameless",
                          "F", "=G,,Formula", f"H,,{'x' * 301}")  # fmt: skip
        self.assertEqual([(line, column) for line, column, _expected in self.errors(answer)], [
            (5, "scored"), (6, "party"), (7, "code"), (3, "code"), (4, "parent")])  # fmt: skip
        self.assertFalse(Framework.objects.filter(code="own").exists())

    def test_tells_what_the_columns_themselves_refuse(self) -> None:
        answer = self.own(HEADS, "A,,Rules", "F", "=G,,Formula", f"H,,{'x' * 301}")
        self.assertEqual([(line, column) for line, column, _expected in self.errors(answer)],
                         [(3, "title"), (4, "code"), (5, "title")])  # fmt: skip

    def test_refuses_rows_that_lie_below_themselves(self) -> None:
        answer = self.own(HEADS, "A,B,One", "B,A,Two", "C,A,Three", "D,D,Four")
        wanted = "one that does not lie below this row"
        self.assertEqual(self.errors(answer), [(line, "parent", wanted) for line in (2, 3, 5)])

    def test_refuses_a_version_that_is_there(self) -> None:
        self.own("code,title", "A,Rules")
        self.assertEqual(self.own("code,title", "A,Rules").status_code, 409)

    def test_is_for_those_who_may_write(self) -> None:
        for who in (self.ben, self.eva, self.sam):
            self.sign_in(who)
            self.assertEqual(self.own("code,title", "A,Rules").status_code, 403)


class AProfile(Files):
    LINES = ("subcategory,priority,rationale,guidance,target", "GV.RR-02,High,Fabs never stop.,Name one for each shift.,3.5",
             "PR.PS-05,Medium,,,", "DE.CM-01,,,,")  # fmt: skip

    def test_comes_by_csv(self) -> None:
        answer = self.profile(*self.LINES)
        self.assertEqual((answer.status_code, answer.json()["lines"]), (200, 3), answer.content)
        line = ProfileLine.objects.get(node__code="GV.RR-02")
        self.assertEqual(
            (line.priority, line.rationale, line.target), ("High", "Fabs never stop.", Decimal("3.5"))
        )

    def test_tells_every_line_that_does_not_fit(self) -> None:
        answer = self.profile(
            "subcategory,target", "GV.XX-01,", "ID.BE-01,", "GV.RR-02,high", "GV.RR-03,-1", "GV.RR-03,1"
        )
        told = [(line, column) for line, column, _expected in self.errors(answer)]
        self.assertEqual(told, [(2, "code"), (3, "code"), (4, "target"), (5, "target"), (6, "code")])
        self.assertFalse(Profile.objects.exists())

    def test_goes_out_as_oscal_and_comes_back(self) -> None:
        pk = self.profile(*self.LINES).json()["id"]
        names = ("node__code", "priority", "rationale", "guidance", "target")
        before = list(ProfileLine.objects.filter(profile=pk).order_by("node__position").values_list(*names))
        for form in writing.FORMS:
            content = self.client.get(f"/api/profiles/{pk}/profile.{form}").content
            kind, document = reading.read(content)
            lines = profiles.lines_of(document, self.csf)
            told = [(x.node.code, x.priority, x.rationale, x.guidance, x.target) for x in lines]
            self.assertEqual((kind, told), ("profile", before))

    def document(self, **changes: Any) -> bytes:
        meta = {
            "title": "Base",
            "last-modified": "2025-01-01T00:00:00Z",
            "version": "1",
            "oscal-version": "1.1.2",
        }
        own = "3ab41d8a-66e3-4732-ae28-07405dad5127"
        told = {"uuid": own, "metadata": meta, "imports": [{"href": "#x", "include-all": {}}], **changes}
        return json.dumps({"profile": told}).encode()

    def brought(self, **changes: Any) -> Any:
        return self.profile(content=self.document(**changes), name="base.json")

    def test_chooses_as_oscal_lets_it(self) -> None:
        choices = {"with-ids": ["GV.RR"], "with-child-controls": "yes"}
        patterns = {"matching": [{"pattern": "PR.AT-*"}]}
        some = {
            "href": "#x",
            "include-controls": [choices, patterns],
            "exclude-controls": [{"with-ids": ["GV.RR-04"]}],
        }
        pk = self.brought(imports=[some]).json()["id"]
        codes = (
            ProfileLine.objects.filter(profile=pk)
            .order_by("node__position")
            .values_list("node__code", flat=True)
        )
        self.assertEqual(list(codes), ["GV.RR", "GV.RR-01", "GV.RR-02", "GV.RR-03", "PR.AT-01", "PR.AT-02"])

    def test_keeps_what_it_alters_beyond_our_columns(self) -> None:
        props = [{"name": "keep", "ns": "https://other.example", "value": "me"}]
        alter = {
            "control-id": "GV.RR-02",
            "removes": [{"by-name": "example"}],
            "adds": [{"position": "after", "props": props}],
        }
        imports = [{"href": "#x", "include-controls": [{"with-ids": ["GV.RR-02"]}]}]
        pk = self.brought(imports=imports, modify={"alters": [alter]}).json()["id"]
        document = profiles.document_of(Profile.objects.get(pk=pk))
        self.assertEqual(document["modify"], {"alters": [alter]})
        self.assertEqual((document["imports"], document["metadata"]["title"]), (imports, "Base"))

    def test_says_in_one_sentence_what_is_wrong(self) -> None:
        def ids(*codes: str) -> list[dict[str, Any]]:
            return [{"href": "#x", "include-controls": [{"with-ids": list(codes)}]}]

        for changes, sentence in (
            ({"imports": ids("GV.XX-01")}, "“GV.XX-01” is no requirement of this version."),
            ({"imports": ids("ID.BE-01")}, "The profile chooses “ID.BE-01”, which was withdrawn."),
            ({"imports": [{"href": "#3ab41d8a-66e3-4732-ae28-07405dad5127"}]}, "The profile imports itself."),
            ({"imports": ids("GV.RR-02"), "modify": {"alters": [{"control-id": "GV.RR-01", "removes": [{"by-id": "x"}]}]}},
             "The profile alters “GV.RR-01” without choosing it."),
        ):  # fmt: skip
            answer = self.brought(**changes)
            self.assertEqual((answer.status_code, answer.json()["detail"]), (409, sentence))


class Pages(Files):
    def test_open_for_everybody_with_a_right_and_not_for_sam(self) -> None:
        with acting(TELLER, "library.load"):
            library.load()
        old = Version.objects.get(code="nist-csf-1.1")
        places = ["overview/", f"versions/{self.csf.pk}/", f"versions/{self.csf.pk}/crosswalk/{old.pk}/",
                  f"versions/{old.pk}/crosswalk/{self.csf.pk}/", f"versions/{self.csf.pk}/changes/{old.pk}/",
                  f"versions/{self.csf.pk}/catalog.xml"]  # fmt: skip
        for who, statuses in ((self.eva, {200}), (self.sam, {403, 404})):
            self.sign_in(who)
            for place in places:
                self.assertIn(self.client.get(f"/frameworks/{place}").status_code, statuses, place)

    def test_show_what_was_withdrawn_beside_what_took_its_place(self) -> None:
        answer = self.client.get(f"/frameworks/versions/{self.csf.pk}/")
        self.assertContains(answer, "6 functions · 22 categories · 106 subcategories")
        self.assertContains(answer, 'Incorporated <a href="#GV.OC"><code>GV.OC</code></a>')
        self.assertContains(answer, "What each level asks", count=22)

    def test_show_a_framework_that_has_no_version_yet(self) -> None:
        with acting(TELLER, "test.enter"):
            Framework(code="own", name="Own rules", unit=self.group).save()
        self.assertContains(self.client.get("/frameworks/overview/"), "It has no version yet.")

    def test_bring_files_in_by_hand(self) -> None:
        told = {"framework": "own", "code": "own-1", "name": "Own rules", "label": "1"}
        bad = {"file": SimpleUploadedFile("own.csv", b"code,parent,title\nA,B,Rules"), **told}
        answer = self.client.post("/frameworks/bring-version/", bad)
        self.assertContains(answer, "the code of another row", status_code=422)
        good = {"file": SimpleUploadedFile("own.csv", b"code,parent,title\nA,,Rules"), **told}
        answer = self.client.post("/frameworks/bring-version/", good)
        self.assertRedirects(answer, f"/frameworks/versions/{Version.objects.get(code='own-1').pk}/")
        lines = SimpleUploadedFile("p.csv", b"code,priority\nGV.RR-02,High")
        answer = self.client.post("/frameworks/bring-profile/",
                                  {"file": lines, "framework_version": "nist-csf-2.0", "code": "semi"})  # fmt: skip
        self.assertRedirects(answer, f"/profiles/{Profile.objects.get().pk}/")

    def test_cost_the_same_for_one_requirement_and_for_all(self) -> None:
        with acting(TELLER, "library.load"):
            library.load()
        counts = [self.spent(f"/frameworks/versions/{version.pk}/") for version in Version.objects.all()]
        self.assertLessEqual(max(counts) - min(counts), 1)  # ISO and IEC have no level to name

    def spent(self, address: str) -> int:
        self.client.get(address)
        with CaptureQueriesContext(connection) as caught:
            self.client.get(address)
        return len(caught)
