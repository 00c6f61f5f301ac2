"""The only parser of incoming JSON. Anything that one database refuses, or that breaks a simple handler, gets a 400 here."""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 32
LARGEST = 2**63 - 1


class BadJSON(ValueError):
    """A body that is not JSON, or JSON that no entry point accepts; the message says why."""


def parse_json(raw: bytes) -> Any:
    """JSON in UTF-8, at most 32 deep, without NaN, NUL, lone surrogates, duplicate keys or integers beyond 64 bits."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadJSON("The body is not UTF-8.") from None
    try:
        value = decoder.decode(text)
    except BadJSON:
        raise
    except RecursionError:
        raise BadJSON(f"The body is nested deeper than {DEEPEST} levels.") from None
    except ValueError:
        raise BadJSON("The body is not JSON.") from None
    check_depth(value, 1)
    # Only an escape can contain NUL or a surrogate: the decoder refuses both in the raw text.
    if "\\u" in text:
        check_text(value)
    return value


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJSON("The body has an object with the same key twice.")
    return found


def bounded_int(digits: str) -> int:
    if len(digits) > 20 or abs(number := int(digits)) > LARGEST:
        raise BadJSON("The body has an integer beyond 64 bits.")
    return number


def finite_float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise BadJSON("The body has a number that is too large.")
    return number


def no_constant(name: str) -> Any:
    raise BadJSON(f"The body has {name}, which is not JSON.")


decoder = json.JSONDecoder(
    object_pairs_hook=unique_keys, parse_int=bounded_int, parse_float=finite_float, parse_constant=no_constant
)


def check_depth(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise BadJSON(f"The body is nested deeper than {DEEPEST} levels.")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(inner, dict | list):
            check_depth(inner, depth + 1)


def check_text(value: Any) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise BadJSON("The body has a NUL character.")
        if any("\ud800" <= c <= "\udfff" for c in value):
            raise BadJSON("The body has half of a surrogate pair.")
    elif isinstance(value, dict):
        for name, inner in value.items():
            check_text(name)
            check_text(inner)
    elif isinstance(value, list):
        for inner in value:
            check_text(inner)
