"""Too much, sent to a real server and through the nginx of `deploy/`: told in the reader's language, nothing lost of what
was typed, nothing written (issue 5, bad input)."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from keepwell.areas.incidents.rules.languages import languages
from tests.browsing import PHONE, Browsing
from tests.proxied import NGINX, behind_nginx
from tests.running import TOKEN, Site

SAYS = "The screens on line 3 ask for money."
MB = 1 << 20


def sent(
    site: Site, path: str, folder: Path, *fields: str, base: str = "", more: tuple[str, ...] = ()
) -> tuple[int, str]:
    """Status and page that curl gets for a form of `fields` sent as a browser does, with the page's own token."""
    jar, page, root = folder / "jar", folder / "page", base or site.url
    get = subprocess.run(
        ["curl", "-sk", *more, "-c", str(jar), f"{root}{path}"], capture_output=True, text=True, timeout=60
    )
    token = TOKEN.search(get.stdout)
    assert token is not None, get.stdout[:500]
    form = [part for field in (f"csrfmiddlewaretoken={token[1]}", *fields) for part in ("-F", field)]
    asked = [
        "curl",
        "-sk",
        *more,
        "-b",
        str(jar),
        "-e",
        f"{root}{path}",
        "-o",
        str(page),
        "-w",
        "%{http_code}",
    ]
    done = subprocess.run([*asked, *form, f"{root}{path}"], capture_output=True, text=True, timeout=180)
    return int(done.stdout or 0), page.read_text(errors="replace") if page.exists() else done.stderr


def blob(folder: Path, name: str, size: int, beginning: bytes = b"") -> Path:
    """A file of `size` bytes that takes no room on the disk beyond its beginning."""
    path = folder / name
    with path.open("wb") as file:
        file.write(beginning)
        file.truncate(size)
    return path


def jpeg() -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), "#883322").save(out, "JPEG")
    return out.getvalue()


