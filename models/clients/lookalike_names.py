"""Names that people trust, and names that only look like them. An app may call itself anything; this says what to think of it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

# Programs that people expect to meet on a consent page, and words that claim a standing.
KNOWN = (
    "Anthropic",
    "ChatGPT",
    "Claude",
    "Codex",
    "Copilot",
    "Cursor",
    "Gemini",
    "GitHub",
    "Google",
    "Grok",
    "Microsoft",
    "Mistral",
    "OpenAI",
    "Perplexity",
    "Visual Studio Code",
    "VS Code",
    "Windsurf",
)
OURS = ("Profile",)
CLAIMS = ("Official", "Verified", "Support", "Security", "Administrator")
# Read as the same letter at a glance, besides what Unicode lists as confusable.
ALIKE = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "3": "e", "4": "a", "5": "s", "8": "b", "@": "a", "$": "s"}
)

# "ł" and its like are letters of their own, which no normalization takes apart.
WITH_STROKE = re.compile(r"LATIN (?:SMALL|CAPITAL) LETTER ([A-Z]) WITH ")


@dataclass(frozen=True)
class Likeness:
    """A trusted name that another one is, or looks like."""

    name: str
    exact: bool
    """Whether it is written with the very letters; else it only looks so."""


def likeness_of(name: str) -> Likeness | None:
    """The trusted name that an app's name holds, to the letter or by its looks; None when there is none."""
    plain, looks = squeezed(name), skeleton(name)
    for known in (*KNOWN, *OURS, *CLAIMS):
        if skeleton(known) in looks:
            return Likeness(known, exact=squeezed(known) in plain)
    return None


def squeezed(name: str) -> str:
    """A name without case, spaces and punctuation."""
    return "".join(c for c in name.casefold() if c.isalnum() or c in "|@$")


def skeleton(name: str) -> str:
    """What a name looks like: letters of other scripts, marks, digits and doubles read as the Latin letters they resemble."""
    bare = unicodedata.normalize("NFKD", name)
    read = "".join(latin(c) for c in bare if not unicodedata.combining(c))
    return squeezed(read).translate(ALIKE).replace("rn", "m").replace("vv", "w")


@cache
def latin(character: str) -> str:
    """The Latin letter that a character is taken for, or the character itself."""
    if character.isascii():
        return character
    if stroked := WITH_STROKE.match(unicodedata.name(character, "")):
        return stroked.group(1)
    # Loaded when first needed: its tables take a while, and most names are plain.
    from confusable_homoglyphs import confusables

    found = confusables.is_confusable(character, greedy=True)
    lookalikes = [alike["c"] for alike in found[0]["homoglyphs"]] if found else []
    return next((c for c in lookalikes if c.isascii()), character)
