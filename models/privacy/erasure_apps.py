"""Deleting apps that registered themselves and have no connection any more: their name may identify a person."""

from __future__ import annotations

from sqlalchemy import delete, exists

from models.clients import Client
from models.connections import Connection, DeniedScope
from models.database import rows_changed
from models.oauth import ConsentRequest


def forget_apps() -> int:
    """Delete apps whose last connection was deleted with an account or a person; returns how many there were.

    They can register again. Apps that somebody registered by hand stay.
    """
    known = (exists().where(model.client_id == Client.id) for model in (Connection, DeniedScope, ConsentRequest))
    # Connections are never removed otherwise: a used app without one has lost it by a deletion. An app with an open
    # consent request stays.
    lost = Client.first_used_at.is_not(None) & Client.kind.in_(("registered", "document"))
    return rows_changed(delete(Client).where(lost, *(~each for each in known)))
