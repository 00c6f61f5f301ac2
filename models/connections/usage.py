"""How a connection is used: when last, from where, and the counters that hold it to its limits."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.database import Base

Counter = Annotated[int, mapped_column(BigInteger, default=0, server_default="0")]


class ConnectionUse(Base):
    """How a connection is used. A table of its own, so that counting a call never waits for a lock on the connection."""

    __tablename__ = "connection_use"

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    last_used_at: Mapped[datetime | None]
    calls: Mapped[Counter]
    calls_empty_at: Mapped[Counter]
    """When the counted calls will have leaked out, in microseconds since 1970 (models/rate_limits/buckets.py); so with the next two."""
    writes_empty_at: Mapped[Counter]
    refreshes_empty_at: Mapped[Counter]
    day: Mapped[str | None]
    """The day (UTC) that `calls_of_day` counts, as 2026-11-23."""
    calls_of_day: Mapped[Counter]
    last_network: Mapped[str | None]
    """The network that it was used from last (models/connections/networks.py)."""
    network_told_at: Mapped[datetime | None]
    """When its member last was told that a network is new."""
    refusal_noted_at: Mapped[datetime | None]
    """When the trail last was told that it asked too often: once a minute is enough."""
