"""Somebody in Auckland signs in: the server learns where they are, and the day that a page shows is the day that its filter finds."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

pytestmark = pytest.mark.browser

AUCKLAND = "Pacific/Auckland"


def test_the_day_that_is_shown_is_the_day_that_is_found(server, new_page, alice):
    page = new_page(timezone_id=AUCKLAND)
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(alice.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard")
    page.goto("/settings/audit?action=person.signed_in")
    shown = page.locator("main time").first.get_attribute("title")
    day = datetime.now(ZoneInfo(AUCKLAND)).date()
    assert shown.startswith(f"{day:%-d %B %Y}, ")
    assert shown.endswith(f"({AUCKLAND})")
    page.get_by_text("More filters").click()
    page.get_by_label("From").fill(day.isoformat())
    page.get_by_label("To", exact=True).fill(day.isoformat())
    page.get_by_role("button", name="Filter").click()
    assert page.locator("main time").first.get_attribute("title") == shown
    page.goto("/settings/profile")
    assert page.get_by_label("Time zone").input_value() == AUCKLAND
    assert not page.locator("[data-browser-zone]").count()
