"""Error pages: what happened and what to do, never a stack trace."""

from __future__ import annotations

import logging

from flask import Flask, g, make_response, render_template, session
from flask_babel import force_locale, lazy_gettext
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from blueprints.auth.access_control import OtherAccount
from blueprints.auth.reauthentication import way_back
from models.accounts import Member
from models.database import OutcomeUnknown, db, outage
from models.errors import Invalid, NotAllowed, NotFound, Problem
from models.request_scope import current_scope
from models.text import ENGLISH

log = logging.getLogger("profile.errors")

SENTENCES = {
    400: (lazy_gettext("Invalid request"), lazy_gettext("Go back, reload the page and try again.")),
    401: (lazy_gettext("You are not signed in"), lazy_gettext("Sign in and try again.")),
    403: (
        lazy_gettext("You do not have permission"),
        lazy_gettext("Your role in this account does not allow it. An Owner can change your role."),
    ),
    404: (
        lazy_gettext("Page not found"),
        lazy_gettext(
            "There is no page at this address. It may have been deleted, or belong to another account. "
            "Check the address or switch accounts."
        ),
    ),
    405: (lazy_gettext("This action is not available here"), lazy_gettext("Go back and use the buttons on the page.")),
    409: (
        lazy_gettext("Something else changed this at the same moment"),
        lazy_gettext("Nothing was changed. Go back, reload the page and try again."),
    ),
    413: (lazy_gettext("The upload is too large"), lazy_gettext("Go back and send less at a time.")),
    415: (lazy_gettext("This type of content is not supported"), lazy_gettext("Go back and try again.")),
    421: (
        lazy_gettext("Wrong server address"),
        lazy_gettext(
            "Use the address that you were given. Server administrators: check PUBLIC_URL, and let the proxy pass on the Host header."
        ),
    ),
    429: (lazy_gettext("Too many attempts"), lazy_gettext("Wait a minute and try again.")),
    500: (
        lazy_gettext("Something went wrong on our side"),
        lazy_gettext("Nothing was changed. Try again. If it happens again, send support the number below."),
    ),
    503: (lazy_gettext("The server is busy"), lazy_gettext("Nothing was changed. Try again in a moment.")),
    507: (
        lazy_gettext("The server's storage is full"),
        lazy_gettext("Nothing was changed. Tell the server administrator."),
    ),
}

UNCERTAIN = lazy_gettext("We do not know whether this was saved")
# For programs as well.
UNKNOWN = lazy_gettext(
    "The database failed while this was being saved, so it may or may not have been done. Look before you try again."
)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(OtherAccount, other_account)
    app.register_error_handler(Problem, problem)
    app.register_error_handler(IntegrityError, database_error)
    app.register_error_handler(StaleDataError, database_error)
    app.register_error_handler(OperationalError, database_error)
    app.register_error_handler(PoolTimeout, database_error)
    app.register_error_handler(Exception, crash)


def page(status: int, what: object = None, todo: object = None) -> tuple[str, int]:
    """The error page for a status, with specific text where there is some."""
    usual_what, usual_todo = SENTENCES.get(status, SENTENCES[400 if status < 500 else 500])
    shown = {
        "status": status,
        "what": usual_what if what is None else what,
        "todo": usual_todo if todo is None else todo,
        "request_id": g.get("request_id", ""),
    }
    try:
        return render_template("errors/page.html", **shown), status
    except Exception as error:
        # The page's layout asks the database who is signed in, and in which language they read; if that fails, show the message alone.
        if not outage(error):
            log.exception("the error page failed")
        undo()
        with force_locale(ENGLISH):
            what, todo = escape(shown["what"]), escape(shown["todo"])
        return f"<!doctype html><title>{what}</title><h1>{what}</h1><p>{todo}", status


def too_many_requests(shown: str, wait: int) -> Response:
    """A page that says to try again later (RFC 6585 §4), with the seconds to wait."""
    response = make_response(shown, 429)
    response.headers["Retry-After"] = str(wait)
    return response


def undo() -> None:
    """Roll back; a connection that died is closed instead."""
    try:
        db.session.rollback()
    except SQLAlchemyError:
        db.session().invalidate()


def http_error(error: HTTPException) -> Response | tuple[str, int, dict[str, str]]:
    undo()
    if error.code is None or error.code < 400:
        return error.get_response()
    # A 405 names the allowed methods (RFC 9110 §15.5.6).
    taken = error.valid_methods or () if isinstance(error, MethodNotAllowed) else ()
    return *page(error.code), {"Allow": ", ".join(sorted(taken))} if taken else {}


def stale_form(_error: CSRFError) -> tuple[str, int]:
    return page(
        400,
        _("This form is out of date"),
        _(
            "You signed in or out while it was open, or this browser keeps no cookies. Nothing was changed. "
            "Go back, reload the page and send the form again."
        ),
    )


def other_account(error: OtherAccount) -> tuple[str, int]:
    """Name the account only to a person who is still a member of it."""
    member = Member.of(current_user.id, error.account_id)
    return render_template("errors/other_account.html", meant=member and member.account, back=way_back()), 409


def problem(error: Problem) -> tuple[str, int]:
    """A rule in models refused the request; roll back."""
    db.session.rollback()
    if isinstance(error, NotFound):
        return page(404)
    if isinstance(error, NotAllowed):
        return page(403, _("This is not possible"), error.message)
    what = _("Check your entries") if isinstance(error, Invalid) else None
    return page(400, what, error.message)


def status_of(error: Exception) -> int:
    """409 for a conflict of two requests, 503 if the database is down or busy, 507 if its disk is full.

    500 for our own faults, and where it is unknown what was done: programs send again what 503 has answered.
    """
    if isinstance(error, OutcomeUnknown):
        return 500
    if isinstance(error, IntegrityError | StaleDataError):
        return 409
    text = str(error).lower()
    if "disk is full" in text or "disk full" in text or "no space left" in text:
        return 507
    return 503 if isinstance(error, OperationalError | PoolTimeout) else 500


def retry_after(status: int) -> dict[str, str]:
    """The header that says when to try again (RFC 9110 §10.2.3): soon, if the database is busy."""
    return {"Retry-After": "2"} if status == 503 else {}


def database_error(error: DBAPIError | PoolTimeout | StaleDataError) -> tuple[str, int, dict[str, str]]:
    log.error("database error", exc_info=error)
    undo()
    # The page asks who is signed in: without this it would wait for its turn to write, once more.
    current_scope().begin_reading()
    # Messages of success that were prepared for the next page are not true any more.
    session.pop("_flashes", None)
    status = status_of(error)
    told = (UNCERTAIN, UNKNOWN) if isinstance(error, OutcomeUnknown) else ()
    return *page(status, *told), retry_after(status)


def crash(error: Exception) -> tuple[str, int]:
    log.error("unhandled error", exc_info=error)
    undo()
    return page(500)
