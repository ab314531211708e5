"""Key sets: the four keys that one office or node speaks and is spoken to with.

A key set holds Ed25519 and ML-DSA-65 for signing, X25519 and ML-KEM-768 for sealing. Its id binds all four,
so that two signatures cannot be mixed from two sets (``docs/spec/keys.md``). This module makes, names and
stores keys; it signs nothing and keeps nothing on disk.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from detente.errors import MalformedError

SEED_BYTES = 32
_SIZES = {"ed25519": 32, "mldsa65": 1952, "x25519": 32, "mlkem768": 1184}


def encode(data: bytes) -> str:
    """Return unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes of canonical unpadded base64url; raise ``MalformedError`` for any other text."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise MalformedError("base64url", "A value is not base64url without padding.") from error
    if encode(data) != text:
        raise MalformedError("base64url", "A base64url value has spare bits or padding.")
    return data


@dataclass(frozen=True)
class PublicKeySet:
    """The public halves: 32, 1952, 32 and 1184 bytes."""

    ed25519: bytes
    mldsa65: bytes
    x25519: bytes
    mlkem768: bytes

    @cached_property
    def id(self) -> str:
        """The key-set id: base64url of SHA-256 over a label and the four keys, 43 characters."""
        parts = self.ed25519 + self.mldsa65 + self.x25519 + self.mlkem768
        return encode(hashlib.sha256(b"detente/v1 keyset\0" + parts).digest())

    @property
    def fingerprint(self) -> str:
        """Six groups of five digits, made to be read by telephone (the first 16 bytes of the id, mod 10^30)."""
        digits = f"{int.from_bytes(decode(self.id)[:16], 'big') % 10**30:030d}"
        return " ".join(digits[i : i + 5] for i in range(0, 30, 5))

    @cached_property
    def ed25519_key(self) -> Ed25519PublicKey:
        """The Ed25519 key, ready to verify."""
        return Ed25519PublicKey.from_public_bytes(self.ed25519)

    @cached_property
    def mldsa65_key(self) -> MLDSA65PublicKey:
        """The ML-DSA-65 key, ready to verify."""
        return MLDSA65PublicKey.from_public_bytes(self.mldsa65)

    @cached_property
    def sealing_key(self) -> MLKEM768X25519PublicKey:
        """The hybrid key that others seal to."""
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.mlkem768), X25519PublicKey.from_public_bytes(self.x25519)
        )

    def to_json(self) -> dict[str, str]:
        """Return the four keys as base64url under their names."""
        return {name: encode(getattr(self, name)) for name in _SIZES}

    @classmethod
    def from_json(cls, value: object) -> PublicKeySet:
        """Return the key set of ``to_json``'s shape; raise ``MalformedError`` for anything else."""
        if not isinstance(value, dict) or set(value) != set(_SIZES):
            raise MalformedError("keyset-form", f"A key set names exactly {', '.join(_SIZES)}.")
        parts: dict[str, bytes] = {}
        for name, size in _SIZES.items():
            text = value[name]
            if not isinstance(text, str) or len(parts.setdefault(name, decode(text))) != size:
                raise MalformedError("keyset-form", f"The key {name} must be {size} bytes in base64url.")
        keys = cls(**parts)
        try:
            keys.ed25519_key, keys.mldsa65_key, keys.sealing_key  # noqa: B018 - each parses its bytes
        except ValueError as error:
            raise MalformedError("keyset-form", "A key of the set is no valid key.") from error
        return keys


@dataclass(frozen=True)
class PrivateKeySet:
    """The private halves, all derived from one 32-byte seed."""

    seed: bytes

    @classmethod
    def generate(cls) -> PrivateKeySet:
        """Return a new key set from the system's random source."""
        return cls(secrets.token_bytes(SEED_BYTES))

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_BYTES:
            raise MalformedError("seed-size", f"A key-set seed has {SEED_BYTES} bytes.")

    def __repr__(self) -> str:
        return f"PrivateKeySet({self.public.id[:8]}…)"

    @cached_property
    def ed25519_key(self) -> Ed25519PrivateKey:
        """The Ed25519 signing key."""
        return Ed25519PrivateKey.from_private_bytes(self._derive(b"ed25519", 32))

    @cached_property
    def mldsa65_key(self) -> MLDSA65PrivateKey:
        """The ML-DSA-65 signing key."""
        return MLDSA65PrivateKey.from_seed_bytes(self._derive(b"mldsa65", 32))

    @cached_property
    def _x25519_key(self) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self._derive(b"x25519", 32))

    @cached_property
    def _mlkem768_key(self) -> MLKEM768PrivateKey:
        return MLKEM768PrivateKey.from_seed_bytes(self._derive(b"mlkem768", 64))

    @cached_property
    def opening_key(self) -> MLKEM768X25519PrivateKey:
        """The hybrid key that opens what was sealed to this set."""
        return MLKEM768X25519PrivateKey(self._mlkem768_key, self._x25519_key)

    @cached_property
    def public(self) -> PublicKeySet:
        """The public halves."""
        return PublicKeySet(
            ed25519=self.ed25519_key.public_key().public_bytes_raw(),
            mldsa65=self.mldsa65_key.public_key().public_bytes_raw(),
            x25519=self._x25519_key.public_key().public_bytes_raw(),
            mlkem768=self._mlkem768_key.public_key().public_bytes_raw(),
        )

    def _derive(self, label: bytes, length: int) -> bytes:
        info = b"detente/v1 keyset seed\0" + label
        return HKDFExpand(algorithm=hashes.SHA256(), length=length, info=info).derive(self.seed)
