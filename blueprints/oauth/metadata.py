"""Server metadata, which clients read first: endpoints and capabilities. Only what exists is listed."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response

from blueprints.auth.access_control import machine
from blueprints.oauth.api_endpoint import open_api_endpoint
from blueprints.oauth.private_key_jwt import ALGORITHMS
from blueprints.oauth.registration import GRANT_TYPES
from config import Settings, current_settings
from models.clients import AUTH_METHODS
from models.scopes import SCOPES

bp = Blueprint("oauth_metadata", __name__)
open_api_endpoint(bp)


def server_metadata(settings: Settings) -> dict[str, Any]:
    """The authorization server's metadata (RFC 8414). All URLs come from PUBLIC_URL, never from the Host header."""
    issuer, methods = settings.public_url, auth_methods(settings)
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "registration_endpoint": f"{issuer}/register",
        "revocation_endpoint": f"{issuer}/revoke",
        "device_authorization_endpoint": f"{issuer}/device_authorization",
        "introspection_endpoint": f"{issuer}/introspect",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": [method for method in methods if method != "none"],
        **(document_metadata() if settings.client_documents else {}),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


def auth_methods(settings: Settings) -> list[str]:
    """How an app can authenticate; by a key only if it publishes a document with the key."""
    return [method for method in AUTH_METHODS if settings.client_documents or method != "private_key_jwt"]


def document_metadata() -> dict[str, Any]:
    """Metadata for apps known by a document. A server that cannot fetch one must not list this, or clients try nothing else."""
    endpoints = ("token", "revocation", "introspection")
    return {
        "client_id_metadata_document_supported": True,
        **{f"{name}_endpoint_auth_signing_alg_values_supported": ALGORITHMS for name in endpoints},
    }


def resource_metadata(settings: Settings) -> dict[str, Any]:
    """The protected resource's metadata (RFC 9728)."""
    return {
        "resource": settings.mcp_url,
        "authorization_servers": [settings.public_url],
        "scopes_supported": list(SCOPES),
        "bearer_methods_supported": ["header"],
        "resource_name": "Profile",
    }


# Some clients look only where OpenID Connect would be; the document is the same.
@bp.get("/.well-known/oauth-authorization-server")
@bp.get("/.well-known/openid-configuration")
@machine
def authorization_server() -> Response:
    return json_document(server_metadata(current_settings()))


@bp.get("/.well-known/oauth-protected-resource")
@bp.get("/.well-known/oauth-protected-resource/mcp")
@machine
def protected_resource() -> Response:
    return json_document(resource_metadata(current_settings()))


def json_document(content: dict[str, Any]) -> Response:
    response = Response(json.dumps(content), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
