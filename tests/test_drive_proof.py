"""A proof driven in a real browser: handed out on a record's page, checked by the one-file verifier and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browsing import PHONE, Browsing
from tests.running import ROOT

VERIFIER = ROOT / "keepwell" / "library" / "verify_trail.py"
PATIENCE_SECONDS = 60


class AProof(Browsing):
    def test_is_handed_out_on_a_records_page_and_holds_on_another_machine(self) -> None:
        page = self.sign_in(self.opened(accept_downloads=True), "ada")
        self.rename(page)
        proof = self.handed_out(page)
        told = json.loads(proof)
        self.assertIn(told["entry"]["record"], page.url)
        status, said = self.checked(proof)
        self.assertEqual((status, f"Row {told['leaf']} of" in said), (0, True), said)
        self.assertIn("stands unchanged in the trail", said)

    def test_does_not_hold_once_a_byte_is_changed(self) -> None:
        page = self.sign_in(self.opened(accept_downloads=True), "ada")
        self.rename(page)
        proof = self.handed_out(page)
        verb = json.loads(proof)["entry"]["verb"].encode()
        status, said = self.checked(proof.replace(verb, b"x" + verb[1:]))
        self.assertEqual((status, "is not what was sealed" in said), (1, True), said)

    def test_is_not_handed_out_to_who_may_not_see_the_trail(self) -> None:
        page = self.sign_in(self.opened(PHONE), "ada")
        self.rename(page)
        address = page.get_by_role("link", name="Prove this").first.get_attribute("href") or ""
        page = self.sign_in(self.opened(), "sam")
        answer = page.request.get(address)
        self.assertEqual(answer.status, 404)
        self.assertNotIn("entry", answer.text())

    def rename(self, page: Page) -> None:
        """Give a course another name, and let the trail be sealed; the page of the course stays open."""
        page.goto("/courses/?q=PIP-01")
        page.locator("tbody th a").first.click()
        page.get_by_role("link", name="Change", exact=True).click()
        self.fills(page, name=f"Privacy, {self._testMethodName}")
        page.get_by_role("button", name="Keep the changes").click()
        page.wait_for_url(lambda url: "/edit/" not in url)
        sealed = self.site.demo.keepwell("trail", "seal")
        self.assertEqual(sealed.returncode, 0, sealed.stderr)
        page.reload()

    def handed_out(self, page: Page) -> bytes:
        """The proof of the newest change of the record of the page, as it was downloaded."""
        link = page.get_by_role("link", name="Prove this").first
        expect(link).to_be_visible()
        with page.expect_download() as coming:
            link.click()
        self.assertRegex(coming.value.suggested_filename, r"^keepwell-proof-\d+\.json$")
        return coming.value.path().read_bytes()

    def checked(self, proof: bytes) -> tuple[int, str]:
        """What the verifier says in a folder that holds the verifier, the proof and the public key alone."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / VERIFIER.name).write_bytes(VERIFIER.read_bytes())
        (folder / "proof.json").write_bytes(proof)
        (folder / "key.txt").write_bytes(self.site.demo.keepwell("trail", "key").stdout)
        command = [sys.executable, "-I", "-S", VERIFIER.name, "proof.json", "--key", "key.txt"]
        done = subprocess.run(command, cwd=folder, env={"PYTHONIOENCODING": "utf-8"}, capture_output=True, text=True,
                              timeout=PATIENCE_SECONDS)  # fmt: skip
        self.assertNotIn("Traceback", done.stderr)
        return done.returncode, done.stdout + done.stderr
