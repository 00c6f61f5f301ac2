"""The tools, one file a subject. The order here is the order in which assistants see them."""

from blueprints.mcp.tools import profiles, comparison, invitations, tags, account, aliases  # noqa: F401, I001 (the order is meant)
