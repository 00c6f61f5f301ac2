"""Why a tool call failed: each exception has a message for the app, and a stable word for the audit log."""

from __future__ import annotations

from typing import ClassVar

from mcp_types import INVALID_PARAMS
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from blueprints.mcp.protocol import ProtocolError
from config import Settings
from models.approvals import LIVES, Asked
from models.audit import Outcome
from models.errors import Invalid, NotAllowed, NotFound
from models.oauth import DayIsOver
from models.permissions import Permission, Role
from models.scopes import SCOPES, format_scopes

TOO_FAST = "too_fast"
WORDS = """
    scope role policy_scope paused policy second_factor read_only ask_first denied too_many_waiting daily too_fast not_allowed
    unauthorized unknown_tool malformed arguments not_found invalid conflict unavailable crashed outcome_unknown
"""
REASONS = frozenset(WORDS.split())
"""Every reason: each is a label in /metrics too."""


class CallRefused(Exception):
    """A tool call that was refused, or that failed with nothing changed."""

    outcome: ClassVar[Outcome] = Outcome.REFUSED

    def __init__(self, reason: str, text: str | None = None) -> None:
        super().__init__(text)
        assert reason in REASONS, reason
        self.reason = reason
        """The word in the audit log."""
        self.text = text
        """For the app, in a result marked as an error; None if the answer has another form."""


class CallFailed(CallRefused):
    """No rule forbade it, but it could not be done."""

    outcome = Outcome.FAILED


class NotCommitted(CallFailed):
    """It could not be saved, and its entry says so already."""

    def __init__(self) -> None:
        super().__init__("unavailable")


class InsufficientScope(CallRefused):
    """The tool needs scopes that this connection was not granted: answered by 403, so that the app requests them."""

    def __init__(self, tool: str, missing: frozenset[str], together: frozenset[str]) -> None:
        super().__init__("scope")
        self.tool, self.missing, self.together = tool, missing, together

    def describe(self, settings: Settings) -> str:
        return (
            f"{self.tool} needs {describe_scopes(self.missing)}, which this connection was not granted. The member can allow it by "
            f"connecting again. Connections are listed at {settings.public_url}/settings/connections."
        )


class InsufficientRole(CallRefused):
    """The member's role does not allow it. No 403: more scopes would not help, and clients would request them forever."""

    def __init__(self, role: Role, permission: Permission) -> None:
        super().__init__(
            "role",
            f"The role {role} lacks the permission to {permission}. An Owner of the account can change the member's role.",
        )


class ScopeAgainstPolicy(CallRefused):
    """The account's policy gives no app these scopes. No 403: no consent could grant them."""

    def __init__(self, tool: str, withheld: frozenset[str]) -> None:
        super().__init__(
            "policy_scope",
            f"{tool} needs {describe_scopes(withheld)}, which the account's policy blocks for all apps. Nothing was done. "
            "Connecting again does not help. Only an Owner can change the policy for connected apps.",
        )


class LimitReached(CallRefused):
    """A limit of the connection, or the account's policy, forbids it. No 403 either."""

    TEXTS: ClassVar[dict[str, str]] = {
        "paused": "This connection is paused. Nothing was done. The member can resume it under Connected apps, unless an Owner paused it.",
        "policy": "The account's policy blocks this app. Nothing was done. Only an Owner can change the policy.",
        "second_factor": "This account requires a second factor, and the member has none. Nothing was done. Once they set one up under "
        "Settings, Sign-in and security, this connection works again.",
        "read_only": "This connection is read-only. Nothing was changed. The member or an Owner set this limit.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(reason, self.TEXTS[reason])


class AsksFirst(CallRefused):
    """A person must allow this call first, and nobody has."""

    def __init__(self, asked: Asked) -> None:
        super().__init__("ask_first")
        self.asked = asked


class Denied(CallRefused):
    """A person did not allow this call."""

    def __init__(self) -> None:
        super().__init__(
            "denied", "A person was shown this call and did not allow it. Nothing was done. Do not repeat it."
        )


class TooManyWait(CallRefused):
    """No further call of this app is shown to a person."""

    def __init__(self) -> None:
        super().__init__(
            "too_many_waiting",
            f"Nothing was done. Too many calls of this app wait for a person already. Each waits for {MINUTES} minutes at most.",
        )


MINUTES = int(LIVES.total_seconds() // 60)


class UnknownTool(ProtocolError):
    """There is no tool with this name."""

    def __init__(self, name: str) -> None:
        super().__init__(INVALID_PARAMS, f"Unknown tool: {name}")


CONFLICT = "Something else changed this at the same moment, so nothing was changed. Read it again, then try again."
CRASHED = (
    "Something went wrong on this server, and nothing was changed. Try again. If that does not help, tell a person."
)


def refusal_for(error: Exception) -> CallRefused:
    """The exception for an error of any kind, with its message for the app and its word for the audit log."""
    match error:
        case CallRefused():
            return error
        case UnknownTool():
            return CallRefused("unknown_tool")
        case ProtocolError():
            return CallRefused("malformed")
        case DayIsOver():
            return CallRefused("daily", str(error))
        case NotAllowed():
            return CallRefused("not_allowed", error.message)
        case NotFound():
            return CallFailed("not_found", error.message)
        case Invalid():
            return CallFailed("invalid", describe_invalid(error))
        case StaleDataError() | IntegrityError():
            return CallFailed("conflict", CONFLICT)
        case DBAPIError() | PoolTimeout():
            return CallFailed("unavailable")
        case _:
            return CallFailed("crashed", CRASHED)


def describe_invalid(error: Invalid) -> str:
    # The short messages in lower case ("label is required") already name their field.
    return error.message if error.message[:1].islower() else f"{error.field}: {error.message}"


def describe_scopes(scopes: frozenset[str]) -> str:
    return " and ".join(f'{scope} ("{SCOPES[scope].sentence}")' for scope in format_scopes(scopes).split())
