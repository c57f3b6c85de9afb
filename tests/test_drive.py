"""The main job, driven in a real browser from signing in to the frozen year's document."""

from __future__ import annotations

import io
import re

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browsing import PHONE, Browsing

HEADINGS = "code,name,minutes,mandatory,active_from\r\n"
WRONG = (
    f"{HEADINGS}DRV-01,Driving safely,thirty,true,2024-01-01\r\nDRV-02,Parking safely,20,true,2024-02-30\r\n"
)
MENDED = f"{HEADINGS}DRV-01,Driving safely,30,true,2024-01-01\r\nDRV-02,Parking safely,20,true,2024-02-29\r\n"


def fold(page: Page, name: str) -> None:
    """Open what is folded under `name`."""
    page.locator("summary", has_text=name).first.click()


class SigningIn(Browsing):
    def test_leads_to_the_start_page(self) -> None:
        page = self.sign_in(self.opened(), "ada")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_text("Ada Lin").first).to_be_visible()

    def test_fails_with_a_wrong_password(self) -> None:
        page = self.opened().new_page()
        page.goto("/")
        page.get_by_label("Sign-in name").fill("ada")
        page.get_by_label("Password").fill("a wrong one")
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_text("Name and password do not belong together.")).to_be_visible()

    def test_ends_with_signing_out(self) -> None:
        page = self.sign_in(self.opened(), "ada")
        fold(page, "Ada Lin")
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(re.compile("/sign-in/"))
        page.goto("/outcomes/")
        expect(page).to_have_url(re.compile("/sign-in/"))


class Looking(Browsing):
    def test_goes_to_another_unit_year_and_language(self) -> None:
        page = self.sign_in(self.opened(), "ada")
        page.goto("/outcomes/")
        fold(page, "Meridian Semiconductor Holding")
        page.locator("#units a", has_text="KHH1").click()
        expect(page).to_have_url(re.compile("unit=KHH1"))
        fold(page, "as of now")
        page.get_by_role("link", name="2023", exact=True).click()
        expect(page).to_have_url(re.compile("unit=KHH1.*year=2023|year=2023.*unit=KHH1"))
        expect(page.get_by_role("heading", name="Outcomes of 2023")).to_be_visible()
        page.get_by_role("button", name="繁體中文").first.click()
        expect(page.locator("html")).to_have_attribute("lang", re.compile("zh-[Hh]ant"))
        expect(page.get_by_role("heading", level=1)).to_have_text(
            re.compile("2023.*[\u4e00-\u9fff]|[\u4e00-\u9fff].*2023")
        )
        page.get_by_role("button", name="English").first.click()
        expect(page.get_by_role("heading", name="Outcomes of 2023")).to_be_visible()

    def test_finds_a_unit_by_typing(self) -> None:
        page = self.sign_in(self.opened(), "ada")
        fold(page, "Meridian Semiconductor Holding")
        page.get_by_label("Code or name of a unit").press_sequentially("PEN1")
        expect(page.locator("#units li")).not_to_have_count(0)
        page.locator("#units a", has_text="PEN1").first.click()
        expect(page).to_have_url(re.compile("unit=PEN1"))

    def test_opens_a_figure_down_to_a_record(self) -> None:
        page = self.sign_in(self.opened(), "ada")
        page.goto("/outcomes/?unit=MERIDIAN&year=2023")
        figure = page.locator('a[href*="/figures/proof/certificates.sites.iso-27001/"]').first
        expect(figure).to_have_text("11")
        figure.click()
        expect(page.get_by_role("table").first.locator("tbody tr")).to_have_count(11)
        page.get_by_role("table").first.locator("tbody a").first.click()
        expect(page).to_have_url(re.compile(r"/[a-z-]+/[0-9a-f-]{36}/"))
        expect(page.get_by_role("heading", name=re.compile("History|Changes"))).to_be_visible()

    def test_works_without_scripts(self) -> None:
        page = self.sign_in(self.opened(java_script_enabled=False), "ada")
        for address in (
            "/outcomes/?year=2023",
            "/certificates/",
            "/people/?sort=-name",
            "/courses/new/",
            "/menu/",
        ):
            answer = page.goto(address)
            self.assertEqual(answer.status if answer else 0, 200)
            expect(page.get_by_role("heading", level=1)).to_be_visible()

    def test_works_on_a_phone(self) -> None:
        page = self.sign_in(self.opened(PHONE), "ada")
        page.locator("[data-unfolds=menu]").click()
        page.get_by_role("link", name="Publish").first.click()
        page.get_by_role("main").get_by_role("link", name="Outcomes").first.click()
        expect(page.get_by_role("heading", name=re.compile("Outcomes of"))).to_be_visible()

    def test_shows_sam_nothing_of_the_group(self) -> None:
        page = self.sign_in(self.opened(), "sam")
        for address in ("/outcomes/", "/certificates/matrix/", "/units/", "/administration/jobs/"):
            answer = page.goto(address)
            self.assertEqual(answer.status if answer else 0, 403, address)
            expect(page.get_by_role("heading", level=1)).to_be_visible()


