"""Apps that fail or ask too often are told when to come again. Assistants that share a name or an address do not hold each other back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import update

from models.connections.usage import ConnectionUse
from models.database import microseconds
from models.database.base import db
from models.oauth.device_authorization import DEVICE_GRANT
from tests.assistant import Assistant

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def settings(settings):
    """Limits that a few requests reach, and that give nothing back within a test."""
    return replace(settings, limit_token_failures=3, limit_refreshes=60, limit_registrations=4, limit_devices=2)


@pytest.fixture
def claude(app, browser_of, alice):
    """Claude, connected by Alice."""
    return Assistant(app).register().connect(browser_of(alice))


def guess(assistant, **changes):
    return assistant.refresh("pfr_unknown", **changes)


def refusals(answers):
    """What several requests were told, of which the last had to wait."""
    *before, last = [(answer.status_code, answer.json["error"]) for answer in answers]
    assert last == (429, "temporarily_unavailable")
    return set(before)


def is_throttled(answer):
    assert (answer.status_code, answer.json["error"]) == (429, "temporarily_unavailable")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["Cache-Control"] == "no-store"
    return True


@pytest.mark.requirement("rfc6585-4")
def test_after_three_failures_an_app_is_told_when_to_come_again(claude):
    assert refusals(guess(claude) for _ in range(4)) == {(400, "invalid_grant")}
    answer = guess(claude)
    assert is_throttled(answer)
    assert f"{answer.headers['Retry-After']} seconds" in answer.json["error_description"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_minute_later_it_hears_again_what_is_wrong(claude, a_minute_passes):
    refusals(guess(claude) for _ in range(4))
    a_minute_passes()
    assert guess(claude).json["error"] == "invalid_grant"


def test_what_is_good_is_answered_whatever_failed_before(claude, app, browser_of, bob):
    refusals(guess(claude) for _ in range(4))
    assert claude.refresh().status_code == 200
    Assistant(app, client_id=claude.client_id).connect(browser_of(bob))


def test_another_app_at_the_same_address_is_not_held_back(claude, app):
    refusals(guess(claude) for _ in range(4))
    chatgpt = Assistant(app, "ChatGPT").register()
    assert guess(chatgpt).json["error"] == "invalid_grant"


def test_the_same_app_at_another_address_is_not_held_back(claude):
    refusals(guess(claude) for _ in range(4))
    form = {"grant_type": "refresh_token", "refresh_token": "pfr_unknown", "client_id": claude.client_id}
    assert claude.wire.post("/token", data=form, environ_base=ELSEWHERE).json["error"] == "invalid_grant"


def test_an_address_of_ipv6_counts_with_its_neighbours(claude):
    form = {"grant_type": "refresh_token", "refresh_token": "pfr_unknown", "client_id": claude.client_id}
    places = [f"2001:db8:1:2::{number}" for number in range(4)]
    answers = [claude.wire.post("/token", data=form, environ_base={"REMOTE_ADDR": place}) for place in places]
    assert refusals(answers) == {(400, "invalid_grant")}


def test_an_address_of_ipv4_does_not_count_with_all_others_on_a_socket_for_both(claude):
    form = {"grant_type": "refresh_token", "refresh_token": "pfr_unknown", "client_id": claude.client_id}
    places = [f"::ffff:203.0.113.{number}" for number in range(5)]
    answers = [claude.wire.post("/token", data=form, environ_base={"REMOTE_ADDR": place}) for place in places]
    assert {answer.json["error"] for answer in answers} == {"invalid_grant"}


def test_people_who_share_an_assistant_and_its_address_do_not_hold_each_other_back(claude, app, browser_of, bob):
    bobs = Assistant(app, client_id=claude.client_id).connect(browser_of(bob))
    for ended in (claude, bobs):
        assert ended.wire.post("/revoke", data={"token": ended.refresh_token, "client_id": ended.client_id})
    assert refusals(claude.refresh() for _ in range(4)) == {(400, "invalid_grant")}
    assert bobs.refresh().json["error"] == "invalid_grant"


def test_a_reused_token_ends_the_installation_even_when_nobody_listens(claude):
    first = claude.refresh_token
    second = claude.refresh().json["refresh_token"]
    third = claude.refresh(second).json["refresh_token"]
    refusals(guess(claude) for _ in range(4))
    assert claude.refresh(first).status_code == 400
    assert claude.refresh(third).json["error"] == "invalid_grant"


def test_who_is_unknown_counts_by_the_address_alone(app):
    strangers = [Assistant(app, client_id=f"nobody-{number}") for number in range(4)]
    assert refusals(guess(stranger) for stranger in strangers) == {(401, "invalid_client")}


@pytest.mark.asvs("10.4.10")
@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke", "/device_authorization"])
def test_a_wrong_secret_is_a_failure_at_every_door(app, path):
    robot = Assistant(app, "Robot").register(token_endpoint_auth_method="client_secret_post")
    form = {"client_id": robot.client_id, "client_secret": "wrong", "token": "x", "grant_type": "refresh_token"}
    answers = [robot.wire.post(path, data=form) for _ in range(4)]
    assert refusals(answers) == {(401, "invalid_client")}


def test_a_wrong_registration_token_is_a_failure_too(app):
    robot = Assistant(app, "Robot").register(token_endpoint_auth_method="client_secret_post")
    wrong = {"Authorization": "Bearer pfg_wrong"}
    for path in (f"/register/{robot.client_id}", "/register/nobody"):
        answers = [robot.wire.get(path, headers=wrong) for _ in range(4)]
        assert refusals(answers) == {(401, "invalid_token")}


def test_a_device_that_waits_for_its_person_does_not_fail(app):
    terminal = Assistant(app, "Terminal").register(redirect_uris=[], grant_types=[DEVICE_GRANT])
    asked = terminal.wire.post("/device_authorization", data={"client_id": terminal.client_id}).json
    poll = {"grant_type": DEVICE_GRANT, "device_code": asked["device_code"], "client_id": terminal.client_id}
    assert {terminal.post_token(poll).json["error"] for _ in range(6)} == {"authorization_pending", "slow_down"}


def test_a_connection_that_renews_without_end_is_slowed_down_and_loses_nothing(app, claude):
    def renewed(seconds):
        """As if it had renewed so often that the last of it is forgotten only then."""
        with app.app_context():
            db.session.execute(update(ConnectionUse).values(refreshes_empty_at=microseconds() + seconds * 1_000_000))
            db.session.commit()

    renewed(58)
    claude.keep(claude.refresh())
    renewed(60)
    assert is_throttled(claude.refresh())
    assert is_throttled(claude.refresh())
    renewed(0)
    assert claude.keep(claude.refresh()).refresh().status_code == 200


def test_sixty_renewals_in_a_minute_are_never_too_many(claude):
    for _ in range(60):
        claude.keep(claude.refresh())


@pytest.mark.asvs("2.4.1")
def test_an_address_registers_so_many_apps_a_minute(app, a_minute_passes):
    form = {"client_name": "Claude", "redirect_uris": ["http://localhost/callback"]}

    def register(**where):
        return app.test_client().post("/register", json=form, **where)

    assert {register().status_code for _ in range(4)} == {201}
    assert is_throttled(register())
    assert register(environ_base=ELSEWHERE).status_code == 201
    a_minute_passes()
    assert register().status_code == 201


def test_an_address_asks_for_so_many_device_codes_a_minute(app, a_minute_passes):
    terminal = Assistant(app, "Terminal").register(redirect_uris=[], grant_types=[DEVICE_GRANT])

    def ask(**where):
        return terminal.wire.post("/device_authorization", data={"client_id": terminal.client_id}, **where)

    assert {ask().status_code for _ in range(2)} == {200}
    assert is_throttled(ask())
    assert ask(environ_base=ELSEWHERE).status_code == 200
    a_minute_passes()
    assert ask().status_code == 200


@pytest.mark.both_databases
def test_registrations_at_the_same_moment_are_counted_once_each(app):
    def register(number):
        form = {"client_name": f"App {number}", "redirect_uris": ["http://localhost/callback"]}
        answer = app.test_client(use_cookies=False).post(
            "/register", data=json.dumps(form), content_type="application/json"
        )
        return answer.status_code

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(register, range(12))) == [201] * 4 + [429] * 8
