"""Connections: what one member lets one app do in one account, and the policy that limits them."""

from models.connections.authorization import Authorization, EndReason, end_authorization
from models.connections.connection import Connection
from models.connections.data_access import LOOKED_THROUGH, people_page, people_read
from models.connections.denied_scope import DeniedScope
from models.connections.lifecycle import give_back, limit, limits_with, open_connection, revoke
from models.connections.limit_values import TOO_FAR, asks_in, tag_sets
from models.connections.listing import connections_page
from models.connections.loosening import loosens
from models.connections.networks import ConnectionNetwork, comes_from_elsewhere, note_network, places_of, unused_since
from models.connections.new_names import note_new_name, trusted_name_in, wait_to_rename
from models.connections.policy import ConnectionPolicy, app_allowed, ends_after
from models.connections.status import State, blocked_by_policy, hosts_proven
from models.connections.tripwires import Response, Tripwire, own_response, policy_response, response_to
from models.connections.usage import ConnectionUse

__all__ = [
    "LOOKED_THROUGH",
    "TOO_FAR",
    "Authorization",
    "Connection",
    "ConnectionNetwork",
    "ConnectionPolicy",
    "ConnectionUse",
    "DeniedScope",
    "EndReason",
    "Response",
    "State",
    "Tripwire",
    "app_allowed",
    "asks_in",
    "blocked_by_policy",
    "comes_from_elsewhere",
    "connections_page",
    "end_authorization",
    "ends_after",
    "give_back",
    "hosts_proven",
    "limit",
    "limits_with",
    "loosens",
    "note_network",
    "note_new_name",
    "open_connection",
    "own_response",
    "people_page",
    "people_read",
    "places_of",
    "policy_response",
    "response_to",
    "revoke",
    "tag_sets",
    "trusted_name_in",
    "unused_since",
    "wait_to_rename",
]
