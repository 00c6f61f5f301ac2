"""POST /mcp. Authentication comes before parsing, and every answer is JSON-RPC."""

from __future__ import annotations

import logging
from typing import Any, cast

from flask import Blueprint, Response, current_app, g, make_response, render_template, request
from flask.blueprints import BlueprintSetupState
from flask_babel import force_locale
from mcp_types import INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR, ErrorData, RequestId
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, UnsupportedMediaType
from werkzeug.routing import Rule

from blueprints.auth.access_control import machine
from blueprints.auth.language import reader_language
from blueprints.auth.sessions import anonymous_for_request
from blueprints.mcp.authentication import identify
from blueprints.mcp.call_outcomes import InsufficientScope, NotCommitted
from blueprints.mcp.dispatch import handle
from blueprints.mcp.origins import Origins
from blueprints.mcp.protocol import (
    TOO_MANY_REQUESTS,
    Message,
    ProtocolError,
    failure,
    is_batch,
    malformed,
    read_message,
    status_of,
    success,
)
from blueprints.mcp.www_authenticate import Unauthorized, scope_challenge, unauthorized_challenge
from blueprints.web.errors import UNKNOWN, retry_after
from blueprints.web.errors import status_of as database_status
from config import current_settings
from models.database import OutcomeUnknown, db, on_one_connection
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
    if opened_by_a_person():
        return show_address()
    with on_one_connection():
        return authenticated_answer()


def authenticated_answer() -> Response:
    bearer = identify(current_settings())
    if request.method != "POST":
        raise MethodNotAllowed(METHODS, "Send JSON-RPC messages by POST. There are no streams and no sessions here.")
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("The body must be JSON, and Content-Type must say so: application/json.")
    return answer(bearer)


def opened_by_a_person() -> bool:
    """Whether somebody has opened the address in a browser: nothing else asks for a page by name, without a token."""
    if request.method not in {"GET", "HEAD"} or "Authorization" in request.headers:
        return False
    return "text/html" in request.accept_mimetypes.values()


def show_address() -> Response:
    """A page that says what this address is for, in the browser's language. Whose browser it is means nothing here."""
    anonymous_for_request()
    with force_locale(reader_language()):
        return make_response(render_template("mcp/address.html", address=current_settings().mcp_url))


def answer(bearer: Bearer) -> Response:
    """The answer to the message in the body, or to all messages of a batch."""
    try:
        body = parse_json(request.get_data(cache=False))
    except BadJSON as error:
        return error_reply(400, PARSE_ERROR, str(error))
    return answer_batch(body) if is_batch(body, request.headers) else answer_message(body, bearer)


def answer_batch(bodies: list[Any]) -> Response:
    """The answers to a batch, in its order. Each message is a request by itself: what one has done stays done whatever comes after."""
    answers = [answered.get_data() for each in bodies if (answered := answer_one_of_batch(each)).content_length]
    return reply(b"[" + b",".join(answers) + b"]") if answers else empty_reply(202)


def answer_one_of_batch(body: Any) -> Response:
    """The answer that the message would get alone; who asks is looked at again, since the message before may have changed it."""
    g.pop("message", None)
    try:
        return answer_message(body, identify(current_settings()), in_batch=True)
    except Exception as error:  # noqa: BLE001 (each has its handler below)
        return current_app.make_response(current_app.handle_user_exception(error))


def answer_message(body: Any, bearer: Bearer, *, in_batch: bool = False) -> Response:
    message = read_message(body, request.headers)
    if message is None:
        return empty_reply(202)
    g.message = message
    if in_batch and message.method == "initialize":
        raise malformed("initialize cannot be part of a batch.")
    current_scope().set_revision(message.revision)
    return reply(success(message.id, handle(message, bearer, current_settings())))


@bp.after_request
def add_headers(response: Response) -> Response:
    response.headers["Vary"] = "Origin, Accept"
    origins().add_cors_headers(request, response)
    response.headers["Cache-Control"] = "no-store"
    return response


# Errors before or beside JSON-RPC are answered in its format too: never a page, never a stack trace.


@bp.errorhandler(ProtocolError)
def answer_protocol_error(error: ProtocolError) -> Response:
    return reply(failure(message_id(), error.error), status_of(error, g.get("message")))


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
@bp.errorhandler(NotCommitted)
def answer_unavailable(error: Exception) -> Response:
    log.error("database error", exc_info=error)
    db.session.rollback()
    status = 507 if database_status(error) == 507 else 503
    text = "The server's database is not available. Nothing was changed. Try again in a moment."
    return error_reply(status, INTERNAL_ERROR, text, retry_after(503))


@bp.errorhandler(OutcomeUnknown)
def answer_unknown(error: OutcomeUnknown) -> Response:
    log.error("database error", exc_info=error)
    db.session.rollback()
    text = f"{UNKNOWN} If it was done, the audit log has an entry for request {g.request_id}."
    return error_reply(500, INTERNAL_ERROR, text)


@bp.errorhandler(Exception)
def answer_crash(error: Exception) -> Response:
    log.error("unhandled error", exc_info=error)
    db.session.rollback()
    return error_reply(500, INTERNAL_ERROR, "Something went wrong on this server.")


def error_reply(status: int, code: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return reply(failure(message_id(), ErrorData(code=code, message=text)), status, headers)


def message_id() -> RequestId | None:
    """The id of the request that is being answered; None where it could not be read."""
    message: Message | None = g.get("message")
    return message.id if message else None


def empty_reply(status: int) -> Response:
    """A response without a body, and therefore without a content type."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response


def reply(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, content_type="application/json")


def origins() -> Origins:
    return cast(Origins, current_app.extensions["origins"])
