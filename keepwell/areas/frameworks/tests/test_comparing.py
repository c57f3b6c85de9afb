"""What a new version changes, and what becomes of answers: CSF 1.1 to 2.0 as NIST says, own rules by their codes."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.test import TestCase

from keepwell.areas.frameworks.models import Framework, Node, Version
from keepwell.areas.frameworks.registers import Nodes
from keepwell.areas.frameworks.rules import acts, library
from keepwell.areas.frameworks.rules.comparing import Change, Fate, compare
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.registers.writing import change, create
from tests.cast import TELLER, Cast

WANTED = ("nist-csf-1.1", "nist-csf-2.0")


class FromOneCsfToTheNext(Cast, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "library.load"):
            library.load(only=WANTED)
        cls.found = compare(*(Version.objects.get(code=code) for code in WANTED))
        cls.lines = {line.node.code: line for line in cls.found.lines}

    def test_counts_what_changed_and_what_becomes_of_answers(self) -> None:
        changes = self.found.changes
        self.assertEqual(changes.pop(Change.KEPT, 0) + changes.pop(Change.REWORDED), 29)
        self.assertEqual(changes, {Change.MOVED: 18, Change.INCORPORATED: 39, Change.NEW: 20, Change.GONE: 1})
        self.assertEqual(self.found.fates, {Fate.CARRIED: 28, Fate.RESTATED: 58, Fate.ANEW: 20, Fate.LEFT: 1})

    def test_lays_changed_wording_side_by_side(self) -> None:
        line = self.lines["ID.AM-01"]
        self.assertEqual((line.change, line.fate), (Change.REWORDED, Fate.CARRIED))
        self.assertEqual(
            line.node.statement, "Inventories of hardware managed by the organization are maintained"
        )
        self.assertEqual(
            [a.node.statement for a in line.ancestors],
            ["Physical devices and systems within the organization are inventoried"],
        )

    def test_restates_from_everything_that_went_into_a_requirement(self) -> None:
        line = self.lines["DE.CM-01"]
        self.assertEqual([a.node.code for a in line.ancestors], ["DE.CM-1", "DE.CM-4", "DE.CM-5", "DE.CM-7"])
        self.assertEqual((line.change, line.fate), (Change.REWORDED, Fate.RESTATED))

    def test_leaves_what_went_into_a_whole_category(self) -> None:
        self.assertEqual([line.node.code for line in self.found.gone], ["DE.DP-2"])

    def test_costs_the_same_however_much_there_is(self) -> None:
        with self.assertNumQueries(4):
            compare(self.found.old, self.found.new)

    def test_is_told_to_programs_as_far_as_they_may_see(self) -> None:
        address = f"/api/framework-versions/{self.found.new.pk}/comparison?old=nist-csf-1.1"
        for who, status in ((self.eva, 200), (self.sam, 404)):
            self.sign_in(who)
            answer = self.client.get(address)
            self.assertEqual(answer.status_code, status)
        self.sign_in(self.eva)
        told = self.client.get(address).json()
        self.assertEqual(told["answers"], {"carried": 28, "restated": 58, "anew": 20, "left": 1})
        self.assertEqual(len(told["lines"]), 107)
        self.assertEqual(told["lines"][0]["from"][0]["relation"], "incorporated")


class TakingIntoUse(Cast, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "test.enter"):
            own = Framework(code="own", name="Own rules", unit=cls.group)
            own.save()
            for label, statements in (
                ("1", ("Write it.", "Keep it.")),
                ("2", ("Write it!", "Throw it away.", "New.")),
            ):
                version = Version(framework=own, code=f"own-{label}", label=label)
                version.save()
                for number, statement in enumerate(statements):
                    Node(framework_version=version, code=f"A.{number}", statement=statement, is_scored=True,
                         position=number).save()  # fmt: skip
        cls.one, cls.two = Version.objects.order_by("label")

    def test_goes_by_equal_codes_where_no_crosswalk_is_there(self) -> None:
        found = compare(self.one, self.two)
        told = [(line.change, line.fate) for line in found.lines]
        self.assertEqual(
            told, [(Change.KEPT, Fate.CARRIED), (Change.REWORDED, Fate.CARRIED), (Change.NEW, Fate.ANEW)]
        )
        self.assertFalse(found.has_crosswalk)

    def test_is_decided_by_who_may(self) -> None:
        with self.assertRaisesMessage(PermissionDenied, "You need the right to decide frameworks"):
            acts.take_into_use(self.two, by=self.ben)
        acts.take_into_use(self.two, by=self.ada)
        self.two.refresh_from_db()
        self.assertTrue(self.two.is_in_use)

    def test_needs_something_to_answer(self) -> None:
        with acting(TELLER, "test.enter"):
            empty = Version(framework=self.one.framework, code="own-3", label="3")
            empty.save()
        with self.assertRaisesMessage(Refused, "Nothing in it is answered yet"):
            acts.take_into_use(empty, by=self.ada)

    def test_fixes_what_is_asked_and_lets_wording_be_mended(self) -> None:
        acts.take_into_use(self.one, by=self.ada)
        node = self.one.nodes.select_related("framework_version__framework__unit").get(code="A.0")
        change(Nodes, node, {"statement": "Write it down."}, version=1, by=self.ada)
        with self.assertRaisesMessage(Refused, "is in use; what it asks stays."):
            change(Nodes, node, {"is_scored": False}, version=2, by=self.ada)
        with self.assertRaisesMessage(Refused, "is in use; what it asks stays."):
            create(Nodes, {"framework_version": "own-1", "code": "A.9"}, by=self.ada)

    def test_ends_when_it_is_put_aside_until_it_is_taken_up_again(self) -> None:
        acts.take_into_use(self.two, by=self.ada)
        for act, found in ((acts.put_aside, False), (acts.take_up_again, True)):
            for who in (self.ben, self.sam):
                with self.subTest(who.name), self.assertRaises(PermissionDenied):
                    act(self.two, by=who, reason="Mine")
            act(self.two, by=self.ada, reason="The authority says so.")
            self.two.refresh_from_db()
            self.assertEqual((self.two.is_in_use, acts.is_draft(self.two)), (found, False))
            with self.assertRaisesMessage(Refused, "present state"):
                act(self.two, by=self.ada, reason="Once more")
