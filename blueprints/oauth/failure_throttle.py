"""Failed requests of apps are counted: for the connection they are about, else for the app, and last for the address they come from.

What succeeds is never held back. Every secret here has 256 random bits, so that guessing is hopeless without any limit; what a
limit could do is to keep the good requests of an assistant from coming through, whose others share its name and its address.
"""

from __future__ import annotations

import uuid

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, g

from blueprints.oauth.api_endpoint import error_response
from blueprints.web.request_context import sender
from config import current_settings
from models.rate_limits import Limit, counted
from models.rate_limits.buckets import take

# Said to a device that waits, and by what holds back already.
NOT_COUNTED = frozenset({"authorization_pending", "slow_down", "temporarily_unavailable"})


class TooManyRequests(OAuth2Error):
    """Too many (RFC 6585 §4), with the seconds to wait; raised or, by what counts failures, put in place of another answer."""

    # The one registered code that clients take for what it is: they keep what they hold and come again (docs/decisions/0012).
    error = "temporarily_unavailable"

    def __init__(self, wait: int, sentence: str) -> None:
        super().__init__(f"{sentence} Try again in {wait} seconds.", status_code=429)
        self.wait = wait

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("Retry-After", str(self.wait))]


def limit_failures(bp: Blueprint) -> None:
    """Count the failures of these endpoints, and answer 429 to those beyond the limit."""
    bp.after_request(replace_failure)


def about(thing: uuid.UUID | None) -> None:
    """Remember which app this request is about or, once that is known, which connection: should it fail, others have nothing of it."""
    g.failure_of = thing


def replace_failure(response: Response) -> Response:
    """The answer as it is or, to a failure after too many others, when to come again."""
    if response.status_code not in {400, 401} or (response.get_json(silent=True) or {}).get("error") in NOT_COUNTED:
        return response
    limit = Limit.per_minute(current_settings().limit_token_failures)
    wait = take(counted(limit, "failures", g.get("failure_of"), sender()))
    return error_response(TooManyRequests(wait, "Too many requests like this one have failed.")) if wait else response
