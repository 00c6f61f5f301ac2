"""No answer goes to an address that is not the app's own, whatever else is wrong: at the question, at the answer, and after it."""

import pytest

from models.clients.client import Client
from models.clients.redirect_uri import redirect_matches
from models.database.base import db
from tests.assistant import Assistant, continue_address, decide, fields_of
from tests.hostile import MISTAKES, OWN, REDIRECT_URIS

# Of each kind one goes the whole way: a little different, another host, no web address, and none.
EVIL = "https://app.example@evil.example/cb"
GO_THE_WHOLE_WAY = [
    EVIL,
    "https://app.example/cb/",
    "https://APP.example/cb",
    "https://app.example/cb\n",
    "javascript:alert(1)",
    "",
]
ALTERED: dict[str, list[dict[str, object]]] = {"nothing else": [{}]}
ALTERED |= {name: [{name: value} for value in values] for name, values in MISTAKES.items()}


@pytest.fixture
def theirs(app):
    """An app with two addresses, so that none is meant where none is named."""
    return Assistant(app, redirect_uri=OWN).register(redirect_uris=[OWN, "https://app.example/other"])


def test_no_address_that_only_looks_like_it_is_the_apps_own():
    assert redirect_matches(OWN, OWN)
    assert [uri for uri in REDIRECT_URIS if redirect_matches(OWN, uri)] == []


def test_an_address_that_is_not_the_apps_own_never_gets_an_answer(browser, theirs):
    for uri in GO_THE_WHOLE_WAY:
        goes_nowhere(theirs.ask(browser, redirect_uri=uri))


def goes_nowhere(answer):
    assert answer.status_code == 400
    assert not answer.location
    assert 'id="continue"' not in answer.text


@pytest.mark.parametrize("name", ALTERED)
def test_no_mistake_at_the_question_leads_to_an_address_that_is_not_the_apps(browser, theirs, name):
    for altered in ALTERED[name]:
        for uri in (EVIL, ""):
            goes_nowhere(theirs.ask(browser, **altered, redirect_uri=uri))


@pytest.mark.parametrize("name", ALTERED)
def test_no_field_of_the_answer_leads_to_an_address_that_is_not_the_apps(browser, theirs, name):
    page = theirs.ask(browser)
    for altered in map(present, ALTERED[name]):
        said = altered | {"redirect_uri": EVIL, "client_id": theirs.client_id}
        answer = browser.post("/authorize", data=fields_of(page) | {"decision": "later"} | said, query_string=said)
        assert answer.status_code == 200
        assert not answer.location
        assert 'id="continue"' not in answer.text
    answered = decide(browser, page, **altered, redirect_uri=EVIL)
    assert continue_address(answered).startswith(f"{OWN}?code=")


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_what_the_form_says_of_the_address_counts_for_nothing(browser, theirs, decision):
    for uri in GO_THE_WHOLE_WAY:
        answered = decide(browser, theirs.ask(browser), decision, redirect_uri=uri)
        assert continue_address(answered).startswith(f"{OWN}?{'code' if decision == 'allow' else 'error'}=")


def test_an_answer_to_a_question_that_was_never_asked_goes_nowhere(browser, theirs):
    for consent in ("", "pft_unknown", EVIL):
        goes_nowhere(decide(browser, theirs.ask(browser), consent=consent, redirect_uri=OWN))


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_an_address_that_was_the_apps_when_the_page_was_shown_must_still_be(app, browser, theirs, decision):
    page = theirs.ask(browser)
    with app.app_context():
        Client.by_client_id(theirs.client_id).redirect_uris = ["https://app.example/other"]
        db.session.commit()
    goes_nowhere(decide(browser, page, decision))


def present(fields):
    return {name: value for name, value in fields.items() if value is not None}
