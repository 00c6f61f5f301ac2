"""What somebody sends acts in the account that its page showed, whatever account another window has switched to since."""

# ruff: noqa: F811 (fixtures of another file)
from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from blueprints.auth.access_control import access_of
from models.accounts.account import Account
from models.accounts.member import Member
from models.accounts.user import User
from models.database.base import db, now
from models.database.tenancy import in_account
from models.permissions import Permission, Role
from models.profiles.tag import Tag
from tests.markup import read
from tests.pages import csrf_token, hidden_fields, submit, text_of
from tests.promises.imports import ROOT
from tests.promises.test_safe_methods import browser, everything, ids  # noqa: F401 (fixtures)

NEW_TAG = "/tags/new"


@pytest.fixture
def at_black_mesa(new_person, black_mesa, alice):
    """Alice as an Owner of Black Mesa, where she is besides Aperture Science."""
    return new_person("Alice", black_mesa, Role.OWNER)


def switch(browser, person):
    assert submit(browser, "/accounts/current", page="/profiles", account=person.account_id).status_code == 302


def posts_in_an_account(app):
    """Every route that takes a form and acts in an account, but for those whose form names it."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        names_it = getattr(view, "names_account", False)
        if "POST" in (rule.methods or ()) and isinstance(access_of(view), Permission) and not names_it:
            yield rule


def paths(app, ids):
    adapter = app.url_map.bind("localhost")
    return [
        adapter.build(rule.endpoint, {name: ids.get(name, ids["profile_id"]) for name in rule.arguments}, method="POST")
        for rule in posts_in_an_account(app)
    ]


@pytest.mark.asvs("8.4.1")
def test_no_form_of_one_account_does_anything_in_another(app, alice, at_black_mesa, browser, ids):
    token = csrf_token(browser, NEW_TAG)
    switch(browser, at_black_mesa)
    before = [everything(app, person.account_id) for person in (alice, at_black_mesa)]

    answers = {
        path: browser.post(path, data={"csrf_token": token, "label": "Sales", "color": "red"})
        for path in paths(app, ids)
    }

    assert len(answers) > 40
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 409)
    assert [everything(app, person.account_id) for person in (alice, at_black_mesa)] == before


def test_a_form_that_names_no_account_is_refused_like_one_without_a_token(app, alice, browser, ids):
    bare = csrf_token(browser, NEW_TAG).partition("~")[0]
    before = everything(app, alice.account_id)
    for token in (bare, f"{bare}~", f"{bare}~another"):
        codes = {path: browser.post(path, data={"csrf_token": token}).status_code for path in paths(app, ids)}
        assert codes == dict.fromkeys(codes, 400)
    assert everything(app, alice.account_id) == before


def test_every_form_on_every_page_names_the_account_it_acts_in(app, alice, browser, ids):
    adapter, seen = app.url_map.bind("localhost"), set()
    opened = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.endpoint != "static"]
    for rule in opened:
        path = adapter.build(rule.endpoint, {name: ids[name] for name in rule.arguments}, method="GET")
        answer = browser.get(path)
        if answer.mimetype != "text/html" or answer.status_code >= 400:
            continue
        for form in (form for form in read(answer.text).all("form") if form.attributes.get("method") == "post"):
            targets = [form.attributes.get("action") or path]
            targets += [
                button.attributes["formaction"] for button in form.all("button") if "formaction" in button.attributes
            ]
            token = next(field for field in form.all("input") if field.attributes.get("name") == "csrf_token")
            for target in targets:
                endpoint = endpoint_of(adapter, target)
                if isinstance(access_of(app.view_functions[endpoint]), Permission):
                    assert token.attributes["value"].endswith(f"~{alice.account_id}"), f"{path} posts to {target}"
                    seen.add(endpoint)
    assert len(seen) > 30


def endpoint_of(adapter, address):
    try:
        return adapter.match(urlsplit(address).path, method="POST")[0]
    except HTTPException:
        pytest.fail(f"nothing takes a form at {address}")


@pytest.mark.asvs("3.5.1")
def test_no_template_has_a_form_without_a_token():
    for path in (ROOT / "templates").rglob("*.html"):
        forms = re.findall(r'<form[^>]*method="post".*?</form>', path.read_text(), re.DOTALL)
        for form in forms:
            # The boxes of the list of profiles and what is done with them are in one form, made of two templates.
            assert re.search(r"csrf_token|hidden_tag\(\)|choices\(", form), f"{path.name}: {form[:100]}"


def test_the_page_that_says_so_leads_back(app, alice, at_black_mesa, browser_of):
    window = browser_of(alice)
    hidden = hidden_fields(window, NEW_TAG)
    switch(window, at_black_mesa)

    answer = window.post(NEW_TAG, data={**hidden, "label": "Sales", "color": "red"})
    assert answer.status_code == 409
    assert f"This page was for {alice.account_name}" in text_of(answer)

    main = read(answer.text).all("main")[0]
    back = {field.attributes["name"]: field.attributes.get("value", "") for field in main.all("form")[0].all("input")}
    assert window.post("/accounts/current", data=back).headers["Location"] == NEW_TAG
    # What stood on the first page counts again, as it does by the browser's Back button.
    assert window.post(NEW_TAG, data={**hidden, "label": "Sales", "color": "red"}).status_code == 302
    for person, labels in ((alice, ["Sales"]), (at_black_mesa, [])):
        with app.app_context(), in_account(person.account_id):
            assert [tag.label for tag in Tag.all_in(person.account_id)] == labels


def test_an_account_that_somebody_is_no_member_of_any_more_is_not_named(app, alice, at_black_mesa, browser_of):
    window = browser_of(alice)
    hidden = hidden_fields(window, NEW_TAG)
    with app.app_context():
        db.session.get_one(Member, alice.member_id).removed_at = now()
        db.session.get_one(Account, alice.account_id).name = "Aperture Laboratories"
        db.session.commit()

    answer = window.post(NEW_TAG, data={**hidden, "label": "Sales", "color": "red"})

    assert answer.status_code == 409
    assert "Aperture" not in answer.text


def test_what_is_about_a_person_does_not_ask_for_the_account(app, alice, at_black_mesa, browser_of):
    window = browser_of(alice)
    hidden = hidden_fields(window, "/settings/profile")
    switch(window, at_black_mesa)
    assert window.post("/settings/profile", data={**hidden, "name": "Alice Liddell"}).status_code == 302
    with app.app_context():
        assert db.session.get_one(User, alice.user_id).name == "Alice Liddell"


def test_what_was_entered_for_one_account_is_not_filled_in_for_another(alice, at_black_mesa, browser_of, long_ago):
    window = browser_of(alice)
    long_ago(alice)
    entered: dict[str, Any] = {
        "name": "A new name",
        "assessments": ["disc"],
        "reminder_days": "0",
        "audit_retention_days": "90",
    }
    asked = submit(window, "/settings/account", **entered).headers["Location"]
    back = submit(window, "/sign-in/again", page=asked, password=alice.password, next=next_of(asked)).headers[
        "Location"
    ]
    assert 'value="A new name"' in window.get(back).text
    switch(window, at_black_mesa)
    assert 'value="Black Mesa"' in window.get(back).text


def next_of(address):
    return parse_qs(urlsplit(address).query)["next"][0]
