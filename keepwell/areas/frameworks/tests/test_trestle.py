"""What goes out as OSCAL loads in compliance-trestle's models, and nothing of it is lost on the way."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from django.test import TestCase
from trestle.oscal.assessment_results import AssessmentResults
from trestle.oscal.catalog import Catalog
from trestle.oscal.profile import Profile as OscalProfile

from keepwell.areas.frameworks.models import Profile, ProfileLine, Version
from keepwell.areas.frameworks.rules import library
from keepwell.areas.frameworks.rules.oscal import catalogs, profiles, reading, writing
from keepwell.areas.frameworks.tests.test_oscal import NIST, brought_in
from keepwell.platform.history.acting import acting
from tests.cast import TELLER, Cast

MOMENTS = {"published", "last-modified", "start", "end", "collected", "expires"}
SCORES = {
    "uuid": "5f8d2c1e-3b1a-4a52-9a63-8f0f1d7a4b10",
    "metadata": {"title": "CSF 2025", "last-modified": "2025-11-14T05:12:00+08:00", "version": "1", "oscal-version": "1.1.3"},
    "import-ap": {"href": "#9a1d4f6e-2c3b-4d5e-8f70-112233445566"},
    "results": [{
        "uuid": "1c7f5c66-94d1-4b0e-8a1c-0a6a6d0e2f11", "title": "KHH1 IT", "description": "Self score",
        "start": "2025-09-01T00:00:00+08:00", "end": "2025-10-31T00:00:00+08:00",
        "reviewed-controls": {"control-selections": [{"include-controls": [{"control-id": "GV.RR-02"}]}]},
        "observations": [{
            "uuid": "2d7f5c66-94d1-4b0e-8a1c-0a6a6d0e2f12", "description": "Deputies are *named*.",
            "props": [{"name": "practice", "ns": "urn:keepwell:oscal", "value": "2.5"}], "methods": ["EXAMINE"],
            "types": ["control-objective"], "collected": "2025-10-01T09:00:00+08:00",
            "subjects": [{"subject-uuid": "3e7f5c66-94d1-4b0e-8a1c-0a6a6d0e2f13", "type": "location"}],
            "relevant-evidence": [{"href": "https://meridian.example/evidence/1", "description": "Appointment"}],
        }],
        "findings": [{
            "uuid": "4f7f5c66-94d1-4b0e-8a1c-0a6a6d0e2f14", "title": "GV.RR-02", "description": "Below target",
            "target": {"type": "statement-id", "target-id": "GV.RR-02_smt",
                       "status": {"state": "not-satisfied", "reason": "fail"}},
            "related-observations": [{"observation-uuid": "2d7f5c66-94d1-4b0e-8a1c-0a6a6d0e2f12"}],
        }],
    }],
}  # fmt: skip


def told_alike(part: Any, key: str = "") -> Any:
    """A document whose moments are compared as moments, whole to the millisecond."""
    if isinstance(part, dict):
        return {name: told_alike(value, name) for name, value in part.items()}
    if isinstance(part, list):
        return [told_alike(value) for value in part]
    return round(datetime.fromisoformat(part).timestamp(), 2) if key in MOMENTS else part


class Trestle(Cast, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "library.load"):
            library.load()

    def assert_loads(self, model: Any, kind: str, document: dict[str, Any]) -> None:
        content = writing.as_json(kind, document)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{kind}.json"
            path.write_bytes(content)
            loaded = model.oscal_read(path)
        again = json.loads(loaded.oscal_serialize_json())
        self.assertEqual(told_alike(again), told_alike(json.loads(content)))

    def test_loads_every_catalog(self) -> None:
        for version in Version.objects.all():
            self.assert_loads(Catalog, "catalog", catalogs.document_of(version))

    def test_loads_nists_catalog_as_it_came(self) -> None:
        self.assert_loads(Catalog, "catalog", catalogs.document_of(brought_in(NIST.read_bytes())))

    def test_loads_a_profile(self) -> None:
        csf = Version.objects.get(code="nist-csf-2.0")
        profile = Profile(framework_version=csf, code="semi", name="Semiconductor *profile*")
        node = csf.nodes.get(code="GV.RR-02")
        with acting(TELLER, "profile.enter"):
            profile.save()
            ProfileLine(
                profile=profile, node=node, priority="High", rationale="Never\nstops", target="3.5"
            ).save()
        profile.refresh_from_db()
        self.assert_loads(OscalProfile, "profile", profiles.document_of(profile))

    def test_loads_scores_as_assessment_results(self) -> None:
        self.assert_loads(AssessmentResults, "assessment-results", SCORES)
        kind, again = reading.read(writing.as_xml("assessment-results", SCORES))
        self.assertEqual((kind, again), ("assessment-results", SCORES))
