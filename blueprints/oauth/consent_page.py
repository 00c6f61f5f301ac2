"""What the consent page says: who is asked, who asks, what is known of them, where the answer goes, and what each scope opens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import current_app

from blueprints.forms.connection_limits import LimitsForm, labels, told
from config import Settings
from models.accounts.member import Member
from models.accounts.user import User
from models.clients.client import Client, proven_host
from models.clients.lookalike_names import Likeness, likeness_of
from models.clients.redirect_uri import is_loopback, redirect_host
from models.connections.connection import Connection
from models.connections.declined_scope import Refusal
from models.connections.policy import ConnectionPolicy
from models.database.tenancy import in_account
from models.oauth.consent_request import ConsentRequest
from models.oauth.device_authorization import DeviceAuthorization
from models.permissions import Role, grantable
from models.request_scope import NO_LIMITS
from models.scopes import GROUPS, SCOPES

GONE = "A tag that was deleted cannot be chosen again: with no tag ticked below, the app sees all profiles."


@dataclass(frozen=True)
class Ask:
    """One scope as the page shows it."""

    name: str
    sentence: str
    opens: str
    tools: list[Any]
    allowed: bool
    """Whether this person can give it, by their role and by the account's policy."""
    not_allowed: str
    """Why not."""
    refusal: Refusal | None
    """When this person declined it for this app, and whether for good; then its Deny box starts ticked, or there is none."""
    held: bool
    """Whether the app has it already in this account."""


@dataclass(frozen=True)
class ConsentPage:
    """Everything on the page, decided before a template sees it."""

    secret: str
    client_name: str
    identity: str
    likeness: Likeness | None
    """The trusted name that this app uses, or that its name looks like, with nothing to prove it."""
    redirect_host: str
    redirect_uri: str
    on_this_computer: bool
    device: DeviceAuthorization | None
    """The device that asked by a code, if one did; then the answer goes there and to no address."""
    person: User
    member: Member
    memberships: list[Member]
    groups: list[tuple[str, list[Ask]]]
    held: list[Ask]
    """What it may do already, folded away when it asks for more."""
    again: bool
    """Whether this app is connected to this account already."""
    limits: LimitsForm
    """What it can be limited to, where it is not connected yet."""
    limits_now: list[str]
    """What it is limited to already: by its member, if it is connected, and by the account's policy; whether it is paused."""
    begins_paused: str | None
    """What is to be said of an app that an Owner paused before it was ended; connected again, it is paused."""
    over: Connection | None
    """The connection of this app that ended by its date, if it was not made anew since."""
    limits_then: list[str]
    """What that one was limited to: filled in below, for the person to keep or change."""
    connection_id: UUID | None
    days_idle: int

    @classmethod
    def of(cls, consent: ConsentRequest, secret: str, member: Member, person: User, limits: LimitsForm) -> ConsentPage:
        """The page for this question, as it stands for this member."""
        client, settings = consent.client, current_app.config["PROFILE"]
        over = Connection.over_between(member, client)
        known = Connection.between(member, client)
        asked = asks(consent.scope, member, client, known.granted if known else frozenset())
        return cls(
            secret=secret,
            client_name=client.name,
            identity=client.identity([consent.redirect_uri]),
            likeness=likeness_to_mark(client, consent.redirect_uri),
            redirect_host=redirect_host(consent.redirect_uri),
            redirect_uri=consent.redirect_uri,
            on_this_computer=is_loopback(consent.redirect_uri),
            device=consent.device,
            person=person,
            member=member,
            memberships=memberships_for(client, person, member),
            groups=grouped([ask for ask in asked if not ask.held] or asked),
            held=[ask for ask in asked if ask.held] if any(not ask.held for ask in asked) else [],
            again=known is not None,
            limits=limits,
            limits_now=limits_already(member.account_id, known),
            begins_paused=begins_paused(member, client) if known is None else None,
            over=over,
            limits_then=limits_until(over) if over else [],
            connection_id=known.id if known else None,
            days_idle=lifetime_days(settings),
        )


def likeness_to_mark(client: Client, redirect_uri: str) -> Likeness | None:
    """The trusted name that this app's name is or looks like, unless an operator or a domain that is proven stands behind it."""
    by_operator = client.kind == "preregistered" and client.account_id is None
    likeness = None if by_operator else likeness_of(client.name)
    return None if likeness and likeness.exact and client.proven_for(redirect_uri) else likeness


