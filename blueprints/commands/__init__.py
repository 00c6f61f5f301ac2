"""Commands that belong to no other blueprint: demo data and instruments."""

from __future__ import annotations

from flask import Flask

from blueprints.commands import demo, instruments

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Add `flask demo` and `flask instruments`."""
    app.cli.add_command(demo.demo)
    app.cli.add_command(instruments.group)
