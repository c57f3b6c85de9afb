"""OSCAL at the doors by which people and programs bring it in: NIST's own file goes in and comes out, what is wrong is
refused in one sentence, and nothing of it stays."""

from __future__ import annotations

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from defusedxml.ElementTree import fromstring
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase

from keepwell.areas.frameworks.models import Framework, Mapping, Node, Version
from keepwell.areas.frameworks.rules.oscal import reading, writing
from keepwell.areas.frameworks.tests.test_oscal import NIST, canonical, catalog, control, without_marks
from keepwell.config.cli import parser, run
from keepwell.platform.history.models import Change
from tests.cast import Cast

PAGE, API = "/frameworks/bring-version/", "/api/framework-versions/files"
NAMED = {"framework": "own", "code": "own-1", "name": "Own rules", "label": "1"}
RECORDS = (Framework, Version, Node, Mapping)


def circular() -> dict[str, Any]:
    """A group that holds itself."""
    told = catalog()
    told["catalog"]["groups"] = [
        {
            "id": "A",
            "title": "All",
            "groups": [{"id": "B", "title": "B", "groups": [{"id": "A", "title": "A"}]}],
        }
    ]
    return told


def outside(dtd: str) -> bytes:
    """A catalog whose title is what a DTD declares."""
    plain = writing.as_xml("catalog", catalog(control("A-1"))["catalog"]).decode()
    head, _catalog, rest = plain.partition("<catalog")
    return f"{head}{dtd}<catalog{rest.replace('>Own<', '>&x;<')}".encode()


XXE = '<!DOCTYPE catalog [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
BILLION = '<!DOCTYPE catalog [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY x "&b;&b;">]>'
WRONG: dict[str, tuple[dict[str, Any] | bytes, str]] = {
    "a group inside itself": (circular(), "“A” lies inside itself."),
    "an id that stands twice": (catalog(control("A-1"), control("A-1")), "The id “A-1” stands twice."),
    "a file of the server as an entity": (
        outside(XXE),
        "The file declares entities or a DTD; save it without them.",
    ),
    "entities of entities": (outside(BILLION), "The file declares entities or a DTD; save it without them."),
    "withdrawn without a successor": (
        catalog(control("A-1"), control("A-2", status="withdrawn")),
        "“A-2” is withdrawn and says nothing of what took its place.",
    ),
    "withdrawn in favour of nothing": (
        catalog(control("A-1"), control("A-2", status="withdrawn", to="B-9")),
        "“A-2” leads to “B-9”, which is not in the catalog.",
    ),
    "withdrawn in a circle": (
        catalog(control("A-1", status="withdrawn", to="A-2"), control("A-2", status="withdrawn", to="A-1")),
        "What took the place of “A-1” leads in a circle.",
    ),
}


class Doors(Cast, TestCase):
    def setUp(self) -> None:
        self.sign_in(self.ada)

    def sent(self, address: str, content: bytes, name: str) -> Any:
        return self.client.post(address, {"file": SimpleUploadedFile(name, content), **NAMED})

    def forms(self, told: dict[str, Any] | bytes) -> dict[str, bytes]:
        """The same as JSON and as XML; what is bytes already as it is."""
        if isinstance(told, bytes):
            return {"own.xml": told}
        return {
            "own.json": json.dumps(told).encode(),
            "own.xml": writing.as_xml("catalog", told["catalog"]),
        }

    def kept(self) -> list[int]:
        """How many records there are, and changes of them."""
        changes = Change.objects.filter(record_type__startswith="frameworks.").count()
        return [*(model.objects.count() for model in RECORDS), changes]


class WhatIsWrong(Doors):
    def test_is_refused_in_one_sentence_on_the_page_and_nothing_stays(self) -> None:
        before = self.kept()
        for what, (told, sentence) in WRONG.items():
            for name, content in self.forms(told).items():
                with self.subTest(what=what, file=name):
                    answer = self.sent(PAGE, content, name)
                    self.assertContains(answer, sentence, status_code=422)
                    self.assertNotContains(answer, "root:", status_code=422)
                    self.assertEqual(self.kept(), before)

    def test_is_refused_in_the_same_sentence_by_the_api_and_nothing_stays(self) -> None:
        before = self.kept()
        for what, (told, sentence) in WRONG.items():
            for name, content in self.forms(told).items():
                with self.subTest(what=what, file=name):
                    answer = self.sent(API, content, name)
                    self.assertEqual((answer.status_code, answer.json()["detail"]), (409, sentence))
                    self.assertEqual(self.kept(), before)

    def test_is_said_in_chinese_to_who_reads_chinese(self) -> None:
        told, english = WRONG["a group inside itself"]
        self.client.cookies["keepwell-language"] = "zh-hant"
        answer = self.sent(PAGE, json.dumps(told).encode(), "own.json")
        self.assertContains(answer, "「A」", status_code=422)
        self.assertNotContains(answer, english, status_code=422)

    def test_is_not_even_read_of_who_may_not_write(self) -> None:
        for who in (self.ben, self.sam):
            self.sign_in(who)
            for address in (PAGE, API):
                self.assertIn(self.sent(address, NIST.read_bytes(), NIST.name).status_code, (403, 404))
        self.assertFalse(Version.objects.filter(code="own-1").exists())


