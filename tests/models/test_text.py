"""What people type, made fit to keep and to find."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Invalid
from models.text import INVISIBLE, email_address, key, line, plain, prose, words
from tests.for_each import for_each

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXT)
def test_words_of_words_are_the_same_words(text):
    for word in words(text):
        assert words(word) == [word]


@given(TEXT, st.integers(0, 60))
def test_the_beginning_of_a_text_has_the_beginnings_of_its_words(text, length):
    whole = words(text)
    assert all(any(word.startswith(typed) for word in whole) for typed in words(text[:length]))


@given(TEXT)
def test_words_are_letters_and_digits_alone(text):
    assert all(word.isalnum() for word in words(text))


@given(TEXT)
def test_a_plain_text_is_one_line_without_anything_invisible(text):
    assert not INVISIBLE.search(plain(text))
    assert plain(plain(text)) == plain(text)


@given(TEXT)
def test_keys_do_not_depend_on_case_or_on_how_accents_are_encoded(text):
    assert key(key(text)) == key(text)
    assert key("Ame\u0301lie") == key("AMÉLIE")


@for_each(
    ("typed", "found"),
    [
        ("Ana Löwe", ["ana", "lowe"]),
        ("GROẞ-Straße", ["gross", "strasse"]),
        ("Adébáyọ̀ Eze", ["adebayo", "eze"]),
        ("ℍenry Ⅷ", ["henry", "viii"]),
        ("o'brien@example.com", ["o", "brien", "example", "com"]),
        ("  \x00 -- ", []),
    ],
)
def test_words_ignore_case_accents_and_punctuation(typed, found):
    assert words(typed) == found


def test_prose_keeps_its_lines():
    assert prose("one\r\ntwo\u202e\n\nthree\x00") == "one\ntwo\n\nthree"


def test_a_line_that_is_too_long_says_how_long_it_may_be():
    with pytest.raises(Invalid, match="A label can have at most 3 characters."):
        line("label", "four", 3, "A label")


@for_each(
    "typed",
    [
        "",
        "nobody",
        "two@@example.com",
        "a b@example.com",
        "a@example",
        "a\x00@example.com",
        f"a@{'b' * 250}.example.com",
    ],
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(Invalid):
        email_address(typed)
