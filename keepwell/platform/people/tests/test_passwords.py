"""Passwords that are little more than names known here, and those in the operator's list of stolen ones."""

from __future__ import annotations

from hashlib import sha1
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.test import SimpleTestCase, TestCase, override_settings

from keepwell.platform.people.passwords import OwnWords, Stolen, StolenFile
from tests.cast import Cast


def digest(password: str) -> str:
    return sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


class OfOwnWords(Cast, TestCase):
    def refuses(self, password: str) -> bool:
        try:
            OwnWords().validate(password, self.ben.account)
        except ValidationError:
            return True
        return False

    def test_is_refused_whatever_digits_stand_around_them(self) -> None:
        for password in ("MeridianSemiconductor2024!", "keepwell-keepwell-1", "Ben.Tan.2024.Ben", "a0000002-A0000002",
                         "kaohsiung!assembly!1",
                         "a0000002@meridian.example", "KHH1khh2PEN1mat!", "子午半導體控股-20251114"):  # fmt: skip
            with self.subTest(password):
                self.assertTrue(self.refuses(password))

    def test_is_taken_if_enough_stands_beside_them(self) -> None:
        for password in (
            "ben walks slowly to the lake",
            "Kaohsiung is where nobody swims",
            "四個詞放在高雄封裝一廠很長很好記",
        ):
            with self.subTest(password):
                self.assertFalse(self.refuses(password))

    def test_leaves_random_ones_alone_however_few_letters_they_have(self) -> None:
        self.assertFalse(self.refuses("8392-1174-9920-3361"))


class InTheFile(SimpleTestCase):
    def setUp(self) -> None:
        self.file = Path(self.enterContext(TemporaryDirectory())) / "stolen.txt"
        self.stolen = [f"stolen {number}" for number in range(300)]
        lines = sorted(f"{digest(password)}:{number}" for number, password in enumerate(self.stolen))
        self.file.write_text("\n".join(lines))

    def test_is_found_wherever_it_stands(self) -> None:
        for ending in ("", "\n", "\r\n"):
            self.file.write_bytes(self.file.read_bytes().strip() + ending.encode())
            found = StolenFile(self.file)
            self.assertTrue(all(found.holds(password) for password in self.stolen))
            self.assertFalse(any(found.holds(f"not {password}") for password in self.stolen))

    def test_is_refused(self) -> None:
        with override_settings(KEEPWELL_STOLEN_PASSWORDS=str(self.file)):
            self.assertRaises(ValidationError, Stolen().validate, "stolen 7")
            Stolen().validate("not stolen at all")

    def test_stops_who_sets_a_password_where_it_cannot_be_read(self) -> None:
        self.file.write_text("no list\nof digests\n")
        for path in (self.file, self.file.with_name("absent")):
            self.assertRaises(ImproperlyConfigured, StolenFile(path).holds, "anything")
