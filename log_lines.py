"""How a line of the log is written, by the app, by gunicorn and by `flask work` alike: as JSON, or as text for somebody at a terminal."""

from __future__ import annotations

import json
import logging
import sys
import threading
from logging import LogRecord
from typing import Any

from flask import g, has_request_context
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.orjson import OrjsonFormatter

from models.database import outage
from models.tracing import tracing

PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/@+")


class JsonLines(OrjsonFormatter):
    """One JSON object for each record. A traceback is a field of it."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s %(message)s", timestamp=True)


class TextLines(logging.Formatter):
    """Time, level, message and whatever else is known; a traceback in lines of its own."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: LogRecord) -> str:  # noqa: N802 -- as logging calls it
        """The line without its traceback."""
        return " ".join([super().formatMessage(record), *more(record)])


def more(record: LogRecord) -> list[str]:
    """The fields that were given with a record, as text that stays on the line."""
    given = {key: value for key, value in vars(record).items() if key not in RESERVED_ATTRS and value is not None}
    return [
        f"{key}={value if PLAIN.issuperset(str(value)) else json.dumps(str(value))}" for key, value in given.items()
    ]


class WithRequest(logging.Filter):
    """Adds the request id to each log line, and where there are traces, the trace."""

    def filter(self, record: LogRecord) -> bool:
        """Keep every line."""
        if has_request_context():
            record.request_id = g.get("request_id")
        if (made := tracing()) is not None and (trace_id := made.trace_id()):
            record.trace_id = trace_id
        return True


class WithoutOutages(logging.Filter):
    """Replaces the stack trace of a database that is away by its reason: such lines come by the thousand."""

    def filter(self, record: LogRecord) -> bool:
        if record.exc_info and (reason := outage(record.exc_info[1])):
            record.exc_info = None
            record.reason = reason
        return True


def formatter(log_format: str) -> logging.Formatter:
    """The formatter for LOG_FORMAT."""
    as_text = sys.stderr.isatty() if log_format == "auto" else log_format == "text"
    return TextLines() if as_text else JsonLines()


def handler(log_format: str) -> logging.Handler:
    """Writes to standard error."""
    writing = logging.StreamHandler(sys.stderr)
    writing.addFilter(WithRequest())
    writing.addFilter(WithoutOutages())
    writing.setFormatter(formatter(log_format))
    return writing


def for_process(log_format: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`: what libraries and gunicorn say of interest, in lines like ours."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"stderr": {"()": handler, "log_format": log_format}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"gunicorn.error": {"handlers": ["stderr"], "propagate": False}},
    }


def log_what_python_says() -> None:
    """Let warnings, and errors that end a thread, be lines of the log too."""
    logging.captureWarnings(True)
    threading.excepthook = log_end_of_thread


def log_end_of_thread(end: threading.ExceptHookArgs) -> None:
    """Say in one line that an error has ended a thread."""
    if end.exc_type is not SystemExit:
        error = end.exc_value or end.exc_type()
        logging.getLogger("profile.errors").error(
            "a thread has ended", exc_info=error, extra={"thread_name": end.thread.name if end.thread else None}
        )
