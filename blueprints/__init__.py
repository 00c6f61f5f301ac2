"""The doors of the product: pages, OAuth and MCP, each in a folder of its own, all over the same models."""
