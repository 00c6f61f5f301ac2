"""A new SECRET_KEY: what was made under the previous one goes on working, what is new is made under the new one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from blueprints.commands.key_rotation import problem_of_keys
from models.accounts.user import User
from models.assessments.invitation import AssessmentInvitation
from models.assessments.shared_link import AssessmentLink
from models.audit.recorder import Action, record
from models.audit.seal import AuditSeal, seal_log, stored_log
from models.audit.verify_audit import verify
from models.database.base import db, now
from models.database.tenancy import in_account
from models.identity.password_reset import PasswordReset
from models.identity.totp import Authenticator
from models.secrets import use_server_key
from models.server_key import ServerKey
from tests.assistant import Assistant
from tests.pages import csrf_token, hidden_fields, submit

pytestmark = pytest.mark.both_databases

NEW, NEWER = ("another key, for the time that comes " + end for end in "12")


@pytest.fixture
def change_key(app, settings):
    """Gives the server another key, with or without the one before."""

    def change(key, previous):
        app.config.update(PROFILE=replace(settings, secret_key=key, secret_key_previous=previous), SECRET_KEY=key)
        use_server_key(key, previous)

    yield change
    app.config.update(PROFILE=settings, SECRET_KEY=settings.secret_key)


@pytest.fixture
def changed(change_key, settings):
    """Changes the key, with the previous one still known; forgets the previous one when called again."""

    def change(*, previous=True):
        change_key(NEW, settings.secret_key if previous else "")

    return change


@pytest.fixture
def rotate(runner):
    def run(exit_code=0):
        done = runner.invoke(args=["secrets", "rotate"])
        assert done.exit_code == exit_code, done.output
        return done.output

    return run


@pytest.fixture
def sealed(app, alice):
    """Seals everything that there is in Alice's account; returns what an Owner notes."""

    def seal():
        with app.app_context():
            seal_log(alice.account_id, now() + timedelta(milliseconds=2))
            db.session.commit()
            return AuditSeal.last(alice.account_id).noted

    return seal


def test_browsers_stay_signed_in_and_get_a_cookie_under_the_new_key(alice, browser_of, changed):
    browser, reader, left = browser_of(alice), browser_of(alice), browser_of(alice)
    form = hidden_fields(browser, "/settings/profile")
    changed()
    answer = browser.post("/settings/profile", data={**form, "name": "Alice Liddell"})
    assert answer.status_code == 302, "a form that was open during the change is accepted"
    assert "Set-Cookie" in reader.get("/tags").headers
    assert "Set-Cookie" not in reader.get("/tags").headers, "one answer signs the cookie again, and no others"
    changed(previous=False)
    assert browser.get("/tags").status_code == 200
    assert reader.get("/tags").status_code == 200
    assert left.get("/tags").status_code == 302, "who did not come meanwhile signs in again"


def test_authenticator_apps_keep_their_keys(app, alice, bob, give_app, changed, rotate):
    def accepted(person, phone):
        with app.app_context():
            kept = db.session.scalars(select(Authenticator).where(Authenticator.user_id == person.user_id)).one()
            done = kept.accepts(phone.code())
            db.session.commit()
            return done

    phone, other = give_app(alice), give_app(bob)
    changed()
    assert accepted(alice, phone)
    assert "2 authenticator apps encrypted" in rotate()
    assert "0 authenticator apps encrypted" in rotate()
    changed(previous=False)
    assert accepted(alice, phone)
    assert accepted(bob, other)


def test_an_app_is_set_up_on_a_page_from_before(app, alice, browser_of, changed):
    from tests.blueprints.settings.test_authenticator import APP, offered

    browser = browser_of(alice)
    seed, phone = offered(browser)
    changed()
    assert submit(browser, APP, seed=seed, code=phone.code()).status_code == 200
    with app.app_context():
        assert db.session.scalars(select(Authenticator)).one().accepts(phone.code())
    changed(previous=False)
    with app.app_context():
        assert not db.session.scalars(select(Authenticator)).one().accepts(phone.code()), "it was not encrypted again"


