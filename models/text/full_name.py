"""A person's name as it is read."""

from __future__ import annotations

import regex

EAST_ASIAN = regex.compile(r"[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}ー・]+")
KATAKANA = regex.compile(r"[\p{Katakana}ー・]+")


def full_name(first_name: str, last_name: str) -> str:
    """Both names in the order of their script; empty where neither is known."""
    if family_first(first_name, last_name):
        return f"{last_name}{first_name}"
    return f"{first_name} {last_name}".strip()


def family_first(first_name: str, last_name: str) -> bool:
    """Whether a name is written family name first and without a space: in Chinese, Japanese and Korean.

    Names in katakana alone come from elsewhere, and keep the order that they have there.
    """
    if first_name.isascii() or last_name.isascii():
        return False
    names = first_name + last_name
    return bool(EAST_ASIAN.fullmatch(names)) and not KATAKANA.fullmatch(names)
