"""Indicators without their fangs: hxxps://evil[.]example and 192.0.2[.]7 as people write them, and back again.

Quantifiers are bounded and no two of them can take the same signs: what stands in a text is hostile.
"""

from __future__ import annotations

import re

from keepwell.kernel.indicators.kinds import Kind

DOT, AT = "\ue000", "\ue001"
"""Stand for a dot and an @ that somebody defanged, while a text is looked through."""
DOTS = re.compile(r"[ \t]?(?:\[ ?(?:\.|dot) ?\]|\( ?(?:\.|dot) ?\)|\{ ?(?:\.|dot) ?\})[ \t]?", re.I)
ATS = re.compile(r"[ \t]?(?:\[ ?(?:@|at) ?\]|\( ?(?:@|at) ?\)|\{ ?(?:@|at) ?\})[ \t]?", re.I)
SIGNS = re.compile(r"\[(://|:|/)\]|\((://|:|/)\)")
SCHEME = re.compile(r"(?<![a-z0-9])(?:h[x*]{2}p|hxtp|htxp|fxp)(s?)(?=://)", re.I)


def marked(text: str) -> str:
    """`text` with its fangs, but for dots and @ that somebody took out: those stand there as DOT and AT."""
    plain = SIGNS.sub(lambda found: found[1] or found[2], ATS.sub(AT, DOTS.sub(DOT, text)))
    return SCHEME.sub(lambda found: _scheme(found[0]) + found[1].lower(), plain)


def refanged(text: str) -> str:
    """`text` with its fangs, as a machine would read it."""
    return marked(text).replace(DOT, ".").replace(AT, "@")


def defanged(kind: Kind, value: str) -> str:
    """An indicator so that nobody opens it by mistake; kinds that lead nowhere stay as they are."""
    if kind is Kind.URL:
        return defanged_link(value)
    if kind in (Kind.IPV4, Kind.DOMAIN):
        return value.replace(".", "[.]")
    if kind is Kind.IPV6:
        return value.replace(":", "[:]").replace(".", "[.]")
    if kind is Kind.MAIL:
        local, _at, host = value.rpartition("@")
        return f"{local}[@]{host.replace('.', '[.]')}"
    return value


def defanged_link(link: str) -> str:
    """A web address that nobody opens by mistake: hxxps://evil[.]example/path."""
    scheme, sign, rest = link.partition("://")
    place, slash, path = rest.partition("/")
    scheme = scheme.lower().replace("http", "hxxp").replace("ftp", "fxp")
    return f"{scheme}{sign}{place.replace('.', '[.]')}{slash}{path}"


def _scheme(found: str) -> str:
    return "ftp" if found[:1] in "fF" else "http"
