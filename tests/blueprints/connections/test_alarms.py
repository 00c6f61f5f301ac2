"""Alarms on pages: what a member and an Owner choose, where alarms are shown, and the decoy of an account."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from blueprints.mail.rendering import compose
from models.accounts.account import Account
from models.alarms import Alarm
from models.connections.connection import Connection
from models.connections.policy import ConnectionPolicy
from models.connections.tripwires import Tripwire
from models.database.base import db
from models.database.tenancy import in_account
from models.mail.message import Kind, Message
from models.request_scope import open_scope
from tests.pages import submit, text_of

CONNECTIONS, DECOY = "/settings/connections", "/settings/connections/decoy"


@pytest.fixture
def hers(browser_of, alice):
    return browser_of(alice)


@pytest.fixture
def read(app, alice):
    """Looks something up in Alice's account."""

    def look(find):
        with app.app_context(), open_scope(), in_account(alice.account_id):
            found = find()
            db.session.commit()
            return found

    return look


@pytest.fixture
def rung(read, claude):
    """An app read about 240 people."""
    read(lambda: Alarm.sound(claude.connection_id, Tripwire.MANY_PEOPLE, people=240, usual=12).id)


def test_a_member_chooses_what_happens_and_may_choose_less_with_proof_alone(hers, claude, read, monkeypatch):
    page = f"{CONNECTIONS}/{claude.connection_id}/limits"
    submit(hers, page, on_decoy="pause", on_quiet="tell")
    chosen = read(lambda: db.session.get_one(Connection, claude.connection_id).tripwires)
    assert chosen == {"decoy": "pause"}

    monkeypatch.setattr("blueprints.connections.limits.just_proven", lambda: False)
    asked = submit(hers, page, on_decoy="off")
    assert "/sign-in/again" in asked.location
    assert read(lambda: db.session.get_one(Connection, claude.connection_id).tripwires) == {"decoy": "pause"}


def test_the_page_of_an_app_says_what_happens_at_its_alarms(hers, claude, alice):
    own = f"{CONNECTIONS}/{claude.connection_id}"
    assert "Alarms An e-mail to you." in text_of(hers.get(own))

    submit(hers, f"{own}/limits", on_decoy="pause", on_quiet="off", on_first_deletion="tell")
    submit(hers, f"{CONNECTIONS}/policy", registration="y", scopes="tags:manage", on_first_deletion="ask")
    shown = text_of(hers.get(own))
    assert "It opens or changes the decoy profile: the app is paused." in shown
    assert "It is used again after 30 quiet days: no alarm." in shown
    assert "It deletes something for the first time: a person must allow every change from then on." in shown
    assert "It changes something for the first time:" not in shown
    assert "It is used from a new country" not in shown
    assert "All others: an e-mail to you." in shown


def test_an_answer_that_is_not_offered_is_refused(hers, claude, read):
    assert submit(hers, f"{CONNECTIONS}/{claude.connection_id}/limits", on_decoy="explode").status_code == 400
    assert (
        submit(hers, f"{CONNECTIONS}/policy", registration="y", scopes="tags:manage", on_quiet="x").status_code == 400
    )


def test_a_policy_sets_the_least(hers, claude, alice, read):
    submit(hers, f"{CONNECTIONS}/policy", registration="y", scopes="tags:manage", on_many_people="pause")
    assert read(lambda: ConnectionPolicy.of(alice.account_id).tripwires) == {"many_people": "pause"}
    read(lambda: Alarm.sound(claude.connection_id, Tripwire.MANY_PEOPLE, people=240, usual=12).id)
    assert read(lambda: db.session.get_one(Connection, claude.connection_id).paused_at)


@pytest.mark.usefixtures("rung")
def test_an_alarm_is_shown_until_its_member_has_seen_it(hers, claude, read):
    own = f"{CONNECTIONS}/{claude.connection_id}"
    for page in ("/dashboard", CONNECTIONS, own):
        assert "It read about 240 people in one day. Its usual number is 12." in text_of(hers.get(page)), page
    assert "Alarm" in text_of(hers.get(f"{CONNECTIONS}/everyone"))

    submit(hers, f"{own}/alarms/seen", page=own)
    for page in ("/dashboard", CONNECTIONS, own):
        assert "It read about 240" not in text_of(hers.get(page)), page
    # Nobody needs an e-mail about what they have seen.
    assert read(
        lambda: [compose(each) for each in db.session.scalars(select(Message).where(Message.kind == Kind.APP_ALARM))]
    ) == [None]


@pytest.mark.usefixtures("rung")
def test_the_mail_says_what_happened_without_a_button(read):
    [letter] = read(
        lambda: [
            compose(each).letter for each in db.session.scalars(select(Message).where(Message.kind == Kind.APP_ALARM))
        ]
    )
    assert letter.subject == "Alarm about one of your apps in Aperture Science"
    assert "It read about 240 people in one day." in letter.text
    assert letter.html is None


def test_an_alarm_of_somebody_else_cannot_be_marked_as_seen(connect, bob, hers, read):
    his = connect(bob)
    read(lambda: Alarm.sound(his.connection_id, Tripwire.REFUSALS, calls=20).id)
    page = f"{CONNECTIONS}/{his.connection_id}"

    shown = hers.get(page)
    assert "20 of its calls were refused" in text_of(shown)
    assert "I have seen this" not in text_of(shown)
    assert submit(hers, f"{page}/alarms/seen", page=page).status_code == 404


def test_an_owner_makes_and_removes_the_decoy(hers, alice, browser_of, bob, claude, read):
    assert browser_of(bob).get(DECOY).status_code == 403
    submit(hers, DECOY, first_name="Kim", last_name="Ferrer", email="kim.ferrer@example.com")
    shown = text_of(hers.get(DECOY))
    assert "Kim Ferrer" in shown
    decoy = read(lambda: str(db.session.get_one(Account, alice.account_id).decoy_id))

    claude.result("get_profile", profile_id=decoy)
    assert "Claude (for Alice) read the profile of Kim Ferrer (decoy)" in text_of(hers.get("/settings/audit"))
    assert f"/profiles/{decoy}" not in hers.get("/settings/audit").get_data(as_text=True)
    # It is nobody whose data was read.
    assert "Ferrer" not in text_of(hers.get(f"{CONNECTIONS}/{claude.connection_id}/people"))

    submit(hers, f"{DECOY}/removal", page=DECOY)
    assert "Create the decoy" in text_of(hers.get(DECOY))
    assert "no profile" in claude.refusal("get_profile", profile_id=decoy)
