"""Every known trick on a JWS, and the code with which an envelope refuses it before any key is touched.

The forgeries are signed with the real keys over the forged header, so that only the rule under test refuses them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import tracemalloc
import zlib

import pytest

from detente.envelopes.signing import MAX_ENVELOPE_BYTES, parse_envelope, sign
from detente.errors import MalformedError, SignatureError
from detente.keys import PrivateKeySet, encode

KEYS = PrivateKeySet(bytes(range(32)))
OTHER = PrivateKeySet(bytes(32))
PAYLOAD = b'{"v":1,"kind":"consultation.request"}'
GOOD = sign(PAYLOAD, KEYS)


def header(alg, **changes):
    members = {
        "alg": alg,
        "kid": KEYS.public.id,
        "typ": "detente-statement+jws",
        "cty": "vnd.detente.statement+json",
    } | changes
    return {name: value for name, value in members.items() if value is not None}


ED = header("Ed25519")
ML = header("ML-DSA-65")


def signed(protected, payload=PAYLOAD, signer=None, keys=KEYS):
    """One member of ``signatures`` whose signature is good for the header that it carries."""
    raw = protected if isinstance(protected, bytes) else json.dumps(protected, separators=(",", ":")).encode()
    signing_input = f"{encode(raw)}.{encode(payload)}".encode()
    signer = signer or ("ed25519" if b'"Ed25519"' in raw else "mldsa65")
    if signer == "hmac":
        signature = hmac.digest(keys.public.ed25519, signing_input, hashlib.sha256)
    elif signer == "none":
        signature = b""
    else:
        signature = getattr(keys, f"{signer}_key").sign(signing_input)
    return {"protected": encode(raw), "signature": encode(signature)}


def envelope(*signatures, **changes):
    wrapper = {"payload": encode(PAYLOAD), "signatures": list(signatures)} | changes
    return json.dumps(wrapper, separators=(",", ":")).encode()


def pair(**changes):
    """Both signatures, with one change in the first header."""
    return envelope(signed(header("Ed25519", **changes), signer="ed25519"), signed(ML))


PUBLIC_JWK = {"kty": "OKP", "crv": "Ed25519", "x": encode(KEYS.public.ed25519)}
TRICKS = {
    # algorithms
    "none": (envelope(signed(header("none"), signer="none"), signed(ML)), "jws-alg-none"),
    "None in capitals": (envelope(signed(header("NONE"), signer="none"), signed(ML)), "jws-alg-none"),
    "HS256 keyed with the public key": (envelope(signed(header("HS256"), signer="hmac"), signed(ML)), "jws-alg"),
    "EdDSA, the older name": (envelope(signed(header("EdDSA"), signer="ed25519"), signed(ML)), "jws-alg"),
    "ML-DSA-44 named": (envelope(signed(ED), signed(header("ML-DSA-44"))), "jws-alg"),
    "algorithm is a number": (envelope(signed(header(5), signer="ed25519"), signed(ML)), "jws-alg"),
    "algorithm is absent": (envelope(signed(header(None), signer="ed25519"), signed(ML)), "jws-alg"),
    # how many signatures, and whose
    "no signature": (envelope(), "jws-no-signature"),
    "Ed25519 alone": (envelope(signed(ED)), "jws-one-signature"),
    "ML-DSA-65 alone": (envelope(signed(ML)), "jws-one-signature"),
    "Ed25519 twice": (envelope(signed(ED), signed(ED)), "jws-signature-twice"),
    "ML-DSA-65 twice": (envelope(signed(ML), signed(ML)), "jws-signature-twice"),
    "three signatures": (envelope(signed(ED), signed(ML), signed(ED)), "jws-many-signatures"),
    "two key sets": (
        envelope(signed(ED), signed(header("ML-DSA-65", kid=OTHER.public.id), keys=OTHER)),
        "jws-kids-differ",
    ),
    "order exchanged": (envelope(signed(ML), signed(ED)), "jws-order"),
    "signature too short": (
        envelope(signed(ED) | {"signature": encode(bytes(63))}, signed(ML)),
        "jws-signature-size",
    ),
    # headers
    "b64 false": (pair(b64=False, crit=["b64"]), "jws-b64"),
    "b64 true": (pair(b64=True), "jws-b64"),
    "jwk": (pair(jwk=PUBLIC_JWK), "jws-embedded-key"),
    "jku": (pair(jku="https://keys.example/set.json"), "jws-embedded-key"),
    "x5u": (pair(x5u="https://keys.example/chain.pem"), "jws-embedded-key"),
    "x5c": (pair(x5c=["MIIB"]), "jws-embedded-key"),
    "x5t": (pair(x5t="AAAA"), "jws-embedded-key"),
    "zip": (pair(zip="DEF"), "jws-zip"),
    "unknown crit": (pair(crit=["exp"], exp=1), "jws-crit"),
    "empty crit": (pair(crit=[]), "jws-crit"),
    "unknown member": (pair(iat=1), "jws-header-member"),
    "kid absent": (pair(kid=None), "jws-header-member"),
    "wrong typ": (pair(typ="JWT"), "jws-typ"),
    "typ with application/": (pair(typ="application/detente-statement+jws"), "jws-typ"),
    "wrong cty": (pair(cty="application/vnd.detente.statement+json"), "jws-cty"),
    "kid is no key-set id": (pair(kid="ALD"), "jws-kid"),
    "kid with spare bits": (pair(kid="A" * 42 + "B"), "jws-base64url"),
    "member twice in a header": (
        envelope(signed(b'{"alg":"Ed25519",' + json.dumps(ED).encode()[1:]), signed(ML)),
        "jws-header",
    ),
    "header is no JSON": (envelope(signed(b'"Ed25519"'), signed(ML)), "jws-header"),
    "members in another order": (envelope(signed(dict(reversed(ED.items()))), signed(ML)), "jws-not-canonical"),
    "white space in a header": (envelope(signed(json.dumps(ED).encode()), signed(ML)), "jws-not-canonical"),
    "unprotected kid": (
        envelope(signed(ED) | {"header": {"kid": OTHER.public.id}}, signed(ML)),
        "jws-unprotected-header",
    ),
    "empty unprotected header": (envelope(signed(ED) | {"header": {}}, signed(ML)), "jws-unprotected-header"),
    # wrapper
    "flattened": (json.dumps({"payload": encode(PAYLOAD)} | signed(ED)).encode(), "jws-flattened"),
    "flattened beside general": (envelope(signed(ED), signed(ML), **signed(ED)), "jws-flattened"),
    "compact": (f"{signed(ED)['protected']}.{encode(PAYLOAD)}.{signed(ED)['signature']}".encode(), "jws-compact"),
    "unknown member of the wrapper": (envelope(signed(ED), signed(ML), note="x"), "jws-member"),
    "unknown member of a signature": (envelope(signed(ED) | {"note": "x"}, signed(ML)), "jws-member"),
    "signatures is an object": (envelope(signatures=signed(ED)), "jws-member"),
    "payload is an object": (envelope(signed(ED), signed(ML), payload={}), "jws-member"),
    "payload absent": (json.dumps({"signatures": [signed(ED), signed(ML)]}).encode(), "jws-member"),
    "payload twice": (GOOD.replace(b'{"payload"', b'{"payload":"e30","payload"'), "json-duplicate"),
    "signatures twice": (GOOD[:-1] + b',"signatures":[]}', "json-duplicate"),
    "leading white space": (b" " + GOOD, "jws-not-canonical"),
    "trailing line feed": (GOOD + b"\n", "jws-not-canonical"),
    "white space inside": (GOOD.replace(b',"signatures"', b', "signatures"'), "jws-not-canonical"),
    "an escaped letter": (GOOD.replace(b'"payload"', rb'"p\u0061yload"'), "jws-not-canonical"),
    "wrapper members exchanged": (
        json.dumps({"signatures": [signed(ED), signed(ML)], "payload": encode(PAYLOAD)}).encode(),
        "jws-not-canonical",
    ),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, "json-bom"),
    "something behind": (GOOD + b"{}", "json-syntax"),
    # base64url
    "padding": (envelope(signed(ED), signed(ML), payload=encode(PAYLOAD) + "=="), "jws-base64url"),
    "padding of a signature": (envelope(signed(ED) | {"signature": "A" * 86 + "=="}, signed(ML)), "jws-base64url"),
    "standard alphabet": (envelope(signed(ED), signed(ML), payload="+/+/"), "jws-base64url"),
    "spare bits in the payload": (envelope(signed(ED), signed(ML), payload="e31"), "jws-base64url"),
    "impossible length": (envelope(signed(ED), signed(ML), payload="e30AA"), "jws-base64url"),
    "spare bits in a signature": (
        envelope(signed(ED) | {"signature": "A" * 85 + "B"}, signed(ML)),
        "jws-base64url",
    ),
    "empty payload": (envelope(signed(ED), signed(ML), payload=""), "jws-payload"),
    # encryption where a signature is due
    "JWE, compact": (b"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA", "jws-is-jwe"),
    "JWE, general": (
        b'{"protected":"e30","recipients":[{}],"iv":"AAAA","ciphertext":"AAAA","tag":"AAAA"}',
        "jws-is-jwe",
    ),
    "JWE header inside a JWS": (pair(enc="A256GCM"), "jws-is-jwe"),
    # bombs
    "deep nesting": (b'{"payload":' * 60, "json-depth"),
    "a hundred thousand brackets": (b"[" * 100_000, "json-members"),
    "a header of deep nesting": (envelope(signed(b'{"a":' * 20), signed(ML)), "jws-header"),
    "too large": (b'{"payload":"' + b"A" * MAX_ENVELOPE_BYTES, "jws-size"),
    "nothing": (b"", "json-syntax"),
    "no UTF-8": (b"\xff", "json-utf8"),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_is_refused_with_its_code(trick):
    """Each trick is refused with a code that names it and a sentence that says what to change."""
    data, code = TRICKS[trick]
    with pytest.raises((MalformedError, SignatureError)) as refusal:
        parse_envelope(data)
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")


def test_the_forge_makes_good_envelopes_too():
    """The forgeries of this table differ from a good envelope in the trick alone."""
    assert parse_envelope(envelope(signed(ED), signed(ML))).payload_bytes == PAYLOAD
    assert envelope(signed(ED), signed(ML))[: 12 + len(encode(PAYLOAD))] == GOOD[: 12 + len(encode(PAYLOAD))]


def test_the_sentence_of_one_signature_says_what_is_needed():
    """A lone signature is told which two are needed."""
    with pytest.raises(SignatureError) as refusal:
        parse_envelope(TRICKS["Ed25519 alone"][0])
    assert str(refusal.value) == "This envelope carries one signature; a statement needs two, Ed25519 and ML-DSA-65."


def test_a_compressed_jwe_is_refused_without_inflating_it():
    """A JWE of 60 MB squeezed by zip=DEF (python-jose 344) is refused in the memory that its own bytes take."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = squeeze.compress(bytes(60_000_000)) + squeeze.flush()
    protected = encode(b'{"alg":"dir","enc":"A256GCM","zip":"DEF"}')
    compact = f"{protected}..{encode(bytes(12))}.{encode(bomb)}.{encode(bytes(16))}".encode()
    general = json.dumps({"protected": protected, "ciphertext": encode(bomb), "iv": "", "tag": ""}).encode()
    as_jws = envelope(signed(header("Ed25519", zip="DEF")), signed(ML), payload=encode(bomb))
    for data, code in ((compact, "jws-is-jwe"), (general, "jws-is-jwe"), (as_jws, "jws-zip")):
        tracemalloc.start()
        with pytest.raises(MalformedError) as refusal:
            parse_envelope(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert refusal.value.code == code
        assert peak < 1_000_000
