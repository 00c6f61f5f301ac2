"""Apps that prove themselves by a signature: each is good once, for this server, for minutes, by the app's own key."""

import base64
import hmac
import json
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from models.clients.client import Client
from models.database.base import db
from models.secrets import CLIENT_SECRET
from tests.assistant import Assistant, decide
from tests.for_each import for_each

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

URL = "https://app.example/client.json"
CALLBACK = "https://app.example/callback"
KEYS_URL = "https://app.example/jwks.json"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEYS: dict[str, Any] = {
    "RS256": RSAKey.generate_key(2048, {"kid": "rsa"}),
    "PS256": RSAKey.generate_key(2048, {"kid": "pss"}),
    "ES256": ECKey.generate_key("P-256", {"kid": "ec"}),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
}
STRANGER = ECKey.generate_key("P-256", {"kid": "ec"})


def public(*keys):
    return {"keys": [key.as_dict(private=False) for key in keys or KEYS.values()]}


def published(**changes):
    given = {
        "client_id": URL,
        "client_name": "App",
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": public(),
    }
    return {name: value for name, value in (given | changes).items() if value is not None}


def claims(**changes):
    moment = int(time.time())
    given = {
        "iss": URL,
        "sub": URL,
        "aud": "http://localhost/token",
        "iat": moment,
        "exp": moment + 300,
        "jti": uuid.uuid4().hex,
    }
    return {name: value for name, value in (given | changes).items() if value is not None}


def signed(alg="ES256", key=None, header=None, **changes):
    """What a client sends to prove itself."""
    key = key or KEYS[alg]
    token = jwt.encode({"alg": alg, "kid": key.kid} | (header or {}), claims(**changes), key, algorithms=[alg])
    return with_assertion(token)


def with_assertion(token):
    return {"client_assertion_type": TYPE, "client_assertion": token}


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture
def assistant(app, publisher, browser):
    """An app that can prove itself by its keys alone, connected already."""
    publisher.publish(URL, published())
    return connected(Assistant(app, "App", CALLBACK, client_id=URL), browser)


def connected(assistant, browser):
    code = assistant.code_in(decide(browser, assistant.ask(browser)))
    answered = assistant.redeem(code, **signed())
    assert answered.status_code == 200, answered.get_data(as_text=True)
    return assistant.keep(answered)


def refused(answer):
    assert answer.status_code == 401, answer.get_data(as_text=True)
    assert answer.mimetype == "application/json"
    assert answer.json["error"] == "invalid_client"
    return answer.json["error_description"]


@pytest.mark.parametrize("alg", KEYS)
def test_each_algorithm_that_is_named_works(assistant, alg):
    assert assistant.refresh(**signed(alg)).status_code == 200


@pytest.mark.requirement("rfc7591-2-signing-alg")
def test_an_app_that_names_its_algorithm_signs_by_no_other(app, publisher, browser):
    publisher.publish(URL, published(token_endpoint_auth_signing_alg="ES256"))
    assistant = connected(Assistant(app, "App", CALLBACK, client_id=URL), browser)
    for alg in ("RS256", "PS256", "EdDSA"):
        assert refused(assistant.refresh(**signed(alg))) == "alg must be ES256, as the document of this client says."
    assert assistant.refresh(**signed("ES256")).status_code == 200


def test_a_document_that_changes_its_algorithm_is_followed(app, publisher, browser):
    publisher.publish(URL, published(token_endpoint_auth_signing_alg="ES256"), "Cache-Control: no-store")
    assistant = connected(Assistant(app, "App", CALLBACK, client_id=URL), browser)
    publisher.publish(URL, published(), "Cache-Control: no-store")
    assistant.ask(browser)
    assert assistant.refresh(**signed("RS256")).status_code == 200


@pytest.mark.parametrize("alg", ["HS256", "none", "ES384", 256, ["ES256"], ""])
def test_an_app_that_signs_only_in_a_way_that_is_not_taken_is_refused(app, publisher, browser, alg):
    publisher.publish(URL, published(token_endpoint_auth_signing_alg=alg))
    assert Assistant(app, "App", CALLBACK, client_id=URL).ask(browser).status_code == 400


