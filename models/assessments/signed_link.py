"""Secret assessment addresses: what one opens, and in which account. They are derived, not stored."""

from __future__ import annotations

import base64
import binascii
import uuid
from dataclasses import dataclass
from enum import StrEnum

from models.secrets import ASSESSMENT, derive, same

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
        known = self.opens.encode() + self.account_id.bytes + self.target_id.bytes
        return ASSESSMENT + base64.urlsafe_b64encode(known + self._mac()).rstrip(b"=").decode()

    def _mac(self) -> bytes:
        return derive("assessment link", self.opens, self.account_id.hex, self.target_id.hex)[:MAC_BYTES]

    @classmethod
    def read(cls, secret: str) -> Link | None:
        """What this address opens; None unless this server made it."""
        try:
            raw = base64.urlsafe_b64decode(secret.removeprefix(ASSESSMENT) + "=")
            link = cls(Opens(raw[:1].decode()), uuid.UUID(bytes=raw[1:17]), uuid.UUID(bytes=raw[17:33]))
        except (ValueError, binascii.Error):
            return None
        # This also refuses other spellings of the same bytes.
        return link if same(link.secret, secret) else None
