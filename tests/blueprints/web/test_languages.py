"""In which language people read: their own setting, else the page's switch, else their browser, else English; programs get English."""

from __future__ import annotations

import re
import uuid

import pytest
from flask import Response

from models.accounts.user import User
from models.database.base import db
from models.database.tenancy import in_account
from models.debriefs import Debrief, compose
from models.instruments import disc_result
from models.profiles import Profile, Result
from models.request_scope import open_scope
from models.text import current_language
from tests.pages import first, submit

GERMAN, FRENCH = {"Accept-Language": "de-AT, en;q=0.8"}, {"Accept-Language": "fr"}


def page_language(answer):
    return first(r'<html lang="(\w+)"', answer.text)


@pytest.fixture
def language_of(app):
    def read(person):
        with app.app_context():
            return db.session.get_one(User, person.user_id).language

    return read


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-AT, en;q=0.8", "de"),
        ("it, fr;q=0.5, en;q=0.4", "fr"),
        ("en-US, de;q=0.9", "en"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("ja", "en"),
        ("*", "en"),
        ("", "en"),
        ("../../etc", "en"),
    ],
)
def test_a_stranger_reads_in_the_first_language_of_the_browser_that_there_is(client, accepted, language):
    answer = client.get("/sign-in", headers={"Accept-Language": accepted})
    assert page_language(answer) == language
    assert "Accept-Language" in answer.vary


def test_the_switch_at_the_foot_counts_more_than_the_browser_and_is_kept(client):
    page = client.get("/sign-in?next=/tags", headers=FRENCH).text
    german = first(r'<a href="([^"]+)" lang="de"', page).replace("&amp;", "&")
    assert german == "/sign-in?next=%2Ftags&language=de"
    assert page_language(client.get(german, headers=FRENCH)) == "de"
    assert page_language(client.get("/forgot", headers=FRENCH)) == "de"
    assert page_language(client.get("/forgot?language=xx", headers=FRENCH)) == "de"


def test_the_switch_is_for_people_without_a_setting(client, browser_of, alice):
    assert 'hreflang="fr"' in client.get("/sign-in").text
    assert 'hreflang="fr"' not in browser_of(alice).get("/dashboard").text


def test_what_the_browser_says_first_is_kept_for_a_person_and_never_replaced(browser_of, alice, language_of):
    browser = browser_of(alice)
    browser.get("/dashboard")
    assert language_of(alice) is None
    for headers in (GERMAN, FRENCH):
        assert page_language(browser.get("/dashboard", headers=headers)) == "de"
        assert language_of(alice) == "de"


def test_a_person_chooses_a_language_and_reads_it_at_once(browser_of, alice, language_of, audit_log):
    browser = browser_of(alice)
    assert submit(browser, "/settings/profile", name=alice.name, time_zone="UTC", language="fr").status_code == 302
    assert language_of(alice) == "fr"
    assert audit_log(alice)[-1] == ("person.changed", "allowed")
    shown = browser.get("/dashboard?language=de", headers=GERMAN)
    assert page_language(shown) == "fr"
    assert "Se déconnecter" in shown.text


def test_a_language_that_there_is_not_is_refused_on_its_field(browser_of, alice, language_of):
    answer = submit(browser_of(alice), "/settings/profile", name=alice.name, time_zone="UTC", language="tlh")
    assert answer.status_code == 400
    assert 'href="#language"' in answer.text
    assert language_of(alice) is None


@pytest.mark.parametrize(
    ("path", "language"), [("/mcp", "en"), ("/token", "en"), ("/register", "en"), ("/sign-in", "de")]
)
def test_programs_get_english_whatever_their_library_prefers(app, path, language):
    with app.test_request_context(f"{path}?language=de", method="POST", headers=GERMAN):
        assert current_language() == language
        assert ("language=" in str(app.process_response(Response()).headers)) == (language == "de")


def test_whoever_opens_the_address_for_assistants_reads_in_their_language(client):
    page = client.get("/mcp", headers=GERMAN | {"Accept": "text/html"})
    assert page_language(page) == "de"
    assert "Diese Adresse ist für Assistenten" in page.text


def test_a_debrief_composed_here_is_in_the_readers_language_and_a_models_in_english(browser_of, alice, app):
    scores = {"disc": disc_result({"d": 20.0, "i": 30.0, "s": 80.0, "c": 60.0})}
    with app.app_context(), open_scope(), in_account(alice.account_id):
        ana = Profile.create(alice.account_id, "ana@example.com", "Ana", "Lima")
        Result.keep(ana, "disc", scores["disc"], "disc-1")
        Debrief.write(ana, compose(scores), "embedded", scores)
        db.session.commit()
        address = f"/profiles/{ana.id}"
    german = browser_of(alice).get(address, headers=GERMAN).text
    assert "<h3>Sorgfältig und loyal</h3>" in german
    assert "Careful and loyal" not in german
    with app.app_context(), open_scope(), in_account(alice.account_id):
        Debrief.write(
            Profile.find(alice.account_id, ana_id(address)), "# Kind\n\nThey wait.", "model", scores, "a model"
        )
        db.session.commit()
    german = browser_of(alice).get(address, headers=GERMAN).text
    assert re.search(r'<div class="text" lang="en">\s*<h3>Kind</h3>', german)
    assert "Sprachmodelle schreiben Auswertungen auf Englisch." in german


def ana_id(address):
    return uuid.UUID(address.rpartition("/")[2])
