"""Text that is kept: on one line or several, in one Unicode form, without characters that show nothing."""

from __future__ import annotations

import re
import unicodedata

import regex

from models.errors import Invalid

# Controls, bidirectional overrides and isolates, zero-width characters, and the tag block: they are invisible and can
# mislead.
INVISIBLE = regex.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
CONTROLS_BUT_NEWLINES = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
)
# Scripts whose spelling needs U+200C or U+200D inside a word, and pictures that are made of several.
JOINING = "".join(
    rf"\p{{{script}}}"
    for script in """Arabic Syriac Nko Mongolian Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala
    Khmer Myanmar""".split()  # noqa: SIM905 (a list would be a line for each)
)
JOINER = regex.compile(
    rf"(?<=[[{JOINING}]&&[\p{{L}}\p{{M}}]])[\u200c\u200d](?=[[{JOINING}]&&\p{{L}}])"
    r"|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})",
    regex.V1,
)
HUMP = re.compile(r"(?<=[a-z])([A-Z])")


def plain(value: str) -> str:
    """One line of text without characters that are invisible or change the reading direction."""
    if value.isascii() and value.isprintable():
        return " ".join(value.split())
    joiners = {found.start() for found in JOINER.finditer(value)}
    shown = INVISIBLE.sub(lambda found: found[0] if found.start() in joiners else " ", value)
    return " ".join(unicodedata.normalize("NFC", shown).split())


def invisible(value: str) -> bool:
    """Whether a text has characters that show nothing, where its script has no need of them."""
    return len(INVISIBLE.findall(value)) > len(JOINER.findall(value))


def prose(value: str) -> str:
    """Text of several lines without control and direction characters; line breaks stay."""
    shown = CONTROLS_BUT_NEWLINES.sub("", value.replace("\r\n", "\n"))
    return unicodedata.normalize("NFC", shown).strip()


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


def spaced(name: str) -> str:
    """A camel-case name as words: `emotionalAwareness` → "Emotional awareness"."""
    return HUMP.sub(lambda hump: f" {hump[1].lower()}", name).capitalize()
