"""Stopping an app: who may let it go on again, who is told, and that what is over can no longer be changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.accounts.member import Member
from models.connections.connection import Connection
from models.database.base import db, now
from models.permissions import Role
from tests.application import settings_for
from tests.assistant import Assistant, decide
from tests.mcp_client import McpClient
from tests.pages import csrf_token, text_of

LIST = "/settings/connections"
STAYS = "it has no access until an Owner resumes it"


@pytest.fixture
def settings(database_url, public_url, mailbox):
    return settings_for(database_url, public_url, mailbox.url)


@pytest.fixture
def bobs(bob, connect):
    return connect(bob)


@pytest.fixture
def page(bobs):
    return f"{LIST}/{bobs.connection_id}"


@pytest.fixture
def his(bob, browser_of):
    return browser_of(bob)


@pytest.fixture
def hers(alice, browser_of):
    return browser_of(alice)


@pytest.fixture
def news(work, mailbox):
    """What Bob has got by mail since he was last asked, by subject and text."""
    seen = 0

    def read():
        nonlocal seen
        work()
        mails = mailbox.to("bob@example.com")
        new, seen = mails[seen:], len(mails)
        return new

    read()
    return read


def post(browser, path, **fields):
    return browser.post(path, data={"csrf_token": csrf_token(browser, LIST), **fields})


def test_what_an_owner_paused_only_an_owner_lets_go_on(bobs, his, hers, page):
    post(hers, f"{page}/pause")
    said = text_of(his.get(page))
    assert "by Alice. It has no access until an Owner resumes it" in said
    assert f"{page}/resumption" in hers.get(page).text
    assert f"{page}/resumption" not in his.get(page).text
    refused = post(his, f"{page}/resumption")
    assert refused.status_code == 403
    assert "Only an Owner can resume it" in text_of(refused)
    assert "paused" in bobs.refusal("list_tags")

    post(hers, f"{page}/resumption")
    bobs.result("list_tags")


def test_an_owner_holds_what_its_member_had_paused(bobs, his, hers, page):
    post(his, f"{page}/pause")
    assert "by Bob" in text_of(hers.get(page))
    post(hers, f"{page}/pause")
    assert post(his, f"{page}/resumption").status_code == 403
    assert "paused" in bobs.refusal("list_tags")


def test_whoever_became_an_owner_lets_their_own_go_on(app, bob, bobs, his, hers, page):
    post(hers, f"{page}/pause")
    with app.app_context():
        db.session.get_one(Member, bob.member_id).role = Role.OWNER
        db.session.commit()
    assert post(his, f"{page}/resumption").status_code == 302
    bobs.result("list_tags")


def test_the_audit_log_says_whose_app_was_paused_and_by_whom(bobs, hers, page):
    post(hers, f"{page}/pause")
    post(hers, f"{page}/resumption")
    said = text_of(hers.get("/settings/audit"))
    assert "Alice paused Claude of Bob" in said
    assert "Alice resumed Claude of Bob" in said


def test_a_member_is_told_by_mail_what_an_owner_stops(bobs, hers, page, news):
    news()
    post(hers, f"{page}/pause")
    [mail] = news()
    assert mail.subject == "An Owner paused one of your apps in Aperture Science"
    assert 'Alice, an Owner of Aperture Science, paused your app named "Claude"' in mail.text
    assert mail.message.get_content_type() == "text/plain"
    assert mail.link == "http://localhost/settings/connections"
    post(hers, f"{page}/revocation")
    [mail] = news()
    assert mail.subject == "An Owner revoked one of your apps in Aperture Science"
    assert "no longer has access to Aperture Science" in mail.text


def test_nobody_is_told_of_what_they_did_themselves(bobs, his, page, news):
    news()
    for path in ("pause", "resumption", "revocation"):
        post(his, f"{page}/{path}")
    assert news() == []


def test_an_owner_who_revoked_is_back_at_the_list_of_everybodys(bobs, his, hers, page):
    assert f'href="{LIST}/everyone"' in hers.get(f"{page}/revocation").text
    assert post(hers, f"{page}/revocation").location == f"{LIST}/everyone"
    said = text_of(hers.get(page))
    assert "revoked just now by Alice" in said
    assert "revoked just now by Alice" in text_of(his.get(LIST))


@pytest.mark.parametrize("deed", ["pause", "resumption", "narrowing", "restoration", "limits"])
def test_what_was_revoked_cannot_be_changed_and_says_why(app, bobs, his, page, deed):
    post(his, f"{page}/revocation")
    answer = post(his, f"{page}/{deed}", scope="tags:manage", read_only="y")
    assert answer.status_code == 403
    assert "Claude was disconnected on" in text_of(answer)
    with app.app_context():
        connection = db.session.get_one(Connection, bobs.connection_id)
        assert (connection.paused_at, connection.read_only, connection.taken) == (None, False, None)
    assert his.get(f"{page}/limits").status_code == 403


@pytest.fixture
def claude(app, his):
    """Claude as Bob has connected it on the consent page."""
    return Assistant(app).register().connect(his)


@pytest.fixture
def newest(app):
    """What the newest connection is."""

    def look():
        with app.app_context():
            found = db.session.scalars(db.select(Connection).order_by(Connection.id.desc()).limit(1)).one()
            return f"{LIST}/{found.id}", found.paused_by

    return look


def end_it(app):
    with app.app_context():
        db.session.execute(db.update(Connection).values(ends_at=now() - timedelta(days=1)))
        db.session.commit()


@pytest.mark.parametrize("how", ["Bob revokes it", "Alice revokes it", "its last day passes"])
def test_an_owners_pause_outlasts_the_connection(app, alice, claude, his, hers, newest, how):
    first, _ = newest()
    post(hers, f"{first}/pause")
    if how == "its last day passes":
        end_it(app)
    else:
        post(his if how == "Bob revokes it" else hers, f"{first}/revocation")

    asked = claude.ask(his)
    assert STAYS in text_of(asked)
    allowed = decide(his, asked)
    assert STAYS in text_of(allowed)
    claude.keep(claude.redeem(claude.code_in(allowed)))

    second, paused_by = newest()
    assert second != first
    assert paused_by == alice.member_id
    tools = McpClient(app, claude.access_token)
    assert "paused" in tools.refusal("list_tags")
    assert post(his, f"{second}/resumption").status_code == 403
    assert post(hers, f"{second}/resumption").status_code == 302
    tools.result("list_tags")


def test_what_an_owner_let_go_on_is_connected_anew_as_usual(claude, his, hers, newest):
    path, _ = newest()
    for deed in ("pause", "resumption"):
        post(hers, f"{path}/{deed}")
    post(his, f"{path}/revocation")
    assert STAYS not in text_of(claude.ask(his))
    claude.connect(his)
    assert newest()[1] is None


def test_a_members_own_pause_ends_with_the_connection(claude, his, newest):
    path, _ = newest()
    for deed in ("pause", "revocation"):
        post(his, f"{path}/{deed}")
    claude.connect(his)
    assert newest()[1] is None


def test_an_app_that_registers_anew_is_another_and_an_owner_reads_what_keeps_it_out(app, claude, his, hers, newest):
    path, _ = newest()
    post(hers, f"{path}/pause")
    assert "If the app registers again, it counts as a new app" in text_of(hers.get(path))
    assert "can register again" in text_of(hers.get(f"{LIST}/policy"))
    Assistant(app, name="Claude 2").register().connect(his)
    assert newest()[1] is None
