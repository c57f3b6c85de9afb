"""One spelling for each indicator, so that the same one is found again however somebody wrote it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urlsplit

from keepwell.kernel.indicators.fangs import refanged
from keepwell.kernel.indicators.kinds import DIGITS_OF, LONGEST_BYTES, OF_NETWORKS, UNSEEN, Kind

LONGEST_NAME, LONGEST_LABEL, LONGEST_LOCAL = 253, 63, 64
SHORTEST_PREFIX = {4: 8, 6: 16}
"""A network that is larger says nothing of an attacker."""
STOPS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
"""Full stops that a name may have between its parts (RFC 3490)."""
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
LOCAL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
SCHEMES = frozenset(
    {"http", "https", "ftp", "ftps", "sftp", "ldap", "ldaps", "rmi", "smb", "tcp", "udp", "ws", "wss", "ssh"}
)
HIVES = {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKCR": "HKEY_CLASSES_ROOT", "HKU": "HKEY_USERS",
         "HKCC": "HKEY_CURRENT_CONFIG"}  # fmt: skip
KEY = re.compile(r"(?:HKEY_(?:LOCAL_MACHINE|CURRENT_USER|CLASSES_ROOT|USERS|CURRENT_CONFIG))\\[^\\].*", re.S)
HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_-]{1,63}){0,8}")
ACCOUNT = re.compile(r"[^\s\"/\[\]:;|=,+*?<>]{1,256}")
OF_NO_ATTACKER = tuple(map(ip_network, (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8",
)))  # fmt: skip
"""Networks of houses and of machines themselves, from which no attack comes through the Internet."""
SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
"""Scripts whose letters are taken for each other's."""


class NotOne(ValueError):
    """What was given is no indicator of that kind."""


def normalized(kind: Kind, text: str) -> str:
    """`text` as an indicator of `kind` is kept: with its fangs, in one spelling. Raises NotOne for what is none."""
    if len(text) > 2 * LONGEST_BYTES:  # before anybody looks at it
        raise NotOne(kind)
    plain = " ".join(UNSEEN.sub("", text).split())
    found = WRITERS[kind](refanged(plain) if kind in OF_NETWORKS else plain)
    if not found or len(found.encode()) > LONGEST_BYTES or not found.isprintable():
        raise NotOne(kind)
    return found


def reads_as(kind: Kind, value: str) -> str:
    """The letters behind an xn-- name, "" where there are none to see."""
    if "xn--" not in value or kind not in (Kind.DOMAIN, Kind.URL, Kind.MAIL):
        return ""
    name = host_of(kind, value)
    try:
        told = ".".join(_decoded(label) for label in name.split("."))
    except (UnicodeError, ValueError):
        return ""
    return told if told != name and told.isprintable() else ""


def looks_alike(name: str) -> bool:
    """Whether a part of `name` mixes letters of scripts that are taken for each other's, as pаypal with a Cyrillic а,
    or has none but such that look like Latin ones."""
    return any(_is_masked(label) for label in name.split("."))


def host_of(kind: Kind, value: str) -> str:
    """The domain or address that an indicator leads to; "" for kinds that lead nowhere."""
    if kind is Kind.URL:
        return urlsplit(value).hostname or ""
    if kind is Kind.MAIL:
        return value.rpartition("@")[2]
    return value if kind in OF_NETWORKS else ""


def is_private(kind: Kind, value: str) -> bool:
    """Whether an address belongs to a house's own network or to a machine itself."""
    try:
        address = ip_address(host_of(kind, value).partition("/")[0])
    except ValueError:
        return False
    return any(address in network for network in OF_NO_ATTACKER if network.version == address.version)


def _ipv4(text: str) -> str:
    address, slash, length = text.partition("/")
    try:
        if not slash:
            return str(IPv4Address(address))
        network = IPv4Network(f"{address}/{_length(length, 4)}")
    except ValueError as wrong:
        raise NotOne(Kind.IPV4) from wrong
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _ipv6(text: str) -> str:
    address, slash, length = text.strip("[]").partition("/")
    try:
        if not slash:
            return _as_ipv6(IPv6Address(address.partition("%")[0]))
        network = IPv6Network(f"{address}/{_length(length, 6)}")
    except ValueError as wrong:
        raise NotOne(Kind.IPV6) from wrong
    is_one = network.prefixlen == network.max_prefixlen
    return _as_ipv6(network.network_address) + ("" if is_one else f"/{network.prefixlen}")


def _as_ipv6(address: IPv6Address) -> str:
    """Compressed; one that stands for an IPv4 address ends with it, which Python writes so from 3.13 on."""
    return f"::ffff:{address.ipv4_mapped}" if address.ipv4_mapped else str(address)


def _length(text: str, version: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and int(text) >= SHORTEST_PREFIX[version]):
        raise ValueError(text)
    return int(text)


def _domain(text: str) -> str:
    """In small letters, each part as it stands in the name system."""
    labels = text.translate(STOPS).strip().removesuffix(".").split(".")
    if not 2 <= len(labels) <= LONGEST_NAME // 2:
        raise NotOne(Kind.DOMAIN)
    name = ".".join(map(_encoded, labels))
    last = name.rpartition(".")[2]
    if len(name) > LONGEST_NAME or len(last) < 2 or "_" in last or not last[0].isalpha() or last.isdigit():
        raise NotOne(Kind.DOMAIN)
    return name


