"""Apps that are known by a document of theirs: who may make this server fetch it, what must be in it, what it proves."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from models.clients.client import Client
from models.connections.connection import Connection
from models.database.base import db, now
from models.oauth.consent_request import ConsentRequest
from models.oauth.unused_clients import tidy_clients
from tests.assistant import Assistant, answer_in, continue_address, decide, fields_of
from tests.for_each import for_each
from tests.pages import text_of

URL = "https://app.example/client.json"
CALLBACK = "https://app.example/callback"
UNKNOWN_PROGRAM = "The description comes from claude.ai. Any program on this computer could be asking."

CLAUDE: dict[str, Any] = {
    "client_id": "https://claude.ai/oauth/mcp-oauth-client-metadata",
    "client_name": "Claude",
    "client_uri": "https://claude.ai",
    "logo_uri": "https://claude.ai/images/logo.png",
    "redirect_uris": ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
CLAUDE_CODE: dict[str, Any] = {
    "client_id": "https://claude.ai/oauth/claude-code-client-metadata",
    "client_name": "Claude Code",
    "client_uri": "https://claude.ai",
    "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
CHATGPT: dict[str, Any] = {
    "client_id": "https://chatgpt.com/oauth/abc123/client.json",
    "client_name": "ChatGPT",
    "redirect_uris": ["https://chatgpt.com/connector/oauth/abc123"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
    "token_endpoint_auth_signing_alg": "RS256",
    "jwks_uri": "https://chatgpt.com/oauth/jwks.json",
}


def document(**changes):
    """A document as small as it may be; a change to None leaves something out."""
    given = {"client_id": URL, "client_name": "App", "redirect_uris": [CALLBACK]} | changes
    return {name: value for name, value in given.items() if value is not None}


@pytest.fixture
def assistant(app):
    return Assistant(app, "App", CALLBACK, client_id=URL)


def refusal(answer):
    """What the person is told, who is sent nowhere."""
    assert answer.status_code == 400
    assert answer.location is None
    return text_of(answer).partition("Request ID")[0]


def stored(app, client_id=URL):
    with app.app_context():
        return Client.by_client_id(client_id)


@pytest.mark.parametrize(
    ("published", "redirect_uri", "proven"),
    [
        (CLAUDE, "https://claude.ai/api/mcp/auth_callback", "Published by claude.ai,"),
        (
            CLAUDE,
            "https://claude.com/api/mcp/auth_callback",
            "The description comes from claude.ai. The answer goes to another host",
        ),
        (CLAUDE_CODE, "http://localhost:53211/callback", UNKNOWN_PROGRAM),
        (CLAUDE_CODE, "http://127.0.0.1:9/callback", UNKNOWN_PROGRAM),
        (CHATGPT, "https://chatgpt.com/connector/oauth/abc123", "Published by chatgpt.com,"),
    ],
)
def test_the_documents_of_claude_and_chatgpt_work_from_the_question_to_the_end(
    app, publisher, browser, published, redirect_uri, proven
):
    publisher.publish(published["client_id"], published)
    assistant = Assistant(app, published["client_name"], redirect_uri, client_id=published["client_id"])
    page = assistant.ask(browser)
    assert proven in text_of(page)
    assert ("Published by" in text_of(page)) is proven.startswith("Published by")
    assistant.connect(browser)
    assistant.keep(assistant.refresh())
    assert proven in text_of(browser.get("/settings/connections"))
    given_back = {"token": assistant.refresh_token, "client_id": assistant.client_id}
    assert assistant.wire.post("/revoke", data=given_back).status_code == 200
    assert assistant.refresh().json["error"] == "invalid_grant"


@pytest.mark.parametrize("redirect_uri", [CALLBACK, "http://localhost/callback"])
def test_a_proven_host_gives_no_right_to_the_name_of_another_app(app, publisher, browser, redirect_uri):
    publisher.publish(URL, document(client_name="Claude", redirect_uris=[redirect_uri]))
    page = Assistant(app, "Claude", redirect_uri, client_id=URL).ask(browser)
    assert "app.example" in text_of(page)
    assert "This app is not verified as Claude." in text_of(page)
    assert "Verified" not in text_of(page)


@pytest.mark.parametrize("redirect_uri", CLAUDE["redirect_uris"])
def test_an_app_of_a_hosts_maker_may_use_its_name(app, publisher, browser, redirect_uri):
    publisher.publish(CLAUDE["client_id"], CLAUDE)
    page = Assistant(app, "Claude", redirect_uri, client_id=CLAUDE["client_id"]).ask(browser)
    assert "not verified as Claude" not in text_of(page)


def test_nothing_is_fetched_before_somebody_has_signed_in(app, publisher, assistant):
    publisher.publish(URL, document())
    assert assistant.ask(app.test_client()).status_code == 302
    assert publisher.asked == publisher.dialled == []


def test_nothing_is_fetched_for_whoever_asks_for_tokens(app, publisher, assistant):
    publisher.publish(URL, document())
    for answer in (assistant.redeem("pfc_none"), assistant.refresh("pfr_none")):
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert publisher.dialled == []


def test_a_document_is_kept_while_it_is_fresh_and_asked_for_again_when_it_is_not(app, publisher, browser, assistant):
    publisher.publish(URL, document(), "Cache-Control: max-age=300")
    for _ in range(3):
        assert assistant.ask(browser).status_code == 200
    assert publisher.asked == [URL]
    grow_stale(app)
    publisher.publish(URL, document(client_name="App of tomorrow"), "Cache-Control: max-age=300")
    assert "App of tomorrow" in text_of(assistant.ask(browser))
    assert publisher.asked == [URL, URL]


def grow_stale(app):
    with app.app_context():
        db.session.execute(db.update(Client).values(document_fresh_until=now() - timedelta(seconds=1)))
        db.session.commit()


@pytest.mark.parametrize("header", ["Cache-Control: no-store", "Cache-Control: max-age=0", "Expires: 0"])
def test_a_document_that_may_not_be_kept_is_asked_for_each_time(publisher, browser, assistant, header):
    publisher.publish(URL, document(), header)
    for _ in range(2):
        assistant.ask(browser)
    assert publisher.asked == [URL, URL]


def test_a_document_that_did_not_change_is_not_sent_again(app, publisher, browser, assistant):
    publisher.publish(URL, document(), 'ETag: "one"')
    assistant.ask(browser)
    grow_stale(app)
    publisher.answer(URL, b"", "Cache-Control: max-age=300", status="304 Not Modified")
    assert assistant.ask(browser).status_code == 200
    assert 'If-None-Match: "one"' in publisher.headers[1]
    assert stored(app).document_fresh_until > now() + timedelta(seconds=200)


def test_members_without_a_value_count_as_left_out(publisher, browser, assistant):
    names = (
        "grant_types",
        "response_types",
        "token_endpoint_auth_method",
        "token_endpoint_auth_methods_supported",
        "jwks",
        "client_secret",
    )
    publisher.publish(URL, document() | dict.fromkeys(names))
    assert assistant.ask(browser).status_code == 200


BAD = [
    document(client_id="https://app.example/other.json"),
    document(client_id=URL + "/"),
    document(client_id=None),
    document(client_name=None),
    document(client_name=""),
    document(client_name=7),
    document(redirect_uris=None),
    document(redirect_uris=[]),
    document(redirect_uris=CALLBACK),
    document(redirect_uris=["javascript:alert(1)"]),
    document(redirect_uris=[CALLBACK, "http://evil.example/"]),
    document(redirect_uris=["https://*.example/"]),
    document(redirect_uris=[f"{CALLBACK}{n}" for n in range(101)]),
    document(grant_types=["client_credentials"]),
    document(response_types=["token"]),
    document(client_secret="word"),
    document(client_secret_expires_at=0),
    document(token_endpoint_auth_method="client_secret_post"),
    document(token_endpoint_auth_method=7),
    document(token_endpoint_auth_methods_supported="none"),
    document(token_endpoint_auth_method="private_key_jwt"),
    document(token_endpoint_auth_method="private_key_jwt", jwks={"keys": []}),
    document(token_endpoint_auth_method="private_key_jwt", jwks=[]),
    document(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}),
    document(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [7]}),
    document(
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [{"kty": ["RSA"], "alg": ["RS256"], "use": {}, "kid": 7}]},
    ),
    document(
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [{"kty": "RSA", "alg": ["RS256"]}, {"kty": [], "crv": {}}]},
    ),
    document(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}),
    document(
        token_endpoint_auth_method="private_key_jwt", jwks={"keys": [{"kty": "RSA", "n": "_" * 9_000, "e": "AQAB"}]}
    ),
    document(
        token_endpoint_auth_method="private_key_jwt", jwks={"keys": [{"kty": "OKP", "crv": "X25519", "x": "AA"}] * 21}
    ),
    document(
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]},
    ),
    document(token_endpoint_auth_method="private_key_jwt", jwks={"keys": []}, jwks_uri="https://app.example/jwks.json"),
    document(token_endpoint_auth_method="private_key_jwt", jwks_uri="http://app.example/jwks.json"),
    document(token_endpoint_auth_method="private_key_jwt", jwks_uri="https://127.0.0.1/jwks.json"),
    [],
    "text",
    7,
    None,
]


@pytest.mark.parametrize("published", BAD)
def test_a_document_that_does_not_hold_is_refused_and_not_kept(app, publisher, browser, assistant, published):
    publisher.publish(URL, published, "Cache-Control: max-age=86400")
    assert "Client ID Metadata Document" in refusal(assistant.ask(browser))
    assert stored(app) is None
    publisher.publish(URL, document())
    assert assistant.ask(browser).status_code == 200


def test_every_failure_is_told_in_the_same_words(publisher, browser, assistant):
    told = set()
    publisher.answer(URL, b"{}", "Content-Type: application/json", status="500 Error")
    told.add(refusal(assistant.ask(browser)))
    for published in (b"{", b"[" * 50_000, b'{"a":1,"a":2}', b'{"client_id":"\\u0000"}', b"\xff"):
        publisher.answer(URL, published, "Content-Type: application/json")
        told.add(refusal(assistant.ask(browser)))
    for address in ("127.0.0.1", "169.254.169.254"):
        publisher.dns["app.example"] = [address]
        told.add(refusal(assistant.ask(browser)))
    del publisher.dns["app.example"]
    told.add(refusal(assistant.ask(browser)))
    assert len(told) == 1


@for_each(
    "client_id",
    [
        "https://127.0.0.1/c",
        "https://localhost/c",
        "https://app.example",
        "https://app.example/c?x=1",
        "http://app.example/c",
    ],
)
def test_an_identifier_that_is_no_proper_address_is_refused_and_not_asked(app, publisher, browser, client_id):
    refusal(Assistant(app, "App", CALLBACK, client_id=client_id).ask(browser))
    assert publisher.dialled == []


def test_an_answer_goes_only_to_an_address_of_the_document(publisher, browser, assistant):
    publisher.publish(URL, document())
    for uri in ("https://evil.example/cb", CALLBACK + "/", CALLBACK + "?x=1", "http://localhost/callback"):
        refusal(assistant.ask(browser, redirect_uri=uri))
        refusal(assistant.ask(browser, redirect_uri=uri, scope="nonsense"))


def test_a_document_that_changes_while_the_question_is_open_cannot_move_the_answer(app, publisher, browser, assistant):
    publisher.publish(URL, document(), "Cache-Control: no-store")
    page = assistant.ask(browser)
    publisher.publish(URL, document(redirect_uris=["https://other.example/cb", CALLBACK]), "Cache-Control: no-store")
    assistant.ask(browser, redirect_uri="https://other.example/cb")
    asked = len(publisher.asked)
    answered = decide(browser, page)
    assert continue_address(answered).startswith(CALLBACK + "?")
    assert assistant.redeem(answer_in(answered)["code"]).status_code == 200
    assert len(publisher.asked) == asked


def test_an_address_that_was_taken_out_of_the_document_gets_no_answer(app, publisher, browser, assistant):
    publisher.publish(URL, document(), "Cache-Control: no-store")
    page = assistant.ask(browser)
    publisher.publish(URL, document(redirect_uris=["https://app.example/new"]), "Cache-Control: no-store")
    assistant.ask(browser, redirect_uri="https://app.example/new")
    refusal(decide(browser, page))
    with app.app_context():
        assert db.session.scalar(db.select(Connection)) is None


def test_a_document_that_disappears_stops_new_connections_and_leaves_those_that_are(app, publisher, browser, assistant):
    publisher.publish(URL, document())
    assistant.connect(browser)
    grow_stale(app)
    del publisher.pages[URL]
    refusal(assistant.ask(browser))
    assert assistant.refresh().status_code == 200


def test_two_installations_of_one_app_do_not_disturb_each_other(app, publisher, browser):
    publisher.publish(CLAUDE_CODE["client_id"], CLAUDE_CODE)
    laptop, desktop = (
        Assistant(app, "Claude Code", f"http://localhost:{port}/callback", client_id=CLAUDE_CODE["client_id"])
        for port in (4001, 4002)
    )
    laptop.connect(browser)
    desktop.connect(browser, deny=["tags:manage"])
    assert "tags:manage" in laptop.keep(laptop.refresh()).refresh().json["scope"]
    given_back = {"token": desktop.refresh_token, "client_id": desktop.client_id}
    desktop.wire.post("/revoke", data=given_back)
    assert desktop.refresh().json["error"] == "invalid_grant"
    assert laptop.refresh().status_code == 200
    with app.app_context():
        assert len(db.session.scalars(db.select(Connection)).unique().all()) == 1


@pytest.mark.parametrize(
    "redirect_uri",
    ["http://localhost:7/callback", "cursor://anysphere.cursor-mcp/oauth/callback", "https://app.example:8443/cb"],
)
def test_a_program_on_a_computer_or_behind_another_door_is_never_proven(app, publisher, browser, redirect_uri):
    publisher.publish(URL, document(redirect_uris=[CALLBACK, redirect_uri]))
    assert "Published by" not in text_of(Assistant(app, "App", redirect_uri, client_id=URL).ask(browser))


def test_connected_apps_says_proven_only_when_every_installation_is(app, publisher, browser, assistant):
    publisher.publish(URL, document(redirect_uris=[CALLBACK, "http://localhost/callback"]))
    assistant.connect(browser)
    assert "Published by app.example," in text_of(browser.get("/settings/connections"))
    Assistant(app, "App", "http://localhost:4001/callback", client_id=URL).connect(browser)
    assert "Published by" not in text_of(browser.get("/settings/connections"))


def test_a_name_is_shown_and_written_down_without_what_misleads(publisher, browser, assistant, app_named_in):
    publisher.publish(URL, document(client_name="Cla\u202eude\u200b\n<b>"))
    assistant.connect(browser)
    assert app_named_in("connection.created") == ["Claude <b>"]


@pytest.mark.parametrize("how", ["post", "basic"])
def test_a_secret_of_an_app_with_a_document_is_refused(app, publisher, browser, assistant, how):
    publisher.publish(URL, document())
    code = assistant.code_in(decide(browser, assistant.ask(browser)))
    if how == "post":
        answer = assistant.redeem(code, client_secret="word")
    else:
        data = {"grant_type": "authorization_code", "code": code, "code_verifier": assistant.verifier}
        answer = assistant.wire.post("/token", data=data, auth=("https%3A%2F%2Fapp.example%2Fclient.json", "word"))
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.both_databases
def test_two_people_who_meet_an_app_at_once_both_get_the_question(app, publisher, browser_of, alice, bob):
    publisher.publish(URL, document())
    browsers = [browser_of(alice), browser_of(bob)]
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda browser: Assistant(app, "App", CALLBACK, client_id=URL).ask(browser), browsers))
    assert [page.status_code for page in pages] == [200, 200]


def test_documents_that_nobody_used_are_forgotten_and_used_ones_stay(app, publisher, browser, assistant):
    publisher.publish(URL, document())
    unused = publisher.publish("https://other.example/c", document(client_id="https://other.example/c"))
    assistant.connect(browser)
    Assistant(app, "App", CALLBACK, client_id=unused).ask(browser)
    with app.app_context():
        db.session.execute(db.update(Client).values(seen_at=now() - timedelta(hours=49)))
        db.session.execute(db.update(ConsentRequest).values(expires_at=now()))
        db.session.commit()
        tidy_clients()
    assert stored(app, unused) is None
    assert stored(app) is not None


def test_nothing_that_the_document_points_at_is_fetched_or_shown(app, publisher, browser):
    publisher.publish(CLAUDE["client_id"], CLAUDE)
    page = Assistant(app, "Claude", CLAUDE["redirect_uris"][0], client_id=CLAUDE["client_id"]).ask(browser)
    assert "logo.png" not in page.text
    assert publisher.asked == [CLAUDE["client_id"]]
    assert json.loads(json.dumps(stored(app, CLAUDE["client_id"]).about))["logo_uri"] == CLAUDE["logo_uri"]


def test_an_app_may_not_use_the_name_of_a_document_it_did_not_publish(app, publisher, browser):
    published = publisher.publish("https://other.example/c", CLAUDE)
    assert "Claude" not in refusal(
        Assistant(app, "Claude", CLAUDE["redirect_uris"][0], client_id=published).ask(browser)
    )


def test_the_form_of_one_app_carries_nothing_to_another(publisher, browser, assistant):
    publisher.publish(URL, document())
    page = assistant.ask(browser)
    assert URL not in fields_of(page).values()
