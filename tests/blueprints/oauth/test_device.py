"""A program without a browser shows a code; a person enters it elsewhere, is asked as for any app, and the program goes on."""

import gc
import re
import tracemalloc
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from models.accounts.member import Member
from models.clients.client import Client
from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.database.base import db, now
from models.identity.session import LoginSession
from models.oauth import device_authorization
from models.oauth.bearer import bearer_of
from models.oauth.device_authorization import DEVICE_GRANT, LETTERS, DeviceAuthorization
from models.permissions import Role
from tests.assistant import MCP_URL, Assistant, decide
from tests.for_each import for_each
from tests.pages import csrf_token, submit, text_of

UNKNOWN = "No device is waiting with this code."


class Terminal(Assistant):
    """A command-line program that asks by a code."""

    def introduce(self, **metadata):
        return self.register(redirect_uris=[], grant_types=[DEVICE_GRANT, "refresh_token"], **metadata)

    def start(self, **changes):
        """Ask for codes."""
        given = {"client_id": self.client_id, "client_secret": self.client_secret} | changes
        sent = {name: value for name, value in given.items() if value is not None}
        return self.wire.post("/device_authorization", data=sent)

    def start_from(self, address):
        """Ask for codes from this address."""
        given, origin = {"client_id": self.client_id}, {"REMOTE_ADDR": address}
        return self.wire.post("/device_authorization", data=given, environ_overrides=origin)

    def begin(self, **changes):
        """Ask for codes and keep them."""
        self.codes = self.start(**changes).json
        return self

    def poll(self, **changes):
        """Ask whether the person has answered."""
        given = {"grant_type": DEVICE_GRANT, "device_code": self.codes["device_code"], "client_id": self.client_id}
        return self.post_token(given | {"client_secret": self.client_secret} | changes)


@pytest.fixture
def terminal(app):
    return Terminal(app, "Terminal").introduce().begin()


@pytest.fixture
def shift(app):
    """Makes a column of every request of a device look older, or later when the age is negative."""

    def move(column, age):
        with app.app_context():
            for device in db.session.scalars(db.select(DeviceAuthorization)):
                setattr(device, column, getattr(device, column) - age)
            db.session.commit()

    return move


def enter(browser, code):
    return submit(browser, "/device", user_code=code)


def refusal(answer):
    return answer.status_code, answer.json["error"]


def test_a_session_that_ended_meanwhile_comes_back_to_the_code(app, browser, alice, terminal):
    entered = {"csrf_token": csrf_token(browser, "/device"), "user_code": terminal.codes["user_code"]}
    with app.app_context():
        LoginSession.end_all(alice.user_id)
        db.session.commit()
    asked = parse_qs(urlsplit(browser.post("/device", data=entered).location).query)
    assert asked["next"] == [f"/device?user_code={terminal.codes['user_code']}"]


def test_a_program_gets_two_codes_and_where_to_enter_one(terminal):
    codes = dict(terminal.codes)
    assert len(codes.pop("device_code")) >= 43
    code = codes.pop("user_code")
    assert re.fullmatch(f"[{LETTERS}]{{4}}-[{LETTERS}]{{4}}", code)
    assert codes == {
        "verification_uri": "http://localhost/device",
        "verification_uri_complete": f"http://localhost/device?user_code={code}",
        "expires_in": 600,
        "interval": 5,
    }
    assert terminal.start().headers["Cache-Control"] == "no-store"


def test_the_long_code_is_stored_hashed(app, terminal):
    with app.app_context():
        rows = [str(tuple(row)) for row in db.session.execute(db.text("SELECT * FROM device_authorization"))]
    assert rows
    assert not any(terminal.codes["device_code"] in row for row in rows)


@pytest.mark.both_databases
def test_the_whole_way_from_the_code_to_tokens(app, terminal, browser, alice, audit_log):
    assert refusal(terminal.poll()) == (400, "authorization_pending")
    page = enter(browser, terminal.codes["user_code"])
    done = decide(browser, page, deny=["account:write"])
    assert "Go back to your device" in text_of(done)
    assert 'id="continue"' not in done.get_data(as_text=True)
    answer = terminal.poll()
    assert answer.status_code == 200, answer.json
    assert answer.json["scope"] == "profiles:read profiles:write tags:manage account:read"
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 3600)
    assert terminal.keep(answer).refresh().status_code == 200
    with app.app_context():
        bearer = bearer_of(terminal.access_token)
        assert (bearer.member_id, bearer.resource, bearer.ended) == (alice.member_id, MCP_URL, None)
    assert audit_log(alice)[-1] == ("connection.created", "allowed")
    assert "by a device with a code" in text_of(browser.get("/settings/connections"))


