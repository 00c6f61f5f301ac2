"""What is over is forgotten; what still shows that somebody holds a stolen secret is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.accounts.user import User
from models.connections import lifecycle as lifecycle
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.database.base import db, now
from models.identity.email_change import EmailChange
from models.identity.password_reset import PasswordReset
from models.identity.pending_sign_in import SecondStep
from models.identity.session import LoginSession
from models.identity.webauthn_challenge import SIGN_IN, Ceremony
from models.oauth.consent_request import ConsentRequest
from models.oauth.device_authorization import DEVICE_GRANT, DeviceAuthorization
from models.oauth.device_code_attempts import CodeTry
from models.oauth.tokens import AccessToken, AuthorizationCode, RefreshToken
from models.oauth.used_assertion import UsedAssertion
from models.privacy.expiry import reap
from models.rate_limits.buckets import Limit, Throttle, counted, take
from tests.assistant import Assistant, decide
from tests.pages import submit, text_of

LIFETIME = timedelta(days=14)
LONG_AGO = timedelta(days=400)
MOMENTS = {
    AuthorizationCode: ["expires_at", "used_at"],
    RefreshToken: ["created_at", "rotated_at"],
    AccessToken: ["created_at", "expires_at"],
    Authorization: ["ended_at"],
}


@pytest.fixture
def browser(browser_of, alice):
    return browser_of(alice)


class Claude(Assistant):
    """An assistant that remembers the code that it redeemed."""

    code: str


@pytest.fixture
def claude(app, browser):
    """Claude, connected by Alice."""
    claude = Claude(app)
    claude.register()
    claude.code = claude.code_in(decide(browser, claude.ask(browser)))
    return claude.keep(claude.redeem(claude.code))


@pytest.fixture
def pass_time(app):
    """Makes codes, tokens and ends of authorizations look older, and these columns of others."""

    def move(age, more=()):
        with app.app_context():
            for model, columns in (MOMENTS | dict(more)).items():
                for row in db.session.scalars(select(model)):
                    for column in columns:
                        if getattr(row, column) is not None:
                            setattr(row, column, getattr(row, column) - age)
            db.session.commit()

    return move


@pytest.fixture
def reaped(app):
    """What went in one turn, besides counters, which empty themselves while a test runs."""

    def turn(**how):
        with app.app_context():
            return {name: number for name, number in reap(LIFETIME, **how).items() if number and name != "counters"}

    return turn


@pytest.fixture
def left(app):
    def count(model):
        with app.app_context():
            return db.session.scalar(select(func.count()).select_from(model))

    return count


def refusal(answer):
    return answer.status_code, answer.json["error"]


def test_a_used_code_stays_and_its_replay_still_ends_the_installation(claude, pass_time, reaped, left):
    pass_time(LONG_AGO)
    reaped()
    assert left(AuthorizationCode) == 1
    assert refusal(claude.redeem(claude.code)) == (400, "invalid_grant")
    assert refusal(claude.refresh()) == (400, "invalid_grant")


def test_a_code_that_nobody_redeemed_goes_after_a_day(app, browser, pass_time, reaped, left):
    claude = Assistant(app).register()
    decide(browser, claude.ask(browser))
    pass_time(timedelta(hours=23))
    assert reaped() == {}
    pass_time(timedelta(hours=2))
    assert reaped() == {"codes": 1}
    assert left(AuthorizationCode) == 0


def test_old_generations_go_and_the_last_two_stay(claude, pass_time, reaped, left):
    for _ in range(4):
        claude.keep(claude.refresh())
    pass_time(timedelta(hours=25))
    assert reaped() == {"refresh tokens": 3}
    assert left(RefreshToken) == 2
    assert claude.refresh().status_code == 200


def test_the_generation_before_the_present_shows_reuse_however_old_it_is(claude, pass_time, reaped):
    before = claude.refresh_token
    claude.keep(claude.refresh())
    pass_time(LONG_AGO)
    reaped()
    assert refusal(claude.refresh(before)) == (400, "invalid_grant")
    assert refusal(claude.refresh()) == (400, "invalid_grant")


def test_an_old_generation_of_an_hour_ago_shows_reuse(claude, pass_time, reaped):
    first = claude.refresh_token
    for _ in range(3):
        claude.keep(claude.refresh())
    pass_time(timedelta(hours=2))
    assert reaped() == {}
    assert refusal(claude.refresh(first)) == (400, "invalid_grant")
    assert refusal(claude.refresh()) == (400, "invalid_grant")


def revoke(app, alice):
    with app.app_context():
        for connection in db.session.scalars(select(Connection)):
            lifecycle.revoke(connection, db.session.get_one(Member, alice.member_id))
        db.session.commit()


def test_what_was_revoked_keeps_its_secrets_for_a_day_and_then_only_its_history(
    app, claude, alice, browser, pass_time, reaped, left
):
    revoke(app, alice)
    pass_time(timedelta(hours=23))
    assert reaped() == {}
    pass_time(timedelta(hours=2))
    assert reaped() == {"authorizations": 1}
    assert [left(model) for model in (AuthorizationCode, RefreshToken, AccessToken, Authorization)] == [0, 0, 0, 1]
    assert reaped() == {}
    assert refusal(claude.refresh()) == (400, "invalid_grant")
    assert "No longer connected" in text_of(browser.get("/settings/connections"))


def test_one_installation_that_ended_leaves_the_other_alone(app, claude, browser, pass_time, reaped):
    phone = Assistant(app, client_id=claude.client_id).connect(browser)
    phone.wire.post("/revoke", data={"token": phone.refresh_token, "client_id": phone.client_id})
    pass_time(timedelta(hours=25))
    assert reaped() == {"authorizations": 1}
    assert claude.refresh().status_code == 200


@pytest.mark.asvs("10.4.8")
def test_an_installation_that_lived_its_year_is_over(claude, pass_time, reaped, left):
    pass_time(timedelta(0), {Authorization: ["expires_at"]}.items())
    assert reaped() == {}
    pass_time(timedelta(days=367), {Authorization: ["expires_at"]}.items())
    assert reaped() == {"authorizations": 1}
    assert left(RefreshToken) == 0


def test_a_device_code_that_was_answered_stays_with_what_it_made(app, browser, pass_time, reaped, left):
    terminal = Assistant(app, "Terminal").register(redirect_uris=[], grant_types=[DEVICE_GRANT, "refresh_token"])

    def ask():
        return terminal.wire.post("/device_authorization", data={"client_id": terminal.client_id}).json

    asked, unanswered = ask(), ask()
    assert unanswered["user_code"] != asked["user_code"]
    decide(browser, submit(browser, "/device", user_code=asked["user_code"]))
    poll = {"grant_type": DEVICE_GRANT, "device_code": asked["device_code"], "client_id": terminal.client_id}
    terminal.keep(terminal.post_token(poll))
    pass_time(LONG_AGO, {DeviceAuthorization: ["expires_at"], ConsentRequest: ["expires_at"]}.items())
    assert reaped() == {"device requests": 1, "questions": 1}
    ask()
    assert left(DeviceAuthorization) == 2
    assert refusal(terminal.post_token(poll)) == (400, "invalid_grant")
    assert refusal(terminal.refresh()) == (400, "invalid_grant")


def test_links_and_challenges_that_are_over_go_and_the_others_stay(app, alice, reaped):
    def ask():
        with app.app_context():
            person = db.session.get_one(User, alice.user_id)
            Ceremony.begin(SIGN_IN)
            SecondStep.begin(person)
            PasswordReset.create(person)
            EmailChange.ask(person, "alice@example.org")
            db.session.commit()

    ask()
    with app.app_context():
        for table in (Ceremony, SecondStep, PasswordReset, EmailChange):
            db.session.execute(db.update(table).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    ask()
    assert reaped() == {"challenges": 1, "half sign-ins": 1, "password links": 1, "address links": 1}
    assert reaped() == {}


@pytest.mark.asvs("7.3.1")
def test_browsers_that_nobody_uses_are_forgotten_and_the_others_stay_signed_in(
    app, browser, bob, browser_of, reaped, left
):
    with app.app_context():
        for session in db.session.scalars(select(LoginSession)):
            session.seen_at -= LIFETIME + timedelta(hours=25)
        db.session.commit()
    bobs = browser_of(bob)
    assert reaped() == {"sessions": 1}
    assert left(LoginSession) == 1
    assert bobs.get("/settings/profile").status_code == 200
    assert browser.get("/settings/profile").status_code == 302


def test_a_browser_within_its_time_stays(app, browser, reaped):
    with app.app_context():
        for session in db.session.scalars(select(LoginSession)):
            session.seen_at -= LIFETIME
        db.session.commit()
    assert reaped() == {}


def test_an_invitation_that_nobody_accepts_is_forgotten_a_month_after_its_link(app, alice, browser, reaped, left):
    for person in ("dora", "emil"):
        submit(browser, "/settings/members/invitations", email=f"{person}@example.com", role="User")
    with app.app_context():
        dora, _ = db.session.scalars(select(MemberInvitation).order_by(MemberInvitation.id))
        dora.accept(User.create("dora@example.com", "Dora", "nine sparrows under umbrellas"))
        db.session.commit()

    def expire(days):
        with app.app_context():
            db.session.execute(db.update(MemberInvitation).values(expires_at=now() - timedelta(days=days)))
            db.session.commit()

    expire(29)
    assert reaped() == {}
    expire(31)
    assert reaped() == {"member invitations": 1}
    with app.app_context():
        assert db.session.scalars(select(MemberInvitation.email)).all() == ["dora@example.com"]


def test_what_is_only_counted_goes_when_it_counts_no_more(app, browser, pass_time, reaped, left):
    submit(browser, "/device", user_code="BBBB-BBBB")
    with app.app_context():
        db.session.add(UsedAssertion(hash="x", expires_at=now()))
        db.session.commit()
        take(counted(Limit.per_minute(1), "tries", "Alice"))
    assert "wrong codes" not in reaped()
    with app.app_context():
        db.session.execute(db.update(Throttle).values(empty_at=0))
        db.session.commit()
    pass_time(timedelta(minutes=11), {CodeTry: ["tried_at"]}.items())
    assert reaped() == {"wrong codes": 1}
    assert [left(model) for model in (UsedAssertion, CodeTry, Throttle)] == [0, 0, 0]


def test_a_turn_is_bounded_and_the_next_goes_on(claude, pass_time, reaped, left):
    for _ in range(6):
        claude.keep(claude.refresh())
    pass_time(timedelta(hours=25))
    assert [reaped(most=2).get("refresh tokens", 0) for _ in range(4)] == [2, 2, 1, 0]
    assert left(RefreshToken) == 2


def test_the_command_goes_on_until_nothing_is_left(app, claude, alice, pass_time, runner):
    revoke(app, alice)
    pass_time(timedelta(hours=25))
    assert "1 authorizations" in runner.invoke(args=["reap"]).output
    assert runner.invoke(args=["reap"]).output == "Nothing to delete.\n"


@pytest.mark.parametrize(
    ("table", "condition"),
    [
        ("authorization", "reaped_at IS NULL AND ended_at < :moment"),
        ("authorization", "reaped_at IS NULL AND expires_at < :moment"),
        ("login_session", "seen_at < :moment"),
        ("consent_request", "expires_at < :moment"),
        ("device_authorization", "authorization_id IS NULL AND expires_at < :moment"),
        ("used_assertion", "expires_at < :moment"),
        ("throttle", "empty_at <= 0"),
        ("member_invitation", "accepted_at IS NULL AND expires_at < :moment"),
    ],
)
def test_what_is_looked_for_is_found_by_an_index(app, database, table, condition):
    with app.app_context():
        if database == "postgres":
            # It reads tables as small as these from end to end, unless it is told not to.
            db.session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN" if database == "postgres" else "EXPLAIN QUERY PLAN"
        given = {"moment": "2026-01-01"} if ":moment" in condition else {}
        plan = str(db.session.execute(text(f'{explain} SELECT * FROM "{table}" WHERE {condition}'), given).all())
    assert f"ix_{table}_" in plan
    assert "SCAN" not in plan.upper().replace("BITMAP INDEX SCAN", "").replace("INDEX SCAN", "").replace(
        "BITMAP HEAP SCAN", ""
    )
