"""Traces by OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT is set: requests, tool calls, statements and jobs.

Spans have routes and names of statements, never an address, a value, or anything that says who it was.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from flask import Flask, g, request
from sqlalchemy import event
from werkzeug.wrappers import Response

from config import UnsafeSettings
from models.database import db
from models.tracing import trace_with, tracing

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
PROTOCOL = "http/protobuf"
TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+\"?(\w+)", re.IGNORECASE)
NOT_TRACED = frozenset({"static", "web.live", "web.ready", "web.metrics"})


def init_app(app: Flask) -> None:
    """Trace, if the environment says where traces go. Stops the start if what that takes is not installed."""
    if not wanted(os.environ):
        return
    check(os.environ)
    trace_with(OpenTelemetry)
    app.before_request(begin)
    app.after_request(note_status)
    app.teardown_request(end)
    with app.app_context():
        watch_session()


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether traces are to be sent, by the variables that OpenTelemetry defines."""
    off = environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or environ.get("OTEL_TRACES_EXPORTER") == "none"
    return not off and any(environ.get(name) for name in ENDPOINTS)


def check(environ: Mapping[str, str]) -> None:
    if not all(is_installed(package) for package in PACKAGES):
        raise UnsafeSettings(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and the packages that send traces are not installed. "
            "Run: pip install -r requirements-otel.txt, or remove the variable."
        )
    for name in ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"):
        if environ.get(name, PROTOCOL) != PROTOCOL:
            raise UnsafeSettings(f"{name} must be {PROTOCOL}. Collectors usually take it on port 4318.")


def is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


class OpenTelemetry:
    """The tracer of this process, and the thread that sends what it makes."""

    def __init__(self) -> None:
        # A server that sends no traces need not have these.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "profile"}
        # Not the provider of the whole process: libraries would add spans of their own, with whatever they think fit.
        provider = TracerProvider(resource=Resource.create(named))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self.tracer: Tracer = provider.get_tracer("profile")

    @contextmanager
    def span(self, name: str, attributes: dict[str, str]) -> Iterator[None]:
        """A span for as long as the block takes. Of an error it has the type alone, since messages may repeat what was sent."""
        from opentelemetry.trace import Status, StatusCode

        with self.tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as made:
            try:
                yield
            except Exception as error:
                made.set_attribute("error.type", type(error).__name__)
                made.set_status(Status(StatusCode.ERROR))
                raise

    @contextmanager
    def statement(self, sql: str) -> Iterator[None]:
        """A span with the verb and the table. Outside of a request or a job there is none: the worker looks for work every second."""
        if self.trace_id() is None:
            yield
            return
        name, attributes = described(sql)
        with self.span(name, attributes):
            yield

    def trace_id(self) -> str | None:
        """The trace of the open span."""
        from opentelemetry.trace import format_trace_id, get_current_span

        context = get_current_span().get_span_context()
        return format_trace_id(context.trace_id) if context.is_valid else None

    def begin_request(self) -> tuple[Span, Any]:
        """The span of a request. Each begins a trace: a stranger's header decides neither its id nor whether it is kept, but is linked."""
        from opentelemetry import context
        from opentelemetry.trace import Link, SpanKind, get_current_span, set_span_in_context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        header = {"traceparent": request.headers.get("traceparent", "")}
        sent = get_current_span(TraceContextTextMapPropagator().extract(header, context.Context())).get_span_context()
        links = [Link(sent)] if sent.is_valid else []
        route = request.url_rule.rule if request.url_rule else ""
        made = self.tracer.start_span(
            f"{request.method} {route}".strip(),
            context=context.Context(),
            kind=SpanKind.SERVER,
            links=links,
            attributes={"http.request.method": request.method, "http.route": route},
        )
        return made, context.attach(set_span_in_context(made))


@lru_cache(maxsize=2_000)
def described(sql: str) -> tuple[str, dict[str, str]]:
    """A name for a statement, and what it says in attributes: the verb and the first table."""
    verb, table = sql.split(None, 1)[0].upper(), TABLE.search(sql)
    if table is None:
        return verb, {"db.operation.name": verb}
    return f"{verb} {table[1]}", {"db.operation.name": verb, "db.collection.name": table[1]}


def begin() -> None:
    made = tracing()
    if isinstance(made, OpenTelemetry) and request.endpoint not in NOT_TRACED:
        g.span, g.span_token = made.begin_request()


def note_status(response: Response) -> Response:
    if made := g.get("span"):
        made.set_attribute("http.response.status_code", response.status_code)
        made.set_attribute("profile.request_id", g.get("request_id", ""))
        if response.status_code >= 500:
            from opentelemetry.trace import Status, StatusCode

            made.set_status(Status(StatusCode.ERROR))
    return response


def end(_error: BaseException | None) -> None:
    from opentelemetry import context

    if (made := g.pop("span", None)) is not None:
        context.detach(g.pop("span_token"))
        made.end()


def watch_session() -> None:
    """Trace what runs through SQLAlchemy. Prepared statements trace themselves."""

    @event.listens_for(db.engine, "before_cursor_execute")
    def start(_connection: Any, _cursor: Any, sql: str, _values: Any, context: Any, _many: bool) -> None:
        if (made := tracing()) is not None and context is not None:
            context.profile_span = made.statement(sql)
            context.profile_span.__enter__()

    @event.listens_for(db.engine, "after_cursor_execute")
    def stop(_connection: Any, _cursor: Any, _sql: str, _values: Any, context: Any, _many: bool) -> None:
        if open_span := getattr(context, "profile_span", None):
            context.profile_span = None
            open_span.__exit__(None, None, None)

    @event.listens_for(db.engine, "handle_error")
    def fail(failed: Any) -> None:
        if open_span := getattr(failed.execution_context, "profile_span", None):
            failed.execution_context.profile_span = None
            error = failed.original_exception
            open_span.__exit__(type(error), error, error.__traceback__)
