"""What leaves the machine goes by TLS to who was meant, or the examination says so."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiosmtpd.controller import Controller
from django.core import mail
from django.test import SimpleTestCase, override_settings

from keepwell.config.databases import database
from keepwell.platform.keeping.finding import Finding, Grade
from keepwell.platform.keeping.looks import links
from keepwell.platform.notices.tests.post import Office
from tests.running import free_port

SMTP = "django.core.mail.backends.smtp.EmailBackend"
LONG = "kT8v-random-and-long-2"


def told(look: Any, **changed: Any) -> list[Finding]:
    with override_settings(PRODUCTION=True, **changed):
        return list(look())


def on(url: str) -> dict[str, Any]:
    return {"DATABASES": {"default": database(url, folder=Path("/data"))}}


class Links(SimpleTestCase):
    def is_bad(self, **changed: Any) -> bool:
        return any(finding.grade is Grade.BAD for finding in told(links.links, **changed))

    def test_to_a_database_elsewhere_are_good_with_verify_full_alone(self) -> None:
        for options, expected in (
            ("", True),
            ("?sslmode=require", True),
            ("?sslmode=verify-ca", True),
            ("?sslmode=verify-full", False),
        ):
            self.assertEqual(self.is_bad(**on(f"postgresql://kw@db1.example/kw{options}")), expected, options)

    def test_within_the_machine_need_no_tls(self) -> None:
        for place in ("localhost", "127.0.0.1", "[::1]", ""):
            self.assertFalse(self.is_bad(**on(f"postgresql://kw@{place}/kw")), place)

    def test_to_each_service_are_looked_at(self) -> None:
        for changed in (
            {"EMAIL_BACKEND": SMTP, "EMAIL_HOST": "mail.example", "EMAIL_USE_TLS": False, "EMAIL_USE_SSL": False},
            {"KEEPWELL_SCAN": "clamd://scan.example:3310"}, {"KEEPWELL_TRAIL_SYSLOG": "tcp://siem.example:601"},
            {"KEEPWELL_EVIDENCE_STORE": "s3://bucket/a?endpoint=http://store.example"},
        ):  # fmt: skip
            self.assertTrue(self.is_bad(**changed), changed)
        self.assertFalse(self.is_bad(EMAIL_BACKEND=SMTP, EMAIL_HOST="mail.example", EMAIL_USE_TLS=True))
        self.assertFalse(self.is_bad(KEEPWELL_EVIDENCE_STORE="s3://bucket/a?endpoint=https://store.example"))


class PasswordsOfServices(SimpleTestCase):
    def is_bad(self, **changed: Any) -> bool:
        return any(finding.grade is Grade.BAD for finding in told(links.service_passwords, **changed))

    def test_that_everybody_knows_are_found(self) -> None:
        for password in ("postgres", "keepwell", "changeme", "password1234", "keepwell-2024-keepwell"):
            self.assertTrue(self.is_bad(**on(f"postgresql://keepwell:{password}@db/kw")), password)
            self.assertTrue(self.is_bad(EMAIL_HOST_USER="keepwell", EMAIL_HOST_PASSWORD=password), password)

    def test_that_are_long_and_of_no_name_are_good(self) -> None:
        self.assertFalse(self.is_bad(**on(f"postgresql://keepwell:{LONG}@db/kw")))

    def test_are_shown_to_nobody(self) -> None:
        findings = told(links.service_passwords, **on("postgresql://keepwell:swordfish@db/kw"))
        self.assertNotIn("swordfish", str(findings))


class StolenPasswords(SimpleTestCase):
    def test_are_asked_for_in_production(self) -> None:
        self.assertEqual([one.grade for one in told(links.stolen_passwords)], [Grade.WARNING])
        self.assertEqual(
            [one.grade for one in told(links.stolen_passwords, KEEPWELL_STOLEN_PASSWORDS="/absent")],
            [Grade.BAD],
        )


class AMailServerWithAForeignCertificate(SimpleTestCase):
    def test_gets_no_mail(self) -> None:
        """Its certificate is its own word, for another name: STARTTLS and TLS alike are broken off."""
        folder = Path(self.enterContext(TemporaryDirectory()))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail.example",
                        "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)  # fmt: skip
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        for server_says, we_say in (("tls_context", "use_tls"), ("ssl_context", "use_ssl")):
            with self.subTest(we_say):
                desk, way = Office(), {server_says: context}
                server = Controller(desk, hostname="127.0.0.1", port=free_port(), **way)
                server.start()
                self.addCleanup(server.stop, no_assert=True)
                post = mail.get_connection(
                    SMTP, host="127.0.0.1", port=server.port, timeout=5, **{we_say: True}
                )
                letter = mail.EmailMessage("Hello", "x", "a@b.example", ["c@d.example"], connection=post)
                self.assertRaises(ssl.SSLCertVerificationError, letter.send)
                self.assertEqual(desk.taken, [])
