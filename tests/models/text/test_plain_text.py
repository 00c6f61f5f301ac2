"""Text as it is kept: on one line, in one form, without what shows nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Invalid
from models.text import invisible, key, line, plain, prose
from tests.for_each import for_each

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
# Alireza in Persian, Sri in Sinhala, a person at a computer: each needs a joiner that shows nothing by itself.
JOINED = ["علی\u200cرضا", "ශ්\u200dරී", "👩\u200d💻 Developers", "क्\u200dष"]


@pytest.mark.asvs("1.3.3")
@given(TEXT)
def test_a_plain_text_is_one_line_without_anything_invisible(text):
    assert not invisible(plain(text))
    assert plain(plain(text)) == plain(text)


@for_each("name", JOINED)
def test_joiners_that_a_spelling_needs_stay(name):
    assert plain(f"\u200c{name}\u200d \u200b") == name
    assert not invisible(name)


@for_each("name", ["pay\u200dpal", "Ana\u200c", "\u200dAna", "1\u200c2", "علی\u200bرضا", "a\u00adb"])
def test_what_is_invisible_elsewhere_goes(name):
    assert invisible(name)
    assert plain(name).isprintable()


@for_each(
    ("typed", "kept"),
    [
        ("Mül\u00adler", "Müller"),
        ("Mül\u2060ler", "Müller"),
        ("Mül\u200dler", "Müller"),
        ("Ana\u200b\ufeff Löwe", "Ana Löwe"),
        ("Mu\u00ad\u0308ller", "Müller"),
        ("علی\u00ad\u200cرضا", "علی\u200cرضا"),
        ("Ana\u2028Löwe", "Ana Löwe"),
        ("Ana\u3164Löwe", "Ana Löwe"),
        ("Ana\tLöwe", "Ana Löwe"),
    ],
)
def test_what_has_no_width_splits_no_word(typed, kept):
    assert plain(typed) == kept


def test_what_is_kept_has_one_form():
    apart = unicodedata.normalize("NFD", "Amélie\u00a0Müller")
    assert plain(f"\u00a0{apart}\u2009") == "Amélie Müller"
    assert prose(f"{apart}\nprivate ") == "Amélie\u00a0Müller\nprivate"


@given(TEXT)
def test_keys_do_not_depend_on_case_or_on_how_accents_are_encoded(text):
    assert key(key(text)) == key(text)
    assert key("Ame\u0301lie") == key("AMÉLIE")


def test_prose_keeps_its_lines():
    assert prose("one\r\ntwo\u202e\n\nthree\x00") == "one\ntwo\n\nthree"
    assert prose("one\rtwo\u2028three\x0bfour") == "one\ntwo\nthree\nfour"


def test_a_tab_in_prose_stays_a_space():
    assert prose("Room\t42") == "Room 42"


def test_a_line_that_is_too_long_says_how_long_it_may_be_and_is():
    with pytest.raises(Invalid, match=r"A label can have at most 3 characters\. This one has 4\."):
        line("label", "four", 3, "A label")
