"""The parameters of an OAuth request: read once, from the one place where they belong, and checked before Authlib sees them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from flask import Request, request

from blueprints.web.request_context import clean
from config import current_settings
from models.oauth import same_resource
from models.scopes import ALL_SCOPES, format_scopes, parse_scopes

FORM = "application/x-www-form-urlencoded"
MOST_STATE = 4_000
LONGEST_SCOPE = 1_000
LONGEST_RESOURCE = 2_000
# Clients add it because other servers list it. Here refresh tokens depend on the grant type alone.
IGNORED_SCOPE = "offline_access"
# Authlib refuses requests whose address is not https. Behind a proxy Flask sees another scheme than people do, and on loopback
# http is right: the settings have decided that already (config.check_public_url).
SAFE_TRANSPORT = "https://profile"


class PublicRequest(OAuth2Request):
    """A request as it was sent; only its parameters and headers matter."""

    def __init__(self, given: Request) -> None:
        super().__init__(given.method, SAFE_TRANSPORT + given.path, headers=given.headers)
        self._given = given
        # From the query at /authorize, from the body elsewhere; Authlib merges the two, which lets one shadow the other.
        source = given.form if given.method == "POST" else given.args
        self.payload = Payload(source)

    @property
    def args(self) -> Any:
        return self._given.args

    @property
    def form(self) -> Any:
        return self._given.form


class Payload(BasicOAuth2Payload):
    """The parameters of a request, each with all its values."""

    def __init__(self, source: Any) -> None:
        self._data = source
        self._datalist = {name: source.getlist(name) for name in source}


def read_form() -> None:
    """Raise unless the body is a form without repeated parameters, in text that both databases accept (RFC 6749 §3.2)."""
    if request.mimetype != FORM:
        raise InvalidRequestError(f"Send the parameters as {FORM}.")
    for name, values in request.form.lists():
        # RFC 8707 §2.2 lets `resource` be repeated; nothing else may be.
        if len(values) > 1 and name != "resource":
            raise InvalidRequestError("A parameter is repeated.")
        if not clean(name) or not all(clean(value) for value in values):
            raise InvalidRequestError("A parameter has a character that is not allowed.")
    # RFC 6749 §2.3: at most one method of authentication per request.
    if request.form.get("client_secret") and request.headers.get("Authorization", "").lower().startswith("basic "):
        raise InvalidRequestError("Send the secret in the header or in the body, not in both.")


def read_token() -> str:
    """The token that this form is about (RFC 7009 §2.1, RFC 7662 §2.1). Hints never matter."""
    token = request.form.get("token")
    if not token:
        raise InvalidRequestError("Missing 'token' in request.")
    return token


def check_parameters(payload: Any) -> None:
    """Refuse parameters that would change the flow in ways that are not offered here."""
    # RFC 6749 §3.1; only `resource` may be repeated (RFC 8707 §2).
    if any(len(values) > 1 for name, values in payload.datalist.items() if name != "resource"):
        raise InvalidRequestError("A parameter is repeated.")
    data = payload.data
    if data.get("response_mode") not in (None, "", "query"):
        raise InvalidRequestError("Only response_mode=query is supported.")
    for name in ("request", "request_uri"):
        if data.get(name):
            raise OAuth2Error("Send the parameters themselves.", error=f"{name}_not_supported")
    if len(data.get("state") or "") > MOST_STATE:
        raise InvalidRequestError(f"state can have at most {MOST_STATE} characters.")


def read_scope(text: str | None) -> frozenset[str]:
    """The scopes that a request names, none if it names none; unknown ones are left out (RFC 6749 §3.3), unless there are no others."""
    if len(text or "") > LONGEST_SCOPE:
        raise InvalidScopeError(f"scope can have at most {LONGEST_SCOPE} characters.")
    named = parse_scopes(text or "")
    if named - {IGNORED_SCOPE} and not named & ALL_SCOPES:
        raise InvalidScopeError(f"Known scopes are: {format_scopes(ALL_SCOPES)}.")
    return named & ALL_SCOPES


def check_resource(asked: Iterable[str]) -> None:
    """Raise `invalid_target` for another resource than the MCP endpoint, the only one (RFC 8707). Older clients name none."""
    # One without a value counts as left out (RFC 6749 §3.1).
    mcp_url = current_settings().mcp_url
    if not all(len(one) <= LONGEST_RESOURCE and same_resource(one, mcp_url) for one in asked if one):
        raise OAuth2Error(f"The only resource on this server is {mcp_url}", error="invalid_target")
