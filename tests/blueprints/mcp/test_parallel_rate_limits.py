"""One app calls from many connections at once, and several processes count: none of its calls is counted twice, and none is missed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from threading import Barrier

import pytest

AT_ONCE = 16
CALLS, WRITES = 10, 4


@pytest.fixture
def settings(settings):
    return replace(settings, limit_calls=CALLS, limit_calls_at_once=CALLS, limit_writes=WRITES)


@pytest.fixture
def all_at_once(serve):
    """Sends these messages at the same moment, each over a connection of its own; returns the statuses of the answers."""
    server, line = serve(workers=2, threads=AT_ONCE), Barrier(AT_ONCE)

    def send(app, messages):
        def one(message):
            body, headers = message
            headers |= {"Authorization": f"Bearer {app.token}", "Content-Type": "application/json"}
            with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as wire:
                wire.connect()
                line.wait(30)
                wire.request("POST", "/mcp", json.dumps(body), headers)
                return wire.getresponse().status

        with ThreadPoolExecutor(AT_ONCE) as threads:
            return sorted(threads.map(one, messages))

    return send


def test_of_sixteen_calls_at_once_as_many_are_answered_as_there_is_room_for(all_at_once, connect, alice, audit_log):
    claude = connect(alice)
    calls = [claude.message("tools/call", {"name": "list_tags", "arguments": {}}) for _ in range(AT_ONCE)]
    assert all_at_once(claude, calls) == [200] * CALLS + [429] * (AT_ONCE - CALLS)
    assert [entry.outcome for entry in audit_log()].count("allowed") == CALLS
    assert [entry.reason for entry in audit_log()].count("too_fast") == 1


def test_of_sixteen_changes_at_once_as_many_are_made_as_there_is_room_for(all_at_once, connect, alice, audit_log):
    claude = connect(alice)
    changes = [
        claude.message("tools/call", {"name": "create_tag", "arguments": {"label": f"tag {number}", "color": "red"}})
        for number in range(AT_ONCE)
    ]
    assert all_at_once(claude, changes) == [200] * WRITES + [429] * (AT_ONCE - WRITES)
    assert [entry.outcome for entry in audit_log()].count("allowed") == WRITES
