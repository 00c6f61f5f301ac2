"""Invitations to an assessment: one by one, many by a file, and anybody by a shared link."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("invitations", __name__)

from blueprints.invitations import files, invitations, profile_invitation, shared_links  # noqa: E402, F401 (routes)
