"""An app that asks for more: the person sees only what is new, and when they declined it; a final no is kept for them."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest

from models.accounts.member import Member
from models.audit.recorder import AuditEntry
from models.clients.client import Client
from models.connections.connection import Connection
from models.database.base import db, now
from models.oauth.bearer import bearer_of
from models.oauth.unused_clients import tidy_clients
from models.permissions import Role
from tests.assistant import Assistant, answer_in, decide
from tests.pages import csrf_token, submit, text_of

CONNECTIONS = "/settings/connections"
BOTH = "profiles:read tags:manage"
FOLDED = "Access it already has"
DENIED = "You denied this"
ALWAYS_DENIED = "Always denied"


@pytest.fixture
def claude(app, browser):
    """Claude, who may read profiles and was denied tags."""
    return Assistant(app).register().connect(browser, scope=BOTH, deny=["tags:manage"])


def folded(page):
    """The part of the consent page that is folded away."""
    return page.text.partition(FOLDED)[2].partition("</details>\n")[0]


def ticked(page):
    """The Deny boxes that start ticked."""
    return re.findall(r'name="deny"[^>]* checked', page.text)


def lift(browser):
    found = re.search(rf'action="({CONNECTIONS}/refusals/[^"]+)"', browser.get(CONNECTIONS).text)
    assert found
    return browser.post(found.group(1), data={"csrf_token": csrf_token(browser, CONNECTIONS)})


def test_only_what_is_new_is_asked_and_the_rest_is_folded_away(browser, claude):
    page = claude.ask(browser, scope=f"{BOTH} account:read")
    unfolded = page.text.partition(FOLDED)[0]
    assert 'value="tags:manage"' in unfolded
    assert 'value="account:read"' in unfolded
    assert 'value="profiles:read"' not in unfolded
    assert 'value="profiles:read"' in folded(page)
    assert "Claude wants more access to Aperture Science as you" in text_of(page)


def test_what_was_declined_says_when_and_starts_denied(browser, claude):
    page = claude.ask(browser, scope=BOTH)
    assert f"{DENIED} just now" in text_of(page)
    assert '<input type="checkbox" name="deny" value="tags:manage" checked>' in page.text


def test_allowing_more_widens_the_same_connection(app, browser, claude):
    phone = Assistant(app, client_id=claude.client_id)
    page = phone.ask(browser, scope=BOTH)
    phone.keep(phone.redeem(phone.code_in(decide(browser, page))))
    with app.app_context():
        assert db.session.scalars(db.select(Connection)).one().ceiling == {"profiles:read", "tags:manage"}
        assert bearer_of(phone.access_token).granted == {"profiles:read", "tags:manage"}
        assert bearer_of(claude.access_token).granted == {"profiles:read"}
        assert db.session.scalars(db.select(AuditEntry.action).where(AuditEntry.action == "connection.widened")).one()
    assert DENIED not in text_of(phone.ask(browser, scope=BOTH))


def test_an_app_without_anything_new_to_ask_shows_all_it_would_get(browser, claude):
    page = claude.ask(browser, scope="profiles:read")
    assert FOLDED not in page.text
    assert 'value="profiles:read"' in page.text


def test_saying_no_to_more_declines_what_is_new_and_keeps_what_was_there(app, browser, claude):
    answer = answer_in(decide(browser, claude.ask(browser, scope=f"{BOTH} account:read"), decision="deny"))
    assert answer["error"] == "access_denied"
    assert text_of(claude.ask(browser, scope=f"{BOTH} account:read")).count(DENIED) == 2
    with app.app_context():
        assert bearer_of(claude.access_token).ended is None


def test_a_final_no_is_shown_to_the_person_who_sends_it_to_the_app_and_asking_again_writes_nothing(
    app, browser, claude
):
    page = claude.ask(browser, scope=BOTH)
    decide(browser, page, deny=["tags:manage"], never="1")
    answer = claude.ask(browser, scope=BOTH)
    assert answer.status_code == 200
    assert "You denied this before" in text_of(answer)
    assert "Nobody in this account has connected this app" not in text_of(answer)
    assert answer_in(answer)["error"] == "access_denied"
    assert (answer_in(answer)["state"], answer_in(answer)["iss"]) == (claude.state, "http://localhost")
    with app.app_context():
        assert not db.session.scalar(db.select(AuditEntry).where(AuditEntry.action == "connection.refused"))


def test_a_final_no_holds_when_more_is_asked_beside_it(browser, claude):
    decide(browser, claude.ask(browser, scope=BOTH), deny=["tags:manage"], never="1")
    page = claude.ask(browser, scope=f"{BOTH} account:read")
    assert "chose not to be asked again" in text_of(page)
    assert 'value="tags:manage"' not in page.text
    claude.keep(claude.redeem(claude.code_in(decide(browser, page))))
    assert claude.refresh().json["scope"] == "profiles:read account:read"


def test_a_form_that_leaves_the_box_out_cannot_undo_a_final_no(browser, claude):
    open_page = claude.ask(browser, scope=BOTH)
    decide(browser, claude.ask(browser, scope=BOTH), deny=["tags:manage"], never="1")
    claude.keep(claude.redeem(claude.code_in(decide(browser, open_page))))
    assert claude.refresh().json["scope"] == "profiles:read"


def test_the_person_lets_the_app_ask_again_under_connected_apps(browser, claude):
    decide(browser, claude.ask(browser, scope=BOTH), deny=["tags:manage"], never="1")
    assert ALWAYS_DENIED in text_of(browser.get(CONNECTIONS))
    assert lift(browser).status_code == 302
    assert ALWAYS_DENIED not in text_of(browser.get(CONNECTIONS))
    page = claude.ask(browser, scope=BOTH)
    assert 'value="tags:manage" checked' in page.text


@pytest.fixture
def stranger(app):
    """An app that nobody has connected."""
    return Assistant(app, "Stranger").register()


def test_a_final_no_to_an_app_that_was_never_connected_is_told_to_it_only_by_the_person(app, browser, stranger):
    answer = answer_in(decide(browser, stranger.ask(browser), decision="deny", never="1"))
    assert answer["error"] == "access_denied"
    again = stranger.ask(browser)
    assert again.location is None
    assert answer_in(again)["error"] == "access_denied"
    with app.app_context():
        assert db.session.scalar(db.select(Connection)) is None


def test_a_final_no_to_a_stranger_stands_under_connected_apps_until_it_is_lifted(browser, stranger):
    decide(browser, stranger.ask(browser, scope="profiles:read"), decision="deny", never="1")
    listed = text_of(browser.get(CONNECTIONS))
    assert "No connected apps" in listed
    assert ALWAYS_DENIED in listed
    assert "Stranger in Aperture Science" in listed
    assert lift(browser).status_code == 302
    assert ALWAYS_DENIED not in text_of(browser.get(CONNECTIONS))
    assert f"{DENIED} just now" in text_of(stranger.ask(browser, scope="profiles:read"))


def test_a_stranger_that_asks_for_something_else_is_asked_about_that_alone(browser, stranger):
    decide(browser, stranger.ask(browser, scope=BOTH), decision="deny", never="1")
    page = stranger.ask(browser, scope=f"{BOTH} account:read")
    assert re.findall(r'name="deny" value="([^"]+)"', page.text) == ["account:read"]


def test_a_final_no_outlives_the_day_after_which_unused_apps_are_forgotten(app, browser, stranger):
    decide(browser, stranger.ask(browser), decision="deny", never="1")
    with app.app_context():
        db.session.execute(db.update(Client).values(seen_at=now() - timedelta(days=2)))
        db.session.commit()
        tidy_clients()
    assert Assistant(app, "Stranger").register().client_id == stranger.client_id
    assert answer_in(stranger.ask(browser))["error"] == "access_denied"


@pytest.fixture
def promote(app, charlie):
    """Makes Charlie, who is a User, an Owner."""

    def do():
        with app.app_context():
            db.session.get_one(Member, charlie.member_id).role = Role.OWNER
            db.session.commit()

    return do


def test_what_the_role_did_not_allow_was_not_denied_and_is_asked_after_a_promotion(
    browser_of, charlie, stranger, promote
):
    browser = browser_of(charlie)
    stranger.connect(browser, deny=["account:read"])
    listed = text_of(browser.get(CONNECTIONS))
    assert listed.count("Not possible in your role") == 2
    assert listed.count("Denied just now") == 1
    promote()
    listed = text_of(browser.get(CONNECTIONS))
    assert listed.count("Requested, not allowed yet") == 2
    assert listed.count("Denied just now") == 1
    page = stranger.ask(browser)
    assert text_of(page).count(DENIED) == 1
    assert ticked(page) == ['name="deny" value="account:read" checked']
    assert 'value="account:write"' in page.text.partition(FOLDED)[0]


def test_a_final_no_is_not_said_about_what_the_role_did_not_allow(browser_of, charlie, stranger, promote):
    browser = browser_of(charlie)
    decide(browser, stranger.ask(browser), "deny", never="1")
    assert answer_in(stranger.ask(browser))["error"] == "access_denied"
    promote()
    page = stranger.ask(browser)
    assert re.findall(r'name="deny" value="([^"]+)"', page.text) == ["account:write", "profiles:write"]


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_an_answer_denies_nothing_that_had_no_deny_box(browser_of, charlie, stranger, promote, decision):
    browser = browser_of(charlie)
    stranger.connect(browser, scope="profiles:read")
    decide(browser, stranger.ask(browser), decision, deny=["account:read", "account:write"])
    promote()
    page = stranger.ask(browser)
    assert 'name="deny" value="account:read" checked' in page.text
    assert 'name="deny" value="account:write" checked' not in page.text


def test_what_became_possible_can_be_allowed_on_the_apps_page(app, browser_of, charlie, stranger, promote):
    browser = browser_of(charlie)
    stranger.connect(browser)
    promote()
    with app.app_context():
        page = f"{CONNECTIONS}/{db.session.scalars(db.select(Connection)).one().id}"
    submit(browser, f"{page}/restoration", page=page, scope="account:write")
    assert "account:write" in stranger.refresh().json["scope"]


def test_no_is_recorded_once_a_day_however_often_an_app_asks(browser, stranger, audit_log, alice):
    for _ in range(3):
        decide(browser, stranger.ask(browser), "deny")
    assert [action for action, _ in audit_log(alice)].count("connection.refused") == 1
    other = Assistant(stranger.app, "Another").register()
    decide(browser, other.ask(browser), "deny")
    assert [action for action, _ in audit_log(alice)].count("connection.refused") == 2


def test_not_now_to_a_stranger_is_forgotten(browser, stranger):
    decide(browser, stranger.ask(browser), decision="deny")
    page = stranger.ask(browser)
    assert DENIED not in text_of(page)
    assert not ticked(page)


def test_not_now_to_one_more_installation_is_forgotten(app, browser, claude):
    phone = Assistant(app, client_id=claude.client_id)
    decide(browser, phone.ask(browser, scope="profiles:read"), decision="deny")
    assert not ticked(phone.ask(browser, scope="profiles:read"))


def test_a_final_no_to_one_more_installation_leaves_the_first_alone(app, browser, claude):
    phone = Assistant(app, client_id=claude.client_id)
    decide(browser, phone.ask(browser, scope="profiles:read"), decision="deny", never="1")
    assert answer_in(phone.ask(browser, scope="profiles:read"))["error"] == "access_denied"
    with app.app_context():
        assert bearer_of(claude.access_token).granted == {"profiles:read"}


def test_nobody_lifts_anothers_no(browser, claude, browser_of, bob, eve):
    decide(browser, claude.ask(browser, scope=BOTH), deny=["tags:manage"], never="1")
    found = re.search(rf'action="({CONNECTIONS}/refusals/[^"]+)"', browser.get(CONNECTIONS).text)
    assert found
    for stranger in (bob, eve):
        theirs = browser_of(stranger)
        token = {"csrf_token": csrf_token(theirs, CONNECTIONS)}
        assert theirs.post(found.group(1), data=token).status_code == 404
        assert theirs.post(f"{CONNECTIONS}/refusals/{uuid.uuid4()}/reconsideration", data=token).status_code == 404
    assert "You denied this before" in text_of(claude.ask(browser, scope=BOTH))


@pytest.mark.both_databases
def test_a_final_no_is_shown_as_what_it_was_said_to(app, browser, claude, alice):
    decide(browser, claude.ask(browser, scope=BOTH), deny=["tags:manage"], never="1")
    with app.app_context():
        Client.by_client_id(claude.client_id).name = "Renamed"
        db.session.commit()
    row = re.search(r'<li class="panel row">.*?</li>', browser.get(CONNECTIONS).text, re.DOTALL).group()
    assert re.search(r"<strong>Claude</strong>.*Renamed", row)
    lift(browser)
    lifted = text_of(browser.get("/settings/audit"))
    assert "allowed Claude to ask again" in lifted


def test_a_no_belongs_to_one_member_in_one_account(browser_of, new_person, aperture, black_mesa, app):
    new_person("Both", aperture, Role.OWNER)
    browser = browser_of(new_person("Both", black_mesa, Role.OWNER))
    robot = Assistant(app).register()
    robot.connect(browser, scope=BOTH, account=str(aperture.id), deny=["tags:manage"], never="1")
    elsewhere = decide(
        browser, robot.ask(browser, scope="tags:manage account:read"), "account", account=str(black_mesa.id)
    )
    assert elsewhere.status_code == 200
    assert DENIED not in text_of(elsewhere)


def test_the_challenge_of_a_refused_tool_leads_to_a_page_with_just_that_scope_new(app, browser, claude):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_tags", "arguments": {}}}
    headers = {"Authorization": f"Bearer {claude.access_token}", "MCP-Protocol-Version": "2025-11-25"}
    refused = claude.wire.post("/mcp", json=call, headers=headers)
    assert refused.status_code == 403
    scope = re.search(r'scope="([^"]+)"', refused.headers["WWW-Authenticate"]).group(1)
    assert set(scope.split()) == {"profiles:read", "tags:manage"}
    page = claude.ask(browser, scope=scope)
    assert page.text.partition(FOLDED)[0].count('name="deny"') == 1


def test_an_installation_that_was_cut_off_says_why(browser, claude):
    second = claude.refresh().json["refresh_token"]
    claude.refresh(second)
    claude.refresh()
    assert "its refresh token was used twice" in text_of(browser.get(CONNECTIONS))
