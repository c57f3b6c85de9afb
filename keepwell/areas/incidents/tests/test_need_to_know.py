"""R9: whatever is written, restricted, named, opened in an emergency, moved, merged and split in whatever order, each
learns by every door what a model of the need to know allows, and nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from random import Random
from typing import Any
from unittest.mock import patch

from django.db.models import Q
from django.test import TestCase, override_settings

from keepwell.areas.incidents.models import IncidentReview, Report, TimelineEntry
from keepwell.areas.incidents.models.implicated import ImplicatedQuerySet
from keepwell.areas.incidents.models.marks import Marked
from keepwell.areas.incidents.rules import newcomers
from keepwell.areas.incidents.tests.doors import DOORS, Door
from keepwell.areas.incidents.tests.keeping import ORDER
from keepwell.areas.incidents.tests.kept import Dice, People, Secrets
from keepwell.areas.incidents.tests.kept_moves import Keeping, Moving, Writing
from keepwell.areas.incidents.tests.kept_out import Concerning, Marking
from keepwell.areas.incidents.tests.kept_work import Answering
from keepwell.config.mail import Post
from keepwell.platform.evidence.models import Piece
from tests.machine import rounds

BY_LUCK = {
    "hours_pass",
    "break_glass",
    "lift",
    "merge",
    "take_apart",
    "split",
    "hand_on",
    "mark_task",
    "mark_own",
    "mark_report",
    "mark_proof",
    "let_in",
    "end",
}
"""Acts that need something to have been done before, and hours, which pass without being tried."""
NO_ACTS = {"shut", "ticking", "put", "mark_word", "means", "mean", "may_know_link", "word_of"}
TRIES = 40
"""How often an act is tried before it counts as one that nobody may."""
LEAK = r"(Ben|Cleo|Dan|Eva|Sam|Gina|Faye|Hugo) \w+ reads a \w+ by the door “leaking”"
MOST = 9_999
SEED = 20_251_128
"""Of the short test; a long one says by which seed it went."""
STEPS_EACH = 50
"""How many acts are tried before all begins anew."""
DOORS_APART = 37
"""How many doors further on the next walk begins."""
BY_MAIL = override_settings(
    MAIL=Post(host="mail.example"), EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"
)


STEPS = sorted(
    name
    for part in (Writing, Answering, Concerning, Marking, Keeping, Moving)
    for name in vars(part)
    if not name.startswith("_") and name not in NO_ACTS
)


class Everything(Writing, Answering, Concerning, Marking, Keeping, Moving):
    """All of it, hour after hour."""

    steps: Sequence[str] = STEPS

    def act(self, chance: Random) -> None:
        """Try any of the steps, by anybody, on anything."""
        self.trial = chance.choice(self.steps)
        self.tried.append(self.trial)
        by, which, other = (chance.randint(0, MOST) for _die in range(3))
        getattr(self, self.trial)(Dice(by, which, other, chance.choice(["", "", *ORDER])))


@BY_MAIL
class NeedToKnow(People, TestCase):
    def walk(self, walks: int, *, steps: Sequence[str] = STEPS, doors: Sequence[str] = tuple(DOORS)) -> None:
        """Go that many walks of fifty acts among `steps`, and look through `doors`; an error says by which seed."""
        drawn = rounds(SEED, int(os.environ.get("KEEPWELL_SEED", "0")) or Random().randint(1, 10**9))
        for number in range(walks):
            seed = f"{drawn}:{number}"
            facts = {"story": self, "steps": steps, "doors": doors, "begins_at": number * DOORS_APART}
            told: Everything = type("Told", (Everything,), facts)()
            try:
                self.go(told, Random(seed))
            except Exception as wrong:  # whatever it was, it comes again by its seed
                wrong.add_note(f"Walk {seed}, act {len(told.tried)}: {' '.join(told.tried)}")
                raise
            finally:
                told.teardown()
            sys.stdout.write(
                f"{(number + 1) * STEPS_EACH} acts tried, {Secrets.done.total()} came to pass; {seed}\n"
            )

    def go(self, told: Everything, chance: Random) -> None:
        for _act in range(STEPS_EACH):
            told.act(chance)

    def test_holds_whatever_is_done(self) -> None:
        self.walk(rounds(2, 200))

    def test_tries_nothing_that_is_always_refused(self) -> None:
        """Each act comes to pass, and is looked at; a few do so only where others have come to pass before."""
        everything = type("Told", (Everything,), {"story": self, "doors": tuple(DOORS)})()
        self.addCleanup(everything.teardown)
        Secrets.done.clear()
        for n in range(TRIES):
            for name in STEPS:
                if not Secrets.done[name] and name != "hours_pass":
                    everything.trial = name
                    getattr(everything, name)(
                        Dice(1 + 5 * (n % 4), n // 3, n, ("", "green", "strict")[n % 3])
                    )
        never = {name for name in STEPS if not Secrets.done[name]}
        self.assertEqual(sorted(never - BY_LUCK), [])

    def test_would_be_seen_broken_by_a_door_that_shows_all_to_all(self) -> None:
        leaking: Door = (
            lambda doors, asked: " ".join(TimelineEntry.objects.values_list("says", flat=True)),
            (),
        )
        with patch.dict(DOORS, {"leaking": leaking}), self.assertRaisesRegex(AssertionError, LEAK):
            self.walk(rounds(3, 20), steps=["enter", "restrict"], doors=["programs", "leaking"])

    def test_would_be_seen_broken_by_a_mark_that_keeps_nobody_out(self) -> None:
        def withheld(of: Any, person: Any) -> Q:
            return Q(pk__in=[])

        broken = patch.object(Marked, "withheld_from", classmethod(withheld))
        with (
            broken,
            self.assertRaisesRegex(AssertionError, "must not see a (entry|task|meeting|notice|indicator)"),
        ):
            self.walk(rounds(3, 20), steps=["enter", "owe", "meet", "seen"], doors=["programs"])

    def test_would_be_seen_broken_by_marks_of_reports_that_keep_nobody_out(self) -> None:
        self.assert_broken(Report, "report", ["report", "mark_report"])

    def test_would_be_seen_broken_by_a_review_that_everybody_reads(self) -> None:
        self.assert_broken(IncidentReview, "(happened|causes|worked|failed)", ["review", "mark_own"])

    def test_would_be_seen_broken_by_marks_of_evidence_that_keep_nobody_out(self) -> None:
        self.assert_broken(Piece, "proof", ["prove", "mark_proof"])

    def test_would_be_seen_broken_by_reports_that_whom_they_concern_read(self) -> None:
        nobody = patch.object(ImplicatedQuerySet, "in_force", lambda rows: rows.none())
        with nobody, self.assertRaisesRegex(AssertionError, "must not see a|what is kept from them"):
            self.walk(rounds(4, 20), steps=["concern", "keep_out"], doors=["programs"])

    def test_would_be_seen_broken_by_newcomers_who_are_not_looked_for(self) -> None:
        """Who come by a grant, and by an identity provider."""
        for way in ("give", "arrive"):
            nobody = patch.object(newcomers, "keep_out_of_what_names", lambda people: 0)
            with self.subTest(way), nobody, self.assertRaisesRegex(AssertionError, "must not see a"):
                self.walk(rounds(8, 20), steps=[*["concern"] * 4, way], doors=["programs"])

    def assert_broken(self, model: Any, kind: str, steps: Sequence[str]) -> None:
        """If a model keeps nothing from anybody, the walk says who sees it."""
        nothing = classmethod(lambda of, person: Q(pk__in=[]))
        broken = patch.object(model, "withheld_from", nothing)
        with broken, self.assertRaisesRegex(AssertionError, f"must not see a {kind}"):
            self.walk(rounds(4, 20), steps=steps, doors=["programs"])
