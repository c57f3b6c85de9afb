"""R13 for the acts there are: what no sample reaches is swept where a story of its area does it."""

from __future__ import annotations

import unittest

import pytest

from keepwell.platform.acts.act import ACTS
from tests import machine
from tests.house import addresses
from tests.sweep_stories import BY_SAMPLE, BY_STORY, STORIES
from tests.swept import InAStory

A_FEW = 8
"""Of so many stories one is told by default, each under `make soak`."""


def told() -> list[str]:
    """The stories of this run."""
    return sorted(STORIES)[:: machine.rounds(A_FEW, 1)]


def test_every_act_is_listed() -> None:
    """An act that is new fails here by its name: give it a sample, or name the story that does it."""
    assert addresses(), "pages bring acts of their own along"
    known = BY_SAMPLE | set(BY_STORY)
    assert set(ACTS) - known == set(), "these acts are swept nowhere"
    assert known - set(ACTS) == set(), "these are no acts any more"
    assert BY_SAMPLE & set(BY_STORY) == set(), "one act, one place"


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("story", told())
def test_is_told_whole_or_not_at_all(story: str) -> None:
    verbs = STORIES[story].split()
    sweeper, outcome = InAStory(*verbs), unittest.TestResult()
    suite = unittest.TestSuite([unittest.defaultTestLoader.loadTestsFromName(story)])
    with sweeper.told():
        suite.run(outcome)
    assert outcome.wasSuccessful(), "\n".join(text for _one, text in outcome.failures + outcome.errors)
    assert outcome.testsRun == 1 and not outcome.skipped, f"{story} is no story any more"
    assert set(verbs) - sweeper.swept == set(), f"{story} does not do these"
