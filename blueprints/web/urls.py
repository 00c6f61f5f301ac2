"""Absolute URLs for e-mails and for copying, under the public name of this server."""

from __future__ import annotations

from typing import Any

from flask import current_app

from config import current_settings
from models.accounts import set_up_token
from models.assessments import Link


def address_of(endpoint: str, **values: Any) -> str:
    """The absolute URL of a page, also outside a request."""
    settings = current_settings()
    current_app.inject_url_defaults(endpoint, values)
    return settings.public_url + current_app.url_map.bind(settings.host).build(endpoint, values)


def assessment_address(link: Link) -> str:
    """The URL of an invitation, a shared link or a sitting."""
    return address_of("assessments.door", secret=link.secret)


def set_up_address(email: str = "") -> str:
    """The link that creates the first account: for anybody who has it, or only for the person with this address."""
    given = {"email": email} if email else {}
    return address_of("accounts.sign_up", token=set_up_token(email), **given)