def _encoded(label: str) -> str:
    """One part of a name, in the letters of the name system; what else browsers take besides letters is taken too."""
    if len(label) > LONGEST_LABEL:
        raise NotOne(Kind.DOMAIN)
    small = unicodedata.normalize("NFKC", label).lower()
    if not small.isascii():
        if any(unicodedata.category(sign)[0] not in "LMN" and unicodedata.category(sign) != "So"
               for sign in small if not sign.isascii()):  # fmt: skip
            raise NotOne(Kind.DOMAIN)
        small = "xn--" + unicodedata.normalize("NFC", small).encode("punycode").decode("ascii")
    if not LABEL.fullmatch(small):
        raise NotOne(Kind.DOMAIN)
    return small


def _decoded(label: str) -> str:
    return label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label


def _is_masked(label: str) -> bool:
    found = {
        name.partition(" ")[0] for sign in label if sign.isalpha() and (name := unicodedata.name(sign, ""))
    }
    known = found & {*SCRIPTS}
    return len(known) > 1 or (bool(known) and "LATIN" not in known and _as_latin(label))


def _as_latin(label: str) -> bool:
    """Whether every letter of `label` has a Latin one that looks like it."""
    return all(sign in ALIKE for sign in label if sign.isalpha())


ALIKE = frozenset("авеіјкмнорѕстухԁԛѡһьгпӏ" + "αεικνορτυωχγ")
"""Small letters of Cyrillic and Greek that are taken for Latin ones."""


def _url(text: str) -> str:
    """Scheme and host in one spelling, the rest as it was, with what is not ASCII as its bytes."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as wrong:
        raise NotOne(Kind.URL) from wrong
    if parts.scheme.lower() not in SCHEMES or not host or " " in text:
        raise NotOne(Kind.URL)
    place = _host(host) + (f":{port}" if port is not None else "")
    user = parts.netloc.rpartition("@")[0]
    rest = "".join((_bytes(parts.path) or "/", f"?{_bytes(parts.query)}" * bool(parts.query),
                    f"#{_bytes(parts.fragment)}" * bool(parts.fragment)))  # fmt: skip
    return f"{parts.scheme.lower()}://{f'{_bytes(user)}@' if user else ''}{place}{rest}"


def _host(text: str) -> str:
    """Where a URL leads: an address, a domain, or a name without a dot."""
    for write in (_ipv4, lambda told: f"[{_ipv6(told)}]", _domain):
        try:
            if "/" not in (found := write(text)):
                return found
        except NotOne:
            continue
    if LABEL.fullmatch(text.lower()) and not text.isdigit():
        return text.lower()
    raise NotOne(Kind.URL)


def _bytes(text: str) -> str:
    return quote(text, safe="!#$%&'()*+,/:;=?@[]~-._|^{}\\`\"")


def _mail(text: str) -> str:
    local, at, host = text.removeprefix("mailto:").strip("<>").rpartition("@")
    small = unicodedata.normalize("NFKC", local).lower()
    if not at or not (LOCAL.fullmatch(small) if small.isascii() else 0 < len(small) <= LONGEST_LOCAL and small.isprintable()
                      and " " not in small and "@" not in small):  # fmt: skip
        raise NotOne(Kind.MAIL)
    return f"{small}@{_domain(host)}"


def _digest(kind: Kind) -> Callable[[str], str]:
    def write(text: str) -> str:
        small = text.lower()
        if not re.fullmatch(rf"[0-9a-f]{{{DIGITS_OF[kind]}}}", small):
            raise NotOne(kind)
        return small

    return write


def _registry(text: str) -> str:
    hive, slash, rest = text.strip("\"'").partition("\\")
    found = f"{HIVES.get(hive.upper(), hive.upper())}{slash}{rest.rstrip(chr(92))}"
    if not KEY.fullmatch(found):
        raise NotOne(Kind.REGISTRY)
    return found


def _host_name(text: str) -> str:
    small = text.lower().removeprefix("\\\\").removesuffix(".")
    if not HOST.fullmatch(small) or small.replace(".", "").isdigit():
        raise NotOne(Kind.HOST)
    return small


def _account(text: str) -> str:
    if not ACCOUNT.fullmatch(text):
        raise NotOne(Kind.ACCOUNT)
    return text


def _words(text: str) -> str:
    return text


WRITERS: dict[Kind, Callable[[str], str]] = {
    Kind.IPV4: _ipv4, Kind.IPV6: _ipv6, Kind.DOMAIN: _domain, Kind.URL: _url, Kind.MAIL: _mail, Kind.SUBJECT: _words,
    **{kind: _digest(kind) for kind in DIGITS_OF}, Kind.FILE: _words, Kind.REGISTRY: _registry, Kind.COMMAND: _words,
    Kind.MUTEX: _words, Kind.AGENT: _words, Kind.ACCOUNT: _account, Kind.HOST: _host_name,
}  # fmt: skip
