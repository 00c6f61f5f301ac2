"""OAuth: codes, tokens, devices, and what a token allows."""

from models.oauth.bearer import Bearer, bearer_of
from models.oauth.call_rate_limit import DayIsOver, Pace, TooFast, count_refresh
from models.oauth.call_rules import rule_against
from models.oauth.client_removal import live_connections, remove, withdraw
from models.oauth.consent_request import AuthorizationRequest, ConsentRequest
from models.oauth.consent_rules import (
    SECOND_FACTOR,
    Standing,
    grantable_scopes,
    member_for,
    needs_second_factor,
)
from models.oauth.device_authorization import DEVICE_GRANT, DeviceAuthorization, find_answer, read_user_code
from models.oauth.device_code_attempts import CodeTry
from models.oauth.introspection import TokenState, token_state
from models.oauth.pending_request import PendingRequest
from models.oauth.preregistered_client import add_client, clients_of, find_client, rotate_secret, secret_mark
from models.oauth.resource_indicator import same_resource
from models.oauth.token_exchange import (
    Presented,
    PresentedCode,
    PresentedRefreshToken,
    find_code,
    find_refresh_token,
    redeem,
    rotate,
    successor,
)
from models.oauth.tokens import (
    AccessToken,
    AuthorizationCode,
    RefreshToken,
    abandoned_among,
    issue_access_token,
    issue_refresh_token,
    revoke_token,
)
from models.oauth.unused_clients import tidy_clients
from models.oauth.used_assertion import UsedAssertion, use_assertion

__all__ = [
    "DEVICE_GRANT",
    "SECOND_FACTOR",
    "AccessToken",
    "AuthorizationCode",
    "AuthorizationRequest",
    "Bearer",
    "CodeTry",
    "ConsentRequest",
    "DayIsOver",
    "DeviceAuthorization",
    "Pace",
    "PendingRequest",
    "Presented",
    "PresentedCode",
    "PresentedRefreshToken",
    "RefreshToken",
    "Standing",
    "TokenState",
    "TooFast",
    "UsedAssertion",
    "abandoned_among",
    "add_client",
    "bearer_of",
    "clients_of",
    "count_refresh",
    "find_answer",
    "find_client",
    "find_code",
    "find_refresh_token",
    "grantable_scopes",
    "issue_access_token",
    "issue_refresh_token",
    "live_connections",
    "member_for",
    "needs_second_factor",
    "read_user_code",
    "redeem",
    "remove",
    "revoke_token",
    "rotate",
    "rotate_secret",
    "rule_against",
    "same_resource",
    "secret_mark",
    "successor",
    "tidy_clients",
    "token_state",
    "use_assertion",
    "withdraw",
]
