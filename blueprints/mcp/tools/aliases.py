"""Resource aliases, the names by which other systems know profiles: `account:read` to see them, `account:write` to change them."""

from __future__ import annotations

from typing import Literal

from blueprints.mcp import effects
from blueprints.mcp.input_types import ConsumerKey, Id, Limit, PageNumber, Search
from blueprints.mcp.output_models import AliasAnswer, Aliases, Deleted
from blueprints.mcp.registry import tool
from models.audit import touch
from models.oauth import Bearer
from models.permissions import Permission
from models.profiles import Alias, alias_page
from models.scopes import ACCOUNT_READ, ACCOUNT_WRITE


@tool(needs=ACCOUNT_READ, may=Permission.SEE_ACCOUNT, title="List aliases", reads=True)
def list_aliases(bearer: Bearer, search: Search = "", limit: Limit = 10, page: PageNumber = 1) -> Aliases:
    """List the resource aliases of the connected account: the names by which other systems know its profiles."""
    found = alias_page(bearer.account_id, search, limit, page)
    touch("alias", (alias.id for alias in found.rows))
    touch("profile", (alias.resource_id for alias in found.rows))
    return Aliases.of(bearer, aliases=found.rows, total=found.total, page=page, limit=limit)


@tool(
    needs=ACCOUNT_WRITE,
    may=Permission.MANAGE_ALIASES,
    title="Create an alias",
    effect=effects.creates_alias,
    additive=True,
    idempotent=True,
)
def create_alias(
    bearer: Bearer, resource_id: Id, consumer_key: ConsumerKey, resource_type: Literal["profile"] = "profile"
) -> AliasAnswer:
    """Give a profile the name by which another system knows it. An identical alias is returned as it is, not created twice."""
    alias, _new = Alias.create(bearer.account_id, resource_type, resource_id, consumer_key)
    return build_answer(bearer, alias, "id", "consumer_key", "resource_type", "resource_id")


@tool(
    needs=ACCOUNT_WRITE,
    may=Permission.MANAGE_ALIASES,
    title="Change an alias",
    effect=effects.changes_alias,
    destructive=True,
    idempotent=True,
)
def update_alias(bearer: Bearer, alias_id: Id, consumer_key: ConsumerKey) -> AliasAnswer:
    """Rename an alias. It stays with the same profile."""
    alias = Alias.find(bearer.account_id, alias_id)
    alias.rename(consumer_key)
    return build_answer(bearer, alias, "id", "consumer_key")


@tool(
    needs=ACCOUNT_WRITE,
    may=Permission.MANAGE_ALIASES,
    title="Delete an alias",
    effect=effects.deletes_alias,
    deletes=True,
)
def delete_alias(bearer: Bearer, alias_id: Id) -> Deleted:
    """Delete an alias. Its profile stays. Only a member can take this back, for 30 days."""
    Alias.find(bearer.account_id, alias_id).delete()
    return Deleted.of(bearer, deleted=alias_id)


def build_answer(bearer: Bearer, alias: Alias, *given: str) -> AliasAnswer:
    """With `account:read` the alias; without it what was given."""
    if bearer.allows(ACCOUNT_READ):
        touch("profile", [alias.resource_id])
    fields = alias.as_dict()
    return AliasAnswer.of(bearer, **(fields if bearer.allows(ACCOUNT_READ) else {name: fields[name] for name in given}))
