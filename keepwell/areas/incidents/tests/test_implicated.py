"""R12: whom a report or an incident concerns never learns of it, by no outlet, whatever rights they hold."""

from __future__ import annotations

import re
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import EscalationCall, ImplicatedPerson, Incident, Report
from keepwell.areas.incidents.rules import exposure, implicating, intake, merging, splitting, tasks
from keepwell.areas.incidents.tests.doors import Doors
from keepwell.areas.incidents.tests.stories import OnDuty, Reported
from keepwell.config.mail import Post
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence.rules import Facts, attach
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.sequencer import seal
from keepwell.platform.jobs.beside import BESIDE
from keepwell.platform.notices.abroad import Delivery, Webhook
from keepwell.platform.notices.hooks import payload
from keepwell.platform.people.models import Person
from keepwell.platform.search.indexing import catch_up
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.owing import debtor_of
from tests.cast import TELLER, account, grant, person

CANARY, TOLD = "Vermilion", "Cinnabar"
WHY = "It is about the CISO."


class Told(Reported):
    """A report at KHH1 and an incident there, both about Ada, who leads the group's security, administers Keepwell and
    leads this incident; Gina looks after the group's security too."""

    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.enter"):
            self.gina = person("A0000007", "Gina Ho", self.group)
            account(self.gina, "gina")
            for role in ("group_ciso", "administrator"):
                grant(self.gina, role, self.group)
            grant(self.ada, "auditor", self.group)
            self.incident.title = f"{CANARY} sells access"
            self.incident.save()
            self.tip = Report(unit=self.khh1, says=f"{TOLD} sells access")
            self.tip.save()
        rules.acknowledge(self.incident, by=self.ada)

    def keep_out(self) -> None:
        implicating.keep_out(self.tip, by=self.ben, person=self.ada, reason=WHY)
        implicating.keep_out_of_incident(self.fresh(), by=self.ben, person=self.ada, reason=WHY)

    def fresh(self) -> Incident:
        return Incident.objects.get(pk=self.incident.pk)


