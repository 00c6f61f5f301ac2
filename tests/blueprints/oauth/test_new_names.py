"""An app that calls itself otherwise, or sends its answers elsewhere, than when it was allowed."""

import pytest

from blueprints.mail.registry import place_of
from blueprints.mail.rendering import compose
from models.audit.actions import Action
from models.audit.recorder import AuditEntry
from models.clients.client import Client
from models.connections import new_names
from models.connections.connection import Connection
from models.connections.new_names import MAILED, TAKEN
from models.database.base import db
from models.mail.message import Kind, Message
from models.oauth.consent_request import ConsentRequest
from models.rate_limits import Limit
from tests.assistant import Assistant, decide
from tests.blueprints.oauth.test_configuration import Robot
from tests.for_each import for_each
from tests.mcp_client import McpClient
from tests.pages import text_of

ADDRESS = "https://weather.example/cb"
ELSEWHERE = "https://evil.example/cb"
CONNECTIONS = "/settings/connections"
RENAMED = "Allowed as Weather notes, now calls itself Claude."


@pytest.fixture
def weather(app, browser):
    """Weather notes, connected by Alice, which may change its own registration."""
    return Robot(app, "Weather notes", ADDRESS).introduce().connect(browser)


def mails(app):
    with app.app_context():
        return db.session.scalars(db.select(Message.recipient).where(Message.kind == Kind.APP_RENAMED)).all()


def moves(app):
    """The e-mails about new places, as they go out."""
    with app.app_context():
        sent = db.session.scalars(db.select(Message).where(Message.kind == Kind.APP_MOVED).order_by(Message.id))
        return [(message.recipient, compose(message).letter) for message in sent]


def warned(page):
    return 'class="notice danger"' in page.text


def test_the_name_that_was_allowed_stays_and_the_new_one_is_told_beside_it(app, alice, browser, weather):
    weather.update(client_name="Claude", redirect_uris=[ADDRESS, ELSEWHERE])
    with app.app_context():
        page = f"{CONNECTIONS}/{db.session.scalars(db.select(Connection)).one().id}"
    for place in (CONNECTIONS, page):
        said = text_of(browser.get(place))
        assert RENAMED in said
        assert "It is not verified as Claude." in said
    assert "Weather notes (now calls itself Claude)" in text_of(browser.get(f"{CONNECTIONS}/everyone"))
    assert "Weather notes, which Alice connected, now calls itself Claude" in text_of(browser.get("/settings/audit"))
    assert mails(app) == [alice.email]
    with app.app_context():
        renamed = db.select(Message.user_id).where(Message.kind == Kind.APP_RENAMED)
        assert db.session.scalars(renamed).all() == [alice.user_id]


def test_what_it_does_goes_on_under_the_name_that_was_allowed(app, browser, weather, app_named_in):
    weather.update(client_name="Claude")
    weather.keep(weather.refresh())
    McpClient(app, weather.access_token).call("list_tags")
    assert app_named_in("tool.called") == ["Weather notes"]


def test_the_same_name_again_and_the_former_one_are_no_news(app, browser, weather, audit_log, alice):
    for name in ("Weather notes", "Weather notes 2", "Weather notes 2", "Weather notes"):
        weather.update(client_name=name)
    assert [action for action, _ in audit_log(alice)].count("connection.renamed") == 1
    assert "now calls itself" not in text_of(browser.get(CONNECTIONS))


def test_every_change_is_in_the_audit_log_and_few_fill_a_mailbox(app, weather, audit_log, alice):
    for number in range(MAILED.at_once + 2):
        weather.update(client_name=f"Claude {number}")
    assert [action for action, _ in audit_log(alice)].count("connection.renamed") == MAILED.at_once + 2
    assert len(mails(app)) == MAILED.at_once


def test_nobody_is_told_about_an_app_that_is_no_longer_connected(app, browser, weather):
    with app.app_context():
        db.session.scalars(db.select(Connection)).one().end("revoked")
        db.session.commit()
    weather.update(client_name="Claude")
    assert mails(app) == []


