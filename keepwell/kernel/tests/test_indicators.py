"""Indicators: one spelling for each, shown without fangs, found in whatever somebody pastes; examples by hand."""

from __future__ import annotations

import time
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from keepwell.kernel.indicators import Kind, fangs
from keepwell.kernel.indicators.recognizing import LONGEST_TEXT, Doubt, Found, recognized
from keepwell.kernel.indicators.spelling import NotOne, looks_alike, normalized, reads_as

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
DIGEST = "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"
MD5, SHA1 = "5d41402abc4b2a76b9719d911017c592", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"


class Spelling(TestCase):
    def test_is_one_however_it_was_written(self) -> None:
        for kind, text, kept in (
            ("ipv4", " 192.0.2[.]7 ", "192.0.2.7"), ("ipv4", "192[dot]0(.)2 [.] 7", "192.0.2.7"),
            ("ipv4", "198.51.100.0/24", "198.51.100.0/24"), ("ipv4", "203.0.113.9/32", "203.0.113.9"),
            ("ipv6", "2001:0DB8:0000::0007", "2001:db8::7"), ("ipv6", "[2001:db8::7]", "2001:db8::7"),
            ("ipv6", "2001[:]db8[:][:]7", "2001:db8::7"), ("ipv6", "fe80::1%eth0", "fe80::1"),
            ("ipv6", "::FFFF:192.0.2.7", "::ffff:192.0.2.7"), ("ipv6", "::ffff:c000:207", "::ffff:192.0.2.7"),
            ("ipv6", "2001:db8::/32", "2001:db8::/32"),
            ("domain", "EVIL[.]Example.", "evil.example"), ("domain", "evil。example", "evil.example"),
            ("domain", "bücher.example", "xn--bcher-kva.example"), ("domain", "faß.example", "xn--fa-hia.example"),
            ("domain", "xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("domain", "_dmarc.evil.example", "_dmarc.evil.example"),
            ("domain", "例子.測試", "xn--fsqu00a.xn--g6w251d"),
            ("url", "hXXps[:]//Evil[.]Example", "https://evil.example/"),
            ("url", "hxxp://evil[.]example:8080/A/b?Q=1#f", "http://evil.example:8080/A/b?Q=1#f"),
            ("url", "http://[2001:DB8::7]/x", "http://[2001:db8::7]/x"), ("url", "fxp://192.0.2[.]7/x", "ftp://192.0.2.7/x"),
            ("url", "https://evil.example/入口", "https://evil.example/%E5%85%A5%E5%8F%A3"),
            ("url", "http://user@evil.example/", "http://user@evil.example/"),
            ("mail", "Billing[@]Evil[.]Example", "billing@evil.example"),
            ("mail", "mailto:a.b+c@evil.example", "a.b+c@evil.example"),
            ("mail", "<billing (at) evil (dot) example>", "billing@evil.example"),
            ("md5", MD5.upper(), MD5), ("sha1", SHA1, SHA1), ("sha256", DIGEST, DIGEST.lower()),
            ("registry", "hklm\\Software\\Run\\", "HKEY_LOCAL_MACHINE\\Software\\Run"),
            ("host", "\\\\ENG-3", "eng-3"), ("account", "MERIDIAN\\svc_backup", "MERIDIAN\\svc_backup"),
            ("subject", "  Invoice \u200b 0815 ", "Invoice 0815"), ("file", "C:\\Users\\eva\\a b.exe", "C:\\Users\\eva\\a b.exe"),
        ):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(normalized(Kind(kind), text), kept)
                self.assertEqual(normalized(Kind(kind), kept), kept)

    def test_refuses_what_is_none(self) -> None:
        for kind, text in (
            ("ipv4", "1.2.3.4.5"), ("ipv4", "10.0.19045.2"), ("ipv4", "256.1.1.1"), ("ipv4", "1.2.3"), ("ipv4", "010.1.1.1"),
            ("ipv4", "203.0.113.9/24"), ("ipv4", "0.0.0.0/0"), ("ipv4", "１.２.３.４"), ("ipv4", "14.11.2025"),
            ("ipv6", "12:30:45"), ("ipv6", "2001:db8::7::1"), ("ipv6", "::/0"),
            ("domain", "evil"), ("domain", "evil..example"), ("domain", "-evil.example"), ("domain", "1.2.3.4"),
            ("domain", "a" * 64 + ".example"), ("domain", "evil.example/x"),
            ("domain", "evil .example"),
            ("domain", "e⁄vil.example"),
            ("domain", ".".join(["abc"] * 70)), ("url", "evil.example/x"), ("url", "javascript:alert(1)"),
            ("url", "http://"), ("url", "http://evil.example:99999/"), ("url", "http://a b.example/"), ("url", "http://300.1.1.1/"),
            ("url", "http://evil.example/" + "a" * 2_000), ("url", "file:///etc/passwd"),
            ("mail", "billing@evil"), ("mail", "@evil.example"), ("mail", "a b@evil.example"), ("mail", "a@b@evil.example"),
            ("md5", MD5[:-1]), ("md5", SHA1), ("sha1", "g" * 40), ("sha256", ""),
            ("registry", "Software\\Run"), ("registry", "HKLM"), ("host", "eng 3"), ("host", "12"), ("account", "a b"),
            ("file", ""), ("subject", "\u200b"), ("subject", "字" * 667), ("command", "a" * 5_000), ("mutex", "a\x07b"),
        ):  # fmt: skip
            with self.subTest(f"{kind} {text[:40]}"), self.assertRaises(NotOne):
                normalized(Kind(kind), text)

    def test_keeps_two_thousand_bytes_and_not_one_more(self) -> None:
        self.assertEqual(len(normalized(Kind.SUBJECT, "a" * 2_000)), 2_000)
        self.assertEqual(len(normalized(Kind.SUBJECT, "字" * 666).encode()), 1_998)
        self.assertRaises(NotOne, normalized, Kind.SUBJECT, "a" * 2_001)

    @given(st.sampled_from(list(Kind)), st.text(max_size=200))
    def test_of_whatever_is_written_is_refused_or_stays_as_it_is(self, kind: Kind, text: str) -> None:
        try:
            kept = normalized(kind, text)
        except NotOne:
            return
        self.assertEqual(normalized(kind, kept), kept)
        self.assertEqual(normalized(kind, fangs.defanged(kind, kept)), kept)
        kept.encode()


class Fangs(TestCase):
    def test_are_taken_out_and_put_back(self) -> None:
        for kind, kept, shown in (
            (Kind.IPV4, "192.0.2.7", "192[.]0[.]2[.]7"), (Kind.IPV6, "2001:db8::7", "2001[:]db8[:][:]7"),
            (Kind.DOMAIN, "evil.example", "evil[.]example"), (Kind.MAIL, "a.b@evil.example", "a.b[@]evil[.]example"),
            (Kind.URL, "https://evil.example:8080/a.b?c=http://d.e/", "hxxps://evil[.]example:8080/a.b?c=http://d.e/"),
            (Kind.URL, "ftp://192.0.2.7/", "fxp://192[.]0[.]2[.]7/"), (Kind.FILE, "a.exe", "a.exe"),
        ):  # fmt: skip
            with self.subTest(kept):
                self.assertEqual(fangs.defanged(kind, kept), shown)
                self.assertEqual(normalized(kind, shown), kept)


class Lookalikes(TestCase):
    def test_are_seen_by_letters_of_other_scripts(self) -> None:
        kept = normalized(Kind.DOMAIN, "раураl.example")  # Cyrillic but for the l
        self.assertEqual(kept, "xn--l-7sba6dbr.example")
        self.assertEqual(reads_as(Kind.DOMAIN, kept), "раураl.example")
        for name, is_one in (("раураl.example", True), ("аррӏе.example", True), ("bücher.example", False),
                             ("пример.example", False), ("例子.測試", False), ("evil.example", False)):  # fmt: skip
            self.assertEqual(looks_alike(name), is_one, name)

    def test_are_read_from_addresses_and_mails_too(self) -> None:
        url = normalized(Kind.URL, "http://раураl.example/x")
        self.assertEqual(reads_as(Kind.URL, url), "раураl.example")
        self.assertEqual(reads_as(Kind.URL, "http://xn--\u0661.example/"), "")
        self.assertEqual(reads_as(Kind.DOMAIN, "evil.example"), "")


MAIL = """Received: from mx.evil.example (203.0.113.25) by mail.khh1.example; Thu, 13 Nov 2025 02:10:45 +0800
From: "Billing" <billing@evil.example>
Subject: Invoice 0815 is overdue
Message-ID: <20251113.4711@mx7.evil.example>
References: <a@ref.example>
 <b@ref.example>
User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64)

Open hxxps://login[.]evil[.]example/konto?u=eva, or evil[.]example/pay (both until 14.11.2025).
"""
REPORT = """Windows 10.0.19045.2 and firmware 4.1.2.7 talk to 198.51.100.14:4444 and 2001:db8:bad::7.
The loader wrote C:\\ProgramData\\Intel GFX\\svc host.exe, then %APPDATA%\\upd.dll and /tmp/.x/run.sh.
It set HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\Shell, as MERIDIAN\\svc_backup.
Not these: 1.2.3.4.5, 12:30:45, std::vector, e.g. this, end.The next, 127.0.0.1, 192.168.1.20.
"""


class Recognition(TestCase):
    def values(self, text: str, *, doubted: bool = False) -> list[str]:
        return [f"{one.kind} {one.value}" for one in recognized(text).found if bool(one.doubt) == doubted]

    def doubts(self, text: str) -> dict[str, str]:
        return {one.value: str(one.doubt) for one in recognized(text).found}

    def test_of_a_mail(self) -> None:
        self.assertEqual(self.values(MAIL), [
            "domain mx.evil.example", "ipv4 203.0.113.25", "domain mail.khh1.example", "mail billing@evil.example",
            "subject Invoice 0815 is overdue", "agent Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
            "url https://login.evil.example/konto?u=eva", "url http://evil.example/pay",
        ])  # fmt: skip

    def test_of_a_report(self) -> None:
        self.assertEqual(self.values(REPORT), [
            "ipv4 198.51.100.14", "ipv6 2001:db8:bad::7", "file C:\\ProgramData\\Intel GFX\\svc host.exe",
            "file %APPDATA%\\upd.dll", "file /tmp/.x/run.sh",
            "registry HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\Shell",
            "account MERIDIAN\\svc_backup",
        ])  # fmt: skip
        self.assertEqual(self.values(REPORT, doubted=True),
                         ["ipv4 4.1.2.7", "ipv4 127.0.0.1", "ipv4 192.168.1.20"])  # fmt: skip

    def test_of_digests_takes_the_name_that_stands_beside_them(self) -> None:
        table = f"invoice.exe | {MD5} | {DIGEST}\n{SHA1}  run.dll\nMD5 (load er.bin) = {EMPTY[:32]}\n{EMPTY}\n{'0' * 64}\n"
        self.assertEqual(
            [(one.kind, one.file_name, one.doubt) for one in recognized(table).found],
            [("md5", "invoice.exe", ""), ("sha256", "invoice.exe", ""), ("sha1", "run.dll", ""), ("md5", "er.bin", ""),
             ("sha256", "", "empty")],
        )  # fmt: skip
        for text in (f"{MD5}{MD5[:6]}", f"x{MD5}", "d41d8cd9-8f00-b204-e980-0998ecf8427e", f"{MD5}=="):
            self.assertEqual(recognized(text).found, (), text)

    def test_doubts_what_may_be_something_else(self) -> None:
        for text, value, doubt in (
            ("version 3.2.1.4", "3.2.1.4", "version"), ("see section 3.2.1.4", "3.2.1.4", "version"),
            ("韌體版本 3.2.1.4", "3.2.1.4", "version"),
            ("version 3.2.1[.]4", "3.2.1.4", ""), ("casino 203.0.113.7", "203.0.113.7", ""), ("10.1.2.3", "10.1.2.3", "private"),
            ("http://192.168.0.1/x", "http://192.168.0.1/x", "private"), ("fe80::1", "fe80::1", "private"),
            ("os.path", "os.path", "word"), ("os[.]path", "os.path", ""), ("evil.shop", "evil.shop", ""),
            ("evil.tw", "evil.tw", ""),
            ("00:11:22:33:44:55:66:77", "11:22:33:44:55:66:77".join(["0:", ""]), "word"),
            ("either\\other", "either\\other", "word"),
        ):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(self.doubts(text), {value: doubt})

    def test_keeps_apart_names_of_files_and_of_the_network(self) -> None:
        for text, found in (
            ("invoice.exe", ["file invoice.exe"]), ("invoice[.]exe", ["file invoice.exe"]), ("evil[.]zip", ["domain evil.zip"]),
            ("evil.zip", ["file evil.zip"]), ("(a.b.docx)", ["file a.b.docx"]), ("index.php/x", ["file index.php"]),
            ("system32\\cmd.exe", []), ("evil.example.c", []), ("www.evil.example.", ["domain www.evil.example"]),
            ("連到evil.example。", ["domain evil.example"]), ("由203.0.113.7，", ["ipv4 203.0.113.7"]),
            ("раураl.example", ["domain xn--l-7sba6dbr.example"]),
        ):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(self.values(text), found)

    def test_finds_the_parts_of_a_sentence_and_leaves_its_signs(self) -> None:
        for text, found in (
            ("(see http://evil.example/a_(b).)", ["url http://evil.example/a_(b)"]),
            ("<http://evil.example/x>", ["url http://evil.example/x"]),
            ("203.0.113.7-203.0.113.9", ["ipv4 203.0.113.7"]), ("203.0.113.0/24;", ["ipv4 203.0.113.0/24"]),
            ("203.0.113.7/99", ["ipv4 203.0.113.7"]),
            ("::ffff:192.0.2.1.", ["ipv6 ::ffff:192.0.2.1"]), ("a,b@evil.example;", ["mail b@evil.example"]),
            ("evil.example, EVIL[.]EXAMPLE", ["domain evil.example"]), ("\u202eevil\u200b.example", ["domain evil.example"]),
            ("javascript:alert(1) data:text/html,x file:///etc/passwd", []),
        ):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(self.values(text), found)

    def test_tells_of_addresses_that_are_too_long(self) -> None:
        looked = recognized("http://evil.example/" + "a" * 3_000)
        self.assertEqual((looked.found, looked.too_long), ((), 1))

    def test_tells_what_else_the_text_says(self) -> None:
        looked = recognized(
            "Eva [at] evil[.]example wrote hxxp://evil[.]example/x. Version 1.2.3.4 stays, evil.shop too"
        )
        self.assertEqual(looked.rest.split(), ["wrote", "Version", "1.2.3.4", "stays,", "too"])

    def test_looks_no_further_than_it_promises(self) -> None:
        text = " " * (LONGEST_TEXT - 12) + "evil.example evil.shop"
        self.assertEqual(
            recognized(text).found, (Found(Kind.DOMAIN, "evil.example", Doubt.NONE, "", LONGEST_TEXT - 12),)
        )


LONG = LONGEST_TEXT // 4
HOSTILE = {
    "dots": "." * LONG, "labels": "a." * (LONG // 2), "hyphens": "a-" * (LONG // 2),
    "one word": "a" * LONG, "ats": "a@" * (LONG // 2), "mails": "a@b." * (LONG // 4),
    "colons": ":" * LONG, "groups": "a:" * (LONG // 2), "digits": "1." * (LONG // 2), "hex": "f" * LONG,
    "schemes": "http://" * (LONG // 7), "one address": "http://" + "a" * LONG,
    "steps": "C:" + "\\a b c d e" * (LONG // 10), "drives": "a:\\a a a a " * (LONG // 11), "backslashes": "\\" * LONG,
    "keys": "HKLM\\a a a a " * (LONG // 13), "slashes": "/tmp/" * (LONG // 5), "brackets": "[" * LONG,
    "fangs": "[.]" * (LONG // 3), "open fangs": "[ " * (LONG // 2), "han": "字" * LONG,
    "cyrillic": "раураl." * (LONG // 7), "lines": "\n" * LONG, "heads": "Subject:\n" * (LONG // 9),
    "folded": "References:" + "\n a" * (LONG // 3), "files": "a(" * (LONG // 2) + ".exe", "accounts": "AB\\c" * (LONG // 4),
    "addresses": "203.0.113.7 " * (LONG // 12), 
    "closing": ("http://a.example/" + ")" * 7_900 + " ") * (LONG // 7_918), "digests": f"{MD5} " * (LONG // 33),
    "digests among brackets": f"{MD5} ((( " * (LONG // 37),
    **{name: "".join(form % n for n in range(LONG // len(form))) for name, form in (
        ("many files", "f%d.exe "), ("many names", "n%d.example "), ("many addresses", "http://%d.example/ "),
        ("many digests", f"%08d{MD5[8:]} x.exe "), ("many subjects", "Subject: %d\n"))},
}  # fmt: skip
SECONDS = 2.0
"""What a text may take here; a pattern that runs wild takes minutes."""


def takes_long(text: str) -> bool:
    """Whether a look at `text` takes too long three times: a busy machine slows one down, a wild pattern all."""
    for _try in range(3):
        began = time.process_time()
        recognized(text)
        if time.process_time() - began < SECONDS:
            return False
    return True


class Hostile(TestCase):
    def test_texts_take_no_longer_than_others(self) -> None:
        for name, text in HOSTILE.items():
            with self.subTest(name):
                self.assertFalse(takes_long(text))

    def test_text_of_a_megabyte_is_cut_before_it_is_looked_at(self) -> None:
        text = "203.0.113.7 " * 90_000
        self.assertEqual(len(recognized(text).found), 1)
        self.assertFalse(takes_long(text))

    @given(st.text(alphabet="a1.:/\\[]()@ \nhxtps-", max_size=300))
    def test_texts_of_signs_end_and_hold_what_is_kept(self, text: str) -> None:
        for one in recognized(text).found:
            self.assertEqual(normalized(one.kind, one.value), one.value)
