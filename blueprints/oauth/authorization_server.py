"""Authlib, wired to our models and to stricter rules than its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError, OAuth2Request, UnsupportedGrantTypeError
from flask import Flask, request
from werkzeug.wrappers import Response

from blueprints.oauth import failure_throttle
from blueprints.oauth.api_endpoint import error_response
from blueprints.oauth.device_grant import DeviceGrant
from blueprints.oauth.grants import CodeGrant, RefreshGrant
from blueprints.oauth.parameters import PublicRequest, read_form, read_scope
from blueprints.oauth.private_key_jwt import PrivateKeyJWT
from models.clients import AUTH_METHODS, Client


class Server(AuthorizationServer):
    """The authorization server: Authlib's protocol, our storage, URLs from the settings."""

    def query_client(self, client_id: str) -> Client | None:
        client = Client.presented(client_id)
        failure_throttle.about(client and client.id)
        return client

    def validate_requested_scope(self, scope: str | None) -> None:
        read_scope(scope)

    def get_authorization_grant(self, given: OAuth2Request) -> CodeGrant:
        # Authlib quotes the value in its error and fails on characters that errors must not have (RFC 6749 §4.1.2.1).
        if given.payload.response_type == "code":
            return CodeGrant(given, self)
        client = self.query_client(given.payload.client_id or "")
        asked = given.payload.redirect_uri
        own = asked if client and asked and client.check_redirect_uri(asked) else None
        raise OAuth2Error("Only response_type=code is supported.", error="unsupported_response_type", redirect_uri=own)

    def get_token_grant(self, given: OAuth2Request) -> Any:
        try:
            return super().get_token_grant(given)
        except UnsupportedGrantTypeError as error:
            # Without the value: it may contain characters that errors must not have (RFC 6749 §5.2).
            error.description = "grant_type is none of grant_types_supported in this server's metadata."
            raise

    def authenticate_client(self, given: OAuth2Request, methods: list[str], endpoint: str = "token") -> Client:
        try:
            client: Client = super().authenticate_client(given, methods, endpoint)
            return client
        except ValueError:
            # Authlib fails on a Basic header that is not text.
            raise InvalidClientError(description="The Authorization header is not well formed.") from None

    def create_oauth2_request(self, given: Any) -> OAuth2Request:
        return given if isinstance(given, OAuth2Request) else PublicRequest(request)

    def authenticate_sender(self, methods: Sequence[str] = AUTH_METHODS) -> Client:
        """The app that sent this form, authenticated by one of these methods; raises Authlib's errors."""
        read_form()
        return self.authenticate_client(PublicRequest(request), list(methods))

    def handle_error_response(self, _given: OAuth2Request, error: OAuth2Error) -> Response:
        return error_response(error)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """We use none of Authlib's signals."""


server = Server()
server.register_client_auth_method(PrivateKeyJWT.CLIENT_AUTH_METHOD, PrivateKeyJWT())
# The supported grants; there is no implicit, password or hybrid flow.
server.register_grant(CodeGrant)
server.register_grant(RefreshGrant)
server.register_grant(DeviceGrant)


def init_app(app: Flask) -> None:
    """Set up the server for this app."""
    server.init_app(app)
