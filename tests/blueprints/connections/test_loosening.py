"""Limits are tightened at once; to loosen one, its member proves who they are, and finds what they entered as they left it."""

from __future__ import annotations

import html
from datetime import UTC, datetime

import pytest

from models.connections.connection import Connection
from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from tests.pages import first, hidden_fields, submit, text_of

NOT_SAVED = "not saved yet"


@pytest.fixture
def page(claude):
    return f"/settings/connections/{claude.connection_id}"


@pytest.fixture
def tags(app, alice):
    """The tags Sales and Support; Ana carries both."""
    with app.app_context(), in_account(alice.account_id):
        ana = Profile.create(alice.account_id, "ana@example.org", "Ana", "Löwe")
        made = [Tag.create(alice.account_id, label, "blue") for label in ("Sales", "Support")]
        for tag in made:
            tag.put_on([ana.id])
        db.session.commit()
        return [str(tag.id) for tag in made]


@pytest.fixture
def limited(app, claude, tags):
    """Claude with every limit there is."""
    with app.app_context():
        connection = db.session.get_one(Connection, claude.connection_id)
        connection.read_only = connection.hide_contact = True
        connection.only_tags, connection.daily_calls = tags[:1], 5
        connection.ends_at = datetime(2099, 1, 1, tzinfo=UTC)
        db.session.commit()
    return {"read_only": "y", "hide_contact": "y", "only_tags": tags[:1], "daily_calls": "5", "ends_on": "2098-12-31"}


@pytest.fixture
def browser(browser_of, alice, long_ago):
    """Where Alice signed in an hour ago."""
    signed_in = browser_of(alice)
    long_ago(alice)
    return signed_in


def limits_of(app, claude):
    with app.app_context():
        found = db.session.get_one(Connection, claude.connection_id)
        return found.read_only, found.hide_contact, found.only_tags, found.daily_calls, found.ends_at


def without(fields, *names):
    return {name: value for name, value in fields.items() if name not in names}


def test_to_tighten_nothing_is_asked(app, browser, claude, page, tags):
    sent = {"read_only": "y", "hide_contact": "y", "only_tags": tags[:1], "daily_calls": "9", "ends_on": "2098-12-31"}
    assert submit(browser, f"{page}/limits", **sent).location == page
    assert submit(browser, f"{page}/limits", **sent | {"daily_calls": "3", "ends_on": "2098-12-30"}).location == page
    assert limits_of(app, claude)[3] == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("read_only", None),
        ("hide_contact", None),
        ("only_tags", None),
        ("only_tags", slice(None)),
        ("only_tags", slice(1, None)),
        ("daily_calls", "6"),
        ("daily_calls", ""),
        ("ends_on", "2099-01-01"),
        ("ends_on", ""),
    ],
)
def test_to_loosen_any_limit_it_is_asked_who_is_there(app, browser, claude, page, limited, tags, field, value):
    changed = {} if value is None else {field: tags[value] if isinstance(value, slice) else value}
    before = limits_of(app, claude)
    answer = submit(browser, f"{page}/limits", **without(limited, field) | changed)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in/again?next=")
    assert limits_of(app, claude) == before


def test_what_was_entered_is_there_after_the_proof_and_is_saved(app, alice, browser, claude, page, limited, tags):
    answer = submit(
        browser, f"{page}/limits", **without(limited, "hide_contact") | {"daily_calls": "77", "only_tags": tags}
    )
    confirmed = submit(browser, answer.location, password=alice.password, next=back_from(browser, answer.location))
    assert confirmed.location.startswith(f"{page}/limits?")
    form = browser.get(confirmed.location)
    assert 'value="77"' in form.text
    assert first(r'<input[^>]*name="read_only"[^>]*>', form.text).count("checked") == 1
    assert first(r'<input[^>]*name="hide_contact"[^>]*>', form.text).count("checked") == 0
    assert form.text.count("checked") == 3
    sent = without(limited, "hide_contact") | {"daily_calls": "77", "only_tags": tags}
    assert submit(browser, f"{page}/limits", **sent).location == page
    assert limits_of(app, claude)[:4] == (True, False, sorted(tags), 77)


def back_from(browser, location):
    """Where the page that asks who is there leads afterwards."""
    return html.unescape(first(r'name="next"[^>]*value="([^"]*)"', browser.get(location).text))


def test_more_than_an_address_takes_stays_in_the_form(app, alice, browser, claude, page, limited):
    with app.app_context(), in_account(alice.account_id):
        many = [str(Tag.create(alice.account_id, f"Tag {n}", "red").id) for n in range(200)]
        db.session.commit()
    answer = submit(browser, f"{page}/limits", **limited | {"only_tags": limited["only_tags"] + many})
    assert answer.status_code == 400
    assert "http://localhost/sign-in/again" in text_of(answer)
    assert answer.text.count("checked") == 203


def test_what_comes_back_is_said_to_be_not_saved_yet(alice, browser, page, limited):
    answer = submit(browser, f"{page}/limits", **limited | {"daily_calls": "77"})
    back = submit(browser, answer.location, password=alice.password, next=back_from(browser, answer.location)).location
    assert NOT_SAVED in text_of(browser.get(back))
    assert NOT_SAVED not in text_of(browser.get(f"{page}/limits"))


@pytest.mark.parametrize("how", ["bare", "signed for another", "for another page"])
def test_nobody_fills_in_a_form_by_a_link(browser, browser_of, alice, page, limited, how):
    query = "?entered=1&daily_calls=999"
    if how != "bare":
        theirs = browser_of(alice)
        answer = submit(browser, f"{page}/limits", **limited | {"daily_calls": "999"})
        query = "?" + back_from(browser, answer.location).partition("?")[2]
        browser, page = (theirs, page) if how == "signed for another" else (browser, "/settings/account")
    path = page if page == "/settings/account" else f"{page}/limits"
    form = browser.get(path + query)
    assert form.status_code == 200
    assert NOT_SAVED not in text_of(form)
    assert 'value="999"' not in form.text


def test_what_was_changed_while_it_was_asked_who_is_there_stays(app, alice, browser, claude, page, limited):
    sent = without(limited, "hide_contact")
    answer = submit(browser, f"{page}/limits", **sent)
    back = submit(browser, answer.location, password=alice.password, next=back_from(browser, answer.location)).location
    hidden = hidden_fields(browser, back)
    assert submit(browser, f"{page}/limits", **limited | {"daily_calls": "2"}).status_code == 302

    assert browser.post(f"{page}/limits", data=hidden | sent).status_code == 409
    assert limits_of(app, claude)[1:4:2] == (True, 2)


def test_the_page_names_the_day_on_which_it_ends(browser, page, limited):
    assert "Ends Access ends after 31 December 2098, in" in text_of(browser.get(page))