def test_the_page_shows_the_code_and_warns_of_somebody_elses(terminal, browser, alice):
    said = text_of(enter(browser, terminal.codes["user_code"]))
    assert said.count(terminal.codes["user_code"]) == 2
    for words in (
        "Terminal",
        alice.account_name,
        "Another device or program asked for this",
        "If somebody sent you the code",
    ):
        assert words in said
    assert "Any program on this computer" not in said


@for_each("spelled", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:3]} {code[3:]} "])
def test_capitals_dashes_and_spaces_do_not_count(terminal, browser, spelled):
    assert "wants access to" in text_of(enter(browser, spelled(terminal.codes["user_code"])))


def test_the_whole_address_fills_the_code_in_and_grants_nothing(app, terminal, browser):
    path = terminal.codes["verification_uri_complete"].removeprefix("http://localhost")
    assert f'value="{terminal.codes["user_code"]}"' in browser.get(path).get_data(as_text=True)
    assert refusal(terminal.poll()) == (400, "authorization_pending")
    with app.app_context():
        assert db.session.scalar(db.select(Connection)) is None


def test_a_stranger_signs_in_first_and_comes_back_to_the_code(app, terminal):
    answer = app.test_client().get("/device?user_code=BCDF-GHJK")
    assert answer.location == "/sign-in?next=/device?user_code%3DBCDF-GHJK"


def test_no_is_told_to_the_program_and_written_down(terminal, browser, alice, audit_log):
    terminal.begin(scope="profiles:read tags:manage")
    done = decide(browser, enter(browser, terminal.codes["user_code"]), "deny")
    assert "Nothing was shared" in text_of(done)
    assert refusal(terminal.poll()) == (400, "access_denied")
    assert refusal(terminal.poll()) == (400, "access_denied")
    assert audit_log(alice)[-1] == ("connection.refused", "refused")


def test_an_answer_is_given_once(app, terminal, browser, browser_of, bob):
    code = terminal.codes["user_code"]
    first, again = enter(browser, code), enter(browser, code)
    bobs_browser = browser_of(bob)
    bobs = enter(bobs_browser, code)
    assert decide(browser, first).status_code == 200
    assert decide(browser, first).status_code == 400
    assert decide(browser, again).status_code == 400
    assert decide(bobs_browser, bobs).status_code == 400
    assert UNKNOWN in text_of(enter(browser, code))
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Connection)) == 1


def test_a_question_shown_to_alice_cannot_be_answered_elsewhere(terminal, browser, browser_of, alice, bob):
    page = enter(browser, terminal.codes["user_code"])
    for person in (alice, bob):
        answer = decide(browser_of(person), page)
        assert answer.location == f"/device?user_code={terminal.codes['user_code']}", "they are asked themselves"
    assert refusal(terminal.poll()) == (400, "authorization_pending")


def test_who_asks_too_soon_must_wait_longer_from_then_on(terminal, shift):
    assert refusal(terminal.poll()) == (400, "authorization_pending")
    assert refusal(terminal.poll()) == (400, "slow_down")
    shift("polled_at", timedelta(seconds=6))
    assert refusal(terminal.poll()) == (400, "slow_down")
    shift("polled_at", timedelta(seconds=16))
    assert refusal(terminal.poll()) == (400, "authorization_pending")


def test_after_ten_minutes_nobody_can_go_on(terminal, browser, shift):
    page = enter(browser, terminal.codes["user_code"])
    shift("expires_at", timedelta(minutes=10))
    assert decide(browser, page).status_code == 400
    assert UNKNOWN in text_of(enter(browser, terminal.codes["user_code"]))
    assert refusal(terminal.poll()) == (400, "expired_token")


def test_an_answer_that_is_fetched_too_late_is_lost(terminal, browser, shift):
    decide(browser, enter(browser, terminal.codes["user_code"]))
    shift("expires_at", timedelta(minutes=10))
    assert refusal(terminal.poll()) == (400, "expired_token")