@override_settings(MAIL=Post(host="mail.example"))
class EveryOutlet(Doors, Told, TestCase):
    """What each outlet tells an implicated administrator, who saw it by all of them before."""

    def scene(self) -> None:
        super().scene()
        rules.enter(self.fresh(), by=self.ben, says=f"{CANARY} was seen")
        tasks.add_task(self.fresh(), by=self.ben, what=f"{CANARY} task", until="23:00", to=self.ada)
        proof = Facts(title=f"{CANARY} log", unit=self.khh1)
        attach(proof, by=self.ben, files=[], links=["https://logs.example/1"], to=self.incident)
        exposure.ask_sites(self.fresh(), by=self.ben, says=f"{CANARY} asked?", until="23:00", sites="KHH1")
        with acting(TELLER, "story.hook"):
            self.hook = Webhook(name="siem", unit=self.group, url="https://siem.example/", reader=self.ada,
                                registers=["incidents", "reports"])  # fmt: skip
            self.hook.save()
        catch_up()
        seal()

    def test_tells_who_is_implicated_nothing(self) -> None:
        before = self.outlets(self.ada)
        self.keep_out()
        after, others = self.outlets(self.ada), self.outlets(self.gina)
        self.assertEqual(len(before), 46)
        for outlet, (word, text) in before.items():
            with self.subTest(outlet):
                self.assertIn(word, text)  # the outlet does tell, so that its silence is the rule's doing
                self.assertNotIn(word, after[outlet][1])
                if outlet != "task due":
                    self.assertIn(word, others[outlet][1])
        for outlet in ("trail", "due", "notices", "start", "count", "calendar", "figures"):
            with self.subTest(outlet):
                self.assertNotRegex(
                    self.read_of(outlet, self.ada), f"{CANARY}|{TOLD}|{self.tip}|{self.incident}"
                )

    def read_of(self, outlet: str, who: Person) -> str:
        self.sign_in(who)
        if outlet == "calendar":
            page = self.client.post(reverse("calendar")).content.decode()
            found = re.search(r"calendar/[\w-]{43}\.ics", page)
            assert found is not None
            return self.read("/" + found[0])
        paths = {"trail": "/trail/", "due": "/due/", "notices": "/notices/", "start": "/",
                 "count": "/incidents/restricted/", "figures": reverse("incident-figures")}  # fmt: skip
        return self.read(paths[outlet])

    def outlets(self, who: Person) -> dict[str, tuple[str, str]]:
        """What each tells `who`, beside the word that gives it away."""
        self.sign_in(who)
        incident, report = self.fresh(), Report.objects.get(pk=self.tip.pk)
        pk = incident.pk
        room = reverse("incident-room", args=[pk])
        found = {
            "list": (CANARY, self.read("/incidents/")),
            "record": (CANARY, self.read(reverse("incidents-record", args=[pk]))),
            "room": (CANARY, self.read(room)), "live stream": (CANARY, self.read(f"{room}newest/?beat=0")),
            "way out": (CANARY, self.read(reverse("incident-out", args=[pk]))),
            "clocks": (CANARY, self.read(reverse("incident-clocks", args=[pk]))),
            "split": (CANARY, self.read(reverse("incident-split", args=[pk]))),
            "classify": (CANARY, self.read(reverse("incident-classify", args=[pk]))),
            "list for programs": (CANARY, self.read("/api/incidents")),
            "one for programs": (CANARY, self.read(f"/api/incidents/{pk}")),
            "search": (CANARY, self.searched("vermil")),
            "search for programs": (CANARY, self.read("/api/search?q=vermil")),
            "csv": (CANARY, self.read(reverse("incidents-take-out", args=["csv"]))),
            "workbook": (CANARY, self.unpacked(reverse("incidents-take-out", args=["xlsx"]))),
            "mail": (CANARY, self.letter(who, incident, incident.title)),
            "webhook": (CANARY, self.hooked(incident, who)),
            "row of the trail": (CANARY, self.row_of_the_trail_of(incident)),
            "dossier": (CANARY, self.read(f"/api/incidents/{pk}/dossier")),
            "stix": (CANARY, self.read(f"/api/incidents/{pk}/stix?audience=red")),
            "veris": (CANARY, self.read(f"/api/incidents/{pk}/veris?audience=red")),
            "task due": (CANARY, self.read("/due/")),
            "evidence": (CANARY, self.read("/evidence/")),
            "evidence for programs": (CANARY, self.read("/api/evidence")),
            "number in the list": (str(incident), self.read("/incidents/")),
        }  # fmt: skip
        registers = {"timeline-entries": f"{CANARY} was seen", "incident-tasks": f"{CANARY} task",
                     "exposure-answers": f"{CANARY} asked?"}  # fmt: skip
        for slug, word in registers.items():
            found[slug] = (word, self.read(f"/{slug}/"))
            found[f"{slug} for programs"] = (word, self.read(f"/api/{slug}"))
            found[f"{slug} as a file"] = (word, self.read(reverse(f"{slug}-take-out", args=["csv"])))
        return found | self.outlets_of_report(report, who)

    def outlets_of_report(self, report: Report, who: Person) -> dict[str, tuple[str, str]]:
        place = reverse("reports-record", args=[report.pk])
        return {
            "reports": (TOLD, self.read("/reports/")), "report": (TOLD, self.read(place)),
            "report alike": (str(report), self.read(reverse("report-alike", args=[report.pk]))),
            "reports for programs": (TOLD, self.read("/api/reports")),
            "report for programs": (TOLD, self.read(f"/api/reports/{report.pk}")),
            "search for the report": (TOLD, self.searched("cinnab")),
            "reports csv": (TOLD, self.read(reverse("reports-take-out", args=["csv"]))),
            "reports workbook": (TOLD, self.unpacked(reverse("reports-take-out", args=["xlsx"]))),
            "mail of the report": (TOLD, self.letter(who, report, TOLD)),
            "webhook of the report": (TOLD, self.hooked(report, who)),
            "row of the trail of the report": (TOLD, self.row_of_the_trail_of(report)),
            "number of the report": (str(report), self.read("/reports/")),
            "report, openly": (str(report), self.read(place)),
        }  # fmt: skip

    def searched(self, word: str) -> str:
        catch_up()
        return re.sub("</?mark>", "", self.read(f"/search/?q={word}"))

    def hooked(self, record: Incident | Report, who: Person) -> str:  # type: ignore[override]
        self.hook.reader = who
        change = Change.objects.filter(record_id=record.pk).latest("id")
        word = CANARY if isinstance(record, Incident) else TOLD
        return word if payload(Delivery(webhook=self.hook, change_id=change.pk)) else ""

    def row_of_the_trail_of(self, record: Incident | Report) -> str:
        seal()
        change = Change.objects.filter(record_id=record.pk, after__icontains="sells").earliest("id")
        return self.read(reverse("trail-row", args=[change.leaf]))


