"""Failed requests of apps are counted: for the connection they are about, else for the app, and last for the address they come from.

What succeeds is never held back. Every secret here has 256 random bits, so that guessing is hopeless without any limit; what a
limit could do is to keep the good requests of an assistant from coming through, whose others share its name and its address.
"""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, current_app, g, jsonify

from blueprints.web.request_context import sender
from config import Settings
from models.rate_limits.buckets import Limit, counted, take

# Said to a device that waits, and by what holds back already.
NOT_COUNTED = frozenset({"authorization_pending", "slow_down", "temporarily_unavailable"})
# The one registered code that clients take for what it is: they keep what they hold and come again (docs/decisions/0012).
LATER = "temporarily_unavailable"


def hold_back_failures(bp: Blueprint) -> None:
    """Count the failures of these doors, and answer 429 to those beyond the limit."""
    bp.after_request(held_back)


def about(thing: uuid.UUID | None) -> None:
    """Remember which app this request is about or, once that is known, which connection: should it fail, others have nothing of it."""
    g.failure_of = thing


def held_back(response: Response) -> Response:
    """The answer as it is or, to a failure after too many others, when to come again."""
    if response.status_code not in {400, 401} or (response.get_json(silent=True) or {}).get("error") in NOT_COUNTED:
        return response
    settings: Settings = current_app.config["PROFILE"]
    limit = Limit.per_minute(settings.limit_token_failures)
    wait = take(counted(limit, "failures", g.get("failure_of"), sender()))
    return later(wait, "Too many requests like this one have failed.") if wait else response


def later(wait: int, sentence: str) -> Response:
    """Too many (RFC 6585 §4): in the JSON of the RFCs, with the seconds to wait."""
    response = jsonify(error=LATER, error_description=f"{sentence} Come again in {wait} seconds.")
    response.status_code = 429
    response.headers["Retry-After"] = str(wait)
    response.headers["Cache-Control"] = "no-store"
    return response
