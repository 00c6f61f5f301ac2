"""What the OAuth doors for programs share: errors in the JSON of the RFCs, answers that nobody caches, and CORS."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from blueprints.auth.access_control import machine
from blueprints.web.errors import status_of
from models.database.base import db

log = logging.getLogger("profile.oauth")

ALLOWED_HEADERS = (
    "Authorization, Content-Type, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID"
)


def machine_door(bp: Blueprint, *, browsers: bool = True) -> None:
    """Give a blueprint the manners of a door for programs. Never HTML, never a stack. `browsers`: whether programs in browsers use it."""
    bp.register_error_handler(HTTPException, refused)
    bp.register_error_handler(DBAPIError, failed)
    bp.register_error_handler(PoolTimeout, failed)
    bp.register_error_handler(Exception, failed)
    if browsers:
        bp.after_request(open_to_browsers)


def only_post(bp: Blueprint, path: str) -> None:
    """Answer every other method in JSON too: what no route takes would otherwise end on a page."""
    only(bp, path, "POST")


def only(bp: Blueprint, path: str, *taken: str) -> None:
    """Answer every method but these in JSON; the routes for these are the blueprint's own."""
    others = [method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if method not in taken]

    @bp.route(path, methods=others, endpoint="wrong_method")
    @machine
    def wrong_method(**_parts: str) -> Response:
        response = oauth_error("invalid_request", f"This endpoint takes {', '.join(taken)} only.", 405)
        response.headers["Allow"] = ", ".join(sorted({*taken, "OPTIONS"}))
        return response


def oauth_error(error: str, description: str, status: int = 400) -> Response:
    """An error as RFC 6749 §5.2 and RFC 7591 §3.2.2 have it; the description is for a developer."""
    response = jsonify(error=error, error_description=description)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def refused(error: HTTPException) -> Response:
    db.session.rollback()
    status = error.code or 400
    sentence = "The body is larger than this endpoint takes." if status == 413 else "The request is not well formed."
    return oauth_error("invalid_request", sentence, status)


def failed(error: Exception) -> Response:
    log.error("machine door failed", exc_info=error)
    db.session.rollback()
    status = status_of(error)
    name = "server_error" if status == 500 else "temporarily_unavailable"
    return oauth_error(name, "Nothing was changed. Try again in a moment.", status)


def open_to_browsers(response: Response) -> Response:
    # No cookie counts here, so any origin may ask (oauth.md §4); pages never carry these headers.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response
