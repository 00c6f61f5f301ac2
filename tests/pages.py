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
    """Open the page with the form (`path` itself by default), fill in the fields and send it to `path`."""
    return client.post(path, data={**hidden_fields(client, page or path), **fields})


def hidden_fields(client: FlaskClient, page: str) -> dict[str, str]:
    """The hidden fields of a form: the CSRF token and, in an edit form, the values that it was opened with."""
    markup = client.get(page).get_data(as_text=True)
    found = {"csrf_token": TOKEN.search(markup), "opened_with": OPENED.search(markup)}
    assert found["csrf_token"], f"{page} has no form"
    return {name: html.unescape(match.group(1)) for name, match in found.items() if match}


def csrf_token(client: FlaskClient, page: str) -> str:
    """The CSRF tokens of this page's forms."""
    found = TOKEN.search(client.get(page).get_data(as_text=True))
    assert found, f"{page} has no form"
    return found.group(1)


def first(pattern: str, markup: str) -> str:
    """What this pattern's group, or the whole pattern, first matches in a page; it must match."""
    found = re.search(pattern, markup)
    assert found, f"nothing on the page looks like {pattern}"
    return found.group(found.lastindex or 0)


def text_of(response: TestResponse) -> str:
    """The words of a page's content as they are read: no markup, one space between words."""
    body = response.get_data(as_text=True)
    main = body[body.find("<main") :].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", main, flags=re.DOTALL)).split())
