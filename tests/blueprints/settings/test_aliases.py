"""Aliases: everybody sees them, Managers keep them."""

from __future__ import annotations

import re
import uuid

import pytest

from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.alias import Alias
from models.profiles.profile import Profile
from models.request_scope import Actor, current_scope
from tests.for_each import for_each
from tests.pages import csrf_token, submit, text_of


@pytest.fixture
def keep(app):
    """Puts a profile with aliases into somebody's account; gives the ids of the aliases."""

    def make(person, email, *keys):
        with app.app_context(), in_account(person.account_id):
            current_scope().authenticated_as(Actor(account_id=person.account_id))
            profile = Profile.by_email(person.account_id, email) or Profile.create(person.account_id, email)
            made = [Alias.create(person.account_id, "profile", profile.id, key)[0].id for key in keys]
            db.session.commit()
            current_scope().authenticated_as(Actor())
            return made

    return make


def test_bob_gives_a_profile_an_alias(bob, browser_of, keep, audit_log):
    keep(bob, "ana@example.com")
    browser = browser_of(bob)
    answer = submit(browser, "/settings/aliases/new", consumer_key="crm-17", email="ANA@example.com")
    assert answer.location == "/settings/aliases"
    page = text_of(browser.get("/settings/aliases"))
    assert "crm-17 now points to ana@example.com." in page
    assert audit_log(bob)[-1] == ("alias.created", "allowed")


def test_bob_renames_and_deletes_an_alias(bob, browser_of, keep, audit_log):
    (alias_id,) = keep(bob, "ana@example.com", "crm-17")
    browser = browser_of(bob)
    submit(browser, f"/settings/aliases/{alias_id}/edit", consumer_key="crm-18")
    assert "crm-18" in text_of(browser.get("/settings/aliases"))
    assert "crm-18" in text_of(browser.get(f"/settings/aliases/{alias_id}/deletion"))
    submit(browser, f"/settings/aliases/{alias_id}/deletion")
    page = text_of(browser.get("/settings/aliases"))
    assert "The alias crm-18 was deleted." in page
    assert "No aliases yet" in page
    assert [action for action, _ in audit_log(bob)][-2:] == ["alias.changed", "alias.deleted"]


@pytest.mark.parametrize(
    ("key", "email", "sentence"),
    [
        ("", "ana@example.com", "Enter the consumer key."),
        ("crm-17", "ana@example.com", "already belongs to another profile"),
        ("k" * 201, "ana@example.com", "at most 200"),
        ("crm-18", "nobody@example.com", "No profile in this account has this e-mail address."),
        ("crm-18", "hidden@example.com", "No profile in this account has this e-mail address."),
        ("crm\x0018", "ana@example.com", "not allowed"),
    ],
)
def test_an_alias_that_cannot_be_made_is_refused_on_its_field(bob, eve, browser_of, keep, key, email, sentence):
    keep(eve, "hidden@example.com")
    keep(bob, "ana@example.com")
    keep(bob, "ben@example.com", "crm-17")
    answer = submit(browser_of(bob), "/settings/aliases/new", consumer_key=key, email=email)
    assert answer.status_code == 400
    assert sentence in text_of(answer)


def test_a_key_that_is_taken_is_refused_when_renaming(bob, browser_of, keep):
    keep(bob, "ben@example.com", "crm-17")
    (alias_id,) = keep(bob, "ana@example.com", "crm-18")
    answer = submit(browser_of(bob), f"/settings/aliases/{alias_id}/edit", consumer_key="crm-17")
    assert answer.status_code == 400
    assert "already belongs to another profile" in text_of(answer)


def test_charlie_sees_aliases_and_changes_none(charlie, browser_of, keep):
    (alias_id,) = keep(charlie, "ana@example.com", "crm-17")
    browser = browser_of(charlie)
    page = browser.get("/settings/aliases").get_data(as_text=True)
    assert "crm-17" in page
    assert "/edit" not in page
    token = csrf_token(browser, "/settings/profile")
    for path in ("new", f"{alias_id}/edit", f"{alias_id}/deletion"):
        assert browser.get(f"/settings/aliases/{path}").status_code == 403
        assert browser.post(f"/settings/aliases/{path}", data={"csrf_token": token}).status_code == 403
    assert "crm-17" in text_of(browser.get("/settings/aliases"))


def test_eves_ids_answer_as_unknown_ids(bob, eve, browser_of, keep):
    (hers,) = keep(eve, "ana@example.com", "crm-17")
    browser = browser_of(bob)
    token = csrf_token(browser, "/settings/profile")
    for alias_id in (hers, uuid.uuid4()):
        for what in ("edit", "deletion"):
            path = f"/settings/aliases/{alias_id}/{what}"
            assert browser.get(path).status_code == 404
            assert browser.post(path, data={"csrf_token": token, "consumer_key": "mine"}).status_code == 404
    assert "crm-17" in text_of(browser_of(eve).get("/settings/aliases"))
    assert "crm-17" not in text_of(browser.get("/settings/aliases"))


def test_a_long_list_is_searched_and_turned_page_by_page(bob, browser_of, keep):
    keep(bob, "ana@example.com", *(f"crm-{number:03}" for number in range(120)))
    browser = browser_of(bob)
    first = browser.get("/settings/aliases").get_data(as_text=True)
    assert len(re.findall(r"<code>crm-", first)) == 50
    assert "120 aliases" in first
    third = browser.get("/settings/aliases?page=3").get_data(as_text=True)
    assert re.findall(r"<code>(crm-\d+)", third)[0] == "crm-100"
    found = browser.get("/settings/aliases?search=m-11").get_data(as_text=True)
    assert len(re.findall(r"<code>crm-", found)) == 10
    assert "Nothing found" in text_of(browser.get("/settings/aliases?search=%25"))


@for_each("query", ["page=0", "page=x", "page=99999", "page=-1", f"search={'s' * 201}", "search=%00"])
def test_an_address_out_of_bounds_is_a_clear_refusal(bob, browser_of, query):
    assert browser_of(bob).get(f"/settings/aliases?{query}").status_code == 400
