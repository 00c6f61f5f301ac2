"""Which passwords may be used."""

from __future__ import annotations

import pytest

from models.accounts.password_rules import SHORTEST, check_password, common_passwords
from models.errors import Invalid
from tests.for_each import for_each

ALICE = ("alice.liddell@example.com", "Alice Liddell")


@pytest.mark.asvs("6.2.5", "6.2.9")
@for_each(
    "password",
    [
        "four sparrows under umbrellas",
        "tractor velvet onion 77",
        "ÄÖÜ über sieben Brücken mußt du",
        "机密的猫在月光下唱歌跳舞吃鱼喝茶",
        "🦊🌙🎻🧊🪁🦔🍄🧵🪐🦚🫐🧩🪴🦦🐚",
        "~{}|^_[]:;<>?-+=",
        "a1!" * 3 + "zebra crossing moonlight",
        "x" * 100 + "fourteen tin whistles",
    ],
)
def test_a_long_password_of_any_kind_may_be_used(password):
    check_password(password, about=ALICE)


@pytest.mark.asvs("6.2.4", "6.2.11")
@for_each(
    "password",
    [
        "To be or not to be, that is the question!",
        "T0 be or n0t t0 be",
        "Correct-Horse-Battery-Staple",
        "qwertyuiopasdfghjkl",
        "1qaz2wsx3edc4rfv",
        "p@ssw0rdp@ssw0rd",
        "P4SSW0RD p4ssw0rd 99",
        "welcome password admin 2026",
        "abcabcabcabcabcabc",
        "aaaaaaaaaaaaaaaaaaaa",
        "123456789012345678",
        "abcdefghijklmnopqrs",
        "I love you forever 2024",
        "      -      -      -",
        "alice.liddell@example.com",
        "Alice Liddell 1865",
        "AliceAliceLiddell12",
        "my profile password",
        "Je t'aime pour toujours",
        "wo ein Wille ist, ist auch ein Weg",
    ],
)
def test_a_long_password_that_is_guessed_early_may_not(password):
    with pytest.raises(Invalid, match="too easy to guess"):
        check_password(password, about=ALICE)


@pytest.mark.asvs("6.2.1")
@for_each(
    ("password", "sentence"),
    [
        ("tin whistle 12", "at least 15"),
        ("", "at least 15"),
        ("tin whistle " * 30, "at most 256"),
        ("tin whistle at dawn\x00", "cannot be typed"),
        ("tin whistle at dawn\ud800", "cannot be typed"),
    ],
)
def test_what_is_wrong_is_said(password, sentence):
    with pytest.raises(Invalid, match=sentence):
        check_password(password)


def test_the_list_is_written_as_passwords_are_compared():
    assert len(common_passwords()) > 5_000
    for line in common_passwords():
        assert len(line) > SHORTEST - 5  # spaces are left out
        assert line.isalnum()
        assert line == line.casefold()
