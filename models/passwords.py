"""What a password must be: long, not common, not about the person (NIST SP 800-63B-4). No rules of composition."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from models.errors import Invalid
from models.text import words

SHORTEST = 15
LONGEST = 256
COMMON = Path(__file__).parent / "common_passwords.txt"


def check_password(password: str, about: Iterable[str] = (), field: str = "password") -> None:
    """Raise `Invalid` unless this password may be used by the person whom `about` describes."""
    if len(password) < SHORTEST:
        raise Invalid(field, f"Use at least {SHORTEST} characters. A few unrelated words are easy to remember.")
    if len(password) > LONGEST:
        raise Invalid(field, f"Use at most {LONGEST} characters.")
    if "\x00" in password or any("\ud800" <= c <= "\udfff" for c in password):
        raise Invalid(field, "This password has a character that cannot be typed again. Choose another.")
    if guessable(password, about):
        raise Invalid(
            field, "This password is too easy to guess: it repeats itself, is common, or is about you or this product."
        )


def guessable(password: str, about: Iterable[str]) -> bool:
    """Whether little is left once what is common, repeated or known of the person is taken away."""
    bare = "".join(words(password))
    if len(set(bare)) < 5 or bare in common_passwords() or password.casefold() in common_passwords():
        return True
    for known in sorted(
        {*(w for text in about for w in words(text)), "profile", "password", "passphrase"}, key=len, reverse=True
    ):
        if len(known) > 3:
            bare = bare.replace(known, "")
    return len(bare) < 6 or is_run(bare)


def is_run(text: str) -> bool:
    """Whether the text is one short piece again and again, or characters in order such as abcdef or 123456."""
    repeats = any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))
    steps = {ord(b) - ord(a) for a, b in zip(text, text[1:], strict=False)}
    return repeats or steps <= {1} or steps <= {-1}


@cache
def common_passwords() -> frozenset[str]:
    """Passwords that are tried first by those who guess; long enough ones alone, since shorter are refused anyway."""
    return frozenset(COMMON.read_text(encoding="utf-8").split("\n"))
