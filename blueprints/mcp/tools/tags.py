"""Tags, by `tags:manage`."""

from __future__ import annotations

from blueprints.mcp import effects
from blueprints.mcp.input_types import Id, Ids, Limit, PageNumber, Search, TagColor, TagLabel
from blueprints.mcp.output_models import Deleted, TagAnswer, Tags
from blueprints.mcp.registry import tool
from models.audit import touch
from models.oauth import Bearer
from models.permissions import Permission
from models.profiles import Tag, tag_page
from models.scopes import TAGS_MANAGE


@tool(needs=TAGS_MANAGE, may=Permission.SEE_TAGS, title="List tags", reads=True)
def list_tags(bearer: Bearer, search: Search = "", limit: Limit = 10, page: PageNumber = 1) -> Tags:
    """List the tags of the connected account by label, each with its number of profiles."""
    found = tag_page(bearer.account_id, search, limit, page)
    touch("tag", (tag.id for tag in found.rows))
    return Tags.of(bearer, tags=found.rows, total=found.total, page=page, limit=limit)


@tool(needs=TAGS_MANAGE, may=Permission.MANAGE_TAGS, title="Create a tag", effect=effects.creates_tag, additive=True)
def create_tag(bearer: Bearer, label: TagLabel, color: TagColor) -> TagAnswer:
    """Create a tag in the connected account, to group profiles by. Labels are unique without regard to case."""
    return build_answer(bearer, Tag.create(bearer.account_id, label, color))


@tool(
    needs=TAGS_MANAGE,
    may=Permission.MANAGE_TAGS,
    title="Change a tag",
    effect=effects.changes_tag,
    destructive=True,
    idempotent=True,
)
def update_tag(bearer: Bearer, tag_id: Id, label: TagLabel | None = None, color: TagColor | None = None) -> TagAnswer:
    """Rename a tag or give it another colour; what is left out stays as it is."""
    tag = Tag.find(bearer.account_id, tag_id)
    tag.update(label, color)
    return build_answer(bearer, tag)


@tool(
    needs=TAGS_MANAGE,
    may=Permission.MANAGE_TAGS,
    title="Delete a tag",
    effect=effects.deletes_tag,
    deletes=True,
    many=True,
)
def delete_tag(bearer: Bearer, tag_id: Id) -> Deleted:
    """Delete a tag. Its profiles stay. Only a member can take this back, for 30 days."""
    Tag.find(bearer.account_id, tag_id).delete()
    return Deleted.of(bearer, deleted=tag_id)


@tool(
    needs=TAGS_MANAGE,
    may=Permission.MANAGE_TAGS,
    title="Tag profiles",
    effect=effects.tags_profiles,
    many=True,
    additive=True,
    idempotent=True,
)
def tag_profiles(bearer: Bearer, tag_id: Id, profile_ids: Ids) -> TagAnswer:
    """Add a tag to up to 100 profiles. Profiles that already have it stay unchanged. If one id is unknown, nothing is changed."""
    tag = Tag.find(bearer.account_id, tag_id)
    tag.put_on(profile_ids)
    return build_answer(bearer, tag)


@tool(
    needs=TAGS_MANAGE,
    may=Permission.MANAGE_TAGS,
    title="Untag profiles",
    effect=effects.tags_profiles,
    many=True,
    destructive=True,
    idempotent=True,
)
def untag_profiles(bearer: Bearer, tag_id: Id, profile_ids: Ids) -> TagAnswer:
    """Remove a tag from up to 100 profiles. The profiles and the tag stay. If one id is unknown, nothing is changed."""
    tag = Tag.find(bearer.account_id, tag_id)
    tag.take_off(profile_ids)
    return build_answer(bearer, tag)


def build_answer(bearer: Bearer, tag: Tag) -> TagAnswer:
    return TagAnswer.of(bearer, **tag.as_dict())
