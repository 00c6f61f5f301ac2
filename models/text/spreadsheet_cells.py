"""Cells of CSV files: written so that no spreadsheet carries them out, and read back as they were."""

from __future__ import annotations

import re

# What begins like this is a formula to a spreadsheet (CWE-1236), in full-width forms to some.
FORMULA = "=+\\-@＝＋－＠"
# Also after what some spreadsheet takes for the end of a cell; and behind apostrophes, so that none is lost on the way back.
BEGINS_ONE = re.compile(rf"(^|[;,\t\r\n|])(?=[' ]*[{FORMULA}\t\r])")
APOSTROPHE = re.compile(rf"(^|[;,\t\r\n|])'(?=[' ]*[{FORMULA}\t\r])")
# A sum at worst, which reaches for nothing: so a phone number stays as it is.
PHONE = re.compile(r"[+＋][0-9 ()./\-]{5,}")


def guarded(cell: str) -> str:
    """A cell in which nothing begins a formula: an apostrophe stands before what would."""
    return cell if PHONE.fullmatch(cell) else BEGINS_ONE.sub(r"\1'", cell)


def unguarded(cell: str) -> str:
    """The cell as it was before it was guarded."""
    return APOSTROPHE.sub(r"\1", cell)
