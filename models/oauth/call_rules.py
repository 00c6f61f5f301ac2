"""The rules that refuse a call before it runs: for the calls of apps, and for those of the audit log that are tried under other limits."""

from __future__ import annotations

from typing import Protocol

from models.permissions import Permission, Role, may
from models.request_scope import Limits


class Caller(Protocol):
    """What decides whether an app can make a call: its limits, scopes and role at that moment."""

    @property
    def blocked(self) -> str | None: ...
    @property
    def day_is_over(self) -> bool: ...
    @property
    def role(self) -> Role: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def most(self) -> frozenset[str]: ...
    @property
    def granted(self) -> frozenset[str]: ...


class ToolKind(Protocol):
    """What a tool needs."""

    @property
    def may(self) -> Permission: ...
    @property
    def reads(self) -> bool: ...


def rule_against(caller: Caller, tool: ToolKind, needed: frozenset[str]) -> str | None:
    """The rule that refuses this call, by its word in the audit log; None if it may run.

    First what no consent could grant, then what was not granted: for the former, a client would ask for consent forever.
    """
    if caller.blocked:
        return caller.blocked
    if caller.day_is_over:
        return "daily"
    if not may(caller.role, tool.may):
        return "role"
    if caller.limits.read_only and not tool.reads:
        return "read_only"
    if needed - caller.most:
        return "policy_scope"
    return "scope" if needed - caller.granted else None
