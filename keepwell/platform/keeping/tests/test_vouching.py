"""The examination looks at who vouches for people, and whether somebody gets in without them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import TestCase, override_settings

from keepwell.platform.identity.sso.providers import Provider
from keepwell.platform.keeping.finding import Grade
from keepwell.platform.keeping.looks.vouching import vouching
from tests.cast import Cast

ISSUER = "https://idp.meridian.example/saml"
HOUSE = """<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{issuer}"><md:IDPSSODescriptor
protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo
xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate>
</ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Location="{issuer}"
Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"/></md:IDPSSODescriptor></md:EntityDescriptor>"""


def certificate(days: int) -> str:
    """A certificate that ends so many days from now."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=400))
    signed = made.not_valid_after(now + timedelta(days=days)).sign(key, hashes.SHA256())
    return base64.b64encode(signed.public_bytes(Encoding.DER)).decode()


def saml(metadata: str) -> Provider:
    return Provider("adfs", "Meridian AD FS", "saml", ISSUER, metadata=metadata)


def signing_for(days: int) -> Provider:
    return saml(HOUSE.format(issuer=ISSUER, certificate=certificate(days)))


class Vouching(Cast, TestCase):
    def grades(self, *providers: Provider) -> list[Grade]:
        with override_settings(KEEPWELL_SSO={one.name: one for one in providers}):
            return [finding.grade for finding in vouching()]

    def test_is_well_where_nobody_else_vouches(self) -> None:
        self.assertEqual(self.grades(), [Grade.GOOD])

    def test_warns_where_nobody_gets_in_without_the_house(self) -> None:
        house = Provider("entra", "Entra", "oidc", "https://login.example/v2")
        self.assertEqual(self.grades(house), [Grade.GOOD, Grade.WARNING])
        self.ada.account.is_break_glass = True
        self.ada.account.save()
        self.assertEqual(self.grades(house), [Grade.GOOD])

    def test_names_a_house_asked_without_tls(self) -> None:
        self.assertEqual(
            self.grades(Provider("entra", "Entra", "oidc", "http://login.example"))[0], Grade.BAD
        )

    def test_names_a_certificate_that_ended_or_ends_soon(self) -> None:
        told = [self.grades(signing_for(days))[0] for days in (-1, 29, 31)]
        self.assertEqual(told, [Grade.BAD, Grade.WARNING, Grade.GOOD])

    def test_names_metadata_that_cannot_be_read(self) -> None:
        for metadata in ("", "<no", HOUSE.format(issuer=ISSUER, certificate="AAAA")):
            self.assertEqual(self.grades(saml(metadata))[0], Grade.BAD, metadata)