class KeepingOut(Told, TestCase):
    def test_answers_as_if_there_were_nothing(self) -> None:
        """No oracle: what is kept and what never was are told apart by nothing."""
        self.keep_out()
        self.sign_in(self.ada)
        nowhere = "00000000-0000-4000-8000-000000000000"
        for path in ("/incidents/{}/", "/incidents/{}/room/", "/api/incidents/{}", "/api/incidents/{}/dossier",
                     "/incidents/{}/clocks/"):  # fmt: skip
            kept, unknown = (self.client.get(path.format(pk)) for pk in (self.incident.pk, nowhere))
            with self.subTest(path):
                self.assertEqual((kept.status_code, unknown.status_code), (404, 404))
        for path in ("/reports/{}/", "/api/reports/{}", "/reports/{}/alike/"):
            self.assertEqual(self.client.get(path.format(self.tip.pk)).status_code, 404, path)

    def test_takes_every_act_from_them(self) -> None:
        self.keep_out()
        for do in (
            lambda: rules.restrict(self.fresh(), by=self.ada, reason="Mine."),
            lambda: rules.enter(self.fresh(), by=self.ada, says="Nothing to see"),
            lambda: intake.settle(Report.objects.get(pk=self.tip.pk), by=self.ada, reason="Nothing."),
            lambda: implicating.clear(self.tip.implicated.get(), by=self.ada, reason="Not me."),
        ):
            with self.assertRaises(PermissionDenied):
                do()
        with self.assertRaisesMessage(Refused, "No open incident that you may change has the number"):
            intake.join(self.another(), by=self.ada, number=self.incident.number)

    def another(self) -> Report:
        made = Report(unit=self.khh1, says="Something else")
        with acting(TELLER, "story.report"):
            made.save()
        return made

    def test_holds_also_where_they_are_named_and_break_the_glass(self) -> None:
        rules.restrict(self.fresh(), by=self.ben, reason="Names in it.")
        rules.name_person(self.fresh(), by=self.ben, person=self.gina, reason="Decides.")
        self.assertEqual(rules.count_withheld(self.gina), 0)
        self.assertIn(self.fresh(), Incident.objects.visible_to(self.ada))  # its lead was named
        self.keep_out()
        self.assertNotIn(self.fresh(), Incident.objects.visible_to(self.ada))
        self.assertEqual(rules.count_withheld(self.ada), 0)
        with self.assertRaisesMessage(
            Refused, "No incident of which anything is kept from you has this number."
        ):
            rules.break_glass(self.incident.number, by=self.ada, reason="Let me see.")
        with self.assertRaisesMessage(Refused, "It concerns Ada Lin, who is kept out of it."):
            implicated = self.fresh().named.get(person=self.ada)
            rules.take_off(implicated, by=self.ben, reason="Once more.")
            rules.name_person(self.fresh(), by=self.ben, person=self.ada, reason="Back.")

    def test_gives_the_lead_to_who_keeps_the_leader_out(self) -> None:
        self.keep_out()
        self.assertEqual(self.fresh().lead, self.ben)

    def test_is_done_by_somebody_else_once(self) -> None:
        with self.assertRaisesMessage(Refused, "let somebody else who may read it keep you out"):
            implicating.keep_out(self.tip, by=self.ben, person=self.ben, reason=WHY)
        with self.assertRaisesMessage(Refused, "Say why."):
            implicating.keep_out(self.tip, by=self.ben, person=self.ada, reason=" ")
        implicating.keep_out(self.tip, by=self.ben, person=self.ada, reason=WHY)
        with self.assertRaisesMessage(Refused, "Ada Lin is kept out already."):
            implicating.keep_out(self.tip, by=self.ben, person=self.ada, reason=WHY)

    def test_ends_when_somebody_else_lets_them_in(self) -> None:
        self.keep_out()
        for one in ImplicatedPerson.objects.all():
            implicating.clear(one, by=self.gina, reason="A namesake.")
        self.assertIn(self.fresh(), Incident.objects.visible_to(self.ada))
        self.assertIn(self.tip, Report.objects.visible_to(self.ada))
        self.assertEqual({one.decided_by for one in ImplicatedPerson.objects.all()}, {self.gina})

    def test_is_for_who_works_there(self) -> None:
        for who in (self.cleo, self.eva, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                implicating.keep_out(self.tip, by=who, person=self.ada, reason=WHY)
            self.assertFalse(ImplicatedPerson.objects.visible_to(who).exists())

    def test_lies_where_the_report_lies(self) -> None:
        self.keep_out()
        with acting(TELLER, "story.move"):
            report = Report.objects.get(pk=self.tip.pk)
            report.unit = self.pen1
            report.save()
        self.assertEqual(report.implicated.get().unit, self.pen1)


class ItsIncident(Told, TestCase):
    """What is told of somebody goes where the report goes, and stays kept from them there."""

    def scene(self) -> None:
        super().scene()
        implicating.keep_out(self.tip, by=self.ben, person=self.ada, reason=WHY)
        self.tip = Report.objects.get(pk=self.tip.pk)

    def knows(self, incident: Incident) -> bool:
        return Incident.objects.visible_to(self.ada).filter(pk=incident.pk).exists()

    def test_is_kept_from_them(self) -> None:
        self.assertFalse(self.knows(intake.open_incident(self.tip, by=self.ben, title="Access is sold")))

    def test_is_kept_from_them_when_the_report_joins_it(self) -> None:
        self.assertTrue(self.knows(self.incident))
        intake.join(self.tip, by=self.ben, number=self.incident.number)
        self.assertFalse(self.knows(self.incident))
        self.assertEqual(self.fresh().lead, self.ben)

    def test_is_kept_from_them_where_it_is_merged_into(self) -> None:
        implicating.keep_out_of_incident(self.fresh(), by=self.ben, person=self.ada, reason=WHY)
        other = self.report("Another", self.khh1)
        merging.merge(self.fresh(), by=self.ben, number=other.number, reason="The same.")
        self.assertFalse(self.knows(other))

    def test_is_kept_from_them_where_it_is_split_off(self) -> None:
        intake.join(self.tip, by=self.ben, number=self.incident.number)
        with acting(TELLER, "story.more"):
            more = Report(unit=self.khh1, says="The badge", incident=self.fresh())
            more.save()
        made = splitting.split(
            self.fresh(),
            {"reports": [str(more.pk)]},
            by=self.ben,
            title="The badge",
            reason="Another matter.",
        )
        self.assertFalse(self.knows(made))
        self.assertFalse(Report.objects.visible_to(self.ada).filter(pk=more.pk).exists())


class ALook(Told, TestCase):
    def test_is_owed_by_the_next_unit_up_where_it_concerns_all_officers(self) -> None:
        self.assertEqual(debtor_of(self.tip, intake.LOOK), ("site_officer", self.khh1))
        implicating.keep_out(self.tip, by=self.gina, person=self.ben, reason=WHY)
        self.assertEqual(debtor_of(self.tip, intake.LOOK), ("group_ciso", self.group))
        self.assertEqual(Debt.objects.open().filter(record_id=self.tip.pk).count(), 1)
        implicating.clear(self.tip.implicated.get(), by=self.gina, reason="A namesake.")
        self.assertEqual(debtor_of(self.tip, intake.LOOK), ("site_officer", self.khh1))


class TheLadder(OnDuty, TestCase):
    def test_goes_past_whom_a_report_concerns(self) -> None:
        self.on_duty(self.olga, self.khh1)
        self.on_duty(self.paul, self.group)
        report = Report(unit=self.khh1, says="Olga sells access", ongoing="yes")
        with acting(TELLER, "story.report"):
            report.save()
        implicating.keep_out(report, by=self.paul, person=self.olga, reason=WHY)
        with moments.standing_at(moments.now() + timedelta(hours=1)):
            BESIDE["incidents.escalate"].work()
        called = EscalationCall.objects.filter(report=report)
        self.assertEqual([one.person for one in called], [self.paul])
        self.assertFalse(EscalationCall.objects.visible_to(self.olga).filter(report=report).exists())
