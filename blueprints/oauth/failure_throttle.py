"""Counts failed requests of apps: by the connection they are about, else by the app, and else by their IP address.

Successful requests are never throttled. Every secret has 256 random bits, so guessing is hopeless even without a limit. A limit
on all requests could only block the good ones of an app that shares its client ID and IP address with others.
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

# The errors of a device that polls, and of a request that was throttled already.
NOT_COUNTED = frozenset({"authorization_pending", "slow_down", "temporarily_unavailable"})


class TooManyRequests(OAuth2Error):
    """Too many requests (RFC 6585 §4), with the seconds to wait; raised, or returned in place of another answer."""

    # The one registered code that clients understand: they keep what they have and retry (docs/decisions/0012).
    error = "temporarily_unavailable"

    def __init__(self, wait: int, sentence: str) -> None:
        super().__init__(f"{sentence} Try again in {wait} seconds.", status_code=429)
        self.wait = wait

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("Retry-After", str(self.wait))]


def limit_failures(bp: Blueprint) -> None:
    """Count the failures of these endpoints, and answer 429 to those over the limit."""
    bp.after_request(replace_failure)


def about(thing: uuid.UUID | None) -> None:
    """Remember the app or, once known, the connection of this request, so that its failure is not counted for others."""
    g.failure_of = thing


def replace_failure(response: Response) -> Response:
    """The answer unchanged or, for one failure too many, when to retry."""
    if response.status_code not in {400, 401} or (response.get_json(silent=True) or {}).get("error") in NOT_COUNTED:
        return response
    limit = Limit.per_minute(current_settings().limit_token_failures)
    wait = take(counted(limit, "failures", g.get("failure_of"), sender()))
    return error_response(TooManyRequests(wait, "Too many requests like this one have failed.")) if wait else response
