"""Tripwires: what an app rarely does in normal use, and what happens then, as a member or an Owner's policy chose it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from models.connections.limit_values import Limited


class Tripwire(StrEnum):
    """What an app does that its member should learn of."""

    MANY_PEOPLE = "many_people"
    """It reads about far more people than usual in one day."""
    FIRST_CHANGE = "first_change"
    FIRST_DELETION = "first_deletion"
    QUIET = "quiet"
    """It is used again after thirty days without a call."""
    REFUSALS = "refusals"
    """Many of its calls are refused within minutes."""
    COUNTRY = "country"
    """It is used from a country that it was not used from before."""
    DECOY = "decoy"
    """It opens or changes the profile of nobody."""


class Response(StrEnum):
    """What happens when a tripwire is touched, from the mildest to the strictest."""

    OFF = "off"
    TELL = "tell"
    ASK = "ask"
    """From then on, a person must allow every change first."""
    PAUSE = "pause"


STRICTNESS = {response: place for place, response in enumerate(Response)}
Chosen = Mapping[str, str] | None
"""Responses by tripwire, without those that are the default."""


def own_response(chosen: Chosen, tripwire: Tripwire) -> Response:
    """What a member chose for their app. Without a choice, they are told."""
    return Response((chosen or {}).get(tripwire, Response.TELL))


def policy_response(chosen: Chosen, tripwire: Tripwire) -> Response:
    """The least that an Owner's policy makes happen. Without a choice, each member decides."""
    return Response((chosen or {}).get(tripwire, Response.OFF))


def response_to(tripwire: Tripwire, own: Chosen, policy: Chosen) -> Response:
    """The stricter of the two."""
    return max(own_response(own, tripwire), policy_response(policy, tripwire), key=STRICTNESS.__getitem__)


def checked_own(_whose: Limited, value: Chosen) -> dict[str, str] | None:
    """A member's choices without the defaults; None for none."""
    return chosen_beside(value, Response.TELL)


def checked_policy(_whose: Limited, value: Chosen) -> dict[str, str] | None:
    """A policy's choices without the defaults; None for none."""
    return chosen_beside(value, Response.OFF)


def chosen_beside(value: Chosen, usual: Response) -> dict[str, str] | None:
    chosen = {str(Tripwire(name)): str(Response(response)) for name, response in (value or {}).items()}
    return {name: response for name, response in sorted(chosen.items()) if response != usual} or None


def milder(present: Chosen, wanted: Chosen) -> bool:
    """Whether less happens at any tripwire than at present."""
    return any(STRICTNESS[own_response(wanted, each)] < STRICTNESS[own_response(present, each)] for each in Tripwire)


def as_recorded(chosen: Chosen) -> list[str]:
    """The choices as the audit log stores them."""
    return [f"{name}: {response}" for name, response in (chosen or {}).items()]
