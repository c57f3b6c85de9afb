"""Signing in with what one has, in a real browser: an authenticator app, and a passkey on a virtual device."""

from __future__ import annotations

import re
import time

from playwright.sync_api import BrowserContext, Page, expect

from keepwell.platform.identity.totp import code_at
from tests.browsing import PHONE, Browsing
from tests.running import PASSWORD


def device(context: BrowserContext, page: Page) -> None:
    """A virtual security key that knows its holder, as Chromium's own tests use it."""
    channel = context.new_cdp_session(page)
    channel.send("WebAuthn.enable")
    channel.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }})  # fmt: skip


def password(page: Page, name: str) -> None:
    """Give name and password."""
    page.goto("/sign-in/")
    page.get_by_label("Sign-in name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def code(seed: str, steps: int = 0) -> str:
    """What the app shows now, or in so many half minutes."""
    return code_at(seed, int(time.time()) // 30 + steps)


class SigningInWithWhatOneHas(Browsing):
    def test_an_authenticator_app(self) -> None:
        page = self.sign_in(self.opened(), "ben")
        page.goto("/account/")
        page.get_by_role("link", name="Add a second factor").click()
        expect(page.get_by_role("img", name="QR code of the key below")).to_be_visible()
        seed = (page.locator(".kw-qr code").text_content() or "").replace(" ", "")
        page.locator("#id_code").fill("000000")
        page.get_by_role("button", name="Add the app").click()
        expect(page.get_by_role("alert").first).to_contain_text("not the code")
        page.locator("#id_code").fill(code(seed))
        page.get_by_role("button", name="Add the app").click()
        expect(page.locator(".kw-codes li")).to_have_count(10)
        recovery = page.locator(".kw-codes code").first.text_content() or ""
        page.get_by_role("link", name="I have kept them: go on").click()
        expect(page.get_by_text("Authenticator app").first).to_be_visible()
        expect(page.locator("#sessions tbody tr")).to_have_count(1)

        other = self.opened(PHONE).new_page()
        password(other, "ben")
        expect(other.get_by_role("heading", name="Second factor")).to_be_visible()
        other.locator("#id_code").fill(code(seed, 1))
        other.get_by_role("button", name="Go on").click()
        other.wait_for_url(lambda url: "/sign-in/" not in url)
        other.goto("/account/")
        expect(other.locator("#sessions tbody tr")).to_have_count(2)

        third = self.opened(java_script_enabled=False).new_page()
        password(third, "ben")
        third.locator("#id_code").fill(recovery)
        third.get_by_role("button", name="Go on").click()
        expect(third).not_to_have_url(re.compile("/sign-in/"))

    def test_a_passkey(self) -> None:
        context = self.opened()
        page = self.sign_in(context, "eva")
        device(context, page)
        page.goto("/account/factors/new/")
        page.locator("#id_label").fill("The key of the tests")
        page.locator("button[data-passkey]").click()
        expect(page.locator(".kw-codes li")).to_have_count(10)
        page.goto("/account/")
        expect(page.get_by_text("The key of the tests").first).to_be_visible()

        # Alone: neither name nor password.
        context.clear_cookies()
        page.goto("/sign-in/?next=/account/")
        page.locator("form[action='/sign-in/passkey/'] button[data-passkey]").click()
        page.wait_for_url(re.compile("/account/$"))
        expect(page.locator("#sessions tbody tr")).not_to_have_count(0)

        # Beside the password.
        context.clear_cookies()
        password(page, "eva")
        expect(page).to_have_url(re.compile("/sign-in/second/"))
        page.locator("button[data-passkey]").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)

    def test_a_device_that_knows_nobody_here_is_told_so(self) -> None:
        context = self.opened()
        page = context.new_page()
        device(context, page)
        page.goto("/sign-in/")
        page.locator("button[data-passkey]").click()
        expect(page.locator("[data-passkey-failed]")).to_be_visible()
