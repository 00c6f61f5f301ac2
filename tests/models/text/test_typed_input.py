"""What people type or paste, read as they meant it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Invalid
from models.text import email_address, email_key, typed_code, typed_password, typed_phone, typed_url
from tests.for_each import for_each


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
        "a@example.com, Ben <b@example.com>",
        "Ana <a@example.com>, Ben <b@example.com>",
        "Ana <a@example.com",
        "mailto:a@example.com>",
        "a@example.com; b@example.com;",
        "a@example.com,,",
        ",a@example.com",
    ],
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(Invalid):
        email_address(typed)


@for_each(
    "typed",
    [
        "\u200bana@example.com\ufeff",
        "\xa0ana@example.com\u2003\n",
        "ana＠example.com",
        "\u202aana@example.com\u202c",
        "Ana <ana@example.com>",
        '"Löwe, Ana" <ana@example.com>',
        "<ana@example.com>",
        "mailto:ana@example.com",
        "ana@example.com;",
        "ana@example.com ,",
        "ana@example.com；",
        "Löwe, Ana <ana@example.com>; ",
        "ana@ex\u00adample.com",
        "a\u2060na@example.com",
    ],
)
def test_an_address_is_taken_without_what_came_along(typed):
    assert email_address(typed) == "ana@example.com"
    assert email_key(typed) == "ana@example.com"


@for_each(
    ("one", "other", "same"),
    [
        ("Ana@Example.COM", "ana@example.com", True),
        ("ame\u0301lie@example.com", "AMÉLIE@example.com", True),
        ("ana@bücher.example", "ana@xn--bcher-kva.example", True),
        ("ana@BÜCHER.example", "ana@bücher.example", True),
        ("faß@example.com", "fass@example.com", False),
        ("ana@faß.example", "ana@fass.example", False),
        ("νίκος@example.com", "νίκοσ@example.com", False),
    ],
)
def test_mailboxes_are_one_by_case_alone_and_domains_by_idna(one, other, same):
    assert (email_key(one) == email_key(other)) is same
    assert email_key(email_key(one)) == email_key(one)


def test_an_address_that_is_too_long_says_how_long_it_may_be_and_is():
    with pytest.raises(Invalid, match=r"at most 254 characters\. This one has 312\."):
        email_address(f"{'a' * 300}@example.com")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.text("a@.;, <>", max_size=20))
def test_a_key_is_its_own_key(typed):
    assert email_key(email_key(typed)) == email_key(typed)


def test_anything_typed_has_a_key():
    assert email_key(" Nobody ") == "nobody"
    assert email_key("a@..\u00fc") == "a@..ü"


@for_each(
    ("typed", "meant"),
    [
        ("123 456", "123456"),
        ("\u00a0123\u202f456\u200b", "123456"),
        ("１２３４５６", "123456"),
        ("١٢٣٤٥٦", "123456"),
        ("१२३-४५६", "123456"),
        ("abcd–efgh", "abcdefgh"),
    ],
)
def test_codes_have_no_spaces_and_the_digits_0_to_9(typed, meant):
    assert typed_code(typed) == meant


def test_phone_numbers_have_the_signs_of_a_keyboard():
    assert typed_phone("＋49\u201130\u2013١٢٣") == "+49-30-123"


def test_a_password_has_one_form_in_which_nothing_is_lost():
    assert typed_password("Ame\u0301lie\u00a0sings\u3000") == "Amélie sings "
    assert typed_password("ｆｕｌｌ ＷＩＤＴＨ") == "ｆｕｌｌ ＷＩＤＴＨ"


def test_a_web_address_is_taken_without_what_came_along():
    assert typed_url("\u200b https://app.example/callback\u00a0") == "https://app.example/callback"
