"""Limits on how often somebody can do something."""

from models.rate_limits.buckets import (
    Counted,
    Limit,
    counted,
    fill,
    forget_empty,
    fuller,
    give_back,
    wait_for,
)
from models.rate_limits.invitation_quota import Daily, spend, spend_on_file, spend_on_try

__all__ = [
    "Counted",
    "Daily",
    "Limit",
    "counted",
    "fill",
    "forget_empty",
    "fuller",
    "give_back",
    "spend",
    "spend_on_file",
    "spend_on_try",
    "wait_for",
]
