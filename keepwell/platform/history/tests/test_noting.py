"""What the trail keeps beside changes."""

from __future__ import annotations

from django.test import TestCase
from django.utils.translation import override

from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.noting import note
from keepwell.platform.registers.words import history
from tests.cast import Cast


class Noting(Cast, TestCase):
    def test_keeps_who_read_what_where(self) -> None:
        row = note(self.ada, "evidence.download", kind="read", record=self.eva, sha256="ab" * 32)
        row.refresh_from_db()
        self.assertEqual((row.kind, row.by, row.by_name), ("read", self.ada.pk, "Ada Lin"))
        self.assertEqual((row.record_type, row.record_id), ("people.person", self.eva.pk))
        self.assertEqual((row.unit_id, row.version), (self.khh1.pk, None))
        self.assertEqual(row.answers, {"sha256": "ab" * 32})

    def test_names_people_alike_whatever_language_they_read(self) -> None:
        with override("zh-hant"):
            row = note(self.ada, "evidence.download", kind="read")
            with acting(self.ada, "unit.edit"):
                self.khh1.criticality = 1
                self.khh1.save()
        change = Change.objects.of(self.khh1).latest("id")
        self.assertEqual((row.by_name, change.by_name), ("Ada Lin", "Ada Lin"))

    def test_keeps_what_a_machine_and_a_stranger_did(self) -> None:
        machine = note(Machine("the nightly backup"), "backup.made", kind="event", unit_id=self.group.pk)
        stranger = note(None, "sign_in.failed", kind="event")
        self.assertEqual((machine.by, machine.by_name), (None, "the nightly backup"))
        self.assertEqual((stranger.by, stranger.by_name), (None, "a stranger"))

    def test_shows_no_reading_in_the_history_of_a_record(self) -> None:
        before = len(history(self.eva, self.ada))
        note(self.ada, "person.read", kind="read", record=self.eva)
        self.assertEqual(len(history(self.eva, self.ada)), before)

    def test_keeps_text_that_no_database_takes(self) -> None:
        row = note(None, "page.refused", kind="refusal", path="/a\x00b\ud800c😀")
        row.refresh_from_db()
        self.assertEqual(row.answers["path"], "/a\ufffdb\ufffdc😀")
        self.assertEqual(Change.objects.filter(kind="refusal").count(), 1)
