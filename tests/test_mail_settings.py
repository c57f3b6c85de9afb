"""What `KEEPWELL_MAIL_URL` and `KEEPWELL_MAIL_FROM` may say."""

from __future__ import annotations

import io
from contextlib import redirect_stderr
from pathlib import Path
from unittest import TestCase

from keepwell.config.mail import post, sender

DATA = Path("/data")


class MailSettings(TestCase):
    def test_name_a_server_with_starttls_unless_told_otherwise(self) -> None:
        found = post("smtp://us%40er:p%2Fw@mail.example:2525", data=DATA, demo=False)
        self.assertEqual((found.host, found.port, found.user, found.password),
                         ("mail.example", 2525, "us@er", "p/w"))  # fmt: skip
        self.assertEqual((found.starttls, found.tls, found.is_on), (True, False, True))

    def test_choose_the_port_by_the_kind_of_tls(self) -> None:
        ports = {
            tls: post(f"smtp://mail.example?tls={tls}", data=DATA, demo=False).port for tls in ("on", "off")
        }
        self.assertEqual(ports, {"on": 465, "off": 25})
        self.assertEqual(post("smtp://mail.example", data=DATA, demo=False).port, 587)

    def test_name_a_folder(self) -> None:
        self.assertEqual(post("file:///var/mail", data=DATA, demo=False).folder, Path("/var/mail"))

    def test_send_nothing_when_unset_and_into_files_in_the_demo(self) -> None:
        self.assertFalse(post("", data=DATA, demo=False).is_on)
        self.assertEqual(post("", data=DATA, demo=True).folder, Path("/data/mail"))

    def test_are_refused_in_one_sentence(self) -> None:
        for url in (
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://a?tls=yes",
            "smtp://a:99999",
            "file://x/y",
        ):
            with self.subTest(url):
                self.assertIn(
                    "KEEPWELL_MAIL_URL", self.refused(lambda url=url: post(url, data=DATA, demo=False))
                )

    def test_say_from_whom(self) -> None:
        self.assertEqual(sender("", host="kw.example"), "Keepwell <keepwell@kw.example>")
        for text in ("nobody", "Keepwell <kw@example>\r\nBcc: all@example"):
            self.assertIn("KEEPWELL_MAIL_FROM", self.refused(lambda text=text: sender(text, host="h")))

    def refused(self, read: object) -> str:
        told = io.StringIO()
        with redirect_stderr(told), self.assertRaises(SystemExit) as end:
            read()
        self.assertEqual(end.exception.code, 2)
        self.assertEqual(len(told.getvalue().splitlines()), 1 + told.getvalue().count("\r\n"))
        return told.getvalue()
