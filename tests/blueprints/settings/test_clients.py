"""API clients: Owners register apps for their account; a secret is seen once, and never by anybody else."""

import re
import uuid

import pytest

from models.audit.recorder import AuditEntry
from models.clients.client import Client
from models.database.base import db
from models.oauth.bearer import bearer_of
from models.oauth.device_authorization import DEVICE_GRANT
from tests.assistant import Assistant
from tests.for_each import for_each
from tests.pages import csrf_token, first, submit, text_of

LIST = "/settings/clients"
NEW = f"{LIST}/new"
CALLBACK = "https://robot.example/cb"


def hidden(page, name):
    return first(rf'name="{name}"[^>]*value="([^"]+)"', page.get_data(as_text=True))


def fill_in(browser, once=None, **fields):
    """What the form of a new app sends."""
    page = browser.get(NEW)
    sent = {"name": "Robot", "redirect_uris": CALLBACK, "once": once or hidden(page, "once"), **fields}
    return {"csrf_token": hidden(page, "csrf_token"), **sent}


def credentials_on(page):
    """The identifier and the secret on the page that shows them."""
    body = page.get_data(as_text=True)
    return first(r'id="client-id" value="([^"]+)"', body), first(r'id="client-secret" value="([^"]+)"', body)


def path_of(app, client_id, what):
    with app.app_context():
        return f"{LIST}/{Client.by_client_id(client_id).id}/{what}"


@pytest.fixture
def browser(browser_of, alice):
    return browser_of(alice)


@pytest.fixture
def robot(app, browser):
    """An app that Alice registered for Aperture Science, with a secret."""
    client_id, secret = credentials_on(browser.post(NEW, data=fill_in(browser, confidential="y")))
    return Assistant(app, "Robot", CALLBACK, client_id, secret)


def test_without_apps_the_page_says_what_they_are_for(browser):
    assert "No API clients yet" in text_of(browser.get(LIST))


def test_alice_registers_an_app_whose_secret_is_shown_once(app, browser, robot, alice, audit_log):
    page = browser.get(LIST)
    assert robot.client_id in text_of(page)
    assert CALLBACK in text_of(page)
    assert robot.client_secret not in page.get_data(as_text=True)
    with app.app_context():
        rows = [str(tuple(row)) for row in db.session.execute(db.text("SELECT * FROM client"))]
        assert not any(robot.client_secret in row for row in rows)
    assert audit_log(alice)[-1] == ("client.registered", "allowed")
    assert "Alice registered the API client Robot" in text_of(browser.get("/settings/audit"))
    assert robot.connect(browser).access_token


def test_a_page_that_is_loaded_again_makes_no_second_app_and_shows_no_secret(app, browser):
    sent = fill_in(browser, confidential="y")
    _, secret = credentials_on(browser.post(NEW, data=sent))
    again = browser.post(NEW, data=sent)
    assert (again.status_code, again.location) == (302, LIST)
    page = browser.get(LIST)
    assert "already added" in text_of(page)
    assert secret not in page.get_data(as_text=True)
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Client)) == 1


def test_a_public_app_has_no_secret(app, browser):
    answer = browser.post(NEW, data=fill_in(browser, redirect_uris=f"{CALLBACK}\r\n\r\n http://localhost/cb \r\n"))
    assert answer.location == LIST
    with app.app_context():
        known = db.session.scalars(db.select(Client)).one()
        assert (known.kind, known.auth_method, known.secret_hash) == ("preregistered", "none", None)
        assert known.redirect_uris == [CALLBACK, "http://localhost/cb"]
        path = f"{LIST}/{known.id}/secret"
    assert "New secret" not in text_of(browser.get(LIST))
    assert submit(browser, path, page=LIST + "/new", mark="x").status_code == 403


def test_an_app_without_a_browser_needs_no_address(app, browser):
    assert browser.post(NEW, data=fill_in(browser, redirect_uris="", device="y")).location == LIST
    assert "A device that shows a code" in text_of(browser.get(LIST))
    with app.app_context():
        known = db.session.scalars(db.select(Client)).one()
        assert known.grant_types == ["refresh_token", DEVICE_GRANT]


