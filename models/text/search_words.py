"""The words that people and entries are found by, made by one function for both databases and for what is searched for.

Only beginnings of words are looked up. So a word is written down from each place where somebody may begin to type: Jean-Pierre as
`jeanpierre` and `pierre`, 王小明 as `王小明`, `小明` and `明`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

import regex
from anyascii import anyascii

from models.text.plain_text import shown

LONGEST = 64
"""Characters of a word that count."""

# Inside a word these are typed or left out: apostrophes, hyphens, middle dots, and the joiner that splits no Persian word.
HYPHENS = r"'’ʼʻʹ′`\-‐‒–־·・‧\u200c"
CHUNK = regex.compile(rf"[\p{{L}}\p{{M}}\p{{N}}\u200d{HYPHENS}]+")
PIECE = regex.compile(rf"[[\p{{L}}\p{{M}}\p{{N}}\u200d]--[{HYPHENS}]]+", regex.V1)
# Where words have no spaces between them, one may begin at every border of UAX #29: at each ideograph, for one.
UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
BORDER = regex.compile(r"\b", regex.WORD | regex.V1)

# Marks that people leave out. Elsewhere a mark is a vowel or another letter, and stays.
MARKS = regex.compile(r"([\p{Latin}\p{Greek}\p{Cyrillic}\p{Hebrew}\p{Arabic}\p{Syriac}\p{Nd}])\p{M}+")
LATIN = regex.compile(r"[\p{Latin}--[a-z]]", regex.V1)
# A stretched letter, and letters that Arabic, Persian and Urdu keyboards each have their own of.
ARABIC = str.maketrans("ٱیىےکةہھ", "ايييكههه", "ـ")
ACUTE = str.maketrans("´", "'")


def words(text: str) -> list[str]:
    """The words of a text, as they are looked for."""
    return ["".join(parts)[:LONGEST] for parts in word_parts(text)]


def beginnings(text: str) -> list[str]:
    """What a text is found by: each of its words, from every place in it where one may begin."""
    return [run for parts in word_parts(text) for run in runs(parts)]


def joined_beginnings(*texts: str) -> list[str]:
    """The same of what is also typed as one word, such as `van der Berg`, or a family name and a given one."""
    return list(runs([part for text in texts for parts in word_parts(text) for part in parts]))


def runs(parts: list[str]) -> Iterator[str]:
    for start in range(len(parts)):
        yield "".join(parts[start:])[:LONGEST]


def word_parts(text: str) -> Iterable[list[str]]:
    for chunk in CHUNK.findall(folded(text)):
        if parts := [part for piece in PIECE.findall(chunk) for part in split(piece)]:
            yield parts


def split(piece: str) -> list[str]:
    if piece.isascii():
        return [piece]
    bare = piece.replace("\u200d", "")
    parts = BORDER.split(bare) if UNSPACED.search(bare) else [bare]
    return [part for part in parts if part]


def folded(text: str) -> str:
    """A text without regard to case, to how it is encoded, and to marks and letters that people type in another way."""
    if text.isascii():
        return text.lower()
    # Casefolding again: a compatibility decomposition can bring capitals back, as that of the double-struck ℍ does.
    apart = unicodedata.normalize("NFKD", shown(text).translate(ACUTE).casefold())
    apart = unicodedata.normalize("NFKD", apart.casefold()).translate(ARABIC)
    bare: str = MARKS.sub(r"\1", apart)
    if bare.isascii():
        return bare
    bare = LATIN.sub(lambda letter: anyascii(letter[0]).lower(), bare)
    return "".join(str(unicodedata.decimal(c, c)) for c in bare)
