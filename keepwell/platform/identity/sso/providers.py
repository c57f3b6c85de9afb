"""The houses that may vouch, as the settings file names them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Provider:
    """One house; `name` stands in addresses, `title` on the button, `second_factor` are the values by which it
    says that it asked for one."""

    name: str
    title: str
    kind: Literal["oidc", "saml"]
    issuer: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    algorithms: tuple[str, ...] = ("RS256",)
    hosts: tuple[str, ...] = ()
    metadata: str = field(default="", repr=False)
    name_claim: str = "name"
    mail_claim: str = "email"
    number_claim: str = ""
    groups_claim: str = ""
    links_by_number: bool = False
    asks_second_factor: bool = False
    second_factor: tuple[str, ...] = ()

    def may_ask(self, url: str) -> bool:
        """Whether `url` lies at a host that the settings name for this house."""
        return urlsplit(url).netloc.lower() in {urlsplit(self.issuer).netloc.lower(), *self.hosts}


@dataclass(frozen=True)
class Vouched:
    """What a house said of somebody, after everything about it was checked; `proved_by` how it asked for a proof
    (acr and amr of a token, the AuthnContextClassRef of an assertion), empty where it does not say."""

    provider: Provider
    subject: str
    name: str = ""
    mail: str = ""
    number: str = ""
    groups: tuple[str, ...] | None = None
    proved_at: datetime | None = None
    proved_by: tuple[str, ...] = ()

    @property
    def shows_second_factor(self) -> bool:
        """Whether the house says, in one of the values that the settings name, that it asked for a second factor."""
        return not set(self.proved_by).isdisjoint(self.provider.second_factor)


class Untrusted(Exception):
    """An answer that proves nothing; the words are for the log."""


class Silent(Untrusted):
    """The house does not answer, or is broken: nothing was tried in vain, and nobody lied."""