class TheWatch(Browsing):
    def test_hears_when_a_page_breaks_the_policy(self) -> None:
        page = self.sign_in(self.opened(), "ada")
        page.evaluate(
            "document.querySelector('main').innerHTML = '<p style=\"color: red\" onclick=\"alert(1)\">x</p>'"
        )
        page.locator("main p").click()
        self.assertIn("Content Security Policy", " ".join(self.complaints))
        self.complaints.clear()

    def test_hears_when_a_script_fails(self) -> None:
        page = self.sign_in(self.opened(), "ada")
        page.evaluate("setTimeout(() => { nothing.at.all }, 0)")
        page.wait_for_timeout(100)
        self.assertIn("nothing is not defined", " ".join(self.complaints))
        self.complaints.clear()


class BringingIn(Browsing):
    def test_tells_every_error_and_takes_the_mended_file(self) -> None:
        page = self.sign_in(self.opened(), "ada")
        page.goto("/courses/")
        page.get_by_role("link", name="Bring in").click()
        self.bring(page, WRONG)
        errors = page.locator("table.kw-errors tbody tr")
        expect(errors).to_have_count(2)
        expect(errors.nth(0)).to_contain_text(re.compile("2.*minutes.*thirty"))
        expect(errors.nth(1)).to_contain_text(re.compile("3.*active_from.*2024-02-30"))
        self.bring(page, MENDED)
        expect(page.get_by_role("status")).to_contain_text("2")
        page.goto("/courses/?q=DRV")
        expect(page.get_by_role("table").locator("tbody tr")).to_have_count(2)
        self.bring(page, MENDED, "/courses/bring-in/")
        expect(page.get_by_role("status")).to_be_visible()
        self.assertEqual(
            self.site.demo.rows("SELECT count(*) FROM awareness_course WHERE code LIKE 'DRV-%'"), [(2,)]
        )

    def bring(self, page: Page, content: str, address: str = "") -> None:
        """Choose a file and bring it in."""
        if address:
            page.goto(address)
        page.get_by_label("File").set_input_files(
            {"name": "courses.csv", "mimeType": "text/csv", "buffer": content.encode()}
        )
        page.get_by_role("button", name="Bring the file in").click()


class AYear(Browsing):
    def test_is_frozen_and_comes_as_a_document(self) -> None:
        page = self.sign_in(self.opened(accept_downloads=True), "ada")
        page.goto("/outcomes/?unit=MERIDIAN&year=2024")
        page.get_by_role("link", name="Freeze 2024").click()
        page.get_by_role("button", name="Freeze the year").click()
        expect(page.get_by_text(re.compile("figures of 2024 are frozen"))).to_be_visible()
        states = self.site.demo.rows("SELECT DISTINCT state FROM reporting_figure WHERE year = 2024 AND unit_id = "
                                     "(SELECT id FROM tree_unit WHERE code = 'MERIDIAN')")  # fmt: skip
        self.assertEqual(states, [("frozen",)])
        text = self.pdf(page)
        self.assertIn("2024", text)
        self.assertIn("Meridian Semiconductor Holding", text)

    def pdf(self, page: Page) -> str:
        """The text of the year's PDF, downloaded as a person does."""
        with page.expect_download() as coming:
            fold(page, "PDF, Word")
            page.get_by_role("link", name="PDF").first.click()
            taken = page.get_by_role("link", name=re.compile("Download|Take|PDF.*[KM]B|Save"))
            if "/outcomes/documents/" in page.url:
                taken.first.click()
        content = coming.value.path().read_bytes()
        self.assertEqual(content[:5], b"%PDF-")
        self.assertRegex(coming.value.suggested_filename, r"^outcomes-2024-en\.pdf$")
        return " ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(content)).pages)

    def test_that_was_frozen_keeps_its_document(self) -> None:
        page = self.sign_in(self.opened(accept_downloads=True), "ada")
        page.goto("/outcomes/?unit=MERIDIAN&year=2023")
        digests = set()
        for _turn in range(2):
            with page.expect_download() as coming:
                page.evaluate("location.href = '/outcomes/take-out.pdf?unit=MERIDIAN&year=2023'")
            digests.add(coming.value.path().read_bytes())
        self.assertEqual(len(digests), 1)
