"""The tools, one file per subject, in the order in which apps see them."""

from blueprints.mcp.tools import profiles, comparison, groups, invitations, tags, account, aliases  # noqa: F401, I001 (the order is meant)
