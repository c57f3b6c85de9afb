"""Reading the file that names the houses which may vouch for people."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from keepwell.config import env
from keepwell.platform.identity.sso.providers import Provider

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
TEXTS = ("name", "title", "kind", "issuer", "client_id", "client_secret", "name_claim", "mail_claim", "number_claim",
         "groups_claim")  # fmt: skip
LISTS = ("scopes", "algorithms", "hosts", "second_factor")
FLAGS = ("links_by_number", "asks_second_factor")
FILES = {"client_secret_file": "client_secret", "metadata_file": "metadata"}


def providers(path: str) -> dict[str, Provider]:
    """The houses that the TOML file `path` names, by name; none if there is no file."""
    if not path:
        return {}
    try:
        told = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        env.stop(f"KEEPWELL_SSO names {path}, which cannot be read: {error.strerror}.")
    except ValueError as error:
        env.stop(f"KEEPWELL_SSO names {path}, which is no TOML: {error}.")
    found = [_provider(one, path) for one in told.get("provider", [])]
    if len({one.name for one in found}) != len(found):
        env.stop(f"{path} names two providers alike.")
    return {one.name: one for one in found}


def _provider(told: dict[str, Any], path: str) -> Provider:
    where = f"{path}, provider {told.get('name', '')!r}"
    unknown = set(told) - {*TEXTS, *LISTS, *FLAGS, *FILES}
    if unknown:
        env.stop(f"{where}: {sorted(unknown)[0]!r} is no setting of a provider.")
    if scalar := [name for name in LISTS if not isinstance(told.get(name, []), list)]:
        env.stop(f'{where}: {scalar[0]} is a list, as {scalar[0]} = ["…"].')
    values: dict[str, Any] = {name: told[name] for name in (*TEXTS, *FLAGS) if name in told}
    values |= {name: tuple(str(one) for one in told[name]) for name in LISTS if name in told}
    for name, field in FILES.items():
        if name in told:
            values[field] = _read(Path(path).parent / str(told[name]), where)
    if lacking := [name for name in ("name", "kind", "issuer") if not values.get(name)]:
        env.stop(f"{where}: {lacking[0]!r} is missing.")
    provider = Provider(**({"title": str(values["name"])} | values))
    if complaint := _wrong(provider):
        env.stop(f"{where}: {complaint}")
    return provider


def _read(path: Path, where: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        env.stop(f"{where}: {path} cannot be read: {error.strerror}.")


def _wrong(provider: Provider) -> str:
    """Why `provider` cannot be used, as one sentence; "" if it can."""
    if not NAME.fullmatch(provider.name):
        return "its name has lower-case letters, digits and hyphens only."
    if provider.kind not in ("oidc", "saml"):
        return f"{provider.kind!r} is no kind; it can be oidc or saml."
    if provider.kind == "oidc" and not (provider.client_id and provider.client_secret):
        return "an oidc provider needs client_id, and client_secret or client_secret_file."
    if provider.kind == "saml" and not provider.metadata:
        return "a saml provider needs metadata_file."
    if unfit := set(provider.algorithms) - ALGORITHMS:
        return f"{sorted(unfit)[0]!r} cannot sign tokens here; it can be {', '.join(sorted(ALGORITHMS))}."
    if provider.links_by_number and not provider.number_claim:
        return "links_by_number needs number_claim."
    return ""
