"""What Prometheus reads: numbers of all processes together, for those who have the token alone."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select, update

from app import create_app
from models import metrics
from models.accounts.account import Account
from models.audit.seal import seal_log
from models.database.base import db, now
from models.database.leader_election import election
from models.mail.message import Kind, Message
from models.metrics import Counter, Gauge, Histogram, Rows

TOKEN = "a-token-of-prometheus"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def settings(settings):
    return replace(settings, metrics_token=TOKEN)


@pytest.fixture
def numbers(client):
    """The numbers now, by name and labels."""
    return lambda: read(client.get("/metrics", headers=BEARER).text)


def read(text):
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def more(after, before, *key):
    return after[key] - before[key]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Basic {TOKEN}"},
        {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
    ],
)
def test_without_the_token_nobody_reads_them_on_this_machine_either(client, headers):
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert b"profile_" not in answer.data


def test_a_server_without_a_token_has_no_such_page(settings):
    plain = create_app(replace(settings, metrics_token=""))
    assert plain.test_client().get("/metrics", headers=BEARER).status_code == 404
    assert plain.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_requests_are_counted_by_kind_and_status_and_those_of_monitoring_are_not(client, numbers):
    before = numbers()
    for path in ("/sign-in", "/nothing-here", "/.well-known/oauth-authorization-server", "/livez", "/readyz"):
        client.get(path)
    client.post("/token", data={"grant_type": "refresh_token", "client_id": "nobody", "refresh_token": "x"})
    client.post("/mcp")
    after = numbers()
    changed = {key[1:]: more(after, before, *key) for key in after if key[0] == "profile_requests_total"}
    assert {key: number for key, number in changed.items() if number} == {
        ("200", "page"): 1,
        ("404", "page"): 1,
        ("200", "oauth"): 1,
        ("401", "oauth"): 1,
        ("401", "mcp"): 1,
    }
    assert more(after, before, "profile_request_duration_seconds_count", "page") == 2
    assert more(after, before, "profile_token_requests_total", "invalid_client") == 1


def test_tool_calls_are_counted_by_tool_and_reason_and_no_name_that_was_sent_is_a_label(claude, client, numbers):
    before = numbers()
    claude.call("list_tags")
    claude.call("get_profile", profile_id=str(uuid4()))
    claude.call("no_such_tool")
    after = numbers()
    assert more(after, before, "profile_tool_calls_total", "allowed", "list_tags") == 1
    assert more(after, before, "profile_tool_calls_total", "failed", "get_profile") == 1
    assert more(after, before, "profile_tool_calls_total", "refused", "unknown") == 1
    assert more(after, before, "profile_tool_calls_not_done_total", "not_found") == 1
    assert more(after, before, "profile_tool_calls_not_done_total", "unknown_tool") == 1
    assert more(after, before, "profile_audit_entries_total", "allowed") == 1
    assert more(after, before, "profile_audit_entries_total", "refused") == 1
    text = client.get("/metrics", headers=BEARER).text
    assert "no_such_tool" not in text
    assert 'other"' not in text
    assert not re.search(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}|@|Claude", text)


def test_a_label_that_nobody_declared_is_other():
    counter = object.__new__(Counter)
    counter.labels = {"reason": ["known"]}
    assert counter.lay_out(7) == 9
    assert (counter.places[("known",)], counter.other) == (7, 8)


@pytest.mark.both_databases
def test_what_is_late_is_shown_with_its_age_and_whether_anybody_works(app, alice, numbers):
    with app.app_context():
        Message.post(Kind.MEMBER_INVITATION, "dora@example.com", account_id=alice.account_id)
        db.session.execute(update(Message).values(due_at=now() - timedelta(hours=1)))
        db.session.commit()
        found = numbers()
        assert found["profile_work_due", "mail"] == 1
        assert 3600 <= found["profile_work_due_age_seconds", "mail"] < 3660
        assert found["profile_work_due_age_seconds", "debrief"] == 0
        assert found["profile_worker_up",] == 0
        lock = election(db.engine)
        assert lock.won()
        assert numbers()["profile_worker_up",] == 1
        assert lock.won()
        lock.resign()
        assert numbers()["profile_worker_up",] == 0


@pytest.mark.both_databases
def test_an_entry_without_a_seal_ages(app, claude, numbers):
    claude.call("list_tags")
    assert 0 < numbers()["profile_audit_unsealed_age_seconds",] < 60
    with app.app_context():
        for account_id in db.session.scalars(select(Account.id)):
            seal_log(account_id, until=now() + timedelta(minutes=1))
        db.session.commit()
    assert numbers()["profile_audit_unsealed_age_seconds",] == 0


@pytest.mark.both_databases
def test_connections_and_waits_are_measured(app, database, claude, numbers):
    before = numbers()
    with app.app_context():
        held = db.engine.connect()
        after = numbers()
        held.close()
    assert after["profile_database_connections_in_use",] == 1
    assert numbers()["profile_database_connections_in_use",] == 0
    assert more(after, before, "profile_database_connection_wait_seconds_count") >= 1
    before = numbers()
    claude.call("list_tags")
    queued = more(numbers(), before, "profile_write_queue_seconds_count")
    assert queued == (1 if database == "sqlite" else 0)


def test_a_silent_database_leaves_the_numbers_of_the_server(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        hung = create_app(replace(settings, database_url=f"postgresql+psycopg://profile@127.0.0.1:{port}/profile"))
        began = time.monotonic()
        found = read(hung.test_client().get("/metrics", headers=BEARER).text)
    assert time.monotonic() - began < 5
    assert found["profile_database_up",] == 0
    assert ("profile_requests_total", "200", "page") in found
    assert ("profile_work_due", "mail") not in found


def test_a_row_goes_to_the_next_process_and_keeps_what_was_counted():
    rows = Rows()
    assert [rows.take(), rows.take(), rows.take()] == [1, 2, 3]
    rows.give_back(2)
    assert [rows.take(), rows.take()] == [2, 4]


def test_everything_that_dashboard_and_alerts_name_exists(numbers):
    known = {name for name, *_ in numbers()} | {"profile_disk_free_bytes", "profile_disk_size_bytes"}
    named = {
        file: {*re.findall(r"\bprofile_\w+", json.dumps(expressions_of(file)))}
        for file in ("dashboard.json", "alerts.yml")
    }
    assert len(named["dashboard.json"]) > 15
    assert len(named["alerts.yml"]) > 6
    for file, names in named.items():
        assert not names - known, file


def test_every_metric_is_on_the_dashboard():
    shown = json.dumps(expressions_of("dashboard.json"))
    kinds = (Counter, Gauge, Histogram)
    assert [each.name for each in metrics.declared() if isinstance(each, kinds) and each.name not in shown] == []


def expressions_of(file):
    text = (DOCS / "monitoring" / file).read_text()
    if file.endswith(".yml"):
        return re.findall(r"expr:(.*?)\n +(?:for|labels):", text, re.DOTALL)
    return [target["expr"] for panel in json.loads(text)["panels"] for target in panel["targets"]]


class TestOfSeveralProcesses:
    @pytest.fixture
    def server(self, serve):
        return serve(workers=2)

    def test_the_numbers_are_those_of_all_and_none_is_lost_when_workers_end(self, server):
        with httpx2.Client(base_url=server.url) as client:

            def numbers():
                return read(client.get("/metrics", headers=BEARER | {"Connection": "close"}).text)

            for _ in range(20):
                assert client.get("/sign-in", headers={"Connection": "close"}).status_code == 200
            before = wait_for(numbers, lambda found: found["profile_web_processes",] == 2)
            assert before["profile_requests_total", "200", "page"] == 20
            pid = int(re.findall(r"Booting worker with pid: (\d+)", server.log())[0])
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda: server.log().count("Booting worker"), lambda booted: booted == 3)
            wait_for(numbers, lambda found: found["profile_web_processes",] == 2)
            for _ in range(5):
                client.get("/sign-in", headers={"Connection": "close"})
            assert numbers()["profile_requests_total", "200", "page"] == 25
            # It reads its settings again, and old and new workers live side by side.
            os.kill(int(re.findall(r"Listening at: \S+ \((\d+)\)", server.log())[0]), signal.SIGHUP)
            wait_for(lambda: server.log().count("Worker exiting"), lambda ended: ended == 2)
            after = wait_for(numbers, lambda found: found["profile_web_processes",] == 2)
            assert after["profile_requests_total", "200", "page"] == 25


def wait_for(look, wanted):
    until = time.monotonic() + 20
    while not wanted(found := look()):
        assert time.monotonic() < until, found
        time.sleep(0.1)
    return found
