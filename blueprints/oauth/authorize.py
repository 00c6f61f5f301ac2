"""/authorize: an app asks, a person decides. A GET never grants; the answer is given once, in the browser that was asked."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from flask import current_app, g, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_member
from blueprints.forms.connection_limits import LimitsForm
from blueprints.oauth import bp
from blueprints.oauth.authorization_server import FrozenRequest, PublicRequest, server
from blueprints.oauth.client_id_metadata_documents import look_again
from blueprints.oauth.consent_page import ConsentPage, barrier, givable, limits_to_offer, stays_paused
from blueprints.web import errors
from blueprints.web.security_headers import keeps_opener
from config import Settings
from models.accounts.member import Member
from models.audit.recorder import Action, Outcome, acting_now, record
from models.clients.client import Client
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.declined_scope import Refusal
from models.database.base import db
from models.database.engine import writing
from models.database.tenancy import in_account
from models.errors import Invalid
from models.oauth.consent_request import ConsentRequest
from models.oauth.device_authorization import DeviceAuthorization
from models.permissions import Permission
from models.scopes import ALL_SCOPES, format_scopes, parse_scopes

Page = str | tuple[str, int] | Response

ANSWERED = (
    "This question was already answered",
    "Nothing more was done. If the app is still waiting, start again from the app.",
)
NOT_HERE = (
    "This question cannot be answered here",
    "It was shown to another person or in another browser, or it is more than ten minutes old. Start again from the app.",
)
NOT_A_MEMBER = (
    "This app belongs to another account",
    "Only members of the account that registered it can connect it.",
)


@bp.get("/authorize")
@allowed(Permission.CONNECT_APPS)
@keeps_opener
def authorize() -> Page:
    """Show the question. Everything that decides is frozen on the server; the form carries only the answer."""
    try:
        look_again(request.args.get("client_id", ""))
        client, frozen = validated()
    except OAuth2Error as error:
        return refused(error)
    member = member_for(client, current_member().account_id)
    if member is None:
        return errors.page(403, *NOT_A_MEMBER)
    if nothing_left_to_ask(client, member, frozen["scope"]):
        return refused_for_good(client, member, frozen)
    session_id, user_id, member_id = g.login_session.id, current_user.id, member.id
    with writing():
        _, secret = ConsentRequest.freeze(session_id=session_id, user_id=user_id, client_id=client.id, **frozen)
    return show(ConsentRequest.find(secret, session_id, user_id), secret, db.session.get_one(Member, member_id))


def nothing_left_to_ask(client: Client, member: Member, scope: frozenset[str]) -> bool:
    """Whether all that this request asks was declined for good: asking once more would only wear the person down."""
    lasting = {name for name, refusal in Refusal.between(member, client).items() if refusal.for_good}
    return asked_of(member, client, scope) <= lasting


def asked_of(member: Member, client: Client, scope: frozenset[str]) -> frozenset[str]:
    """What the question is about: what the app does not have yet or, where it has all that, everything once more."""
    known = Connection.between(member, client)
    return (scope - known.granted if known else scope) or scope


def refused_for_good(client: Client, member: Member, frozen: dict[str, Any]) -> Response:
    """Tell the client no at once; the person can change that under Connected apps."""
    member_id, name = member.id, client.name
    with writing():
        record_refused_for_good(name, db.session.get_one(Member, member_id), frozen["scope"])
    answer = {
        "error": "access_denied",
        "error_description": "The person declined this before and asked not to be asked again.",
    }
    return redirect_with(frozen["redirect_uri"], answer, frozen["state"])


def record_refused_for_good(client_name: str, member: Member, scope: frozenset[str]) -> None:
    record(
        Action.CONNECTION_REFUSED,
        outcome=Outcome.REFUSED,
        reason="declined_for_good",
        scope=format_scopes(scope),
        account_id=member.account_id,
        member_id=member.id,
        client_name=client_name,
    )


def validated() -> tuple[Client, dict[str, Any]]:
    """The client and what it asks for; raises Authlib's error, with a redirect URI only when that is the client's own."""
    grant = server.get_consent_grant(PublicRequest(request), end_user=current_user)
    data = grant.request.payload.data
    asked = parse_scopes(data.get("scope") or "") & ALL_SCOPES
    return grant.client, {
        "redirect_uri": grant.redirect_uri,
        "redirect_uri_given": bool(data.get("redirect_uri")),
        "scope": asked or ALL_SCOPES,
        "state": data.get("state"),
        "resource": settings().mcp_url,
        "code_challenge": data["code_challenge"],
    }


def refused(error: OAuth2Error) -> Page:
    """An error goes to the client only when the address is one that the client registered; everything else ends on a page."""
    if not error.redirect_uri:
        # RFC 6749 §4.1.2.1: the person is told, and is not sent anywhere.
        return errors.page(
            400, "This app asked in a way that cannot be answered", f"Tell whoever makes the app: {said(error)}"
        )
    answer = {"error": error.error, "error_description": said(error)}
    return redirect_with(error.redirect_uri, answer, request.args.get("state"))


def said(error: OAuth2Error) -> str:
    return str(error.get_error_description() or error.error)


def redirect_with(redirect_uri: str, answer: dict[str, str], state: str | None) -> Response:
    return current_app.redirect(answer_address(redirect_uri, answer, state), code=302)


def answer_address(redirect_uri: str, answer: dict[str, str], state: str | None) -> str:
    """The client's address with the answer, its state and our name (RFC 9207)."""
    given = answer | ({"state": state} if state else {}) | {"iss": settings().public_url}
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(given)}"