def memberships_for(client: Client, person: User, member: Member) -> list[Member]:
    return [member] if client.account_id else [each for each in Member.all_of(person.id) if not each.account.locked]


def asks(requested: frozenset[str], member: Member, client: Client, held: frozenset[str]) -> list[Ask]:
    """Each requested scope, with what is known of it between this person and this app."""
    tools, refusals = current_app.extensions["tools"].by_scope(), Refusal.between(member, client)
    return [
        Ask(
            scope.name,
            scope.sentence,
            scope.opens,
            tools.get(scope.name, []),
            allowed=givable(member, scope.name),
            not_allowed=f"{'The policy of the account' if grantable(Role(member.role), scope.name) else 'Your role'} does not allow this",
            refusal=refusals.get(scope.name),
            held=scope.name in held,
        )
        for scope in SCOPES.values()
        if scope.name in requested
    ]


def givable(member: Member, scope: str) -> bool:
    """Whether this member can give this scope: their role and their account's policy both allow it."""
    most = ConnectionPolicy.of(member.account_id).scopes
    return grantable(Role(member.role), scope) and (most is None or scope in most)


def barrier(member: Member, person: User, client: Client, redirect_uri: str) -> tuple[str, str] | None:
    """Why this app cannot be connected to this account at all, and what to do; None where it can."""
    policy = ConnectionPolicy.of(member.account_id)
    host = proven_host(client.kind, client.client_id, redirect_uri)
    if not policy.allows_app(client.kind, client.client_id, host):
        return (
            f"{member.account.name} does not let this app in",
            "The Owners of the account have decided which apps may connect. Ask one of them, or choose another account.",
        )
    if member.lacks_second_factor or (policy.second_factor and not person.has_second_factor):
        return (
            "A second factor is needed first",
            f"In {member.account.name}, only members with a second factor connect apps. Set one up under Your profile, then try again.",
        )
    return None


def limits_already(account_id: UUID, known: Connection | None) -> list[str]:
    """The limits that hold before anything is chosen on the page, in sentences."""
    policy = ConnectionPolicy.of(account_id)
    days = policy.longest_days
    asks_again = [f"After {days} {'day' if days == 1 else 'days'} it must ask you again."] if days else []
    paused = [stays_paused(known)] if known and known.paused_at else []
    with in_account(account_id):
        limits = told((known.limits if known else NO_LIMITS).within(policy.limits), labels(account_id))
        return [*paused, *limits, *asks_again]


def stays_paused(connection: Connection) -> str:
    """What becomes of a pause when the app is connected once more: nothing."""
    you = connection.resumable_by(connection.member)
    who = "you let it go on under Connected apps" if you else "an Owner of the account lets it go on"
    return f"It is paused and stays so, whatever you allow here: it can do nothing until {who}."


def begins_paused(member: Member, client: Client) -> str | None:
    """What becomes of an Owner's pause when the app was ended and is connected anew: nothing."""
    held = Connection.held_by_owner(member, client)
    return stays_paused(held) if held else None


def limits_until(over: Connection) -> list[str]:
    """What a connection was limited to that ended by its date, besides that date, in sentences."""
    with in_account(over.account_id):
        tags = labels(over.account_id)
        gone = [GONE] if set(over.only_tags or []) - set(tags) else []
        return [*told(replace(over.limits, ends_at=None), tags), *gone]


def limits_to_offer(member: Member, client: Client) -> LimitsForm:
    """The limits to choose from for a new connection; those of one that ended by its date are filled in, so that none is lost unseen."""
    over = Connection.over_between(member, client)
    return LimitsForm.within(member.account_id, formdata=None, obj=over)


def grouped(asked: list[Ask]) -> list[tuple[str, list[Ask]]]:
    """The scopes under See, Change and Delete or send; empty groups are left out."""
    groups = [(group, [ask for ask in asked if SCOPES[ask.name].group == group]) for group in GROUPS]
    return [(group, members) for group, members in groups if members]


def lifetime_days(settings: Settings) -> int:
    return max(1, settings.refresh_idle_lifetime.days)
