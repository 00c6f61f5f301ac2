"""A text that is too long is refused with its length and stays in the form: nothing cuts it without a word."""

from __future__ import annotations

import pytest

from models.profiles.alias import Alias
from models.profiles.profile import Profile
from tests.for_each import for_each
from tests.pages import submit, text_of

FIELDS = [
    ("/profiles/new", "first_name", 100),
    ("/profiles/new", "last_name", 100),
    ("/profiles/new", "phone", 40),
    ("/profiles/new", "email", 254),
    ("/profiles/new", "custom_id", 200),
    ("/profiles/{ana}/edit", "first_name", 100),
    ("/profiles/{ana}/invitation", "note", 1_000),
    ("/tags/new", "label", 60),
    ("/invitations/new", "note", 1_000),
    ("/invitations/links/new", "custom_id", 200),
    ("/settings/profile", "name", 120),
    ("/settings/account", "name", 120),
    ("/settings/aliases/new", "consumer_key", 200),
    ("/settings/aliases/{alias}/edit", "consumer_key", 200),
    ("/settings/clients/new", "name", 80),
    ("/settings/members/invitations", "email", 254),
]
# What some of these forms need besides.
REST = {
    "/settings/account": {"assessments": "disc", "reminder_days": "3"},
    "/settings/aliases/new": {"email": "ana@example.com"},
    "/settings/clients/new": {"once": "01890000-0000-7000-8000-000000000000"},
    "/settings/members/invitations": {"role": "User"},
}


@pytest.fixture
def paths(in_alices, ana):
    """The pages of these forms, with the ids in their addresses."""
    alias = in_alices(lambda id_: Alias.set_custom_id(Profile.find(id_, ana), "crm-1").id)
    return {path: path.format(ana=ana, alias=alias) for path, *_ in FIELDS}


def test_every_field_says_how_long_its_text_may_be_and_is_and_keeps_it(browser_of, alice, paths):
    browser = browser_of(alice)
    for path, field, longest in FIELDS:
        typed = ("1" * longest + "23@example.com")[-longest - 1 :] if field == "email" else "1" * (longest + 1)
        answer = submit(browser, paths[path], **REST.get(path, {}), **{field: typed})
        assert answer.status_code == 400, (path, field)
        assert f"at most {longest:,} characters. This one has {longest + 1:,}." in text_of(answer), (path, field)
        assert typed in answer.text, (path, field)


@for_each("path", ["/profiles", "/tags", "/settings/aliases", "/settings/audit", "/settings/connections/everyone"])
def test_a_search_that_is_too_long_is_refused_and_not_cut(browser_of, alice, path):
    answer = browser_of(alice).get(path, query_string={"search": "x" * 201})
    assert answer.status_code == 400
    assert "A search can have at most 200 characters. This one has 201." in text_of(answer)


@pytest.mark.asvs("6.2.8")
def test_a_new_password_that_is_too_long_is_not_cut(browser_of, alice):
    new = "seven teapots " * 20
    entered = {"present": alice.password, "wanted": new, "again": new}
    answer = submit(browser_of(alice), "/settings/sign-in/password", **entered)
    assert "A password can have at most 256 characters. This one has 280." in text_of(answer)
