"""The entry point for apps: the Model Context Protocol over POST /mcp, one tool call per request, each in the audit log."""

from __future__ import annotations

from flask import Flask

from blueprints.mcp import rate_limits, tools  # noqa: F401 (registers every tool)
from blueprints.mcp.endpoint import bp
from blueprints.mcp.registry import registry
from blueprints.web import csrf
from config import Settings

__all__ = ["init_app", "registry"]


def init_app(app: Flask, settings: Settings) -> None:
    """Register /mcp, and tell the consent page which tools a scope allows."""
    rate_limits.init_app(app, settings)
    app.register_blueprint(bp)
    # No cookie counts here, so a forged form gains nothing.
    csrf.exempt(bp)
    app.extensions["tools"] = registry
