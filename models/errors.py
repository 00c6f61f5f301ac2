"""What can be wrong with a request to the product, in words for the person who made it.

Each entry point has its own form for them.
"""

from __future__ import annotations


class Problem(Exception):
    """Something the caller can correct; the message is one sentence that says what and how."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(Problem):
    """An invalid value; `field` names its input."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotFound(Problem):
    """Nothing with that id in this account. Nobody can distinguish an id of another account from an unknown id."""


class NotAllowed(Problem):
    """The member's role, a limit or a policy does not allow this."""
