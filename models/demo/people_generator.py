"""Invented people with a name, an address and perhaps a phone number, the same at every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

from models.demo.name_lists import CULTURES, PHONES
from models.text import words

# Letters without a decomposition into a plain letter and a mark.
PLAIN = str.maketrans({"ø": "o", "æ": "ae", "ł": "l", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "œ": "oe"})
WEIGHTS = [culture.weight for culture in CULTURES]


@dataclass(frozen=True)
class Person:
    """An invented person at example.com, with a phone number reserved for fiction."""

    number: int
    first_name: str
    last_name: str
    email: str
    phone: str


def invented_people(seed: str, between: str = ".") -> Iterator[Person]:
    """Invented people without end; the first n are the same for every n. `between` separates the names in an address."""
    used: Counter[str] = Counter()
    for number in count():
        chance = Random(f"{seed} {number}")  # noqa: S311 (a play, not a secret)
        culture = chance.choices(CULTURES, WEIGHTS)[0]
        first, first_latin = spelled(chance.choice(culture.given))
        last, last_latin = spelled(chance.choice(culture.family))
        mailbox = f"{first_latin}{between}{last_latin}"
        used[mailbox] += 1
        suffix = str(used[mailbox]) if used[mailbox] > 1 else ""
        phone = phone_number(chance, culture.phone) if chance.random() < 0.8 else ""
        yield Person(number, first, last, f"{mailbox}{suffix}@example.com", phone)


def spelled(name: str) -> tuple[str, str]:
    """A name as it is written, and as it is spelled in an address."""
    written, _, latin = name.partition(":")
    return written, latin or in_latin(written)


def in_latin(name: str) -> str:
    return "".join(words(name.casefold().translate(PLAIN))).encode("ascii", "ignore").decode()


def phone_number(chance: Random, place: str) -> str:
    pattern = chance.choice(PHONES[place])
    digits = int(pattern.partition("{:0")[2][0])
    return pattern.format(*(chance.randrange(10**digits) for _ in range(pattern.count("{"))))
