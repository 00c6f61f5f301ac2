"""A confidential app looks after its own registration; nobody else can."""

import pytest

from models.audit.recorder import AuditEntry
from models.clients.client import Client
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.denied_scope import DeniedScope
from models.database.base import db
from models.mail.message import Message
from models.oauth.bearer import bearer_of
from models.oauth.consent_request import ConsentRequest
from models.oauth.device_authorization import DEVICE_GRANT, DeviceAuthorization
from models.oauth.tokens import AuthorizationCode
from tests.assistant import Assistant, decide
from tests.for_each import for_each
from tests.pages import submit, text_of

METHOD = {"token_endpoint_auth_method": "client_secret_post"}
ADDRESS = "https://robot.example/cb"


class Robot(Assistant):
    """A confidential app that keeps what its registration gave it."""

    def introduce(self, **metadata):
        given = {"client_name": self.name, "redirect_uris": [self.redirect_uri]} | METHOD | metadata
        self.registered = self.wire.post("/register", json=given).json
        self.client_id, self.client_secret = self.registered["client_id"], self.registered["client_secret"]
        self.place = self.registered["registration_client_uri"].removeprefix("http://localhost")
        return self

    def configure(self, method="get", token=None, place=None, **sent):
        token = self.registered["registration_access_token"] if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return getattr(self.wire, method)(place or self.place, headers=headers, **sent)

    def update(self, **changes):
        given = {"client_id": self.client_id, "client_name": self.name, "redirect_uris": [self.redirect_uri]} | changes
        return self.configure("put", json=given)


@pytest.fixture
def robot(app):
    return Robot(app, "Robot", ADDRESS).introduce()


def test_a_confidential_app_is_told_where_its_registration_is(app, robot):
    assert robot.registered["registration_client_uri"] == f"http://localhost/register/{robot.client_id}"
    token = robot.registered["registration_access_token"]
    assert len(token) >= 43
    with app.app_context():
        rows = [str(tuple(row)) for row in db.session.execute(db.text("SELECT * FROM client"))]
    assert not any(token in row for row in rows)


def test_a_public_app_gets_no_such_thing(app):
    answer = Assistant(app).wire.post("/register", json={"client_name": "Claude", "redirect_uris": [ADDRESS]})
    assert not answer.json.keys() & {"registration_access_token", "registration_client_uri"}


def test_the_app_reads_what_holds_but_not_its_secret(robot):
    answer = robot.configure()
    assert answer.status_code == 200
    secret = {"client_secret", "client_secret_expires_at"}
    assert answer.json == {name: value for name, value in robot.registered.items() if name not in secret}
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_update_replaces_everything_but_what_proves_the_app(robot, browser):
    robot.redirect_uri = "https://robot.example/new"
    answer = robot.update(client_name="Robot 2", client_uri="https://robot.example", grant_types=["authorization_code"])
    assert answer.status_code == 200, answer.json
    assert answer.json["redirect_uris"] == [robot.redirect_uri]
    assert (answer.json["client_name"], answer.json["grant_types"]) == ("Robot 2", ["authorization_code"])
    assert robot.configure().json == answer.json
    assert robot.connect(browser).refresh_token == ""
    assert "client_uri" not in robot.update(grant_types=None).json


def test_after_an_update_the_old_address_is_nobodys(robot, browser):
    page = robot.ask(browser)
    assert robot.update(redirect_uris=["https://robot.example/new"]).status_code == 200
    assert decide(browser, page).status_code == 400
    assert robot.ask(browser).status_code == 400


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_an_app_that_gives_codes_up_while_the_page_is_open_is_not_connected(app, robot, browser, decision):
    page = robot.ask(browser)
    kept = rows(app)
    assert robot.update(grant_types=[DEVICE_GRANT]).status_code == 200
    answer = decide(browser, page, decision, deny=["tags:manage"])
    assert answer.status_code == 400
    assert not answer.location
    assert 'id="continue"' not in answer.text
    assert rows(app) == kept

    # Nothing was taken: once the app uses codes again, the same page is answered.
    assert robot.update().status_code == 200
    assert robot.redeem(robot.code_in(decide(browser, page))).status_code == 200


def test_an_app_that_gives_device_codes_up_while_the_page_is_open_is_not_connected(app, robot, browser):
    assert robot.update(grant_types=["authorization_code", DEVICE_GRANT]).status_code == 200
    proof = {"client_id": robot.client_id, "client_secret": robot.client_secret}
    codes = robot.wire.post("/device_authorization", data=proof).json
    page = submit(browser, "/device", user_code=codes["user_code"])
    kept = rows(app)
    assert robot.update().status_code == 200
    assert decide(browser, page).status_code == 400
    assert rows(app) == kept


