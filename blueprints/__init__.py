"""The entry points: pages, OAuth, MCP, worker and commands. Each has its own package; all use the same models."""
