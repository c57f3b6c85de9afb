"""kill -9 of the server in the middle of everything by which much comes in at once: all of it is in or nothing, each row
as a whole where each is by itself, and the same sent again brings all of it, once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from random import Random

import pytest

from tests import machine
from tests.forked import Forked
from tests.importers import IMPORTERS, Naive
from tests.importing import House, Importer, killed, look, send_again
from tests.running import PATIENCE_SECONDS, ROOT, Demo, copied

pytestmark = [pytest.mark.both, pytest.mark.slow]
MOST_ROUNDS = 100
"""A machine that is busy may be killed too early or too late a few times."""
TOKENS = """
import django; django.setup()
import json
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.people.tokens import issue
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, grant, person
with acting(TELLER, "test.enter"):
    hr = person("hr-kills", "HR provisioning", Unit.objects.get(code="KHH1"), kind="machine", mail="")
    grant(hr, "hr_importer", hr.unit)
ada = Person.objects.get(account__sign_in_name="ada")
print(json.dumps([issue(ada, may_export=True), issue(hr)]))
"""


@pytest.fixture(scope="module")
def house(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One server for all of them."""
    with copied(demo, tmp_path_factory.mktemp("importers")) as copy:
        made = subprocess.run([sys.executable, "-c", TOKENS], env=copy.environment, cwd=ROOT, capture_output=True,
                              text=True, timeout=PATIENCE_SECONDS)  # fmt: skip
        assert made.returncode == 0, made.stderr
        server = Forked(copy)
        try:
            yield House(server, *json.loads(made.stdout))
        finally:
            server.end()


@pytest.mark.parametrize("importer", IMPORTERS, ids=lambda importer: importer.name)
def test_loses_and_doubles_nothing(house: House, importer: Importer) -> None:
    survives(house, importer)


def test_finds_an_importer_that_does(house: House) -> None:
    with pytest.raises(AssertionError, match="a part of it is in"):
        survives(house, Naive())


def test_keeps_the_trail_whole(house: House) -> None:
    """No change without its record; and all of the trail is verified after every kill there was."""
    for importer in IMPORTERS:
        where = f"record_type = '{importer.kind}' AND record_id NOT IN (SELECT id FROM {importer.kind.replace('.', '_')})"
        assert house.one(f"SELECT count(*) FROM history_change WHERE kind = 'change' AND {where}") == 0, (
            importer.name
        )
    verified = house.demo.keepwell("trail", "verify")
    assert verified.returncode == 0, verified.stderr


def survives(house: House, importer: Importer) -> None:
    """Kill the server in every part of the time that it takes `importer`; the first round goes undisturbed."""
    importer.prepare(house, 0)
    began = time.monotonic()
    answer = importer.send(house, 0)
    seconds = time.monotonic() - began
    assert answer.status in (200, 201), answer.text
    assert importer.found(house, 0) == importer.whole
    draw, rounds, broken = Random(importer.name), machine.rounds(3, 40), False
    for number in range(1, MOST_ROUNDS):
        importer.prepare(house, number)
        told = killed(
            house, importer, number, after=seconds * ((number - 1) % rounds + draw.random()) / rounds
        )
        broken = broken or told.status == 0
        look(house, importer, number, told)
        send_again(house, importer, number)
        if broken and number >= rounds:
            return
    raise RuntimeError("Every kill came too early or too late.")
