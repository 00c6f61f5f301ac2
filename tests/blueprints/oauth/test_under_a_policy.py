"""Tokens under the policy of an account: an app is told what it really has, and is given nothing while it may do nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from models.accounts.account import Account
from models.accounts.member import Member
from models.connections import lifecycle as lifecycle
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.policy import ConnectionPolicy
from models.database.base import db, now
from models.database.tenancy import in_account
from models.oauth.device_authorization import DEVICE_GRANT
from models.permissions import Role
from models.scopes import ALL_SCOPES, PROFILES_WRITE, TAGS_MANAGE, format_scopes
from tests.assistant import Assistant, decide
from tests.mcp_client import McpClient
from tests.pages import csrf_token

EVERYTHING = format_scopes(ALL_SCOPES)


@pytest.fixture
def robot(app, browser):
    """A confidential app that Alice has connected."""
    return Assistant(app, "Robot").register(token_endpoint_auth_method="client_secret_post").connect(browser)


@pytest.fixture
def policy(app, alice):
    """Set the policy of Alice's account."""

    def change(**wanted):
        with app.app_context(), in_account(alice.account_id):
            ConnectionPolicy.of(alice.account_id).change(**wanted)
            db.session.commit()

    return change


@pytest.fixture
def require_factor(app, alice):
    """Let Alice's account ask all members for a second factor."""

    def require():
        with app.app_context():
            db.session.get_one(Account, alice.account_id).second_factor_required = True
            db.session.commit()

    return require


def introspect(robot, token):
    """The introspection of a token."""
    given = {"token": token, "client_id": robot.client_id, "client_secret": robot.client_secret}
    return robot.wire.post("/introspect", data=given).json


def test_a_renewal_says_what_the_policy_leaves(app, robot, policy):
    policy(scopes=frozenset({TAGS_MANAGE}))
    answer = robot.refresh()
    assert (answer.status_code, answer.json["scope"]) == (200, "tags:manage")
    robot.keep(answer)
    assert (
        introspect(robot, robot.access_token)["scope"]
        == introspect(robot, robot.refresh_token)["scope"]
        == "tags:manage"
    )

    # What the policy gives back is there at once, also for this token.
    policy(scopes=None)
    McpClient(app, robot.access_token).result("get_account")
    assert robot.refresh().json["scope"] == EVERYTHING


def test_a_renewal_says_what_the_role_leaves(app, robot, alice):
    with app.app_context():
        db.session.get_one(Member, alice.member_id).role = Role.USER
        db.session.commit()
    assert robot.refresh().json["scope"] == "profiles:read tags:manage account:read"


def test_a_code_says_what_the_policy_leaves(browser, robot, policy):
    code = robot.code_in(decide(browser, robot.ask(browser)))
    policy(scopes=ALL_SCOPES - {PROFILES_WRITE})
    assert PROFILES_WRITE not in robot.redeem(code).json["scope"].split()


@pytest.mark.parametrize("wanted", [{"registration": False}, {"apps": ["claude.ai"]}])
def test_an_app_that_the_policy_keeps_out_gets_no_tokens_until_it_is_let_in_again(browser, robot, policy, wanted):
    code = robot.code_in(decide(browser, robot.ask(browser)))
    policy(**wanted)
    for refused in (robot.refresh(), robot.redeem(code)):
        assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")
        assert "account's policy blocks this app" in refused.json["error_description"]
    assert introspect(robot, robot.refresh_token) == {"active": False}
    assert introspect(robot, robot.access_token)["scope"] == ""

    # Asking used nothing up.
    policy(registration=True, apps=None)
    assert robot.redeem(code).status_code == 200
    assert robot.refresh().status_code == 200


@pytest.mark.parametrize("asked", ["of all members", "of who connects apps"])
def test_without_the_second_factor_there_are_no_tokens(alice, robot, policy, require_factor, give_app, asked):
    require_factor() if asked == "of all members" else policy(second_factor=True)
    refused = robot.refresh()
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")
    assert "second factor" in refused.json["error_description"]
    assert introspect(robot, robot.refresh_token) == {"active": False}
    assert introspect(robot, robot.access_token)["scope"] == ""

    give_app(alice)
    assert robot.refresh().status_code == 200


def test_a_refresh_token_that_comes_twice_is_noticed_whatever_the_policy_says(app, robot, policy):
    old = robot.refresh_token
    robot.keep(robot.refresh())
    robot.keep(robot.refresh())
    policy(registration=False)
    assert robot.refresh(old).json["error"] == "invalid_grant"
    with app.app_context():
        assert db.session.scalars(db.select(Authorization)).one().cut_off


def test_a_device_gets_nothing_while_the_policy_keeps_its_app_out(app, browser, policy):
    terminal = Assistant(app, "Terminal").register(
        grant_types=[DEVICE_GRANT, "refresh_token"],
        redirect_uris=[],
        response_types=[],
    )
    codes = terminal.wire.post("/device_authorization", data={"client_id": terminal.client_id}).json
    page = browser.post("/device", data={"csrf_token": csrf_token(browser, "/device"), "user_code": codes["user_code"]})
    assert decide(browser, page).status_code == 200
    asked = {
        "grant_type": DEVICE_GRANT,
        "device_code": codes["device_code"],
        "client_id": terminal.client_id,
    }
    policy(registration=False)
    assert terminal.post_token(asked).json["error"] == "invalid_grant"
    policy(registration=True, scopes=frozenset({TAGS_MANAGE}))
    assert terminal.post_token(asked).json["scope"] == TAGS_MANAGE


def test_a_paused_apps_tokens_say_that_they_open_nothing_and_it_stays_connected(app, robot):
    with app.app_context():
        lifecycle.pause(db.session.scalars(db.select(Connection)).one())
        db.session.commit()
    for token in (robot.access_token, robot.refresh_token):
        assert (introspect(robot, token)["active"], introspect(robot, token)["scope"]) == (True, "")
    assert robot.refresh().status_code == 200


@pytest.mark.parametrize("by", ["its member", "the policy"])
def test_past_its_end_no_token_is_active(app, robot, policy, by):
    before = introspect(robot, robot.refresh_token)["exp"]
    policy(longest_days=7)
    if by == "its member":
        change(app, update(Connection).values(ends_at=now() + timedelta(minutes=5)))
    assert introspect(robot, robot.refresh_token)["exp"] < before
    assert introspect(robot, robot.access_token)["exp"] <= introspect(robot, robot.refresh_token)["exp"]
    if by == "its member":
        change(app, update(Connection).values(ends_at=now()))
    else:
        change(app, update(Authorization).values(created_at=now() - timedelta(days=8)))
    assert introspect(robot, robot.access_token) == introspect(robot, robot.refresh_token) == {"active": False}
    assert robot.refresh().json["error"] == "invalid_grant"


def change(app, statement):
    with app.app_context():
        db.session.execute(statement)
        db.session.commit()
