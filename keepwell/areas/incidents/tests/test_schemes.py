"""Our own scheme: brought in whole, approved by a second person, in force from its day on, and never at anybody's back."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.db.models import QuerySet
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import EscalationCall, Incident, SeverityScheme, TimelineEntry, scheme
from keepwell.areas.incidents.models.library import scheme_to_edit, shipped_scheme
from keepwell.areas.incidents.models.scheme_words import PLACES, SENTENCES
from keepwell.areas.incidents.models.schemes import by_one_edition, edition_now, level_name
from keepwell.areas.incidents.rules import schemes
from keepwell.areas.incidents.rules.dossier import facts as told_in_dossier
from keepwell.areas.incidents.rules.dossier.reading import Dossier
from keepwell.areas.incidents.tests.stories import OnDuty, Reported, at, reads
from keepwell.kernel import moments
from keepwell.kernel.severity import faults
from keepwell.kernel.severity.faults import Faulty
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.beside import BESIDE
from keepwell.platform.people.permissions import reading_once
from keepwell.platform.todos.todo import due_from
from tests.cast import NOW, TELLER, account, grant, person

TODAY = date(2025, 11, 14)
"""In Taipei, where the group is."""
FACTOR = """- {name: recipes, kind: bool, title: Tool recipes, title_zh: 機台配方,
   asks: "Are recipes of tools touched?", asks_zh: 是否涉及機台配方？}
