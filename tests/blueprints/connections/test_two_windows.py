"""A window that stood open while limits were changed elsewhere undoes none of that: it is shown what holds now, and asks again."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest

from models.connections.connection import Connection
from models.connections.policy import ConnectionPolicy
from models.database.base import db
from models.database.tenancy import in_account
from models.scopes import ALL_SCOPES
from tests.pages import first, hidden_fields, text_of

POLICY = "/settings/connections/policy"
EVERYTHING = {"scopes": sorted(ALL_SCOPES), "registration": "y"}


@pytest.fixture
def limits(claude):
    return f"/settings/connections/{claude.connection_id}/limits"


@pytest.fixture
def now_holds(app, alice, claude):
    """What holds: of Claude's own limits, or of the policy."""

    def look(where):
        with app.app_context(), in_account(alice.account_id):
            mine = db.session.get_one(Connection, claude.connection_id)
            found = ConnectionPolicy.of(alice.account_id) if where == POLICY else mine
            return found.read_only, found.hide_contact, found.daily_calls

    return look


@pytest.fixture(params=["a member's", "the Owners'"])
def form(request, limits):
    """Where a form is, and what it sends besides the limits."""
    return (limits, {}) if request.param == "a member's" else (POLICY, EVERYTHING)


@pytest.fixture
def windows(browser_of, alice, form):
    """Alice's two browsers, with the form open in both; each sends it with what is entered there."""
    path, rest = form
    both = [browser_of(alice), browser_of(alice)]
    opened = [hidden_fields(browser, path) for browser in both]
    return [
        lambda browser=browser, hidden=hidden, **entered: browser.post(path, data={**hidden, **rest, **entered})
        for browser, hidden in zip(both, opened, strict=True)
    ]


def box(page, name):
    return first(rf'<input[^>]*name="{name}"[^>]*>', page.text)


def test_what_was_ticked_elsewhere_stays_ticked(form, windows, now_holds):
    here, elsewhere = windows
    assert elsewhere(read_only="y", hide_contact="y").status_code == 302

    answer = here(daily_calls="50")

    assert answer.status_code == 409
    assert "This was changed while you were editing" in text_of(answer)
    assert "Read only was changed to selected." in text_of(answer)
    assert now_holds(form[0]) == (True, True, None)
    assert "checked" in box(answer, "read_only")
    assert "checked" in box(answer, "hide_contact")
    assert 'value="50"' in box(answer, "daily_calls")


def test_the_form_that_is_shown_again_can_be_saved(browser_of, alice, form, windows, now_holds):
    here, elsewhere = windows
    elsewhere(read_only="y")
    shown = first(r'name="opened_with" value="([^"]+)"', here(daily_calls="50").text).replace("&#34;", '"')

    assert here(opened_with=shown, read_only="y", daily_calls="50").status_code == 302
    assert now_holds(form[0]) == (True, False, 50)


def test_both_who_entered_a_number_are_told_of_the_other(form, windows, now_holds):
    here, elsewhere = windows
    elsewhere(daily_calls="20")

    answer = here(daily_calls="50")

    assert answer.status_code == 409
    assert " was changed to 20. Your entry is kept." in text_of(answer)
    assert 'value="50"' in box(answer, "daily_calls")
    assert now_holds(form[0])[2] == 20


def test_to_press_save_twice_is_no_change_meanwhile(form, windows):
    here, _ = windows
    assert [here(read_only="y").status_code for _ in range(2)] == [302, 302]


@pytest.mark.parametrize("sent", ["", "[", "[1]", '{"read_only": 7}', "[" * 5_000])
def test_a_form_that_does_not_say_what_it_was_opened_with_undoes_nothing(form, windows, now_holds, sent):
    here, elsewhere = windows
    elsewhere(read_only="y")

    answer = here(opened_with=sent, daily_calls="50")

    assert answer.status_code == 409
    assert now_holds(form[0]) == (True, False, None)


@pytest.mark.both_databases
def test_of_two_saves_at_the_same_moment_one_is_asked_again(form, windows, now_holds):
    together, answers = Barrier(2), []

    def send(window, **entered):
        together.wait(timeout=30)
        answers.append(window(**entered).status_code)

    hands = [
        Thread(target=send, args=[windows[0]], kwargs={"read_only": "y"}),
        Thread(target=send, args=[windows[1]], kwargs={"hide_contact": "y"}),
    ]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(timeout=30)

    assert sorted(answers) == [302, 409]
    assert now_holds(form[0])[:2] in {(True, False), (False, True)}
