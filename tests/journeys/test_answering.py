"""Answering in Chromium: each answer kept at once, without a mouse, without a network for a while, on every size of screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.assessments.answer import Answer
from models.assessments.invitation import AssessmentInvitation
from models.assessments.sitting import Sitting
from models.database.base import db
from models.database.tenancy import in_account
from tests.fixtures.sittings import choices_at

pytestmark = pytest.mark.browser
FIRST_FOCUS, NARROW = 25, 45
KINDS = {1: "most-least", FIRST_FOCUS: "rate", NARROW: "narrow"}
LARGE_ENOUGH_FOR_A_THUMB = 44


@pytest.fixture
def settings(settings):
    """No mail is sent here."""
    return replace(settings, worker="separate")


@pytest.fixture
def invited(app, alice):
    """Ana was invited and has agreed; answers all pages before this one: `invited(45)` gives her link."""

    def agree(before: int = 1) -> str:
        with app.app_context(), in_account(alice.account_id):
            invitation = AssessmentInvitation.invite(alice.account_id, "ana@example.com", by=alice.member_id)
            sitting = Sitting.begin_invited(invitation)
            for step in sitting.questionnaire.steps[: before - 1]:
                Answer.keep(sitting, step, choices_at(step))
            db.session.commit()
            return f"/a/{sitting.link.secret}"

    return agree


@pytest.fixture
def at(server, new_page, invited):
    """Ana at this page of the questions, in a browser such as `at(25, width=320)`."""

    def open_at(number: int, **options):
        link = invited(number)
        page = new_page(**options)
        page.goto(f"{link}/questions?page={number}")
        return page

    return open_at


def wait_for_text(page, words):
    page.wait_for_selector(f"[data-said]:has-text('{words}')")


def test_each_answer_is_kept_as_soon_as_it_is_given(at):
    page = at(FIRST_FOCUS)
    page.locator("fieldset").nth(2).get_by_label("Mostly like me").check()
    wait_for_text(page, "Saved.")
    assert page.inner_text("#progress-said") == "About 10 minutes left"
    page.reload()
    assert page.locator("fieldset").nth(2).get_by_label("Mostly like me").is_checked()


def test_most_clears_least_on_the_same_row(at):
    page = at(1)
    page.get_by_label("Most like me").first.check()
    page.get_by_label("Least like me").first.check()
    wait_for_text(page, "Saved.")
    assert not page.get_by_label("Most like me").first.is_checked()
    assert page.locator("[data-fault]").is_hidden()
    page.get_by_label("Most like me").first.check()
    assert not page.get_by_label("Least like me").first.is_checked()


@pytest.mark.parametrize("number", [1, FIRST_FOCUS])
def test_a_page_goes_on_by_itself_after_the_last_tap(at, number):
    page = at(number, width=390, has_touch=True, is_mobile=True)
    assert page.get_by_text("the next page opens by itself").is_visible()
    if number == 1:
        page.get_by_label("Most like me").first.tap()
        page.get_by_label("Least like me").nth(1).tap()
    for statement in page.locator("fieldset[data-kind=rate]").all():
        statement.get_by_label("Mostly like me").tap()
    page.wait_for_url(f"**page={number + 1}")
    page.click("button:has-text('Previous')")
    page.wait_for_url(f"**page={number}")
    assert page.get_by_text("the next page opens by itself").is_hidden()


def test_a_page_that_was_answered_before_waits_for_the_button(at):
    page = at(2)
    page.goto(page.url.replace("page=2", "page=1"))
    page.get_by_label("Most like me").nth(2).check()
    wait_for_text(page, "Saved.")
    page.wait_for_timeout(1_000)
    assert page.url.endswith("page=1")


def test_a_complaint_goes_when_it_is_put_right(at):
    page = at(1)
    page.click("button:has-text('Next')")
    summary = page.get_by_role("alert")
    summary.wait_for()
    page.keyboard.press("Tab")
    page.get_by_label("Most like me").first.focus()
    page.keyboard.press("Space")
    wait_for_text(page, "Saved.")
    assert summary.is_visible()
    assert page.locator("[data-fault]").is_visible()
    page.get_by_label("Least like me").nth(1).focus()
    page.keyboard.press("Space")
    summary.wait_for(state="detached")
    assert page.locator("[data-fault]").is_hidden()


def test_while_the_network_is_away_it_says_so_and_tries_again(at):
    page = at(FIRST_FOCUS)
    page.context.set_offline(True)
    page.locator("fieldset").first.get_by_label("Partly like me").check()
    wait_for_text(page, "Not saved: no connection.")
    page.context.set_offline(False)
    wait_for_text(page, "Saved.")
    page.reload()
    assert page.locator("fieldset").first.get_by_label("Partly like me").is_checked()


def test_next_without_a_network_keeps_the_page_and_goes_on_once_it_is_back(at):
    page = at(2)
    page.goto(page.url.replace("page=2", "page=1"))
    page.context.set_offline(True)
    page.click("button:has-text('Next')")
    wait_for_text(page, "Not saved: no connection.")
    page.get_by_label("Most like me").nth(2).check()
    wait_for_text(page, "Not saved: no connection.")
    page.context.set_offline(False)
    page.wait_for_url("**page=2")
    page.goto(page.url.replace("page=2", "page=1"))
    assert page.get_by_label("Most like me").nth(2).is_checked()


def test_a_page_that_stayed_open_after_the_end_is_told_so(at, app, alice):
    page = at(1)
    with app.app_context(), in_account(alice.account_id):
        db.session.scalar(db.select(AssessmentInvitation)).cancel()
        db.session.commit()
    page.get_by_label("Most like me").first.check()
    wait_for_text(page, "the link has expired")


def test_a_page_whose_answers_were_deleted_is_told_so(at, app, alice):
    """As when somebody starts again in another browser."""
    page = at(1)
    with app.app_context(), in_account(alice.account_id):
        db.session.execute(db.delete(Sitting))
        db.session.commit()
    page.get_by_label("Most like me").first.check()
    wait_for_text(page, "These answers were deleted.")


def test_it_is_answered_by_keyboard_alone(at):
    page = at(1)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Continue later"
    for end, choice in (("most.b01", "Space"), ("least.b01", "ArrowDown")):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == end
        page.keyboard.press(choice)
    wait_for_text(page, "Saved.")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Next"
    page.keyboard.press("Enter")
    page.wait_for_url("**page=2")


def test_values_are_counted_and_put_in_order_by_taps_or_keys(at):
    page = at(NARROW, width=390)
    for value in page.locator("input[name=narrow]").all()[:6]:
        value.check()
    assert page.inner_text(".counted") == "6 of at most 12 chosen"
    wait_for_text(page, "Saved.")
    page.click("button:has-text('Next')")
    values = page.locator("[data-taps] button")
    names = [value.inner_text() for value in values.all()]
    for number in (2, 0, 1):
        values.nth(number).click()
    values.nth(0).click()
    assert [value.inner_text().split() for value in values.all()[:3]] == [
        names[0].split(),
        ["2", *names[1].split()],
        ["1", *names[2].split()],
    ]
    for number in (5, 4, 3):
        values.nth(number).focus()
        page.keyboard.press("Enter")
    values.nth(0).click()
    assert page.get_by_text("5 of 5 in order").is_visible()
    wait_for_text(page, "Saved.")
    page.reload()
    pressed = [value.get_attribute("aria-pressed") for value in values.all()]
    assert pressed == ["false", "true", "true", "true", "true", "true"]
    page.click("button:has-text('Next')")
    page.wait_for_url("**/completion")


@pytest.mark.parametrize(
    "options",
    [
        {"width": 320, "height": 568},
        pytest.param({"width": 640, "device_scale_factor": 2}, marks=pytest.mark.everything),
        pytest.param({"width": 390, "color_scheme": "dark"}, marks=pytest.mark.everything),
        {"width": 390, "forced_colors": "active"},
    ],
    ids=["320 px", "200 %", "dark", "forced colours"],
)
def test_every_kind_of_page_fits_and_can_be_used(at, options):
    page = at(1, **options)
    for number, kind in KINDS.items():
        page.goto(page.url.partition("?")[0].replace("answers", "questions") + f"?page={number}")
        assert page.locator(f"fieldset[data-kind={kind}]").first.is_visible()
        boxes = [box.bounding_box() for box in page.locator("fieldset label:has(input)").all()]
        assert min(min(box["width"], box["height"]) for box in boxes) >= LARGE_ENOUGH_FOR_A_THUMB
        page.click("button:has-text('Next')")
        page.wait_for_selector("[role=alert]")
