"""Requirements by file: the one above and the one meant are named as the trade names them."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase

from keepwell.areas.frameworks.models import Framework, Mapping, Node, Version
from keepwell.platform.history.acting import acting
from tests.cast import TELLER, Cast


class Bringing(Cast, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "test.enter"):
            own = Framework(code="own", name="Own rules", unit=cls.group)
            own.save()
            for label in ("1", "2"):
                Version(framework=own, code=f"own-{label}", label=label).save()

    def setUp(self) -> None:
        self.sign_in(self.ada)

    def bring(self, register: str, *lines: str) -> dict[str, object]:
        file = SimpleUploadedFile("own.csv", "\n".join(lines).encode())
        return self.client.post(f"/api/{register}/bring-in", {"file": file}).json()

    def requirements(self, version: str) -> dict[str, object]:
        return self.bring(
            "requirements",
            "framework_version,code,parent,title,position,is_scored",
            f"{version},A,,Rules,1,false",
            f"{version},A.1,{version}|A,Written rules,2,true",
        )

    def test_hangs_each_row_below_the_one_it_names(self) -> None:
        self.assertEqual(self.requirements("own-1")["created"], 2)
        self.assertEqual(Node.objects.get(code="A.1").parent.code, "A")
        self.assertEqual(Node.objects.get(code="A.1").depth, 1)

    def test_knows_rows_again_by_version_and_code(self) -> None:
        self.requirements("own-1")
        told = self.requirements("own-1")
        self.assertEqual((told["created"], told["changed"], told["unchanged"]), (0, 0, 2), told)

    def test_knows_a_mapping_again_by_both_its_ends(self) -> None:
        self.requirements("own-1")
        self.requirements("own-2")
        lines = "source,target,relation", "own-1|A.1,own-2|A.1,same"
        self.assertEqual(self.bring("mappings", *lines)["created"], 1)
        told = self.bring("mappings", lines[0], "own-1|A.1,own-2|A.1,moved")
        self.assertEqual((told["created"], told["changed"]), (0, 1), told)
        self.assertEqual(Mapping.objects.get().relation, "moved")

    def test_refuses_a_mapping_to_an_unknown_requirement(self) -> None:
        self.requirements("own-1")
        told = self.bring("mappings", "source,target,relation", "own-1|A.1,own-2|A.9,same")
        self.assertIn("No requirement is called “own-2|A.9”", str(told["errors"]))

    def test_refuses_a_requirement_below_one_of_another_version(self) -> None:
        self.requirements("own-1")
        told = self.bring("requirements", "framework_version,code,parent", "own-2,A.1,own-1|A")
        self.assertIn("It hangs below a requirement of the same version", str(told["errors"]))
