"""Addresses as they stand in mail and on pages to be copied: whole, and on the public name of this server."""

from __future__ import annotations

from typing import Any

from flask import current_app

from config import current_settings
from models.assessments import Link


def address_of(endpoint: str, **values: Any) -> str:
    """The whole address of a page, also where no request is being answered."""
    settings = current_settings()
    current_app.inject_url_defaults(endpoint, values)
    return settings.public_url + current_app.url_map.bind(settings.host).build(endpoint, values)


def assessment_address(link: Link) -> str:
    """The address of an invitation, a shared link or a sitting."""
    return address_of("assessments.door", secret=link.secret)
