"""Which modules of the package do cryptography, and that they do it by few sound means."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import SimpleTestCase, TestCase

from keepwell.platform.identity.recovery import ALPHABET, CODES, LETTERS, PARTS
from keepwell.platform.identity.sessions import SessionStore

PACKAGE = Path(__file__).resolve().parents[1] / "keepwell"
MEANS = {"hashlib", "hmac", "secrets", "cryptography", "jwt", "fido2", "onelogin", "xmlsec", "ssl"}
UNSOUND = {"random", "Crypto", "nacl", "rsa", "ecdsa", "passlib", "pyaes"}
INVENTED = {"demo/dice.py", "platform/replicas/watching.py", "areas/incidents/pages/pulse.py"}
"""Where chance is only to look like life: the demo's dice, thrown alike each time; or to spread load: which standby is
asked first, and when an open room is drawn anew."""
KINDS_OF_INDICATORS = {
    (f"{place}.py", word)
    for place, words in {
        "kernel/indicators/kinds": ("md5", "MD5", "sha1", "SHA1"),
        "areas/incidents/models/indicators": ("md5", "MD5", "sha1", "SHA1"),
        "areas/incidents/migrations/0017_indicators": ("md5", "MD5", "sha1"),
        "areas/incidents/rules/indicators": ("MD5", "SHA1"),
        "areas/incidents/rules/outward/stix/traces": ("MD5", "SHA1"),
    }.items()
    for word in words
}
"""Others name hostile files so: such digests are read, kept and compared, and none is made."""
WEAK = re.compile(r"\b(?:md5|sha1|SHA1|MD5|ECB|CBC|PKCS1v15|TripleDES|ARC4|Blowfish|uuid1)\b")
OLD = {
    ("platform/identity/totp.py", "sha1"),
    ("platform/people/passwords.py", "sha1"),
    ("demo/structure.py", "SHA1"),
    ("demo/maturity_scores.py", "SHA1"),
    *KINDS_OF_INDICATORS,
}
"""RFC 6238 says how authenticator apps reckon: HMAC with SHA-1, which needs no resistance to collisions.
Lists of stolen passwords name them by SHA-1; what is kept here does not.
The demo's office in Shanghai is no cryptography."""
SHORTEST_BYTES = 15
NO_SECRETS = {
    "platform/identity/sso/linking.py": "tells two sign-in names apart",
    "areas/administration/rules/outside.py": "stands where an employee number would",
    "areas/administration/rules/provisioning.py": "stands where an employee number would",
    "platform/keys/ring.py": "names a draft on the disk; the keys themselves have 32 bytes by a test of their own",
    "config/demonstration.py": "opens invented records alone",
}


def modules() -> Iterator[tuple[str, str]]:
    """Every module of the package but its tests: where it lies and what it says."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "tests" not in path.parts:
            yield path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")


def imported(source: str) -> set[str]:
    """The first words of what a module imports."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {
        name.name.partition(".")[0] for node in nodes if isinstance(node, ast.Import) for name in node.names
    }
    return plain | {(node.module or "").partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}  # fmt: skip


def drawn(source: str) -> Iterator[int]:
    """How many random bytes each call of `secrets.token_…` draws; 0 where no number stands there."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("secrets.token_"):
            first = node.args[0] if node.args else None
            yield first.value if isinstance(first, ast.Constant) and isinstance(first.value, int) else 0


class Cryptography(SimpleTestCase):
    def test_is_done_by_known_libraries_alone(self) -> None:
        found = {place: imported(source) for place, source in modules()}
        self.assertGreater(len([place for place, names in found.items() if names & MEANS]), 10)
        self.assertEqual({place for place, names in found.items() if names & UNSOUND}, INVENTED)

    def test_uses_nothing_weak(self) -> None:
        found = {
            (place, word) for place, source in modules() for word in WEAK.findall(self.without_texts(source))
        }
        self.assertEqual(found, OLD)

    def test_draws_secrets_that_are_long_enough(self) -> None:
        short = [place for place, source in modules() if place not in NO_SECRETS
                 for size in drawn(source) if 0 < size <= SHORTEST_BYTES]  # fmt: skip
        self.assertEqual(short, [])

    def test_draws_recovery_codes_that_nobody_guesses(self) -> None:
        self.assertGreater(len(set(ALPHABET)) ** (PARTS * LETTERS), CODES * 2**112)

    def without_texts(self, source: str) -> str:
        """A module without its docstrings and comments."""
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                node.value = ast.Constant(value=None)
        return ast.unparse(tree)


class Keys(TestCase):
    def test_of_sessions_have_128_bits_and_more(self) -> None:
        keys = {SessionStore()._get_new_session_key() for _ in range(20)}
        self.assertEqual(len(keys), 20)
        self.assertTrue(all(re.fullmatch(r"[a-z0-9]{32}", key) for key in keys))

    def test_of_passwords_cost_memory_and_time(self) -> None:
        kept = Argon2PasswordHasher().encode("four plain words", "0123456789abcdef")
        costs = re.fullmatch(r"argon2\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$.+", kept)
        assert costs, kept
        self.assertGreaterEqual((int(costs[1]), int(costs[2])), (19_456, 2))
