"""A person's name as it is read."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Protocol

import regex

from models.text.plain_text import key

EAST_ASIAN = regex.compile(r"[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}ー・]+")
KATAKANA = regex.compile(r"[\p{Katakana}ー・]+")


def full_name(first_name: str, last_name: str) -> str:
    """Both names in the order of their script; empty where neither is known."""
    if family_first(first_name, last_name):
        return f"{last_name}{first_name}"
    return f"{first_name} {last_name}".strip()


class Named(Protocol):
    """Somebody who is called by name, or by their address."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...


def told_apart(people: Iterable[Named]) -> dict[uuid.UUID, str]:
    """What each of these people is called where they stand together: with the address, where two have one name."""
    distinct = {person.id: person for person in people}.values()
    known = Counter(key(person.name) for person in distinct)
    return {
        person.id: f"{person.name} ({person.email})" if known[key(person.name)] > 1 else person.name
        for person in distinct
    }


def family_first(first_name: str, last_name: str) -> bool:
    """Whether a name is written family name first and without a space: in Chinese, Japanese and Korean.

    Names in katakana alone come from elsewhere, and keep the order that they have there.
    """
    if first_name.isascii() or last_name.isascii():
        return False
    names = first_name + last_name
    return bool(EAST_ASIAN.fullmatch(names)) and not KATAKANA.fullmatch(names)
