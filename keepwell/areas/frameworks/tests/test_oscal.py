"""OSCAL in and out: NIST's own catalog comes out as it went in, and what is wrong is refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import TestCase as PlainCase

from defusedxml.ElementTree import fromstring
from django.test import TestCase

from keepwell.areas.frameworks.models import Mapping, Version
from keepwell.areas.frameworks.rules import library
from keepwell.areas.frameworks.rules.oscal import catalogs, reading, writing
from keepwell.areas.frameworks.rules.taking_in import take_in
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, Cast

NIST = Path(__file__).parent / "oscal" / "NIST_CSF_v2.0_catalog.xml"
NAMESPACE = "{http://csrc.nist.gov/ns/oscal/1.0}"
MARKS = {"moved-to", "incorporated-into"}


def canonical(element: Any) -> tuple[Any, ...]:
    """An element whatever its line breaks, and whatever the order of groups and controls beside each other."""
    tag = element.tag.removeprefix(NAMESPACE)
    flags = sorted((name, value) for name, value in element.attrib.items() if not name.startswith("{"))
    inner = [canonical(child) for child in element]
    parts = [one for one in inner if one[0] not in ("group", "control")]
    below = sorted(one for one in inner if one[0] in ("group", "control"))
    return (tag, tuple(flags), " ".join((element.text or "").split()), tuple(parts), tuple(below))


def without_marks(root: Any) -> list[str]:
    """Take the marks of what is withdrawn out of a catalog; returns the ids of what had one."""
    marked = []
    for control in root.iter(f"{NAMESPACE}control"):
        for one in list(control):
            is_status = one.tag == f"{NAMESPACE}prop" and one.get("name") == "status"
            if is_status:
                marked.append(control.get("id"))
            if is_status or (one.tag == f"{NAMESPACE}link" and one.get("rel") in MARKS):
                control.remove(one)
    return marked


def brought_in(content: bytes, code: str = "csf") -> Version:
    """The version that an OSCAL catalog tells, written."""
    _kind, document = reading.read(content, kind="catalog")
    heading = catalogs.heading_of(document, framework=code, name="NIST CSF", code=code, label="")
    with acting(TELLER, "oscal.bring"):
        return take_in(catalogs.outline_of(document, heading), Unit.objects.get(kind="group"))


class NistsCatalog(Cast, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.version = brought_in(NIST.read_bytes())

    def test_counts_what_is_active_not_what_the_file_holds(self) -> None:
        nodes = self.version.nodes
        self.assertEqual(
            (nodes.count(), nodes.scored().count(), nodes.filter(withdrawn=True).count()), (225, 106, 91)
        )
        self.assertEqual(nodes.active().filter(depth=1).count(), 22)

    def test_equals_what_is_shipped(self) -> None:
        shipped = {e.code: e for e in library.outline("nist-csf-2.0").entries}
        for node in self.version.nodes.select_related("parent"):
            entry = shipped[node.code]
            told = (
                node.parent.code if node.parent else "",
                node.statement,
                node.withdrawn,
                node.is_scored,
                node.party,
            )
            self.assertEqual(
                told, (entry.parent, entry.statement, entry.withdrawn, entry.is_scored, entry.party)
            )
            self.assertEqual(tuple(node.examples), entry.examples)

    def test_comes_out_as_it_went_in_but_for_the_marks_it_lacked(self) -> None:
        document = catalogs.document_of(self.version)
        came = fromstring(NIST.read_bytes())
        for content in (writing.as_xml("catalog", document), self.by_json(document)):
            root = fromstring(content)
            self.assertEqual(sorted(without_marks(root)), self.withdrawn())
            self.assertEqual(canonical(root), canonical(came))

    def by_json(self, document: dict[str, Any]) -> bytes:
        """The same document, gone through JSON before it is written as XML."""
        return writing.as_xml("catalog", reading.read(writing.as_json("catalog", document))[1])

    def withdrawn(self) -> list[str]:
        return sorted(self.version.nodes.filter(withdrawn=True).values_list("code", flat=True))

    def test_brings_its_marks_back_in(self) -> None:
        again = brought_in(writing.as_json("catalog", catalogs.document_of(self.version)), code="again")
        counts = (again.nodes.scored().count(), again.nodes.filter(withdrawn=True).count())
        self.assertEqual(counts, (106, 91))
        lines = {(m.source.code, m.target.code, m.relation) for m in Mapping.objects.successions(again)}
        self.assertEqual(lines, {(m.source.code, m.target.code, m.relation)
                                 for m in Mapping.objects.successions(self.version)})  # fmt: skip

    def test_tells_what_was_changed_here_and_leaves_the_rest(self) -> None:
        node = self.version.nodes.get(code="GV.OC-01")
        node.statement, node.examples = "Why we *exist* is known.", ["Ask_them"]
        with acting(TELLER, "node.edit"):
            node.save()
        before = {one["id"]: one for one in self.controls(json.loads(self.json_of(NIST.read_bytes())))}
        after = {one["id"]: one for one in self.controls({"catalog": catalogs.document_of(self.version)})}
        changed = after.pop("GV.OC-01")
        self.assertEqual(changed["props"], before["GV.OC-01"]["props"])
        self.assertEqual(
            [part["prose"] for part in changed["parts"]], ["Why we \\*exist\\* is known.", "Ask\\_them"]
        )
        untouched = {code: one for code, one in after.items() if code not in self.withdrawn()}
        self.assertEqual(untouched, {code: before[code] for code in untouched})

    def json_of(self, content: bytes) -> bytes:
        return writing.as_json(*reading.read(content))

    def controls(self, told: dict[str, Any]) -> list[dict[str, Any]]:
        """Every control without the controls below it."""
        found, ahead = [], list(told["catalog"]["groups"])
        while ahead:
            one = ahead.pop()
            ahead += one.get("controls", [])
            found.append({name: value for name, value in one.items() if name != "controls"})
        return found


class Shipped(Cast, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "library.load"):
            library.load()

    def test_versions_go_out_and_come_in_alike(self) -> None:
        for version in list(Version.objects.all()):
            document = catalogs.document_of(version)
            for form in writing.FORMS:
                again = brought_in(
                    writing.write("catalog", document, form), code=f"{form}-{version.code}"[:60]
                )
                self.assertEqual(self.told(again), self.told(version), version.code)
                self.assertEqual(again.nodes.count(), version.nodes.count())

    def told(self, version: Version) -> list[tuple[Any, ...]]:
        names = ("code", "parent__code", "title", "title_zh", "statement", "statement_zh", "is_scored", "withdrawn",
                 "party", "position", "depth")  # fmt: skip
        return sorted(version.nodes.values_list(*names), key=str)


def catalog(*controls: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A small catalog with these controls in one group."""
    meta = {"title": "Own", "last-modified": "2025-01-01T00:00:00Z", "version": "1", "oscal-version": "1.1.3"}
    group = {"id": "A", "title": "All", "controls": list(controls)}
    return {
        "catalog": {
            "uuid": "3ab41d8a-66e3-4732-ae28-07405dad5127",
            "metadata": meta,
            "groups": [group],
            **more,
        }
    }


