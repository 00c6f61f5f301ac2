"""What no schema can check about an instrument: that its parts fit together and can be scored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from models.instruments.registry import BUNDLED, bundled_data
from models.instruments.scales import DISC_SCALES, FOCUS_DOMAINS
from models.instruments.validation.fault import Fault, listed, path_to
from models.text import invisible, key

Data = dict[str, Any]
Placed = Iterator[tuple[str, str]]
"""A path with its text."""


def sense_faults(data: Data) -> Iterator[Fault]:
    """Where a file that matches the schema makes no sense."""
    yield from texts(data)
    yield from naming(data)
    yield from SENSE[data["assessment"]](data)


def texts(data: Any, *steps: str | int) -> Iterator[Fault]:
    """Text that nobody can read: blank, or with characters that are invisible or change the reading direction."""
    if isinstance(data, str):
        if invisible(data) or any("\ud800" <= c <= "\udfff" for c in data):
            yield Fault(path_to(*steps), "has invisible characters or line breaks; write it as plain text on one line")
        elif not data.strip() or data != data.strip():
            yield Fault(path_to(*steps), "begins or ends with a space" if data.strip() else "must not be blank")
    elif isinstance(data, dict | list):
        for step, inner in data.items() if isinstance(data, dict) else enumerate(data):
            yield from texts(inner, *steps, step)


def naming(data: Data) -> Iterator[Fault]:
    """Faults of the key: it must match the content, and must not be the name of a bundled instrument."""
    named = f"{data['assessment']}-{data['version']}"
    if data["key"] != named:
        yield Fault("$.key", f'must be "{named}", the assessment and the version')
    if data["version"] == "imported":
        yield Fault("$.version", '"imported" is reserved for results from a file; choose another')
    if data["version"].isdigit() and not is_bundled(data):
        yield Fault("$.version", "plain numbers are reserved for Profile's own instruments; use a name such as acme.1")


def is_bundled(data: Data) -> bool:
    return data["key"] in BUNDLED.values() and data == bundled_data(data["key"])


def disc_sense(data: Data) -> Iterator[Fault]:
    yield from repeated((path_to("blocks", place, "id"), block["id"]) for place, block in enumerate(data["blocks"]))
    yield from repeated(in_blocks(data, "id"))
    for place, block in enumerate(data["blocks"]):
        found = {statement["scale"] for statement in block["statements"]}
        if lacking := [scale for scale in DISC_SCALES if scale not in found]:
            yield Fault(
                path_to("blocks", place, "statements"),
                f"has no statement for {listed(lacking, 'and')}; a block has one for each of d, i, s, c",
            )
        yield from repeated(in_block(block, place, "text"))


def in_blocks(data: Data, name: str) -> Placed:
    for place, block in enumerate(data["blocks"]):
        yield from in_block(block, place, name)


def in_block(block: Data, place: int, name: str) -> Placed:
    for number, statement in enumerate(block["statements"]):
        yield path_to("blocks", place, "statements", number, name), statement[name]


def focus_sense(data: Data) -> Iterator[Fault]:
    yield from repeated((path_to("scale", place), label) for place, label in enumerate(data["scale"]))
    for name in ("id", "text"):
        yield from repeated((path_to("items", place, name), item[name]) for place, item in enumerate(data["items"]))
    keys: dict[str, list[str]] = defaultdict(list)
    for item in data["items"]:
        keys[item["facet"]].append(item["keyed"])
    for facet in (facet for facets in FOCUS_DOMAINS.values() for facet in facets):
        yield from keying(facet, keys[facet], balanced=data["keying"] == "balanced")


def keying(facet: str, keys: list[str], *, balanced: bool) -> Iterator[Fault]:
    if len(keys) != 4:
        yield Fault("$.items", f"{facet} has {len(keys)} items; every facet has exactly 4")
    elif balanced and keys.count("+") != 2:
        yield Fault(
            "$.items",
            f"{facet} has {keys.count('+')} items keyed + and {keys.count('-')} keyed -; balanced keying has 2 and 2 "
            '(an instrument that was published otherwise says "keying": "free")',
        )


def core_sense(data: Data) -> Iterator[Fault]:
    values = data["values"]
    yield from repeated((path_to("values", place, "value"), each["value"]) for place, each in enumerate(values))
    yield from repeated(
        (path_to("values", place, "name"), each["name"]) for place, each in enumerate(values) if "name" in each
    )
    if len(values) < data["narrow_to"]:
        yield Fault("$.values", f"has {len(values)}, fewer than the {data['narrow_to']} of narrow_to")
    known = known_values() if data["language"].split("-")[0] == "en" else {}
    for place, each in enumerate(values):
        if each["value"] not in known and not {"name", "meaning"} <= set(each):
            yield Fault(path_to("values", place), f'"{each["value"]}" needs its own "name" and "meaning"')


def known_values() -> dict[str, Data]:
    """The values that need no name and meaning in an English file, since core-1 has them."""
    return {each["value"]: each for each in bundled_data(BUNDLED["core"])["values"]}


def repeated(placed: Placed) -> Iterator[Fault]:
    """What occurs twice, ignoring case."""
    first: dict[str, str] = {}
    for path, text in placed:
        if key(text) in first:
            yield Fault(path, f"is the same as {first[key(text)]}")
        first.setdefault(key(text), path)


SENSE: dict[str, Callable[[Data], Iterator[Fault]]] = {"disc": disc_sense, "focus": focus_sense, "core": core_sense}
