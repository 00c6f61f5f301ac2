"""The grants for codes and for refresh tokens. Claim first, issue second, in one transaction."""

from __future__ import annotations

from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant

from blueprints.oauth.failure_throttle import TooManyRequests, about
from blueprints.oauth.parameters import check_parameters, check_resource, read_scope
from blueprints.oauth.pkce import RequiredPKCE
from config import current_settings
from models.accounts import User
from models.audit import Action, Outcome, record
from models.clients import AUTH_METHODS, Client
from models.connections import EndReason, end_authorization
from models.database import begin_writing, db
from models.mail import Kind, notify_of_app
from models.metrics import Counter
from models.oauth import (
    Presented,
    PresentedCode,
    PresentedRefreshToken,
    count_refresh,
    find_code,
    find_refresh_token,
    issue_access_token,
    issue_refresh_token,
    redeem,
    rotate,
    successor,
)
from models.rate_limits import Limit
from models.request_scope import current_scope
from models.scopes import format_scopes

REUSED = Counter(
    "profile_secrets_reused",
    "Codes and refresh tokens that came once too often. Somebody else may have them, so their device was disconnected.",
    secret=("code", "refresh_token"),
)
Answer = tuple[int, dict[str, Any], list[tuple[str, str]]]
ENDED = "This token is no longer valid. Ask the person to connect again."
BARRED = {
    "policy": "The account's policy blocks this app. Only an Owner can change the policy.",
    "second_factor": "This account requires a second factor to use apps. The person must set one up first.",
}


class CodeGrant(AuthorizationCodeGrant):
    """Authorization codes (RFC 6749 §4.1): valid for 60 seconds, once, for their client, redirect URI and challenge."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)

    def __init__(self, request: Any, server: Any) -> None:
        super().__init__(request, server)
        RequiredPKCE()(self)

    @staticmethod
    def validate_authorization_redirect_uri(request: Any, client: Client) -> str:
        # Authlib quotes the address in its error and fails on characters that errors must not have.
        asked = request.payload.redirect_uri
        if asked and not client.check_redirect_uri(asked):
            raise InvalidRequestError("redirect_uri is not one that this client registered.")
        redirect_uri: str | None = asked or client.get_default_redirect_uri()
        if not redirect_uri:
            raise InvalidRequestError("Missing 'redirect_uri': this client registered several.")
        return redirect_uri

    def validate_authorization_request(self) -> str:
        redirect_uri: str = super().validate_authorization_request()
        try:
            check_parameters(self.request.payload)
            check_resource(self.request.payload.datalist.get("resource", []))
        except OAuth2Error as error:
            error.redirect_uri = redirect_uri
            raise
        return redirect_uri

    def query_authorization_code(self, code: str, client: Client) -> PresentedCode | None:
        begin_writing()
        found = find_code(code)
        if found is None or found.client_row != client.id:
            return None
        about(found.connection_id)
        check_resource(self.request.payload.datalist.get("resource", []))
        if found.used_at is not None:
            replayed(found)
            return None
        return found if found.good else None

    def create_token_response(self) -> Answer:
        code: PresentedCode = self.request.authorization_code
        # Authlib would issue first and delete after: 996 of 1,000 races on PostgreSQL double-spent.
        if not redeem(code):
            replayed(code)
            raise InvalidGrantError("This code was used before.")
        refuse_barred(code)
        refresh = issue_refresh_token(code.authorization_id) if self.client.check_grant_type("refresh_token") else None
        access = issue_access_token(code.authorization_id, code.granted, current_settings().access_token_lifetime)
        return tokens(access, refresh, code.left_of(code.granted))


class RefreshGrant(RefreshTokenGrant):
    """Refresh tokens: rotated at every use; a repeat is tolerated for a moment, and ends the authorization after it."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)

    def validate_token_request(self) -> None:
        client = self._validate_request_client()
        token = self.request.form.get("refresh_token")
        if not token:
            raise InvalidRequestError("Missing 'refresh_token' in request.")
        begin_writing()
        presented = find_refresh_token(token)
        if presented is not None and presented.client_row == client.id:
            about(presented.connection_id)
        # A dead refresh token is `invalid_grant` and nothing else: clients loop on other codes.
        if presented is None or presented.client_row != client.id or not presented.live:
            raise InvalidGrantError(ENDED)
        check_resource(self.request.payload.datalist.get("resource", []))
        self.request.client, self.request.refresh_token = client, presented

    def create_token_response(self) -> Answer:
        presented: PresentedRefreshToken = self.request.refresh_token
        scope = narrowed(presented, self.request.payload.scope)
        refresh = self.next_refresh_token(presented)
        refuse_barred(presented)
        if wait := count_refresh(presented.connection_id, Limit.per_minute(current_settings().limit_refreshes)):
            # Nothing was rotated: the same token is still valid when the client retries.
            db.session.rollback()
            raise TooManyRequests(wait, "This connection refreshes its tokens too often.")
        access = issue_access_token(presented.authorization_id, scope, current_settings().access_token_lifetime)
        return tokens(access, refresh, presented.left_of(scope))

    def next_refresh_token(self, presented: PresentedRefreshToken) -> str:
        if presented.rotated_at is None and (token := rotate(presented, current_settings().refresh_idle_lifetime)):
            return token
        if presented.tolerated(current_settings().refresh_grace):
            return successor(presented)
        reused(presented)
        raise InvalidGrantError(ENDED)


