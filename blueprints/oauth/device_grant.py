"""The device code grant: the device polls until the person has answered (RFC 8628 §3.4)."""

from __future__ import annotations

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidGrantError, InvalidRequestError, UnauthorizedClientError
from authlib.oauth2.rfc8628 import AuthorizationPendingError, DeviceCodeGrant, ExpiredTokenError, SlowDownError

from blueprints.oauth.failure_throttle import about
from blueprints.oauth.grants import ENDED, Answer, end_with, refuse_barred, tokens
from blueprints.oauth.parameters import check_resource
from config import current_settings
from models.audit import Action
from models.clients import AUTH_METHODS
from models.connections import EndReason
from models.database import begin_writing, db
from models.oauth import DeviceAuthorization, Presented, find_answer, issue_access_token, issue_refresh_token


class DeviceGrant(DeviceCodeGrant):
    """Device codes: valid for ten minutes, once, for the client that asked. Unknown codes and other clients' get the same answer."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)

    def validate_token_request(self) -> None:
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("This client did not register the device code grant.")
        code = self.request.form.get("device_code")
        if not code:
            raise InvalidRequestError("Missing 'device_code' in request.")
        begin_writing()
        device = DeviceAuthorization.by_device_code(code)
        if device is None or device.client_id != client.id:
            raise InvalidGrantError("This device code is unknown.")
        about(device.id)
        check_resource(self.request.payload.datalist.get("resource", []))
        self.request.client, self.request.credential = client, device

    def create_token_response(self) -> Answer:
        device: DeviceAuthorization = self.request.credential
        if device.authorization_id is None:
            raise unanswered(device)
        answered = find_answer(device)
        # Claim first, issue second, as for codes: of several parallel polls, one gets tokens.
        if device.used_at is not None or (not device.expired and not device.claim()):
            end_with(answered, Action.CODE_REPLAYED, EndReason.CODE_REUSED)
            raise InvalidGrantError("This device code was used before.")
        if device.expired:
            raise ExpiredTokenError("This device code has expired. Request a new one.")
        return self.issued(answered)

    def issued(self, answered: Presented) -> Answer:
        if not answered.live:
            raise InvalidGrantError(ENDED)
        refuse_barred(answered)
        refreshes = self.request.client.check_grant_type("refresh_token")
        refresh = issue_refresh_token(answered.authorization_id) if refreshes else None
        access = issue_access_token(
            answered.authorization_id, answered.granted, current_settings().access_token_lifetime
        )
        return tokens(access, refresh, answered.left_of(answered.granted))


def unanswered(device: DeviceAuthorization) -> OAuth2Error:
    """Why there are no tokens (RFC 8628 §3.5): not yet, too fast, too late, or denied."""
    if device.expired:
        return ExpiredTokenError("This device code has expired. Request a new one.")
    if device.answered_at is not None:
        return AccessDeniedError("The person did not allow it.")
    hurried = device.polled_too_early()
    interval = device.interval
    db.session.commit()
    if hurried:
        return SlowDownError(f"Poll only every {interval} seconds.")
    return AuthorizationPendingError("The person has not answered yet.")
