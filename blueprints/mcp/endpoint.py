"""POST /mcp. Authentication comes before parsing, and every answer is JSON-RPC."""

from __future__ import annotations

import logging
from typing import cast

from flask import Blueprint, Response, current_app, g, request
from flask.blueprints import BlueprintSetupState
from mcp_types import INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR, ErrorData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, UnsupportedMediaType
from werkzeug.routing import Rule

from blueprints.auth.access_control import machine
from blueprints.mcp.authentication import identify
from blueprints.mcp.call_outcomes import InsufficientScope
from blueprints.mcp.dispatch import handle
from blueprints.mcp.origins import Origins
from blueprints.mcp.protocol import TOO_MANY_REQUESTS, Message, ProtocolError, failure, read_message, status_of, success
from blueprints.mcp.www_authenticate import Unauthorized, scope_challenge, unauthorized_challenge
from blueprints.web.errors import retry_after
from blueprints.web.errors import status_of as database_status
from config import current_settings
from models.database import db
from models.oauth import Bearer, TooFast
from models.request_scope import current_scope
from models.strict_json import BadJSON, parse_json

log = logging.getLogger("profile.mcp")
bp = Blueprint("mcp", __name__)

METHODS = ["POST", "OPTIONS"]


@bp.record_once
def add_route(state: BlueprintSetupState) -> None:
    """Route every method here, known or not: clients probe with GET, and all get the challenge first."""
    state.app.url_map.add(Rule("/mcp", endpoint="mcp.endpoint", strict_slashes=False))
    state.app.extensions["origins"] = Origins.of(state.app.config["PROFILE"])


@bp.endpoint("mcp.endpoint")
@machine
def endpoint() -> Response:
    """The address at which apps speak MCP."""
    origins().check(request)
    if request.method == "OPTIONS":
        return empty_reply(204)
    bearer = identify(current_settings())
    if request.method != "POST":
        raise MethodNotAllowed(METHODS, "Send JSON-RPC messages by POST. There are no streams and no sessions here.")
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("The body must be JSON, and Content-Type must say so: application/json.")
    return answer(bearer)


def answer(bearer: Bearer) -> Response:
    """The answer to the message in the body."""
    message: Message | None = None
    try:
        message = read_message(parse_json(request.get_data(cache=False)), request.headers)
        if message is None:
            return empty_reply(202)
        g.message_id = message.id
        current_scope().set_revision(message.revision)
        return reply(success(message.id, handle(message, bearer, current_settings())))
    except BadJSON as error:
        return error_reply(400, PARSE_ERROR, str(error))
    except ProtocolError as error:
        return reply(failure(g.get("message_id"), error.error), status_of(error, message))


@bp.after_request
def add_headers(response: Response) -> Response:
    origins().add_cors_headers(request, response)
    response.headers["Cache-Control"] = "no-store"
    return response


# Errors before or beside JSON-RPC are answered in its format too: never a page, never a stack trace.


@bp.errorhandler(Unauthorized)
def answer_unauthorized(error: Unauthorized) -> Response:
    db.session.rollback()
    return error_reply(
        401, INVALID_REQUEST, error.text, {"WWW-Authenticate": unauthorized_challenge(current_settings(), error)}
    )


@bp.errorhandler(InsufficientScope)
def answer_insufficient_scope(error: InsufficientScope) -> Response:
    challenge = {"WWW-Authenticate": scope_challenge(current_settings(), error)}
    return error_reply(403, INVALID_REQUEST, error.describe(current_settings()), challenge)


@bp.errorhandler(TooFast)
def answer_rate_limited(error: TooFast) -> Response:
    db.session.rollback()
    return error_reply(429, TOO_MANY_REQUESTS, str(error), {"Retry-After": str(error.wait)})


@bp.errorhandler(HTTPException)
def answer_http_error(error: HTTPException) -> Response:
    db.session.rollback()
    allow = {"Allow": ", ".join(METHODS)} if isinstance(error, MethodNotAllowed) else {}
    text = error.description or "This request cannot be answered."
    return error_reply(error.code or 400, INVALID_REQUEST, text, allow)


@bp.errorhandler(DBAPIError)
@bp.errorhandler(PoolTimeout)
@bp.errorhandler(StaleDataError)
def answer_unavailable(error: Exception) -> Response:
    log.error("database error", exc_info=error)
    db.session.rollback()
    status = 507 if database_status(error) == 507 else 503
    text = "The server's database is not available. Nothing was changed. Try again in a moment."
    return error_reply(status, INTERNAL_ERROR, text, retry_after(503))


@bp.errorhandler(Exception)
def answer_crash(error: Exception) -> Response:
    log.error("unhandled error", exc_info=error)
    db.session.rollback()
    return error_reply(500, INTERNAL_ERROR, "Something went wrong on this server.")


def error_reply(status: int, code: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return reply(failure(g.get("message_id"), ErrorData(code=code, message=text)), status, headers)


def empty_reply(status: int) -> Response:
    """A response without a body, and therefore without a content type."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response


def reply(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, content_type="application/json")


def origins() -> Origins:
    return cast(Origins, current_app.extensions["origins"])
