"""Traces go where OTEL_EXPORTER_OTLP_ENDPOINT says, from each process that gunicorn forks, and hold nothing that people typed."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from blueprints.web.tracing import check, described, wanted
from config import ROOT, UnsafeSettings
from tests.mcp_client import MODERN, McpClient
from tests.server import variables

SENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collector(ThreadingHTTPServer):
    """What came, as spans and as text."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receiver)
        self.spans: list[Any] = []
        self.bodies: list[str] = []


class Receiver(BaseHTTPRequestHandler):
    """Takes what a collector takes."""

    server: Collector

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        message = ExportTraceServiceRequest.FromString(body)
        self.server.bodies.append(str(message))
        for resource in message.resource_spans:
            for scope in resource.scope_spans:
                self.server.spans.extend(scope.spans)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_told):
        """Nothing: the test sees what came."""


@pytest.fixture
def collector():
    with Collector() as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        yield serving
        serving.shutdown()


@pytest.fixture
def traced(serve, collector, monkeypatch):
    """Gunicorn, which sends its traces to the collector."""
    endpoint = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    monkeypatch.setattr("tests.server.variables", lambda settings: variables(settings) | endpoint)
    return serve(workers=2)


def attributes(span):
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_a_call_is_one_trace_of_its_own_from_the_request_to_the_statements(traced, claude, collector):
    with httpx2.Client(base_url=traced.url) as client:
        client.get("/sign-in?next=/a-secret-place")
        client.get("/join/a-secret-of-a-link")
        body, headers = McpClient(claude.app, claude.token, MODERN).message(
            "tools/call", {"name": "list_profiles", "arguments": {"search": "somebody-by-name"}}
        )
        headers |= {"Authorization": f"Bearer {claude.token}", "traceparent": SENT}
        answer = client.post("/mcp", json=body, headers=headers)
        assert answer.status_code == 200
    until = time.monotonic() + 20
    while not {"tools/call list_profiles", "GET /join/<secret>"} <= {span.name for span in collector.spans}:
        assert time.monotonic() < until, [span.name for span in collector.spans]
        time.sleep(0.1)
    [call] = [span for span in collector.spans if span.name == "tools/call list_profiles"]
    [request] = [span for span in collector.spans if span.span_id == call.parent_span_id]
    assert (request.name, attributes(request)["http.response.status_code"]) == ("POST /mcp", 200)
    assert not request.parent_span_id
    assert request.trace_id.hex() not in SENT
    assert [link.trace_id.hex() in SENT for link in request.links] == [True]
    below = [span for span in collector.spans if span.parent_span_id == call.span_id]
    assert {"SELECT profile", "INSERT audit_entry"} <= {span.name for span in below}
    assert {span.trace_id for span in below} == {call.trace_id}
    said = "".join(collector.bodies)
    for secret in ("secret-place", "secret-of-a-link", "somebody-by-name", claude.token, "127.0.0.1", "httpx"):
        assert secret not in said.replace("<secret>", ""), secret
    [line] = [line for line in traced.requests() if line["path"] == "/mcp"]
    assert line["trace_id"] == call.trace_id.hex()


def test_a_server_without_the_packages_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    with pytest.raises(UnsafeSettings, match="pip install -r requirements-otel.txt"):
        check({})


def test_another_protocol_than_the_one_that_is_spoken_stops_the_start():
    with pytest.raises(UnsafeSettings, match="OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf"):
        check({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})


def test_the_variables_of_opentelemetry_turn_it_on_and_off():
    there = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    assert wanted(there)
    assert wanted({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"})
    for off in ({}, there | {"OTEL_SDK_DISABLED": "true"}, there | {"OTEL_TRACES_EXPORTER": "none"}):
        assert not wanted(off)


def test_a_server_that_sends_no_traces_loads_nothing_for_them(settings):
    command = [sys.executable, "-c", "import sys, app; app.create_app(); print([*sys.modules])"]
    done = subprocess.run(command, cwd=ROOT, env=variables(settings), capture_output=True, text=True, check=True)
    assert not re.findall(r"'(?:opentelemetry\.sdk|opentelemetry\.exporter|prometheus_client)'", done.stdout)


def test_a_statement_goes_by_its_verb_and_its_table():
    names = {
        "SELECT profile.id FROM profile JOIN tag ON true WHERE name = 'Ana'": "SELECT profile",
        'INSERT INTO "user" (name) VALUES (?) ON CONFLICT DO UPDATE SET name = ?': "INSERT user",
        "UPDATE message SET state = 'sent'": "UPDATE message",
        "PRAGMA page_count": "PRAGMA",
    }
    assert {sql: described(sql)[0] for sql in names} == names
    assert "Ana" not in json.dumps([described(sql) for sql in names])
