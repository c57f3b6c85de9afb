"""kill -9 of the sender in the middle: every mail comes, and one that comes twice is known by its Message-ID."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from keepwell.platform.notices.tests.post import Office
from tests.machine import rounds
from tests.mailed import Mailed, mailed, wait_for
from tests.running import Demo

EACH = 15
SUBJECTS = ("Look at number", "Response meeting")
# What a digest gathers waits for the morning.
WAIT = """SELECT (SELECT count(*) FROM notices_letter WHERE state = 'waiting' AND NOT is_digest)
+ (SELECT count(*) FROM incidents_meetingmail WHERE state = 'waiting')"""
TELL = """
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.people.models import Person
ada = Person.objects.get(account__sign_in_name="ada")
for number in range({first}, {last}):
    tell([ada], Message("todo.new", f"kill:{{number}}", "Look at number %(n)s", {{"n": number}}, url="/due/"))
from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules.meeting import call_meeting
incident = Incident.objects.open().visible_to(ada).order_by("reported_at").first()
people = " ".join(f"p{{number}}@maker.example" for number in range({first}, {last}))
call_meeting(incident, by=ada, bridge="https://meet.example/1", invite=people)
"""


@pytest.fixture
def posted(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mailed, Office]]:
    with mailed(demo, tmp_path_factory.mktemp("kills")) as found:
        yield found


def test_loses_nothing(posted: tuple[Mailed, Office]) -> None:
    site, desk = posted
    desk.pause_seconds = 0.03
    last = 0
    for number in range(rounds(3, 40)):
        site.run(TELL.format(first=last, last=last + EACH))
        last += EACH
        begun = len(desk.taken)
        worker = site.worker()
        wait_for(lambda begun=begun, number=number: len(desk.taken) > begun + number % 5, "no mail came")
        worker.kill()
        worker.wait()
    worker = site.worker()
    try:
        wait_for(lambda: len(ours(desk)) == 2 * last, f"{len(ours(desk))} of {2 * last} mails came")
        wait_for(lambda: site.rows(WAIT) == [(0,)], "some wait")
    finally:
        worker.kill()
        worker.wait()
    told = [subject for subject in ours(desk).values() if SUBJECTS[0] in subject]
    assert len(set(told)) == len(told) == last
    invited = [str(mail["To"]) for mail in desk.taken if str(mail["Message-ID"]) in ours(desk)]
    assert {f"p{number}@maker.example" for number in range(last)} <= set(invited)


def ours(desk: Office) -> dict[str, str]:
    """The subjects of our mails by Message-ID; the house may have told Ada something of its own."""
    told = {str(mail["Message-ID"]): str(mail["Subject"]) for mail in desk.taken}
    return {key: subject for key, subject in told.items() if any(one in subject for one in SUBJECTS)}