class TheCommand(Doors):
    def keepwell(self, content: bytes, name: str, *, by: str = "A0000001") -> tuple[int, str, str]:
        """Status, standard output and standard error of `keepwell framework`."""
        out, errors = StringIO(), StringIO()
        with TemporaryDirectory() as folder, redirect_stdout(out), redirect_stderr(errors):
            path = Path(folder) / name
            path.write_bytes(content)
            words = (
                "framework",
                str(path),
                "--framework",
                "own",
                "--code",
                "own-1",
                "--name",
                "Own rules",
                "--as",
                by,
            )
            status = run(parser().parse_args(words))
        return status, out.getvalue(), errors.getvalue()

    def test_takes_nists_file_in(self) -> None:
        told = self.keepwell(NIST.read_bytes(), NIST.name)
        self.assertEqual(told, (0, "own-1: 225 requirements, as a draft.\n", ""))
        self.assertEqual(Version.objects.get(code="own-1").nodes.scored().count(), 106)

    def test_refuses_in_one_sentence_and_keeps_nothing(self) -> None:
        before = self.kept()
        for what, (told, sentence) in WRONG.items():
            for name, content in self.forms(told).items():
                with self.subTest(what=what, file=name):
                    self.assertEqual(self.keepwell(content, name), (2, "", f"{sentence}\n"))
                    self.assertEqual(self.kept(), before)

    def test_tells_every_row_of_a_table_that_does_not_fit(self) -> None:
        status, out, errors = self.keepwell(b"code,parent,title\nA,B,Rules\n,,Nameless", "own.csv")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("line 2, parent", errors)
        self.assertIn("line 3, code", errors)
        self.assertIn("Nothing was written: 2 errors.", errors)

    def test_asks_for_the_right_of_the_one_in_whose_name_it_acts(self) -> None:
        status, _out, errors = self.keepwell(NIST.read_bytes(), NIST.name, by=self.sam.number)
        self.assertEqual(status, 2)
        self.assertIn("You need the right", errors)
        self.assertFalse(Version.objects.filter(code="own-1").exists())


class NistsFile(Doors):
    def test_goes_in_by_the_page_and_comes_out_by_it_as_xml_and_json(self) -> None:
        version = self.brought(PAGE)
        for form in ("xml", "json"):
            self.equals_what_came(
                self.client.get(f"/frameworks/versions/{version.pk}/catalog.{form}"), form, version
            )

    def test_goes_in_by_the_api_and_comes_out_by_it_as_xml_and_json(self) -> None:
        version = self.brought(API)
        for form in ("xml", "json"):
            self.equals_what_came(
                self.client.get(f"/api/framework-versions/{version.pk}/catalog.{form}"), form, version
            )

    def brought(self, address: str) -> Version:
        answer = self.sent(address, NIST.read_bytes(), NIST.name)
        self.assertIn(answer.status_code, (200, 302), answer.content[:500])
        version = Version.objects.get(code="own-1")
        self.assertEqual(
            (version.nodes.scored().count(), version.nodes.filter(withdrawn=True).count()), (106, 91)
        )
        return version

    def equals_what_came(self, answer: Any, form: str, version: Version) -> None:
        """The file that came out says what NIST's says, but for the marks of what is withdrawn, which that lacks."""
        self.assertEqual(answer.status_code, 200)
        content = answer.getvalue()
        if form == "json":
            content = writing.as_xml(*reading.read(content))
        root, came = fromstring(content), fromstring(NIST.read_bytes())
        marked = without_marks(root)
        self.assertEqual(
            sorted(marked), sorted(version.nodes.filter(withdrawn=True).values_list("code", flat=True))
        )
        self.assertEqual(canonical(root), canonical(came))