@bp.post("/authorize")
@allowed(Permission.CONNECT_APPS)
@keeps_opener
def decide() -> Page:
    """Take the answer: deny, allow what was not denied, or show the question for another account."""
    secret = request.form.get("consent", "")
    consent = ConsentRequest.find(secret, g.login_session.id, current_user.id)
    if consent is None:
        return errors.page(400, *NOT_HERE)
    if consent.answered_at is not None:
        return errors.page(400, *ANSWERED)
    member = member_for(consent.client, chosen_account())
    if member is None or not consent.open:
        return errors.page(400, *NOT_HERE)
    decision = request.form.get("decision")
    if decision == "allow" and (kept_out := barred(consent, member)):
        db.session.rollback()
        return errors.page(403, *kept_out)
    limits = LimitsForm.within(member.account_id)
    if decision not in {"allow", "deny"}:
        return show(consent, secret, member, None if Connection.over_between(member, consent.client) else limits)
    if decision == "allow" and not acceptable(limits, consent, member):
        return show(consent, secret, member, limits)
    if not consent.claim():
        db.session.rollback()
        return errors.page(400, *ANSWERED)
    granted = granted_by(consent, member) if decision == "allow" else frozenset()
    remember_declined(consent, member, granted, decision)
    try:
        return allow(consent, member, granted, limits.wanted()) if granted else deny(consent, member)
    except Invalid as problem:
        # The answer was not taken: the question is still open.
        db.session.rollback()
        limits.refuse(problem)
        return show(consent, secret, member, limits)


def acceptable(limits: LimitsForm, consent: ConsentRequest, member: Member) -> bool:
    """Whether the limits that were chosen are such, and are for an app that has none in this account yet: consent loosens no limit."""
    if limits.touched and Connection.between(member, consent.client):
        already = f"{consent.client.name} is already connected to {member.account.name}, with the limits below."
        limits.validate()
        limits.refuse(Invalid("", f"{already} Look at them, then answer again."))
        return False
    return limits.validate()


def barred(consent: ConsentRequest, member: Member) -> tuple[str, str] | None:
    """Why the policy of the chosen account keeps this app, or this person, from connecting."""
    return barrier(member, current_user, consent.client, consent.redirect_uri)


def remember_declined(consent: ConsentRequest, member: Member, granted: frozenset[str], decision: str) -> None:
    """Keep what was declined, so that the next page can say when. Saying no to the whole question declines what it would have added."""
    for_good = bool(request.form.get("never"))
    if decision == "allow":
        declined = consent.scope & set(request.form.getlist("deny"))
    elif for_good:
        declined = asked_of(member, consent.client, consent.scope)
    else:
        # Not now, to an app that has nothing or asks for nothing new: its next question starts afresh, or every box would be ticked.
        known = Connection.between(member, consent.client)
        declined = consent.scope - known.granted if known else frozenset()
    Refusal.forget(member, consent.client, granted)
    Refusal.remember(member, consent.client, declined, for_good=for_good)


def member_for(client: Client, account_id: uuid.UUID | None) -> Member | None:
    """This person's membership in the account that was chosen; an account's own client can be used only there."""
    wanted = client.account_id or account_id
    return Member.of(current_user.id, wanted) if wanted else None


def chosen_account() -> uuid.UUID | None:
    try:
        return uuid.UUID(request.form["account"]) if request.form.get("account") else current_member().account_id
    except ValueError:
        return None


