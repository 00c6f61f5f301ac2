"""What every client goes through, and what must hold of each."""

from __future__ import annotations

from collections.abc import Iterable

from blueprints.mcp.registry import registry
from models.scopes import SCOPES, TAGS_MANAGE
from tests.plain_browser import PlainBrowser
from tests.server import Gunicorn

DENIED = TAGS_MANAGE
REDIRECTS = ("http://127.0.0.1:", "http://localhost:")


def check_question(asked: dict[str, str], server: Gunicorn) -> None:
    """What the client asked the person for: everything that the server named, for this server, and safely."""
    assert asked["resource"] == server.mcp_url
    assert set(asked["scope"].split()) - {"offline_access"} == set(SCOPES)
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"].startswith(REDIRECTS)


def check_tools(names: Iterable[str]) -> None:
    """What the client was shown, for an Owner who denied tags: every tool but these."""
    assert sorted(names) == sorted(tool.name for tool in registry if tool.needs != DENIED)


def revoke(browser: PlainBrowser) -> None:
    """The person ends the one connection that they have."""
    page = browser.open("/settings/connections")
    link = next(a for a in page.all("a") if a.attributes.get("href", "").endswith("/revocation"))
    browser.open(link.attributes["href"])
    browser.press("Revoke")
    assert "no longer has access to Aperture Science" in " ".join(element.text for element in browser.page)


def answered(server: Gunicorn, path: str) -> list[int]:
    """The statuses that a door has answered so far."""
    return [line["status"] for line in server.requests() if line["path"] == path]
