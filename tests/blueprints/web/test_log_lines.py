"""The log of the whole server, web and worker: every line can be read by a program, and each fault is in it once."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import time
from dataclasses import replace

import httpx2
import pytest
from sqlalchemy import text

from log_lines import TextLines
from models.database.base import db
from models.mail.message import Kind, Message
from tests.mcp_client import McpClient


@pytest.fixture
def settings(settings):
    """Nobody listens where the mail server should be."""
    return replace(settings, mail_url="smtp://127.0.0.1:9")


@pytest.fixture
def server(serve):
    return serve(app="tests.faulty_app:create_app()")


def test_every_line_is_json_and_every_fault_is_said_once(server, app, alice, claude):
    with app.app_context():
        message = Message.post(Kind.TEST_MAIL, "dora@example.com", account_id=alice.account_id)
        broken = Message.post(Kind.MEMBER_INVITATION, "eli@example.com", account_id=alice.account_id)
        broken.kind = "something_else"
        ids = str(message.id), str(broken.id)
        db.session.commit()
    with httpx2.Client(base_url=server.url, headers={"Connection": "close"}) as client:
        asked = {path: client.get(path).headers["X-Request-ID"] for path in ("/crash", "/warn", "/end-thread")}
        with app.app_context():
            db.session.execute(text("ALTER TABLE audit_entry RENAME TO audit_entry_away"))
            db.session.commit()
        body, headers = McpClient(app).message("tools/call", {"name": "list_tags", "arguments": {}})
        answer = client.post("/mcp", json=body, headers=headers | {"Authorization": f"Bearer {claude.token}"})
        assert answer.status_code == 503
        asked["/mcp"] = answer.headers["X-Request-ID"]
    # The jobs' lines first: the process that works may be the one that is killed.
    until = time.monotonic() + 20
    while not all(id_ in server.log() for id_ in ids):
        assert time.monotonic() < until
        time.sleep(0.1)
    os.kill(int(re.findall(r"Booting worker with pid: (\d+)", server.log())[0]), signal.SIGKILL)
    while "SIGKILL" not in server.log():
        assert time.monotonic() < until
        time.sleep(0.1)
    lines = [json.loads(line) for line in server.log().splitlines()]
    assert all({"levelname", "name", "message", "timestamp"} <= line.keys() for line in lines)
    told = {path: [line for line in lines if line.get("request_id") == id_] for path, id_ in asked.items()}
    for path, status in {"/crash": 500, "/warn": 200, "/end-thread": 200, "/mcp": 503}.items():
        [answered] = [line for line in told[path] if line["message"] == "request"]
        assert (answered["path"], answered["status"]) == (path, status)
        assert isinstance(answered["ms"], float)
    failures = {path: [line for line in told[path] if line["message"] != "request"] for path in told}
    assert [line["message"] for line in failures["/crash"]] == ["unhandled error"]
    assert failures["/crash"][0]["exc_info"].endswith("RuntimeError: of two\nlines")
    assert [line["name"] for line in failures["/warn"]] == ["py.warnings"]
    assert [line["message"] for line in failures["/mcp"]] == ["database error"]
    assert "could not be recorded in the audit log" in failures["/mcp"][0]["exc_info"]
    [ended] = [line for line in lines if line["message"] == "a thread has ended"]
    assert ended["exc_info"].endswith("RuntimeError: of two\nlines")
    jobs = {id_: [line for line in lines if id_ in json.dumps(line)] for id_ in ids}
    assert [[line["message"], line["job"], line["outcome"]] for line in jobs[ids[0]]] == [["job", "mail", "not_done"]]
    assert [[line["job"], line["outcome"], "exc_info" in line] for line in jobs[ids[1]]] == [["mail", "failed", True]]
    assert len([line for line in lines if "SIGKILL" in line["message"]]) == 1


def test_text_keeps_to_its_line_whatever_is_in_a_field():
    record = logging.LogRecord("profile.requests", logging.INFO, "", 0, "request", None, None)
    record.path, record.status, record.account = "/a\nb", 200, None
    line = TextLines().format(record)
    assert line.endswith('INFO    request path="/a\\nb" status=200')
    assert "\n" not in line