def refuse_barred(presented: Presented) -> None:
    """Refuse to issue what the account blocks, without using up the secret: it is valid again once the reason is gone.

    A pause does not block: a paused app stays connected. Checked last, so that a reused secret is noticed all the same.
    """
    if reason := presented.blocked_by_account:
        db.session.rollback()
        raise InvalidGrantError(BARRED[reason])


def narrowed(presented: PresentedRefreshToken, asked: str | None) -> frozenset[str]:
    """What this one access token may do: less if less was asked for, never more. The authorization keeps what it has."""
    wanted = read_scope(asked)
    # Clients repeat what they once asked for, whatever was granted and is left of it; only more than that is a mistake.
    if not wanted <= presented.requested:
        raise InvalidScopeError("A refresh cannot widen the scope. Start a new authorization to ask for more.")
    return presented.granted & (wanted or presented.granted)


def replayed(code: PresentedCode) -> None:
    """A code was used twice: somebody else may have it, so everything issued for it ends (RFC 6749 §4.1.2)."""
    end_with(code, Action.CODE_REPLAYED, EndReason.CODE_REUSED)


def reused(presented: PresentedRefreshToken) -> None:
    """A refresh token was used again after its grace time: two parties have it, so this device ends; others continue."""
    end_with(presented, Action.REFRESH_REUSED, EndReason.TOKEN_REUSED)


def end_with(presented: Presented, action: Action, reason: EndReason) -> None:
    """End the authorization of a secret that was used once too often; record and e-mail it, whatever the response is."""
    REUSED.add("code" if action is Action.CODE_REPLAYED else "refresh_token")
    if end_authorization(presented.authorization_id, reason):
        actor = current_scope().actor.known_as(
            account_id=presented.account_id,
            user_id=presented.user_id,
            member_id=presented.member_id,
            connection_id=presented.connection_id,
            client_name=presented.client_name,
        )
        record(action, ("connection", presented.connection_id), outcome=Outcome.REFUSED, by=actor)
        person = db.session.get_one(User, presented.user_id)
        notify_of_app(Kind.APP_CUT_OFF, presented.account_id, presented.connection_id, person, reason=reason)
    db.session.commit()


def tokens(access: str, refresh: str | None, scope: frozenset[str]) -> Answer:
    """A token response (RFC 6749 §5.1). `scope` is always there and current: it may be less than was asked for."""
    body = {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": int(current_settings().access_token_lifetime.total_seconds()),
        "scope": format_scopes(scope),
    }
    if refresh:
        body["refresh_token"] = refresh
    db.session.commit()
    return 200, body, [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]
