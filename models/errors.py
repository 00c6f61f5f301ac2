"""What can go wrong with a request to the product, in words for the person who made it. Each door gives them its own form."""

from __future__ import annotations


class Problem(Exception):
    """Something the caller can put right; the message is one sentence that says what and how."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(Problem):
    """A value that cannot be accepted; `field` names the input it belongs to."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotFound(Problem):
    """Nothing by that id in this account. A stranger's id and an unknown id are told apart by nobody."""


class NotAllowed(Problem):
    """The member's role, a limit or a policy does not allow this."""
