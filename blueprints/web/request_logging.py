"""One JSON line for each request and each error, with the request id and without secrets: no query, no body, no cookie."""

from __future__ import annotations

import logging
import sys
import threading
import time

from flask import Flask, g, has_request_context, request
from pythonjsonlogger.orjson import OrjsonFormatter
from werkzeug.wrappers import Response

from config import Settings
from models.database import outage
from models.request_scope import current_scope
from models.secrets import without_secrets

log = logging.getLogger("profile.requests")


class WithRequest(logging.Filter):
    """Adds the request id to each log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        if has_request_context():
            record.request_id = g.get("request_id")
        return True


class WithoutOutages(logging.Filter):
    """Replaces the stack trace of a database that is away by its reason: such lines come by the thousand."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and (reason := outage(record.exc_info[1])):
            record.exc_info = None
            record.reason = reason
        return True


def init_app(app: Flask, settings: Settings) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(WithRequest())
    handler.addFilter(WithoutOutages())
    handler.setFormatter(OrjsonFormatter("%(levelname)s %(name)s %(message)s", timestamp=True))
    root = logging.getLogger("profile")
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    root.propagate = False
    # What lost connections say when they are closed, and what ends a thread, would be plain text with a stack trace.
    pools = logging.getLogger("sqlalchemy")
    pools.handlers, pools.propagate = [handler], False
    threading.excepthook = log_end_of_thread
    # Authlib logs whole tokens at DEBUG; its messages add nothing to the audit log.
    logging.getLogger("authlib").setLevel(logging.WARNING)

    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def log_request(response: Response) -> Response:
        if log.isEnabledFor(logging.INFO) and request.endpoint not in {"static", "web.live", "web.ready"}:
            log.info("request", extra=facts(response))
        return response


def log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        logging.getLogger("profile.errors").error("a thread has ended by an error", exc_info=ended.exc_value)


def facts(response: Response) -> dict[str, object]:
    who = current_scope().actor
    return {
        "method": request.method,
        # Some links have secrets in their path, as /join/<secret> does. A mistyped one matches no route, so check the text.
        "path": without_secrets(request.path),
        "sent_request_id": who.sent_request_id,
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
        "account": str(who.account_id) if who.account_id else None,
        "member": str(who.member_id) if who.member_id else None,
        "connection": str(who.connection_id) if who.connection_id else None,
    }
