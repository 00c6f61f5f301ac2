"""One's own profile and password."""

from __future__ import annotations

import pytest

from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.profile import Profile
from tests.for_each import for_each
from tests.pages import submit, text_of

NEW = "seven teapots on a bicycle"


def change(browser, present, wanted=NEW, again=None):
    fields = {"present": present, "wanted": wanted, "again": wanted if again is None else again}
    return submit(browser, "/settings/sign-in/password", **fields)


def test_charlie_changes_his_name_everywhere(charlie, browser_of, new_person, black_mesa, audit_log):
    elsewhere = new_person("Charlie", black_mesa)
    browser = browser_of(charlie)
    assert submit(browser, "/settings/profile", name="Charles").location == "/settings/profile"
    assert 'value="Charles"' in browser.get("/settings/profile").get_data(as_text=True)
    assert audit_log(charlie)[-1] == audit_log(elsewhere)[-1] == ("person.changed", "allowed")


@for_each("name", ["", "   ", "\u202e", "n" * 121, "a\x00b"])
def test_a_name_that_cannot_be_kept_is_refused_on_its_field(charlie, browser_of, name):
    answer = submit(browser_of(charlie), "/settings/profile", name=name)
    assert answer.status_code == 400
    assert 'href="#name"' in answer.get_data(as_text=True)


def test_a_new_password_signs_out_every_other_browser(charlie, browser_of, audit_log, app):
    here, there = browser_of(charlie), browser_of(charlie)
    assert change(here, charlie.password).location == "/settings/sign-in"
    assert "every other browser was signed out" in text_of(here.get("/settings/sign-in"))
    assert there.get("/settings/profile").location == "/sign-in?next=/settings/profile"
    assert audit_log(charlie)[-1] == ("person.password_changed", "allowed")
    assert submit(app.test_client(), "/sign-in", email=charlie.email, password=charlie.password).status_code == 400
    assert submit(app.test_client(), "/sign-in", email=charlie.email, password=NEW).status_code == 302


def test_the_present_password_must_be_right(charlie, browser_of, audit_log):
    here, there = browser_of(charlie), browser_of(charlie)
    answer = change(here, "not the present password")
    assert answer.status_code == 400
    assert "Your current password is incorrect." in text_of(answer)
    assert there.get("/settings/profile").status_code == 200
    assert audit_log(charlie)[-1] == ("person.password_changed", "refused")


@pytest.mark.parametrize(
    ("wanted", "again", "sentence"),
    [
        ("too short", None, "at least 15"),
        ("correct horse battery staple", None, "too easy to guess"),
        ("charlie charlie charlie", None, "too easy to guess"),
        (NEW, "seven teapots on a tricycle", "The new passwords do not match."),
        ("", "", "Choose a new password."),
        ("n" * 300 + NEW, None, "at most 256"),
    ],
)
def test_a_new_password_that_cannot_be_used_is_refused(charlie, browser_of, app, wanted, again, sentence):
    answer = change(browser_of(charlie), charlie.password, wanted, again)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert submit(app.test_client(), "/sign-in", email=charlie.email, password=charlie.password).status_code == 302


def test_the_present_password_again_is_no_change(charlie, browser_of):
    answer = change(browser_of(charlie), charlie.password, charlie.password)
    assert "This is your current password." in text_of(answer)


@pytest.mark.parametrize("page", ["/settings/profile", "/settings/sign-in/password"])
def test_a_stranger_is_asked_to_sign_in(client, page):
    assert client.get(page).location == f"/sign-in?next={page}"


def test_your_data_leads_to_the_profile_with_your_address(app, browser_of, charlie, bob):
    with app.app_context(), in_account(charlie.account_id):
        profile = Profile.create(charlie.account_id, charlie.email.upper())
        db.session.commit()
        path = f'href="/profiles/{profile.id}"'
    assert path in browser_of(charlie).get("/settings/profile/data").get_data(as_text=True)
    assert (
        "/profiles/" not in browser_of(bob).get("/settings/profile/data").get_data(as_text=True).partition("<main")[2]
    )
