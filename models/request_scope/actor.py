"""The actor, and the request that they act by."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, through what, and by which request: the origin of an audit entry. Nobody in particular if nothing is known."""

    account_id: uuid.UUID | None = None
    """The account that they act for: its audit log records what they do."""
    user_id: uuid.UUID | None = None
    member_id: uuid.UUID | None = None
    connection_id: uuid.UUID | None = None
    client_name: str | None = None
    request_id: str | None = None
    """None without a request: in commands and in the worker."""
    sent_request_id: str | None = None
    """The id that the client or a proxy gave the request."""
    address: str | None = None
    """The client's address, truncated to its network."""
    user_agent: str | None = None
    revision: str | None = None
    """The protocol revision of an app."""

    def known_as(
        self,
        *,
        account_id: uuid.UUID | None,
        user_id: uuid.UUID | None,
        member_id: uuid.UUID | None,
        connection_id: uuid.UUID | None = None,
        client_name: str | None = None,
    ) -> Actor:
        """This actor, by the same request."""
        return Actor(
            account_id,
            user_id,
            member_id,
            connection_id,
            client_name,
            self.request_id,
            self.sent_request_id,
            self.address,
            self.user_agent,
            self.revision,
        )

    def acting_for(self, account_id: uuid.UUID | None) -> Actor:
        """The same, acting for this account."""
        return self if account_id == self.account_id else replace(self, account_id=account_id)