def test_the_page_says_what_it_was_allowed_as_until_it_is_allowed_again(browser, weather):
    weather.update(client_name="Claude")
    page = weather.ask(browser)
    assert warned(page)
    assert "You allowed this app as Weather notes. It now calls itself Claude." in text_of(page)
    decide(browser, page)
    assert "now calls itself" not in text_of(browser.get(CONNECTIONS))
    assert not warned(weather.ask(browser))


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_an_app_that_changes_its_name_while_the_page_is_open_is_shown_again(app, browser, decision):
    robot = Robot(app, "Weather notes", ADDRESS).introduce()
    page = robot.ask(browser)
    robot.update(client_name="Claude")
    again = decide(browser, page, decision)
    assert 'id="continue"' not in again.text
    assert "Claude wants access to" in text_of(again)
    with app.app_context():
        assert db.session.scalar(db.select(Connection)) is None
    decide(browser, again)
    with app.app_context():
        assert db.session.scalars(db.select(Connection.app_name)).one() == "Claude"


def test_an_app_that_changes_its_name_at_the_very_moment_of_the_answer_gets_none(app, browser):
    Robot(app, "Weather notes", ADDRESS).introduce().ask(browser)
    with app.app_context():
        consent = db.session.scalars(db.select(ConsentRequest)).one()
        assert consent.shows(consent.member)
        assert consent.lock_client()
        renamed = db.update(Client).values(name="Claude")
        db.session.execute(renamed.execution_options(synchronize_session=False))
        assert not consent.lock_client()


def test_a_document_with_a_new_name_is_told_without_whose_request_found_it(app, browser, browser_of, eve, publisher):
    url = "https://app.example/client.json"
    said = {"client_id": url, "client_name": "Weather notes", "redirect_uris": ["https://app.example/callback"]}
    publisher.publish(url, said, "Cache-Control: no-store")
    notes = Assistant(app, "Weather notes", "https://app.example/callback", client_id=url).connect(browser)
    publisher.publish(url, said | {"client_name": "Claude"}, "Cache-Control: no-store")
    notes.ask(browser_of(eve))
    assert RENAMED in text_of(browser.get(CONNECTIONS))
    with app.app_context():
        found = db.text("SELECT address, user_agent, request_id FROM audit_entry JOIN audit_personal ON entry_id = id")
        renamed = db.session.execute(db.text(f"{found} WHERE action = 'connection.renamed'")).one()
        assert tuple(renamed) == (None, None, None)


def test_a_new_place_of_answers_is_asked_from_the_start_and_warned_of(app, browser, weather):
    weather.update(redirect_uris=[ADDRESS, ELSEWHERE])
    assert not warned(weather.ask(browser))
    assert weather.refresh().status_code == 200
    moved = Assistant(app, redirect_uri=ELSEWHERE, client_id=weather.client_id, client_secret=weather.client_secret)
    page = moved.ask(browser, scope="profiles:read tags:manage")
    assert warned(page)
    assert "its answers never went to evil.example before" in text_of(page)
    assert "Access it already has" not in page.text
    moved.connect(browser)
    assert not warned(moved.ask(browser))


def test_a_new_place_of_answers_is_mailed_once(app, browser, weather, alice):
    weather.connect(browser)
    weather.update(redirect_uris=[ADDRESS, ELSEWHERE])
    moved = Assistant(app, redirect_uri=ELSEWHERE, client_id=weather.client_id, client_secret=weather.client_secret)
    moved.ask(browser)
    assert moves(app) == []
    moved.connect(browser)
    moved.connect(browser)
    [(recipient, letter)] = moves(app)
    assert recipient == alice.email
    assert letter.subject == "One of your apps in Aperture Science was connected at a new place"
    assert 'The app named "Weather notes", which has access to Aperture Science as you' in letter.text
    # A host of strangers becomes no link in an e-mail program.
    assert "Its access now also goes to evil. example. It never went there before." in letter.text


