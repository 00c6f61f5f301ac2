"""A confidential app asks how its tokens stand, and learns nothing of anybody else's."""

import base64
from datetime import timedelta

import pytest

from models.accounts.member import Member
from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.database.base import db, now
from models.permissions import Role
from tests.assistant import MCP_URL, Assistant

INACTIVE = {"active": False}


@pytest.fixture
def robot(app, browser):
    """A confidential app that Alice has connected, without the last scope."""
    known = Assistant(app, "Robot").register(token_endpoint_auth_method="client_secret_post")
    return known.connect(browser, deny=["account:write"])


def ask(app_of, token, **changes):
    given = {"token": token, "client_id": app_of.client_id, "client_secret": app_of.client_secret} | changes
    return app_of.wire.post("/introspect", data={name: value for name, value in given.items() if value is not None})


def test_an_access_token_says_what_it_is_good_for(robot):
    said = ask(robot, robot.access_token)
    facts = said.json
    assert facts.pop("exp") - facts.pop("iat") == 3600
    assert len(facts.pop("sub")) >= 32
    assert facts == {
        "active": True,
        "scope": "profiles:read profiles:write tags:manage account:read",
        "client_id": robot.client_id,
        "token_type": "Bearer",
        "aud": MCP_URL,
        "iss": "http://localhost",
    }
    assert said.headers["Cache-Control"] == "no-store"


def test_a_refresh_token_cannot_be_taken_for_an_access_token(robot):
    facts = ask(robot, robot.refresh_token).json
    assert (facts["active"], facts["token_type"]) == (True, "refresh_token")
    assert facts["exp"] - facts["iat"] == pytest.approx(2_592_000, abs=2)


def test_the_subject_is_the_member_and_says_nothing_of_them(app, robot, alice, bob, browser_of):
    bobs = Assistant(app, "Robot", client_id=robot.client_id, client_secret=robot.client_secret)
    bobs.connect(browser_of(bob))
    hers = ask(robot, robot.access_token).json["sub"]
    assert ask(robot, robot.refresh_token).json["sub"] == hers
    assert ask(robot, bobs.access_token).json["sub"] != hers
    assert alice.member_id.hex not in hers.replace("-", "")


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", ""])
def test_a_hint_never_matters(robot, hint):
    for token in (robot.access_token, robot.refresh_token):
        assert ask(robot, token, token_type_hint=hint).json["active"] is True


def test_a_lower_role_shows_at_once(app, robot, alice):
    with app.app_context():
        db.session.get_one(Member, alice.member_id).role = Role.USER
        db.session.commit()
    for token in (robot.access_token, robot.refresh_token):
        assert ask(robot, token).json["scope"] == "profiles:read tags:manage account:read"


def test_unknown_ended_and_other_apps_tokens_are_all_the_same(app, robot, browser):
    other = Assistant(app, "Other").register(token_endpoint_auth_method="client_secret_post").connect(browser)
    old = robot.refresh_token
    robot.keep(robot.refresh())
    answers = [
        ask(robot, token) for token in (other.access_token, other.refresh_token, old, "unknown", "pfa_\u00e9", "\ud7ff")
    ]
    assert {(answer.status_code, answer.get_data()) for answer in answers} == {(200, answers[0].get_data())}
    assert answers[0].json == INACTIVE


def test_a_revoked_connections_tokens_are_dead_at_once(app, robot):
    with app.app_context():
        connection = db.session.scalars(db.select(Connection)).one()
        lifecycle.revoke(connection, by=connection.member)
        db.session.commit()
    assert ask(robot, robot.access_token).json == ask(robot, robot.refresh_token).json == INACTIVE


def test_a_removed_members_tokens_are_dead_at_once(app, robot, alice):
    with app.app_context():
        db.session.get_one(Member, alice.member_id).removed_at = now()
        db.session.commit()
    assert ask(robot, robot.access_token).json == ask(robot, robot.refresh_token).json == INACTIVE


@pytest.mark.parametrize(("table", "column"), [("access_token", "expires_at"), ("authorization", "expires_at")])
def test_a_token_past_its_time_is_not_active(app, robot, table, column):
    with app.app_context():
        past = (now() - timedelta(seconds=1)).isoformat(sep=" ")
        db.session.execute(db.text(f'UPDATE "{table}" SET {column} = :past'), {"past": past})
        db.session.commit()
    assert ask(robot, robot.access_token).json == INACTIVE


def test_public_apps_and_wrong_secrets_are_turned_away(app, robot, browser):
    public = Assistant(app, "Public").register().connect(browser)
    for refused in (
        ask(public, public.access_token),
        ask(robot, robot.access_token, client_secret="wrong"),
        ask(robot, robot.access_token, client_secret=None),
        ask(robot, robot.access_token, client_id="unknown"),
    ):
        assert (refused.status_code, refused.json["error"]) == (401, "invalid_client")
        assert "active" not in refused.json


def test_a_secret_may_come_in_the_header(robot):
    pair = base64.b64encode(f"{robot.client_id}:{robot.client_secret}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}"}
    answer = robot.wire.post("/introspect", data={"token": robot.access_token}, headers=headers)
    assert answer.json["active"] is True


def test_a_question_without_a_token_is_refused(robot):
    answer = ask(robot, None)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
