"""The rate limits of apps at /mcp: calls and changes per minute, and an app's share of its account's limit."""

from __future__ import annotations

import uuid
from threading import Lock
from typing import cast

from flask import Flask, current_app

from config import Settings
from models.database import microseconds
from models.oauth import Bearer, Pace, TooFast
from models.rate_limits import Limit

MOST_KEPT = 10_000


def init_app(app: Flask, settings: Settings) -> None:
    """Apply this app's rate limits from the settings."""
    app.extensions["pace"] = Pace(
        calls=Limit(settings.limit_calls, min(settings.limit_calls_at_once, settings.limit_calls)),
        writes=Limit.per_minute(settings.limit_writes),
        account=Limit.per_minute(settings.limit_account_calls),
    )


def pace() -> Pace:
    """The rate limit of connections."""
    return cast(Pace, current_app.extensions["pace"])


def check_light_rate(bearer: Bearer) -> None:
    """Count a request that leaves no trace in the database; raises `TooFast`."""
    pace().look(bearer)
    if wait := _light.count(bearer.connection_id, pace().calls):
        raise TooFast("calls", wait)


class LightRequests:
    """Lists and handshakes are counted in memory, per process: a commit for each would cost more than the answer."""

    def __init__(self) -> None:
        self._empty_at: dict[uuid.UUID, int] = {}
        self._lock = Lock()

    def count(self, connection_id: uuid.UUID, limit: Limit) -> int:
        """Count one more; returns the seconds to wait if there is no room, and counts nothing then."""
        moment = microseconds()
        with self._lock:
            empty_at = max(moment, self._empty_at.get(connection_id, 0))
            wait = limit.wait(empty_at, moment)
            if not wait:
                self._empty_at[connection_id] = empty_at + limit.step()
                if len(self._empty_at) > MOST_KEPT:
                    self._forget(moment)
        return wait

    def _forget(self, moment: int) -> None:
        self._empty_at = {key: empty_at for key, empty_at in self._empty_at.items() if empty_at > moment}


_light = LightRequests()
