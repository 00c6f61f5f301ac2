"""Codes and refresh tokens: used once, bound to who they were made for, and what happens when they come again."""

import base64
from datetime import timedelta

import pytest

from models.audit.recorder import AuditEntry
from models.connections.authorization import Authorization, EndReason
from models.connections.lifecycle import narrow, restore
from models.database.base import db, now
from models.oauth.bearer import bearer_of
from models.oauth.tokens import RefreshToken
from tests.assistant import Assistant, decide
from tests.for_each import for_each

SCOPES_OF_OLD = "profiles:read tags:manage account:read"


@pytest.fixture
def connected(claude, browser):
    return claude.connect(browser)


@pytest.fixture
def bearer(app):
    def find(token):
        with app.app_context():
            return bearer_of(token)

    return find


@pytest.fixture
def later(app):
    """Makes what was stored look older by this much."""

    def shift(**columns):
        with app.app_context():
            for column, age in columns.items():
                table, name = column.split("__")
                moment = (now() - age).isoformat(sep=" ")
                db.session.execute(
                    db.text(f"UPDATE {table} SET {name} = :moment WHERE {name} IS NOT NULL"), {"moment": moment}
                )
            db.session.commit()

    return shift


@pytest.mark.both_databases
def test_a_code_becomes_tokens_that_say_their_scope_and_their_hour(connected, claude, browser):
    answer = connected.refresh()
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 3600
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_code_works_once_and_a_replay_ends_what_it_made(claude, browser, bearer):
    code = claude.code_in(decide(browser, claude.ask(browser)))
    claude.keep(claude.redeem(code))
    assert bearer(claude.access_token).ended is None
    replay = claude.redeem(code)
    assert (replay.status_code, replay.json["error"]) == (400, "invalid_grant")
    assert bearer(claude.access_token).ended == "revoked"
    assert claude.refresh().json["error"] == "invalid_grant"


def test_a_replay_is_written_down(app, claude, browser):
    code = claude.code_in(decide(browser, claude.ask(browser)))
    claude.redeem(code)
    claude.redeem(code)
    with app.app_context():
        assert db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "authorization.code_replayed")).one()


def test_no_cache_keeps_an_answer_with_tokens(claude, browser):
    first = claude.redeem(claude.code_in(decide(browser, claude.ask(browser))))
    for answer in (first, claude.keep(first).refresh()):
        assert answer.mimetype == "application/json"
        assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")


@for_each(
    "name", ["grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier", "scope", "unknown"]
)
def test_a_parameter_that_stands_twice_is_refused_and_uses_nothing_up(claude, browser, name):
    code = claude.code_in(decide(browser, claude.ask(browser)))
    answer = claude.redeem(**({"code": code} | {name: [code, "other"]}))
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert claude.redeem(code).status_code == 200


def test_parameters_that_nobody_here_knows_are_ignored(claude, browser):
    code = claude.code_in(decide(browser, claude.ask(browser)))
    assert claude.redeem(code, audience="x", scope="profiles:read", state="s").status_code == 200


WRONG = [
    {"code_verifier": None},
    {"code_verifier": ""},
    {"code_verifier": "x" * 43},
    {"code_verifier": "short"},
    {"code_verifier": "é" * 43},
    {"code_verifier": "x" * 129},
    {"redirect_uri": None},
    {"redirect_uri": "http://localhost:3118/other"},
    {"redirect_uri": "http://localhost:1/callback"},
    {"resource": "https://other.example/mcp"},
    {"code": "pfc_unknown"},
    {"code": None},
    {"code": "é"},
    {"grant_type": "password"},
    {"grant_type": None},
    {"client_id": "unknown"},
    {"client_secret": "a secret that it never had"},
    {"client_secret": "é"},
]


@for_each("changes", WRONG)
def test_a_code_is_worth_nothing_when_anything_differs(claude, browser, changes):
    code = claude.code_in(decide(browser, claude.ask(browser)))
    answer = claude.redeem(**({"code": code} | changes))
    assert answer.status_code in {400, 401}
    assert answer.json["error"] in {
        "invalid_request",
        "invalid_grant",
        "invalid_target",
        "invalid_client",
        "unsupported_grant_type",
    }
    assert "access_token" not in answer.json


def test_another_client_cannot_redeem_the_code(app, claude, browser):
    code = claude.code_in(decide(browser, claude.ask(browser)))
    other = Assistant(app, "Other", verifier=claude.verifier).register()
    assert other.redeem(code).json["error"] == "invalid_grant"
    assert claude.redeem(code).status_code == 200


