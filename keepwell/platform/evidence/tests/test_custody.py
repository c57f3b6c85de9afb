"""The chain of custody: who had a piece from when, never rewritten, compared at each hand-over, on paper for counsel."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence import custody, rules, shown, stores
from keepwell.platform.evidence.custody import digests
from keepwell.platform.evidence.models import CustodyEntry, Piece
from keepwell.platform.evidence.rules import Facts
from keepwell.platform.evidence.tests.handing import LAB, ONE, OTHER, WHERE, Custody, Manner, Wholeness
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from tests.cast import NOW, TELLER


class AnObject(Custody):
    def test_is_no_file_and_has_a_serial_number_and_a_first_holder(self) -> None:
        self.assertEqual(
            (self.disk.is_object, self.disk.is_in_custody, self.disk.serial), (True, True, "S4Z2-0815")
        )
        first = self.disk.custody.get()
        self.assertEqual(
            (first.holder, first.received_from, first.seal), (self.ben, "Line 3, station ENG-3", "0071")
        )
        self.assertEqual(first.at, NOW - timedelta(minutes=31))
        self.assertEqual(
            (first.digests, first.wholeness), ([{"name": "", "before": "", "after": ONE}], "none")
        )
        with self.assertRaisesMessage(Refused, "present state"):
            rules.add_version(self.fresh(self.disk), by=self.ada, files=[], links=["https://a.example/"])

    def test_goes_from_hand_to_hand_and_each_knows_until_when(self) -> None:
        self.hand_over(self.disk, at="05:00", sha256_after=ONE)
        self.hand_over(self.disk, holder=self.ada, at="05:05", sha256_before=ONE, sha256_after=ONE)
        self.assertEqual(self.steps(self.disk), [
            (3, 3, "Ada Lin", "same"), (2, 2, "Mei Ong, Forensics Penang Sdn Bhd", "same"), (1, 1, "Ben Tan", "none"),
        ])  # fmt: skip
        steps = {s.entry.number: s for s in shown.custody(self.disk)}
        self.assertEqual(steps[1].until, steps[2].entry.at)
        self.assertIsNone(steps[3].until)
        self.assertEqual([steps[n].released_by for n in (1, 2, 3)],
                         ["Line 3, station ENG-3", "Ben Tan", "Mei Ong, Forensics Penang Sdn Bhd"])  # fmt: skip

    def test_shows_a_digest_that_differs_and_refuses_nothing(self) -> None:
        row = self.hand_over(self.disk, sha256_after=OTHER)
        self.assertEqual((row.wholeness, row.standing.tint), (Wholeness.DIFFERS, "bad"))
        self.assertEqual(row.digests, [{"name": "", "before": ONE, "after": OTHER}])

    def test_shows_what_was_found_before_a_hand_over_beside_what_was_known(self) -> None:
        row = self.hand_over(self.disk, sha256_before=OTHER, sha256_after=OTHER)
        self.assertEqual(row.wholeness, Wholeness.DIFFERS)
        self.assertEqual(
            row.digests,
            [{"name": "", "before": ONE, "after": OTHER}, {"name": "", "before": OTHER, "after": OTHER}],
        )
        later = self.hand_over(self.disk, sha256_after=OTHER)
        self.assertEqual(later.wholeness, Wholeness.SAME)

    def test_says_in_one_sentence_what_does_not_fit(self) -> None:
        for told, said in (
            ({"sha256_after": "123"}, "“123” is no SHA-256; it has 64 digits"),
            ({"whereabouts": " "}, "Say where it is kept from then on, and what for."),
            ({"outside": "Mei Ong", "organization": ""}, "Name somebody outside and their organization."),
            ({"holder": self.ada, **LAB}, "Name one holder"),
            ({"outside": "", "organization": ""}, "Name who has it from then on"),
            ({"at": "2025-11-14 06:00"}, "lies ahead"),
            ({"at": "04:00"}, "It changed hands last at 14 Nov 2025, 04:41; this cannot have been before."),
        ):  # fmt: skip
            with self.subTest(said), self.assertRaisesMessage(Refused, said):
                custody.hand_over(self.fresh(self.disk), by=self.ben, **(WHERE | LAB | told))
        self.assertEqual(self.disk.custody.count(), 1)
        with self.assertRaisesMessage(Refused, "is no SHA-256"):
            custody.attach_object(
                Facts("Disk", self.khh1), custody.Holder(self.ben), custody.Circumstances("a", "b", Manner.SEIZED),
                by=self.ben, sha256="zz",
            )  # fmt: skip
        self.assertEqual(Piece.objects.filter(is_object=True).count(), 1)

    def test_is_returned_and_taken_again(self) -> None:
        custody.give_back(self.fresh(self.disk), by=self.ben, reason="The case is over.", **LAB)
        disk = self.fresh(self.disk)
        self.assertFalse(disk.is_in_custody)
        with self.assertRaisesMessage(Refused, "present state"):
            self.hand_over(disk)
        custody.take_into_custody(disk, by=self.ben, received_from="Mei Ong", sha256=ONE, **WHERE)
        self.assertEqual(
            [row.deed for row in disk.custody.order_by("number")], ["taken", "returned", "taken"]
        )
        with self.assertRaisesMessage(Refused, "present state"):
            custody.take_into_custody(self.fresh(disk), by=self.ben, **WHERE)

    def test_is_destroyed_by_who_decides_and_its_log_stays(self) -> None:
        with self.assertRaises(PermissionDenied):
            custody.destroy(self.fresh(self.disk), by=self.ben, reason="Case closed.")
        custody.destroy(self.fresh(self.disk), by=self.ada, reason="Case closed, shredded.", **LAB)
        disk = self.fresh(self.disk)
        self.assertEqual((disk.standing.word, disk.is_in_custody), ("Destroyed", False))
        self.assertFalse(Piece.objects.current().filter(pk=disk.pk).exists())
        self.assertEqual(self.steps(disk)[0][2], "Mei Ong, Forensics Penang Sdn Bhd")
        with self.assertRaisesMessage(Refused, "present state"):
            self.hand_over(disk)

    def test_on_legal_hold_is_handed_over_but_neither_returned_nor_destroyed(self) -> None:
        rules.hold(self.fresh(self.disk), by=self.ada, reason="Case 7.")
        self.hand_over(self.disk)
        for deed in (custody.give_back, custody.destroy):
            with self.assertRaisesMessage(Refused, "is on legal hold: Case 7."):
                deed(self.fresh(self.disk), by=self.ada, reason="Away", **LAB)
        self.assertEqual(self.disk.custody.count(), 2)


class AFile(Custody):
    def test_is_read_by_keepwell_at_each_hand_over(self) -> None:
        file = self.file(self.log)
        custody.take_into_custody(self.fresh(self.log), by=self.ada, **WHERE)
        row = self.hand_over(self.log)
        told = [{"name": "proxy.log", "before": file.sha256, "after": file.sha256}]
        self.assertEqual((row.digests, row.wholeness), (told, Wholeness.SAME))
        with self.assertRaisesMessage(
            Refused, "Keepwell reads the SHA-256 of its files itself; leave it empty."
        ):
            self.hand_over(self.log, sha256_after=ONE)
        with self.assertRaisesMessage(Refused, "present state"):
            custody.destroy(self.fresh(self.log), by=self.ada, reason="No object.")

    def test_that_was_changed_or_lost_in_the_store_is_shown_in_red(self) -> None:
        custody.take_into_custody(self.fresh(self.log), by=self.ada, **WHERE)
        whereabouts = self.data / "evidence" / self.stored()[0]
        whereabouts.chmod(0o600)
        whereabouts.write_bytes(b"All is not well.\n")
        self.assertEqual(self.hand_over(self.log).wholeness, Wholeness.DIFFERS)
        whereabouts.unlink()
        row = self.hand_over(self.log)
        self.assertEqual(
            (row.wholeness, row.digests[0]["after"], row.is_broken), (Wholeness.UNREAD, "", True)
        )
        self.sign_in(self.ada)
        page = self.client.get(reverse("evidence-record", args=[self.log.pk]))
        self.assertContains(page, "SHA-256 differs")
        self.assertContains(page, "Its bytes cannot be read")

    def test_that_is_large_is_read_by_a_worker(self) -> None:
        with mock.patch.object(digests, "AT_ONCE_BYTES", 3):
            row = custody.take_into_custody(self.fresh(self.log), by=self.ada, **WHERE)
        self.assertEqual((row.wholeness, row.digests[0]["after"]), (Wholeness.PENDING, ""))
        with self.assertRaisesMessage(Refused, "Its files are being read"):
            custody.correct(row, by=self.ada, reason="Elsewhere", whereabouts="Elsewhere")
        self.work()
        row.refresh_from_db()
        self.assertEqual(
            (row.wholeness, row.digests[0]["after"]), (Wholeness.SAME, self.file(self.log).sha256)
        )
        self.assertEqual(custody.read_later(row), Wholeness.SAME)
        self.assertEqual(Change.objects.of(row).changes().count(), 2)

    def test_waits_for_nobody_while_the_store_is_away(self) -> None:
        custody.take_into_custody(self.fresh(self.log), by=self.ada, **WHERE)
        with (
            mock.patch.object(stores.files(), "open", side_effect=stores.StoreAway),
            self.assertRaises(stores.StoreAway),
        ):
            self.hand_over(self.log)
        self.assertEqual(self.log.custody.count(), 1)


class ALog(Custody):
    def test_is_never_rewritten(self) -> None:
        row = self.disk.custody.get()
        for name, value in (
            ("whereabouts", "Elsewhere"),
            ("holder_id", self.ada.pk),
            ("digests", []),
            ("retired_reason", "x"),
            ("seal", ""),
        ):
            changed = CustodyEntry.objects.get(pk=row.pk)
            setattr(changed, name, value)
            with (
                self.subTest(name),
                acting(TELLER, "story.rewrite"),
                self.assertRaisesMessage(ValidationError, "stays as it was written"),
            ):
                changed.save()

    def test_is_corrected_by_a_further_row_of_the_same_step(self) -> None:
        wrong = self.hand_over(self.disk, at="05:00", sha256_after=ONE)
        self.hand_over(self.disk, holder=self.ada, at="05:10")
        right = custody.correct(wrong, by=self.ben, reason="Signed by her colleague.", outside="Wei Goh",
                                organization="Forensics Penang Sdn Bhd", seal="0072")  # fmt: skip
        self.assertEqual(
            (right.number, right.step, right.whereabouts, right.seal), (4, 2, "Safe of the site", "0072")
        )
        self.assertEqual(
            [(n, step) for n, step, _who, _how in self.steps(self.disk)], [(3, 3), (4, 2), (2, 2), (1, 1)]
        )
        steps = {s.entry.number: s for s in shown.custody(self.disk)}
        self.assertEqual((steps[2].corrected_by, steps[4].until), (right, steps[3].entry.at))
        self.assertEqual(steps[3].released_by, "Wei Goh, Forensics Penang Sdn Bhd")
        with self.assertRaisesMessage(Refused, "present state"):
            custody.correct(CustodyEntry.objects.get(pk=wrong.pk), by=self.ben, reason="Again.")
        again = custody.correct(right, by=self.ben, reason="At 04:59.", at="04:59")
        self.assertEqual((again.step, again.holder_name), (2, "Wei Goh"))

    def test_corrects_no_moment_past_its_neighbours(self) -> None:
        first = self.disk.custody.get()
        self.hand_over(self.disk, at="05:00")
        for at in ("05:01", "2025-11-14 05:30"):
            with self.subTest(at), self.assertRaises(Refused):
                custody.correct(CustodyEntry.objects.get(pk=first.pk), by=self.ben, reason="Later.", at=at)
        with self.assertRaisesMessage(Refused, "Say what was wrong."):
            custody.correct(CustodyEntry.objects.get(pk=first.pk), by=self.ben, reason=" ", whereabouts="x")

    def test_stands_in_the_trail(self) -> None:
        row = self.hand_over(self.disk)
        told = Change.objects.of(row).get()
        self.assertEqual(
            (told.verb, told.by, told.after.get("seal", "")),
            ("piece.hand_over", self.ben.pk, ""),
        )
        self.assertEqual(told.after["digests"], row.digests)
