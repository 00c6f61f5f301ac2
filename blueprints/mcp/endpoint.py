"""POST /mcp. Who asks comes before what is asked, and every answer is JSON-RPC, whatever happens."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, g, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed, UnsupportedMediaType
from werkzeug.routing import Rule

from blueprints.auth.access_control import machine
from blueprints.mcp.authentication import identify
from blueprints.mcp.dispatch import answer
from blueprints.mcp.origins import Origins
from blueprints.mcp.protocol import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    PARSE_ERROR,
    TOO_MANY_REQUESTS,
    Message,
    ProtocolError,
    failure,
    read_message,
    status_of,
    success,
)
from blueprints.mcp.www_authenticate import InsufficientScope, Unauthorized, scope_challenge, unauthorized_challenge
from blueprints.web.errors import status_of as database_status
from config import Settings
from models.database.base import db
from models.oauth.call_rate_limit import TooFast
from models.request_scope import current_scope
from models.strict_json import BadJSON, parse_json

log = logging.getLogger("profile.mcp")

METHODS = ["POST", "OPTIONS"]
RETRY_AFTER = "2"


def make_blueprint(settings: Settings) -> Blueprint:
    """The blueprint of the endpoint, for these settings."""
    bp = Blueprint("mcp", __name__)
    origins = Origins.of(settings)

    @bp.endpoint("mcp.endpoint")
    @machine
    def endpoint() -> Response:
        origins.check(request)
        if request.method == "OPTIONS":
            return nothing(204)
        bearer = identify(settings)
        if request.method != "POST":
            raise MethodNotAllowed(
                METHODS, "Send JSON-RPC messages by POST. There are no streams and no sessions here."
            )
        if request.mimetype != "application/json":
            raise UnsupportedMediaType("The body must be JSON, and Content-Type must say so: application/json.")
        message: Message | None = None
        try:
            message = read_message(parse_json(request.get_data(cache=False)), request.headers)
            if message is None:
                return nothing(202)
            g.message_id = message.id
            current_scope().speaks(message.revision)
            return reply(success(message.id, answer(message, bearer, settings)))
        except BadJSON as error:
            return reply(failure(None, PARSE_ERROR, str(error)), 400)
        except ProtocolError as error:
            return reply(failure(g.get("message_id"), error.code, error.message, error.data), status_of(error, message))

    @bp.record_once
    def route(state: BlueprintSetupState) -> None:
        # Every method comes to the endpoint, known or not: clients probe with GET, and all get the challenge first.
        state.app.url_map.add(Rule("/mcp", endpoint="mcp.endpoint", strict_slashes=False))

    @bp.after_request
    def finish(response: Response) -> Response:
        origins.share(request, response)
        response.headers["Cache-Control"] = "no-store"
        return response

    answer_errors(bp, settings)
    return bp


def answer_errors(bp: Blueprint, settings: Settings) -> None:
    """What goes wrong before or beside JSON-RPC answers in its form too: never a page, never a stack."""

    @bp.errorhandler(Unauthorized)
    def unauthorized(error: Unauthorized) -> Response:
        db.session.rollback()
        return refusal(401, error.sentence, {"WWW-Authenticate": unauthorized_challenge(settings, error)})

    @bp.errorhandler(InsufficientScope)
    def insufficient_scope(error: InsufficientScope) -> Response:
        return refusal(403, error.sentence(settings), {"WWW-Authenticate": scope_challenge(settings, error)})

    @bp.errorhandler(TooFast)
    def too_fast(error: TooFast) -> Response:
        db.session.rollback()
        body = failure(g.get("message_id"), TOO_MANY_REQUESTS, str(error))
        return reply(body, 429, {"Retry-After": str(error.wait)})

    @bp.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        db.session.rollback()
        allow = {"Allow": ", ".join(METHODS)} if isinstance(error, MethodNotAllowed) else {}
        return refusal(error.code or 400, error.description or "This request cannot be answered.", allow)

    @bp.errorhandler(DBAPIError)
    @bp.errorhandler(PoolTimeout)
    def unavailable(error: Exception) -> Response:
        log.error("database error", exc_info=error)
        db.session.rollback()
        status = 507 if database_status(error) == 507 else 503
        sentence = "The server's database cannot take this now. Nothing was changed. Try again in a moment."
        return reply(failure(g.get("message_id"), INTERNAL_ERROR, sentence), status, {"Retry-After": RETRY_AFTER})

    @bp.errorhandler(Exception)
    def crashed(error: Exception) -> Response:
        log.error("unhandled error", exc_info=error)
        db.session.rollback()
        return reply(failure(g.get("message_id"), INTERNAL_ERROR, "Something went wrong on this server."), 500)


def refusal(status: int, sentence: str, headers: dict[str, str]) -> Response:
    return reply(failure(g.get("message_id"), INVALID_REQUEST, sentence), status, headers)


def nothing(status: int) -> Response:
    """An answer without a body, and so without a kind of content."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response


def reply(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, content_type="application/json")
