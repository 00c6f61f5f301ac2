"""Who may do what, all on one page. Anything else is not allowed."""

from __future__ import annotations

from collections.abc import Set
from enum import StrEnum

from models.scopes import ACCOUNT_READ, ACCOUNT_WRITE, PROFILES_READ, PROFILES_WRITE, SCOPES, TAGS_MANAGE, Scope


class Role(StrEnum):
    """A member's role in an account; each role may do everything that the ones before it may."""

    USER = "User"
    MANAGER = "Manager"
    OWNER = "Owner"


class Permission(StrEnum):
    """One thing a member may or may not do in an account."""

    SEE_PROFILES = "see profiles"
    SEE_TAGS = "see tags"
    SEE_ACCOUNT = "see account"
    CONNECT_APPS = "connect apps"
    EDIT_PROFILES = "edit profiles"
    MANAGE_TAGS = "manage tags"
    MANAGE_ALIASES = "manage aliases"
    MANAGE_MEMBERS = "manage members"
    CHANGE_ACCOUNT = "change account"
    SEE_WHOLE_AUDIT = "see the whole audit log"
    MANAGE_CONNECTIONS = "manage every connection"
    MANAGE_CLIENTS = "manage API clients"
    MANAGE_DATA = "export or delete the account"


# What is still possible in an account that is scheduled for deletion (models/privacy/account_deletion.py).
WHILE_LOCKED = frozenset({Permission.MANAGE_DATA, Permission.SEE_WHOLE_AUDIT})

USER_MAY = frozenset({Permission.SEE_PROFILES, Permission.SEE_TAGS, Permission.SEE_ACCOUNT, Permission.CONNECT_APPS})
MANAGER_MAY = USER_MAY | {Permission.EDIT_PROFILES, Permission.MANAGE_TAGS, Permission.MANAGE_ALIASES}
OWNER_MAY = MANAGER_MAY | {
    Permission.MANAGE_MEMBERS,
    Permission.CHANGE_ACCOUNT,
    Permission.SEE_WHOLE_AUDIT,
    Permission.MANAGE_CONNECTIONS,
    Permission.MANAGE_CLIENTS,
    Permission.MANAGE_DATA,
}

MAY: dict[Role, frozenset[Permission]] = {Role.USER: USER_MAY, Role.MANAGER: MANAGER_MAY, Role.OWNER: OWNER_MAY}

# What each scope lets an app do for a member; a tool declares one pair of this table.
SCOPE_COVERS: dict[str, frozenset[Permission]] = {
    PROFILES_READ: frozenset({Permission.SEE_PROFILES}),
    PROFILES_WRITE: frozenset({Permission.EDIT_PROFILES}),
    TAGS_MANAGE: frozenset({Permission.SEE_TAGS, Permission.MANAGE_TAGS}),
    ACCOUNT_READ: frozenset({Permission.SEE_ACCOUNT}),
    ACCOUNT_WRITE: frozenset({Permission.MANAGE_ALIASES, Permission.CHANGE_ACCOUNT}),
}

READING_ONLY = frozenset({Permission.SEE_PROFILES, Permission.SEE_TAGS, Permission.SEE_ACCOUNT})
# What is left of a scope for a member who may do only these parts of it, in the words of such a scope.
PARTS: dict[tuple[str, frozenset[Permission]], Scope] = {
    (TAGS_MANAGE, frozenset({Permission.SEE_TAGS})): Scope(
        TAGS_MANAGE,
        "See tags",
        "Tags, and how many profiles have each.",
        "See",
        "Which tags do we have, and how many people have each?",
    ),
    (ACCOUNT_WRITE, frozenset({Permission.MANAGE_ALIASES})): Scope(
        ACCOUNT_WRITE,
        "Change aliases",
        "Create, change and delete resource aliases.",
        "Change",
        "Give a profile an alias. Ask me which profile and which alias first.",
    ),
}


def may(role: Role, permission: Permission) -> bool:
    """Whether a member with this role may do this."""
    return permission in MAY[role]


def grantable(role: Role, scope: str) -> bool:
    """Whether a member with this role can grant this scope to an app: they must be able to do at least a part of it themselves."""
    return bool(SCOPE_COVERS[scope] & MAY[role])


def given_by(role: Role, scopes: Set[str]) -> frozenset[str]:
    """Those of these scopes that a member with this role can grant to an app."""
    return frozenset(scope for scope in scopes if grantable(role, scope))


def scope_for(role: Role, scope: str, *, read_only: bool = False) -> Scope:
    """What this scope gives an app of a member with this role, who may have made it read-only: all of it, or a part."""
    left = SCOPE_COVERS[scope] & MAY[role]
    return PARTS.get((scope, left & READING_ONLY if read_only else left), SCOPES[scope])
