"""An assistant for tests: it registers, asks for consent, keeps its tokens and uses them, through the app's entry points."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

CALLBACK = "http://localhost:3118/callback"
MCP_URL = "http://localhost/mcp"


@dataclass
class Assistant:
    """One device of an app that speaks OAuth."""

    app: Flask
    name: str = "Claude"
    redirect_uri: str = CALLBACK
    client_id: str = ""
    client_secret: str | None = None
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(8))
    access_token: str = ""
    refresh_token: str = ""

    @property
    def wire(self) -> FlaskClient:
        """Its own HTTP client: no cookies, nobody signed in."""
        return self.app.test_client(use_cookies=False)

    def register(self, **metadata: Any) -> Assistant:
        """Register dynamically."""
        given = {"client_name": self.name, "redirect_uris": [self.redirect_uri], "token_endpoint_auth_method": "none"}
        answer = self.wire.post("/register", json=given | metadata)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        self.client_id, self.client_secret = answer.json["client_id"], answer.json.get("client_secret")
        return self

    def question(self, **changes: Any) -> dict[str, Any]:
        """The parameters of its authorization request; a change to None leaves one out."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": self.state,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            "resource": MCP_URL,
        }
        return {name: value for name, value in (asked | changes).items() if value is not None}

    def ask(self, browser: FlaskClient, **changes: Any) -> TestResponse:
        """Send a person's browser to the consent page."""
        return browser.get("/authorize", query_string=self.question(**changes))

    def connect(
        self, browser: FlaskClient, scope: str | None = None, deny: list[str] | None = None, **answer: Any
    ) -> Assistant:
        """Ask, be allowed by the person, and redeem the code."""
        page = self.ask(browser, scope=scope)
        if account := answer.pop("account", None):
            page = decide(browser, page, "account", account=account)
        code = self.code_in(decide(browser, page, deny=deny or [], **answer))
        answered = self.redeem(code)
        assert answered.status_code == 200, answered.get_data(as_text=True)
        return self.keep(answered)

    def code_in(self, response: TestResponse) -> str:
        """The code in the answer of a consent page."""
        return answer_in(response)["code"]

    def redeem(self, code: str | None, **changes: Any) -> TestResponse:
        """Exchange a code for tokens."""
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "code_verifier": self.verifier,
            "resource": MCP_URL,
        }
        return self.post_token(given | changes)

    def refresh(self, token: str | None = None, **changes: Any) -> TestResponse:
        """Exchange a refresh token for new tokens."""
        given = {
            "grant_type": "refresh_token",
            "refresh_token": token or self.refresh_token,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        return self.post_token(given | changes)

    def post_token(self, parameters: dict[str, Any]) -> TestResponse:
        return self.wire.post("/token", data={name: value for name, value in parameters.items() if value is not None})

    def keep(self, answered: TestResponse) -> Assistant:
        """Store the tokens of a response."""
        self.access_token = answered.json["access_token"]
        self.refresh_token = answered.json.get("refresh_token", "")
        return self


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def fields_of(page: TestResponse) -> dict[str, str]:
    """The hidden and chosen fields of the consent form, as a browser would send them."""
    text = page.get_data(as_text=True)
    found = {}
    for tag in re.findall(r"<input[^>]*>", text[text.find("<main") :]):
        attributes = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        if attributes.get("type") == "hidden" or (attributes.get("type") == "radio" and "checked" in tag):
            found[attributes["name"]] = html.unescape(attributes.get("value", ""))
    return found


def decide(
    browser: FlaskClient, page: TestResponse, decision: str = "allow", deny: list[str] | None = None, **changes: Any
) -> TestResponse:
    """Answer a consent page as its person would."""
    assert page.status_code == 200, page.get_data(as_text=True)
    sent = fields_of(page) | {"decision": decision, "deny": deny or []} | changes
    # Browsers say where a form comes from.
    return browser.post("/authorize", data=sent, headers={"Origin": "http://localhost"})


def continue_address(response: TestResponse) -> str:
    """Where the page after the decision, or after a mistake, leads to."""
    assert response.status_code in {200, 400}, response.get_data(as_text=True)
    link = next(tag for tag in re.findall(r"<a [^>]*>", response.get_data(as_text=True)) if 'id="continue"' in tag)
    found = re.search(r'href="([^"]*)"', link)
    assert found
    return html.unescape(found.group(1))


def answer_in(response: TestResponse) -> dict[str, str]:
    """The parameters that go back to the client, from the page after the decision or from a redirect."""
    address = response.location if response.status_code in {302, 303} else continue_address(response)
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
