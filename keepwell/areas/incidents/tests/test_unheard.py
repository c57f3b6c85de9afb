"""R12: what concerns everybody who could read it goes to somebody else, and never to whom it concerns."""

from __future__ import annotations

import json
from unittest import mock

from django.db import connection
from django.urls import reverse

from keepwell.areas.incidents.jobs import tell_readers
from keepwell.areas.incidents.models import Disclosure, Report
from keepwell.areas.incidents.rules import intake, unheard
from keepwell.areas.incidents.tests.test_claiming import Accused
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.keeping.putting import Embedded, Server
from keepwell.platform.keeping.tables import kept_tables
from keepwell.platform.notices.models import Notice
from keepwell.platform.people.models import Person
from keepwell.platform.todos.duties import falling_to
from keepwell.platform.todos.keeping import reckon
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.owing import debtor_of
from keepwell.platform.todos.rules import delegate
from tests.cast import TELLER, grant
from tests.duties import owed_by

READ = "Read what was told without a name at Kaohsiung Assembly 1"
DESIGNATE = "Nobody may read what was told without a name at Kaohsiung Assembly 1: have somebody designated"
KINDS = ("disclosures.unread", "disclosures.unheard")


class OneOfficer(Accused):
    """A site with one officer, who is designated there: Ben. Gina looks after the group's security, Ada administers it."""

    def scene(self) -> None:
        super().scene()
        self.give(self.ben, "designated_person")

    def give(self, who: Person, role: str, at: object = None) -> None:
        with acting(TELLER, "story.give"):
            grant(who, role, at or self.khh1)

    def told(self, concerns: str) -> Disclosure:
        self.code(self.send(site="KHH1", unnamed="on", concerns=concerns))
        return Disclosure.objects.get()

    def due(self) -> dict[str, list[str]]:
        """Who of all is to do what of it, by page and by rule alike."""
        found = {}
        for who in (self.ada, self.ben, self.gina, self.cleo, self.eva, self.dan, self.sam):
            if acts := owed_by(who, *KINDS):
                found[who.name] = acts
            self.sign_in(who)
            page = self.client.get("/due/").content.decode()
            for act in (READ, DESIGNATE):
                self.assertEqual(act in page, act in acts, f"{who}: {act}")
        return found

    def notices(self) -> dict[str, str]:
        """Who was told of it, and in which words."""
        tell_readers(None)  # type: ignore[arg-type]
        rows = Notice.objects.filter(kind="disclosure.unread").select_related("person")
        return {one.person.name: one.what for one in rows}


class WithoutAName(OneOfficer):
    def test_is_read_by_who_is_designated(self) -> None:
        self.told("")
        self.assertEqual(self.due(), {"Ben Tan": [READ]})
        self.assertEqual([*self.notices()], ["Ben Tan"])

    def test_goes_to_who_is_designated_above_where_it_concerns_the_one_of_the_site(self) -> None:
        self.give(self.gina, "designated_person", self.mat)
        self.told("Ben Tan")
        self.assertEqual(self.due(), {"Gina Ho": [READ]})
        self.assertEqual([*self.notices()], ["Gina Ho"])

    def test_lets_who_administers_have_somebody_designated_where_nobody_is_left(self) -> None:
        found = self.told("Ben Tan")
        self.assertEqual(self.due(), {"Ada Lin": [DESIGNATE]})
        self.assertEqual(self.notices(), {"Ada Lin": unheard.NOBODY})
        self.assertEqual([*intake.disclosures_for(self.ada)], [])  # who administers reads nothing of it
        self.give(self.gina, "designated_person")
        self.assertEqual(self.due(), {"Gina Ho": [READ]})
        self.assertEqual([*intake.disclosures_for(self.gina)], [found])

    def test_asks_nobody_whom_it_concerns_also_not_who_administers(self) -> None:
        self.told("Ben Tan and Ada Lin")
        self.assertEqual(self.due(), {"Gina Ho": [DESIGNATE]})
        self.assertEqual([*self.notices()], ["Gina Ho"])
        self.give(self.ada, "designated_person", self.group)
        self.assertEqual(self.due(), {"Gina Ho": [DESIGNATE]})

    def test_tells_who_runs_the_machine_where_it_concerns_them_all(self) -> None:
        self.told("Ben Tan, Ada Lin and Gina Ho")
        with mock.patch.object(unheard.log, "warning") as warned:
            self.assertEqual(self.notices(), {})
        self.assertEqual(warned.call_args.args, ("disclosures.unheard unit=%s", "KHH1"))
        self.assertEqual(self.due(), {})

    def test_is_settled_with_it(self) -> None:
        found = self.told("")
        intake.mark(found, by=self.ben, is_settled=False)
        self.assertEqual(self.due(), {})

    def test_leaves_no_trace_and_is_passed_on_to_nobody(self) -> None:
        before = Change.objects.count()
        self.told("")
        reckon(moments.today())
        self.assertEqual((Debt.objects.count(), Change.objects.count()), (0, before))
        debt, _unit = next(falling_to(self.ben, moments.today("Asia/Taipei")))
        with self.assertRaisesMessage(Refused, "nobody passes it on"):
            delegate(debt, by=self.ben, to=self.ada)
        self.assertEqual((Debt.objects.count(), Change.objects.count()), (0, before))


