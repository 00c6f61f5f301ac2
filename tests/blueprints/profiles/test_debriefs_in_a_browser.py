"""Debriefs in a real browser: what is asked for appears by itself."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from config import Settings
from models.debriefs.debrief import Debrief
from tests.fixtures.debriefs import SCORES
from tests.model_server import fills_in, sends

pytestmark = pytest.mark.browser


@pytest.fixture
def settings(settings_with_model: Settings) -> Settings:
    """The worker is in the hands of the test, and the model has time until a page has looked."""
    return replace(settings_with_model, worker="separate", debrief_timeout=timedelta(seconds=60))


def test_what_bob_asks_for_appears_without_a_reload(server, page_of, bob, by_model, model_server):
    goes_on = threading.Event()

    def writes_when_told(wire):
        goes_on.wait(40)
        fills_in()(wire)

    model_server.answers = [writes_when_told]
    page = page_of(bob)
    page.goto(f"/profiles/{by_model.profile_id}")
    page.get_by_role("button", name="Write a debrief").press("Enter")
    page.evaluate("window.untouched = true")
    page.get_by_text("A debrief will be written in a moment.").wait_for()
    worker = threading.Thread(target=by_model.work)
    worker.start()
    page.get_by_text("A debrief is being written.").wait_for()
    goes_on.set()
    worker.join()
    page.get_by_text("Written by openai-chat:local from the scores").wait_for()
    assert page.get_by_role("heading", name="Calm and careful").is_visible()
    assert page.locator("#debrief [role=status]").text_content() == "The debrief has changed."
    assert page.evaluate("window.untouched")


@pytest.mark.parametrize(
    ("width", "scheme"),
    [pytest.param(1280, "light", marks=pytest.mark.everything), (390, "dark"), (320, "light")],
)
def test_no_page_is_wider_than_the_screen(server, page_of, alice, by_model, model_server, width, scheme):
    by_model.within(
        lambda: Debrief.write(by_model.profile, f"# {'W' * 80}\n\n{'m' * 300}", "model", SCORES, "x:" + "y" * 90)
    )
    model_server.answers = [sends("401 Unauthorized", b"{}")]
    page = page_of(alice, width=width, color_scheme=scheme)
    page.goto(f"/profiles/{by_model.profile_id}")
    page.get_by_role("button", name="Write a new debrief").click()
    page.get_by_text("A new debrief will be written in a moment.").wait_for()
    by_model.work()
    version = by_model.debrief.id
    for path in (
        f"/profiles/{by_model.profile_id}",
        f"/profiles/{by_model.profile_id}/debrief",
        f"/profiles/{by_model.profile_id}/debriefs/{version}",
        "/settings/account/debriefs",
        "/settings/account",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
