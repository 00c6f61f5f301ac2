"""The order of names: that of the Unicode Collation Algorithm, as a text that both databases sort by its code points.

A key has the primary weights alone, so Ärzte stand beside Arzt whatever their capitals and accents. Digits and the letters a to z
stand for themselves, which keeps the key of most names as short as the name.
"""

from __future__ import annotations

import re
from bisect import bisect
from functools import cache
from string import ascii_lowercase, digits
from typing import Any

from models.text.plain_text import key

ITSELF = re.compile(r"[A-Za-z0-9 ]*")
SIGN = "!"
"""Before the weight of a sign: after a space, before every digit."""
BETWEEN = "\ufffd"
"""After a letter, before the weight of one that stands between it and the next: above whatever else can follow that letter."""
BEYOND = 0x250
LONGEST = 160
"""Characters of a key, so that a cursor with it is not too long for an address."""
SURROGATES = 0xD800


def sort_key(text: str) -> str:
    """What a text is sorted by."""
    if ITSELF.fullmatch(text):
        return text.lower()[:LONGEST]
    weights = collator().sort_key(text)
    # Zero ends the primary weights; a text of nothing but marks has none.
    return ("".join(map(written, weights[: weights.index(0)])) or key(text))[:LONGEST]


@cache
def written(weight: int) -> str:
    """A weight as one to three characters that sort like it."""
    plain, (first, *_, last) = themselves(), sorted(themselves())[1:]
    if weight in plain:
        return plain[weight]
    if weight < first:
        return SIGN + chr(weight)
    if weight > last:
        place = weight - last - 1 + BEYOND
        return chr(place if place < SURROGATES else place + 0x800)
    below = sorted(plain)
    return plain[below[bisect(below, weight) - 1]] + BETWEEN + chr(weight)


@cache
def themselves() -> dict[int, str]:
    """The weights of the space, the digits and the letters a to z, in rising order."""
    return {collator().sort_key(c)[0]: c for c in " " + digits + ascii_lowercase}


@cache
def collator() -> Any:
    """Loaded with the first name that needs it: a third of a second, and 11 MB."""
    from pyuca.collator import Collator_10_0_0

    # This version by name: `Collator` is another in every version of Python, and the keys in the database are of one.
    return Collator_10_0_0()
