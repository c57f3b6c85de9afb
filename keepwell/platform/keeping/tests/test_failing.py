"""Why a backup failed is told to each reader in their language, wherever it was told first."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest
from django.test import SimpleTestCase, TestCase, TransactionTestCase, override_settings
from django.utils import timezone
from django.utils.translation import override

from keepwell.kernel.refusing import Refused
from keepwell.platform.history.tests.sealed import with_keys
from keepwell.platform.keeping import backup
from keepwell.platform.keeping.failing import KNOWN, Failed, failed
from keepwell.platform.keeping.health import examine
from keepwell.platform.keeping.models import Backup
from keepwell.platform.keeping.tests.test_damaged import quiet

PATH = Path("/backups/one.kwb")


def told() -> str:
    """What doctor and the health page say of backups."""
    return " ".join(one.found for looked in examine() for one in looked.findings if one.name == "backups")


class Sentences(SimpleTestCase):
    def said(self, number: int) -> tuple[str, str]:
        """Of one error of the system, in both languages."""
        why = failed(PATH, OSError(number, os.strerror(number)))
        with override("zh-hant"):
            chinese = str(why)
        return str(why), chinese

    def test_name_a_full_disk(self) -> None:
        english, chinese = self.said(errno.ENOSPC)
        self.assertEqual(
            english, f"There is no room for {PATH}: its disk is full. Nothing of it was left there."
        )
        self.assertEqual(chinese, f"沒有空間可寫入 {PATH}：磁碟已滿。未留下任何殘檔。")

    def test_say_what_operators_meet_with_in_words_of_ours(self) -> None:
        for number in KNOWN:
            english, chinese = self.said(number)
            self.assertTrue(english.startswith(f"{PATH} cannot be written: "), english)
            self.assertTrue(chinese.startswith(f"無法寫入 {PATH}："), chinese)
            self.assertNotIn(os.strerror(number), english + chinese)

    def test_give_of_anything_else_the_words_of_the_system(self) -> None:
        english, chinese = self.said(errno.EMFILE)
        self.assertEqual(english, f"{PATH} cannot be written: Too many open files.")
        self.assertEqual(chinese, f"無法寫入 {PATH}：Too many open files。")


class Rows(TestCase):
    def test_of_before_are_told_as_they_were(self) -> None:
        made = Backup.objects.create(path=str(PATH), error="It was 100 % full.")
        self.assertEqual((made.reason, made.facts), ("It was 100 % full.", {}))
        self.assertEqual(Backup(path=str(PATH)).reason, "")

    def test_hold_the_longest_path(self) -> None:
        why = Failed("%(file)s cannot be written: %(why)s.", {"file": "x" * 4_000, "why": "no"})
        Backup.objects.create(path="x" * 400, error=why.what, facts=why.facts)
        self.assertEqual(len(Backup.objects.get().reason), 4_000 + len(" cannot be written: no."))


@pytest.mark.postgresql
class ABackup(TransactionTestCase):
    """Of an embedded database that lies in memory none is taken."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(with_keys())
        self.enterContext(override_settings(KEEPWELL_DATA=self.folder / "data"))

    def test_that_failed_in_one_language_is_told_in_another(self) -> None:
        path = self.folder / "away" / "one.kwb"
        with override("zh-hant"), self.assertRaisesMessage(Refused, f"無法寫入 {path}：所在資料夾不存在。"):
            backup.back_up(path, quiet)
        self.assertIn(f"{path} cannot be written: its folder is not there.", told())
        with override("zh-hant"):
            self.assertIn(f"無法寫入 {path}：所在資料夾不存在。", told())

    @override_settings(KEEPWELL_BACKUP_KEY="x")
    def test_without_a_key_keeps_why_too(self) -> None:
        with self.assertRaisesMessage(Refused, "make one of 32 random bytes"):
            backup.back_up(self.folder / "one.kwb", quiet)
        with override("zh-hant"):
            self.assertIn("不是金鑰；請執行", told())


class TheNewest(TestCase):
    def test_is_told_by_the_language_of_who_examines(self) -> None:
        why = failed(PATH, OSError(errno.ENOSPC, "no space"))
        Backup.objects.create(path=str(PATH), error=why.what, facts=why.facts, begun_at=timezone.now())
        self.assertIn(f"There is no room for {PATH}: its disk is full.", told())
        with override("zh-hant"):
            self.assertIn(f"沒有空間可寫入 {PATH}：磁碟已滿。", told())