def test_one_that_can_do_without_comes_in_without(app, publisher, browser):
    offered = {"token_endpoint_auth_methods_supported": ["none"], "token_endpoint_auth_signing_alg": "ES384"}
    publisher.publish(URL, published(**offered))
    assistant = Assistant(app, "App", CALLBACK, client_id=URL)
    code = assistant.code_in(decide(browser, assistant.ask(browser)))
    refused(assistant.redeem(code, **signed()))
    assert assistant.redeem(code).status_code == 200


@pytest.mark.parametrize(
    "audience", ["http://localhost/token", "http://localhost", "http://localhost/", ["http://localhost/token"]]
)
def test_the_issuer_and_the_token_endpoint_are_this_server(assistant, audience):
    assert assistant.refresh(**signed(aud=audience)).status_code == 200


def test_the_client_id_may_be_left_to_the_assertion(assistant):
    assert assistant.refresh(client_id=None, **signed()).status_code == 200


def test_an_assertion_is_good_once_at_whatever_endpoint(assistant):
    proof = signed()
    assert assistant.refresh(**proof).status_code == 200
    refused(assistant.refresh(**proof))
    refused(assistant.wire.post("/revoke", data={"token": assistant.refresh_token, **proof}))


def test_an_assertion_is_used_up_by_a_request_that_fails(assistant):
    proof = signed()
    assert assistant.refresh("pfr_unknown", **proof).json["error"] == "invalid_grant"
    refused(assistant.refresh(**proof))


def test_it_revokes_and_introspects_with_an_assertion(assistant):
    told = assistant.wire.post("/introspect", data={"token": assistant.access_token, **signed()})
    assert told.json["active"] is True
    refused(assistant.wire.post("/revoke", data={"token": assistant.refresh_token, "client_id": URL}))
    assert assistant.wire.post("/revoke", data={"token": assistant.refresh_token, **signed()}).status_code == 200
    assert assistant.refresh(**signed()).json["error"] == "invalid_grant"


LATER, EARLIER = int(time.time()) + 3_600, int(time.time()) - 3_600


@for_each(
    "changes",
    [
        {"aud": "https://other.example/token"},
        {"aud": ["http://localhost/token", "https://other.example"]},
        {"aud": []},
        {"aud": None},
        {"aud": 7},
        {"aud": [["http://localhost"]]},
        {"aud": {"a": 1}},
        {"aud": "http://localhost/tokens"},
        {"aud": "http://localhost/mcp"},
        {"exp": EARLIER},
        {"exp": LATER},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 1e300},
        {"exp": -1},
        {"exp": [LATER]},
        {"iat": LATER},
        {"iat": "now"},
        {"nbf": LATER},
        {"nbf": "now"},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": ["x"]},
        {"jti": "x" * 257},
        {"iss": None},
        {"iss": "https://other.example/c"},
        {"iss": 7},
        {"sub": None},
        {"sub": 7},
        {"sub": ["x"]},
        {"sub": "https://other.example/c"},
        {"sub": "https://other.example/c", "iss": "https://other.example/c"},
    ],
)
def test_claims_that_do_not_hold_are_refused(assistant, changes):
    refused(assistant.refresh(**signed(**changes)))
    refused(assistant.refresh(client_id=None, **signed(**changes)))


def test_a_signature_of_another_key_is_refused(assistant):
    refused(assistant.refresh(**signed(key=STRANGER)))
    refused(assistant.refresh(**signed(key=ECKey.generate_key("P-256", {"kid": "unknown"}))))


def test_the_key_of_another_app_is_refused(app, publisher, browser, assistant):
    other = "https://other.example/client.json"
    publisher.publish(other, published(client_id=other, jwks=public(STRANGER)))
    Assistant(app, "App", CALLBACK, client_id=other).ask(browser)
    refused(assistant.refresh(**signed(key=STRANGER)))
    # An assertion of the other app is good for the other app alone.
    proof = signed(key=STRANGER, iss=other, sub=other)
    refused(assistant.refresh(**proof))
    assert assistant.refresh(client_id=None, **proof).json["error"] == "invalid_grant"


