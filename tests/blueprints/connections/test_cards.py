"""The card of an app on Connected apps: what it may do now, under its role and its limits."""

from __future__ import annotations

from models.accounts.member import Member
from models.connections.authorization import Authorization, EndReason, end_authorization
from models.connections.connection import Connection
from models.connections.lifecycle import revoke
from models.connections.policy import ConnectionPolicy
from models.database.base import db
from models.database.tenancy import in_account
from models.permissions import Role
from models.profiles.tag import Tag
from models.scopes import ACCOUNT_WRITE, ALL_SCOPES, PROFILES_WRITE
from tests.markup import read
from tests.pages import text_of

LIST = "/settings/connections"


def test_limits_are_on_the_card_with_what_they_leave(app, alice, browser_of, connect):
    claude = connect(alice)
    with app.app_context(), in_account(alice.account_id):
        tag = Tag.create(alice.account_id, "Sales", "blue")
        connection = db.session.get_one(Connection, claude.connection_id)
        connection.read_only, connection.daily_calls, connection.only_tags = True, 20, [str(tag.id)]
        db.session.merge(
            ConnectionPolicy(
                account_id=alice.account_id, registration=True, second_factor=False, read_only=False, hide_contact=True
            )
        )
        db.session.commit()
    page = browser_of(alice).get(LIST)
    facts = {each.all("dt")[0].text: each.all("dd")[0] for each in read(page.text).all("div") if each.all("dt")}
    limits = [item.text for item in facts["Limits"].all("li")]
    assert limits == ["Read only", "No e-mail or phone", "Only Sales", "20 calls a day"]
    assert "See tags tags:manage" in facts["Allowed"].text
    assert [code.text for code in facts["Blocked by its limits"].all("code")] == [PROFILES_WRITE, ACCOUNT_WRITE]


def test_without_limits_the_card_says_none(alice, browser_of, connect):
    connect(alice)
    said = text_of(browser_of(alice).get(LIST))
    assert "Limits None" in said
    assert "Blocked by its limits" not in said


def test_what_a_role_forbids_is_not_called_denied_even_if_an_ended_device_was_denied_it(
    app, alice, bob, browser_of, connect
):
    first = connect(bob, ALL_SCOPES - {ACCOUNT_WRITE})
    with app.app_context():
        second = connect(bob, ["profiles:read"])
        db.session.get_one(Authorization, second.authorization_id).requested = frozenset({"profiles:read"})
        end_authorization(first.authorization_id, EndReason.GIVEN_BACK)
        db.session.get_one(Member, bob.member_id).role = Role.USER
        db.session.commit()
    for path in (LIST, f"{LIST}/{first.connection_id}"):
        said = text_of(browser_of(bob).get(path))
        assert f"{ACCOUNT_WRITE} Not possible in your role (User)" in said


def test_the_history_is_one_sentence(app, alice, browser_of, connect):
    claude = connect(alice)
    with app.app_context():
        revoke(db.session.get_one(Connection, claude.connection_id), db.session.get_one(Member, alice.member_id))
        db.session.commit()
    row = read(browser_of(alice).get(LIST).text).all("li")
    ended = next(each for each in row if "revoked" in each.text)
    assert [paragraph.text for paragraph in ended.all("p")] == [ended.text]
