"""Other MCP servers, as people deploy them, doing the same work on the same database as ours."""
