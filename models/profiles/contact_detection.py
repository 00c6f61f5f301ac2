"""Text that looks like an e-mail address or a phone number, in any spelling."""

from __future__ import annotations

import re
import unicodedata

ADDRESS = re.compile(r"\S@\S|\S\s*@\s*\S+\.\w")
UUID = r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
HEXADECIMAL = r"\b(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{16,}\b"
# Ids in which runs of digits have no meaning.
MACHINE = re.compile(f"{UUID}|{HEXADECIMAL}")
# Digits, alone or in groups with any separators, including the long vowel sign that is used as a dash in Japan.
DIGITS = re.compile(r"(?P<sign>[+(]\s*)?(?P<groups>\d+(?:(?:[\W_]x?|x[\W_]|ー){1,4}\d+)*)")
# A date, with or without a time; or a year with a serial number (2026-00123), since no phone number there starts with 0.
DAY, MONTH, YEAR = "(?:0[1-9]|[12][0-9]|3[01])", "(?:0[1-9]|1[0-2])", "(?:19|20)[0-9][0-9]"
DATED = re.compile(
    rf"(?:{YEAR}([-./]){MONTH}\1{DAY}|{DAY}([-./]){MONTH}\2{YEAR})(?: [0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}})?)?"
    rf"|{YEAR}[-/]0[0-9]{{1,5}}"
)
# As dialled at home, or abroad; more zeros mean a serial number.
DIALLED = re.compile("0[1-9][0-9]{5,}|00[1-9][0-9]{7,}")
LEAST_DIGITS = 7


def looks_like_contact(text: str) -> bool:
    """Whether this contains an e-mail address, or what looks like a phone number."""
    same = "".join(str(unicodedata.decimal(c, c)) for c in unicodedata.normalize("NFKC", text).casefold())
    return bool(ADDRESS.search(same)) or any(map(is_number, DIGITS.finditer(MACHINE.sub("n", same))))


def is_number(found: re.Match[str]) -> bool:
    """Whether there are enough digits, and they start with a + or ( or like a dialled number, or are in groups without being a date."""
    digits = "".join(filter(str.isdecimal, found["groups"]))
    if len(digits) < LEAST_DIGITS or found["sign"]:
        return len(digits) >= LEAST_DIGITS
    if digits == found["groups"]:
        return DIALLED.fullmatch(digits) is not None
    return DATED.fullmatch(found["groups"]) is None
