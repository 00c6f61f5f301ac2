"""No answer goes to an address that is not the app's own, whatever else is wrong: at the question, at the answer, and after it."""

import pytest

from models.clients.client import Client
from models.database.base import db
from tests.assistant import Assistant, continue_address, decide, fields_of
from tests.hostile import EACH_MISTAKE, OWN, REDIRECT_URIS

ALTERED = [{}, *({name: value} for name, value in EACH_MISTAKE)]


@pytest.fixture
def browser(browser_of, alice):
    return browser_of(alice)


@pytest.fixture
def theirs(app):
    """An app with two addresses, so that none is meant where none is named."""
    return Assistant(app, redirect_uri=OWN).register(redirect_uris=[OWN, "https://app.example/other"])


@pytest.mark.parametrize("uri", REDIRECT_URIS)
def test_an_address_that_is_not_the_apps_own_never_gets_an_answer(browser, theirs, uri):
    answer = theirs.ask(browser, redirect_uri=uri)
    assert answer.status_code == 400
    assert not answer.location


@pytest.mark.slow
@pytest.mark.parametrize("altered", ALTERED, ids=str)
def test_no_mistake_at_the_question_leads_to_an_address_that_is_not_the_apps(browser, theirs, altered):
    for uri in REDIRECT_URIS:
        answer = theirs.ask(browser, **altered, redirect_uri=uri)
        assert answer.status_code == 400, uri
        assert not answer.location, uri
        assert "continue" not in answer.text, uri


@pytest.mark.slow
@pytest.mark.parametrize("altered", ALTERED, ids=str)
def test_no_field_of_the_answer_leads_to_an_address_that_is_not_the_apps(browser, theirs, altered):
    page = theirs.ask(browser)
    for uri in REDIRECT_URIS:
        said = present(altered | {"redirect_uri": uri, "client_id": theirs.client_id})
        answer = browser.post("/authorize", data=fields_of(page) | {"decision": "later"} | said, query_string=said)
        assert answer.status_code == 200, uri
        assert not answer.location, uri
        assert 'id="continue"' not in answer.text, uri
    answered = decide(browser, page, **present(altered | {"redirect_uri": REDIRECT_URIS[13]}))
    assert continue_address(answered).startswith(f"{OWN}?code=")


@pytest.mark.parametrize("decision", ["allow", "deny"])
@pytest.mark.parametrize("uri", REDIRECT_URIS)
def test_what_the_form_says_of_the_address_counts_for_nothing(browser, theirs, uri, decision):
    answered = decide(browser, theirs.ask(browser), decision, redirect_uri=uri)
    assert continue_address(answered).startswith(f"{OWN}?{'code' if decision == 'allow' else 'error'}=")


@pytest.mark.parametrize("consent", ["", "pft_unknown", *REDIRECT_URIS])
def test_an_answer_to_a_question_that_was_never_asked_goes_nowhere(browser, theirs, consent):
    answer = decide(browser, theirs.ask(browser), consent=consent, redirect_uri=OWN)
    assert answer.status_code == 400
    assert not answer.location
    assert 'id="continue"' not in answer.text


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_an_address_that_was_the_apps_when_the_page_was_shown_must_still_be(app, browser, theirs, decision):
    page = theirs.ask(browser)
    with app.app_context():
        Client.by_client_id(theirs.client_id).redirect_uris = ["https://app.example/other"]
        db.session.commit()
    answer = decide(browser, page, decision)
    assert answer.status_code == 400
    assert not answer.location
    assert 'id="continue"' not in answer.text


def present(fields):
    return {name: value for name, value in fields.items() if value is not None}
