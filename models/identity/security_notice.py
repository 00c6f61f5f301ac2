"""Notices to a person about how they sign in. They belong to no account, so no account's outbox shows them."""

from __future__ import annotations

from typing import Any

from models.accounts import User
from models.identity.user_agents import browser_name
from models.mail import Kind, Message
from models.request_scope import current_scope


def notify(person: User, kind: Kind, to: str | None = None, **facts: Any) -> None:
    """Tell a person, at their address or another, what has just been done; with the browser and network that it was done from."""
    where = current_scope().actor
    # By the operator's command line, nothing is done from a browser.
    by = (
        {"browser": browser_name(where.user_agent), "network": where.address}
        if where.request_id
        else {"operator": True}
    )
    Message.post(kind, to or person.email, person.id, facts=by | facts)