def rows(app):
    """How many of each there are of what an answer makes, and how many questions were answered."""
    made = (Connection, Authorization, AuthorizationCode, DeniedScope, AuditEntry, Message)
    with app.app_context():
        answered = db.select(db.func.count(ConsentRequest.answered_at) + db.func.count(DeviceAuthorization.answered_at))
        return [
            *(db.session.scalar(db.select(db.func.count()).select_from(model)) for model in made),
            db.session.scalar(answered.select_from(ConsentRequest).outerjoin(ConsentRequest.device)),
        ]


@for_each(
    "changes",
    [
        {"client_id": "another"},
        {"client_id": None},
        {"token_endpoint_auth_method": "none"},
        {"redirect_uris": []},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": None},
        {"client_secret": "of my own choice"},
        {"client_secret": 7},
        {"registration_access_token": "x"},
        {"registration_client_uri": "x"},
        {"client_id_issued_at": 1},
        {"client_secret_expires_at": 0},
        {"grant_types": ["client_credentials"]},
        {"client_name": 7},
    ],
)
def test_an_update_that_cannot_hold_changes_nothing(robot, changes):
    before = robot.configure().json
    answer = robot.update(**changes)
    assert answer.status_code == 400
    assert answer.json["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}
    assert robot.configure().json == before


@pytest.mark.parametrize("sent", [{"json": []}, {"json": None}, {"data": b"{", "content_type": "application/json"}])
def test_an_update_that_is_no_metadata_is_refused_in_json(robot, sent):
    assert robot.configure("put", **sent).json["error"] == "invalid_client_metadata"
    assert robot.configure("put", data="client_id=x").json["error"] == "invalid_client_metadata"
    assert robot.update(client_name="x" * 20_000).status_code == 413


def test_the_present_secret_may_come_along(robot, browser):
    assert robot.update(client_secret=robot.client_secret).status_code == 200
    assert robot.connect(browser).access_token


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_a_wrong_token_and_an_unknown_app_are_told_apart_by_nobody(app, robot, method):
    other = Robot(app, "Other", ADDRESS).introduce()
    public = Assistant(app, "Public").register()
    answers = [
        robot.configure(method, token="wrong"),
        robot.configure(method, token=""),
        robot.configure(method, token=robot.client_secret),
        robot.configure(method, token=other.registered["registration_access_token"]),
        robot.configure(method, token="", place=f"/register/{public.client_id}"),
        robot.configure(method, place=f"/register/{public.client_id}"),
        robot.configure(method, place="/register/unknown"),
        robot.configure(method, token="pfg_\xe9"),
    ]
    assert {(a.status_code, a.get_data(), a.headers["WWW-Authenticate"]) for a in answers} == {
        (401, answers[0].get_data(), 'Bearer error="invalid_token"')
    }
    assert robot.configure().status_code == 200


def test_a_token_in_the_address_or_the_body_is_none(robot):
    token = robot.registered["registration_access_token"]
    assert robot.wire.get(f"{robot.place}?access_token={token}").status_code == 401


@pytest.mark.parametrize("method", ["post", "patch"])
def test_other_methods_are_refused_in_json(robot, method):
    answer = robot.configure(method)
    assert (answer.status_code, answer.json["error"]) == (405, "invalid_request")
    assert answer.headers["Allow"] == "DELETE, GET, OPTIONS, PUT"


def test_an_app_that_removes_itself_takes_all_its_connections_along(app, robot, browser, browser_of, alice, bob, eve):
    others = [
        Assistant(app, "Robot", ADDRESS, robot.client_id, robot.client_secret).connect(browser_of(person))
        for person in (bob, eve)
    ]
    robot.connect(browser)
    waiting = robot.ask(browser)
    answer = robot.configure("delete")
    assert (answer.status_code, answer.get_data()) == (204, b"")
    with app.app_context():
        assert {bearer_of(each.access_token).ended for each in (robot, *others)} == {"revoked"}
        assert Client.by_client_id(robot.client_id) is None
        told = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "authorization.ended")).all()
        assert sorted((entry.account_id, entry.user_id) for entry in told) == sorted(
            (person.account_id, person.user_id) for person in (alice, bob, eve)
        )
    assert (robot.refresh().status_code, robot.refresh().json["error"]) == (401, "invalid_client")
    assert robot.configure().status_code == robot.configure("delete").status_code == 401
    assert decide(browser, waiting).status_code == 400
    assert robot.ask(browser).status_code == 400
    assert "No longer connected Robot in Aperture Science" in text_of(browser.get("/settings/connections"))
    assert "Robot (for Alice) disconnected itself" in text_of(browser.get("/settings/audit"))
