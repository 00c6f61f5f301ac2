"""Limits as members and Owners set them: none is lost unseen, and one that would leave nothing is refused with the reason."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from models.clients.client import Client
from models.connections.connection import Connection
from models.connections.policy import ConnectionPolicy
from models.database.base import db
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.scopes import ACCOUNT_WRITE, ALL_SCOPES, PROFILES_READ, PROFILES_WRITE
from tests.for_each import for_each
from tests.pages import submit, text_of

POLICY = "/settings/connections/policy"
EVERYTHING: dict[str, Any] = {"scopes": sorted(ALL_SCOPES), "registration": "y"}


@pytest.fixture
def browser(browser_of, alice):
    return browser_of(alice)


@pytest.fixture
def page(claude):
    return f"/settings/connections/{claude.connection_id}/limits"


@pytest.fixture
def tags(in_alices):
    """Sales, which Ana carries; Staff, which Ben carries; and Nobody."""

    def make(account):
        made = [Tag.create(account, label, "blue") for label in ("Sales", "Staff", "Nobody")]
        for tag, name in zip(made, ("Ana", "Ben"), strict=False):
            tag.put_on([Profile.create(account, f"{name}@example.org", name).id])
        return {tag.label: str(tag.id) for tag in made}

    return in_alices(make)


@pytest.mark.parametrize("where", [POLICY, None])
def test_what_limits_leave_is_said_truly(browser, page, tags, where):
    said = text_of(browser.get(where or page))

    assert "What somebody typed into a name, a tag or a debrief is still shown." in said
    assert "cannot rename or delete these tags, or tags of other profiles." in said


@pytest.fixture
def delete(in_alices, tags):
    return lambda label: in_alices(lambda account: Tag.find(account, uuid.UUID(tags[label])).delete())


def only_tags(app, claude):
    with app.app_context():
        return db.session.get_one(Connection, claude.connection_id).only_tags


def test_a_tag_that_was_deleted_goes_on_limiting_whatever_else_is_saved(app, browser, claude, page, tags, delete):
    submit(browser, page, only_tags=[tags["Sales"]])
    assert claude.result("list_profiles")["total"] == 1
    delete("Sales")

    shown = browser.get(page)
    assert "A deleted tag that no profile has" in text_of(shown)
    assert ticked(shown) == [tags["Sales"]]
    assert submit(browser, page, only_tags=ticked(shown), read_only="y").status_code == 302
    assert claude.result("list_profiles")["total"] == 0
    assert "create_tag" not in claude.tools()

    assert submit(browser, page).status_code == 302
    assert claude.result("list_profiles")["total"] == 2
    assert only_tags(app, claude) is None
    assert "deleted tag" not in text_of(browser.get(page))


def ticked(answer):
    """The tags whose boxes are ticked, which a browser sends when the form is saved."""
    boxes = [tag for tag in answer.text.split("<input")[1:] if 'name="only_tags"' in tag]
    return [box.split('value="')[1].split('"')[0] for box in boxes if "checked" in box.split(">")[0]]


def test_with_the_one_that_is_left_somebody_may_be_seen(app, browser, claude, page, tags, delete):
    submit(browser, page, only_tags=[tags["Sales"], tags["Staff"]])
    delete("Sales")

    assert submit(browser, page, only_tags=[tags["Staff"]]).status_code == 302
    assert only_tags(app, claude) == [tags["Staff"]]


def test_the_policy_keeps_a_tag_that_was_deleted(app, alice, browser, claude, tags, delete):
    submit(browser, POLICY, only_tags=[tags["Sales"]], **EVERYTHING)
    delete("Sales")

    shown = browser.get(POLICY)
    assert ticked(shown) == [tags["Sales"]]
    submit(browser, POLICY, only_tags=ticked(shown), daily_calls="500", **EVERYTHING)
    assert claude.result("list_profiles")["total"] == 0
    submit(browser, POLICY, **EVERYTHING)
    assert claude.result("list_profiles")["total"] == 2


@pytest.mark.parametrize("day", ["3000-01-01", "9999-12-31"])
def test_an_end_that_is_too_far_away_is_refused_with_the_furthest(browser, claude, page, day):
    answer = submit(browser, page, ends_on=day)

    assert answer.status_code == 400
    assert "Choose a day up to 31 December 2999, or leave it empty for no end." in text_of(answer)
    assert submit(browser, page, ends_on="2999-12-31").status_code == 302
    claude.result("list_tags")


@pytest.mark.parametrize("where", ["the limits", "the policy"])
def test_a_tag_that_nobody_carries_is_refused_while_there_are_people(browser, claude, page, tags, where):
    path, more = (page, {}) if where == "the limits" else (POLICY, EVERYTHING)
    answer = submit(browser, path, only_tags=[tags["Nobody"]], **more)

    assert answer.status_code == 400
    assert "No profile has any of these tags yet." in text_of(answer)
    assert submit(browser, path, only_tags=[tags["Nobody"], tags["Sales"]], **more).status_code == 302


def test_in_an_account_without_anybody_it_may_be_meant_for_those_to_come(browser, claude, page, in_alices):
    tag = in_alices(lambda account: str(Tag.create(account, "Sales", "blue").id))

    assert submit(browser, page, only_tags=[tag]).status_code == 302


@pytest.mark.asvs("2.2.3")
def test_tags_that_leave_nobody_with_those_of_the_policy_are_refused(browser, claude, page, tags):
    submit(browser, POLICY, only_tags=[tags["Sales"]], **EVERYTHING)
    answer = submit(browser, page, only_tags=[tags["Staff"]])

    assert answer.status_code == 400
    assert "No profile has one of these tags and one that the account's policy requires" in text_of(answer)
    assert submit(browser, page, only_tags=[tags["Staff"], tags["Sales"]]).status_code == 302
    assert claude.result("list_profiles")["total"] == 1


def test_what_may_only_write_cannot_be_limited_to_reading(app, browser, alice, connect):
    writer = connect(alice, [PROFILES_WRITE, ACCOUNT_WRITE], name="Writer")
    page = f"/settings/connections/{writer.connection_id}/limits"
    answer = submit(browser, page, read_only="y")

    assert answer.status_code == 400
    assert "None of this app's scopes can read. Scopes that can read: profiles:read," in text_of(answer)


def test_nor_can_a_policy_that_allows_writing_alone(browser, alice):
    scopes = [PROFILES_WRITE, ACCOUNT_WRITE]
    answer = submit(browser, POLICY, scopes=scopes, registration="y", read_only="y")

    assert answer.status_code == 400
    assert "The maximum access includes no scope that can read." in text_of(answer)
    assert submit(browser, POLICY, scopes=[*scopes, PROFILES_READ], registration="y", read_only="y").status_code == 302
    assert submit(browser, POLICY, scopes=scopes, registration="y", read_only="y").status_code == 400


@for_each(
    "typed",
    ["!!! not a thing", "claude", "http://claude.ai", "https://", "https://[", "claude..ai", "9f" * 16, "x" * 600],
)
def test_what_names_no_app_is_refused_with_what_to_write(browser, claude, typed):
    answer = submit(browser, POLICY, apps=typed, **EVERYTHING)

    assert answer.status_code == 400
    assert "is not an app. Enter an app's verified domain, such as claude.ai" in text_of(answer)
    claude.result("list_tags")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Claude.ai", "claude.ai"),
        ("https://claude.ai", "claude.ai"),
        ("https://claude.ai/", "claude.ai"),
        ("claude.ai/", "claude.ai"),
        ("https://claude.ai/oauth/client.json", "https://claude.ai/oauth/client.json"),
    ],
)
def test_an_app_is_named_by_its_domain_however_it_is_typed(app, alice, browser, typed, kept):
    assert submit(browser, POLICY, apps=typed, **EVERYTHING).status_code == 302
    with app.app_context():
        assert ConnectionPolicy.of(alice.account_id).apps == [kept]


def test_registered_apps_alone_while_registered_apps_may_not_connect_are_refused(app, browser, claude):
    with app.app_context():
        own = db.session.get_one(Connection, claude.connection_id).client.client_id
    scopes = sorted(ALL_SCOPES)
    answer = submit(browser, POLICY, apps=own, scopes=scopes)

    assert answer.status_code == 400
    assert "These apps all registered themselves" in text_of(answer)
    assert submit(browser, POLICY, apps=f"{own}\nclaude.ai", scopes=scopes).status_code == 302
    assert submit(browser, POLICY, apps=own, **EVERYTHING).status_code == 302
    assert submit(browser, POLICY, apps=own, scopes=scopes).status_code == 400


def test_an_app_that_was_named_and_is_gone_since_is_kept_by_the_policy(app, alice, browser, in_alices):
    gone = in_alices(lambda _account: Client.register("Gone", ["https://gone.example/cb"])[0].client_id)
    submit(browser, POLICY, apps=gone, **EVERYTHING)
    in_alices(lambda _account: db.session.execute(db.delete(Client).where(Client.client_id == gone)))

    assert submit(browser, POLICY, apps=f"{gone}\nclaude.ai", daily_calls="5", **EVERYTHING).status_code == 302