def test_links_lead_where_they_led_until_the_previous_key_is_removed(app, client, alice, changed, rotate):
    with app.app_context(), in_account(alice.account_id):
        invitation = AssessmentInvitation.invite(alice.account_id, "ana@example.com", by=alice.member_id)
        old = f"/a/{invitation.link.secret}"
        AssessmentLink.provide(alice.account_id, by=alice.member_id)
        db.session.commit()
        link = invitation.link
    token = csrf_token(client, old)
    changed()
    new = f"/a/{link.secret}"
    assert new != old
    begun = client.post(f"{old}/agreement", data={"csrf_token": token, "agree": "y"})
    assert begun.status_code == 302
    assert client.get(begun.location).status_code == 200
    assert client.get(old).status_code == 302, "this browser has begun by that link"
    said = rotate()
    assert "1 invitations" in said
    assert "1 shared links" in said
    assert "1 unfinished assessments" in said
    changed(previous=False)
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200


def test_a_lost_answer_to_a_refresh_is_repeated_across_the_change(app, alice, browser_of, changed):
    claude = Assistant(app, "Claude").register().connect(browser_of(alice))
    given = claude.refresh().json["refresh_token"]
    changed()
    assert claude.refresh().json["refresh_token"] == given
    assert claude.refresh(given).status_code == 200


def test_the_log_vouches_for_the_new_key(app, alice, sealed, changed, rotate):
    noted = sealed()
    changed()
    assert "1 audit logs" in rotate()
    changed(previous=False)
    after = sealed()
    with app.app_context():
        log = stored_log(alice.account_id)
        assert noted[64:] != after[64:]
        assert verify(log, noted).intact
        assert verify(log, after).intact


def test_a_key_that_nobody_vouched_for_is_named(app, alice, sealed, changed):
    noted = sealed()
    changed(previous=False)
    with app.app_context(), in_account(alice.account_id):
        record(Action.AUDIT_READ)
        db.session.commit()
    sealed()
    with app.app_context():
        assert "signed by another key" in verify(stored_log(alice.account_id), noted).sentence


def test_a_reset_that_was_mailed_before_still_opens(app, alice, changed):
    with app.app_context():
        PasswordReset.create(db.session.get_one(User, alice.user_id))
        db.session.commit()
        secret = db.session.scalars(select(PasswordReset)).one().secret or ""
        changed()
        assert PasswordReset.by_secret(secret).secret == secret
        changed(previous=False)
        assert PasswordReset.by_secret(secret) is None


def test_there_and_back_and_on(app, alice, give_app, change_key, settings, rotate, sealed):
    """Machines that are changed one after the other: some still make things under the previous key."""
    noted, phone = sealed(), give_app(alice)
    for key, previous in (
        (NEW, settings.secret_key),
        (settings.secret_key, NEW),
        (NEW, settings.secret_key),
        (NEWER, NEW),
    ):
        change_key(key, previous)
        rotate()
    change_key(NEWER, "")
    with app.app_context():
        assert verify(stored_log(alice.account_id), noted).intact
        assert db.session.scalars(select(Authenticator)).one().accepts(phone.code())
        assert ServerKey.newest().name == ServerKey.current()


def test_without_a_previous_key_there_is_nothing_to_do(rotate):
    assert "SECRET_KEY_PREVIOUS is not set" in rotate(1)


def test_a_key_that_nobody_has_any_more(app, alice, give_app, change_key, rotate):
    give_app(alice)
    with app.app_context():
        db.session.execute(update(Authenticator).values(key_name="of nobody"))
        db.session.commit()
    change_key(NEWER, NEW)
    said = rotate(1)
    assert "1 authenticator apps were made under a key that is neither" in said


def test_the_doctor_says_what_a_change_leaves_to_do(app, alice, give_app, runner, changed, rotate):
    def said():
        lines = runner.invoke(args=["doctor"]).stdout.splitlines()
        return next(line for line in lines if line[5:].startswith("keys"))

    assert said().startswith("ok")
    give_app(alice)
    with app.app_context():
        db.session.execute(update(Authenticator).values(key_name=ServerKey.current()))
        db.session.commit()
    changed(previous=False)
    assert said().startswith("BAD")
    assert "Set that one as SECRET_KEY_PREVIOUS" in said(), "the previous key was removed too early, or never given"
    assert "Set that one as SECRET_KEY_PREVIOUS" in (problem_of_keys(app) or "")
    changed()
    assert said().startswith("BAD")
    assert "secrets rotate" in said()
    assert problem_of_keys(app) is None
    rotate()
    assert said().startswith("ok")
    assert "until" in said()
    with app.app_context():
        for key in db.session.scalars(select(ServerKey)):
            key.since -= timedelta(days=91)
        db.session.commit()
    assert said().startswith("BAD")
    assert "Remove it" in said()
    changed(previous=False)
    assert said().startswith("ok")
