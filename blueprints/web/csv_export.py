"""CSV files in which no spreadsheet takes typed text for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from flask import Response

from models.text import guarded

# Without a byte order mark Excel misreads UTF-8.
BYTE_ORDER_MARK = "\ufeff"

Cell = str | float | None


def csv_file(name: str, rows: Iterable[Iterable[Cell]]) -> Response:
    """These rows as a file to download under this name."""
    answer = Response("".join(as_csv(rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def as_csv(rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """The lines of a table, with every cell in quotes, so that no separator inside a cell ends it."""
    yield BYTE_ORDER_MARK
    for row in rows:
        written = io.StringIO()
        csv.writer(written, quoting=csv.QUOTE_ALL).writerow(map(text_of, row))
        yield written.getvalue()


def text_of(cell: Cell) -> str:
    """The text of a cell: empty for none, a number as short as possible, and never a formula."""
    if isinstance(cell, str):
        return guarded(cell)
    return "" if cell is None else f"{cell:g}"
