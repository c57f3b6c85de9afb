"""Words: what is kept and what is asked meet, whatever was written."""

from __future__ import annotations

from django.test import SimpleTestCase
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.platform.search.marking import marked
from keepwell.platform.search.words import Term, fold, terms, tokens, whole
from tests.machine import rounds

SOME = st.text(max_size=60)
PLENTY = settings(max_examples=rounds(150, 5_000), deadline=None)


def is_found(question: str, text: str) -> bool:
    """Whether all that `question` asks for is among the words of `text`."""
    kept = tokens(text)
    return all(
        any(k.startswith(t.text) for k in kept) if t.begins else t.text in kept for t in terms(question)
    )


class Words(SimpleTestCase):
    def test_are_folded_in_case_width_and_accents(self) -> None:
        self.assertEqual(fold("TÜV Ｎordmark é"), "tuv nordmark e")
        self.assertEqual(fold("ガス が 한국어"), "ガス が 한국어")

    def test_of_two_characters_are_found(self) -> None:
        self.assertEqual(terms("資安"), [Term("資安")])
        self.assertTrue(is_found("資安", "集團資安長"))
        self.assertTrue(is_found("資", "集團資安長"))
        self.assertFalse(is_found("安資", "集團資安長"))

    def test_of_three_characters_ask_for_both_pairs(self) -> None:
        self.assertEqual(terms("資訊安全"), [Term("資訊"), Term("訊安"), Term("安全")])
        self.assertFalse(is_found("資訊安全", "安全資訊"))

    def test_of_kana_and_hangul_are_found(self) -> None:
        self.assertTrue(is_found("セキュリティ", "情報セキュリティ方針"))
        self.assertTrue(is_found("ｾｷｭﾘﾃｨ", "情報セキュリティ方針"))
        self.assertTrue(is_found("보안", "정보보안정책"))

    def test_are_begun_by_the_last_one_alone(self) -> None:
        self.assertTrue(is_found("kaohsiung asse", "Kaohsiung Assembly 1"))
        self.assertFalse(is_found("kaoh assembly", "Kaohsiung Assembly 1"))

    def test_of_numbers_and_codes_are_found_whole_and_in_parts(self) -> None:
        for question in ("NM-27-44102", "nm2744102", "44102", "27 44102", "NM-27"):
            self.assertTrue(is_found(question, "NM-27-44102"), question)
        self.assertTrue(is_found("27001", "ISO27001"))
        self.assertTrue(is_found("A00123", "A0012345"))

    def test_of_mail_are_found_by_their_beginning_and_not_by_the_house(self) -> None:
        for question in ("kai.chen@meridian.example", "kai.chen@mer", "kai chen", "kai.ch"):
            self.assertTrue(is_found(question, "kai.chen@meridian.example"), question)
        self.assertFalse(is_found("meridian", "kai.chen@meridian.example"))

    def test_are_parted_from_the_script_beside_them(self) -> None:
        self.assertTrue(is_found("高雄 fab", "高雄fab12廠"))

    def test_of_a_name_are_one_word_as_a_whole(self) -> None:
        self.assertEqual(whole("Kaohsiung Assembly 1"), "kaohsiungassembly1")

    @given(SOME)
    @PLENTY
    def test_have_letters_digits_and_unparted_script_only(self, text: str) -> None:
        for token in tokens(text) | {t.text for t in terms(text)} | ({whole(text)} - {""}):
            self.assertNotRegex(token, r"[\s'\"*:&|!()<>\\%_\x00-\x2f]")
            self.assertEqual(token.split(), [token])

    @given(SOME)
    @PLENTY
    def test_are_the_same_when_folded_again(self, text: str) -> None:
        self.assertEqual(fold(fold(text)), fold(text))

    @given(st.text(st.characters(categories=("L", "N", "Zs", "P")), max_size=50), st.data())
    @PLENTY
    def test_of_a_text_find_it_again_by_any_of_its_parts(self, text: str, data: st.DataObject) -> None:
        parts = [part for part in text.split() if "@" not in part]
        if parts and len(text) < 50:
            self.assertTrue(is_found(data.draw(st.sampled_from(parts)), text))

    @given(SOME, SOME)
    @PLENTY
    def test_that_are_marked_change_nothing_of_the_text(self, text: str, question: str) -> None:
        shown = marked(text, terms(question)).replace("<mark>", "").replace("</mark>", "")
        self.assertEqual(shown, marked(text, []))


class Marking(SimpleTestCase):
    def test_shows_whole_words_beginnings_and_pairs(self) -> None:
        self.assertEqual(marked("Ada Lin <b>", terms("lin")), "Ada <mark>Lin</mark> &lt;b&gt;")
        self.assertEqual(marked("TÜV Nordmark", terms("tuv nord")), "<mark>TÜV</mark> <mark>Nord</mark>mark")
        self.assertEqual(marked("集團資訊安全長", terms("資訊安全")), "集團<mark>資訊安全</mark>長")
