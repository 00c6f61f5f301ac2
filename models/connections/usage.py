"""The use of a connection: when and from where it was last used, and the counters for its limits."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, ForeignKey, false
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
    people_of_day: Mapped[Counter]
    """The people in the answers on that day, counted again in each answer: never fewer than there are different ones."""
    people_checked_day: Mapped[str | None]
    """The day for which the next one was set."""
    people_check_at: Mapped[Counter]
    """At this count it is looked up how many different people they are (models/alarms/people.py)."""
    changed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether its first change was noticed; the next one likewise for deletions (models/alarms/first_times.py)."""
    deleted: Mapped[bool] = mapped_column(default=False, server_default=false())
    refusal_noted_at: Mapped[datetime | None]
    """When the audit log last recorded that it asked too often: once a minute is enough."""