def control(id: str, *, status: str = "", to: str = "", **more: Any) -> dict[str, Any]:
    """A control, maybe withdrawn, maybe with what took its place."""
    found: dict[str, Any] = {"id": id, "title": id, **more}
    if status:
        found["props"] = [{"name": "status", "value": status}]
    if to:
        found["links"] = [{"href": f"#{to}", "rel": "moved-to"}]
    return found


class WhatIsWrong(PlainCase):
    def refused(self, told: dict[str, Any] | bytes) -> str:
        content = told if isinstance(told, bytes) else json.dumps(told).encode()
        with self.assertRaises(Refused) as caught:
            _kind, document = reading.read(content, kind="catalog")
            catalogs.outline_of(
                document, catalogs.heading_of(document, framework="a", name="", code="a-1", label="")
            )
        return str(caught.exception)

    def test_is_an_id_that_stands_twice(self) -> None:
        self.assertEqual(self.refused(catalog(control("A-1"), control("A-1"))), "The id “A-1” stands twice.")

    def test_is_a_group_inside_itself(self) -> None:
        inner = {
            "id": "A",
            "title": "All",
            "groups": [{"id": "B", "title": "B", "groups": [{"id": "A", "title": "A"}]}],
        }
        told = catalog()
        told["catalog"]["groups"] = [inner]
        self.assertEqual(self.refused(told), "“A” lies inside itself.")

    def test_is_what_is_withdrawn_without_a_successor(self) -> None:
        told = catalog(control("A-1"), control("A-2", status="withdrawn"))
        self.assertEqual(self.refused(told), "“A-2” is withdrawn and says nothing of what took its place.")

    def test_is_a_successor_that_is_not_there(self) -> None:
        told = catalog(control("A-1"), control("A-2", status="withdrawn", to="B-9"))
        self.assertEqual(self.refused(told), "“A-2” leads to “B-9”, which is not in the catalog.")

    def test_are_successors_in_a_circle(self) -> None:
        told = catalog(
            control("A-1", status="withdrawn", to="A-2"), control("A-2", status="Withdrawn", to="A-1")
        )
        self.assertEqual(self.refused(told), "What took the place of “A-1” leads in a circle.")

    def test_is_another_version_of_oscal(self) -> None:
        told = catalog(control("A-1"))
        told["catalog"]["metadata"]["oscal-version"] = "2.0.0"
        self.assertEqual(self.refused(told), "The file follows OSCAL 2.0.0; 1.0 and 1.1 are read here.")

    def test_is_a_part_that_oscal_does_not_know(self) -> None:
        told = catalog(control("A-1", colour="red"))
        self.assertEqual(self.refused(told), "“colour” has no place in control of OSCAL 1.1.")

    def test_is_a_control_without_title(self) -> None:
        self.assertEqual(self.refused(catalog({"id": "A-1"})), "“title” is missing in control A-1.")

    def test_is_a_profile_where_a_catalog_is_wanted(self) -> None:
        told = {"profile": {**catalog()["catalog"], "imports": [{"href": "#x"}]}}
        told["profile"].pop("groups")
        self.assertEqual(self.refused(told), "This is an OSCAL profile, not a catalog.")

    def test_is_what_is_too_large(self) -> None:
        content = b" " * (reading.MOST_BYTES + 1)
        self.assertEqual(self.refused(content), "An OSCAL file has 20 MB at most.")

    def test_is_whatever_no_reader_can_take_apart(self) -> None:
        for content, sentence in (
            (b"", "The file is no XML that can be read."),
            (b"<catalog", "The file is no XML that can be read."),
            (b"<catalog/>", "The file holds no OSCAL catalog, profile or assessment results."),
            (b'{"catalog": {"uuid": 1, "uuid": 2}}', "The file is no JSON that can be read."),
            (b'{"a":' * 100_000, "The file is no JSON that can be read."),
            (b"{}", "The file holds no OSCAL catalog, profile or assessment results."),
            (b'{"catalog": []}', "“catalog” does not have the form that OSCAL 1.1 gives it."),
            ("\ufeff{".encode("utf-16"), "The file is no XML that can be read."),
        ):
            self.assertEqual(self.refused(content), sentence, content[:20])

    def test_are_entities_and_what_lies_outside(self) -> None:
        shell = '<catalog xmlns="http://csrc.nist.gov/ns/oscal/1.0" uuid="x">%s</catalog>'
        for dtd in ('<!DOCTYPE c SYSTEM "file:///etc/passwd">', '<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
                    '<!DOCTYPE c [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'):  # fmt: skip
            told = (dtd + shell % "&x;").encode()
            self.assertEqual(self.refused(told), "The file declares entities or a DTD; save it without them.")

    def test_are_parts_without_end(self) -> None:
        deep: dict[str, Any] = {"name": "item"}
        for _ in range(30):
            deep = {"name": "item", "parts": [deep]}
        told = catalog(control("A-1", parts=[deep]))
        self.assertEqual(self.refused(told), "Parts of the file lie more than twenty deep in each other.")
        document = reading.Document(told["catalog"])
        content = writing.as_xml("catalog", document)
        self.assertEqual(self.refused(content), "Parts of the file lie more than twenty deep in each other.")

    def test_is_markup_that_markdown_lacks(self) -> None:
        content = writing.as_xml(
            "catalog", catalog(control("A-1", parts=[{"name": "statement", "prose": "x"}]))["catalog"]
        )
        content = content.replace(b"<p>x</p>", b"<p>a<table/></p>")
        self.assertEqual(self.refused(content), "The markup <table> is not read here.")


class Markup(PlainCase):
    PROSE = (
        "A paragraph with *some* weight, a `name`, [a link](https://nist.gov) and {{ insert: param, a-1_prm }}.",
        "First.\n\nSecond.",
        "Do:\n\n- this\n- *that*\n  - and more",
        "1. one\n2. two",
        "Stars \\* and \\_lines\\_ and \\<tags\\> stay.\n\n\\- so do dashes, and - this.",
        "# A heading\n\nText & more.",
        "```\ncode < here\n```",
    )

    def test_goes_to_xml_and_back(self) -> None:
        for prose in self.PROSE:
            told = catalog(control("A-1", parts=[{"name": "statement", "prose": prose}]))["catalog"]
            again = reading.read(writing.as_xml("catalog", told))[1]
            self.assertEqual(again["groups"][0]["controls"][0]["parts"][0]["prose"], prose)
