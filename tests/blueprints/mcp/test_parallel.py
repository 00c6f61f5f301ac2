"""Assistants of two teams at one server process, at once and with equal ids: nobody gets another's answer (CVE-2026-25536)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from threading import Barrier

import pytest

AT_ONCE = 8
CALLS = 25


@pytest.fixture
def server(serve):
    """One process with as many threads as there are assistants: whatever could be shared between requests is."""
    return serve(workers=1, threads=AT_ONCE)


@pytest.mark.slow
@pytest.mark.both_databases
@pytest.mark.requirement("lesson-parallel-clients")
def test_parallel_assistants_with_equal_ids_never_cross(server, connect, alice, eve):
    people = [alice, eve] * (AT_ONCE // 2)
    line = Barrier(AT_ONCE)

    def work(number):
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as wire:
            wire.connect()
            line.wait(30)
            return [label_and_account(wire, assistants[number], f"tag {number} {turn}") for turn in range(CALLS)]

    assistants = [connect(person, name=f"Claude {number}") for number, person in enumerate(people)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        told = list(threads.map(work, range(AT_ONCE)))
    for number, person in enumerate(people):
        assert told[number] == [(7, f"tag {number} {turn}", person.account_name) for turn in range(CALLS)]


def label_and_account(wire, assistant, label):
    """Create a tag with the id that everybody uses; what the answer says it is an answer to."""
    body, headers = assistant.message(
        "tools/call", {"name": "create_tag", "arguments": {"label": label, "color": "red"}}
    )
    headers |= {"Authorization": f"Bearer {assistant.token}", "Content-Type": "application/json"}
    wire.request("POST", "/mcp", json.dumps(body | {"id": 7}), headers)
    answer = json.loads(wire.getresponse().read())
    made = answer["result"]["structuredContent"]
    return answer["id"], made["label"], made["account"]["name"]
