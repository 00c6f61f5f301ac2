"""Notices to people about their sign-in. They belong to no account, so no account's outbox shows them."""

from __future__ import annotations

from typing import Any

from models.accounts import User
from models.identity.user_agents import browser_name
from models.mail import Kind, Message
from models.request_scope import current_scope


def notify(person: User, kind: Kind, to: str | None = None, **facts: Any) -> None:
    """Mail a person, at their address or another, what was just done, and from which browser and network."""
    where = current_scope().actor
    # The command line has no browser.
    by = (
        {"browser": browser_name(where.user_agent), "network": where.address}
        if where.request_id
        else {"operator": True}
    )
    Message.post(kind, to or person.email, person.id, facts=by | facts, user_id=person.id)