@for_each(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "x" * 81}, "at most 80"),
        ({"redirect_uris": ""}, "Enter at least one address."),
        ({"redirect_uris": " \n "}, "Enter at least one address."),
        ({"redirect_uris": "javascript:alert(1)"}, "javascript"),
        (
            {"redirect_uris": f"{CALLBACK}\nhttp://evil.example/cb"},
            "http://evil.example/cb: a redirect URI must be https",
        ),
        ({"redirect_uris": "\n".join(f"https://a.example/{n}" for n in range(11))}, "at most 10"),
        ({"name": "Rob\x00ot"}, "not allowed"),
        ({"once": "nonsense"}, "Reload the page"),
    ],
)
def test_an_app_that_cannot_be_is_refused_on_its_field(browser, fields, sentence):
    answer = browser.post(NEW, data=fill_in(browser, **fields))
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert "No API clients yet" in text_of(browser.get(LIST))


@pytest.mark.asvs("2.3.2")
def test_an_account_has_room_for_fifty(app, browser, alice):
    with app.app_context():
        for number in range(50):
            Client.register(f"Robot {number}", [CALLBACK], kind="preregistered", account_id=alice.account_id)
        db.session.commit()
    assert "at most 50" in text_of(browser.post(NEW, data=fill_in(browser)))


def test_a_new_secret_replaces_the_old_at_once_and_leaves_connections(app, browser, robot, alice, audit_log):
    robot.connect(browser)
    path = path_of(app, robot.client_id, "secret")
    mark = hidden(browser.get(path), "mark")
    page = submit(browser, path, mark=mark)
    _, secret = credentials_on(page)
    assert secret != robot.client_secret
    assert robot.refresh().status_code == 401
    robot.client_secret = secret
    assert robot.refresh().status_code == 200
    assert audit_log(alice)[-1] == ("client.secret_rotated", "allowed")
    again = submit(browser, path, mark=mark)
    assert again.location == LIST
    assert robot.refresh().status_code == 200


def test_removing_an_app_ends_its_connections_at_once(app, browser, robot, browser_of, bob):
    robot.connect(browser)
    bobs = Assistant(app, "Robot", CALLBACK, robot.client_id, robot.client_secret).connect(browser_of(bob))
    path = path_of(app, robot.client_id, "removal")
    asked = text_of(browser.get(path))
    assert "Alice" in asked
    assert "Bob" in asked
    assert submit(browser, path).location == LIST
    with app.app_context():
        assert {bearer_of(each.access_token).ended for each in (robot, bobs)} == {"revoked"}
        assert Client.by_client_id(robot.client_id) is None
    assert bobs.refresh().status_code == 401
    assert robot.ask(browser).status_code == 400
    assert "No API clients yet" in text_of(browser.get(LIST))
    told = text_of(browser.get("/settings/audit"))
    assert "Alice revoked Robot of Bob" in told
    assert "Alice removed the API client Robot" in told
    assert browser.get(path).status_code == 404


def test_the_app_is_nobodys_in_another_account(robot, browser_of, eve):
    assert robot.ask(browser_of(eve)).status_code == 403


def test_bob_and_charlie_see_none_of_it(app, robot, browser_of, bob, charlie):
    paths = [LIST, NEW, *(path_of(app, robot.client_id, what) for what in ("secret", "removal"))]
    for person in (bob, charlie):
        browser = browser_of(person)
        token = csrf_token(browser, "/settings/profile")
        assert LIST not in browser.get("/settings/profile").get_data(as_text=True)
        for path in paths:
            assert browser.get(path).status_code == 403
            assert path == LIST or browser.post(path, data={"csrf_token": token}).status_code == 403