def test_a_new_place_is_new_for_each_member(app, browser, browser_of, bob, weather):
    weather.update(redirect_uris=[ADDRESS, ELSEWHERE])
    moved = Assistant(app, redirect_uri=ELSEWHERE, client_id=weather.client_id, client_secret=weather.client_secret)
    moved.connect(browser_of(bob))
    assert moves(app) == []
    weather.connect(browser_of(bob))
    moved.connect(browser)
    assert [recipient for recipient, _ in moves(app)] == ["bob@example.com", "alice@example.com"]


@for_each(
    ("redirect_uri", "place"),
    [
        ("https://notes.example:8443/cb", "notes. example"),
        ("http://127.0.0.1:3118/cb", "an app on a computer"),
        ("cursor://anysphere.cursor-mcp/cb", "an app that opens cursor: links"),
        ("com.example.app:/cb", "an app that opens com. example. app: links"),
        ("", "a device or program that shows a code"),
    ],
)
def test_a_place_is_said_in_words(redirect_uri, place):
    assert place_of(redirect_uri) == f"Its access now also goes to {place}."


def test_a_mistake_is_not_sent_to_a_place_that_nobody_allowed(app, browser, weather):
    weather.update(redirect_uris=[ADDRESS, ELSEWHERE])
    assert weather.ask(browser, scope="nonsense").location.startswith(ADDRESS)
    moved = weather.ask(browser, scope="nonsense", redirect_uri=ELSEWHERE)
    assert (moved.status_code, moved.location) == (400, None)


def test_what_one_member_connected_counts_for_the_account_and_for_no_other(app, browser_of, weather, bob, eve):
    assert weather.ask(browser_of(bob), scope="nonsense").status_code == 302
    assert weather.ask(browser_of(eve), scope="nonsense").location is None


def test_an_app_that_was_revoked_is_a_stranger_again(app, browser, weather):
    with app.app_context():
        db.session.scalars(db.select(Connection)).one().end("revoked")
        db.session.commit()
    assert weather.ask(browser, scope="nonsense").location is None


def test_every_name_and_port_of_this_computer_is_one_place(app, browser):
    laptop = Assistant(app, redirect_uri="http://localhost:1/cb").register(
        redirect_uris=["http://localhost:1/cb", "http://127.0.0.1:2/cb"]
    )
    laptop.connect(browser)
    laptop.redirect_uri = "http://127.0.0.1:3/cb"
    assert "its answers never went" not in text_of(laptop.ask(browser))
    laptop.connect(browser)
    assert moves(app) == []


def test_an_app_cannot_fill_the_audit_log_with_new_names(app, weather):
    answers = [weather.update(client_name=f"Weather {number}") for number in range(TAKEN.at_once + 2)]
    assert [answer.status_code for answer in answers] == [200] * TAKEN.at_once + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert weather.configure().json["client_name"] == f"Weather {TAKEN.at_once - 1}"
    assert weather.update(client_name=f"Weather {TAKEN.at_once - 1}").status_code == 200
    with app.app_context():
        renamed = db.select(db.func.count()).where(AuditEntry.action == Action.CONNECTION_RENAMED)
        assert db.session.scalar(renamed) == TAKEN.at_once


def test_nor_can_one_that_publishes_a_document(app, publisher, browser, monkeypatch):
    monkeypatch.setattr(new_names, "TAKEN", Limit.per_day(1))
    url, callback = "https://app.example/client.json", "https://app.example/callback"
    statuses = []
    for name in ("App", "App 2", "App 3"):
        publisher.publish(
            url, {"client_id": url, "client_name": name, "redirect_uris": [callback]}, "Cache-Control: no-store"
        )
        with app.app_context():
            db.session.execute(db.update(Client).values(document_fresh_until=None))
            db.session.commit()
        statuses.append(Assistant(app, name, callback, client_id=url).ask(browser).status_code)
    assert statuses == [200, 200, 400]
    with app.app_context():
        assert db.session.scalars(db.select(Client.name)).one() == "App 2"
