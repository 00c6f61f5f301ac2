"""Form bodies of the OAuth endpoints, read once and checked before Authlib sees them."""

from __future__ import annotations

from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Request

from blueprints.web.request_context import clean

FORM = "application/x-www-form-urlencoded"


def read_form(request: Request) -> None:
    """Raise unless the body is a form whose parameters stand once each, in text that both databases take (RFC 6749 §3.2)."""
    if request.mimetype != FORM:
        raise InvalidRequestError(f"Send the parameters as {FORM}.")
    for name, values in request.form.lists():
        # RFC 8707 §2.2 lets `resource` be repeated; nothing else may be.
        if len(values) > 1 and name != "resource":
            raise InvalidRequestError("A parameter is repeated.")
        if not clean(name) or not all(clean(value) for value in values):
            raise InvalidRequestError("A parameter has a character that is not allowed.")
    # RFC 6749 §2.3: not more than one way of authentication in a request.
    if request.form.get("client_secret") and request.headers.get("Authorization", "").lower().startswith("basic "):
        raise InvalidRequestError("Send the secret in the header or in the body, not in both.")