def test_a_code_works_once_and_a_replay_ends_what_it_made(app, terminal, browser, app_named_in):
    decide(browser, enter(browser, terminal.codes["user_code"]))
    terminal.keep(terminal.poll())
    assert refusal(terminal.poll()) == (400, "invalid_grant")
    assert refusal(terminal.refresh()) == (400, "invalid_grant")
    with app.app_context():
        assert bearer_of(terminal.access_token).ended == "revoked"
    assert app_named_in("authorization.code_replayed") == ["Terminal"]


def test_what_was_revoked_before_it_was_fetched_stays_so(app, terminal, browser):
    decide(browser, enter(browser, terminal.codes["user_code"]))
    with app.app_context():
        connection = db.session.scalars(db.select(Connection)).one()
        lifecycle.revoke(connection, by=connection.member)
        db.session.commit()
    assert refusal(terminal.poll()) == (400, "invalid_grant")


def test_another_client_cannot_fetch_the_answer(app, terminal, browser):
    decide(browser, enter(browser, terminal.codes["user_code"]))
    other = Terminal(app, "Other").introduce()
    assert refusal(terminal.poll(client_id=other.client_id)) == (400, "invalid_grant")
    assert refusal(terminal.poll(device_code="unknown")) == (400, "invalid_grant")
    assert refusal(terminal.poll(device_code=None)) == (400, "invalid_request")
    assert refusal(terminal.poll(resource="https://other.example/mcp")) == (400, "invalid_target")
    assert terminal.poll().status_code == 200


def test_a_confidential_program_proves_itself_at_both_doors(app, browser):
    robot = Terminal(app, "Robot").introduce(token_endpoint_auth_method="client_secret_post").begin()
    assert refusal(robot.start(client_secret=None)) == (401, "invalid_client")
    assert refusal(robot.poll(client_secret="wrong")) == (401, "invalid_client")
    decide(browser, enter(browser, robot.codes["user_code"]))
    assert robot.poll().status_code == 200


def test_only_clients_that_registered_for_it_ask_by_a_code(app, terminal, browser):
    claude = Assistant(app).register()
    sent = {"client_id": claude.client_id}
    assert refusal(claude.wire.post("/device_authorization", data=sent)) == (400, "unauthorized_client")
    assert refusal(terminal.poll(client_id=claude.client_id)) == (400, "unauthorized_client")
    assert terminal.ask(browser).status_code == 400


@for_each(
    ("changes", "error"),
    [
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"resource": "https://other.example/mcp"}, "invalid_target"),
        ({"client_id": "unknown"}, "invalid_client"),
        ({"client_id": None, "scope": "profiles:read"}, "invalid_client"),
    ],
)
def test_a_question_that_cannot_be_is_refused(terminal, changes, error):
    assert terminal.start(**changes).json["error"] == error


def test_scopes_that_other_servers_have_are_left_out(terminal, browser):
    decide(browser, enter(browser, terminal.begin(scope="openid tags:manage email").codes["user_code"]))
    assert terminal.poll().json["scope"] == "tags:manage"


def test_scopes_without_end_are_refused_and_take_no_memory(terminal):
    tracemalloc.start()
    for number in range(20):
        assert terminal.start(scope=f"tags:manage {number} " + "x " * 60_000).json["error"] == "invalid_scope"
    gc.collect()
    kept, _most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 2_000_000


def test_charlie_cannot_give_what_his_role_does_not_allow(terminal, browser_of, charlie):
    browser = browser_of(charlie)
    decide(browser, enter(browser, terminal.codes["user_code"]))
    assert terminal.poll().json["scope"] == "profiles:read tags:manage account:read"


def test_a_person_in_two_accounts_chooses_and_still_sees_the_code(
    app, terminal, browser_of, new_person, aperture, black_mesa
):
    new_person("Both", aperture, Role.OWNER)
    browser = browser_of(new_person("Both", black_mesa, Role.USER))
    page = enter(browser, terminal.codes["user_code"])
    drawn = decide(browser, page, "account", account=str(black_mesa.id))
    assert terminal.codes["user_code"] in text_of(drawn)
    decide(browser, drawn)
    with app.app_context():
        assert bearer_of(terminal.keep(terminal.poll()).access_token).account_id == black_mesa.id


def test_an_accounts_own_program_can_be_used_only_there(app, browser_of, alice, eve):
    with app.app_context():
        robot, _ = Client.register(
            "Robot", [], kind="preregistered", grant_types=[DEVICE_GRANT], account_id=alice.account_id
        )
        db.session.commit()
        terminal = Terminal(app, "Robot", client_id=robot.client_id).begin()
    assert enter(browser_of(eve), terminal.codes["user_code"]).status_code == 403
    browser = browser_of(alice)
    decide(browser, enter(browser, terminal.codes["user_code"]))
    assert "refresh_token" not in terminal.poll().json


