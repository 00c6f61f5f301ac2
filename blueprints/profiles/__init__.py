"""Profiles and the tags that group them: lists, single pages, changes."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("profiles", __name__)

from blueprints.profiles import (  # noqa: E402, F401 (routes and commands)
    dashboard,
    debriefs,
    export,
    held,
    imports,
    invitation_files,
    invitations,
    links,
    profile_invitation,
    profiles,
    removals,
    report_files,
    reporting,
    tagging,
    tags,
)
