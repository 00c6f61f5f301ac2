"""Every catalogue is complete: what the code says is translated, and nothing else is."""

from __future__ import annotations

from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message

from blueprints.commands import catalogues
from blueprints.commands.catalogues import faults_in, faults_of, messages_in_code
from blueprints.commands.translations import translated


@pytest.fixture(autouse=True)
def read_once(monkeypatch):
    monkeypatch.setattr(catalogues, "messages_in_code", messages_once)


messages_once = cache(messages_in_code)


def test_there_are_german_and_french():
    assert {"de", "fr"} <= set(translated())


@pytest.mark.parametrize("language", translated())
def test_nothing_is_untranslated_unused_unsure_or_misfit(language):
    assert faults_of(language) == []


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (Message("Sign out", ""), "does not translate"),
        (Message("Sign out", "Abmelden", flags=["fuzzy"]), "is not sure about"),
        (Message("Until %(day)s", "Bis %(tag)s"), "has other placeholders"),
        (Message(("One day", "%(num)d days"), ("Ein Tag", "")), "does not translate"),
    ],
)
def test_what_is_wrong_with_a_translation_is_found(message, fault):
    assert [each for each in faults_in(message, Catalog(locale="de")) if each.startswith(fault)]


@pytest.mark.parametrize("text", ["Arrêter ?", "Motif : %(why)s", "« Rien »", "«\u00a0Rien »"])
def test_a_sign_that_could_begin_a_line_in_french_is_found(text):
    english = "Stop?" if "%" not in text else "Reason: %(why)s"
    assert list(faults_in(Message(english, text), Catalog(locale="fr"))) == [f'lacks a no-break space in "{english}"']


def test_a_translation_may_say_one_in_words():
    one = Message(("%(num)d day", "%(num)d days"), ("ein Tag", "%(num)d Tage"))
    assert not list(faults_in(one, Catalog(locale="de")))
