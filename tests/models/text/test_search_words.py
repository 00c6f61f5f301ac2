"""The words that people are found by, in the scripts that their names are written in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.text import beginnings, joined_beginnings, words
from models.text.search_words import LONGEST
from tests.for_each import for_each

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def finds(typed, stored):
    """Whether everybody who types this sees who is called that."""
    return all(any(each.startswith(word) for each in stored) for word in words(typed))


@given(TEXT)
def test_a_text_is_found_by_itself(text):
    assert finds(text, beginnings(text))


@given(TEXT)
def test_words_are_safe_in_patterns_and_lists(text):
    assert all(word and not set(word) & set(" %_\\\"'") and len(word) <= LONGEST for word in beginnings(text))


@for_each(
    ("typed", "found"),
    [
        ("Ana Löwe", ["ana", "lowe"]),
        ("GROẞ Straße", ["gross", "strasse"]),
        ("Adébáyọ̀ Eze", ["adebayo", "eze"]),
        ("ℍenry Ⅷ", ["henry", "viii"]),
        ("o'brien@example.com", ["obrien", "example", "com"]),
        ("Łukasz Ærøskøbing Þór Işık", ["lukasz", "aeroskobing", "thor", "isik"]),
        ("Đặng Thị Ước", ["dang", "thi", "uoc"]),
        ("Ёлкин", ["елкин"]),
        ("Ελένη", ["ελενη"]),
        ("שָׁלוֹם", ["שלום"]),
        ("مُحَمَّد", ["محمد"]),
        ("Room ٤٢", ["room", "42"]),
        ("Mül\u00adler Mül\u2060ler Mül\u200bler", ["muller"] * 3),
        ("  \x00 -- ", []),
    ],
)
def test_words_ignore_case_and_what_people_leave_out(typed, found):
    assert words(typed) == found


@for_each(
    ("typed", "name", "found"),
    [
        ("प्रिया", "प्रिया शर्मा", True),
        ("प्रिया", "परेश यादव", False),
        ("परेश", "परेश यादव", True),
        ("が", "かおり", False),
        ("தமிழ்", "தமிழ்ச்செல்வி", True),
        ("Ana", "Zoe", False),
    ],
)
def test_vowel_signs_are_part_of_a_word(typed, name, found):
    assert finds(typed, beginnings(name)) is found


@for_each(
    ("name", "typed"),
    [
        ("O’Brien", ["O'Brien", "OBrien", "brien", "o brien", "OʼBrien"]),
        ("OBrien", ["O'Brien"]),
        ("Jean-Pierre", ["jean-pierre", "jeanpierre", "Pierre", "Jean Pierre", "Jean‑Pierre"]),
        ("Jean Pierre", ["jean-pierre"]),
        ("van der Berg", ["vanderberg", "van der berg", "berg", "van-der-berg"]),
        ("علی\u200cرضا", ["علی\u200cرضا", "علیرضا", "علی رضا", "رضا", "علي"]),
        ("ශ්\u200dරී", ["ශ්\u200dරී", "ශ්රී"]),
        ("マイケル・ジャクソン", ["マイケル", "ジャクソン", "マイケルジャクソン"]),
    ],
)
def test_signs_inside_words_may_be_typed_or_left_out(name, typed):
    assert [each for each in typed if not finds(each, joined_beginnings(name))] == []


def test_family_and_given_name_are_found_without_a_space_and_each_alone():
    assert all(finds(typed, joined_beginnings("王", "小明")) for typed in ("王小明", "王 小明", "小明", "王小"))
    assert not finds("王明", joined_beginnings("王", "小明"))
    assert all(finds(typed, beginnings("王小明")) for typed in ("王小明", "小明", "明"))
    assert all(finds(typed, joined_beginnings("김", "민준")) for typed in ("김민준", "민준", "김미"))


def test_what_is_written_down_is_bounded():
    assert sum(map(len, joined_beginnings("王" * 100, "明" * 100))) <= 200 * LONGEST
