"""An assistant on the official SDK is made to wait: its person reads what it would do, in Chromium, and answers there."""

from __future__ import annotations

from queue import Queue

import pytest
from anyio import to_thread
from anyio.from_thread import start_blocking_portal
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import URL_ELICITATION_REQUIRED, ElicitResult
from playwright.sync_api import expect

from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.tag import Tag

pytestmark = pytest.mark.browser
WITHIN = 30


@pytest.fixture
def tag(app, alice, claude):
    """A tag that Claude must ask about before it deletes it."""
    with app.app_context(), in_account(alice.account_id):
        lifecycle.limit(db.session.get_one(Connection, claude.connection_id), ask_first=["delete"])
        tag = Tag.create(alice.account_id, "Sales", "red")
        db.session.commit()
        return str(tag.id)


class Waiting:
    """The SDK's client, which opens an address for its person and goes on when they have come back."""

    def __init__(self, mcp_url, token, era):
        self.mcp_url, self.token, self.era = mcp_url, token, era
        self.opened: Queue[str] = Queue()
        self.back: Queue[str] = Queue()

    async def call(self, tool, arguments):
        async with create_mcp_http_client(headers={"Authorization": f"Bearer {self.token}"}) as http:
            transport = streamable_http_client(self.mcp_url, http_client=http)
            async with Client(transport, mode=self.era, elicitation_callback=self.open) as client:
                try:
                    return await client.call_tool(tool, arguments)
                except MCPError as error:
                    if error.error.code != URL_ELICITATION_REQUIRED:
                        raise
                    [asked] = error.error.data["elicitations"]
                    await self.send_person_to(asked["url"])
                    return await client.call_tool(tool, arguments)

    async def open(self, _context, question):
        await self.send_person_to(question.url)
        return ElicitResult(action="accept")

    async def send_person_to(self, address):
        self.opened.put(address)
        await to_thread.run_sync(lambda: self.back.get(timeout=WITHIN))


@pytest.mark.parametrize("answer", ["Allow once", "Don't allow"])
def test_the_answer_on_the_page_decides(server, app, alice, claude, tag, page_of, era, settings, answer):
    assistant = Waiting(settings.mcp_url, claude.token, era)
    page = page_of(alice, width=390, height=844)
    with start_blocking_portal() as portal:
        call = portal.start_task_soon(assistant.call, "delete_tag", {"tag_id": tag})
        page.goto(assistant.opened.get(timeout=WITHIN))
        expect(page.get_by_role("heading", name="Claude asks first")).to_be_visible()
        expect(page.get_by_text("Delete the tag “Sales”")).to_be_visible()
        page.get_by_role("button", name=answer).click()
        expect(page.get_by_role("heading", name="Claude", exact=True)).to_be_visible()
        assistant.back.put("answered")
        result = call.result(timeout=WITHIN)

    with app.app_context(), in_account(alice.account_id):
        left = db.session.query(Tag).count()
    assert (result.is_error, left) == ((False, 0) if answer == "Allow once" else (True, 1))
