"""The consent page's data: the account, the app and its verification, where the answer goes, and what each scope allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app, render_template
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.forms.connection_limits import LimitsForm
from blueprints.oauth.consent_errors import refuse_blocked
from blueprints.oauth.consent_limits import describe_former_limits, describe_kept_pause, describe_limits, offer_limits
from config import current_settings
from models.accounts import Member, User
from models.clients import Client, Likeness, is_loopback, likeness_of, redirect_host
from models.connections import Connection, DeniedScope
from models.oauth import ConsentRequest, DeviceAuthorization, can_grant
from models.permissions import Role, grantable
from models.scopes import GROUPS, SCOPES

Page = str | tuple[str, int] | Response


def show_consent(consent: ConsentRequest, secret: str, member: Member, limits: LimitsForm | None = None) -> Page:
    """The consent page; raises `CannotAnswer` if the person has no other account to choose."""
    if len(Member.all_of(current_user.id)) == 1:
        refuse_blocked(member, consent.client, consent.redirect_uri)
    limits = limits or offer_limits(member, consent.client)
    page = ConsentPage.of(consent, secret, member, current_user, limits)
    return render_template("oauth/consent.html", page=page), 400 if limits.errors else 200


@dataclass(frozen=True)
class Ask:
    """One scope on the page."""

    name: str
    sentence: str
    opens: str
    tools: list[Any]
    allowed: bool
    """Whether this person can grant it, by their role and the account's policy."""
    not_allowed: str
    """Why not."""
    refusal: DeniedScope | None
    """When this person denied it for this app, and whether permanently; then its Deny box is ticked, or there is none."""
    held: bool
    """Whether the app already has it in this account."""


@dataclass(frozen=True)
class ConsentPage:
    """The page's data, decided before the template renders it."""

    secret: str
    client_name: str
    identity: str
    likeness: Likeness | None
    """The trusted name that this unverified app uses or imitates."""
    redirect_host: str
    redirect_uri: str
    on_this_computer: bool
    device: DeviceAuthorization | None
    """The device that asked by a code, if any; then the answer goes there and not to a redirect URI."""
    person: User
    member: Member
    memberships: list[Member]
    groups: list[tuple[str, list[Ask]]]
    held: list[Ask]
    """What it has access to already, collapsed when it asks for more."""
    again: bool
    """Whether this app is connected to this account already."""
    limits: LimitsForm
    """The limits to choose from, if it is not connected yet."""
    limits_now: list[str]
    """The current limits: the member's, if it is connected, and the account policy's; whether it is paused."""
    begins_paused: str | None
    """A note about an app that an Owner paused before it was revoked; when connected again, it is paused."""
    over: Connection | None
    """The expired connection of this app, if no other has replaced it."""
    limits_then: list[str]
    """The limits of that connection, filled in below for the person to keep or change."""
    connection_id: UUID | None
    days_idle: int

    @classmethod
    def of(cls, consent: ConsentRequest, secret: str, member: Member, person: User, limits: LimitsForm) -> ConsentPage:
        """The page for this request and this member."""
        client = consent.client
        over = Connection.over_between(member, client)
        known = Connection.between(member, client)
        asked = list_requested(consent.scope, member, client, known.granted if known else frozenset())
        return cls(
            secret=secret,
            client_name=client.name,
            identity=client.identity([consent.redirect_uri]),
            likeness=find_likeness(client, consent.redirect_uri),
            redirect_host=redirect_host(consent.redirect_uri),
            redirect_uri=consent.redirect_uri,
            on_this_computer=is_loopback(consent.redirect_uri),
            device=consent.device,
            person=person,
            member=member,
            memberships=list_memberships(client, person, member),
            groups=group_scopes([ask for ask in asked if not ask.held] or asked),
            held=[ask for ask in asked if ask.held] if any(not ask.held for ask in asked) else [],
            again=known is not None,
            limits=limits,
            limits_now=describe_limits(member.account_id, known),
            begins_paused=describe_kept_pause(member, client) if known is None else None,
            over=over,
            limits_then=describe_former_limits(over) if over else [],
            connection_id=known.id if known else None,
            days_idle=max(1, current_settings().refresh_idle_lifetime.days),
        )


def find_likeness(client: Client, redirect_uri: str) -> Likeness | None:
    """The trusted name that this app's name equals or imitates, unless the administrator or a verified domain vouches for it."""
    by_operator = client.kind == "preregistered" and client.account_id is None
    likeness = None if by_operator else likeness_of(client.name)
    return None if likeness and likeness.exact and client.proven_for(redirect_uri) else likeness


def list_memberships(client: Client, person: User, member: Member) -> list[Member]:
    return [member] if client.account_id else [each for each in Member.all_of(person.id) if not each.account.locked]


def list_requested(requested: frozenset[str], member: Member, client: Client, held: frozenset[str]) -> list[Ask]:
    """The requested scopes, with what this person and this app have done about each."""
    tools, refusals = current_app.extensions["tools"].by_scope(), DeniedScope.between(member, client)
    return [
        Ask(
            scope.name,
            scope.sentence,
            scope.opens,
            tools.get(scope.name, []),
            allowed=can_grant(member, scope.name),
            not_allowed="Blocked by the account's policy"
            if grantable(Role(member.role), scope.name)
            else "Blocked by your role",
            refusal=refusals.get(scope.name),
            held=scope.name in held,
        )
        for scope in SCOPES.values()
        if scope.name in requested
    ]


def group_scopes(asked: list[Ask]) -> list[tuple[str, list[Ask]]]:
    """The scopes under See, Change and Delete or send; empty groups are left out."""
    groups = [(group, [ask for ask in asked if SCOPES[ask.name].group == group]) for group in GROUPS]
    return [(group, members) for group, members in groups if members]