group:
"""
RULE = """  rules:
  - {level: 4, when: [{factor: recipes}], says: "Recipes of tools are touched.", says_zh: 涉及機台配方。}
  - {level: 4, when: [{factor: secrets,"""
RENAMED = scheme_to_edit().replace("name: Crisis", "name: Emergency")
QUICKER = scheme_to_edit().replace(
    "acknowledge_minutes: 30, group_minutes: 15", "acknowledge_minutes: 20, group_minutes: 10"
)
STRICTER = re.sub(r"\{level: 3, (when: \[\{factor: plant,)", r"{level: 4, \1", scheme_to_edit())


def with_recipes() -> str:
    """The shipped text with an own factor and an own rule."""
    text = (
        scheme_to_edit()
        .replace("group:\n", FACTOR, 1)
        .replace("factors: [secrets]", "factors: [secrets, recipes]", 1)
    )
    return text.replace("  rules:\n  - {level: 4, when: [{factor: secrets,", RULE, 1)


class Drafting:
    """Greta of the secretariat, who may draft at the group, and words for bringing an edition in."""

    def staffed(self) -> None:
        with acting(TELLER, "story.staff"):
            self.greta = person("A0000011", "Greta Gao", self.group)
            account(self.greta, "greta")
            grant(self.greta, "secretariat", self.group)

    def draft(self, text: str, day: date = TODAY, by: object = None) -> SeverityScheme:
        return schemes.draft_scheme(
            text.encode(), valid_from=day, reason="As the plan of 2025 says.", by=by or self.greta
        )

    def in_force(self, text: str, day: date = TODAY) -> SeverityScheme:
        made = self.draft(text, day)
        schemes.approve(made, by=self.ada)
        return SeverityScheme.objects.get(pk=made.pk)


class Scheming(Drafting, Reported):
    def scene(self) -> None:
        super().scene()
        self.staffed()

    def classified(self, incident: Incident | None = None, **known: object) -> Incident:
        found = Incident.objects.get(pk=(incident or self.incident).pk)
        rules.classify(found, by=self.ada, facts=known)
        return Incident.objects.get(pk=found.pk)


class AnEdition(Scheming, TestCase):
    def test_comes_as_a_draft_and_changes_nothing_yet(self) -> None:
        made = self.draft(RENAMED)
        self.assertEqual((made.edition, str(made.standing), edition_now().number), (1, "Draft", 0))
        self.assertEqual((level_name(4), made.rules.levels[4].name.en), ("S4 Crisis", "Emergency"))

    def test_is_kept_whole_or_not_at_all(self) -> None:
        with self.assertRaises(Faulty) as caught:
            self.draft(
                RENAMED.replace("{level: 1, when: [{factor: effect}]", "{level: 9, when: [{factor: affect}]")
            )
        self.assertEqual(len(caught.exception.faults), 2)
        self.assertFalse(SeverityScheme.objects.exists())

    def test_says_something_else_for_a_reason_from_today_on(self) -> None:
        with self.assertRaisesMessage(Refused, "says the same as the edition in force"):
            self.draft(scheme_to_edit())
        with self.assertRaisesMessage(Refused, "Say why"):
            schemes.draft_scheme(RENAMED.encode(), valid_from=TODAY, reason=" ", by=self.greta)
        for days, fits in ((-1, False), (0, True), (1_827, True), (1_828, False)):
            with self.subTest(days=days):
                if fits:
                    self.draft(RENAMED, TODAY + timedelta(days=days))
                else:
                    with self.assertRaisesMessage(Refused, "from today or a later day"):
                        self.draft(RENAMED, TODAY + timedelta(days=days))

    def test_is_drafted_by_who_may_edit_at_the_group(self) -> None:
        for who in (self.ben, self.cleo, self.eva, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                self.draft(RENAMED, by=who)

    def test_is_approved_by_a_second_person_who_may_decide(self) -> None:
        mine = self.draft(RENAMED, by=self.ada)
        with self.assertRaisesMessage(Refused, "Somebody else than who drafted it"):
            schemes.approve(mine, by=self.ada)
        with self.assertRaises(PermissionDenied):
            schemes.approve(mine, by=self.greta)
        self.assertEqual(edition_now().number, 0)
        hers = self.draft(RENAMED)
        schemes.approve(hers, by=self.ada)
        self.assertEqual((edition_now().number, level_name(4)), (2, "S4 Emergency"))
        with self.assertRaisesMessage(Refused, "present state"):
            schemes.approve(SeverityScheme.objects.get(pk=hers.pk), by=self.ada)

    def test_begins_with_its_day_in_the_zone_of_the_group(self) -> None:
        made = self.in_force(RENAMED, date(2025, 12, 1))
        self.assertEqual((str(made.standing), edition_now().number), ("Approved", 0))
        midnight = datetime(2025, 11, 30, 16, tzinfo=UTC)
        for moment, number in ((midnight - timedelta(seconds=1), 0), (midnight, 1)):
            with self.subTest(moment=moment), moments.standing_at(moment):
                self.assertEqual(edition_now().number, number)

    def test_begins_when_it_is_approved_where_its_day_has_come(self) -> None:
        made = self.draft(RENAMED)
        later = NOW + timedelta(days=3)
        with moments.standing_at(later):
            schemes.approve(made, by=self.ada)
            found = SeverityScheme.objects.get()
            self.assertEqual((found.begins_at, found.valid_from), (later, TODAY + timedelta(days=3)))
            self.assertEqual(edition_now().number, 1)
        self.assertEqual(edition_now().number, 0)

    def test_is_superseded_by_the_next_and_stays_as_it_was(self) -> None:
        first = self.in_force(RENAMED)
        with moments.standing_at(NOW + timedelta(days=1)):
            second = self.in_force(QUICKER, TODAY + timedelta(days=1))
            told = [str(SeverityScheme.objects.get(pk=one.pk).standing) for one in (first, second)]
        self.assertEqual(told, ["Superseded", "In force"])
        first.text = QUICKER
        with (
            self.assertRaisesMessage(ValidationError, "The text of an edition stays"),
            acting(TELLER, "story.edit"),
        ):
            first.save()

    def test_is_withdrawn_only_before_it_begins(self) -> None:
        draft = self.draft(RENAMED)
        schemes.withdraw(draft, by=self.greta, reason="Not agreed.")
        ahead = self.in_force(RENAMED, date(2025, 12, 1))
        with self.assertRaises(PermissionDenied):
            schemes.withdraw(ahead, by=self.greta, reason="Not agreed.")
        schemes.withdraw(ahead, by=self.ada, reason="Not agreed.")
        with moments.standing_at(datetime(2026, 1, 1, tzinfo=UTC)):
            self.assertEqual(edition_now().number, 0)
        begun = self.in_force(RENAMED)
        with self.assertRaisesMessage(Refused, "present state"):
            schemes.withdraw(begun, by=self.ada, reason="Not agreed.")

    def test_is_in_force_at_once_whichever_process_approved_it(self) -> None:
        """Another process writes to the database alone, and clears nothing here."""
        self.assertEqual(scheme().levels[4].name.en, "Crisis")
        for text, word in ((RENAMED, "Emergency"), (RENAMED.replace("Emergency", "Alarm"), "Alarm")):
            made = self.draft(text)
            QuerySet(SeverityScheme).filter(pk=made.pk).update(
                state="approved",
                approved_by=self.ada,
                approved_at=NOW,
                begins_at=moments.now() - timedelta(seconds=1),
            )
            self.assertEqual(scheme().levels[4].name.en, word)

    def test_is_asked_of_the_database_once_while_a_page_is_read(self) -> None:
        self.in_force(RENAMED)
        scheme()
        with (
            reading_once(),
            CaptureQueriesContext(
                connection,
            ) as asked,
        ):
            self.assertEqual({level_name(4) for _row in range(100)}, {"S4 Emergency"})
        self.assertEqual(len(asked), 1)
        with by_one_edition(), CaptureQueriesContext(connection) as asked:
            level_name(4)
        self.assertEqual(len(asked), 0)

    def test_never_takes_what_the_nation_asks(self) -> None:
        self.in_force(STRICTER)
        self.assertEqual(scheme().national, shipped_scheme().national)


class Classifying(Scheming, TestCase):
    def test_asks_and_decides_by_the_edition_in_force(self) -> None:
        self.sign_in(self.ada)
        address = f"/incidents/{self.incident.pk}/classify/"
        self.assertNotContains(self.client.get(address), "Are recipes of tools touched?")
        with self.assertRaisesMessage(Refused, "is no factor"):
            self.classified(recipes=True)
        edition = self.in_force(with_recipes())
        self.assertContains(self.client.get(address), "Are recipes of tools touched?")
        sent = {"recipes": "yes", "version": str(Incident.objects.get(pk=self.incident.pk).version)}
        self.assertEqual(self.client.post(address, sent).status_code, 302)
        found = Incident.objects.get(pk=self.incident.pk)
        self.assertEqual((found.level, found.scheme), (4, edition))
        self.assertContains(self.client.get(f"/incidents/{found.pk}/"), "Recipes of tools are touched.")

    def test_keeps_its_edition_so_that_the_rules_of_then_explain_it(self) -> None:
        before = self.classified(plant=2)
        self.in_force(STRICTER.replace("A line stands.", "A line stands, which is the worst."))
        self.assertEqual([one.level for one in Incident.objects.get(pk=before.pk).why.group], [3])
        self.assertEqual(before.why.group[0].sentence, "A line stands.")
        after = self.classified(plant=2)
        self.assertEqual(
            (after.level, after.why.group[0].sentence), (4, "A line stands, which is the worst.")
        )
        entries = TimelineEntry.objects.filter(incident=after).order_by("number")
        self.assertEqual([one.because for one in entries if one.is_level],
                         ["A line stands.", "A line stands, which is the worst."])  # fmt: skip
        editions = after.classifications.order_by("revision").values_list("scheme__edition", flat=True)
        self.assertEqual(list(editions), [None, 1])

    def test_is_told_in_the_dossier_by_its_edition(self) -> None:
        self.classified(plant=2)
        self.in_force(STRICTER.replace("name: Major", "name: Grave"))
        self.classified(plant=1)
        dossier = Dossier(Incident.objects.get(pk=self.incident.pk), self.ada)
        blocks = [
            block
            for block in told_in_dossier.classification(dossier)
            if hasattr(block, "heading") and block.heading
        ]
        told = [f"{block.heading} {' '.join(block.paragraphs)}" for block in blocks]
        self.assertIn("S3 Major", told[1])
        self.assertNotIn("edition", told[1])
        self.assertIn("By edition 1 of the group’s scheme.", told[2])


class OpenIncidents(Scheming, TestCase):
    def due(self, who: object) -> list[str]:
        return [f"{one.act}: {one.context}" for one in due_from(who, TODAY) if "anew" in one.act]

    def test_keep_their_level_and_say_that_the_rules_changed(self) -> None:
        self.classified(plant=2)
        rules.acknowledge(Incident.objects.get(pk=self.incident.pk), by=self.ben)
        self.assertEqual(self.due(self.ben), [])
        self.in_force(STRICTER)
        found = Incident.objects.get(pk=self.incident.pk)
        self.assertEqual(found.level, 3)
        says = "By them these facts give S4, and it stands at S3. Classify it anew."
        self.sign_in(self.ben)
        for address in (f"/incidents/{found.pk}/", f"/incidents/{found.pk}/room/"):
            self.assertContains(self.client.get(address), says)
        (told,) = self.due(self.ben)
        self.assertTrue(told.startswith(f"Classify {found} anew"))
        self.assertIn(says, told)
        self.assertEqual(self.due(self.ada), [])
        self.classified(plant=2)
        self.assertEqual(self.due(self.ben), [])
        self.assertNotContains(self.client.get(f"/incidents/{found.pk}/room/"), "The rules changed")

    def test_say_so_where_the_level_would_stay(self) -> None:
        found = self.classified(plant=1)
        self.in_force(with_recipes())
        says = "By them these facts give S2 as before; look at what is newly asked, and classify it anew."
        self.assertIn(says, Incident.objects.get(pk=found.pk).rules_changed)

    def test_without_a_lead_are_owed_by_all_who_may_work_on_them(self) -> None:
        self.classified(plant=2)
        self.in_force(STRICTER)
        self.assertEqual(
            [len(self.due(who)) for who in (self.ada, self.ben, self.eva, self.sam)], [1, 1, 0, 0]
        )

    def test_alone_are_told(self) -> None:
        self.in_force(STRICTER)
        fresh = self.report("Not classified yet", self.khh1, kind="infected-system")
        self.assertEqual((fresh.rules_changed, self.due(self.ada)), ("", []))

    def test_draw_their_rooms_anew_when_an_edition_begins(self) -> None:
        self.classified(plant=2)
        found = Incident.objects.get(pk=self.incident.pk)
        before = found.pulse.beat
        self.in_force(STRICTER, date(2025, 12, 1))
        self.assertEqual(Incident.objects.get(pk=found.pk).pulse.beat, before)
        with moments.standing_at(datetime(2025, 11, 30, 16, 4, tzinfo=UTC)):
            self.assertEqual((schemes.begin_editions(), schemes.begin_editions()), (1, 0))
        self.assertGreater(Incident.objects.get(pk=found.pk).pulse.beat, before)


class TheLadder(Drafting, OnDuty, TestCase):
    def scene(self) -> None:
        super().scene()
        self.staffed()

    def test_calls_by_the_minutes_of_the_edition_in_force(self) -> None:
        self.in_force(QUICKER)
        rules.classify(self.incident, by=self.ada, facts={"effect": True, "core_system": True})
        self.on_duty(self.ben, self.khh1)
        self.on_duty(self.olga, self.khh1, rank=2)
        self.assertEqual(len(self.look(2, 31)), 1)
        self.assertEqual(len(self.look(2, 50)), 1)
        self.assertEqual(self.look(2, 51)[1:], ["Olga Ong 02:51"])

    def test_asks_for_the_rules_once_for_all_incidents(self) -> None:
        self.in_force(QUICKER)
        self.on_duty(self.ben, self.khh1)
        for number in range(3):
            self.report(f"Malware on line {number}", self.khh1, kind="infected-system")
        with reads("incidents_severityscheme") as asked, moments.standing_at(at(2, 31)):
            called = BESIDE["incidents.escalate"].work()
        self.assertEqual(EscalationCall.objects.count(), 4, called)
        self.assertEqual(len(asked), 1)


class Words(SimpleTestCase):
    def test_of_the_kernel_are_all_marked_for_translation(self) -> None:
        self.assertEqual(set(SENTENCES), set(faults.SENTENCES))
        self.assertEqual(set(PLACES), set(faults.PLACES.values()) - {""})
