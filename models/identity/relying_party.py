"""This server as the relying party of passkeys: what it asks browsers for, and how it reads their answers (Web Authentication).

The library is loaded when somebody uses a passkey, since loading takes up to a fifth of a server's start.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from models.accounts import User
from models.identity.passkey import Made, Passkey
from models.identity.webauthn_challenge import BadAnswer

USUAL_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Party:
    """This server, by the host name in its address; a passkey works for one host name only."""

    id: str
    origin: str

    @classmethod
    def at(cls, public_url: str) -> Party | None:
        """The party for this address; None for an IP address, since browsers create no passkeys for those."""
        parts = urlsplit(public_url)
        host = parts.hostname or ""
        try:
            ip_address(host)
        except ValueError:
            # As browsers write it: in lower case, without the default port.
            port = "" if parts.port in {None, USUAL_PORTS.get(parts.scheme)} else f":{parts.port}"
            return cls(host, f"{parts.scheme}://{host}{port}")
        return None

    def options_to_add(self, person: User, challenge: bytes) -> dict[str, Any]:
        """The options to create a passkey: one that can be found without a user name, and that verifies its user."""
        from webauthn import generate_registration_options
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        options = generate_registration_options(
            rp_id=self.id,
            rp_name="Profile",
            user_id=person.id.bytes,
            user_name=person.email,
            challenge=challenge,
            user_display_name=person.name,
            exclude_credentials=described(person.passkeys),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
        )
        return in_json(options)

    def options_to_prove(self, challenge: bytes, passkeys: Iterable[Passkey] = ()) -> dict[str, Any]:
        """The options to use one of these passkeys or, if none is given, any that the browser finds."""
        from webauthn import generate_authentication_options
        from webauthn.helpers.structs import UserVerificationRequirement

        options = generate_authentication_options(
            rp_id=self.id,
            challenge=challenge,
            allow_credentials=described(passkeys),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return in_json(options)

    def made(self, answer: dict[str, Any], challenge: bytes) -> Made:
        """The passkey in this answer; raises `BadAnswer`."""
        from webauthn import verify_registration_response
        from webauthn.helpers import bytes_to_base64url

        try:
            found = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        # The library reads untrusted bytes; any error means that they are invalid.
        except Exception as problem:
            raise BadAnswer from problem
        return Made(
            bytes_to_base64url(found.credential_id),
            bytes_to_base64url(found.credential_public_key),
            found.sign_count,
            found.credential_backed_up,
        )

    def proven(self, answer: dict[str, Any], challenge: bytes, user_id: uuid.UUID | None = None) -> Passkey:
        """The passkey that gave this answer, with its use stored; this person's, if they are known. Raises `BadAnswer`."""
        from webauthn import verify_authentication_response
        from webauthn.helpers import base64url_to_bytes

        passkey = Passkey.called_by_device(str(answer.get("id")))
        if passkey is None:
            raise BadAnswer
        try:
            found = verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=self.origin,
                credential_public_key=base64url_to_bytes(passkey.public_key),
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except Exception as problem:
            raise BadAnswer(passkey) from problem
        # A signature count that did not increase means that somebody has a copy of the key.
        if not belongs(answer, passkey, user_id) or not passkey.used(found.new_sign_count):
            raise BadAnswer(passkey)
        return passkey


def described(passkeys: Iterable[Passkey]) -> list[Any]:
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential_id)) for passkey in passkeys]


def belongs(answer: dict[str, Any], passkey: Passkey, asked: uuid.UUID | None) -> bool:
    """Whether the passkey belongs to the person who was asked and to the one that the device names (Web Authentication §7.2).

    If nobody was asked by name, the device must name one.
    """
    from webauthn.helpers import bytes_to_base64url

    named = answer["response"].get("userHandle")
    if asked is None:
        return bool(named == bytes_to_base64url(passkey.user_id.bytes))
    return passkey.user_id == asked and named in {None, bytes_to_base64url(asked.bytes)}


def in_json(options: Any) -> dict[str, Any]:
    from webauthn.helpers import options_to_json_dict

    return options_to_json_dict(options)
