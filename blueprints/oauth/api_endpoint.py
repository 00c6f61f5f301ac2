"""What the OAuth endpoints for programs share: errors in the JSON of the RFCs, uncached answers, and CORS."""

from __future__ import annotations

import logging
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError
from flask import Blueprint, Response, json, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from blueprints.auth.access_control import machine
from blueprints.web.errors import UNKNOWN, retry_after, status_of
from models.database import OutcomeUnknown, db

log = logging.getLogger("profile.oauth")

ALLOWED_HEADERS = (
    "Authorization, Content-Type, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID"
)


def open_api_endpoint(bp: Blueprint, *, browsers: bool = True) -> None:
    """Prepare a blueprint for programs: JSON, never HTML, never a stack trace. `browsers`: whether programs in browsers use it."""
    bp.register_error_handler(OAuth2Error, answer_error)
    bp.register_error_handler(HTTPException, answer_http_error)
    bp.register_error_handler(DBAPIError, answer_failure)
    bp.register_error_handler(PoolTimeout, answer_failure)
    bp.register_error_handler(Exception, answer_failure)
    if browsers:
        bp.after_request(add_cors_headers)


def allow_only_post(bp: Blueprint, path: str) -> None:
    """Answer all other methods in JSON too: without a route they would end on an error page."""
    allow_only(bp, path, "POST")


def allow_only(bp: Blueprint, path: str, *taken: str) -> None:
    """Answer all methods but these in JSON; the blueprint has its own routes for these."""
    others = [method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if method not in taken]

    @bp.route(path, methods=others, endpoint="wrong_method")
    @machine
    def wrong_method(**_parts: str) -> Response:
        response = error_response(
            InvalidRequestError(f"This endpoint accepts only {', '.join(taken)}.", status_code=405)
        )
        response.headers["Allow"] = ", ".join(sorted({*taken, "OPTIONS"}))
        return response


def answer_error(error: OAuth2Error) -> Response:
    db.session.rollback()
    return error_response(error)


def error_response(error: OAuth2Error) -> Response:
    """An error as RFC 6749 §5.2 and RFC 7591 §3.2.2 have it; the description is for a developer."""
    # A client that was removed must get `invalid_client` with 401, or it never registers again.
    if isinstance(error, InvalidClientError):
        error.status_code = 401
    status, body, headers = error()
    response = Response(json.dumps(body), status, headers)
    challenge = response.headers.get("WWW-Authenticate", "")
    if challenge.startswith("Basic "):
        # RFC 7617 §2: a Basic challenge names its realm.
        response.headers["WWW-Authenticate"] = challenge.replace("Basic ", 'Basic realm="Profile", ', 1)
    return response


def json_response(body: Any, status: int = 200) -> Response:
    """A response that must not be cached."""
    return Response(json.dumps(body), status, {"Content-Type": "application/json", "Cache-Control": "no-store"})


def answer_http_error(error: HTTPException) -> Response:
    status = error.code or 400
    sentence = "The body is too large for this endpoint." if status == 413 else "The request is not well formed."
    return answer_error(InvalidRequestError(sentence, status_code=status))


def answer_failure(error: Exception) -> Response:
    log.error("OAuth endpoint failed", exc_info=error)
    status = status_of(error)
    name = "server_error" if status == 500 else "temporarily_unavailable"
    text = str(UNKNOWN) if isinstance(error, OutcomeUnknown) else "Nothing was changed. Try again in a moment."
    response = answer_error(OAuth2Error(text, error=name, status_code=status))
    response.headers.extend(retry_after(status))
    return response


def add_cors_headers(response: Response) -> Response:
    # No cookie counts here, so any origin may call; pages never have these headers.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response
