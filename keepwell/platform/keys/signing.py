"""The Ed25519 keys that sign what leaves the house."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keepwell.platform.keys.ring import ring


@dataclass(frozen=True)
class Signer:
    """One signing key: its name in the ring, and what it does."""

    id: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key (RFC 8032)."""
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        """The signature of `message`, 64 bytes."""
        return self.private.sign(message)


def signers() -> list[Signer]:
    """Every signing key of the installation, the present one first."""
    return [Signer(key.id, Ed25519PrivateKey.from_private_bytes(key.secret)) for key in ring("signing")]
