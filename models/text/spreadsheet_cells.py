"""Cells of CSV files: written so that no spreadsheet carries them out, and read back as they were."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What begins like this is a formula to a spreadsheet (CWE-1236), in full-width forms to some.
FORMULA = "=+\\-@＝＋－＠"
# Also after what some spreadsheet takes for the end of a cell; and behind apostrophes, so that none is lost on the way back.
BEGINS_ONE = re.compile(rf"(^|[;,\t\r\n|])(?=[' ]*[{FORMULA}\t\r])")
APOSTROPHE = re.compile(rf"(^|[;,\t\r\n|])'(?=[' ]*[{FORMULA}\t\r])")
# A sum at worst, which reaches for nothing: so a phone number stays as it is.
PHONE = re.compile(r"[+＋][0-9 ()./\-]{5,}")
# One of several values in a cell, and the semicolon after it.
LISTED = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*|([^;]*))(?:;|\Z)')


def guarded(cell: str) -> str:
    """A cell in which nothing begins a formula: an apostrophe stands before what would."""
    return cell if PHONE.fullmatch(cell) else BEGINS_ONE.sub(r"\1'", cell)


def unguarded(cell: str) -> str:
    """The cell as it was before it was guarded."""
    return APOSTROPHE.sub(r"\1", cell)


def list_cell(values: Iterable[str]) -> str:
    """Several values in one cell, with semicolons between them. One that has a semicolon itself is in quotation marks."""
    return "; ".join(quoted(value) if ";" in value or value.startswith('"') else value for value in values)


def quoted(value: str) -> str:
    return '"{}"'.format(value.replace('"', '""'))


def listed_in(cell: str) -> list[str]:
    """The values in a cell, as `list_cell` and people write them."""
    return [value for inside, bare in LISTED.findall(cell) if (value := inside.replace('""', '"') or bare.strip())]
