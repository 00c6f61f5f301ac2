"""PKCE with S256, for every app: whoever caught a code on its way cannot redeem it (RFC 7636, RFC 9700 §2.1.1)."""

import pytest

from tests.assistant import Assistant, answer_in, challenge_of, decide
from tests.for_each import for_each

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

BAD_CHALLENGES = {
    "no challenge": {"code_challenge": None},
    "neither challenge nor method": {"code_challenge": None, "code_challenge_method": None},
    "an empty challenge": {"code_challenge": ""},
    "a challenge that is too short": {"code_challenge": CHALLENGE[:-1]},
    "a challenge that is too long": {"code_challenge": CHALLENGE * 3},
    "a challenge with padding": {"code_challenge": CHALLENGE + "="},
    "a challenge in plain base64": {"code_challenge": CHALLENGE.replace("-", "+")},
    "a line feed after the challenge": {"code_challenge": CHALLENGE + "\n"},
    "two challenges": {"code_challenge": [CHALLENGE, challenge_of("x" * 43)]},
    "the method plain": {"code_challenge_method": "plain"},
    "no method, which would mean plain": {"code_challenge_method": None},
    "an empty method": {"code_challenge_method": ""},
    "the method in lower case": {"code_challenge_method": "s256"},
    "two methods": {"code_challenge_method": ["S256", "plain"]},
}
BAD_VERIFIERS = {
    "no verifier": None,
    "an empty verifier": "",
    "another verifier": "x" * 43,
    "the challenge, as `plain` would have it": CHALLENGE,
    "a verifier that is too short": VERIFIER[:-1],
    "a verifier that is too long": VERIFIER * 3,
    "a verifier in other case": VERIFIER.swapcase(),
    "a line feed after the verifier": VERIFIER + "\n",
    "a NUL after the verifier": VERIFIER + "\0",
    "letters beyond ASCII": "é" * 43,
    "two verifiers": [VERIFIER, VERIFIER],
    "the verifier and an empty one": [VERIFIER, ""],
}


@pytest.fixture(params=["none", "client_secret_post"])
def claude(app, request):
    return Assistant(app, verifier=VERIFIER).register(token_endpoint_auth_method=request.param)


def test_the_example_of_the_rfc_works(browser, claude):
    assert challenge_of(VERIFIER) == CHALLENGE
    code = claude.code_in(decide(browser, claude.ask(browser, code_challenge=CHALLENGE)))
    assert claude.redeem(code, code_verifier=VERIFIER).status_code == 200


@for_each("wrong", BAD_CHALLENGES.values())
def test_without_a_challenge_as_it_must_be_nothing_is_asked(browser, claude, wrong):
    answer = claude.ask(browser, **wrong)
    assert answer.status_code == 400
    assert answer_in(answer)["error"] == "invalid_request"


@for_each("verifier", BAD_VERIFIERS.values())
def test_without_the_verifier_a_code_is_worth_nothing(browser, claude, verifier):
    code = claude.code_in(decide(browser, claude.ask(browser)))
    answer = claude.redeem(code, code_verifier=verifier)
    assert answer.status_code == 400
    assert answer.json["error"] in {"invalid_request", "invalid_grant"}
    assert "access_token" not in answer.json


def test_a_verifier_that_does_not_fit_is_an_invalid_grant(browser, claude):
    code = claude.code_in(decide(browser, claude.ask(browser)))
    assert claude.redeem(code, code_verifier="x" * 43).json["error"] == "invalid_grant"


def test_the_challenge_of_the_form_counts_for_nothing(browser, claude):
    page = claude.ask(browser)
    code = claude.code_in(decide(browser, page, code_challenge=challenge_of("x" * 43), code_challenge_method="plain"))
    assert claude.redeem(code, code_verifier="x" * 43).json["error"] == "invalid_grant"
    assert claude.redeem(code).status_code == 200


def test_the_verifier_of_one_question_does_not_fit_anothers_code(app, browser, claude):
    other = Assistant(app, client_id=claude.client_id, client_secret=claude.client_secret)
    code = claude.code_in(decide(browser, claude.ask(browser)))
    assert other.redeem(code).json["error"] == "invalid_grant"
