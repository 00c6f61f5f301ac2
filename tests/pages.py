"""Pages as a person without JavaScript meets them: read one, fill in its form, send it."""

from __future__ import annotations

import html
import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

OPENED = re.compile(r'name="opened_with" value="([^"]+)"')
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def submit(client: FlaskClient, path: str, *, page: str | None = None, **fields: Any) -> TestResponse:
    """Open the page with the form (at `path` itself if not said otherwise), fill in the fields and send it to `path`."""
    return client.post(path, data={**hidden_fields(client, page or path), **fields})


def hidden_fields(client: FlaskClient, page: str) -> dict[str, str]:
    """What a form sends along unseen: what shows that it came from us and, of one that may change meanwhile, what it was opened with."""
    markup = client.get(page).get_data(as_text=True)
    found = {"csrf_token": TOKEN.search(markup), "opened_with": OPENED.search(markup)}
    assert found["csrf_token"], f"{page} has no form"
    return {name: html.unescape(match.group(1)) for name, match in found.items() if match}


def csrf_token(client: FlaskClient, page: str) -> str:
    """What the forms of this page carry to show that they came from us."""
    found = TOKEN.search(client.get(page).get_data(as_text=True))
    assert found, f"{page} has no form"
    return found.group(1)


def first(pattern: str, markup: str) -> str:
    """What this pattern's group, or the whole of it, first finds in a page; it must be there."""
    found = re.search(pattern, markup)
    assert found, f"nothing on the page looks like {pattern}"
    return found.group(found.lastindex or 0)


def text_of(response: TestResponse) -> str:
    """The words of a page's content as they are read: no markup, one space between words."""
    body = response.get_data(as_text=True)
    main = body[body.find("<main") :].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", main, flags=re.DOTALL)).split())
