"""A device with passkeys, in software: what a browser and an authenticator do for a page, byte by byte, including a hostile one."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """Keeps one passkey. Set attributes to make its answers wrong: `device.origin = "https://evil.example"`."""

    origin: str = "http://localhost"
    party: str = "localhost"
    flags: int = PRESENT | VERIFIED
    counts: bool = True
    signed: int = 0
    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_handle: str = ""

    @property
    def name(self) -> str:
        """The id of its passkey."""
        return encode(self.id)

    def make(self, options: dict[str, Any]) -> str:
        """The answer to options for a new passkey."""
        self.user_handle = options["user"]["id"]
        known = self.id + cbor2.dumps(self.public_key())
        attested = bytes(16) + struct.pack(">H", len(self.id)) + known
        attestation = {"fmt": "none", "attStmt": {}, "authData": self.data(ATTESTED) + attested}
        said = {"attestationObject": encode(cbor2.dumps(attestation))}
        return self.answer(said, self.client_data("webauthn.create", options["challenge"]))

    def prove(self, options: dict[str, Any], **instead: Any) -> str:
        """The answer to options for signing in."""
        client_data = self.client_data("webauthn.get", options["challenge"])
        data = self.data()
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        said = {"authenticatorData": encode(data), "signature": encode(signature), "userHandle": self.user_handle}
        return self.answer(said | instead, client_data)

    def answer(self, said: dict[str, Any], client_data: bytes) -> str:
        response = said | {"clientDataJSON": encode(client_data)}
        return json.dumps({"id": self.name, "rawId": self.name, "type": "public-key", "response": response})

    def client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def data(self, more: int = 0) -> bytes:
        self.signed += self.counts
        hashed = hashlib.sha256(self.party.encode()).digest()
        return hashed + struct.pack(">BI", self.flags | more, self.signed)

    def public_key(self) -> dict[int, Any]:
        """COSE (RFC 9052): an elliptic-curve key for ES256."""
        point = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
