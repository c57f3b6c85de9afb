"""A process loads what is for programs when a program first asks, and a server in production before anybody does."""

from __future__ import annotations

import os
import subprocess
import sys
from unittest import TestCase

import pytest

from tests.running import ROOT

BEGIN = """
import sys, uuid, warnings; warnings.simplefilter("ignore")
import django; django.setup()
from django.urls import resolve, reverse
def loaded(): return [name in sys.modules for name in ("scim2_models", "keepwell.config.api")]
"""


def told(script: str, **environment: str) -> list[str]:
    """What a fresh process prints that runs `script`."""
    kept = os.environ | {"DJANGO_SETTINGS_MODULE": "keepwell.config.settings"} | environment
    done = subprocess.run([sys.executable, "-c", BEGIN + script], env=kept, cwd=ROOT, capture_output=True, text=True)  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout.splitlines()


@pytest.mark.sqlite
class Loading(TestCase):
    def test_of_pages_leaves_what_is_for_programs_until_it_is_asked_for(self) -> None:
        script = """
reverse("start"); resolve("/people/"); print(*loaded())
resolve("/scim/v2/Users"); print(*loaded())
print(reverse("api:read_job", kwargs={"pk": uuid.UUID(int=1)})); print(*loaded())
"""
        named = "/api/jobs/00000000-0000-0000-0000-000000000001"
        self.assertEqual(told(script), ["False False", "True False", named, "True True"])

    def test_is_whole_before_a_server_in_production_answers(self) -> None:
        script = "import keepwell.config.served; print(*loaded())"
        for demo, wanted in (("1", "False False"), ("0", "True True")):
            self.assertEqual(told(script, KEEPWELL_DEMO=demo), [wanted])
