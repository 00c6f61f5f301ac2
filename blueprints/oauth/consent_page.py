"""The consent page's data: the account, the app and its verification, where the answer goes, and what each scope allows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app, render_template
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.forms.connection_limits import LimitsForm
from blueprints.forms.reach import Reach
from blueprints.oauth.consent_errors import refuse_blocked, why_blocked
from blueprints.oauth.consent_limits import describe_former_limits, describe_kept_pause, describe_limits, offer_limits
from blueprints.oauth.consent_preview import preview
from blueprints.oauth.decision import Decision
from blueprints.web.template_filters import role as role_name
from config import current_settings
from models.accounts import Member, User
from models.clients import Client, Likeness, is_loopback, redirect_host
from models.connections import Connection, DeniedScope
from models.oauth import ConsentRequest, DeviceAuthorization, Standing
from models.permissions import Role, grantable, may, scope_for
from models.scopes import GROUPS, SCOPES

Page = str | tuple[str, int] | Response


def show_consent(consent: ConsentRequest, secret: str, standing: Standing, decision: Decision | None = None) -> Page:
    """The consent page, again with what was chosen if that was not an answer; raises `CannotAnswer` if the app cannot be
    connected to any of the person's accounts."""
    choices, decision = list_choices(consent, standing, current_user), decision or Decision.kept_for(consent)
    if all(choice.blocked for choice in choices):
        refuse_blocked(standing, consent.redirect_uri)
    limits = decision.limits if decision else offer_limits(standing)
    page = ConsentPage.of(consent, secret, standing, choices, limits, decision)
    return render_template("oauth/consent.html", page=page), 400 if limits.errors else 200


@dataclass(frozen=True)
class Ask:
    """One scope on the page."""

    name: str
    sentence: str
    opens: str
    group: str
    tools: list[Any]
    """Those that this person's role allows."""
    allowed: bool
    """Whether this person can grant it, by their role and the account's policy."""
    not_allowed: str
    """Why not."""
    refusal: DeniedScope | None
    """When this person denied it for this app, and whether permanently; then there is no Deny box."""
    ticked: bool
    """Whether its Deny box is ticked: it was denied before, or on this page."""
    held: bool
    """Whether the app already has it in this account."""

    @property
    def can_be_answered(self) -> bool:
        """Whether it has a Deny box."""
        return self.allowed and not (self.refusal and self.refusal.for_good)

    @property
    def only_changes(self) -> bool:
        """Whether nothing of it is left to an app that can only read."""
        return not any(tool.reads for tool in self.tools)


@dataclass(frozen=True)
class Choice:
    """One of the person's accounts."""

    member: Member
    blocked: tuple[str, str] | None
    """Why this app cannot be connected to it, and what to do."""


