"""What a password must be: long, not common and not about the person (NIST SP 800-63B-4). There are no composition rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from string import digits

from flask_babel import gettext as _

from models.errors import Invalid
from models.text import too_long, typed_password, word_parts, words

SHORTEST = 15
SHORTEST_OF_TWO = 8
"""The minimum if a second factor is required as well."""
LONGEST = 256
# Words of this product, and the first words in every list of leaked passwords. A password that consists only of these
# is guessed early, however long it is.
FIRST_TRIED = frozenset(
    words(
        """profile password passphrase passwort motdepasse contrasena welcome willkommen admin administrator letmein login master
    qwerty qwertz azerty asdf zxcv iloveyou sunshine princess football baseball monkey dragon shadow superman batman
    trustno1 changeme secret default temporary internet computer 1234 12345 123456 123456789"""
    )
)
# p@ssw0rd says password; a 1 may stand for an i or an l.
LETTERS_FOR_DIGITS = (str.maketrans("0134579@$!", "oieastqasi"), str.maketrans("0134579@$!|", "oleastgasll"))
COMMON = Path(__file__).parent / "common_passwords.txt"
COMMON_SHORT = Path(__file__).parent / "common_short_passwords.txt"


def check_password(password: str, about: Iterable[str] = (), field: str = "password", shortest: int = SHORTEST) -> None:
    """Raise `Invalid` unless this password may be used by the person whom `about` describes."""
    password = typed_password(password)
    if len(password) < shortest:
        raise Invalid(
            field,
            _("Use at least %(number)s characters. A few unrelated words are easy to remember.", number=shortest),
        )
    if len(password) > LONGEST:
        raise Invalid(field, too_long(_("A password"), password, LONGEST))
    if "\x00" in password or any("\ud800" <= c <= "\udfff" for c in password):
        raise Invalid(field, _("This password contains a character that cannot be typed again. Choose another."))
    if guessable(password, about):
        raise Invalid(
            field,
            _("This password is too easy to guess. It repeats itself, is common, or is about you or this product."),
        )


def guessable(password: str, about: Iterable[str]) -> bool:
    """Whether little is left of the password without its common, repeated and personal parts."""
    common = common_passwords() if len(password) >= SHORTEST else common_short_passwords()
    if any(form in common for form in forms(password)):
        return True
    left = "".join(words(password))
    if len(left) < len(password) / 2:
        # Mostly signs and emoji: they count as much as letters.
        left = "".join(password.casefold().split())
    known = {*(part for text in about for parts in word_parts(text) for part in parts), *FIRST_TRIED}
    # The longest first, so that "password" is removed from "passwordpassword" before "word".
    for word in sorted(known, key=len, reverse=True):
        if len(word) > 3:
            left = left.replace(word, "")
    return len(set(left)) < 5 or len(left) < 6 or is_run(left)


def forms(password: str) -> Iterator[str]:
    """A password as the list spells it: without case, outer punctuation and digits, and with digits read as letters."""
    for table in (None, *LETTERS_FOR_DIGITS):
        text = password.casefold().translate(table) if table else password.casefold()
        bare = "".join(words(text))
        yield bare
        yield bare.strip(digits)


def is_run(text: str) -> bool:
    """Whether the text repeats one short piece, or has characters in sequence such as abcdef or 123456."""
    repeats = any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))
    steps = {ord(b) - ord(a) for a, b in pairwise(text)}
    return repeats or steps <= {1} or steps <= {-1}


@cache
def common_passwords() -> frozenset[str]:
    """The passwords that attackers try first; only those long enough, since shorter ones are refused anyway."""
    return listed_in(COMMON)


@cache
def common_short_passwords() -> frozenset[str]:
    """The same for short passwords, and the words that they consist of apart from digits."""
    return listed_in(COMMON_SHORT)


def listed_in(file: Path) -> frozenset[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
