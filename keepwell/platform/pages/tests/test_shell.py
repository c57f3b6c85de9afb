"""The shell round every page: menu, units, choices that are kept, and what is told when something is wrong."""

from __future__ import annotations

from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.models import Job
from keepwell.platform.pages.menu import Item, Word, areas_seen, chapter_of, menu_of, words
from keepwell.platform.pages.switching import at_unit
from tests.cast import TELLER, Cast

ACCOUNT = reverse("account")
DUE_ONE = "Due <span>1</span>"


def asked(**facts: object) -> Job:
    """A job somebody asked for."""
    return Job.objects.create(name="registers.bring_in", **facts)


class Menu(Cast, TestCase):
    def test_has_the_words_under_which_one_may_see_something(self) -> None:
        self.sign_in(self.ada)
        slugs = [word.slug for word in menu_of(self.ada)]
        self.assertEqual(
            slugs, ["identify", "protect", "respond", "publish", "organization", "administration"]
        )
        self.assertContains(self.client.get(reverse("menu")), 'href="/administration/?unit=MERIDIAN"')

    def test_has_what_is_for_anybody_for_who_has_no_right(self) -> None:
        self.sign_in(self.sam)
        items = [item.url_name for word in menu_of(self.sam) for item in word.items]
        self.assertEqual(items, ["my-reports"])
        self.assertNotContains(self.client.get(reverse("menu")), 'href="/publish/')
        page = self.client.get(reverse("word-respond"))
        self.assertContains(page, 'href="/my-reports/')
        self.assertNotContains(page, 'href="/incidents/')

    def test_leaves_out_what_lies_beyond_ones_rights(self) -> None:
        self.assertNotIn("administration", areas_seen(self.cleo))

    def test_opens_only_the_present_word(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get(reverse("word-publish"))
        self.assertContains(page, ">Standards</a>")
        self.assertNotContains(page, ">Courses</a>")

    def test_of_a_word_shows_a_figure_each(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get(reverse("word-organization"))
        self.assertEqual([figure for _item, figure in page.context["listed"]][:1], ["6"])

    def test_of_a_word_out_of_sight_is_not_there(self) -> None:
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(reverse("word-publish")).status_code, 404)

    def test_knows_eight_words_of_the_field_and_two_of_the_house(self) -> None:
        self.assertEqual([word.is_own for word in words()], [False] * 8 + [True] * 2)

    def test_leads_to_the_chapter_of_each_page(self) -> None:
        self.assertEqual(chapter_of("/people/new/"), "organization")
        self.assertEqual(chapter_of("/certificates/matrix/"), "assurance")
        self.assertEqual(chapter_of("/account/"), "")

    def test_keeps_a_word_without_items_out(self) -> None:
        word = Word("x", "X", (Item("Y", "units", "organization"),))
        self.assertEqual(word.seen_by({"people"}).items, ())


class Going(Cast, TestCase):
    def test_to_another_unit_keeps_the_page_and_its_year(self) -> None:
        found = at_unit("/outcomes/?unit=KHH1&year=2023&after=abc&q=x", "PEN1")
        self.assertEqual(found, "/outcomes/?unit=PEN1&year=2023&q=x")

    def test_lists_only_units_in_sight(self) -> None:
        self.sign_in(self.ben)
        page = self.client.get(reverse("choose-unit"), {"next": "/outcomes/"})
        self.assertContains(page, "/outcomes/?unit=KHH1")
        self.assertNotContains(page, "PEN1")

    def test_finds_by_name_in_either_language(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get(reverse("choose-unit"), {"q": "高雄", "next": "/"})
        self.assertEqual([choice.unit for choice in page.context["units"]], [self.khh1, self.khh2])

    def test_finds_nothing_for_who_has_no_right(self) -> None:
        self.sign_in(self.sam)
        page = self.client.get(reverse("choose-unit"), {"q": "KHH1"})
        self.assertContains(page, "No unit you may see is called “KHH1”.")

    def test_never_leads_to_another_site(self) -> None:
        self.sign_in(self.ada)
        for wanted in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
            page = self.client.get(reverse("choose-unit"), {"next": wanted, "q": "PEN1"})
            self.assertEqual([choice.url for choice in page.context["units"]], ["/?unit=PEN1"])


class Choosing(Cast, TestCase):
    def test_dark_is_kept_and_leads_back(self) -> None:
        answer = self.client.post(reverse("theme"), {"theme": "dark", "next": "/sign-in/"})
        self.assertRedirects(answer, "/sign-in/")
        self.assertContains(self.client.get("/sign-in/"), 'data-bs-theme="dark"')

    def test_a_language_is_kept(self) -> None:
        self.client.post(reverse("language"), {"language": "zh-hant", "next": "/sign-in/"})
        page = self.client.get("/sign-in/")
        self.assertContains(page, 'lang="zh-Hant"')
        self.assertContains(page, "子午半導體控股")

    def test_what_there_is_not_keeps_nothing(self) -> None:
        self.client.post(reverse("language"), {"language": "xx"})
        self.client.post(reverse("theme"), {"theme": "pink"})
        self.assertFalse({"keepwell-language", "keepwell-theme"} & set(self.client.cookies))

    def test_never_leads_to_another_site(self) -> None:
        answer = self.client.post(reverse("theme"), {"theme": "dark", "next": "//evil.example/"})
        self.assertEqual(answer["Location"], "/")

    def test_the_persons_own_language_holds_until_another_is_chosen(self) -> None:
        with acting(TELLER, "people.change"):
            self.eva.language = "zh-hant"
            self.eva.save()
        self.sign_in(self.eva)
        self.assertContains(self.client.get(ACCOUNT), '<html lang="zh-Hant"')
        self.client.post(reverse("language"), {"language": "en"})
        self.assertContains(self.client.get(ACCOUNT), '<html lang="en"')

    def test_keys_can_be_switched_off(self) -> None:
        self.sign_in(self.ada)
        self.client.post(reverse("keys"), {"keys": "off"})
        self.assertContains(self.client.get(ACCOUNT), 'data-keys="off"')


class Telling(Cast, TestCase):
    def test_a_stranger_nothing_but_that_it_is_not_there(self) -> None:
        page = self.client.get("/nowhere/")
        self.assertContains(page, "There is nothing here that you may see", status_code=404)
        self.assertNotContains(page, "kw-side", status_code=404)

    def test_one_who_may_not_which_right_is_missing(self) -> None:
        self.sign_in(self.sam)
        page = self.client.get(reverse("outcomes"))
        self.assertContains(page, "You may not do this", status_code=403)
        self.assertContains(page, "Nothing was changed.", status_code=403)

    def test_of_a_break_a_reference_and_no_stack(self) -> None:
        self.sign_in(self.ada)
        self.client.raise_request_exception = False
        with override_settings(NAVIGATION="keepwell.config.navigation.NOTHING"):
            page = self.client.get(ACCOUNT)
        self.assertContains(page, "Something broke on our side", status_code=500)
        self.assertRegex(page.content.decode(), r"quote [0-9a-f]{8} to your")
        self.assertNotContains(page, "Traceback", status_code=500)


class Styles(Cast, TestCase):
    def test_stand_in_files_alone(self) -> None:
        self.sign_in(self.ada)
        for address in (
            ACCOUNT,
            reverse("start"),
            reverse("menu"),
            reverse("handbook"),
            reverse("choose-unit"),
        ):
            page = self.client.get(address).content.decode()
            self.assertNotIn("<style", page, address)
            self.assertNotRegex(page, r"\sstyle=", address)
            self.assertNotRegex(page, r"\son[a-z]+=", address)
            self.assertNotRegex(page, r"<script(?![^>]* src=)", address)

    def test_follow_the_device_until_one_is_chosen(self) -> None:
        self.assertContains(self.client.get("/sign-in/"), "data-theme-open")
        self.client.post(reverse("theme"), {"theme": "light"})
        self.assertNotContains(self.client.get("/sign-in/"), "data-theme-open")


class Due(Cast, TestCase):
    def test_is_reckoned_where_it_is_listed_and_shown_everywhere(self) -> None:
        self.sign_in(self.ada)
        asked(state=Job.State.DEAD)
        self.assertNotContains(self.client.get(ACCOUNT), DUE_ONE)
        self.assertContains(self.client.get(reverse("start")), DUE_ONE)
        self.assertContains(self.client.get(ACCOUNT), DUE_ONE)

    def test_is_not_told_after_a_change_until_it_is_reckoned_again(self) -> None:
        self.sign_in(self.ada)
        asked(state=Job.State.DEAD)
        self.client.get(reverse("due"))
        self.client.post(reverse("keys"), {"keys": "on"})
        self.assertNotContains(self.client.get(ACCOUNT), DUE_ONE)
