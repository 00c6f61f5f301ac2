"""The request scope: opened by every entry point, stored only here, and changed only by the methods below."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from models.request_scope.actor import Actor
from models.request_scope.call import Call
from models.request_scope.limits import NO_LIMITS, Limits


class NoScope(RuntimeError):
    """Code needs the actor or the account outside every request scope. This is a bug, never the caller's mistake."""


class RequestScope:
    """One piece of work: a request, a command, or one task of the worker."""

    __slots__ = ("_account_id", "_actor", "_call", "_held", "_limits", "_outer", "_reading")

    def __init__(self, actor: Actor | None = None, reading: bool = False) -> None:
        self._actor = actor or Actor()
        self._account_id: uuid.UUID | None = None
        self._limits = NO_LIMITS
        self._reading = reading
        self._call: Call | None = None
        self._held: Any = None

    def __enter__(self) -> RequestScope:
        self._outer = _current.set(self)
        return self

    def __exit__(self, *_problem: object) -> None:
        _current.reset(self._outer)

    @property
    def actor(self) -> Actor:
        """The actor."""
        return self._actor

    @property
    def account_id(self) -> uuid.UUID | None:
        """The account whose rows exist, for reading and for writing; without one, no rows of any account do."""
        return self._account_id

    @property
    def limits(self) -> Limits:
        """The limits on what the account shows: those of the member and, for an app, those of its connection too."""
        return self._limits

    @property
    def reading(self) -> bool:
        """Whether transactions that begin from now on only read."""
        return self._reading

    @property
    def call(self) -> Call | None:
        """The tool call that collects what is recorded."""
        return self._call

    @property
    def held(self) -> Any:
        """The database connection that this work holds from beginning to end (models/database/call_connection.py)."""
        return self._held

    def authenticated_as(self, actor: Actor) -> None:
        """Set the actor: after sign-in, or after reading a token."""
        self._actor = actor

    def limit_to(self, limits: Limits) -> None:
        """Set what the account shows from now on: to this member."""
        self._limits = limits

    def set_revision(self, revision: str | None) -> None:
        """Set the protocol revision of the app."""
        self._actor = replace(self._actor, revision=revision)

    def hide_origin(self) -> None:
        """Forget the network and browser of the request."""
        self._actor = replace(self._actor, address=None, user_agent=None)

    def move_to(self, account_id: uuid.UUID | None) -> None:
        """Change the current account. `tenancy.enter_account` also moves the database session."""
        self._account_id = account_id
        self._actor = self._actor.acting_for(account_id)

    def begin_reading(self) -> None:
        """Transactions that begin from now on only read."""
        self._reading = True

    def begin_writing(self) -> None:
        """Transactions that begin from now on write."""
        self._reading = False

    @contextmanager
    def acting_as(self, actor: Actor) -> Iterator[None]:
        """Another actor for the time of this block."""
        before, self._actor = self._actor, actor
        try:
            yield
        finally:
            self._actor = before

    @contextmanager
    def limited_to(self, limits: Limits) -> Iterator[None]:
        """Limits on the account for the time of this block: methods that find profiles find no others."""
        before, self._limits = self._limits, limits
        try:
            yield
        finally:
            self._limits = before

    @contextmanager
    def transactions(self, reading: bool) -> Iterator[None]:
        """Transactions that begin in this block only read, or write."""
        before, self._reading = self._reading, reading
        try:
            yield
        finally:
            self._reading = before

    @contextmanager
    def holding(self, connection: object) -> Iterator[None]:
        """This database connection is used for everything in this block."""
        before, self._held = self._held, connection
        try:
            yield
        finally:
            self._held = before

    @contextmanager
    def collecting(self, call: Call) -> Iterator[None]:
        """Everything recorded in this block belongs to one tool call."""
        before, self._call = self._call, call
        try:
            yield
        finally:
            self._call = before


_current: ContextVar[RequestScope | None] = ContextVar("request_scope", default=None)


def open_scope(actor: Actor | None = None, reading: bool = False) -> RequestScope:
    """`with open_scope(): …` is one piece of work: it starts without earlier context, and leaves none behind."""
    return RequestScope(actor, reading)


def current_scope() -> RequestScope:
    """The current scope; raises `NoScope` if there is none."""
    scope = _current.get()
    if scope is None:
        raise NoScope("No request scope is open here. An entry point opens one: `with open_scope(): …`")
    return scope


def only_reads() -> bool:
    """Whether a transaction that begins now only reads. Without a scope, as in migrations, it writes: that is always correct."""
    scope = _current.get()
    return scope is not None and scope.reading


def current_account_id() -> uuid.UUID | None:
    """The current account; None where there is no scope, as in migrations, or no account in it."""
    scope = _current.get()
    return None if scope is None else scope.account_id


def held_connection() -> Any:
    """The database connection that the current work holds; None where there is no scope or it holds none."""
    scope = _current.get()
    return None if scope is None else scope.held
