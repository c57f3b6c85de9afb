"""A radar: where its lines run, and when there is none."""

from __future__ import annotations

from unittest import TestCase

from keepwell.areas.assessment.rules.reading import radar
from keepwell.areas.assessment.rules.reading.charts import Scaled

SCALED = Scaled(0.0, 5.0, is_share=False)


class Radar(TestCase):
    def test_runs_clockwise_from_above(self) -> None:
        """Levels 0 to 5 on 70 pixels from (125, 95): 5 above is (125, 25); 2.5 at 30 degrees below the right is 35 px away."""
        found = radar.drawn(
            ("GV", "ID", "PR"),
            SCALED,
            values=(5.0, 2.5, 0.0),
            targets=(3.0, None, 3.0),
            peers=(None, None, None),
        )
        assert found is not None
        self.assertEqual(found.values, "125.0,25.0 155.3,112.5 125.0,95.0")
        self.assertEqual((found.targets, found.peers, len(found.rings)), ("", "", 5))
        self.assertEqual([axis.anchor for axis in found.axes], ["middle", "start", "end"])

    def test_is_drawn_of_three_to_twenty_four_axes(self) -> None:
        for count, is_drawn in ((2, False), (3, True), (24, True), (25, False)):
            with self.subTest(count):
                line = (1.0,) * count
                found = radar.drawn(("GV",) * count, SCALED, values=line, targets=line, peers=line)
                self.assertEqual(found is not None, is_drawn)
