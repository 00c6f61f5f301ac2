"""Limits and policies that are tried out: what the pages say about the last calls is what would have happened to them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from models.accounts.member import Member
from models.audit_log import rehearsal
from models.connections import lifecycle as lifecycle
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.database.base import db, now
from models.permissions import Role
from models.profiles.profile import Profile
from models.scopes import ALL_SCOPES, PROFILES_READ, TAGS_MANAGE
from tests.for_each import for_each
from tests.markup import read
from tests.pages import csrf_token, submit, text_of

pytestmark = pytest.mark.both_databases
YEAR = timedelta(days=365)
POLICY = "/settings/connections/policy"
EVERYTHING: dict[str, Any] = {"scopes": sorted(ALL_SCOPES), "registration": "y", "apps": ""}


@pytest.fixture
def hers(alice, browser_of):
    return browser_of(alice)


@pytest.fixture
def page(claude):
    return f"/settings/connections/{claude.connection_id}/limits"


@pytest.fixture
def people(ours, in_alices):
    """Eleven people and Doug, whom Claude may tag all at once."""
    made = in_alices(lambda account: [str(Profile.create(account, f"p{n}@example.org").id) for n in range(11)])
    return [ours.profile, *made]


@pytest.fixture
def work(ours, people):
    """What an app does in an hour of work, and undoes again."""
    numbers = count(1)

    def do(app):
        number = next(numbers)
        tag = app.call("create_tag", label=f"Round {number}", color="red").json["result"]
        app.call("list_profiles")
        app.call("get_profile", profile_id=ours.profile)
        app.call("tag_profiles", tag_id=ours.tag, profile_ids=people)
        app.call("untag_profiles", tag_id=ours.tag, profile_ids=people[1:])
        app.call("update_profile", profile_id=ours.profile, first_name=f"Doug {number}")
        app.call("send_assessment_invite", email=f"new{number}@example.org")
        app.call("delete_tag", tag_id=ours.tag if tag["isError"] else tag["structuredContent"]["id"])

    return do


def tried(browser, page, **choices):
    """The page after “Try it out”."""
    answer = submit(browser, page, **{"try": "1", **choices})
    assert answer.status_code == 200, text_of(answer)
    return answer


def rows(answer):
    """The calls that would have been stopped: why, by tool."""
    found: Counter[tuple[str, str]] = Counter()
    for row in read(answer.text).all("tr"):
        cells = [cell.text for cell in (*row.all("th"), *row.all("td"))]
        if len(cells) == 3 and cells[0] != "Tool":
            found[cells[0], cells[1]] += int(cells[2])
    return found


def test_a_limit_is_tried_on_the_last_calls_and_not_saved(app, claude, work, hers, page):
    work(claude)
    answer = tried(hers, page, read_only="y", daily_calls="500")

    said = text_of(answer)
    assert "6 of 8 calls of the last 30 days would have been stopped." in said
    assert rows(answer)["create_tag", "It is read-only"] == 1
    assert sum(rows(answer).values()) == 6
    assert "people, with e-mail and phone" in said
    assert "Nothing is saved yet." in said
    fields = {each.attributes.get("name"): each.attributes for each in read(answer.text).all("input")}
    assert "checked" in fields["read_only"]
    assert fields["daily_calls"]["value"] == "500"
    with app.app_context():
        assert db.session.get_one(Connection, claude.connection_id).read_only is False
    assert "create_tag" in claude.tools()


WHY = {
    "read_only": "It is read-only",
    "ask_first": "A person must allow it first",
    "daily": "Its daily call limit is reached",
    "policy_scope": "The account's policy allows no app the scope for it",
    "second_factor": "Its member has no second factor, which the account requires",
    "policy": "The account's policy blocks this app",
}


@for_each(
    "name, given",
    {
        "read only": {"read_only": "y"},
        "deletions ask first": {"ask_first": ["delete"]},
        "mail asks first": {"ask_first": ["send"]},
        "many at once and deletions ask first": {"ask_first": ["many", "delete"]},
        "every change asks first": {"ask_first": ["change"]},
        "nothing that matters": {"daily_calls": "500"},
        "policy: scopes": {"scopes": [PROFILES_READ, TAGS_MANAGE]},
        "policy: apps": {"apps": "claude.ai"},
        "policy: second factor": {"second_factor": "y"},
        "policy: read only": {"read_only": "y"},
        "policy: ask first": {"ask_first": ["delete", "send"]},
    }.items(),
)
def test_what_is_said_is_what_happens_to_the_same_calls_once_it_is_saved(
    connect, alice, work, hers, audit_log, within, aperture, name, given
):
    app = connect(alice, name=f"App for {name}")
    limits = f"/settings/connections/{app.connection_id}/limits"
    where, form = (POLICY, EVERYTHING | given) if name.startswith("policy") else (limits, given)
    work(app)
    said, made = rows(tried(hers, where, **form)), len(audit_log())
    assert submit(hers, where, **form).status_code == 302

    work(app)

    refused = [entry for entry in audit_log()[made:] if entry.outcome == "refused"]
    assert said == Counter((entry.tool, WHY[entry.reason]) for entry in refused)
    assert (name == "nothing that matters") == (not said)
    submit(hers, POLICY, **EVERYTHING)
    within(aperture, lambda _id: lifecycle.revoke(db.session.get_one(Connection, app.connection_id), None))


def test_more_than_the_calls_of_a_day_would_have_been_stopped(claude, hers, page, ours):
    for _each in range(5):
        claude.result("list_tags")
    claude.refusal("delete_profile", profile_id=ours.tag)

    assert rows(tried(hers, page, daily_calls="3")) == {("list_tags", "Its daily call limit is reached"): 2}
    assert rows(tried(hers, page, daily_calls="5")) == {}
    policy = tried(hers, POLICY, daily_calls="4", **EVERYTHING)
    assert rows(policy) == {("list_tags", "Its daily call limit is reached"): 1}
    submit(hers, page, daily_calls="100")
    assert rows(tried(hers, POLICY, daily_calls="4", **EVERYTHING)) == rows(policy)
    assert rows(tried(hers, POLICY, **EVERYTHING)) == {}


def test_what_an_entry_does_not_tell_is_said_to_be_unknown(claude, ours, hers, page, inside, people):
    tag, _grace = inside
    claude.result("get_profile", profile_id=ours.profile)
    claude.result("list_profiles")
    claude.result("create_alias", resource_id=ours.profile, consumer_key="crm-2")
    claude.result("tag_profiles", tag_id=ours.tag, profile_ids=people)
    claude.result("tag_profiles", tag_id=ours.tag, profile_ids=people)

    said = text_of(tried(hers, page, only_tags=[tag]))
    assert "0 of 5 calls of the last 30 days would have been stopped." in said
    assert "4 calls cannot be checked: the audit log does not keep which tags people had at the time." in said
    said = text_of(tried(hers, page, hide_contact="y"))
    assert "1 call cannot be checked: the audit log does not keep which addresses and aliases the app sent." in said
    said = text_of(tried(hers, page, ask_first=["many"]))
    assert "1 of 5 calls" in said
    assert "1 call cannot be checked: the audit log does not keep how many profiles it was for." in said


def test_looser_limits_say_what_would_have_run(claude, hers, page, ours):
    submit(hers, page, read_only="y")
    claude.refusal("create_tag", label="New", color="red")
    claude.result("list_tags")

    said = text_of(tried(hers, page))
    assert "The only call of the last 30 days would have run." in said
    assert "1 call that was refused or had to wait would have run." in said
    assert "had to wait would have run" not in text_of(tried(hers, page, read_only="y", daily_calls="9"))


def test_without_calls_it_says_so(hers, page):
    assert "No calls were made in the last 30 days." in text_of(tried(hers, page, read_only="y"))


def test_other_connections_and_older_entries_do_not_count(
    app, claude, connect, bob, eve, hers, page, monkeypatch, ours, theirs
):
    connect(bob).result("list_tags")
    connect(eve).result("list_tags")
    assert "No calls were made" in text_of(tried(hers, page))
    claude.result("list_tags")
    assert "The only call" in text_of(tried(hers, page))
    monkeypatch.setattr(rehearsal, "now", lambda: now() + timedelta(days=31))
    assert "No calls were made" in text_of(tried(hers, page))


def test_a_long_log_is_looked_through_from_the_end(claude, hers, page, monkeypatch):
    for _each in range(5):
        claude.result("list_tags")
    monkeypatch.setattr(rehearsal, "MOST", 3)

    said = text_of(tried(hers, page))
    assert "All 3 calls of the last 30 days would have run." in said
    assert "These are the newest, since" in said
    # The day is not known from its beginning.
    assert "cannot be checked" in text_of(tried(hers, page, daily_calls="4"))


def test_choices_that_cannot_be_saved_cannot_be_tried_either(hers, page, claude):
    wrong: list[dict[str, Any]] = [
        {"daily_calls": "0"},
        {"daily_calls": "x"},
        {"ends_on": "2020-01-01"},
        {"only_tags": ["none"]},
    ]
    for choices in wrong:
        answer = submit(hers, page, **{"try": "1", **choices})
        assert answer.status_code == 400
        assert "What this would mean" not in text_of(answer)
    assert submit(hers, POLICY, **{"try": "1"}).status_code == 400


def test_nobody_tries_limits_of_somebody_else(claude, page, browser_of, bob, eve, ours):
    claude.result("list_tags")
    for other in (bob, eve):
        browser = browser_of(other)
        form = {"csrf_token": csrf_token(browser, "/settings/profile"), "try": "1"}
        assert browser.post(page, data=form).status_code == 404
    assert browser_of(bob).get(POLICY).status_code == 403
    answer = tried(browser_of(eve), POLICY, **EVERYTHING)
    assert "No calls were made in the last 30 days." in text_of(answer)


def test_a_policy_names_the_apps_and_members_whose_calls_it_would_stop(claude, connect, bob, hers, ours):
    claude.result("create_tag", label="One", color="red")
    claude.result("list_tags")
    bobs = connect(bob, name="Codex")
    bobs.result("list_tags")

    answer = tried(hers, POLICY, read_only="y", **EVERYTHING)
    said = text_of(answer)
    assert "1 of 3 calls of the last 30 days would have been stopped." in said
    assert "Claude Alice 1 2" in said
    assert "Codex" not in said
    assert "2 people, with e-mail and phone" in said
    bobs.result("create_tag", label="Two", color="red")
    said = text_of(tried(hers, POLICY, read_only="y", **EVERYTHING))
    assert "Codex Bob 1 2" in said


def test_what_ended_does_not_call_again_under_a_policy(claude, hers, ours, within, aperture):
    claude.result("create_tag", label="One", color="red")
    token = submit(hers, f"/settings/connections/{claude.connection_id}/revocation")
    assert token.status_code in {302, 303}

    assert "No calls were made" in text_of(tried(hers, POLICY, read_only="y", **EVERYTHING))


def test_of_an_app_with_one_device_that_the_policy_would_block_nobody_can_say(claude, hers, ours, within, aperture):
    claude.result("list_tags")

    def with_places(*places):
        def change(_id):
            connection = db.session.get_one(Connection, claude.connection_id)
            connection.client.kind, connection.client.client_id = "document", "https://claude.ai/oauth/client.json"
            for place in places[len(connection.authorizations) :]:
                Authorization.give(connection, ALL_SCOPES, ALL_SCOPES, frozenset(), "x", place, YEAR, YEAR, None, None)
            for authorization, place in zip(connection.authorizations, places, strict=True):
                authorization.redirect_uri = place

        within(aperture, change)

    only_claude = EVERYTHING | {"apps": "claude.ai"}
    with_places("http://localhost:3118/callback")
    assert rows(tried(hers, POLICY, **only_claude)) == {("list_tags", WHY["policy"]): 1}
    with_places("https://claude.ai/callback")
    assert "The only call of the last 30 days would have run." in text_of(tried(hers, POLICY, **only_claude))
    with_places("https://claude.ai/callback", "http://localhost:3118/callback")
    said = text_of(tried(hers, POLICY, **only_claude))
    assert "1 call cannot be checked: its entry in the audit log does not say enough." in said


def test_a_role_that_changed_counts_too(claude, hers, page, ours, within, aperture, alice):
    claude.result("create_tag", label="One", color="red")
    within(aperture, lambda _id: setattr(db.session.get_one(Member, alice.member_id), "role", Role.USER))

    assert rows(tried(hers, page)) == {("create_tag", "The member's role does not allow it"): 1}


def test_every_input_that_is_an_id_is_known_to_the_rehearsal(app):
    inputs = {name for tool in app.extensions["tools"] for name in tool.input_schema["properties"]}
    ids = {name for name in inputs if name.endswith(("_id", "_ids"))}
    # With these, people are listed and described: under a limit to tags there are fewer, and nothing is refused. Or they are no ids.
    assert ids - rehearsal.NAMES_SOMETHING == {"tag_ids", "team_id", "custom_id"}
    assert inputs > rehearsal.NAMES_SOMETHING | rehearsal.NAMES_CONTACT


def test_the_form_offers_to_try_after_to_save(hers, page):
    for address in (page, POLICY):
        buttons = [each.text for each in read(hers.get(address).text).all("button")]
        assert buttons.index("Save") < buttons.index("Try it out")