def test_a_code_ends_after_a_minute(claude, browser, later):
    code = claude.code_in(decide(browser, claude.ask(browser)))
    later(authorization_code__expires_at=timedelta(seconds=1))
    assert claude.redeem(code).json["error"] == "invalid_grant"


def test_a_code_without_a_redirect_uri_in_the_question_needs_none(app, browser):
    one = Assistant(app, redirect_uri="https://one.example/cb").register()
    code = one.code_in(decide(browser, one.ask(browser, redirect_uri=None)))
    assert one.redeem(code, redirect_uri=None).status_code == 200


def test_a_confidential_client_proves_itself_either_way(app, browser):
    for method in ("client_secret_post", "client_secret_basic"):
        robot = Assistant(app, f"Robot {method}").register(token_endpoint_auth_method=method).connect(browser)
        assert robot.refresh(client_secret="wrong").status_code == 401
        assert robot.refresh(client_secret=None).status_code == 401
        basic = robot.wire.post(
            "/token",
            data={"grant_type": "refresh_token", "refresh_token": robot.refresh_token},
            auth=(robot.client_id, robot.client_secret),
        )
        assert basic.status_code == 200


@for_each("path", ["/token", "/revoke", "/introspect"])
@for_each("sent", [b"forgotten:wrong", b"no colon", b"\xff\xfe:x", b":", b""])
def test_whoever_tries_basic_in_vain_is_challenged_with_basic(client, path, sent):
    headers = {"Authorization": f"Basic {base64.b64encode(sent).decode()}"}
    answer = client.post(path, data={"grant_type": "refresh_token", "token": "x"}, headers=headers)
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="Profile", error="invalid_client"')


@pytest.mark.parametrize("header", ["Basic !!!", "Basic \u00e9", "basic"])
def test_a_header_that_is_no_basic_credential_is_refused_as_one(client, header):
    answer = client.post("/token", data={"grant_type": "refresh_token"}, headers={"Authorization": header})
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_a_secret_comes_one_way_or_the_other_but_not_both(app, browser):
    robot = Assistant(app, "Robot").register(token_endpoint_auth_method="client_secret_basic").connect(browser)
    given = {"grant_type": "refresh_token", "refresh_token": robot.refresh_token, "client_secret": robot.client_secret}
    answer = robot.wire.post("/token", data=given, auth=(robot.client_id, robot.client_secret))
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert robot.refresh().status_code == 200


def test_a_grant_that_a_client_did_not_register_is_not_for_it(app):
    once = Assistant(app, "Once").register(grant_types=["authorization_code"])
    assert once.refresh("pfr_x").json["error"] == "unauthorized_client"


def test_an_unknown_client_hears_so_with_401(claude):
    answer = claude.refresh("pfr_x", client_id="forgotten")
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.both_databases
def test_every_refresh_rotates(connected):
    first = connected.refresh_token
    second = connected.refresh().json["refresh_token"]
    assert second != first
    assert connected.refresh(second).json["refresh_token"] not in {first, second}


def test_a_lost_answer_may_be_asked_for_again_and_gives_the_same_successor(connected, bearer):
    first, again = connected.refresh(), connected.refresh()
    assert again.status_code == 200
    assert again.json["refresh_token"] == first.json["refresh_token"]
    assert again.json["access_token"] != first.json["access_token"]
    assert bearer(first.json["access_token"]).ended is None


def test_once_the_successor_was_used_the_old_token_ends_the_installation(app, connected, bearer):
    second = connected.refresh().json
    third = connected.refresh(second["refresh_token"]).json
    reuse = connected.refresh()
    assert (reuse.status_code, reuse.json["error"]) == (400, "invalid_grant")
    assert bearer(third["access_token"]).ended == "revoked"
    assert connected.refresh(third["refresh_token"]).json["error"] == "invalid_grant"
    with app.app_context():
        assert db.session.scalars(
            db.select(AuditEntry).where(AuditEntry.action == "authorization.refresh_reused")
        ).one()


def test_after_the_grace_the_old_token_ends_the_installation(connected, later, bearer):
    second = connected.refresh().json
    later(refresh_token__rotated_at=timedelta(seconds=121))
    assert connected.refresh().json["error"] == "invalid_grant"
    assert bearer(second["access_token"]).ended == "revoked"


def test_just_inside_the_grace_the_old_token_is_answered(connected, later):
    connected.refresh()
    later(refresh_token__rotated_at=timedelta(seconds=100))
    assert connected.refresh().status_code == 200


