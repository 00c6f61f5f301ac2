"""Who acts, and by which request."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, through what, and by which request: what an audit entry says of its origin. Nobody in particular, if nothing is known."""

    account_id: uuid.UUID | None = None
    """The account for which they act: its audit log keeps what they do."""
    user_id: uuid.UUID | None = None
    member_id: uuid.UUID | None = None
    connection_id: uuid.UUID | None = None
    client_name: str | None = None
    request_id: str | None = None
    """None where nothing was requested: in commands and in the worker."""
    address: str | None = None
    """The client's address, truncated to its network."""
    user_agent: str | None = None
    revision: str | None = None
    """The protocol revision that an app speaks."""

    def known_as(
        self,
        *,
        account_id: uuid.UUID | None,
        user_id: uuid.UUID | None,
        member_id: uuid.UUID | None,
        connection_id: uuid.UUID | None = None,
        client_name: str | None = None,
    ) -> Actor:
        """Whoever this is, by the same request."""
        return Actor(
            account_id,
            user_id,
            member_id,
            connection_id,
            client_name,
            self.request_id,
            self.address,
            self.user_agent,
            self.revision,
        )

    def acting_for(self, account_id: uuid.UUID | None) -> Actor:
        """The same, acting for this account."""
        return self if account_id == self.account_id else replace(self, account_id=account_id)
