"""The use of a connection: when and from where it was last used, and the counters for its limits."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base

Counter = Annotated[int, mapped_column(BigInteger, default=0, server_default="0")]


class ConnectionUse(Base):
    """The use of a connection. It is a separate table, so that counting a call never waits for a lock on the connection."""

    __tablename__ = "connection_use"

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    last_used_at: Mapped[datetime | None]
    calls: Mapped[Counter]
    calls_empty_at: Mapped[Counter]
    """When the counted calls will have leaked out, in microseconds since 1970 (models/rate_limits/buckets.py); the next two likewise."""
    writes_empty_at: Mapped[Counter]
    refreshes_empty_at: Mapped[Counter]
    day: Mapped[str | None]
    """The day (UTC) that `calls_of_day` counts, as 2026-11-23."""
    calls_of_day: Mapped[Counter]
    last_network: Mapped[str | None]
    """The network that it was last used from (models/connections/networks.py)."""
    network_told_at: Mapped[datetime | None]
    """When its member was last told about a new network."""
    refusal_noted_at: Mapped[datetime | None]
    """When the audit log last recorded that it asked too often: once a minute is enough."""