def test_eves_ids_answer_as_unknown_ids(app, robot, browser_of, eve):
    browser = browser_of(eve)
    token = csrf_token(browser, "/settings/profile")
    with app.app_context():
        his = Client.by_client_id(robot.client_id).id
        public, _ = Client.register("Claude", [CALLBACK])
        db.session.commit()
        everybodys = public.id
    for client_id in (his, everybodys, uuid.uuid4()):
        for what in ("secret", "removal"):
            path = f"{LIST}/{client_id}/{what}"
            assert browser.get(path).status_code == 404
            assert browser.post(path, data={"csrf_token": token, "mark": "x"}).status_code == 404
    assert "Robot" not in text_of(browser.get(LIST))
    with app.app_context():
        assert Client.by_client_id(robot.client_id) is not None


def test_nothing_happens_without_the_forms_token(browser, robot):
    assert browser.post(NEW, data={"name": "x"}).status_code == 400


def test_an_operator_does_the_same_from_the_command_line(app, runner, alice, browser):
    added = runner.invoke(args=["clients", "add", "Robot", CALLBACK, "--confidential", "--account", alice.account_name])
    assert added.exit_code == 0, added.output
    found = re.findall(r"client_(?:id|secret): (\S+)", added.output)
    robot = Assistant(app, "Robot", CALLBACK, *found).connect(browser)
    rotated = runner.invoke(args=["clients", "rotate", robot.client_id])
    assert robot.refresh().status_code == 401
    robot.client_secret = re.findall(r"client_secret: (\S+)", rotated.output)[0]
    assert robot.refresh().status_code == 200
    assert runner.invoke(args=["clients", "remove", robot.client_id], input="n\n").exit_code == 1
    assert runner.invoke(args=["clients", "remove", robot.client_id, "--yes"]).output == "Robot was removed.\n"
    assert robot.refresh().status_code == 401
    assert robot.client_id not in runner.invoke(args=["clients", "list"]).output
    told = text_of(browser.get("/settings/audit"))
    for sentence in (
        "The server administrator registered the API client Robot",
        "The server administrator gave the API client Robot a new secret",
        "The server administrator revoked Robot of Alice",
        "The server administrator removed the API client Robot",
    ):
        assert sentence in told


@pytest.mark.parametrize("command", ["rotate", "remove"])
def test_the_command_line_says_when_there_is_no_such_app(runner, command):
    done = runner.invoke(args=["clients", command, "nonsense", *(["--yes"] if command == "remove" else [])])
    assert done.exit_code == 1
    assert "nonsense" in done.output


def test_an_app_of_everybodys_can_be_removed_by_the_operator(app, runner, browser):
    claude = Assistant(app).register().connect(browser)
    assert runner.invoke(args=["clients", "rotate", claude.client_id]).exit_code == 1
    assert runner.invoke(args=["clients", "remove", claude.client_id, "--yes"]).exit_code == 0
    assert claude.refresh().status_code == 401
    again = Assistant(app).register()
    assert again.client_id != claude.client_id
    with app.app_context():
        ended = db.select(AuditEntry.action).where(AuditEntry.action == "connection.revoked")
        assert len(db.session.scalars(ended).all()) == 1


def test_secrets_are_made_only_for_whoever_has_just_proven_who_they_are(alice, browser_of, long_ago):
    browser = browser_of(alice)
    long_ago(alice)
    assert browser.get("/settings/clients/new").location.startswith("/sign-in/again?next=/settings/clients/new")
    token = csrf_token(browser, "/settings/clients")
    sent = {"csrf_token": token, "name": "Robot", "confidential": "y", "redirect_uris": "https://robot.example/cb"}
    assert browser.post("/settings/clients/new", data=sent).location.startswith("/sign-in/again")
    assert "Robot" not in text_of(browser.get("/settings/clients"))
    rotation = f"/settings/clients/{uuid.uuid4()}/secret"
    assert browser.get(rotation).location.startswith("/sign-in/again?next=")
    assert browser.post(rotation, data={"csrf_token": token}).location.startswith("/sign-in/again")
