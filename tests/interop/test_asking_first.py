"""Apps on the TypeScript libraries, and Claude Code, are made to wait: their person reads what they would do and answers, in Chromium."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from playwright.sync_api import expect

from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.profile import Profile
from tests.interop.made_up_model import WITHIN, made_up_model
from tests.interop.packages import HERE, command, node, node_package
from tests.interop.program import started

pytestmark = pytest.mark.browser
APPS = {
    "TypeScript client": ("client", ()),
    "TypeScript client, auto": ("client", ("auto",)),
    "TypeScript SDK": ("sdk", ()),
}


@pytest.fixture
def doug(app, alice, claude):
    """A person whom Claude must ask about before it gives them another name."""
    with app.app_context(), in_account(alice.account_id):
        lifecycle.limit(db.session.get_one(Connection, claude.connection_id), ask_first=["change"])
        doug = Profile.create(alice.account_id, "doug@example.org", "Doug", "Rattmann")
        db.session.commit()
        return doug.id


@pytest.fixture
def her_page(server, alice, new_page):
    """Alice's phone, on which she is signed in."""
    page = new_page(width=390, height=844)
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(alice.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    return page


def answer_there(page, address, answer):
    """Read what the call would do, and answer."""
    page.goto(address)
    expect(page.get_by_text("Change the profile of Doug Rattmann: first name to “Douglas”.")).to_be_visible()
    expect(page.get_by_role("row").last).to_contain_text("Douglas")
    page.get_by_role("button", name=answer).click()
    expect(page.get_by_role("heading", name="Claude", exact=True)).to_be_visible()


def name_of(app, alice, profile_id):
    with app.app_context(), in_account(alice.account_id):
        return Profile.find(alice.account_id, profile_id).first_name


@pytest.mark.parametrize(
    ("name", "answer"), [*((name, "Allow once") for name in APPS), ("TypeScript client, auto", "Don't allow")]
)
def test_the_answer_on_the_page_decides(name, answer, server, app, alice, claude, doug, her_page, tmp_path):
    library, mode = APPS[name]
    node_package(f"@modelcontextprotocol/{library}")
    start = [node(), str(HERE / "clients" / "asking.mjs"), library, server.mcp_url, str(claude.token), *mode]
    with started(start, dict(os.environ), tmp_path / "app.log") as program:
        program.say(["update_profile", {"profile_id": str(doug), "first_name": "Douglas"}])
        answer_there(her_page, program.hear()["opened"], answer)
        program.say("answered")
        result = program.hear()

    allowed = answer == "Allow once"
    expected = (not allowed, "Douglas" if allowed else "Doug")
    assert (bool(result.get("isError")), name_of(app, alice, doug)) == expected, result


def test_claude_code_makes_the_call_again_after_the_answer(server, app, alice, claude, doug, her_page, tmp_path):
    """With a made-up model, since Claude Code calls tools for a model alone."""
    servers = {
        "profile": {"type": "http", "url": server.mcp_url, "headers": {"Authorization": f"Bearer {claude.token}"}}
    }
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": servers}))
    tool = "mcp__profile__update_profile"
    options = ["--mcp-config", "mcp.json", "--strict-mcp-config", "--allowedTools", tool]
    with made_up_model(tool, {"profile_id": str(doug), "first_name": "Douglas"}) as model:
        program = subprocess.Popen(
            [*command("claude"), "-p", "Rename Doug", *options],
            env={
                "HOME": str(tmp_path),
                "PATH": os.environ["PATH"],
                "ANTHROPIC_BASE_URL": model.url,
                "ANTHROPIC_API_KEY": "none",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "ENABLE_TOOL_SEARCH": "false",
            },
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            answer_there(her_page, model.opened.get(timeout=WITHIN), "Allow once")
            model.back.put("answered")
            said, _ = program.communicate(timeout=WITHIN)
        finally:
            program.kill()

    assert "Done." in said
    assert list(model.failed.values()) == [True, False]
    assert name_of(app, alice, doug) == "Douglas"
