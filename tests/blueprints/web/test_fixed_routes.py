"""A program's request that finds its route in the table is answered as one that Flask looks up."""

from __future__ import annotations

import pytest

CHANGING = {"X-Request-ID", "Date"}
SENT = {
    "an empty form": {"data": {}},
    "a form": {"data": {"grant_type": "refresh_token", "refresh_token": "pfr_unknown", "client_id": "nobody"}},
    "JSON": {"json": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}},
    "a token": {"json": {}, "headers": {"Authorization": "Bearer pfa_unknown"}},
    "an origin": {"json": {}, "headers": {"Origin": "https://elsewhere.example"}},
    "a cookie": {"json": {}, "headers": {"Cookie": "profile=forged"}},
}


@pytest.fixture
def told(app):
    def ask(path, sent):
        answer = app.test_client().post(path, **sent)
        headers = sorted((name, value) for name, value in answer.headers if name not in CHANGING)
        return answer.status_code, headers, answer.data

    return ask


@pytest.fixture
def routes(app):
    app.test_client().get("/healthz")
    assert {path for _, path in app._routes} >= {"/mcp", "/token", "/register", "/revoke", "/introspect"}
    return app._routes


def test_both_ways_give_the_same_answer(app, told, routes, monkeypatch):
    asked = [(path, name) for _, path in routes for name in SENT]
    short = {each: told(each[0], SENT[each[1]]) for each in asked}
    monkeypatch.setattr(app, "_routes", {})
    assert {each: told(each[0], SENT[each[1]]) for each in asked} == short


def test_a_foreign_host_name_is_looked_up_by_flask(app, routes, monkeypatch):
    found = []
    usual = app.create_url_adapter

    def watched(request):
        adapter = usual(request)
        found.append(request is not None and adapter is not None)
        return adapter

    monkeypatch.setattr(app, "create_url_adapter", watched)
    for host in ("localhost", "elsewhere.example"):
        app.test_client().post("/mcp", json={}, headers={"Host": host})
    assert sum(found) == 1
