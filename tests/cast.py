"""The cast of every story: a small group, and six people with the rights their roles give."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, date, datetime
from typing import ClassVar

from keepwell.kernel import moments
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.identity.sessions import facts
from keepwell.platform.people.models import Account, Grant, Person
from keepwell.platform.search.indexing import catch_up
from keepwell.platform.tree.models import Unit

START = date(2018, 1, 1)
NOW = datetime(2025, 11, 13, 21, 12, tzinfo=UTC)
TELLER = Machine("the teller")


def unit(code: str, name: str, kind: str, parent: Unit | None, **facts: object) -> Unit:
    """A unit that has been there since 2018."""
    values = {"country": "TW", "time_zone": "Asia/Taipei", "active_from": START} | facts
    made = Unit(code=code, name=name, kind=kind, parent=parent, **values)
    made.save()
    return made


def person(number: str, name: str, at: Unit, **facts: object) -> Person:
    """Somebody employed since 2018."""
    values = {
        "unit_since": START,
        "employed_from": START,
        "mail": f"{number.lower()}@meridian.example",
    } | facts
    made = Person(number=number, name=name, unit=at, **values)
    made.save()
    return made


def account(who: Person, name: str) -> Account:
    """A way to sign in for `who`, without a usable password."""
    made = Account(sign_in_name=name, person=who)
    made.set_unusable_password()
    made.save()
    return made


def grant(who: Person, role: str, at: Unit, **facts: object) -> Grant:
    """`role` for `who` at `at`, since 2018."""
    made = Grant(person=who, role=role, unit=at, **({"since": START} | facts))
    made.save()
    return made


class Cast:
    """Mix into a TestCase: the group MERIDIAN, companies MAT and MSE, sites KHH1, KHH2 and PEN1, and
    Ada (group CISO and administrator), Ben (officer of KHH1), Cleo (Board reader), Dan (consultant for
    KHH2 and PEN1), Eva (employee of KHH1), Sam (no rights)."""

    scene_at: ClassVar[datetime | None] = None
    """When time stands in the scene and in each test; it goes on if this is not given."""

    @classmethod
    def setUpTestData(cls) -> None:
        with acting(TELLER, "cast.enter"):
            cls.build_units()
            cls.build_people()
        catch_up()
        cls._keep_scene()

    def scene(self) -> None:
        """What a story begins with. It is set once for all tests of its class, each of which finds the rows, and copies
        of what was put at `self`, as the scene left them; so a scene leaves nothing anywhere else."""

    @classmethod
    def _keep_scene(cls) -> None:
        """Set the scene, and let every test have what was put at `self`."""
        if cls.scene is Cast.scene:
            return
        teller = cls()
        known = set(vars(teller))
        with moments.standing_at(cls.scene_at) if cls.scene_at else nullcontext():
            teller.scene()
        for name in vars(teller).keys() - known:
            setattr(cls, name, vars(teller)[name])

    def setUp(self) -> None:
        super().setUp()
        if self.scene_at:
            self.enterContext(moments.standing_at(self.scene_at))

    @classmethod
    def build_units(cls) -> None:
        cls.group = unit(
            "MERIDIAN", "Meridian Semiconductor Holding", "group", None, name_zh="子午半導體控股"
        )
        cls.mat = unit("MAT", "Meridian Assembly & Test", "company", cls.group)
        cls.mse = unit(
            "MSE",
            "Meridian Southeast Asia",
            "company",
            cls.group,
            country="MY",
            time_zone="Asia/Kuala_Lumpur",
        )
        cls.khh1 = unit("KHH1", "Kaohsiung Assembly 1", "site", cls.mat, name_zh="高雄封裝一廠", has_ot=True)
        cls.khh2 = unit("KHH2", "Kaohsiung Assembly 2", "site", cls.mat, name_zh="高雄封裝二廠")
        cls.pen1 = unit(
            "PEN1", "Penang Assembly 1", "site", cls.mse, country="MY", time_zone="Asia/Kuala_Lumpur"
        )

    @classmethod
    def build_people(cls) -> None:
        cls.ada = person("A0000001", "Ada Lin", cls.group, name_local="林雅達")
        cls.ben = person("A0000002", "Ben Tan", cls.khh1)
        cls.cleo = person("A0000003", "Cleo Wang", cls.group)
        cls.dan = person("X0000004", "Dan Fischer", cls.group, kind="external", responsible=cls.ada)
        cls.eva = person("A0000005", "Eva Chen", cls.khh1)
        cls.sam = person("X0000006", "Sam Stone", cls.group, kind="external", responsible=cls.ada)
        for who in ("ada", "ben", "cleo", "dan", "eva", "sam"):
            account(getattr(cls, who), who)
        grant(cls.ada, "group_ciso", cls.group)
        grant(cls.ada, "administrator", cls.group)
        grant(cls.ben, "site_officer", cls.khh1)
        grant(cls.cleo, "board_reader", cls.group)
        grant(cls.dan, "consultant", cls.khh2)
        grant(cls.dan, "consultant", cls.pen1)
        grant(cls.eva, "employee", cls.khh1)
        for who in (cls.ada, cls.ben, cls.cleo, cls.dan, cls.eva):
            who.account.refresh_from_db(fields=["epoch"])

    def sign_in(self, who: Person) -> None:
        """Let the test's client be `who`, who has just proved it."""
        who.account.refresh_from_db(fields=["epoch"])
        self.client.force_login(who.account)
        session = self.client.session
        session.update(facts(who.account, source="127.0.0.1", device=""))
        session.save()