def test_reuse_in_one_installation_leaves_the_others_alone(app, browser, claude):
    laptop = Assistant(app, client_id=claude.client_id).connect(browser)
    phone = Assistant(app, client_id=claude.client_id).connect(browser)
    laptop.refresh(laptop.refresh().json["refresh_token"])
    assert laptop.refresh().json["error"] == "invalid_grant"
    assert phone.refresh().status_code == 200


def test_another_client_cannot_use_the_refresh_token(app, connected):
    other = Assistant(app, "Other").register()
    assert other.refresh(connected.refresh_token).json["error"] == "invalid_grant"
    assert connected.refresh().status_code == 200


def test_a_refresh_may_ask_for_less_only_for_its_access_token(connected, bearer):
    narrow = connected.refresh(scope="tags:manage").json
    assert narrow["scope"] == "tags:manage"
    assert bearer(narrow["access_token"]).granted == {"tags:manage"}
    assert len(connected.refresh(narrow["refresh_token"]).json["scope"].split()) == 5


@for_each("scope", [SCOPES_OF_OLD, SCOPES_OF_OLD + " offline_access openid", "account:read tags:manage"])
def test_a_refresh_that_repeats_what_was_asked_for_gets_what_is_left_of_it(app, browser, claude, scope):
    connected = Assistant(app, client_id=claude.client_id).connect(browser, SCOPES_OF_OLD, deny=["profiles:read"])
    with app.app_context():
        authorization = db.session.scalars(db.select(Authorization).order_by(Authorization.id.desc())).first()
        narrow(authorization.connection, "tags:manage")
        db.session.commit()
    answer = connected.refresh(scope=scope)
    assert (answer.status_code, answer.json["scope"]) == (200, "account:read")


def test_a_refresh_of_which_nothing_is_left_is_answered_and_gives_nothing(app, browser, claude, bearer):
    claude.connect(browser, "tags:manage account:read", deny=["account:read"])
    answer = claude.refresh(scope="account:read")
    assert (answer.status_code, answer.json["scope"]) == (200, "")
    assert not bearer(answer.json["access_token"]).granted


def test_a_refresh_cannot_ask_for_more(claude, browser):
    claude.connect(browser, scope="tags:manage")
    assert claude.refresh(scope="tags:manage profiles:read").json["error"] == "invalid_scope"
    assert claude.refresh(scope="tags:manage offline_access").json["scope"] == "tags:manage"


def test_a_refused_refresh_does_not_use_the_token_up(app, claude, browser):
    claude.connect(browser, scope="tags:manage")
    claude.refresh(scope="profiles:read")
    claude.refresh(resource="https://other.example")
    with app.app_context():
        assert db.session.scalars(db.select(RefreshToken.rotated_at)).one() is None


def test_a_refresh_for_another_resource_is_refused_and_without_one_is_not(connected):
    assert connected.refresh(resource="https://other.example/mcp").json["error"] == "invalid_target"
    assert connected.refresh(resource="http://localhost/mcp/").status_code == 200


@pytest.mark.parametrize("column", ["authorization__idle_until", "authorization__expires_at"])
def test_a_lapsed_authorization_cannot_be_renewed(connected, later, column):
    later(**{column.replace("authorization", '"authorization"'): timedelta(seconds=1)})
    assert connected.refresh().json["error"] == "invalid_grant"


def test_whoever_renews_in_time_has_all_the_days_without_use_again(app, connected, later):
    later(**{'"authorization"__idle_until': timedelta(minutes=-1)})
    assert connected.refresh().status_code == 200
    with app.app_context():
        until = db.session.scalars(db.select(Authorization.idle_until)).one()
    assert until > now() + app.config["PROFILE"].refresh_idle_lifetime - timedelta(minutes=1)


def test_what_was_taken_from_a_device_does_not_come_back_by_another(app, claude, browser, connected, bearer):
    with app.app_context():
        narrow(db.session.scalars(db.select(Authorization)).one().connection, "tags:manage")
        db.session.commit()
    another = Assistant(app, client_id=claude.client_id)
    first, second = connected.access_token, another.connect(browser).access_token
    assert "tags:manage" in bearer(second).granted
    assert "tags:manage" not in bearer(first).granted


