"""Forgetting apps that introduced themselves, and that nobody is connected to any more: one can be called after its person."""

from __future__ import annotations

from sqlalchemy import delete, exists

from models.clients import Client
from models.connections import Connection, DeniedScope
from models.database import rows_changed
from models.oauth import ConsentRequest


def forget_apps() -> int:
    """Delete apps whose last connection went with an account or a person; returns how many there were.

    They introduce themselves anew. What somebody registered by hand stays.
    """
    known = (exists().where(model.client_id == Client.id) for model in (Connection, DeniedScope, ConsentRequest))
    # Connections are kept for ever: an app that was used and has none has lost them by a deletion. One that asks at this moment stays.
    lost = Client.first_used_at.is_not(None) & Client.kind.in_(("registered", "document"))
    return rows_changed(delete(Client).where(lost, *(~each for each in known)))
