"""Invitations to an assessment: one person, many by a file, or anyone by a shared link."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("invitations", __name__)

from blueprints.invitations import files, invitations, profile_invitation, shared_links  # noqa: E402, F401 (routes)
