"""What decides what a piece of work sees: who acts, in which account, within which limits, reading or writing, for which tool call."""

from models.request_scope.actor import Actor
from models.request_scope.call import Call, Resource
from models.request_scope.limits import NO_LIMITS, Limits
from models.request_scope.scope import NoScope, RequestScope, current_scope, only_reads, open_scope

__all__ = [
    "NO_LIMITS",
    "Actor",
    "Call",
    "Limits",
    "NoScope",
    "RequestScope",
    "Resource",
    "current_scope",
    "only_reads",
    "open_scope",
]
