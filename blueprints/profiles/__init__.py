"""Profiles and the tags that group them: lists, single pages, changes."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("profiles", __name__)

from blueprints.profiles import (  # noqa: E402, F401 (routes and commands)
    dashboard,
    debriefs,
    export,
    held_results,
    imports,
    profiles,
    removal_requests,
    tagging,
    tags,
)
