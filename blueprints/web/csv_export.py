"""Tables as CSV files, in which no spreadsheet takes what somebody typed for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from flask import Response

# A cell that begins like this is a formula to a spreadsheet (CWE-1236), in full-width forms to some.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
# Without this mark Excel takes UTF-8 for something else.
BYTE_ORDER_MARK = "\ufeff"

Cell = str | float | None


def csv_file(name: str, rows: Iterable[Iterable[Cell]]) -> Response:
    """These rows as a file to be saved under this name."""
    answer = Response(BYTE_ORDER_MARK + "".join(as_csv(rows)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def as_csv(rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """The lines of a table. An empty cell is left empty; a number is written as short as it can be."""
    for row in rows:
        written = io.StringIO()
        csv.writer(written).writerow(harmless(cell) for cell in row)
        yield written.getvalue()


def harmless(cell: Cell) -> str:
    """A cell that no spreadsheet carries out."""
    if not isinstance(cell, str):
        return "" if cell is None else f"{cell:g}"
    return f"'{cell}" if cell.startswith(FORMULA) else cell
