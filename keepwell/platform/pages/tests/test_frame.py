"""The frame is kept from page to page, and never says what is no longer so, nor what another reader may see."""

from __future__ import annotations

from django.test import TestCase
from django.urls import reverse

from keepwell.platform.history.acting import acting
from keepwell.platform.pages import frame
from keepwell.platform.people.models import Grant, Person
from tests.cast import TELLER, Cast

PAGE = reverse("handbook")


class TheFrame(Cast, TestCase):
    def page(self, who: Person, **asked: str) -> str:
        """The handbook's page for `who`, which says nothing of its own about units or people."""
        self.sign_in(who)
        return self.client.get(PAGE, asked).content.decode()

    def test_is_drawn_once_while_it_says_the_same(self) -> None:
        self.page(self.ada)
        before = dict(frame._kept)
        self.page(self.ada, q="another address")
        self.assertEqual(frame._kept, before)

    def test_shows_nobody_what_another_sees(self) -> None:
        self.assertIn("?unit=PEN1", self.page(self.ada))
        ben, sam = self.page(self.ben), self.page(self.sam)
        for told in (ben, sam):
            self.assertNotIn("PEN1", told)
            self.assertNotIn(self.ada.name, told)
        self.assertIn("?unit=KHH1", ben)
        self.assertNotIn("KHH1", sam)

    def test_forgets_a_right_with_the_next_page(self) -> None:
        self.assertIn("?unit=KHH1", self.page(self.ben))
        with acting(TELLER, "test.end"):
            for held in Grant.objects.filter(person=self.ben):
                held.until = held.since
                held.save()
        self.assertNotIn("?unit=KHH1", self.page(self.ben))

    def test_says_a_new_name_with_the_next_page(self) -> None:
        self.assertIn("Kaohsiung Assembly 1", self.page(self.ada))
        with acting(TELLER, "test.rename"):
            self.khh1.name = "Kaohsiung Packaging 1"
            self.khh1.save()
        told = self.page(self.ada)
        self.assertIn("Kaohsiung Packaging 1", told)
        self.assertNotIn("Kaohsiung Assembly 1", told)

    def test_takes_a_name_for_a_name_whatever_stands_in_it(self) -> None:
        with acting(TELLER, "test.rename"):
            self.ada.name = "{csrf} {0} <b> %s"
            self.ada.save()
        self.assertIn("{csrf} {0} &lt;b&gt; %s", self.page(self.ada))

    def test_escapes_the_address_it_leads_back_to(self) -> None:
        told = self.page(self.ada, x='"><script>{csrf}')
        self.assertNotIn("<script>{", told)
        self.assertIn("%22%3E%3Cscript%3E%7Bcsrf%7D", told)

    def test_keeps_no_token_of_a_form(self) -> None:
        self.page(self.ada)
        self.assertEqual([kept for kept in frame._kept.values() if 'csrfmiddlewaretoken" value="{csrf}' not in kept
                          and "csrfmiddlewaretoken" in kept], [])  # fmt: skip
