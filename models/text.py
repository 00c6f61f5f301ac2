"""Cleaning typed text before it is stored, with one definition of equality, order and words on both databases."""

from __future__ import annotations

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from models.errors import Invalid

# Controls, bidirectional overrides and isolates, zero-width characters, and the tag block: they are invisible and can
# mislead.
INVISIBLE = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
CONTROLS_BUT_NEWLINES = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
)
WORD = re.compile(r"[^\W_]+")
HUMP = re.compile(r"(?<=[a-z])([A-Z])")


def plain(value: str) -> str:
    """One line of text without characters that are invisible or change the reading direction."""
    return " ".join(INVISIBLE.sub(" ", value).split())


def prose(value: str) -> str:
    """Text of several lines without control and direction characters; line breaks stay."""
    return CONTROLS_BUT_NEWLINES.sub("", value.replace("\r\n", "\n")).strip()


def line(field: str, value: str | None, longest: int, called: str, *, required: bool = False) -> str:
    """A field of one line, cleaned and with a maximum length; raises `Invalid` with a sentence that names the field."""
    text = plain(value or "")
    if required and not text:
        raise Invalid(field, f"{called} is required.")
    if len(text) > longest:
        raise Invalid(field, f"{called} can have at most {longest} characters.")
    return text


def key(value: str) -> str:
    """The form in which names are compared, regardless of case and of how accents are encoded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).casefold())


def words(value: str) -> list[str]:
    """The words of a text for search: casefolded, without marks, split at anything but letters and digits."""
    # Casefolding again: a compatibility decomposition can produce capitals, as that of the double-struck ℍ does.
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", value.casefold()).casefold())
    return WORD.findall("".join(c for c in bare if not unicodedata.combining(c)))


def spaced(name: str) -> str:
    """A camel-case name as words: `emotionalAwareness` → "Emotional awareness"."""
    return HUMP.sub(lambda hump: f" {hump[1].lower()}", name).capitalize()


def email_address(value: str | None, field: str = "email") -> str:
    """An e-mail address in its stored form; raises `Invalid`. It asks no DNS, and accepts reserved test domains."""
    text = (value or "").strip()
    if not text:
        raise Invalid(field, "Enter an e-mail address.")
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise Invalid(field, "Enter an e-mail address in the form name@example.com.") from None
    if len(found.normalized) > 254:
        raise Invalid(field, "An e-mail address can have at most 254 characters.")
    return found.normalized
