"""Secrets are shown once and kept as hashes: after a day's work none of them is found in the logs or in the database."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from sqlalchemy import select

from models.accounts.user import User
from models.assessments.invitation import AssessmentInvitation
from models.database.base import Base, db
from models.database.tenancy import in_account
from models.identity.password_reset import PasswordReset
from models.identity.recovery_codes import RecoveryCode
from tests.assistant import challenge_of
from tests.fixtures.people import PASSWORD
from tests.pages import first
from tests.plain_browser import PlainBrowser

pytestmark = pytest.mark.both_databases

CALLBACK = "http://localhost:3118/callback"
LABEL = "a label that only the account should know"


@pytest.fixture
def settings(settings):
    """Said as much as can be said: who looks for a fault turns this on."""
    return replace(settings, log_level="DEBUG")


@pytest.fixture
def server(serve):
    """Gunicorn: its log is read too."""
    return serve()


@pytest.fixture
def wire(server):
    with httpx2.Client(base_url=server.url) as client:
        yield client


@pytest.fixture
def days_work(server, wire, alice, browser, app):
    """People and an app do what they do, well and badly; returns every secret that had a part in it, by its name."""
    mistyped, state, verifier = (
        "four sparrows under an umbrella",
        "state-" + secrets.token_hex(8),
        secrets.token_urlsafe(48),
    )
    desk = browser(alice)
    sign_in_with(server, alice.email, mistyped)
    client = registered(wire, "client_secret_post")
    question = client | {
        "response_type": "code",
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    desk.open(f"/authorize?{urlencode({name: question[name] for name in question if name != 'client_secret'})}")
    consent = next(i.attributes["value"] for i in desk.page.all("input") if i.attributes.get("name") == "consent")
    desk.press("Allow")
    code = parse_qs(urlsplit(desk.page.by_id("continue").attributes["href"]).query)["code"][0]
    tokens = redeemed(wire, client, code, verifier)
    desk.open("/settings/members/invitations")
    desk.press("Create link", email="newcomer@example.com", role="User")
    link = next(i.attributes["value"] for i in desk.page.all("input") if "/join/" in i.attributes.get("value", ""))
    wire.get(link)
    wire.get(link + "x")
    with app.app_context():
        reset = str(PasswordReset.create(db.session.get_one(User, alice.user_id)).secret)
        recovery = RecoveryCode.make(alice.user_id)[0]
        db.session.commit()
    wire.get(f"/reset-password/{reset}")
    wire.get(f"/reset-password/{reset}x")
    asked, own = answered_by_link(wire, app, alice)
    return {
        "password": PASSWORD,
        "mistyped password": mistyped,
        "state": state,
        "verifier": verifier,
        "code": code,
        "client secret": client["client_secret"],
        "consent": consent,
        "invitation": link.rpartition("/")[2],
        "assessment link": asked,
        "link of a sitting": own,
        "cookie": desk.http.cookies["profile"],
        "label": LABEL,
        "reset": reset,
        "recovery code": recovery.replace("-", ""),
    } | tokens


def answered_by_link(wire, app, alice):
    """Somebody who was invited opens their link, agrees and mistypes it; its secret, and that of their sitting."""
    with app.app_context(), in_account(alice.account_id):
        secret = AssessmentInvitation.invite(alice.account_id, "ana@example.com", by=alice.member_id).link.secret
        db.session.commit()
    token = first(r'name="csrf_token"[^>]*value="([^"]+)"', wire.get(f"/a/{secret}").text)
    referer = {"Referer": f"{wire.base_url}a/{secret}"}
    agreed = wire.post(f"/a/{secret}/agreement", data={"csrf_token": token}, headers=referer)
    own = agreed.headers["Location"].split("/")[2]
    token = first(r'name="csrf_token"[^>]*value="([^"]+)"', wire.get(f"/a/{own}/questions?page=1").text)
    wire.post(f"/a/{own}/answers", data={"csrf_token": token, "page": "1"}, headers=referer)
    wire.get(f"/a/{secret}")
    wire.get(f"/a/{secret}x")
    wire.get(f"/a/{secret}/nothing", params={"link": secret})
    return secret, own


def sign_in_with(server, email, password):
    stranger = PlainBrowser(server.url)
    with stranger.http:
        stranger.open("/sign-in")
        stranger.press("Sign in", email=email, password=password)
        assert stranger.status == 400


def registered(wire, method):
    metadata = {"client_name": "Claude", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": method}
    answer = wire.post("/register", json=metadata).json()
    assert "client_id" in answer, answer
    return {"client_id": answer["client_id"], "client_secret": answer["client_secret"], "redirect_uri": CALLBACK}


def redeemed(wire, client, code, verifier):
    """Tokens for the code, used, renewed, used up, given back and shown in places where they do not belong."""
    given = client | {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
    first = wire.post("/token", data=given).json()
    renewal = client | {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = wire.post("/token", data=renewal).json()
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    for arguments in ({"label": LABEL, "color": "red"}, {"label": LABEL, "color": "no colour"}, {"tag_id": LABEL}):
        body = call | {"params": {"name": "create_tag", "arguments": arguments}}
        wire.post("/mcp", json=body, headers={"Authorization": f"Bearer {second['access_token']}"})
    wire.get("/mcp", params={"access_token": first["access_token"]})
    wire.get(f"/profiles/{first['access_token']}", headers={"Referer": f"http://x/?code={code}"})
    wire.post(f"/token?{urlencode(renewal)}", data={"grant_type": "refresh_token"})
    wire.post("/token", data=given)
    wire.post("/revoke", data=client | {"token": second["refresh_token"]})
    return {
        "access token": first["access_token"],
        "refresh token": first["refresh_token"],
        "second access token": second["access_token"],
        "second refresh token": second["refresh_token"],
    }


@pytest.mark.asvs("13.3.2", "16.2.5")
def test_no_secret_is_in_the_logs(days_work, server):
    said = server.log()
    assert said.count('"profile.requests"') > 15
    assert [name for name, secret in days_work.items() if secret in said] == []


@pytest.mark.asvs("13.3.2")
def test_no_secret_is_in_the_database(days_work, app, alice):
    # The account is to know its labels, and a state goes back to its app.
    known = {"label", "state"}
    kept = everything_kept(app, alice.account_id)
    assert alice.email in kept
    assert [name for name, secret in days_work.items() if secret in kept and name not in known] == []


def everything_kept(app, account_id):
    with app.app_context(), in_account(account_id):
        rows = [row for table in Base.metadata.sorted_tables for row in db.session.execute(select(table))]
        return json.dumps([list(row) for row in rows], default=str)
