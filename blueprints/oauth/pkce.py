"""PKCE (RFC 7636): the client that redeems a code proves that it is the one that asked for it."""

from __future__ import annotations

import re
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge

from models.oauth import PresentedCode


class RequiredPKCE(CodeChallenge):
    """PKCE with S256 for every client, required at /authorize. Authlib would accept `plain`, or a challenge without a method."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]
    # RFC 7636 §4.2: 256 bits in base64url, a fixed length. Authlib accepts a trailing line feed, and lengths that match nothing.
    CHALLENGE = re.compile(r"[A-Za-z0-9_\-]{43}\Z")

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        for name in ("code_challenge", "code_challenge_method"):
            if not grant.request.payload.data.get(name):
                raise InvalidRequestError(f"Missing '{name}': PKCE with S256 is required (RFC 7636).")
        if not self.CHALLENGE.match(grant.request.payload.data["code_challenge"]):
            raise InvalidRequestError(
                "code_challenge must be the SHA-256 of the verifier in base64url without padding."
            )
        super().validate_code_challenge(grant, redirect_uri)

    def get_authorization_code_challenge_method(self, _code: PresentedCode) -> str:
        return "S256"
