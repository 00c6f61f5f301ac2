"""One line for each request and each error, with the request id and without secrets: no query, no body, no cookie."""

from __future__ import annotations

import logging
import threading
import time

from flask import Flask, g, request
from werkzeug.wrappers import Response

from config import Settings
from log_lines import handler, log_end_of_thread
from models.request_scope import current_scope
from models.secrets import without_secrets

log = logging.getLogger("profile.requests")


# What load balancers and monitoring ask every few seconds is logged only if it is refused.
ASKED_OFTEN = frozenset({"static", "web.live", "web.ready", "web.metrics"})


def init_app(app: Flask, settings: Settings) -> None:
    root = logging.getLogger("profile")
    to_stderr = handler(settings.log_format)
    root.handlers = [to_stderr]
    root.setLevel(settings.log_level)
    root.propagate = False
    # What lost connections say when they are closed, and what ends a thread, would be plain text with a stack trace.
    pools = logging.getLogger("sqlalchemy")
    pools.handlers, pools.propagate = [to_stderr], False
    threading.excepthook = log_end_of_thread
    # Authlib logs whole tokens at DEBUG; its messages add nothing to the audit log.
    logging.getLogger("authlib").setLevel(logging.WARNING)

    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def log_request(response: Response) -> Response:
        asked_often = request.endpoint in ASKED_OFTEN and response.status_code != 401
        if log.isEnabledFor(logging.INFO) and not asked_often:
            log.info("request", extra=facts(response))
        return response


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
