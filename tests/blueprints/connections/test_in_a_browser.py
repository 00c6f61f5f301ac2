"""A connection's page in a real browser: at every width and in both colour schemes, with its graph, and stopped and loosened by hand."""

from __future__ import annotations

import pytest

from models.audit.recorder import Outcome, record_call
from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.profile import Profile
from models.request_scope import Actor, Call
from models.scopes import PROFILES_READ, TAGS_MANAGE

pytestmark = pytest.mark.browser


@pytest.fixture
def claude(app, alice, connect):
    """Claude, after it read about Ana and was refused something."""
    robot = connect(alice, ["profiles:read"])
    with app.app_context(), in_account(alice.account_id):
        ana = Profile.create(alice.account_id, "ana@example.org", "Ana", "W" * 100)
        who = Actor(alice.account_id, alice.user_id, alice.member_id, robot.connection_id, "Claude")
        read = Call("list_profiles", PROFILES_READ, resources=[("profile", ana.id)])
        record_call(who, read, Outcome.ALLOWED)
        record_call(who, Call("list_tags", TAGS_MANAGE), Outcome.REFUSED, "scope")
        db.session.commit()
    return robot


@pytest.fixture
def page_at(server, page_of, alice, claude):
    """Opens Claude's page as Alice, in a browser such as `page_at(width=320)`."""

    def open_page(**options):
        page = page_of(alice, **options)
        page.goto(f"/settings/connections/{claude.connection_id}")
        return page

    return open_page


@pytest.mark.parametrize(
    "options",
    [
        {"width": 320},
        pytest.param({"width": 390, "color_scheme": "dark"}, marks=pytest.mark.everything),
        pytest.param({"width": 1280}, marks=pytest.mark.everything),
        {"width": 1280, "forced_colors": "active"},
    ],
    ids=["320", "390 dark", "1280", "forced colours"],
)
def test_the_graph_fills_the_room_there_is_and_can_be_read(page_at, options):
    page = page_at(**options)
    panel, graph = page.locator("section.panel", has=page.locator("#calls")), page.locator("svg.bars")
    assert graph.bounding_box()["width"] > 0.8 * panel.bounding_box()["width"] - 40
    assert graph.get_attribute("aria-label").startswith("2 calls in 30 days, at most 2 in a day, from ")
    for mark in page.locator(".chart span").all():
        assert float(mark.evaluate("each => parseFloat(getComputedStyle(each).fontSize)")) >= 12
    page.get_by_text("Show as table").click()
    assert page.locator(".panel table", has_text="Day (UTC)").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= options["width"]


def test_a_badge_in_the_audit_log_stays_in_one_piece(page_at):
    page = page_at(width=1280)
    page.get_by_role("link", name="Show all in the audit log").click()
    # The page before has such badges too.
    page.wait_for_url("**/settings/audit*")
    badge = page.locator(".tag", has_text="Refused").first
    lines = badge.evaluate("each => each.getClientRects()[0].height / parseFloat(getComputedStyle(each).lineHeight)")
    assert lines < 2


def test_the_other_pages_of_a_connection_are_in_order_on_a_phone(page_at, claude):
    page = page_at(width=320)
    for path in ("", "/people", "/limits", "/revocation"):
        page.goto(f"/settings/connections/{claude.connection_id}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for path in ("/settings/connections", "/settings/connections/everyone", "/settings/members"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("options", [{"width": 320}, {"width": 390, "color_scheme": "dark"}], ids=["320", "390 dark"])
def test_a_form_that_was_overtaken_shows_what_holds_now_and_can_be_saved(app, alice, claude, page_at, options):
    page = page_at(**options)
    page.get_by_role("link", name="Change the limits of Claude").click()
    page.get_by_label("Maximum calls per day").fill("50")
    with app.app_context(), in_account(alice.account_id):
        lifecycle.limit(db.session.get_one(Connection, claude.connection_id), hide_contact=True, daily_calls=20)
        db.session.commit()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("This was changed while you were editing").wait_for()
    assert page.get_by_label("Hide e-mail addresses").is_checked()
    assert page.get_by_label("Maximum calls per day").input_value() == "50"
    assert page.evaluate("document.documentElement.scrollWidth") <= options["width"]
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Limits saved").wait_for()
