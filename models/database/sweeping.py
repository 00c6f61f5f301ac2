"""Deleting an account's rows that are over, as the worker does in all accounts again and again."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnExpressionArgument, delete, literal, select

from models.database.base import Base, db, rows_changed
from models.database.engine import only_reading, writing
from models.database.tenancy import in_account


def delete_in_account(account_id: uuid.UUID, model: type[Base], *over: ColumnExpressionArgument[bool]) -> int:
    """Delete these rows of an account in a transaction of its own; returns how many there were."""
    # Most accounts have none, and a read does not block writers.
    with only_reading(), in_account(account_id):
        db.session.rollback()
        found = db.session.scalar(select(literal(1)).select_from(model).where(*over).limit(1))
        db.session.rollback()
    if found is None:
        return 0
    with writing(), in_account(account_id):
        return rows_changed(delete(model).where(*over))
