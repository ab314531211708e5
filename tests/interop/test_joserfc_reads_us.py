"""joserfc, an independent JOSE library, reads our envelopes and verifies both signatures.

Its registry needs three settings: higher limits (its own refuse ML-DSA-65 and 1 MiB), our two algorithms, and ML-DSA-65
itself, which is six lines over pyca. It stays a second reader: on its own it accepts one signature, or three.
"""

from __future__ import annotations

import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import OctKey, OKPKey

from detente.envelopes.signing import STATEMENT_CTY, STATEMENT_TYP, parse_envelope, sign
from detente.keys import PrivateKeySet, encode

KEYS = PrivateKeySet(bytes(range(32)))
PAYLOAD = '{"v":1,"body":{"text":"سلام"}}'.encode()


class MLDSA65(jws.JWSAlgModel):
    """ML-DSA-65 (RFC 9964), for a key that travels as raw bytes in an ``OctKey``."""

    name = "ML-DSA-65"
    description = "ML-DSA-65"
    key_type = "oct"
    algorithm_type = "JWS"
    algorithm_location = "alg"

    def sign(self, msg, key):
        """Sign nothing: this reader only verifies."""
        raise NotImplementedError

    def verify(self, msg, sig, key):
        """Say whether ``sig`` fits."""
        try:
            MLDSA65PublicKey.from_public_bytes(key.get_op_key("verify")).verify(sig, msg)
        except InvalidSignature:
            return False
        return True


class Registry(jws.JWSRegistry):
    """joserfc's registry with room for ML-DSA-65 and for 1 MiB of payload."""

    max_header_length = 1024
    max_signature_length = 5000
    max_payload_length = 1_500_000


@pytest.fixture(scope="module")
def registry():
    Registry.algorithms = {**jws.JWSRegistry.algorithms, "ML-DSA-65": MLDSA65()}
    return Registry(algorithms=["Ed25519", "ML-DSA-65"], header_registry={}, strict_check_header=False)


def key_of(member):
    """The key by the algorithm that the header names."""
    if member.headers()["alg"] == "Ed25519":
        return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": encode(KEYS.public.ed25519)})
    return OctKey.import_key(KEYS.public.mldsa65)


def test_joserfc_verifies_both_signatures(registry):
    """A JOSE library written by others finds our payload and both signatures good."""
    read = jws.deserialize_json(json.loads(sign(PAYLOAD, KEYS)), key_of, registry=registry)
    assert read.payload == PAYLOAD
    assert [member.headers()["alg"] for member in read.members] == ["Ed25519", "ML-DSA-65"]
    for member in read.members:
        assert member.headers()["kid"] == KEYS.public.id
        assert member.headers()["typ"] == STATEMENT_TYP
        assert member.headers()["cty"] == STATEMENT_CTY


@pytest.mark.parametrize("position", [0, 1])
def test_joserfc_refuses_a_changed_signature(registry, position):
    """The second reader really checks each of the two: with either one changed it refuses."""
    value = json.loads(sign(PAYLOAD, KEYS))
    signature = value["signatures"][position]["signature"]
    value["signatures"][position]["signature"] = ("B" if signature[0] == "A" else "A") + signature[1:]
    with pytest.raises(BadSignatureError):
        jws.deserialize_json(value, key_of, registry=registry)


def test_what_joserfc_signs_we_read(registry):
    """An Ed25519 signature that joserfc makes over our header is the one that we make."""
    envelope = parse_envelope(sign(PAYLOAD, KEYS))
    private = OKPKey.import_key(
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": encode(KEYS.public.ed25519),
            "d": encode(KEYS.ed25519_key.private_bytes_raw()),
        }
    )
    header = {"alg": "Ed25519", "kid": KEYS.public.id, "typ": STATEMENT_TYP, "cty": STATEMENT_CTY}
    compact = jws.serialize_compact(header, PAYLOAD, private, registry=registry)
    assert compact.split(".")[2] == encode(envelope.ed25519_signature)