@dataclass(frozen=True)
class ConsentPage:
    """The page's data, decided before the template renders it."""

    secret: str
    client_name: str
    former_name: str | None
    """What the app was called when this person allowed it, if it calls itself otherwise now."""
    identity: str
    likeness: Likeness | None
    """The trusted name that this unverified app uses or imitates."""
    redirect_host: str
    redirect_uri: str
    on_this_computer: bool
    new_place: bool
    """Whether the app is connected, but never received an answer there."""
    device: DeviceAuthorization | None
    """The device that asked by a code, if any; then the answer goes there and not to a redirect URI."""
    person: User
    member: Member
    choices: list[Choice]
    blocked: tuple[str, str] | None
    """Why the app cannot be connected to the account shown, and what to do."""
    groups: list[tuple[str, list[Ask]]]
    held: list[Ask]
    """What it has access to already, collapsed when it asks for more."""
    not_taken: bool
    """Whether an answer was not taken, because it was for another account than the page, or the app has changed its name."""
    never: bool
    """Whether the denied scopes are not to be asked for again."""
    kept: bool
    """Whether it shows what was chosen on an earlier page of the same request."""
    tags_left_out: bool
    """Whether tags were chosen of which this account has none, and no others."""
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
    possible: bool
    """Whether there is anything that this person can allow."""
    reach: Reach | None
    """What the app could see and change as the page is filled in; None if nothing can be allowed."""
    connection_id: UUID | None
    idle: timedelta
    """How long access lasts without use."""
    longest: timedelta
    """How long it lasts at most, until the app must be connected again."""

    @property
    def unfold_limits(self) -> bool:
        """Whether the limits that are folded away need a look."""
        further = (self.limits.only_tags, self.limits.ask_first, self.limits.daily_calls, self.limits.ends_on)
        return self.over is not None or self.tags_left_out or any(each.data or each.errors for each in further)

    @classmethod
    def of(
        cls,
        consent: ConsentRequest,
        secret: str,
        standing: Standing,
        choices: list[Choice],
        limits: LimitsForm,
        decision: Decision | None,
    ) -> ConsentPage:
        """The page for this request and the member that it is shown to."""
        client, member, known, over = consent.client, consent.member, standing.known, standing.over
        new_place = known is not None and not known.has_answered(consent.redirect_uri)
        # What goes to another place is asked from the start: nothing of it is there already.
        held = known.granted if known and not new_place else frozenset()
        blocked = why_blocked(standing, consent.redirect_uri)
        asked = list_requested(consent, standing, held, decision, possible=blocked is None)
        new = [ask for ask in asked if not ask.held]
        # With nothing new to answer, this is no more than one more device, which gets what the app has already.
        folded = any(ask.can_be_answered for ask in new)
        possible = bool(consent.offered) and blocked is None
        return cls(
            secret=secret,
            client_name=client.name,
            former_name=known.app_name if known and known.new_name else None,
            identity=client.identity([consent.redirect_uri]),
            likeness=find_likeness(client, consent.redirect_uri),
            redirect_host=redirect_host(consent.redirect_uri),
            redirect_uri=consent.redirect_uri,
            on_this_computer=is_loopback(consent.redirect_uri),
            new_place=new_place,
            device=consent.device,
            person=member.user,
            member=member,
            choices=choices,
            blocked=blocked,
            groups=group_scopes(new if folded else asked),
            held=[ask for ask in asked if ask.held] if folded else [],
            not_taken=decision is not None and decision.answer is not None and not decision.as_shown,
            never=decision is not None and decision.never,
            kept=decision is not None and decision.kept,
            tags_left_out=decision is not None and decision.tags_left_out and known is None and not limits.errors,
            again=known is not None,
            limits=limits,
            limits_now=describe_limits(standing.policy, known),
            begins_paused=describe_kept_pause(member, client) if known is None else None,
            over=over,
            limits_then=describe_former_limits(over) if over else [],
            possible=possible,
            reach=preview(consent, standing, frozenset(ask.name for ask in asked if ask.ticked), limits)
            if possible
            else None,
            connection_id=known.id if known else None,
            idle=current_settings().refresh_idle_lifetime,
            longest=current_settings().refresh_absolute_lifetime,
        )


def find_likeness(client: Client, redirect_uri: str) -> Likeness | None:
    """The trusted name that this app uses or imitates without a right to it, if the page does not say as much already."""
    likeness = client.trusted_name([redirect_uri])
    any_program = is_loopback(redirect_uri) and client.publisher is None
    return None if likeness and likeness.exact and any_program else likeness


def list_choices(consent: ConsentRequest, shown: Standing, person: User) -> list[Choice]:
    """The accounts to choose from; an account's own client can be used only there."""
    members = [shown.member] if shown.client.account_id else Member.all_of(person.id)
    each = (shown if member.id == shown.member.id else Standing(member, shown.client) for member in members)
    return [Choice(standing.member, why_blocked(standing, consent.redirect_uri)) for standing in each]


def list_requested(
    consent: ConsentRequest, standing: Standing, held: frozenset[str], decision: Decision | None, *, possible: bool
) -> list[Ask]:
    """The requested scopes, with what this person and this app have done about each. If the account blocks the app, none is possible."""
    role, tools = Role(standing.member.role), current_app.extensions["tools"].by_scope()
    ticked = find_ticked(standing.denied, decision)
    grantable_now = standing.grantable if possible else frozenset()
    return [
        Ask(
            scope.name,
            _(scope.sentence),
            _(scope.opens),
            scope.group,
            [tool for tool in tools.get(scope.name, []) if may(role, tool.may) or not grantable(role, scope.name)],
            allowed=scope.name in grantable_now,
            not_allowed=say_why_not(role, scope.name, possible=possible),
            refusal=standing.denied.get(scope.name),
            ticked=scope.name in ticked,
            held=scope.name in held,
        )
        for scope in (scope_for(role, name) for name in SCOPES)
        if scope.name in consent.scope
    ]


def say_why_not(role: Role, scope: str, *, possible: bool) -> str:
    """Why a member with this role cannot grant this scope."""
    if not possible:
        return str(_("Not possible in this account"))
    if grantable(role, scope):
        return str(_("Blocked by the account's policy"))
    return str(_("Not possible in your role (%(role)s)", role=role_name(role)))


def find_ticked(refusals: Collection[str], decision: Decision | None) -> frozenset[str]:
    """What was denied last time and, if the page was answered without effect, what was denied on it."""
    if decision is not None and decision.as_shown:
        return decision.denied
    return frozenset(refusals) | (decision.denied if decision else frozenset())


def group_scopes(asked: list[Ask]) -> list[tuple[str, list[Ask]]]:
    """The scopes under See, Change and Delete or send; empty groups are left out."""
    groups = [(group, [ask for ask in asked if ask.group == group]) for group in GROUPS]
    return [(_(group), members) for group, members in groups if members]
