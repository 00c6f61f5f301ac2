"""A file of people, CSV or JSON, as rows with their line numbers."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from models.profiles.importing.headings import MEANT, columns_meant, delimited
from models.text import unguarded

MOST_BYTES = 50_000_000
QUOTES = lazy_gettext(
    "A quotation mark here is never closed, or text follows the closing one. Write a quotation mark inside a cell twice."
)
TOO_LONG = lazy_gettext("A cell here is too long, or a quotation mark before it is never closed.")
TOO_MANY = lazy_gettext(
    "This line has more cells (%(cells)s) than the first line has columns (%(columns)s). "
    "If a cell has a separator in its text, put the cell in quotation marks."
)
BLANK = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one line of a file, in a sentence."""

    line: int
    reason: str


class Faulty(Exception):
    """A file that cannot be imported, with all of its faults."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


@dataclass(frozen=True)
class Row:
    """What a file says about one person, by column, unchecked; without empty cells."""

    line: int
    values: dict[str, Any]


def foreign(rows: Iterable[Row], ours: Collection[str]) -> list[str]:
    """The columns that say something and are none of ours."""
    return sorted({column for row in rows for column in row.values} - {*ours, ""})


def read_rows(data: bytes, kind: str) -> list[Row]:
    """The rows of a file of this kind, `csv` or `json`; raises `Faulty`."""
    if len(data) > MOST_BYTES:
        raise Faulty(Fault(1, f"The file is larger than {MOST_BYTES // 1_000_000} MB. Split it."))
    rows = READERS[kind](decoded(data))
    if not rows:
        raise Faulty(Fault(1, "The file has no people in it."))
    return rows


def decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Faulty(Fault(line, "The file is not UTF-8. Save it as UTF-8 and try again.")) from None


def csv_rows(text: str, ours: Collection[str] = MEANT.values()) -> list[Row]:
    """The first line names the columns, `ours` and others, in words of several languages; blank lines are passed over."""
    text, delimiter = delimited(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] = []
    rows, begin = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if columns:
                    rows.append(Row(begin, values_of(columns, cells)))
                else:
                    columns = header(cells, ours)
            begin = reader.line_num + 1
    except csv.Error as error:
        raise Faulty(Fault(begin, str(TOO_LONG if "limit" in str(error) else QUOTES))) from None
    return rows


def header(headings: list[str], ours: Collection[str]) -> list[str]:
    columns = columns_meant(without_blank_end(headings), ours)
    if "email" not in columns:
        raise Faulty(Fault(1, _("The first line must name the columns, separated by commas; email is missing.")))
    if twice := sorted({column for column in ours if columns.count(column) > 1}):
        raise Faulty(Fault(1, _("The first line names %(columns)s twice.", columns=", ".join(twice))))
    return columns


def values_of(columns: list[str], cells: list[str]) -> dict[str, Any]:
    # Spreadsheets leave empty cells at the end of a line out, and write some after the last column.
    cells = without_blank_end(cells)
    if len(cells) > len(columns):
        # Reported as a separate cell, so that the other faults of the file are found as well.
        return {"": str(TOO_MANY) % {"cells": len(cells), "columns": len(columns)}}
    return {column: unguarded(cell.strip()) for column, cell in zip(columns, cells, strict=False) if cell.strip()}


def without_blank_end(cells: list[str]) -> list[str]:
    used = [position for position, cell in enumerate(cells) if cell.strip()]
    return cells[: used[-1] + 1] if used else []


def json_rows(text: str) -> list[Row]:
    """A list of objects, or an object with a list `profiles`."""
    try:
        whole = json.loads(text, parse_constant=refuse_constant)
    except json.JSONDecodeError as error:
        raise Faulty(Fault(error.lineno, f"This is not JSON: {error.msg}.")) from None
    except (ValueError, RecursionError):
        raise Faulty(Fault(1, "This JSON has a number or a depth that no file of people needs.")) from None
    listed = whole.get("profiles") if isinstance(whole, dict) else whole
    if not isinstance(listed, list):
        raise Faulty(Fault(1, "The file must be a list of objects, or an object whose “profiles” is such a list."))
    lines = EntryLines(text).all() if listed else []
    if faults := [
        Fault(line, "Every entry of the list must be an object.")
        for line, entry in zip(lines, listed, strict=True)
        if not isinstance(entry, dict)
    ]:
        raise Faulty(*faults)
    return [
        Row(line, {column: value for column, value in entry.items() if value not in (None, "")})
        for line, entry in zip(lines, listed, strict=True)
    ]


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


class EntryLines:
    """Finds the line on which each entry of a valid file begins, since the decoder returns values without their positions."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.counted, self.line = 0, 1
        self.decoder = json.JSONDecoder()

    def all(self) -> list[int]:
        if self.take() == "{":
            self.enter_profiles()
        lines = []
        while True:
            lines.append(self.line_here())
            self.skip_value()
            if self.take() == "]":
                return lines

    def enter_profiles(self) -> None:
        # Of two equal keys the decoder uses the last; so do we.
        found = 0
        while True:
            name = self.skip_value()
            self.take()
            self.ahead()
            found = self.at if name == "profiles" else found
            self.skip_value()
            if self.take() == "}":
                self.at = found + 1
                return

    def line_here(self) -> int:
        self.ahead()
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def ahead(self) -> None:
        blank = BLANK.match(self.text, self.at)
        self.at = blank.end() if blank else self.at

    def take(self) -> str:
        self.ahead()
        self.at += 1
        return self.text[self.at - 1]

    def skip_value(self) -> Any:
        self.ahead()
        value, self.at = self.decoder.raw_decode(self.text, self.at)
        return value


READERS: dict[str, Callable[[str], list[Row]]] = {"csv": csv_rows, "json": json_rows}
