"""OAuth clients: what is known about an app, its redirect URIs, and names that imitate others."""

from models.clients.allowed_apps import all_registered, app_names
from models.clients.client import AUTH_METHODS, Client, proven_host
from models.clients.lookalike_names import Likeness, likeness_of
from models.clients.redirect_uri import (
    BAD_ESCAPE,
    ENCODED_TRICKS,
    URI_CHARACTERS,
    is_loopback,
    redirect_host,
    redirect_place,
    redirect_problem,
)

__all__ = [
    "AUTH_METHODS",
    "BAD_ESCAPE",
    "ENCODED_TRICKS",
    "URI_CHARACTERS",
    "Client",
    "Likeness",
    "all_registered",
    "app_names",
    "is_loopback",
    "likeness_of",
    "proven_host",
    "redirect_host",
    "redirect_place",
    "redirect_problem",
]
