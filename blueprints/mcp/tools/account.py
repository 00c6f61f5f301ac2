"""Account settings, by `account:read` and `account:write`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from blueprints.mcp import effects
from blueprints.mcp.input_types import Assessment
from blueprints.mcp.output_models import AccountAnswer, ChangedAccount
from blueprints.mcp.registry import tool
from models.accounts import Account
from models.audit import MOST_RESOURCES, touch
from models.database import db
from models.errors import NotFound
from models.oauth import Bearer
from models.permissions import Permission
from models.profiles import alias_page, profile_page, tag_page
from models.scopes import ACCOUNT_READ, ACCOUNT_WRITE, PROFILES_READ, TAGS_MANAGE

# What one call returns, its entry can name: the tags and the account.
MOST_TAGS = MOST_RESOURCES - 1


@tool(
    needs=ACCOUNT_READ,
    may=Permission.SEE_ACCOUNT,
    title="Read the account",
    reads=True,
    needs_if={"include_tags": TAGS_MANAGE},
)
def get_account(bearer: Bearer, include_tags: bool = False) -> AccountAnswer:
    """Read the connected account: its name, the assessments it uses, its settings, and how much is in it."""
    account = load_account(bearer)
    touch("account", [account.id])
    more: dict[str, Any] = {}
    if bearer.may(Permission.CHANGE_ACCOUNT):
        more["audit_retention_days"] = account.audit_retention_days
    if include_tags:
        more["tags"] = tag_page(bearer.account_id, limit=MOST_TAGS).rows
        touch("tag", (tag.id for tag in more["tags"]))
    return AccountAnswer.of(bearer, **read_settings(account), type=account.type, counts=count_contents(bearer), **more)


def count_contents(bearer: Bearer) -> dict[str, int]:
    """Counts of what this connection can see."""
    found = {"aliases": alias_page(bearer.account_id, limit=1).total}
    if bearer.allows(PROFILES_READ):
        found["profiles"] = profile_page(bearer.account_id, limit=1).total
    if bearer.allows(TAGS_MANAGE):
        found["tags"] = tag_page(bearer.account_id, limit=1).total
    return found


@tool(
    needs=ACCOUNT_WRITE,
    may=Permission.CHANGE_ACCOUNT,
    title="Change account settings",
    effect=effects.changes_account,
    destructive=True,
    idempotent=True,
)
def update_account(
    bearer: Bearer,
    name: Annotated[str, Field(max_length=120)] | None = None,
    assessments: Annotated[list[Assessment], Field(min_length=1, max_length=3)] | None = None,
    eco_printing: Annotated[bool, Field(description="Print reports without colour areas.")] | None = None,
    core_extended: Annotated[bool, Field(description="Show ten Core values and not five.")] | None = None,
) -> ChangedAccount:
    """Change the connected account's name or settings; what is left out stays as it is."""
    account = load_account(bearer)
    account.update(name, assessments, eco_printing, core_extended)
    given = {"name": name, "assessments": assessments, "eco_printing": eco_printing, "core_extended": core_extended}
    all_of_it = bearer.allows(ACCOUNT_READ)
    visible = {field: value for field, value in read_settings(account).items() if all_of_it or given[field] is not None}
    return ChangedAccount.of(bearer, **visible)


def load_account(bearer: Bearer) -> Account:
    account = db.session.get(Account, bearer.account_id)
    if account is None:
        raise NotFound("This account does not exist any more.")
    return account


def read_settings(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "assessments": account.assessments,
        "eco_printing": account.eco_printing,
        "core_extended": account.core_extended,
    }
