"""A night with malware, in a browser from the code on the wall to the lesson: an operator's phone, the site officer's
desk, the phones of who is on duty and of the CISO; mail goes to a real server. The story is told in English, with full
rounds in Chinese too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.machine import rounds
from tests.mailed import mailed
from tests.night_answered import Answered
from tests.night_reported import Reported
from tests.nightly import HAFIZ, SIGN_IN
from tests.running import Demo

IN_CHINESE_TOO = rounds(False, True)


@pytest.fixture(scope="class")
def site(
    request: pytest.FixtureRequest, demo: Demo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    with mailed(demo, tmp_path_factory.mktemp("night")) as (own, desk):
        own.run(SIGN_IN)
        request.cls.own, request.cls.desk = own, desk
        yield


class TheNight(Reported, Answered):
    """The walk, told in one language."""

    def walk(self) -> None:
        with self.at("02:10"):
            self.before = self.figures()
            self.is_told_from_the_wall()
        with self.at("02:19"):
            self.is_told_by_two_others()
        with self.at("02:31"):
            hafiz = self.at_desk(HAFIZ)
            self.becomes_one_incident_in_one_act(hafiz)
            self.is_classified(hafiz)
            self.starts_its_clocks_by_itself(hafiz)
            self.wakes_the_group()
        with self.at("02:47"):
            self.calls_the_next()
            self.calls_a_meeting()
            self.works_in_one_room()
        with self.at("02:55"):
            self.rises_and_arms_its_clocks_anew()
        with self.at("03:10"):
            self.tells_with_proof()
            self.asks_other_sites()
        with self.at("05:00"):
            self.is_seen_by_the_ciso_on_the_phone()
        with self.at("10:00", day="2025-11-18"):
            self.ends_with_a_review()
            self.is_counted_for_the_committee()
            self.answers_the_operator()


@pytest.mark.postgresql
class InEnglish(TheNight):
    language = "en"

    def test_goes_from_the_wall_to_the_lesson(self) -> None:
        self.walk()


@pytest.mark.postgresql
class InChinese(TheNight):
    __test__ = IN_CHINESE_TOO
    language = "zh-hant"

    def test_goes_from_the_wall_to_the_lesson(self) -> None:
        self.walk()
