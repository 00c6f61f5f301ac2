"""Secret assessment addresses: what one opens, and in which account. They are derived, not stored."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from models.secrets import ASSESSMENT, derivations, same

MAC_BYTES = 20


class Opens(StrEnum):
    """What an assessment address opens."""

    INVITATION = "i"
    SHARED = "l"
    SITTING = "s"


@dataclass(frozen=True)
class Link:
    """An assessment address: 160 bits that only this server can derive, and the ids that say what it is for.

    The ids name the account before anything is read, so that row-level security applies to what it opens.
    """

    opens: Opens
    account_id: uuid.UUID
    target_id: uuid.UUID

    @property
    def secret(self) -> str:
        """The last part of the address."""
        return next(self.secrets())

    def secrets(self) -> Iterator[str]:
        """The last part of the address, under each key that counts."""
        known = self.opens.encode() + self.account_id.bytes + self.target_id.bytes
        for mac in derivations("assessment link", self.opens, self.account_id.hex, self.target_id.hex):
            yield ASSESSMENT + base64.urlsafe_b64encode(known + mac[:MAC_BYTES]).rstrip(b"=").decode()

    @classmethod
    def read(cls, secret: str) -> Link | None:
        """What this address opens; None unless this server made it."""
        try:
            raw = base64.urlsafe_b64decode(secret.removeprefix(ASSESSMENT) + "=")
            link = cls(Opens(raw[:1].decode()), uuid.UUID(bytes=raw[1:17]), uuid.UUID(bytes=raw[17:33]))
        except (ValueError, binascii.Error):
            return None
        # This also refuses other spellings of the same bytes.
        return link if any(same(each, secret) for each in link.secrets()) else None
