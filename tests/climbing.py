"""The machine that climbs: humans who act as themselves and by every key they come by, and the bounds of each act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from unittest import mock
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine

from keepwell.areas.administration.jobs import end_leavers, settle_rules
from keepwell.kernel import moments
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.identity import totp
from keepwell.platform.jobs.asking import reaching
from keepwell.platform.jobs.models import Job
from keepwell.platform.people.models import Grant, GroupRule, Person
from keepwell.platform.people.models.proposals import WAITS
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.people.tokens import Narrowness, issue
from keepwell.platform.registers.writing import Mistakes
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast, account, grant, person
from tests.reaching import Key, Keyring, Reach, Rights, administered_until, more, weighs

REFUSALS = (Refused, PermissionDenied, Mistakes)


@dataclass(frozen=True)
class Actor:
    """A human, the person or machine as whom they act, and the key by which, if by a token."""

    human: UUID
    who: Person
    key: Key | None = None


class Humans(Cast):
    """The cast, Faye who administers the group beside Ada, Ben who administers KHH1, Hugo who keeps the people of
    the group, and two machines that provision people; Ada, Ben and Faye have a second factor.

    Here who imports people administers grants too, so that to administer is not to hold everything: what keeps
    somebody from giving more than they hold would otherwise never be tried.
    """

    @classmethod
    def setUpClass(cls) -> None:
        importer = ROLES["hr_importer"]
        levels = {**importer.levels, "administration": Level.ADMINISTER}
        cls.enterClassContext(mock.patch.dict(ROLES, {importer.name: replace(importer, levels=levels)}))
        super().setUpClass()

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "cast.enter"):
            cls.faye = person("A0000007", "Faye Wu", cls.group)
            cls.hugo = person("A0000008", "Hugo Lee", cls.group)
            for who, role, unit in (
                (cls.faye, "administrator", cls.group), (cls.faye, "group_ciso", cls.group),
                (cls.ben, "administrator", cls.khh1), (cls.hugo, "hr_importer", cls.group),
                (cls.hugo, "administrator", cls.mse), (cls.hugo, "secretariat", cls.group),
            ):  # fmt: skip
                grant(who, role, unit)
            for number, unit in (("robot-1", cls.khh1), ("robot-2", cls.group)):
                robot = person(number, f"Robot {number}", unit, kind="machine", mail="", responsible=cls.ada)
                grant(robot, "hr_importer", unit)
            grant(Person.objects.get(number="robot-1"), "administrator", cls.khh1)
            for who, role, by in ((cls.eva, "secretariat", cls.ada), (cls.cleo, "administrator", cls.faye)):
                grant(who, role, cls.group, standing="proposed", proposed_by=by, proposed_on=NOW.date())
            for source, role, unit in (
                ("robot-1", "administrator", cls.mat), ("house", "administrator", cls.mse), ("robot-2", "auditor", cls.group),
            ):  # fmt: skip
                GroupRule(source=source, group="a", role=role, unit=unit, proposed_by=cls.ada).save()
        for who in (cls.ben, cls.ada, account(cls.faye, "faye").person):
            totp.enrol(who.account, totp.fresh_seed(), step=0)
        account(cls.hugo, "hugo")


class Bounds(RuleBasedStateMachine):
    """Humans who try what pages, programs and files let them try, with every key they come by."""

    story: Humans

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now: datetime = NOW
        self.group = self.story.group
        people = list(Person.objects.filter(kind__in=["employee", "external"]).order_by("number"))
        self.humans = [who.pk for who in people]
        able = [who.pk for who in (self.story.ada, self.story.faye, self.story.ben, self.story.hugo)]
        self.turns = [*self.humans, *able, *able]
        self.boxes = {who.mail: who.pk for who in people}
        self.rings = {human: Keyring() for human in self.humans}
        for human, robot, scopes in (
            (self.story.ben, "robot-1", {}), (self.story.ben, "robot-1", {"administration": 4}),
            (self.story.faye, "robot-2", {}),
        ):  # fmt: skip
            machine = Person.objects.get(number=robot)
            secret = issue(machine, days=365, less=Narrowness(scopes))
            self.rings[human.pk].tokens.append(Key(secret, machine.pk, tuple(scopes.items())))
        proposed = Grant.objects.filter(standing="proposed")
        self.hands: dict[UUID, UUID] = dict(proposed.values_list("pk", "proposed_by"))
        self.taken: dict[UUID, datetime] = {}
        self.count = 0
        self.reach = Reach()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # Who acts, and what is allowed to come of it.

    def actor(self, n: int) -> Actor:
        """One of the humans, as themselves or by a key they hold."""
        human = self.turns[n % len(self.turns)]
        ring = self.rings[human]
        ways: list[UUID | Key] = [*sorted(self.reach.accounts(human, ring)), *ring.tokens]
        way = ways[n // len(self.turns) % len(ways)]
        who = Person.objects.select_related("unit").get(pk=way.machine if isinstance(way, Key) else way)
        return Actor(human, who, way if isinstance(way, Key) else None)

    def holding(self, actor: Actor) -> Rights:
        """What `actor` may use now, and so may give."""
        if actor.key:
            return self.reach.through(actor.key, self.reach.held)
        return self.reach.held.get(actor.who.pk, {})

    @contextmanager
    def trying(
        self, actor: Actor, *, may_weigh: bool = False, moves: bool = False, is_fact: bool = False
    ) -> Iterator[None]:
        """Inside, `actor` tries an act; what came of it is within bounds."""
        key = actor.key
        narrow = {"scopes": dict(key.scopes), "read_only": key.read_only} if key else None
        rings = {human: Keyring(set(ring.passwords), list(ring.tokens)) for human, ring in self.rings.items()}
        try:
            with moments.standing_at(self.now), transaction.atomic(), reaching(narrow):
                yield
                self.settle()
                if is_fact and not administered_until(self.group):
                    raise Refused(
                        "That somebody is gone is a fact; what then locks out is mended by the operator."
                    )
        except REFUSALS:
            self.rings = rings
            return
        with moments.standing_at(self.now):
            self.look(actor, rings, may_weigh=may_weigh, moves=moves)

    def settle(self) -> None:
        """What a worker does in the next moment, if the act asked for it."""
        asked = Job.objects.filter(name="administration.follow_rules")
        if asked.exists():
            asked.delete()
            with reaching(None):
                settle_rules(mock.Mock())

    def look(self, actor: Actor, rings: dict[UUID, Keyring], *, may_weigh: bool, moves: bool) -> None:
        """Nobody reaches more by their own act, others no more than the actor held; what weighs took two."""
        before, after, most = self.reach, Reach(), self.holding(actor)
        for human in self.humans:
            grown = more(after.of(human, self.rings[human]), before.of(human, rings[human]))
            if human == actor.human and not moves:
                assert not grown, f"{self.name(human)} climbs by their own act as {actor.who}: {grown}"
            elif not moves:
                assert not more(grown, most), f"{self.name(human)} gets more than {actor.who} held"
        for who, rights in after.given.items():
            grown = more(rights, before.given.get(who, {}))
            assert not (moves and who == actor.who.pk and grown), f"{self.name(who)} climbs by moving a unit"
            assert moves or not more(grown, most), f"{self.name(who)} is given more than {actor.who} held"
            assert may_weigh or not weighs(grown, self.group), f"{self.name(who)} needed two persons"
        assert administered_until(self.group), "nobody administers the group any more"
        self.reach = after

    def wait(self, days: int) -> None:
        """Days pass, and what ends with them; not beyond the day of the last administrator."""
        with moments.standing_at(self.now + timedelta(days=days)):
            if administered_until(self.group):
                self.now += timedelta(days=days)
                end_leavers(mock.Mock())
                self.recover()
                self.reach = Reach()

    def recover(self) -> None:
        """Whose password somebody else set notices within a fortnight, and gets the account back."""
        for whose, since in list(self.taken.items()):
            if self.now - since >= WAITS:
                del self.taken[whose]
                for ring in self.rings.values():
                    ring.passwords.discard(whose)

    def name(self, pk: UUID) -> str:
        return Person.objects.get(pk=pk).name

    def pick(self, rows: Any, n: int) -> Any:
        """One of `rows`; refused where there is none."""
        found = list(rows)
        if not found:
            raise Refused("There is none.")
        return found[n % len(found)]

    def person(self, n: int) -> Person:
        return self.pick(Person.objects.select_related("unit").order_by("number"), n)

    def unit(self, n: int) -> Unit:
        return self.pick(Unit.objects.order_by("code"), n)

    def day(self, n: int) -> date:
        """A day from two days ago up to in a fortnight."""
        return moments.today("Asia/Taipei") + timedelta(days=n % 17 - 2)
