"""Calls of apps that wait until a person has allowed them, one by one."""

from models.approvals.approval import LIVES, MOST_WAITING, Approval, Asked, NotWaiting, TooManyWaiting, answerable_by
from models.approvals.effect import Effect, ToolKind, kind_asked

__all__ = [
    "LIVES",
    "MOST_WAITING",
    "Approval",
    "Asked",
    "Effect",
    "NotWaiting",
    "TooManyWaiting",
    "ToolKind",
    "answerable_by",
    "kind_asked",
]
