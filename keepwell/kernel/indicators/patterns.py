"""The shapes of indicators in a text, dots and @ that somebody defanged standing there as DOT and AT.

A pattern cannot begin within what it just refused (it looks behind), and no part of one can take what the next part
takes: so none of them runs longer than the text times a few hundred, whatever stands in it.
"""

from __future__ import annotations

import re

from keepwell.kernel.indicators.endings import FILES
from keepwell.kernel.indicators.fangs import AT, DOT

LETTERS = "a-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u0370-\u058f\u1e00-\u1fff"
"""What names are made of in running text. Chinese stands beside a name without a blank, so it is no part of one."""
FLAGS = re.IGNORECASE | re.ASCII
_DOT = rf"[.{DOT}]"
_PARTS = rf"(?:[{LETTERS}_-]{{1,63}}{_DOT}){{1,10}}"
_IN_URL = "[^\\s<>\"'`，。、；！？）」』】]"
_ENDING = "|".join(sorted(FILES, key=lambda one: (-len(one), one)))
_SIGN = "[^\\s\\\\/\"'<>|*?:;,`，。；）]"
_WORDS = rf"{_SIGN}{{1,80}}(?: {_SIGN}{{1,80}}){{0,4}}"
_STEPS = rf"(?:\\{_WORDS}(?=\\)){{0,20}}\\(?:{_WORDS}\.(?:{_ENDING})(?![\w.])|{_SIGN}{{1,120}})"

HAN = re.compile("[\u3400-\u9fff]")
CHATTER = re.compile(
    r"^(?:Message-ID|References|In-Reply-To|Content-ID) {0,4}:[^\n]{0,2000}(?:\n [^\n]{0,2000}){0,50}",
    FLAGS | re.MULTILINE,
)
"""Lines of a mail's head whose names look like addresses and are none."""
SUBJECT = re.compile(
    r"^[ >]{0,8}(?:Subject|Betreff|主旨|主題) {0,4}[:：] {0,4}(\S[^\n]{0,299})$", FLAGS | re.MULTILINE
)
AGENT = re.compile(r"^[ >]{0,8}User-Agent {0,4}: {0,4}(\S[^\n]{0,399})$", FLAGS | re.MULTILINE)
URL = re.compile(rf"(?<![{LETTERS}])[a-z]{{2,5}}://{_IN_URL}{{1,8000}}", FLAGS)
BARE_URL = re.compile(
    rf"(?<![{LETTERS}_.@/\\{DOT}{AT}-]){_PARTS}[a-z]{{2,24}}(?::\d{{2,5}})?/{_IN_URL}{{1,4000}}", FLAGS
)
MAIL = re.compile(
    rf"(?<![{LETTERS}.!#$%&'*+=?^_|~{DOT}{AT}-])[{LETTERS}.+_%=~-]{{1,64}}[@{AT}]{_PARTS}[{LETTERS}-]{{2,63}}"
    rf"(?![{LETTERS}_-])", FLAGS,
)  # fmt: skip
REGISTRY = re.compile(
    r"(?<![\w\\])(?:HKEY_(?:LOCAL_MACHINE|CURRENT_USER|CLASSES_ROOT|USERS|CURRENT_CONFIG)|HK(?:LM|CU|CR|U|CC))"
    + _STEPS,
    FLAGS,
)
WINDOWS = re.compile(rf"(?<![\w\\:])(?:[a-z]:|%[a-z()0-9]{{3,24}}%|\\\\[\w.$-]{{1,64}}(?=\\)){_STEPS}", FLAGS)
UNIX = re.compile(
    rf"(?<![\w/.~:-])/(?:bin|boot|dev|etc|home|lib|media|mnt|opt|proc|root|run|sbin|srv|tmp|usr|var|Users|Library|"
    rf"Applications|private)(?:/[{LETTERS}_.+@%~-]{{1,120}}){{1,20}}", FLAGS,
)  # fmt: skip
DIGEST = re.compile(r"(?<![\w+/-])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![\w+/=-])", FLAGS)
IPV6 = re.compile(
    rf"(?<![\w:.{DOT}])[0-9a-f]{{0,4}}(?::[0-9a-f]{{0,4}}){{2,7}}(?:(?<=:)\d{{1,3}}(?:\.\d{{1,3}}){{3}})?"
    rf"(?:/\d{{1,3}})?(?![\w:]|\.\d)", FLAGS,
)  # fmt: skip
IPV4 = re.compile(
    rf"(?<![\w.{DOT}-])\d{{1,3}}(?:{_DOT}\d{{1,3}}){{3}}(?:/\d{{1,2}}(?!\d))?(?!\w|{_DOT}\d)", FLAGS
)
ACCOUNT = re.compile(r"(?<![\w\\/:.%-])[a-z][a-z0-9-]{1,14}\\[a-z][\w.$-]{1,63}(?![\w\\])", FLAGS)
FILE = re.compile(
    rf"(?<![{LETTERS}_.@\\/(%{DOT}{AT}-])[{LETTERS}\u3400-\u9fff_()\[\]+-]{{1,80}}"
    rf"(?:\.[{LETTERS}\u3400-\u9fff_()+-]{{1,40}}){{0,5}}{_DOT}(?:{_ENDING})(?![{LETTERS}_]|[.@{DOT}{AT}][{LETTERS}])",
    FLAGS,
)  # fmt: skip
DOMAIN = re.compile(
    rf"(?<![{LETTERS}_.@/\\{DOT}{AT}-]){_PARTS}[{LETTERS}-]{{2,63}}(?![{LETTERS}_-]|[@{AT}]|{_DOT}[{LETTERS}])", FLAGS
)  # fmt: skip
VERSION = re.compile(
    r"(?:\b(?:v|ver|version|build|release|rev|revision|firmware|section|chapter|clause|art|article|oid)|版本?|第|節|§)"
    r"[.: ]{0,3}$", FLAGS,
)  # fmt: skip
