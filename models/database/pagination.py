"""Pages of lists: by number, or from an id in both directions."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from models.database.base import db

COUNTED_AT_MOST = 10_000


@dataclass(frozen=True)
class Page:
    """A page of a list, the ids where its neighbours start, and the total number of rows (exact up to 10,000)."""

    rows: list[Any]
    next_cursor: str | None = None
    total: int = 0
    total_is_exact: bool = False
    older: uuid.UUID | None = None
    newer: uuid.UUID | None = None


def page_of(matching: Select[Any], limit: int, page: int, line: Callable[..., Any] | None = None) -> Page:
    """A page by number, for short lists with page numbers: whole objects, or a `line` from each row's columns."""
    part = matching.limit(limit).offset((page - 1) * limit)
    rows = [line(*row) for row in db.session.connection().execute(part)] if line else list(db.session.scalars(part))
    counted = select(func.count()).select_from(matching.order_by(None).limit(COUNTED_AT_MOST + 1).subquery())
    total = db.session.connection().execute(counted).scalar_one()
    return Page(rows, total=min(total, COUNTED_AT_MOST), total_is_exact=total <= COUNTED_AT_MOST)


def page_beside(
    matching: Select[Any],
    key: InstrumentedAttribute[uuid.UUID],
    before: uuid.UUID | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """The rows just older than `before` or just newer than `after`, or the newest; newest first."""
    if after:
        matching = matching.where(key > after)
    elif before:
        matching = matching.where(key < before)
    found = list(db.session.scalars(matching.order_by(key if after else key.desc()).limit(limit + 1)))
    more, rows = len(found) > limit, found[:limit][:: -1 if after else 1]
    ids = [row.id for row in rows] or [None]
    older, newer = (True, more) if after else (more, before is not None)
    return Page(rows, older=ids[-1] if older else None, newer=ids[0] if newer else None)
