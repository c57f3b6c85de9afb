"""Who has a hand in a task, in the reader's language."""

from __future__ import annotations

from importlib.resources import files

import yaml
from django.test import SimpleTestCase
from django.utils.translation import override

from keepwell.areas.incidents.models.teams import TEAMS, teams_here


class Teams(SimpleTestCase):
    def test_of_the_shipped_playbooks_are_all_named(self) -> None:
        text = (files("keepwell") / "library" / "playbooks.yaml").read_text(encoding="utf-8")
        tasks = [task for book in yaml.safe_load(text)["playbooks"] for task in book["tasks"]]
        words = {word.strip() for task in tasks for word in task["team"].split(",") if word.strip()}
        self.assertEqual(set(TEAMS), words)

    def test_are_read_in_either_language_and_others_as_they_were_written(self) -> None:
        self.assertEqual(teams_here("OT, controller maker, night crew"), "OT, controller maker, night crew")
        self.assertEqual(teams_here(""), "")
        with override("zh-hant"):
            self.assertEqual(teams_here("OT, controller maker, night crew"), "OT、控制器原廠、night crew")
