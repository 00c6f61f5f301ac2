"""The current account in every layer: the request scope has it, PostgreSQL checks it, and rows of other accounts are refused."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ForeignKey, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria

from models.database.base import db
from models.database.call_connection import SET_ACCOUNT, call_connection
from models.request_scope import current_scope


class AccountRow:
    """A row that belongs to one account. It is found and written only while that account is current."""

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))


class WrongAccount(RuntimeError):
    """Code touched a row of an account that is not current. This is a bug, never the caller's mistake."""


class UnflushedChanges(RuntimeError):
    """Code left an account with unwritten changes, which would be lost. This is a bug, never the caller's mistake."""


def enter_account(account_id: uuid.UUID | None) -> None:
    """Make this account current (None: no account). Raises `UnflushedChanges` if changes of the former one are not written."""
    scope, held = current_scope(), call_connection()
    former = scope.account_id
    if former == account_id:
        return
    if held and not db.session.registry.has():
        scope.move_to(account_id)
        held.enter_account()
        return
    session = db.session()
    if left := next(unflushed(session), None):
        raise UnflushedChanges(f"{type(left).__name__} of account {former} was changed and not flushed")
    move(session, account_id)


@contextmanager
def in_account(account_id: uuid.UUID) -> Iterator[None]:
    """Work in one account. Changes are written at the beginning, for the former account, and at the end."""
    scope, session = current_scope(), db.session()
    former, actor = scope.account_id, scope.actor
    session.flush()
    enter_account(account_id)
    try:
        yield
        session.flush()
    except SQLAlchemyError:
        # After a failed statement, PostgreSQL accepts nothing more in the transaction, not even the current account.
        session.rollback()
        raise
    except BaseException:
        # Changes are not written after an error.
        for row in [*unflushed(session)]:
            session.expunge(row)
        raise
    finally:
        move(session, former)
        scope.authenticated_as(scope.actor.acting_for(actor.account_id))


def move(session: Session, account_id: uuid.UUID | None) -> None:
    """Set the current account in the scope, the session and the database."""
    scope = current_scope()
    former = scope.account_id
    if former == account_id:
        return
    scope.move_to(account_id)
    # Objects of another account must not come from the identity map, nor be loaded again.
    for row in [*others(session, former, account_id)]:
        session.expunge(row)
    if session.in_transaction():
        set_database_account(session)
    elif held := call_connection():
        held.enter_account()


def others(session: Session, former: uuid.UUID | None, account_id: uuid.UUID | None) -> Iterator[Any]:
    """The rows in the session that belong to no account or another one, as far as that is certain."""
    for row in session:
        if isinstance(row, AccountRow) and (
            former is not None or row.__dict__.get("account_id", account_id) != account_id
        ):
            yield row


def unflushed(session: Session) -> Iterator[Any]:
    """The rows of accounts with unwritten changes."""
    changed = (row for row in session.dirty if session.is_modified(row))
    return (row for row in (*session.new, *changed, *session.deleted) if isinstance(row, AccountRow))


def set_database_account(session: Session) -> None:
    """Row-level security reads `app.account_id`; it is set for this transaction alone, so a pooled connection keeps nothing."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql(SET_ACCOUNT, (str(current_scope().account_id or ""),))


def watch(session_factory: Any) -> None:
    """Check every session for rows outside the current account."""

    @event.listens_for(session_factory, "do_orm_execute")
    def only_this_account(state: ORMExecuteState) -> None:
        if state.is_column_load or state.is_relationship_load:
            return
        # Without an account the criterion is `account_id = NULL`, which finds nothing.
        account_id = current_scope().account_id
        state.statement = state.statement.options(
            with_loader_criteria(AccountRow, lambda row: row.account_id == account_id, include_aliases=True)
        )

    @event.listens_for(session_factory, "before_flush")
    def only_into_this_account(session: Session, _context: Any, _instances: Any) -> None:
        account_id = current_scope().account_id
        for row in (*session.new, *session.dirty, *session.deleted):
            if isinstance(row, AccountRow) and row.account_id != account_id:
                raise WrongAccount(f"{type(row).__name__} of account {row.account_id} while {account_id} is meant")