class TestTheServer:
    def test_takes_ten_megabytes_of_text_as_too_much_in_the_language_of_the_page(
        self, own_site: Site, tmp_path: Path
    ) -> None:
        text = tmp_path / "text"
        text.write_text("A red page. " * (10 * MB // 12))
        for tag in ("en", "zh-Hant", "ms"):
            status, page = sent(
                own_site, f"/report/?lang={tag}", tmp_path, f"says=<{text}", "site=PEN1", f"lang={tag}"
            )
            assert status == 413, page[:500]
            assert languages()[tag]["too_large_says"] % {"most": 10_000} in page
            assert f'<html lang="{tag}"' in page
        assert own_site.demo.rows("SELECT count(*) FROM incidents_report WHERE says LIKE 'A red page%'") == [
            (0,)
        ]

    def test_takes_the_same_where_one_is_signed_in(self, own_site: Site, tmp_path: Path) -> None:
        text = tmp_path / "text"
        text.write_text("A red page. " * (10 * MB // 12))
        status, page = sent(own_site, "/sign-in/", tmp_path, f"name=<{text}", "password=x")
        assert status == 413
        assert "a file may have 100 MB, the text of a form 2.5 MB" in page
        status, page = sent(
            own_site,
            "/sign-in/",
            tmp_path,
            f"name=<{text}",
            "password=x",
            more=("-H", "Accept-Language: zh-TW"),
        )
        assert status == 413
        assert "2.5 MB" in page
        assert '<html lang="zh-Hant"' in page

    def test_tells_a_program_in_one_sentence(self, own_site: Site, tmp_path: Path) -> None:
        token = own_site.demo.keepwell("token", "ben", "--days", "1").stdout.decode().strip().splitlines()[-1]
        token = re.findall(r"kw_[\w-]{43}", token)[0]
        body = tmp_path / "body.json"
        body.write_text(json.dumps({"unit": "KHH1", "says": "x" * (10 * MB)}))
        done = subprocess.run(["curl", "-s", "-w", "\n%{http_code} %{content_type}", "-H", f"Authorization: Bearer {token}", "-H",
                               "Content-Type: application/json", "--data-binary", f"@{body}", f"{own_site.url}/api/reports"],
                              capture_output=True, text=True, timeout=60)  # fmt: skip
        told, _, tail = done.stdout.rpartition("\n")
        assert tail == "413 application/problem+json", done.stdout[:500]
        assert json.loads(told)["detail"].startswith("A request may have 2.5 MB")

    def test_refuses_a_photo_of_200_megabytes_and_loses_no_word(self, own_site: Site, tmp_path: Path) -> None:
        photo = blob(tmp_path, "huge.jpg", 200 * MB, jpeg())
        status, page = sent(
            own_site,
            "/report/?lang=en",
            tmp_path,
            f"says={SAYS}",
            "site=PEN1",
            f"photo=@{photo};type=image/jpeg",
        )
        assert status == 422
        assert languages()["en"]["photo_large"] % {"name": "huge.jpg"} in page
        assert f">{SAYS}</textarea>" in page
        assert own_site.demo.rows(f"SELECT count(*) FROM incidents_report WHERE says = '{SAYS}'") == [(0,)]  # noqa: S608

    def test_takes_the_words_once_the_photo_is_left_out(self, own_site: Site, tmp_path: Path) -> None:
        status, page = sent(
            own_site, "/report/?lang=en", tmp_path, f"says={SAYS} Again.", "site=PEN1", "ongoing=yes"
        )
        assert (status, "kw-code" in page) == (200, True)


@pytest.mark.skipif(NGINX is None, reason="needs nginx")
class TestNginx:
    @pytest.fixture
    def proxy(self, own_site: Site, tmp_path: Path) -> Iterator[str]:
        with behind_nginx(own_site.port, tmp_path) as address:
            yield address

    def test_shows_our_page_for_a_photo_of_200_megabytes(
        self, own_site: Site, proxy: str, tmp_path: Path
    ) -> None:
        photo = blob(tmp_path, "huge.jpg", 200 * MB, jpeg())
        for version, tag in (("--http1.1", "ms"), ("--http2", "zh-Hant")):
            fields = (f"says={SAYS}", "site=PEN1", f"photo=@{photo};type=image/jpeg")
            status, page = sent(
                own_site, f"/report/?lang={tag}", tmp_path, *fields, base=proxy, more=(version,)
            )
            assert status == 413, page[:500]
            assert languages()[tag]["too_large_says"] % {"most": 10_000} in page
            assert "nginx" not in page

    def test_shows_it_on_every_other_page_and_tells_programs(
        self, own_site: Site, proxy: str, tmp_path: Path
    ) -> None:
        photo = blob(tmp_path, "huge.jpg", 200 * MB, jpeg())
        status, page = sent(own_site, "/sign-in/", tmp_path, "name=ada", f"file=@{photo}", base=proxy)
        assert status == 413
        assert "a file may have 100 MB" in page
        done = subprocess.run(["curl", "-sk", "-w", "\n%{http_code} %{content_type}", "-F", f"file=@{photo}",
                               f"{proxy}/api/reports/bring-in"], capture_output=True, text=True, timeout=120)  # fmt: skip
        told, _, tail = done.stdout.rpartition("\n")
        assert tail == "413 application/problem+json"
        assert json.loads(told)["status"] == 413


class TooMuch(Browsing):
    """In a browser, with and without script."""

    def page(self, *, script: bool) -> Page:
        page = self.opened(PHONE, java_script_enabled=script).new_page()
        page.goto("/report/?lang=en")
        page.locator("#site").select_option("PEN1")
        return page

    def test_is_said_before_anything_is_sent(self) -> None:
        page = self.page(script=True)
        page.locator("#says").fill("x" * 10_001)
        expect(page.locator("#says-size")).to_contain_text("Your text has 10001 characters; 10000 fit.")
        photo = self.huge()
        page.locator("#photo").set_input_files(photo)
        expect(page.locator("#photo-size")).to_contain_text("huge.jpg is larger than 10 MB")
        page.locator("main form button").click()
        self.assertIn("/report/?lang=en", page.url)
        self.assertEqual(page.evaluate("document.activeElement.id"), "says")
        page.locator("#says").fill(SAYS)
        page.locator("#photo").set_input_files([])
        expect(page.locator("#says-size")).to_have_count(0)
        page.locator("main form button").click()
        expect(page.locator(".kw-code")).to_be_visible()

    def test_without_script_the_text_ends_where_it_must_and_the_server_keeps_the_words(self) -> None:
        page = self.page(script=False)
        self.assertEqual(page.locator("#says").get_attribute("maxlength"), "10000")
        page.locator("#says").fill(SAYS)
        page.locator("#photo").set_input_files(self.huge(12))
        page.locator("main form button").click()
        expect(page.locator("#photo-wrong")).to_contain_text("huge.jpg is larger than 10 MB")
        self.assertEqual(page.locator("#says").input_value(), SAYS)

    def test_keeps_the_words_when_one_goes_back_from_the_page_that_says_so(self) -> None:
        page = self.page(script=False)
        page.locator("#says").fill(SAYS)
        page.goto("/report/too-large/?lang=en")
        expect(page.locator("main")).to_contain_text("Go back")
        page.go_back()
        self.assertEqual(page.locator("#says").input_value(), SAYS)

    def huge(self, megabytes: int = 200) -> Path:
        folder = Path(self.enterContext(TemporaryDirectory()))
        return blob(folder, "huge.jpg", megabytes * MB, jpeg())