def test_no_signature_is_none(assistant):
    header, body = part({"alg": "none", "kid": "ec"}), part(claims())
    for token in (f"{header}.{body}.", f"{part({'alg': 'None'})}.{body}.", f"{part({})}.{body}."):
        refused(assistant.refresh(**with_assertion(token)))


def test_the_public_key_is_no_shared_secret(assistant):
    for pem in (KEYS["RS256"].as_pem(private=False), json.dumps(KEYS["RS256"].as_dict(private=False)).encode()):
        message = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{part(claims())}"
        mac = base64.urlsafe_b64encode(hmac.digest(pem, message.encode(), "sha256")).rstrip(b"=").decode()
        refused(assistant.refresh(**with_assertion(f"{message}.{mac}")))


@for_each("alg", ["RS512", "ES384", "HS256", "dir", "", None, 7, ["ES256"], {"a": 1}])
def test_other_algorithms_are_refused(assistant, alg):
    refused(assistant.refresh(**with_assertion(f"{part({'alg': alg, 'kid': 'ec'})}.{part(claims())}.AAAA")))


def test_a_key_in_the_header_is_not_believed(assistant):
    own = STRANGER.as_dict(private=False)
    refused(assistant.refresh(**signed(key=STRANGER, header={"jwk": own})))
    refused(assistant.refresh(**signed(key=STRANGER, header={"jku": "https://app.example/jwks.json"})))


def test_an_extension_that_must_be_understood_is_not(assistant):
    header = part({"alg": "ES256", "kid": "ec", "crit": ["exp"], "exp": 1})
    token = signed()["client_assertion"].split(".")
    refused(assistant.refresh(**with_assertion(f"{header}.{token[1]}.{token[2]}")))


@for_each(
    "token",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "a.b.c",
        "é.b.c",
        "x" * 9_000,
        f"{part([])}.{part([])}.AAAA",
        f"{part({'alg': 'ES256'})}.{part([])}.AAAA",
        f"{part({'alg': 'ES256', 'kid': 7})}.{part(claims())}.AAAA",
        base64.b64encode(b"[" * 3_000).decode() + ".e30.AAAA",
        f"{part({'alg': 'ES256'})}.{base64.b64encode(b'[' * 3_000).decode()}.AAAA",
        f"{part({'alg': 'ES256', 'kid': 'ec'})}.{part(claims())}.",
        f"{part({'alg': 'ES256', 'kid': 'ec'})}.{part(claims())}.!!!!",
    ],
)
def test_what_is_no_assertion_at_all_is_refused(assistant, token):
    refused(assistant.refresh(**with_assertion(token)))


def test_an_assertion_of_another_type_or_beside_a_secret_is_refused(assistant):
    proof = signed()
    refused(
        assistant.refresh(
            **proof | {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}
        )
    )
    refused(assistant.refresh(client_assertion=proof["client_assertion"]))
    refused(assistant.refresh(client_assertion_type=TYPE))
    refused(assistant.refresh(client_secret="word", **proof))
    given = {"grant_type": "refresh_token", "refresh_token": assistant.refresh_token, **proof}
    refused(assistant.wire.post("/token", data=given, auth=("x", "y")))


def test_an_app_with_keys_alone_must_use_them(assistant):
    refused(assistant.refresh())
    refused(assistant.refresh(client_secret="word"))


def test_an_app_that_may_do_either_does_either_but_not_badly(app, publisher, browser):
    publisher.publish(URL, published(token_endpoint_auth_methods_supported=["none", "private_key_jwt"]))
    assistant = Assistant(app, "App", CALLBACK, client_id=URL).connect(browser)
    assistant.keep(assistant.refresh(**signed()))
    assistant.keep(assistant.refresh())
    refused(assistant.refresh(**signed(key=STRANGER)))


def test_an_app_without_keys_cannot_sign(app, publisher, browser):
    publisher.publish(URL, published(token_endpoint_auth_method="none"))
    assistant = Assistant(app, "App", CALLBACK, client_id=URL).connect(browser)
    refused(assistant.refresh(**signed()))
    registered = Assistant(app).register()
    refused(registered.refresh("x", **signed(iss=registered.client_id, sub=registered.client_id)))
    confidential = Assistant(app).register(token_endpoint_auth_method="client_secret_post")
    assert confidential.client_secret.startswith(CLIENT_SECRET)
    refused(
        confidential.refresh("x", client_secret=None, **signed(iss=confidential.client_id, sub=confidential.client_id))
    )


