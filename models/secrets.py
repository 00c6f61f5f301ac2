"""Mint, prefix, hash and compare secrets. Only this file uses hashlib; a secret is shown once, and stored as a hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from contextlib import suppress
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

import orjson
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.text import typed_password

if TYPE_CHECKING:
    from collections.abc import Iterator

# Prefixes make a leaked secret recognisable to scanners and in logs.
ACCESS_TOKEN = "pfa_"  # noqa: S105
REFRESH_TOKEN = "pfr_"  # noqa: S105
AUTHORIZATION_CODE = "pfc_"
CLIENT_SECRET = "pfs_"  # noqa: S105
SESSION = "pfw_"
INVITATION = "pfi_"
CONSENT = "pft_"
PENDING_REQUEST = "pfq_"
REGISTRATION = "pfg_"
DEVICE_CODE = "pfd_"
ASSESSMENT = "pfv_"
PASSWORD_RESET = "pfp_"  # noqa: S105
EMAIL_CHANGE = "pfe_"
SECOND_STEP = "pfn_"
CEREMONY = "pfk_"
SET_UP = "pfu_"

# OWASP's second profile: 19 MiB and two passes. Memory multiplied by parallel hashes stays bounded on a small machine.
hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
hashing_slots = BoundedSemaphore(2)
NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$m3JyTOLOaYZAd0LIyhJuIg$aqpyizZ0sfhW0TkUixDLCx/F5kKa5Lk35WMksrMH6ak"


SECRET = re.compile(r"pf[a-z]_[A-Za-z0-9_\-]{8,}")


def without_secrets(text: str) -> str:
    """A text with every secret of ours blotted out, for a log."""
    return SECRET.sub(lambda found: f"{found.group()[:4]}…", text)


def mint(prefix: str) -> str:
    """A new secret of 256 random bits, with the prefix of its kind."""
    return prefix + secrets.token_urlsafe(32)


def mint_readable() -> str:
    """A new secret of 120 random bits that people can write down and type: letters a to z and digits 2 to 7, in fours."""
    letters = base64.b32encode(secrets.token_bytes(15)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def fingerprint(secret: str) -> str:
    """The stored form of a secret: its SHA-256 in hex. Secrets are random, so no salt is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


# Set once for the process when the app is created: they depend on no request, and models do not know the app.
_server_key = b""
_previous_key = b""


def use_server_key(secret_key: str, previous: str = "") -> None:
    """Set the server's key, on which every derived secret and keyed digest depends, and the one before it while that still counts."""
    global _server_key, _previous_key
    _server_key, _previous_key = secret_key.encode(), previous.encode()


def derive(purpose: str, *parts: str) -> bytes:
    """256 bits that only this server can derive again from the same parts (HMAC-SHA-256 under the server's key)."""
    return derived_under(_server_key, purpose, *parts)


def derivations(purpose: str, *parts: str) -> Iterator[bytes]:
    """The same under each key that counts: what was made under the previous key is still recognised."""
    return (derived_under(key, purpose, *parts) for key in server_keys())


def derived_under(key: bytes, purpose: str, *parts: str) -> bytes:
    message = "\x1f".join((purpose, *parts)).encode()
    return hmac.digest(key, message, "sha256")


def server_keys() -> tuple[bytes, ...]:
    return (_server_key, _previous_key) if _previous_key else (_server_key,)


def names_of_keys() -> tuple[str, ...]:
    """What each key that counts is called in the database, which says nothing of the key itself. The current one is first."""
    return tuple(each.hex()[:16] for each in derivations("name of the key"))


def derived_secret(prefix: str, purpose: str, *parts: str) -> str:
    """A secret that can be shown again without storing it, since it can be derived again."""
    return next(derived_secrets(prefix, purpose, *parts))


def derived_secrets(prefix: str, purpose: str, *parts: str) -> Iterator[str]:
    """The same under each key that counts, the current one first."""
    return (prefix + base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in derivations(purpose, *parts))


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


# `json.dumps` would create a new encoder for every digest.
write_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str).encode
SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
EXPONENT = re.compile(rb"[\[:,]-?[0-9.]+e")


def canonical(value: Any) -> str:
    """A value as JSON in canonical form: sorted, compact, ASCII."""
    try:
        text = orjson.dumps(value, default=str, option=SORTED)
    except TypeError:
        return write_canonical(value)
    # orjson is many times faster, and differs in what is not ASCII and in exponents (1e16, not 1e+16).
    return text.decode() if text.isascii() and not EXPONENT.search(text) else write_canonical(value)


def digest(value: Any, salt: str = "") -> str:
    """The SHA-256 of a JSON value in canonical form, hex."""
    return hashlib.sha256((salt + canonical(value)).encode()).hexdigest()


def keyed_digest(purpose: str, value: Any) -> str:
    """A digest that only this server can compute: equal values are recognised, and nobody else can guess them."""
    return derive(purpose, canonical(value)).hex()


def keyed_digests(purpose: str, value: Any) -> Iterator[str]:
    """The same under each key that counts, the current one first."""
    return (each.hex() for each in derivations(purpose, canonical(value)))


class NotOpened(Exception):
    """What is encrypted was encrypted under a key that this server does not have."""


def encrypt(purpose: str, secret: bytes, bound_to: str) -> str:
    """Encrypt a secret for storing (AES-256-GCM); it opens only for the same purpose, and what it is bound to."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # few requests need it

    nonce = secrets.token_bytes(12)
    sealed = AESGCM(derive(purpose)).encrypt(nonce, secret, bound_to.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def decrypt(purpose: str, text: str, bound_to: str) -> bytes:
    """The secret again, whichever key that counts it was encrypted under; raises `NotOpened`."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    raw = base64.urlsafe_b64decode(text)
    for key in derivations(purpose):
        with suppress(InvalidTag):
            return AESGCM(key).decrypt(raw[:12], raw[12:], bound_to.encode())
    raise NotOpened


class Signer:
    """Signs as this server (Ed25519, RFC 8032), with a key derived from the server's."""

    def __init__(self, derived: bytes | None = None) -> None:
        # Only seals and exports are signed, so the web server does not load this at its start.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(derived or derive("audit seals"))

    @classmethod
    def called(cls, public_key: str) -> Signer | None:
        """The signer with this public key, if it is one of this server's."""
        signers = (cls(each) for each in derivations("audit seals"))
        return next((each for each in signers if each.public_key == public_key), None)

    @property
    def public_key(self) -> str:
        """The public key for checking signatures, in hex."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """The signature of a message, in hex."""
        return self._key.sign(message).hex()


def pkce_challenge(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def hash_password(password: str) -> str:
    """An argon2id hash; only two are computed at a time, so that sign-ins cannot starve the server."""
    with hashing_slots:
        return hasher.hash(typed_password(password))


def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password matches the stored hash. Without a hash, it takes as long and the answer is no."""
    # The form that was typed too: that is what was hashed before there was one form.
    forms = dict.fromkeys((typed_password(password), password))
    return any(verifies(stored or NOBODYS_HASH, form) for form in forms) and stored is not None


def verifies(stored: str, form: str) -> bool:
    with hashing_slots:
        try:
            return hasher.verify(stored, form)
        except (VerificationError, InvalidHashError):
            return False
