"""Reading an untrusted instrument file: every possible content has an error message."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from models.instruments.validation.fault import Fault, Faulty, printable

MOST_BYTES = 1_000_000
DEEPEST = 16


def read(content: bytes) -> Any:
    """The JSON in a file; raises `Faulty`."""
    if len(content) > MOST_BYTES:
        raise refusal(f"The file is larger than {MOST_BYTES // 1_000_000} MB, which is the maximum.")
    try:
        data = json.loads(
            decoded(content), object_pairs_hook=once_each, parse_float=no_fraction, parse_constant=no_number
        )
    except json.JSONDecodeError as error:
        raise refusal(f"The file is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise too_deep() from None
    except ValueError:
        # An integer of thousands of digits: Python refuses to read it.
        raise refusal("The file has a number that is too long.") from None
    if is_deeper(data, DEEPEST):
        raise too_deep()
    return data


def decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise refusal(f"The file is not UTF-8 (line {line}). Save it as UTF-8 and try again.") from None


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object without repeated names: JSON would keep one of them, and nobody knows which was meant."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise refusal(f"An object has {printable(name)} twice.")
        found[name] = value
    return found


def no_fraction(number: str) -> NoReturn:
    # JSON Schema treats 5.0 as an integer; later code would not.
    raise refusal(f"The file has the number {number[:40]}. All numbers of an instrument must be whole.")


def no_number(name: str) -> NoReturn:
    raise refusal(f"The file is not JSON: {name} is not a number in JSON.")


def is_deeper(data: Any, levels: int) -> bool:
    """Whether lists and objects are nested deeper than this; counted without recursion."""
    layer = [data]
    for _ in range(levels):
        layer = [inner for outer in layer for inner in inside(outer)]
    return bool(layer)


def inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def too_deep() -> Faulty:
    return refusal(f"Lists and objects are nested deeper than {DEEPEST} levels.")


def refusal(reason: str) -> Faulty:
    return Faulty(Fault("$", reason))