def test_keys_at_an_address_are_fetched_when_an_assertion_comes_and_kept(app, publisher, browser):
    publisher.publish(URL, published(jwks=None, jwks_uri=KEYS_URL))
    publisher.publish(KEYS_URL, public(), "Cache-Control: max-age=3600")
    assistant = connected(Assistant(app, "App", CALLBACK, client_id=URL), browser)
    assistant.keep(assistant.refresh(**signed()))
    assert publisher.asked == [URL, KEYS_URL]


def test_a_new_key_is_found_a_minute_later_and_an_unknown_one_makes_nobody_ask_sooner(app, publisher, browser):
    publisher.publish(URL, published(jwks=None, jwks_uri=KEYS_URL))
    publisher.publish(KEYS_URL, public(), "Cache-Control: max-age=3600")
    assistant = connected(Assistant(app, "App", CALLBACK, client_id=URL), browser)
    fresh = ECKey.generate_key("P-256", {"kid": "fresh"})
    publisher.publish(KEYS_URL, public(fresh), "Cache-Control: max-age=3600")
    for _ in range(3):
        refused(assistant.refresh(**signed(key=fresh)))
    assert publisher.asked.count(KEYS_URL) == 1
    pass_time(app, timedelta(minutes=2))
    assistant.keep(assistant.refresh(**signed(key=fresh)))
    refused(assistant.refresh(**signed()))
    assert publisher.asked.count(KEYS_URL) == 2


def pass_time(app, by):
    with app.app_context():
        for client in db.session.scalars(db.select(Client)):
            client.jwks_fetched_at, client.jwks_fresh_until = client.jwks_fetched_at - by, client.jwks_fresh_until - by
        db.session.commit()


def test_keys_hold_for_a_day_while_their_server_fails(app, publisher, browser):
    publisher.publish(URL, published(jwks=None, jwks_uri=KEYS_URL))
    publisher.publish(KEYS_URL, public(), "Cache-Control: max-age=60")
    assistant = connected(Assistant(app, "App", CALLBACK, client_id=URL), browser)
    del publisher.pages[KEYS_URL]
    pass_time(app, timedelta(hours=2))
    assistant.keep(assistant.refresh(**signed()))
    pass_time(app, timedelta(hours=24))
    refused(assistant.refresh(**signed()))


def test_keys_of_an_app_that_nobody_connected_are_not_fetched(app, publisher, browser):
    publisher.publish(URL, published(jwks=None, jwks_uri=KEYS_URL))
    publisher.publish(KEYS_URL, public())
    assistant = Assistant(app, "App", CALLBACK, client_id=URL)
    assistant.ask(browser)
    refused(assistant.refresh("x", **signed()))
    assert publisher.asked == [URL]


def test_keys_on_a_private_address_are_not_fetched(app, publisher, browser):
    publisher.publish(URL, published(jwks=None, jwks_uri="https://other.example/jwks.json"))
    publisher.dns["other.example"] = ["169.254.169.254"]
    assistant = Assistant(app, "App", CALLBACK, client_id=URL)
    code = assistant.code_in(decide(browser, assistant.ask(browser)))
    refused(assistant.redeem(code, **signed()))
    assert len(publisher.dialled) == 1


def test_what_was_used_is_kept_hashed_until_it_would_have_ended(app, assistant):
    proof = claims()
    assistant.refresh(**with_assertion(jwt.encode({"alg": "ES256", "kid": "ec"}, proof, KEYS["ES256"])))
    with app.app_context():
        rows = db.session.execute(db.text("SELECT hash FROM used_assertion")).scalars().all()
        assert rows
        assert not any(proof["jti"] in row for row in rows)
        db.session.execute(db.text("UPDATE used_assertion SET expires_at = '2020-01-01 00:00:00+00:00'"))
        db.session.commit()
    assistant.refresh(**signed())
    with app.app_context():
        assert db.session.execute(db.text("SELECT count(*) FROM used_assertion")).scalar() == 1
