"""Apps on the TypeScript libraries are made to wait: their person reads what they would do, in Chromium, and answers there."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect

from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.profile import Profile
from tests.interop.packages import HERE, node, node_package
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


@pytest.mark.parametrize(
    ("name", "answer"), [*((name, "Allow once") for name in APPS), ("TypeScript client, auto", "Don't allow")]
)
def test_the_answer_on_the_page_decides(name, answer, server, app, alice, claude, doug, new_page, tmp_path):
    library, mode = APPS[name]
    node_package(f"@modelcontextprotocol/{library}")
    command = [node(), str(HERE / "clients" / "asking.mjs"), library, server.mcp_url, str(claude.token), *mode]
    page = new_page(width=390, height=844)
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(alice.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    with started(command, dict(os.environ), tmp_path / "app.log") as program:
        program.say(["update_profile", {"profile_id": str(doug), "first_name": "Douglas"}])
        page.goto(program.hear()["opened"])
        expect(page.get_by_text("Change the profile of Doug Rattmann: first name to “Douglas”.")).to_be_visible()
        expect(page.get_by_role("row").last).to_contain_text("Douglas")
        page.get_by_role("button", name=answer).click()
        expect(page.get_by_role("heading", name="Claude", exact=True)).to_be_visible()
        program.say("answered")
        result = program.hear()

    with app.app_context(), in_account(alice.account_id):
        now = Profile.find(alice.account_id, doug).first_name
    allowed = answer == "Allow once"
    assert (bool(result.get("isError")), now) == (not allowed, "Douglas" if allowed else "Doug"), result
