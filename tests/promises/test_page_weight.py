"""No page weighs more than 100 KB the first time, with its stylesheet, script and icon, as they are sent."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin, urlsplit

import pytest

from models.demo import fill
from tests.pages import submit
from tests.screenshots import NOT_PAGES, OWNER, name_of

MOST = 100 * 1024
PASSWORD = "a password for weighing"
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')
LINK = re.compile(r'<a [^>]*href="([^"#]+)')


def pages(client):
    """One page of each kind that links lead to, with its HTML."""
    waiting, seen = ["/dashboard"], {"dashboard"}
    while waiting:
        path = waiting.pop(0)
        answer = client.get(path, follow_redirects=True)
        if answer.mimetype != "text/html":
            continue
        yield path, answer.text
        for link in LINK.findall(answer.text):
            to = urlsplit(urljoin(path, html.unescape(link)))
            address = f"{to.path}?{to.query}" if to.query else to.path
            if not to.netloc and not NOT_PAGES.search(to.path) and name_of(address) not in seen:
                seen.add(name_of(address))
                waiting.append(address)


@pytest.mark.only("sqlite")
@pytest.mark.everything
def test_no_page_of_a_large_account_weighs_more(app, client):
    with app.app_context():
        fill(400, PASSWORD, any_password=True)
    submit(client, "/sign-in", email=OWNER, password=PASSWORD)
    sent: dict[str, int] = {}
    weights = {}
    for path, page in pages(client):
        needed = {html.unescape(asset) for asset in ASSET.findall(page)}
        sent |= {each: len(client.get(each, headers={"Accept-Encoding": "gzip"}).data) for each in needed - sent.keys()}
        weights[path] = len(page.encode()) + sum(sent[each] for each in needed)
    assert len(weights) > 50
    assert {path: weight for path, weight in weights.items() if weight > MOST} == {}