def test_what_was_declined_for_good_is_not_asked_again(terminal, browser):
    terminal.begin(scope="profiles:read")
    decide(browser, enter(browser, terminal.codes["user_code"]), "deny", never="1")
    terminal.begin(scope="profiles:read")
    assert "Nothing was shared" in text_of(enter(browser, terminal.codes["user_code"]))
    assert refusal(terminal.poll()) == (400, "access_denied")


@for_each("typed", ["", "ABC", "BCDF-GHJA", "BCDF-GHJKL", "BCDF\x00GHJK", "\u00e9" * 8])
def test_what_cannot_be_a_code_is_said_so_and_not_counted(browser, terminal, typed):
    for _ in range(11):
        assert enter(browser, typed).status_code == 400
    assert "wants access to" in text_of(enter(browser, terminal.codes["user_code"]))


def test_after_ten_wrong_codes_a_browser_must_wait_even_with_the_right_one(app, browser, terminal, browser_of, alice):
    for _ in range(10):
        answer = enter(browser, "BBBB-BBBB")
        assert (answer.status_code, UNKNOWN in text_of(answer)) == (400, True)
    stopped = enter(browser, terminal.codes["user_code"])
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "600")
    assert "Too many incorrect codes" in text_of(stopped)
    assert "wants access to" in text_of(enter(browser_of(alice), terminal.codes["user_code"]))
    with app.app_context():
        past = (now() - timedelta(minutes=10)).isoformat(sep=" ")
        db.session.execute(db.text("UPDATE code_try SET tried_at = :past"), {"past": past})
        db.session.commit()
    assert "wants access to" in text_of(enter(browser, terminal.codes["user_code"]))


def test_after_thirty_wrong_codes_a_person_must_wait_in_every_browser(terminal, browser_of, alice, bob):
    for _ in range(3):
        browser = browser_of(alice)
        for _ in range(10):
            enter(browser, "BBBB-BBBB")
    assert enter(browser_of(alice), terminal.codes["user_code"]).status_code == 429
    assert "wants access to" in text_of(enter(browser_of(bob), terminal.codes["user_code"]))


def test_an_app_that_is_removed_meanwhile_gets_nothing(app, runner, terminal, browser):
    page = enter(browser, terminal.codes["user_code"])
    assert runner.invoke(args=["clients", "remove", terminal.client_id, "--yes"]).exit_code == 0
    assert decide(browser, page).status_code == 400
    assert UNKNOWN in text_of(enter(browser, terminal.codes["user_code"]))
    assert refusal(terminal.poll()) == (401, "invalid_client")


def test_a_lower_role_at_the_answer_counts(app, terminal, browser, alice):
    page = enter(browser, terminal.codes["user_code"])
    with app.app_context():
        db.session.get_one(Member, alice.member_id).role = Role.USER
        db.session.commit()
    decide(browser, page)
    assert terminal.poll().json["scope"] == "profiles:read tags:manage account:read"


def test_codes_do_not_pile_up(app, terminal, shift):
    shift("expires_at", timedelta(hours=2))
    terminal.begin()
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(DeviceAuthorization)) == 1


def test_an_answer_without_the_forms_token_is_refused(browser, terminal):
    assert browser.post("/device", data={"user_code": terminal.codes["user_code"]}).status_code == 400
    assert csrf_token(browser, "/device")


def test_a_flood_from_one_network_keeps_no_device_elsewhere_from_asking(app, browser, terminal, monkeypatch):
    monkeypatch.setattr(device_authorization, "MOST_WAITING", 4)
    flood = [terminal.start_from(f"198.51.100.{number}").json["user_code"] for number in (1, 2, 3)]
    # Its own network gets no more: it would only displace itself.
    assert terminal.start_from("198.51.100.9").status_code == 503
    asked = terminal.start_from("203.0.113.5")
    assert asked.status_code == 200
    # The oldest of the busiest network has made room, and nobody else.
    assert UNKNOWN in text_of(enter(browser, flood[0]))
    for waiting in (asked.json["user_code"], terminal.codes["user_code"], flood[1], flood[2]):
        assert enter(browser, waiting).status_code == 200
