"""What a client reads before anything else."""

import json

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from models.oauth.device_authorization import DEVICE_GRANT
from models.scopes import SCOPES
from tests.for_each import for_each

SERVER = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
RESOURCE = ("/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp")


@pytest.mark.asvs("10.4.4")
@pytest.mark.parametrize("path", SERVER)
def test_the_authorization_server_says_only_what_it_can_do(client, path):
    document = client.get(path).json
    # Authlib wants https, which this server has in front of it.
    AuthorizationServerMetadata(json.loads(json.dumps(document).replace("http:", "https:"))).validate()
    assert document["issuer"] == "http://localhost"
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["response_types_supported"] == ["code"]
    assert document["grant_types_supported"] == ["authorization_code", "refresh_token", DEVICE_GRANT]
    assert "none" in document["token_endpoint_auth_methods_supported"]
    assert "none" not in document["introspection_endpoint_auth_methods_supported"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert document["client_id_metadata_document_supported"] is True


@pytest.mark.parametrize("endpoint", ["token", "revocation", "introspection"])
def test_where_clients_may_sign_it_says_with_which_algorithms(client, endpoint):
    document = client.get(SERVER[0]).json
    assert "private_key_jwt" in document[f"{endpoint}_endpoint_auth_methods_supported"]
    algorithms = document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
    assert algorithms == ["RS256", "PS256", "ES256", "EdDSA"]


@pytest.mark.parametrize("path", RESOURCE)
def test_the_resource_names_its_server_and_its_five_scopes(client, path):
    document = client.get(path).json
    assert document["resource"] == "http://localhost/mcp"
    assert document["authorization_servers"] == ["http://localhost"]
    assert document["scopes_supported"] == list(SCOPES)
    assert "offline_access" not in document["scopes_supported"]


def test_every_endpoint_that_is_named_is_there(app, client):
    document = client.get(SERVER[0]).json
    for name in ("token_endpoint", "registration_endpoint", "revocation_endpoint"):
        assert client.post(document[name].removeprefix("http://localhost")).status_code == 400
    for name in ("introspection_endpoint", "device_authorization_endpoint"):
        assert client.post(document[name].removeprefix("http://localhost")).status_code == 400
    assert client.get("/authorize").status_code == 302


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "Forwarded"])
def test_addresses_come_from_the_settings_and_from_no_header(client, header):
    document = client.get(SERVER[0], headers={header: "evil.example"})
    assert "evil.example" not in document.get_data(as_text=True)


@for_each("path", [*SERVER, *RESOURCE, "/token", "/register", "/revoke"])
def test_programs_in_browsers_may_ask_from_anywhere(client, path):
    preflight = client.options(path, headers={"Origin": "https://inspector.example"})
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "MCP-Protocol-Version" in preflight.headers["Access-Control-Allow-Headers"]


@pytest.mark.asvs("3.4.2")
@for_each(
    "path", ["/authorize", "/sign-in", "/settings/connections", "/introspect", "/register/x", "/device_authorization"]
)
def test_pages_and_doors_for_servers_are_not_open_to_other_origins(client, path):
    answer = client.options(path, headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
