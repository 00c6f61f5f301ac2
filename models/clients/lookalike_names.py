"""Trusted names, and names that only look like them. An app can call itself anything; this says how far to trust its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

# Programs that people expect on a consent page, and the domains of their makers: an app from there may use the name.
ANTHROPIC = ("anthropic.com", "claude.ai", "claude.com")
OPENAI = ("chatgpt.com", "openai.com")
MICROSOFT = ("azure.com", "microsoft.com", "microsoftonline.com", "office.com", "visualstudio.com", "vscode.dev")
GITHUB = ("github.com", "github.dev")
KNOWN: dict[str, tuple[str, ...]] = {
    "Anthropic": ANTHROPIC,
    "ChatGPT": OPENAI,
    "Claude": ANTHROPIC,
    "Codex": OPENAI,
    "Copilot": (*MICROSOFT, *GITHUB),
    "Cursor": ("cursor.com", "cursor.sh"),
    "Gemini": ("google.com",),
    "GitHub": GITHUB,
    "Google": ("google.com",),
    "Grok": ("grok.com", "x.ai"),
    "Microsoft": MICROSOFT,
    "Mistral": ("mistral.ai",),
    "OpenAI": OPENAI,
    "Perplexity": ("perplexity.ai",),
    "Visual Studio Code": MICROSOFT,
    "VS Code": MICROSOFT,
    "Windsurf": ("codeium.com", "windsurf.com"),
}
# Our own name and words that claim authority: no domain has a right to them.
OURS = ("Profile",)
CLAIMS = ("Official", "Verified", "Support", "Security", "Administrator")
# Letters that look the same at a glance, besides those that Unicode lists as confusable.
ALIKE = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "3": "e", "4": "a", "5": "s", "8": "b", "@": "a", "$": "s"}
)

# "ł" and similar letters have no decomposition, so normalization does not change them.
WITH_STROKE = re.compile(r"LATIN (?:SMALL|CAPITAL) LETTER ([A-Z]) WITH ")


@dataclass(frozen=True)
class Likeness:
    """A trusted name that another name is, or looks like."""

    name: str
    exact: bool
    """Whether it is spelled exactly; otherwise it only looks the same."""


def likeness_of(name: str, hosts: Collection[str] = ()) -> Likeness | None:
    """The trusted name in an app's name, exact or look-alike; None if there is none, or if all these proven hosts belong to it."""
    plain, looks = squeezed(name), skeleton(name)
    for known in (*KNOWN, *OURS, *CLAIMS):
        if skeleton(known) in looks and not (hosts and all(belongs_to(host, known) for host in hosts)):
            return Likeness(known, exact=squeezed(known) in plain)
    return None


def belongs_to(host: str, known: str) -> bool:
    """Whether a host is of the maker of a known program."""
    return any(host == domain or host.endswith(f".{domain}") for domain in KNOWN.get(known, ()))


def squeezed(name: str) -> str:
    """A name without case, spaces and punctuation."""
    return "".join(c for c in name.casefold() if c.isalnum() or c in "|@$")


def skeleton(name: str) -> str:
    """What a name looks like: letters of other scripts, marks, digits and doubles as the Latin letters they resemble."""
    bare = unicodedata.normalize("NFKD", name)
    read = "".join(latin(c) for c in bare if not unicodedata.combining(c))
    return squeezed(read).translate(ALIKE).replace("rn", "m").replace("vv", "w")


@cache
def latin(character: str) -> str:
    """The Latin letter that a character looks like, or the character itself."""
    if character.isascii():
        return character
    if stroked := WITH_STROKE.match(unicodedata.name(character, "")):
        return stroked.group(1)
    # Loaded on first use: its tables take a while, and most names are plain.
    from confusable_homoglyphs import confusables

    found = confusables.is_confusable(character, greedy=True)
    lookalikes = [alike["c"] for alike in found[0]["homoglyphs"]] if found else []
    return next((c for c in lookalikes if c.isascii()), character)
