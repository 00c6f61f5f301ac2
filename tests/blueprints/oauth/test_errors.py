"""What programs are told when something is wrong: in JSON, in characters that fit into a header, whatever was sent."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.oauth.device_authorization import DEVICE_GRANT
from tests.assistant import answer_in
from tests.for_each import for_each
from tests.hostile import TEXTS

# RFC 6749 §5.2 and RFC 6750 §3: printable ASCII without the quotation mark and the backslash.
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")
CODE = re.compile(r"[a-z_]+")
ASKED = [
    "response_type",
    "scope",
    "resource",
    "state",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
    "request",
]
SENT = [
    "grant_type",
    "code",
    "redirect_uri",
    "client_id",
    "client_secret",
    "code_verifier",
    "refresh_token",
    "scope",
    "resource",
    "token",
    "token_type_hint",
    "device_code",
]
DOORS = ["/token", "/revoke", "/introspect", "/device_authorization"]
hostile = st.one_of(st.sampled_from(TEXTS), st.text(max_size=40))
many_times = settings.get_profile("on a database")


@many_times
@given(changes=st.dictionaries(st.sampled_from(ASKED), hostile, min_size=1))
def test_no_question_brings_an_error_that_does_not_fit_into_an_address(browser, claude, changes):
    answer = claude.ask(browser, **changes)
    assert answer.status_code in {200, 302, 400}
    if answer.status_code == 302 or 'id="continue"' in answer.text:
        told = answer_in(answer)
        assert CODE.fullmatch(told["error"])
        assert DESCRIPTION.fullmatch(told["error_description"])
        # RFC 6749 §4.1.2.1: the exact value, whatever it was.
        assert told.get("state", "") == changes.get("state", claude.state)


@many_times
@given(path=st.sampled_from(DOORS), sent=st.dictionaries(st.sampled_from(SENT), hostile))
@pytest.mark.parametrize("grant_type", ["authorization_code", "refresh_token", DEVICE_GRANT, "password"])
def test_no_form_brings_an_error_that_does_not_fit_into_a_header(claude, grant_type, path, sent):
    given_ = {"client_id": claude.client_id, "grant_type": grant_type, "code": "x", "refresh_token": "x"} | sent
    answer = claude.wire.post(path, data=given_)
    assert answer.status_code in {200, 400, 401}
    if answer.status_code != 200:
        assert answer.json.keys() == {"error", "error_description"}
        assert CODE.fullmatch(answer.json["error"])
        assert DESCRIPTION.fullmatch(answer.json["error_description"])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | hostile,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=3),
    max_leaves=6,
)


@many_times
@given(
    metadata=st.fixed_dictionaries({"redirect_uris": st.lists(json_values, max_size=3) | json_values})
    | st.dictionaries(
        st.sampled_from(["client_name", "grant_types", "response_types", "token_endpoint_auth_method"]), json_values
    ).map(lambda said: said | {"redirect_uris": ["http://localhost/callback"]})
)
def test_no_metadata_brings_an_error_that_does_not_fit_into_a_header(client, metadata):
    answer = client.post("/register", json=metadata)
    assert answer.status_code in {201, 400}
    if answer.status_code == 400:
        assert answer.json.keys() == {"error", "error_description"}
        assert DESCRIPTION.fullmatch(answer.json["error_description"])


@for_each("uri", ["a'b:x", 'a"b:x', "é:x", "a\\b:x"])
def test_an_address_with_a_strange_scheme_is_refused_in_plain_words(client, uri):
    answer = client.post("/register", json={"redirect_uris": [uri]})
    assert answer.json["error"] == "invalid_redirect_uri"
    assert DESCRIPTION.fullmatch(answer.json["error_description"])


def test_a_challenge_at_the_door_of_assistants_fits_into_its_header(connect, alice):
    for app, tool in ((connect(alice, lifetime=0), "list_tags"), (connect(alice, ["account:read"]), "list_tags")):
        for name in (tool, *TEXTS):
            challenge = app.call(name).headers.get("WWW-Authenticate", 'error_description="none"')
            described = re.search(r'error_description="([^"]*)"', challenge)
            assert described
            assert DESCRIPTION.fullmatch(described.group(1))
