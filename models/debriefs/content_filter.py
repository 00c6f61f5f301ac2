"""What no debrief may contain, from any author: names, contact details, links, markup and clinical words."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from models.debriefs.text import core_values, disc, focus
from models.instruments import DISC_SCALES, FOCUS_DOMAINS

GIVEN_NAMES = frozenset(Path(__file__).with_name("given_names.txt").read_text(encoding="utf-8").split())
"""Given names that language models like to invent. None of them is a word that a debrief could use."""


class Unwanted(Exception):
    """The text contains something forbidden; the message says what kind of thing, without quoting it."""


PATTERNS = {
    "an address": re.compile(
        r"@|\b[\w-]{2,}\.[a-z]{2,}|//|\bwww\b|\bhttps?\b|\bmailto\b|\bjavascript\b", re.IGNORECASE
    ),
    "markup": re.compile(r"[<>{}\[\]`|\\^~]|&#?\w+;|\*\*|__|^\s*#"),
    "a long number": re.compile(r"\d(?:[\s().-]?\d){4,}"),
    "a word of the clinic": re.compile(
        r"\b(diagnos\w*|disorder\w*|syndrome\w*|symptom\w*|neuro\w*|patholog\w*|psych(?:iatr|opath|ot|oth)\w*|therap\w*|autis\w*|adhd"
        r"|bipolar|narciss\w*|depress(?:ion|ive)|iq)\b",
        re.IGNORECASE,
    ),
    "a gender": re.compile(r"\b(he|she|him|his|hers?|himself|herself)\b", re.IGNORECASE),
}
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# A capital after these begins a sentence or a quotation.
BEGINS = re.compile(r"(?:^|[.!?:…][\"'”’)]*\s+|[\"“‘(]|\s[–—-]\s)$")
DAYS = {"Monday", "Mondays", "Tuesday", "Wednesday", "Thursday", "Friday", "Fridays"}
CAPITALS = {"I", "DISC", "Focus", "Core", "Values", "English"} | DAYS
STYLE = re.compile(r"[DISC]{1,4}")


def check_headline(headline: str, names: tuple[str, ...]) -> str:
    """The headline in sentence case; raises `Unwanted`."""
    check_patterns(headline)
    words = WORD.findall(headline)
    if {word.casefold() for word in words} & ({name.casefold() for name in GIVEN_NAMES} | own_words(names)):
        raise Unwanted("a name")
    # Many models write headlines With A Capital At Every Word.
    phrase = WORD.sub(lambda found: found[0] if found[0] in CAPITALS else found[0].lower(), headline)
    return phrase[:1].upper() + phrase[1:]


def check_prose(text: str, names: tuple[str, ...]) -> None:
    """Raise `Unwanted` if these sentences contain something forbidden."""
    check_patterns(text)
    own = own_words(names)
    for found in WORD.finditer(text):
        word, begins = found[0], bool(BEGINS.search(text[: found.start()]))
        if not word[0].isupper() or (begins and word.casefold() in ordinary_words()):
            continue
        is_name = word in GIVEN_NAMES or word.removesuffix("’s").removesuffix("'s").casefold() in own
        if is_name or not (begins or is_known(word)):
            raise Unwanted("a name")


def check_patterns(text: str) -> None:
    # Look-alikes, such as full-width letters, become the characters that they look like.
    shown = unicodedata.normalize("NFKC", text)
    for kind, pattern in PATTERNS.items():
        if pattern.search(shown):
            raise Unwanted(kind)
    if any(letter.isalpha() and not unicodedata.name(letter, "").startswith("LATIN") for letter in shown):
        raise Unwanted("another script")


def is_known(word: str) -> bool:
    """Whether a capitalised word inside a sentence is not a name."""
    stem = word.split("'")[0].split("’")[0]
    return bool(STYLE.fullmatch(word)) or stem in CAPITALS or stem.lower() in scale_words()


def own_words(names: tuple[str, ...]) -> set[str]:
    """The words of the person's own names, except ordinary ones."""
    words = {word.casefold() for name in names for word in WORD.findall(name) if len(word) > 2}
    return words - ordinary_words()


@cache
def scale_words() -> frozenset[str]:
    names = [*DISC_SCALES.values(), *FOCUS_DOMAINS, *(facet for facets in FOCUS_DOMAINS.values() for facet in facets)]
    spaced = " ".join(re.sub(r"(?=[A-Z])", " ", name) for name in [*names, *core_values.MEANING])
    return frozenset(word.lower() for word in spaced.split())


@cache
def ordinary_words() -> frozenset[str]:
    """Words that this server itself writes: somebody may be called Will, and yet a sentence begins with it."""
    said = [module.__dict__ for module in (core_values, disc, focus)]
    strings = " ".join(repr(value) for names in said for name, value in names.items() if name.isupper())
    return frozenset(word.casefold() for word in WORD.findall(strings)) | {
        "will",
        "may",
        "mark",
        "hope",
        "grace",
        "faith",
    }
