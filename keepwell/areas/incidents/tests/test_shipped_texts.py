"""The shipped scheme by which an incident was classified: which text it was, kept, shown, and told where an update brought
another one."""

from __future__ import annotations

import re
from hashlib import sha256
from importlib.resources import files

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.test import TestCase

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Classification, Incident, TimelineEntry
from keepwell.areas.incidents.models.library import shipped_file, shipped_text
from keepwell.areas.incidents.models.schemes import ShippedScheme, edition_now
from keepwell.areas.incidents.rules.dossier import facts as told_in_dossier
from keepwell.areas.incidents.rules.dossier.reading import Dossier
from keepwell.areas.incidents.rules.schemes.following import begin_editions, classified_otherwise
from keepwell.areas.incidents.tests.test_schemes import STRICTER, TODAY, Scheming
from keepwell.platform.todos.todo import due_from

FILE = files("keepwell") / "library" / "incident-scheme.yaml"
DIGEST = sha256(FILE.read_bytes()).hexdigest()
TODAYS = f"As shipped, version 2026-11-27 (SHA-256 {DIGEST[:12]}…)"
MILDER = re.sub(r"  - \{level: 3, .*A line stands.*\n", "", shipped_file())
MILDER = MILDER.replace("version: 2026-11-27\n", "version: 2026-03-01\n").replace(
    "Production runs slower.", "Less is made."
)
EARLIER = f"2026-03-01 {sha256(MILDER.encode()).hexdigest()}"


class Shipped(Scheming, TestCase):
    def before_the_update(self, name: str = EARLIER) -> Incident:
        """An incident classified at S2 by what was shipped then: the rows as an earlier version wrote them."""
        found = self.classified(plant=2)
        ShippedScheme.objects.create(name=EARLIER, text=MILDER)
        QuerySet(Incident).filter(pk=found.pk).update(shipped_text=name, level=2)
        QuerySet(Classification).filter(incident=found).update(shipped_text=name, level=2, reckoned=2)
        entry = TimelineEntry.objects.get(incident=found, verb="level")
        facts = {key: value for key, value in entry.facts.items() if key != "shipped"}
        QuerySet(TimelineEntry).filter(pk=entry.pk).update(facts=facts | ({"shipped": name} if name else {}))
        return Incident.objects.get(pk=found.pk)

    def due(self) -> list[str]:
        return [one.context for one in due_from(self.ben, TODAY) if "anew" in one.act]

    def paragraphs(self) -> list[str]:
        dossier = Dossier(Incident.objects.get(pk=self.incident.pk), self.ada)
        blocks = told_in_dossier.classification(dossier)
        return [str(line) for block in blocks for line in getattr(block, "paragraphs", ())]


class AClassification(Shipped):
    def test_keeps_version_and_digest_of_the_shipped_file_and_its_text(self) -> None:
        found = self.classified(plant=2)
        made = found.classifications.get()
        self.assertEqual(shipped_text(), f"2026-11-27 {DIGEST}")
        self.assertEqual([found.shipped_text, made.shipped_text], [shipped_text()] * 2)
        self.assertEqual(ShippedScheme.objects.get().text, FILE.read_text(encoding="utf-8"))
        self.classified(plant=1)
        self.assertEqual(ShippedScheme.objects.count(), 1)

    def test_by_an_edition_of_our_own_keeps_none(self) -> None:
        self.in_force(STRICTER)
        found = self.classified(plant=2)
        self.assertEqual((found.shipped_text, found.by_which), ("", "Edition 1"))
        self.assertEqual(found.classifications.get().by_which, "Edition 1")
        self.assertFalse(ShippedScheme.objects.exists())
        with self.assertRaises(IntegrityError), transaction.atomic():
            QuerySet(Classification).filter(incident=found).update(shipped_text=EARLIER)

    def test_says_by_which_text_on_pages_in_lists_and_in_the_dossier(self) -> None:
        found = self.classified(plant=2)
        self.sign_in(self.ben)
        for address in (f"/incidents/{found.pk}/", f"/incidents/{found.pk}/room/", "/severity-scheme/"):
            with self.subTest(address):
                self.assertContains(self.client.get(address), TODAYS)
        (row,) = self.client.get("/api/classifications").json()["items"]
        self.assertEqual(row["shipped_text"], shipped_text())
        self.assertEqual(self.client.get("/api/severity-scheme").json()["shipped_text"], shipped_text())
        self.assertIn(f"By the scheme that comes with Keepwell: {TODAYS}.", self.paragraphs())

    def test_of_before_it_was_kept_says_that_nobody_knows(self) -> None:
        found = self.before_the_update("")
        says = "As shipped; it was not kept in which text"
        self.assertEqual((found.by_which, found.rules_changed, self.due()), (says, "", []))
        self.sign_in(self.ben)
        self.assertContains(self.client.get(f"/incidents/{found.pk}/"), says)
        self.assertEqual(list(classified_otherwise(edition_now().pk)), [])


class AnUpdate(Shipped):
    def test_leaves_the_level_and_says_what_the_rules_of_now_give(self) -> None:
        found = self.before_the_update()
        rules.acknowledge(Incident.objects.get(pk=found.pk), by=self.ben)
        says = (
            f"The shipped rules changed with an update (then: As shipped, version 2026-03-01 (SHA-256 {EARLIER[11:23]}…); "
            f"now: {TODAYS}). By those of now these facts give S3, and it stands at S2. Classify it anew."
        )
        self.assertEqual((found.level, found.rules_changed), (2, says))
        (owed,) = self.due()
        self.assertIn(says, owed)
        self.assertEqual(list(classified_otherwise(edition_now().pk)), [found])
        self.sign_in(self.ben)
        self.assertContains(self.client.get(f"/incidents/{found.pk}/room/"), says)
        after = self.classified(plant=2)
        self.assertEqual((after.level, after.rules_changed, self.due()), (3, "", []))
        kept = after.classifications.order_by("revision").values_list("shipped_text", flat=True)
        self.assertEqual(list(kept), [EARLIER, shipped_text()])

    def test_says_so_where_the_level_would_stay(self) -> None:
        found = self.before_the_update()
        QuerySet(Incident).filter(pk=found.pk).update(level=3)
        self.assertIn("give S3 as before", Incident.objects.get(pk=found.pk).rules_changed)

    def test_lets_the_rules_of_then_explain_the_level_of_then(self) -> None:
        found = self.before_the_update()
        told = [(one.level, one.sentence) for one in found.why.group]
        self.assertEqual(told, [(2, "Less is made.")])
        entry = TimelineEntry.objects.get(incident=found, verb="level")
        self.assertEqual(entry.because, "Less is made.")
        self.assertIn(f"version 2026-03-01 (SHA-256 {EARLIER[11:23]}…)", " ".join(self.paragraphs()))

    def test_draws_rooms_anew_once(self) -> None:
        found = self.before_the_update()
        QuerySet(ShippedScheme).filter(name=shipped_text()).delete()
        before = found.pulse.beat
        begin_editions()
        after = Incident.objects.get(pk=found.pk).pulse.beat
        begin_editions()
        self.assertGreater(after, before)
        self.assertEqual(Incident.objects.get(pk=found.pk).pulse.beat, after)
        self.assertEqual(ShippedScheme.objects.count(), 2)

    def test_is_nothing_to_incidents_that_are_closed(self) -> None:
        found = self.before_the_update()
        QuerySet(Incident).filter(pk=found.pk).update(state="closed", closed_at=found.reported_at)
        self.assertEqual(Incident.objects.get(pk=found.pk).rules_changed, "")
        self.assertEqual(self.due(), [])
