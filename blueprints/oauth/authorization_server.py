"""Authlib, wired to our models and held to rules stricter than its own (oauth.md §2 lists where it is laxer, each measured)."""

from __future__ import annotations

from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidScopeError,
    OAuth2Request,
    UnsupportedGrantTypeError,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc9207 import IssuerParameter
from flask import Flask, current_app, request
from flask import Request as FlaskRequest
from werkzeug.wrappers import Response

from blueprints.oauth import failure_throttle
from blueprints.oauth.device_grant import DeviceGrant
from blueprints.oauth.grants import CodeGrant, RefreshGrant
from blueprints.oauth.private_key_jwt import PrivateKeyJWT
from config import Settings
from models.clients.client import Client
from models.connections.authorization import Authorization
from models.oauth.consent_request import ConsentRequest
from models.scopes import ALL_SCOPES, format_scopes, parse_scopes

# Authlib refuses requests whose address is not https. Behind a proxy Flask sees another scheme than people do, and on loopback
# http is right: the settings have decided that already (config.check_public_url).
SAFE_TRANSPORT = "https://profile"
# Clients add it because other servers list it. Here refresh tokens depend on the grant type alone (oauth.md §1).
IGNORED_SCOPES = frozenset({"offline_access"})


class Server(AuthorizationServer):
    """The authorization server: Authlib's protocol, our storage, addresses from the settings."""

    def query_client(self, client_id: str) -> Client | None:
        client = Client.presented(client_id)
        failure_throttle.about(client and client.id)
        return client

    def validate_requested_scope(self, scope: str | None) -> None:
        # Authlib drops unknown scopes silently; a client should learn that it asked for something that is not there.
        if scope and parse_scopes(scope) - ALL_SCOPES - IGNORED_SCOPES:
            raise InvalidScopeError(f"Known scopes are: {format_scopes(ALL_SCOPES)}.")

    def get_authorization_grant(self, given: OAuth2Request) -> CodeGrant:
        # Authlib quotes the value in its error, which fails on characters that errors must not have (RFC 6749 §4.1.2.1).
        if given.payload.response_type == "code":
            return CodeGrant(given, self)
        client = self.query_client(given.payload.client_id or "")
        asked = given.payload.redirect_uri
        own = asked if client and asked and client.check_redirect_uri(asked) else None
        raise OAuth2Error("Only response_type=code is offered.", error="unsupported_response_type", redirect_uri=own)

    def get_token_grant(self, given: OAuth2Request) -> Any:
        try:
            return super().get_token_grant(given)
        except UnsupportedGrantTypeError as error:
            # Not the value itself: it may have characters that errors must not have (RFC 6749 §5.2).
            error.description = "grant_type is none of grant_types_supported in this server's metadata."
            raise

    def authenticate_client(self, given: OAuth2Request, methods: list[str], endpoint: str = "token") -> Client:
        try:
            client: Client = super().authenticate_client(given, methods, endpoint)
            return client
        except ValueError:
            # Authlib fails on a Basic header that is no text.
            raise InvalidClientError(description="The Authorization header is not well formed.") from None

    def create_oauth2_request(self, given: Any) -> OAuth2Request:
        return given if isinstance(given, OAuth2Request) else PublicRequest(request)

    def handle_error_response(self, given: OAuth2Request, error: OAuth2Error) -> Response:
        # A client that is not known any more must hear `invalid_client` with 401, or it never registers again.
        if isinstance(error, InvalidClientError):
            error.status_code = 401
        response: Response = super().handle_error_response(given, error)
        challenge = response.headers.get("WWW-Authenticate", "")
        if challenge.startswith("Basic "):
            # RFC 7617 §2: a Basic challenge names its realm.
            response.headers["WWW-Authenticate"] = challenge.replace("Basic ", 'Basic realm="Profile", ', 1)
        return response

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""


class PublicRequest(OAuth2Request):
    """A request as it came over the wire; only its parameters and headers decide anything."""

    def __init__(self, given: FlaskRequest) -> None:
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


class FrozenRequest(OAuth2Request):
    """An authorization request as it was kept when the page was shown; nothing of the form can change it."""

    def __init__(
        self,
        parameters: dict[str, str],
        consent: ConsentRequest,
        authorization: Authorization | None,
    ) -> None:
        super().__init__("GET", f"{SAFE_TRANSPORT}/authorize")
        self.consent, self.authorization = consent, authorization
        self.payload = BasicOAuth2Payload(parameters)

    @property
    def form(self) -> dict[str, str]:
        return {}


class Issuer(IssuerParameter):
    """`iss` in every answer that goes to a client, errors too (RFC 9207 §2)."""

    def get_issuer(self) -> str:
        settings: Settings = current_app.config["PROFILE"]
        return settings.public_url


server = Server()
server.register_extension(Issuer())
server.register_client_auth_method(PrivateKeyJWT.CLIENT_AUTH_METHOD, PrivateKeyJWT())
# The grants that exist; there is no implicit, password or hybrid flow.
server.register_grant(CodeGrant)
server.register_grant(RefreshGrant)
server.register_grant(DeviceGrant)


def init_app(app: Flask) -> None:
    """Make the server ready for this app."""
    server.init_app(app)