def test_what_is_restored_comes_back_to_tokens_that_had_all_there_was(app, connected, bearer):
    whole = connected.access_token
    narrower = connected.refresh(scope="profiles:read").json["access_token"]
    with app.app_context():
        connection = db.session.scalars(db.select(Authorization)).one().connection
        for change in (narrow, restore):
            change(connection, "tags:manage")
            db.session.commit()
    assert "tags:manage" in bearer(whole).granted
    assert bearer(narrower).granted == {"profiles:read"}


def test_a_client_without_the_refresh_grant_gets_no_refresh_token(app, browser):
    once = Assistant(app, "Once").register(grant_types=["authorization_code"]).connect(browser)
    assert once.refresh_token == ""


def test_a_removed_members_app_can_do_nothing_more(app, connected, alice, bearer):
    with app.app_context():
        db.session.execute(db.text("UPDATE member SET removed_at = :now"), {"now": now().isoformat(sep=" ")})
        db.session.commit()
    assert connected.refresh().json["error"] == "invalid_grant"
    assert bearer(connected.access_token).ended == "removed"


@pytest.mark.both_databases
def test_nothing_secret_is_stored(app, connected):
    with app.app_context():
        rows = [
            str(tuple(row))
            for table in (
                "access_token",
                "refresh_token",
                "authorization_code",
                "consent_request",
                "login_session",
                "client",
            )
            for row in db.session.execute(db.text(f"SELECT * FROM {table}"))
        ]
    for secret in (connected.access_token, connected.refresh_token):
        assert not any(secret in row for row in rows)


@for_each("method", ["get", "put", "patch", "delete"])
@for_each("path", ["/token", "/register", "/revoke", "/introspect", "/device_authorization"])
def test_other_methods_are_refused_in_json(client, path, method):
    answer = getattr(client, method)(path)
    assert answer.status_code == 405
    assert answer.json["error"] == "invalid_request"
    assert "POST" in answer.headers["Allow"]


@for_each("path", ["/token", "/revoke", "/introspect", "/device_authorization"])
@for_each(
    "sent",
    [
        {"json": {"grant_type": "x"}},
        {"data": b"\xff", "content_type": "text/plain"},
        {"data": "a=1&a=2", "content_type": "application/x-www-form-urlencoded"},
        {"data": "grant_type=%00", "content_type": "application/x-www-form-urlencoded"},
    ],
)
def test_a_body_that_is_no_form_is_refused_in_json(client, path, sent):
    answer = client.post(path, **sent)
    assert answer.status_code in {400, 401}
    assert set(answer.json) >= {"error", "error_description"}


@pytest.mark.both_databases
def test_a_client_gives_its_refresh_token_back_and_everything_of_it_ends(app, connected, bearer):
    answer = connected.wire.post("/revoke", data={"token": connected.refresh_token, "client_id": connected.client_id})
    assert answer.status_code == 200
    assert bearer(connected.access_token).ended == "revoked"
    assert connected.refresh().json["error"] == "invalid_grant"
    with app.app_context():
        assert db.session.scalars(db.select(Authorization.end_reason)).one() == EndReason.REVOKED_BY_APP


def test_a_client_gives_one_access_token_back(connected, bearer):
    connected.wire.post("/revoke", data={"token": connected.access_token, "client_id": connected.client_id})
    assert bearer(connected.access_token).ended == "revoked"
    assert connected.refresh().status_code == 200


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", ""])
def test_a_hint_never_matters(connected, bearer, hint):
    given = {"token": connected.refresh_token, "client_id": connected.client_id, "token_type_hint": hint}
    assert connected.wire.post("/revoke", data=given).status_code == 200
    assert bearer(connected.access_token).ended == "revoked"


def test_nobody_gives_back_anothers_token(app, connected, bearer):
    other = Assistant(app, "Other").register()
    for token in (connected.refresh_token, connected.access_token, "unknown"):
        assert other.wire.post("/revoke", data={"token": token, "client_id": other.client_id}).status_code == 200
    assert bearer(connected.access_token).ended is None
    assert other.wire.post("/revoke", data={"token": "x", "client_id": "unknown"}).status_code == 401


@pytest.mark.both_databases
def test_an_access_token_that_is_given_back_leaves_one_entry(app, connected):
    def entries():
        with app.app_context():
            found = db.session.query(AuditEntry).filter(
                AuditEntry.action.in_(["token.given_back", "authorization.ended"])
            )
            return [entry.action for entry in found]

    for token in (connected.access_token, connected.access_token, "unknown"):
        given = {"token": token, "client_id": connected.client_id}
        assert connected.wire.post("/revoke", data=given).status_code == 200
    assert entries() == ["token.given_back"]
