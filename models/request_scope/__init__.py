"""The context of a piece of work: its actor, account and limits, whether it reads or writes, and its tool call."""

from models.request_scope.actor import Actor
from models.request_scope.call import Call, Resource
from models.request_scope.limits import ASK_NOTHING, MANY_AT_ONCE, NO_LIMITS, AskFirst, Limits, TagLimit
from models.request_scope.scope import (
    NoScope,
    RequestScope,
    current_account_id,
    current_scope,
    held_connection,
    only_reads,
    open_scope,
)

__all__ = [
    "ASK_NOTHING",
    "MANY_AT_ONCE",
    "NO_LIMITS",
    "Actor",
    "AskFirst",
    "Call",
    "Limits",
    "NoScope",
    "RequestScope",
    "Resource",
    "TagLimit",
    "current_account_id",
    "current_scope",
    "held_connection",
    "only_reads",
    "open_scope",
]
