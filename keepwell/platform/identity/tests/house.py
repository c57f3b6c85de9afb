"""A house that vouches as a test wants it: honest, or with one thing wrong; it answers over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import override_settings
from jwt.algorithms import RSAAlgorithm

from keepwell.platform.identity.sso import oidc
from keepwell.platform.identity.sso.providers import Provider

CLIENT, SECRET = "keepwell", "a secret between two houses"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ACCESS = "access-token-of-the-house-0123456789abcdef"
ANOTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class House:
    """An OpenID Connect provider; `claims`, `header` and `signed_by` say how it answers next."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.nonce, self.code = "", "code-1"
        self.asked: list[dict[str, str]] = []
        self.given: list[str] = []
        self.be_honest()

    def be_honest(self) -> None:
        """Answer as it should, from now on."""
        self.claims: dict[str, Any] = {}
        self.without: tuple[str, ...] = ()
        self.header: dict[str, Any] = {"kid": "one"}
        self.signed_by: Any = KEY
        self.algorithm = "RS256"
        self.says: dict[str, Any] = {}
        self.token: Any = None
        self.spoil = ""
        self.status = 200

    def description(self) -> dict[str, Any]:
        """What it says of itself."""
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
        } | self.says  # fmt: skip

    def keys(self) -> dict[str, Any]:
        """The key it publishes."""
        return {"keys": [json.loads(RSAAlgorithm.to_jwk(KEY.public_key())) | {"kid": "one", "use": "sig"}]}

    def answer(self) -> dict[str, Any]:
        """What it gives for a code."""
        now = int(time.time())
        told = {"iss": self.issuer, "sub": "subject-1", "aud": CLIENT, "exp": now + 300, "iat": now,
                "nonce": self.nonce, "auth_time": now, "email": "ben@meridian.example"} | self.claims  # fmt: skip
        told = {name: value for name, value in told.items() if name not in self.without}
        token = self.token or jwt.encode(told, self.signed_by, algorithm=self.algorithm, headers=self.header)
        self.given = [ACCESS, token + self.spoil]
        return {"access_token": ACCESS, "token_type": "Bearer", "id_token": token + self.spoil}


def handler(house: list[House]) -> type[BaseHTTPRequestHandler]:
    """What answers for the house."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802  # the library's name
            told = {"/.well-known/openid-configuration": house[0].description, "/keys": house[0].keys}
            self.say(told[urlsplit(self.path).path]())

        def do_POST(self) -> None:  # noqa: N802  # the library's name
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            house[0].asked.append({name: values[0] for name, values in parse_qs(body).items()}
                                  | {"authorization": self.headers.get("Authorization", "")})  # fmt: skip
            self.say(house[0].answer())

        def say(self, told: dict[str, Any]) -> None:
            body = json.dumps(told).encode()
            self.send_response(house[0].status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_told: object) -> None:
            """Nothing."""

    return Answers


@contextmanager
def open_house(**facts: Any) -> Iterator[House]:
    """A house that is named in the settings as `meridian`."""
    houses: list[House] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(houses))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    house = House(server.server_port)
    houses.append(house)
    provider = Provider("meridian", "Meridian", "oidc", house.issuer, CLIENT, SECRET, **facts)
    allowed = frozenset({f"127.0.0.1:{server.server_port}"})
    oidc.forget()
    with override_settings(KEEPWELL_SSO={"meridian": provider}, KEEPWELL_EGRESS_ALLOW=allowed):
        try:
            yield house
        finally:
            server.shutdown()
            server.server_close()
            oidc.forget()
