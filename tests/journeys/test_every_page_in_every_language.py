"""Every page that links lead to, in every language and on a phone: nothing is wider than the screen, and axe finds nothing."""

from __future__ import annotations

import pytest

from models.demo import fill
from models.text import languages
from tests.screenshots import OWNER, every_page

pytestmark = [pytest.mark.browser, pytest.mark.everything]
PASSWORD = "a password for pictures"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("language", languages())
def test_every_page_in_every_language(app, server, new_page, public_url, language):
    with app.app_context():
        fill(20, PASSWORD, any_password=True)
    page = new_page(width=390, locale=language)
    page.goto("/sign-in")
    page.fill("[name=email]", OWNER)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard")
    seen = {}
    for name in every_page(page, public_url):
        seen[name] = page.locator("html").get_attribute("lang"), page.evaluate(TOO_WIDE)
    assert len(seen) > 50
    assert {name: found for name, found in seen.items() if found != (language, 0)} == {}
