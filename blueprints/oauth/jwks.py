"""Public keys of clients: which are accepted, and how to find the one that an assertion needs."""

from __future__ import annotations

from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet, import_key

from blueprints.oauth.registration import BadMetadata

MOST_KEYS = 20
# A key of 8192 bits has 1366 characters; larger ones only cost time.
LONGEST_NUMBER = 1_400
LONGEST_EXPONENT = 8
LEAST_RSA_BITS = 2_048
# The key type and curve for each accepted algorithm.
NEEDS = {"RS256": ("RSA", None), "PS256": ("RSA", None), "ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}
KINDS = frozenset(NEEDS.values())
KEPT = ("kty", "crv", "x", "y", "n", "e", "kid", "alg")


def check_jwks(jwks: Any) -> dict[str, Any]:
    """The keys of a set that can verify one of our algorithms; raises `BadMetadata` if there is none, or one is private."""
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list) or len(keys) > MOST_KEYS or not all(isinstance(key, dict) for key in keys):
        raise BadMetadata("the key set is not well formed")
    if any(key.keys() & {"d", "p", "q", "k"} for key in keys):
        raise BadMetadata("the key set holds a secret")
    usable = [{name: key[name] for name in KEPT if name in key} for key in keys if is_usable(key)]
    if not usable:
        raise BadMetadata("no key is of a kind that is taken")
    return {"keys": usable}


def is_usable(key: dict[str, Any]) -> bool:
    if key.get("use", "sig") != "sig" or key.get("alg", "RS256") not in list(NEEDS):
        return False
    texts = [key[name] for name in KEPT if name in key]
    if not all(isinstance(value, str) and len(value) <= LONGEST_NUMBER for value in texts):
        return False
    if (key.get("kty"), key.get("crv")) not in KINDS or len(key.get("e", "")) > LONGEST_EXPONENT:
        return False
    try:
        return large_enough(import_key({name: key[name] for name in KEPT if name in key}))
    except (JoseError, ValueError, TypeError, KeyError):
        return False


def large_enough(key: Any) -> bool:
    return bool(key.key_type != "RSA" or key.public_key.key_size >= LEAST_RSA_BITS)


def find_key(jwks: dict[str, Any] | None, algorithm: str, kid: str | None) -> KeySet | None:
    """The one key of the set that can have signed this assertion; None if there is none, or it is ambiguous."""
    kind = NEEDS[algorithm]
    fitting = [
        key
        for key in (jwks or {}).get("keys", [])
        if (key["kty"], key.get("crv")) == kind
        and key.get("alg", algorithm) == algorithm
        and kid in (None, key.get("kid"))
    ]
    return KeySet([import_key(fitting[0])]) if len(fitting) == 1 else None
