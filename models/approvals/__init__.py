"""Calls of apps that wait until a person has allowed them, one by one."""

from models.approvals.approval import LIVES, MOST_WAITING, Approval, Asked, NotWaiting, TooManyWaiting
from models.approvals.effect import Effect, asks_about

__all__ = ["LIVES", "MOST_WAITING", "Approval", "Asked", "Effect", "NotWaiting", "TooManyWaiting", "asks_about"]