def granted_by(consent: ConsentRequest, member: Member) -> frozenset[str]:
    """Requested − denied, and only what this person can give. What the page showed without a Deny box is never granted:
    the account may have been chosen after the page was drawn for another, where the person's role is lower."""
    shown = Member.of(current_user.id, shown_account()) or member
    lasting = {name for name, refusal in Refusal.between(member, consent.client).items() if refusal.for_good}
    denied = lasting | set(request.form.getlist("deny"))
    return frozenset(scope for scope in consent.scope - denied if givable(member, scope) and givable(shown, scope))


def shown_account() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("shown", ""))
    except ValueError:
        return current_member().account_id


def allow(consent: ConsentRequest, member: Member, granted: frozenset[str], limits: dict[str, Any]) -> Page:
    """Make or widen the connection, give this installation its authorization, and go on to the client with a code."""
    with in_account(member.account_id):
        connection = Connection.open(member, consent.client, granted, limits)
    where, config = acting_now(), settings()
    authorization = Authorization.give(
        connection,
        requested=consent.scope,
        granted=granted,
        resource=consent.resource,
        redirect_uri=consent.redirect_uri,
        lifetime=config.refresh_absolute_lifetime,
        idle=config.refresh_idle_lifetime,
        address=where.address,
        user_agent=where.user_agent,
    )
    return answer(consent, authorization)


def deny(consent: ConsentRequest, member: Member) -> Page:
    """Tell the client that the person said no (RFC 6749 §4.1.2.1)."""
    record(
        Action.CONNECTION_REFUSED,
        outcome=Outcome.REFUSED,
        scope=format_scopes(consent.scope),
        account_id=member.account_id,
        member_id=member.id,
        client_name=consent.client.name,
    )
    return answer(consent, None)


def answer(consent: ConsentRequest, authorization: Authorization | None) -> Page:
    """Let Authlib make the answer, keep everything in one transaction, and show the page that goes on to the client."""
    if consent.device is not None:
        return answer_device(consent.device, authorization)
    asked = FrozenRequest(frozen_parameters(consent), consent, authorization)
    grant = server.get_authorization_grant(asked)
    response = server.create_authorization_response(
        asked, grant_user=current_user if authorization else None, grant=grant
    )
    if response.location is None:
        # The client or its address is gone since the page was shown: nothing is kept, nobody is sent anywhere.
        db.session.rollback()
        return errors.page(400, *NOT_HERE)
    allowed_now, client_name, paused = authorization is not None, consent.client.name, still_paused(authorization)
    db.session.commit()
    # A 302 after a form post is blocked by Chromium under `form-action 'self'` (oauth.md §6): a page goes on instead.
    return render_template(
        "oauth/continue.html", allowed=allowed_now, client_name=client_name, address=response.location, paused=paused
    )


def still_paused(authorization: Authorization | None) -> str | None:
    """What is to be said of a connection that can do nothing although it was just allowed."""
    return stays_paused(authorization.connection) if authorization and authorization.connection.paused_at else None


def answer_device(device: DeviceAuthorization, authorization: Authorization | None) -> Page:
    """Leave the answer where the device asks for it (RFC 8628 §3.4). There is nowhere to go on to."""
    if not device.answer(authorization):
        # Somebody else answered in the meantime, or the ten minutes are over: nothing is kept.
        db.session.rollback()
        return errors.page(400, *ANSWERED)
    client_name, paused = device.client.name, still_paused(authorization)
    db.session.commit()
    return render_template(
        "oauth/device_done.html", allowed=authorization is not None, client_name=client_name, paused=paused
    )


def frozen_parameters(consent: ConsentRequest) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": consent.client.client_id,
        "redirect_uri": consent.redirect_uri,
        "scope": format_scopes(consent.scope),
        "code_challenge": consent.code_challenge,
        "code_challenge_method": "S256",
        "resource": consent.resource,
        **({"state": consent.state} if consent.state else {}),
    }


def show(consent: ConsentRequest | None, secret: str, member: Member, limits: LimitsForm | None = None) -> Page:
    if consent is None:
        return errors.page(400, *NOT_HERE)
    if len(Member.all_of(current_user.id)) == 1 and (kept_out := barred(consent, member)):
        return errors.page(403, *kept_out)
    limits = limits or limits_to_offer(member, consent.client)
    page = ConsentPage.of(consent, secret, member, current_user, limits)
    return render_template("oauth/consent.html", page=page), 400 if limits.errors else 200


def settings() -> Settings:
    config: Settings = current_app.config["PROFILE"]
    return config
