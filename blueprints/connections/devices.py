"""Where the devices of an app are."""

from __future__ import annotations

from flask_babel import gettext as _

from models.clients import is_loopback, redirect_host


def place(redirect_uri: str) -> str:
    """The place of a device, as far as its redirect URI shows."""
    if not redirect_uri:
        return str(_("a device with a code"))
    return str(_("an app on a computer")) if is_loopback(redirect_uri) else redirect_host(redirect_uri)
