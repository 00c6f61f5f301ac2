"""Tables as CSV files, in which no spreadsheet takes what somebody typed for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from flask import Response

from models.text import guarded

# Without this mark Excel takes UTF-8 for something else.
BYTE_ORDER_MARK = "\ufeff"

Cell = str | float | None


def csv_file(name: str, rows: Iterable[Iterable[Cell]]) -> Response:
    """These rows as a file to be saved under this name."""
    answer = Response("".join(as_csv(rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def as_csv(rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """A table as a file, line by line: with every cell in quotes, whatever a spreadsheet takes for the end of one."""
    yield BYTE_ORDER_MARK
    for row in rows:
        written = io.StringIO()
        csv.writer(written, quoting=csv.QUOTE_ALL).writerow(map(text_of, row))
        yield written.getvalue()


def text_of(cell: Cell) -> str:
    """A cell as it is written: nothing for none, a number as short as it can be, and no formula."""
    if isinstance(cell, str):
        return guarded(cell)
    return "" if cell is None else f"{cell:g}"