class WithAName(OneOfficer):
    def told_of(self, concerns: str) -> Report:
        self.code(self.send(site="KHH1", concerns=concerns))
        return Report.objects.get()

    def hugo(self) -> Person:
        with acting(TELLER, "story.audit"):
            grant(self.dan, "auditor", self.group)
        return self.dan

    def test_goes_to_the_next_unit_up_where_it_concerns_the_officer_of_the_site(self) -> None:
        report = self.told_of("Ben Tan")
        self.assertEqual(debtor_of(report, intake.LOOK), ("group_ciso", self.group))
        self.assertFalse(self.reads(self.ben))

    def test_goes_to_who_may_read_where_it_concerns_all_who_could_work_on_it(self) -> None:
        dan = self.hugo()
        report = self.told_of("Ben Tan, Ada Lin, Gina Ho")
        self.assertEqual(debtor_of(report, intake.LOOK), ("auditor", self.group))
        self.sign_in(dan)
        self.assertContains(self.client.get("/due/"), str(report))
        for who in (self.ben, self.ada, self.gina, self.sam):
            self.sign_in(who)
            self.assertNotContains(self.client.get("/due/"), str(report))
            self.assertEqual(self.client.get(reverse("reports-record", args=[report.pk])).status_code, 404)

    def test_goes_to_who_is_appointed_once_nobody_was_left(self) -> None:
        report = self.told_of("Ben Tan, Ada Lin, Gina Ho")
        self.assertEqual(debtor_of(report, intake.LOOK), ("site_officer", self.khh1))
        self.assertFalse(self.reads(self.ben))
        self.give(self.eva, "site_officer", self.mat)
        self.assertEqual(debtor_of(report, intake.LOOK), ("site_officer", self.mat))
        self.sign_in(self.eva)
        self.assertContains(self.client.get("/due/"), str(report))


class InABackup(OneOfficer):
    """R11: of whom is kept out of what, a backup does not tell in which order it came, and brings it back."""

    def test_is_held_without_a_counted_key(self) -> None:
        found = self.told("Ben Tan")
        through = Disclosure.excluded.through
        table = next(one for one in kept_tables() if one.name == through._meta.db_table)
        self.assertEqual(
            ([one.name for one in table.columns], table.by), (["disclosure_id", "person_id"], "disclosure_id")
        )
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT disclosure_id, person_id FROM "{table.name}"{table.ordered}')  # noqa: S608  # ours
            lines = "".join(json.dumps(list(map(str, row))) + "\n" for row in cursor.fetchall())
        through.objects.all().delete()
        place = Embedded() if connection.vendor == "sqlite" else Server()
        self.assertEqual(place.load(table, iter([lines.encode()])), 1)
        self.assertEqual([*found.excluded.all()], [self.ben])
