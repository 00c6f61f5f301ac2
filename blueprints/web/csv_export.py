"""CSV files in which no spreadsheet takes typed text for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from flask import Response

# Spreadsheets take a cell that begins like this for a formula (CWE-1236), some also in full-width forms.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
# Without a byte order mark Excel misreads UTF-8.
BYTE_ORDER_MARK = "\ufeff"

Cell = str | float | None


def csv_file(name: str, rows: Iterable[Iterable[Cell]]) -> Response:
    """These rows as a file to download under this name."""
    answer = Response(BYTE_ORDER_MARK + "".join(as_csv(rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def as_csv(rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """The lines of a table. An empty cell stays empty; a number is written as short as possible."""
    for row in rows:
        written = io.StringIO()
        csv.writer(written).writerow(harmless(cell) for cell in row)
        yield written.getvalue()


def harmless(cell: Cell) -> str:
    """A cell that no spreadsheet executes."""
    if not isinstance(cell, str):
        return "" if cell is None else f"{cell:g}"
    return f"'{cell}" if cell.startswith(FORMULA) else cell
