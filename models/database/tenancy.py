"""Which account is meant, in every layer: the session knows it, PostgreSQL is told it, and rows of another account are refused."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ForeignKey, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria

from models.database.base import db

# Accounts differ in size by a thousand times, so a plan made for all of them (PostgreSQL's generic plan) is wrong for most.
SET_ACCOUNT = text(
    "SELECT set_config('app.account_id', :account_id, true), set_config('plan_cache_mode', 'force_custom_plan', true)"
)


class AccountRow:
    """A row that belongs to one account. Found only while that account is meant; written only to it."""

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))


class WrongAccount(RuntimeError):
    """Code touched a row of an account that is not meant now. A fault of ours, never of the caller's."""


def enter_account(account_id: uuid.UUID | None) -> None:
    """From now on, in this session, this account is meant (None: no account)."""
    session = db.session()
    if session.info.get("account_id") == account_id:
        return
    session.info["account_id"] = account_id
    # What was loaded for another account must not be met again through the identity map, nor be read once more.
    for row in [row for row in session if isinstance(row, AccountRow) and row not in session.new]:
        session.expunge(row)
    if session.in_transaction():
        tell_database(session)


def current_account_id() -> uuid.UUID | None:
    """The account that is meant now."""
    return db.session().info.get("account_id")


@contextmanager
def in_account(account_id: uuid.UUID) -> Iterator[None]:
    """A stretch of work in one account, for commands and jobs that go from account to account."""
    before = current_account_id()
    enter_account(account_id)
    try:
        yield
        db.session.flush()
    except SQLAlchemyError:
        # PostgreSQL takes no further statement in a transaction that failed, not even to hear which account is meant.
        db.session.rollback()
        raise
    finally:
        enter_account(before)


def tell_database(session: Session) -> None:
    """Row-level security reads `app.account_id`; it is set for this transaction alone, so a pooled connection keeps nothing."""
    account_id = session.info.get("account_id")
    if session.get_bind().dialect.name == "postgresql":
        session.execute(SET_ACCOUNT, {"account_id": str(account_id or "")})


def watch(session_factory: Any) -> None:
    """Hold every session to the account that is meant."""

    @event.listens_for(session_factory, "after_begin")
    def on_begin(session: Session, _transaction: Any, connection: Any) -> None:
        account_id = session.info.get("account_id")
        if account_id is not None and connection.dialect.name == "postgresql":
            connection.execute(SET_ACCOUNT, {"account_id": str(account_id)})

    @event.listens_for(session_factory, "do_orm_execute")
    def only_this_account(state: ORMExecuteState) -> None:
        if state.is_column_load or state.is_relationship_load:
            return
        # Without an account the criterion is `account_id = NULL`: nothing is found.
        account_id = state.session.info.get("account_id")
        state.statement = state.statement.options(
            with_loader_criteria(AccountRow, lambda row: row.account_id == account_id, include_aliases=True)
        )

    @event.listens_for(session_factory, "before_flush")
    def only_into_this_account(session: Session, _context: Any, _instances: Any) -> None:
        account_id = session.info.get("account_id")
        for row in (*session.new, *session.dirty, *session.deleted):
            if isinstance(row, AccountRow) and row.account_id != account_id:
                raise WrongAccount(f"{type(row).__name__} of account {row.account_id} while {account_id} is meant")
