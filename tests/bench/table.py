"""Figures as a table in plain text."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under titles: the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in [titles, *rows]) for column in range(len(titles))]
    lines = [laid_out(titles, widths), "  ".join("-" * width for width in widths)]
    return "\n".join([*lines, *(laid_out(row, widths) for row in rows)])


def laid_out(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        text.ljust(width) if n == 0 else text.rjust(width)
        for n, (text, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()


def spread(values: Sequence[float], digits: int = 0) -> str:
    """A median with the least and the most: `1,900 (1,850–1,960)`; one value alone."""
    if not values:
        return "—"
    middle, least, most = (f"{value:,.{digits}f}" for value in (median(values), min(values), max(values)))
    return middle if len(values) == 1 else f"{middle} ({least}–{most})"
