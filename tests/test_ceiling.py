"""T6: whatever people, machines and those who hold their keys try in whatever order, nobody comes to reach more than
others, who had it, gave them; the last administrator stays; nobody approves what they proposed themselves."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import Client, TestCase, override_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RULE_MARKER, rule, run_state_machine_as_test

from keepwell.areas.administration.registers import Grants, GroupRules
from keepwell.areas.administration.rules import grants, group_rules, outside, services
from keepwell.areas.organization.registers import People, Units
from keepwell.areas.organization.rules.people import end_employment, transfer
from keepwell.areas.organization.rules.structure import move
from keepwell.config.mail import Post
from keepwell.kernel import moments
from keepwell.platform.history.acting import Refused
from keepwell.platform.identity import links, tending
from keepwell.platform.people.models import Account, Grant, GroupRule, Outsider, Person, Service
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.people.tokens import Narrowness
from keepwell.platform.registers.writing import change, create
from tests.climbing import Actor, Bounds, Humans
from tests.machine import rounds
from tests.reaching import Key, administered_until

REASON = "It was tried."
ROLE_NAMES = sorted(ROLES)
SOURCES = ("house", "robot-1", "robot-2", "robot-3")
PASSWORD = "four plain words together"
FAST = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
N = st.integers(0, 999)
ROLE, SOURCE = st.sampled_from(ROLE_NAMES), st.sampled_from(SOURCES)


class Granting(Bounds):
    """Grants, and rules of groups."""

    @rule(n=N, to=N, role=ROLE, unit=N, until=st.none() | N)
    def give(self, n: int, to: int, role: str, unit: int, until: int | None) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            values = {
                "person": self.person(to).number, "role": role, "unit": self.unit(unit).code, "since": self.day(2),
                "until": None if until is None else self.day(until),
            }  # fmt: skip
            self.written(create(Grants, values, by=actor.who), actor)

    def written(self, found: Any, actor: Actor) -> None:
        """Remember whose hand wrote a proposal last."""
        if found.is_proposed:
            self.hands[found.pk] = actor.human

    @rule(n=N, which=N, to=N, role=ROLE, unit=N,
          column=st.sampled_from(["person", "role", "unit", "since", "until"]))  # fmt: skip
    def rewrite(self, n: int, which: int, to: int, role: str, unit: int, column: str) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            last = administered_until(self.group)
            found = self.pick(
                Grant.objects.current().order_by("person__number", "role", "unit__code", "since"), which
            )
            value = {
                "person": lambda: self.person(to).number, "role": lambda: role, "unit": lambda: self.unit(unit).code,
                "since": lambda: self.day(to), "until": lambda: self.day(to),
            }[column]()  # fmt: skip
            change(Grants, found, {column: value}, version=found.version, by=actor.who)
            self.written(found, actor)
            self.see_last(last)

    def see_last(self, before: date | None) -> None:
        """Somebody administers the group as long as somebody did."""
        after = administered_until(self.group)
        assert after and before and after >= before, f"administered until {after}, not {before}"

    @rule(n=N, which=N, day=N)
    def end(self, n: int, which: int, day: int) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            last = administered_until(self.group)
            found = self.pick(
                Grant.objects.current().filter(rule=None).order_by("person__number", "role"), which
            )
            grants.end(found, by=actor.who, on=self.day(day), reason=REASON)
            self.see_last(last)

    @rule(n=N, which=N)
    def approve(self, n: int, which: int) -> None:
        actor = self.actor(n)
        with self.trying(actor, may_weigh=True):
            found = self.proposal(which)
            act = grants.approve if isinstance(found, Grant) else group_rules.approve
            act(found, by=actor.who, reason=REASON)
            assert self.hands[found.pk] != actor.human, (
                f"{self.name(actor.human)} approves their own proposal"
            )

    def proposal(self, n: int) -> Any:
        waiting = [*Grant.objects.current().filter(standing="proposed").order_by("person__number", "role"),
                   *GroupRule.objects.current().filter(standing="proposed").order_by("group", "role")]  # fmt: skip
        return self.pick(waiting, n)

    @rule(n=N, which=N)
    def reject(self, n: int, which: int) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            found = self.proposal(which)
            act = grants.reject if isinstance(found, Grant) else group_rules.reject
            act(found, by=actor.who, reason=REASON)

    @rule(n=N, source=SOURCE, group=st.sampled_from("ab"), role=ROLE, unit=N)
    def write_rule(self, n: int, source: str, group: str, role: str, unit: int) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            values = {"source": source, "group": group, "role": role, "unit": self.unit(unit).code}
            self.written(create(GroupRules, values, by=actor.who), actor)

    @rule(n=N, which=N, source=SOURCE, role=ROLE)
    def rewrite_rule(self, n: int, which: int, source: str, role: str) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            found = self.pick(GroupRule.objects.current().order_by("source", "group", "role"), which)
            change(GroupRules, found, {"source": source, "role": role}, version=found.version, by=actor.who)
            self.written(found, actor)

    @rule(n=N, which=N)
    def end_rule(self, n: int, which: int) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            group_rules.end(self.pick(GroupRule.objects.current(), which), by=actor.who, reason=REASON)


class Inviting(Bounds):
    """External people, machines, and what identity providers tell."""

    @rule(n=N, unit=N, role=ROLE, sponsor=N, own=st.booleans())
    def invite(self, n: int, unit: int, role: str, sponsor: int, own: bool) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            self.count += 1
            mail = f"guest{self.count}@elsewhere.example"
            told = outside.Invitation(
                name="Guest", mail=mail, organization="Guests", units=(self.unit(unit),), role=role,
                until=self.day(14), sponsor=self.person(sponsor),
            )  # fmt: skip
            outside.invite(told, by=actor.who, reason=REASON)
            if own:
                self.boxes[mail] = actor.human

    @rule(n=N, which=N, day=N)
    def extend(self, n: int, which: int, day: int) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            guest = self.pick(Outsider.objects.current().order_by("number"), which)
            outside.extend(guest, by=actor.who, until=self.day(day) + timedelta(days=20), reason=REASON)

    @rule(n=N, which=N, to=N, ends=st.booleans())
    def hand_over_or_dismiss(self, n: int, which: int, to: int, ends: bool) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            found = self.pick(Person.objects.current().exclude(kind="employee").order_by("number"), which)
            is_machine = found.kind == Person.Kind.MACHINE
            model, rules = (Service, services) if is_machine else (Outsider, outside)
            found = model.objects.get(pk=found.pk)
            if ends:
                (services.end if is_machine else outside.dismiss)(found, by=actor.who, reason=REASON)
            else:
                rules.hand_over(found, by=actor.who, to=self.person(to), reason=REASON)

    @rule(n=N, number=SOURCE, unit=N, role=ROLE)
    def employ_machine(self, n: int, number: str, unit: int, role: str) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            if Person.objects.filter(number=number).exists():
                raise Refused("There is one.")
            wanted = services.Wanted(number, "Robot", "Trying.", self.unit(unit), actor.who, role)
            services.employ_machine(wanted, by=actor.who)

    @rule(
        n=N, which=N, area=st.none() | st.sampled_from(["administration", "people"]), read_only=st.booleans()
    )
    def issue_token(self, n: int, which: int, area: str | None, read_only: bool) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            machine = self.pick(Service.objects.current().select_related("unit").order_by("number"), which)
            scopes = {area: int(Level.ADMINISTER)} if area else {}
            less = Narrowness(scopes=scopes, read_only=read_only)
            secret = services.issue_token(machine, by=actor.who, days=90, label="A try", less=less)
            self.rings[actor.human].tokens.append(Key(secret, machine.pk, tuple(scopes.items()), read_only))

    @rule(n=N, which=N, group=st.sampled_from("ab"))
    def join(self, n: int, which: int, group: str) -> None:
        actor = self.actor(n)
        with self.trying(actor, may_weigh=True):
            members = [{"value": str(self.person(which).pk)}]
            schema = "urn:ietf:params:scim:schemas:core:2.0:Group"
            self.tell(
                actor, "post", "Groups", {"schemas": [schema], "displayName": group, "members": members}
            )

    @rule(n=N, which=N, mail=N, active=st.booleans(), name=st.booleans())
    def provision(self, n: int, which: int, mail: int, active: bool, name: bool) -> None:
        actor = self.actor(n)
        with self.trying(actor, is_fact=True):
            person = self.person(which)
            self.count += 1
            told = Account.objects.filter(person=person).values_list("sign_in_name", flat=True).first()
            self.tell(actor, "put", f"Users/{person.pk}", {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "active": active,
                "userName": f"name{self.count}" if name or not told else told, "displayName": person.name,
                "emails": [{"value": self.pick(sorted(self.boxes), mail), "type": "work"}],
            })  # fmt: skip

    def tell(self, actor: Actor, method: str, path: str, body: dict[str, Any]) -> None:
        """Send `body` with the token by which `actor` acts; refused where they hold none."""
        headers = {"Authorization": f"Bearer {actor.key.secret}"} if actor.key else {}
        answer = getattr(Client(), method)(
            f"/scim/v2/{path}", json.dumps(body), content_type="application/scim+json", headers=headers
        )
        if answer.status_code >= 400:
            raise Refused(answer.content.decode())


class SigningIn(Bounds):
    """How people sign in, who they are, and where units lie."""

    @rule(n=N, which=N, is_mailed=st.booleans())
    def open_account(self, n: int, which: int, is_mailed: bool) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            self.count += 1
            found = self.person(which)
            account = tending.open_account(found, f"opened{self.count}", by=actor.who)
            self.learn(account, actor, is_mailed=is_mailed, by=actor.who)

    def learn(self, account: Account, actor: Actor, *, is_mailed: bool, by: Person | None = None) -> None:
        """Whoever sees the link sets the password: who made it, or whose box its mail goes to."""
        with override_settings(MAIL=Post(host="mail.example" if is_mailed else "")):
            address = links.make(account, lasts=links.GIVEN, by=by)
            is_mailed = links.is_mailed(account)
        human = self.boxes.get(account.person.mail) if is_mailed else actor.human
        if human is None:
            return
        found = links.found(address.rstrip("/").rpartition("/")[2])
        if found is None:
            raise Refused("The account is closed.")
        links.use(found, PASSWORD)
        for ring in self.rings.values():
            ring.passwords.discard(account.person_id)
        self.rings[human].passwords.add(account.person_id)
        self.taken[account.person_id] = self.now

    @rule(n=N, which=N, is_mailed=st.booleans())
    def send_link(self, n: int, which: int, is_mailed: bool) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            account = self.account(which)
            tending.require_tending(actor.who, account.person)
            self.learn(account, actor, is_mailed=is_mailed, by=actor.who)

    def account(self, n: int) -> Account:
        return self.pick(Account.objects.select_related("person__unit").order_by("person__number"), n)

    @rule(n=N, which=N)
    def forget_password(self, n: int, which: int) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            account = self.account(which)
            if self.boxes.get(account.person.mail) != actor.human:
                raise Refused("The mail goes to somebody else.")
            self.learn(account, actor, is_mailed=True)

    @rule(n=N, which=N, closes=st.booleans())
    def reset_or_close(self, n: int, which: int, closes: bool) -> None:
        actor = self.actor(n)
        with self.trying(actor):
            found = self.account(which).person
            if closes:
                tending.close_account(found, by=actor.who)
            else:
                tending.reset_factors(found, by=actor.who, identified="Seen with staff card.")

    @rule(n=N, which=N, to=N, column=st.sampled_from(["mail", "kind", "number", "unit", "employed_until"]))
    def rewrite_person(self, n: int, which: int, to: int, column: str) -> None:
        actor = self.actor(n)
        with self.trying(actor, is_fact=True):
            found = self.person(which)
            value = {
                "mail": lambda: self.pick(sorted(self.boxes), to), "kind": lambda: self.pick(Person.Kind.values, to),
                "number": lambda: self.pick(SOURCES, to), "unit": lambda: self.unit(to).code,
                "employed_until": lambda: None if to % 2 else self.day(to),
            }[column]()  # fmt: skip
            change(People, found, {column: value}, version=found.version, by=actor.who)

    @rule(n=N, which=N, to=N)
    def transfer_or_end(self, n: int, which: int, to: int) -> None:
        actor = self.actor(n)
        with self.trying(actor, is_fact=True):
            found, day = self.person(which), moments.today("Asia/Taipei")
            if to % 4:
                transfer(found, by=actor.who, to=self.unit(to), on=day, reason=REASON)
            else:
                end_employment(found, by=actor.who, on=self.day(to), reason=REASON)

    @rule(n=N, which=N, to=N, by_form=st.booleans())
    def move_unit(self, n: int, which: int, to: int, by_form: bool) -> None:
        actor = self.actor(n)
        with self.trying(actor, moves=True):
            unit, above = self.unit(which), self.unit(to)
            if by_form:
                change(Units, unit, {"parent": above.code}, version=unit.version, by=actor.who)
            else:
                move(unit, by=actor.who, to=above, on=moments.today(unit.time_zone), reason=REASON)


class Climbing(Granting, Inviting, SigningIn):
    """What pages, programs and files let people try, day after day."""

    @rule(days=st.integers(1, 10))
    def days_pass(self, days: int) -> None:
        self.wait(days)


RULES = "keepwell.areas.administration.rules"
STEPS = [name for name in dir(Climbing) if hasattr(getattr(Climbing, name), RULE_MARKER)]
BROKEN = {
    "what weighs waits": (f"{RULES}.grants.propose_if_weighty", ["give", "rewrite"]),
    "who gives holds as much": (f"{RULES}.grants.require_below", ["give", "rewrite"]),
    "what rules give is held by who writes them": (
        f"{RULES}.group_rules.require_below",
        ["write_rule", "join"],
    ),
    "somebody administers as long": (f"{RULES}.grants.keep_administered", ["end", "rewrite", "days_pass"]),
    "who makes a token holds as much": (f"{RULES}.services.require_above", ["issue_token"]),
    "who opens an account holds as much": (
        "keepwell.platform.identity.tending.require_above",
        ["open_account"],
    ),
}


@FAST
class Ceiling(Humans, TestCase):
    def climb(self, examples: int, *phases: Phase, steps: list[str] = STEPS) -> None:
        """Try `steps` that often, up to fifty acts each time."""
        left_out = {name: None for name in STEPS if name not in steps}
        told = type("Told", (Climbing,), {"story": self, **left_out})
        run_state_machine_as_test(told, settings=settings(
            max_examples=examples, stateful_step_count=50, deadline=None, phases=phases, database=None,
            suppress_health_check=list(HealthCheck), derandomize=rounds(True, False), print_blob=True,
            report_multiple_bugs=False,
        ))  # fmt: skip

    def test_holds_whatever_is_tried(self) -> None:
        self.climb(rounds(6, 400), Phase.generate, Phase.shrink)

    @pytest.mark.sqlite  # whether this search finds what is broken is about the search, not about a database
    def test_finds_each_rule_that_is_broken(self) -> None:
        for name, (broken, steps) in BROKEN.items():
            with self.subTest(name):
                self.climb(2, Phase.generate, steps=steps)
                with mock.patch(broken), self.assertRaises(AssertionError):
                    self.climb(200, Phase.generate, steps=steps)
