"""SAML 2.0: assertions that are signed, for us, for this very sign-in, fresh, and used once."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from lxml import etree
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Words
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from keepwell.platform.identity.once import use
from keepwell.platform.identity.sso.providers import Provider, Untrusted, Vouched

LARGEST_ANSWER = 400_000
LONGEST_SUBJECT = 255
FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY", b"<?xml-stylesheet")
NAMES = {"a": Words.NS_SAML, "p": Words.NS_SAMLP}
REMEMBERED = timedelta(days=2)


def address(name: str, provider: Provider) -> str:
    """An address of ours as the house knows it: from the settings, whatever the request says."""
    return settings.KEEPWELL_URL.rstrip("/") + reverse(name, args=[provider.name])


def described(provider: Provider) -> dict[str, Any]:
    """Both sides, as the library wants them told; nothing unsigned or old-fashioned is taken."""
    try:
        known = OneLogin_Saml2_IdPMetadataParser.parse(provider.metadata, entity_id=provider.issuer)["idp"]
    except (KeyError, ValueError, etree.XMLSyntaxError) as wrong:
        raise Untrusted(f"The metadata of {provider.name} cannot be read.") from wrong
    if known.get("entityId") != provider.issuer:
        raise Untrusted(f"The metadata of {provider.name} names another house.")
    return {
        "strict": True, "debug": False, "idp": known,
        "sp": {
            "entityId": address("sso-metadata", provider),
            "assertionConsumerService": {"url": address("sso-assertion", provider), "binding": Words.BINDING_HTTP_POST},
            "NameIDFormat": Words.NAMEID_PERSISTENT,
        },
        "security": {
            "wantAssertionsSigned": True, "wantNameId": True, "wantAttributeStatement": False,
            "requestedAuthnContext": False, "rejectDeprecatedAlgorithm": True, "allowRepeatAttributeName": True,
            "allowSingleLabelDomains": not settings.PRODUCTION,
            "signatureAlgorithm": Words.RSA_SHA256, "digestAlgorithm": Words.SHA256,
        },
    }  # fmt: skip


def own_metadata(provider: Provider) -> bytes:
    """What the house must know of us."""
    found = OneLogin_Saml2_Settings(described(provider), sp_validation_only=True).get_sp_metadata()
    return found if isinstance(found, bytes) else str(found).encode()


def way_there(provider: Provider, *, is_proof: bool) -> tuple[str, str]:
    """The address at which the house asks who it is, and the id under which its answer must come."""
    auth = _auth(provider, {})
    target = auth.login(return_to="", force_authn=is_proof, set_nameid_policy=False)
    return str(target), str(auth.get_last_request_id())


def vouched(provider: Provider, answer: str) -> tuple[Vouched, str]:
    """Whom the house vouches for, and in answer to which question; raises Untrusted.

    Everything is checked but that the question was asked by this browser: a form that another house sends
    carries no cookie of ours.
    """
    _look(answer)
    auth = _auth(provider, {"SAMLResponse": answer})
    try:
        auth.process_response()
    except (OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError, etree.LxmlError, ValueError) as wrong:
        raise Untrusted(f"The answer cannot be read: {type(wrong).__name__}.") from wrong
    if auth.get_errors() or not auth.is_authenticated():
        raise Untrusted(f"The answer does not hold: {str(auth.get_last_error_reason())[:200]}")
    question = _question(auth)
    if not use(f"saml|{provider.issuer}|{auth.get_last_assertion_id()}", lasts=REMEMBERED):
        raise Untrusted("The assertion was used before.")
    return _told(provider, auth), question


def _look(answer: str) -> None:
    """Refuse what is too large, no base64, or XML that declares anything, before it is parsed."""
    if len(answer) > LARGEST_ANSWER:
        raise Untrusted("The answer is too large.")
    try:
        plain = base64.b64decode(answer, validate=False)
    except (binascii.Error, ValueError) as wrong:
        raise Untrusted("The answer is no base64.") from wrong
    # A declaration can hide in another encoding than that of these words; then it is no UTF-8, and refused too.
    if any(word.lower() in plain.lower() for word in FORBIDDEN) or b"\x00" in plain:
        raise Untrusted("The answer declares what it must not.")


def _question(auth: OneLogin_Saml2_Auth) -> str:
    """The id of the question, as the signed assertion has it; the envelope around it must say the same."""
    whole = etree.fromstring(
        auth.get_last_response_xml(), etree.XMLParser(resolve_entities=False, no_network=True)
    )
    found = whole.xpath(
        "//a:Assertion[@ID=$id]/a:Subject/a:SubjectConfirmation/a:SubjectConfirmationData/@InResponseTo",
        namespaces=NAMES, id=auth.get_last_assertion_id(),
    )  # fmt: skip
    named = {str(one) for one in found} if isinstance(found, list) else set()
    if len(named) != 1 or named != {whole.get("InResponseTo")}:
        raise Untrusted("The assertion answers no question of ours.")
    return named.pop()


def _told(provider: Provider, auth: OneLogin_Saml2_Auth) -> Vouched:
    subject, facts = str(auth.get_nameid() or "").strip(), auth.get_attributes()
    if not subject or len(subject) > LONGEST_SUBJECT or auth.get_nameid_format() == Words.NAMEID_TRANSIENT:
        raise Untrusted("The assertion names nobody who will be called so tomorrow.")
    groups = facts.get(provider.groups_claim) if provider.groups_claim else None
    return Vouched(
        provider, subject, name=_text(facts, provider.name_claim), mail=_text(facts, provider.mail_claim),
        number=_text(facts, provider.number_claim), groups=tuple(map(str, groups)) if groups is not None else None,
        proved_at=_proved_at(auth), proved_by=_proved_by(auth),
    )  # fmt: skip


def _text(facts: dict[str, Any], name: str) -> str:
    found = facts.get(name) if name else None
    return str(found[0]).strip()[:160] if found else ""


def _proved_at(auth: OneLogin_Saml2_Auth) -> datetime | None:
    """When the house last asked for a proof; None if it does not say."""
    found = _stated(auth, "@AuthnInstant")
    if not found:
        return None
    moment = datetime.fromisoformat(found[0].replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _proved_by(auth: OneLogin_Saml2_Auth) -> tuple[str, ...]:
    """How the house asked for a proof (SAML 2.0 Core 2.7.2.2); empty if it does not say."""
    found = _stated(auth, "a:AuthnContext/a:AuthnContextClassRef/text()")
    return tuple(one.strip() for one in found if one.strip())


def _stated(auth: OneLogin_Saml2_Auth, what: str) -> list[str]:
    """What the signed assertion, and no other, states of the proof at `what`."""
    whole = etree.fromstring(
        auth.get_last_response_xml(), etree.XMLParser(resolve_entities=False, no_network=True)
    )
    found = whole.xpath(
        f"//a:Assertion[@ID=$id]/a:AuthnStatement/{what}", namespaces=NAMES, id=auth.get_last_assertion_id()
    )
    return [str(one) for one in found] if isinstance(found, list) else []


def _auth(provider: Provider, posted: dict[str, str]) -> OneLogin_Saml2_Auth:
    """The library, told our address from the settings: a forged Host header changes nothing."""
    parts = urlsplit(address("sso-assertion", provider))
    told = {
        "https": "on" if parts.scheme == "https" else "off", "http_host": parts.netloc, "script_name": parts.path,
        "get_data": {}, "post_data": posted,
    }  # fmt: skip
    return OneLogin_Saml2_Auth(told, described(provider))
