"""What a call that was not carried out is told, and by which permanent word the trail remembers why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from blueprints.mcp.input_types import BadArguments
from blueprints.mcp.protocol import INVALID_PARAMS, ProtocolError
from blueprints.mcp.www_authenticate import InsufficientScope
from models.audit.recorder import Outcome
from models.errors import Invalid, NotAllowed, NotFound
from models.oauth.call_rate_limit import DayIsOver
from models.permissions import Permission, Role
from models.scopes import SCOPES, format_scopes

TOO_FAST = "too_fast"


class UnknownTool(ProtocolError):
    """There is no tool of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(INVALID_PARAMS, f"Unknown tool: {name}")


class BeyondRole(Exception):
    """The member's role does not allow it. No 403: more scopes would not help, and clients would ask for ever (oauth.md §5)."""

    def __init__(self, role: Role, permission: Permission) -> None:
        super().__init__(
            f"The member whose connection this is has the role {role} in this account, which does not allow to {permission}. "
            "An Owner of the account can change that."
        )


class BeyondPolicy(Exception):
    """The account's policy lets no app have the scopes. No 403 either: no consent could give them (oauth.md §5)."""

    def __init__(self, tool: str, withheld: frozenset[str]) -> None:
        wanted = " and ".join(f'{scope} ("{SCOPES[scope].sentence}")' for scope in format_scopes(withheld).split())
        super().__init__(
            f"{tool} needs {wanted}, which the Owners of this account let no app have. Nothing was done, and connecting again would "
            "not help: only an Owner can change the policy for connected apps."
        )


class BeyondLimit(Exception):
    """A limit of the connection, or the account's policy, does not allow it; `word` is kept in the trail (oauth.md §5: no 403)."""

    SENTENCES: ClassVar[dict[str, str]] = {
        "paused": "The member whose connection this is has paused it. Nothing was done. They can resume it under Connected apps.",
        "policy": "The Owners of this account do not let this app work in it. Nothing was done. Only they can change that.",
        "second_factor": "In this account, only members with a second factor work through apps, and the member whose connection this is "
        "has none. Nothing was done. Once they have set one up under Your profile, this connection works again as it is.",
        "read_only": "This connection may only read. Nothing was changed. The member, or an Owner of the account, has limited it so.",
    }

    def __init__(self, word: str) -> None:
        super().__init__(self.SENTENCES[word])
        self.word = word


@dataclass(frozen=True)
class Verdict:
    """How a call ended that was not carried out."""

    outcome: Outcome
    reason: str
    sentence: str | None = None
    """For the assistant, in a result marked as an error; None where the answer takes another form."""
    unavailable: bool = False
    """The database was the reason."""


def verdict_on(error: Exception) -> Verdict:
    """What this error means for the caller and for the trail."""
    match error:
        case UnknownTool():
            return Verdict(Outcome.REFUSED, "unknown_tool")
        case ProtocolError():
            return Verdict(Outcome.REFUSED, "malformed")
        case InsufficientScope():
            return Verdict(Outcome.REFUSED, "scope")
        case BeyondRole():
            return Verdict(Outcome.REFUSED, "role", str(error))
        case BeyondPolicy():
            return Verdict(Outcome.REFUSED, "policy_scope", str(error))
        case BeyondLimit():
            return Verdict(Outcome.REFUSED, error.word, str(error))
        case DayIsOver():
            return Verdict(Outcome.REFUSED, "daily", str(error))
        case BadArguments():
            return Verdict(Outcome.REFUSED, "arguments", str(error))
        case NotAllowed():
            return Verdict(Outcome.REFUSED, "not_allowed", error.message)
        case NotFound():
            return Verdict(Outcome.FAILED, "not_found", error.message)
        case Invalid():
            return Verdict(Outcome.FAILED, "invalid", invalid_sentence(error))
        case StaleDataError() | IntegrityError():
            sentence = (
                "Something else changed this at the same moment, so nothing was changed. Read it again, then try again."
            )
            return Verdict(Outcome.FAILED, "conflict", sentence)
        case DBAPIError() | PoolTimeout():
            return Verdict(Outcome.FAILED, "unavailable", unavailable=True)
        case _:
            sentence = "Something went wrong on this server, and nothing was changed. Trying again may help; if not, tell a person."
            return Verdict(Outcome.FAILED, "crashed", sentence)


def invalid_sentence(error: Invalid) -> str:
    # The short forms in lower case ("label is required") name their field themselves.
    return error.message if error.message[:1].islower() else f"{error.field}: {error.message}"
