"""POST /authorize: a person decides, once, what an app may do; the app gets a code, or a no."""

from __future__ import annotations

from flask import g, request
from flask_login import current_user

from blueprints.auth.access_control import allowed, names_account
from blueprints.oauth import bp
from blueprints.oauth.authorization_response import Answer, send_answer, show_answer
from blueprints.oauth.consent_errors import ANSWERED, NOT_HERE, CannotAnswer, refuse_blocked
from blueprints.oauth.consent_page import Page, show_consent
from blueprints.oauth.decision import ALLOW, Decision
from blueprints.web.security_headers import keeps_opener
from config import current_settings
from models.accounts import Member
from models.audit import Action, Outcome, record
from models.clients import Client
from models.connections import Authorization, Connection, DeniedScope, open_connection
from models.database import db, in_account, locks
from models.errors import Invalid
from models.oauth import ConsentRequest, can_grant, denied_for_good, new_scopes
from models.permissions import Permission
from models.request_scope import current_scope
from models.scopes import format_scopes


@bp.post("/authorize")
@allowed(Permission.CONNECT_APPS)
@names_account
@keeps_opener
def decide() -> Page:
    """Take the decision about the request that the page showed, and go on to the app."""
    consent = find_request()
    decision = Decision.read(consent, request.form)
    if decision.answer is None or not check_decision(consent, decision):
        return show_consent(consent, request.form["consent"], decision.member, decision.limits)
    try:
        answer = answer_request(consent, decision)
    except Invalid as problem:
        # The answer was not taken: the question is still open.
        db.session.rollback()
        decision.limits.refuse(problem)
        return show_consent(consent, request.form["consent"], decision.member, decision.limits)
    db.session.commit()
    return show_answer(answer)


def find_request() -> ConsentRequest:
    """The request as it was frozen for this browser and person; raises `CannotAnswer` where it waits for no answer any more."""
    consent = ConsentRequest.find(request.form.get("consent", ""), g.login_session.id, current_user.id)
    if consent is not None and consent.answered_at is not None:
        raise CannotAnswer(*ANSWERED)
    if consent is None or not consent.open:
        raise CannotAnswer(*NOT_HERE)
    return consent


def check_decision(consent: ConsentRequest, decision: Decision) -> bool:
    """Whether it can be carried out as it is: the account lets this app in, and the limits are such. To say no, anything will do."""
    if decision.answer != ALLOW:
        return True
    refuse_blocked(decision.member, consent.client, consent.redirect_uri)
    fine = decision.limits.validate()
    if decision.limits.touched and Connection.between(decision.member, consent.client):
        # It was connected meanwhile, and consent changes the limits of no connection.
        already = (
            f"{consent.client.name} is already connected to {decision.member.account.name}, with the limits below."
        )
        decision.limits.refuse(Invalid("", f"{already} Review them, then answer again."))
        return False
    return fine


def answer_request(consent: ConsentRequest, decision: Decision) -> Answer:
    """Carry the decision out in this transaction: all of it is kept, or nothing."""
    # Before any row: whoever removes the app closes the gate first, too.
    locks.close(decision.member.id)
    if not consent.claim():
        raise CannotAnswer(*ANSWERED)
    granted = find_granted(consent, decision)
    remember_denied(consent, decision, granted)
    if granted:
        authorization = authorize_installation(consent, decision, granted)
    else:
        authorization = None
        record_denial(consent.client, decision.member, consent.scope)
    return send_answer(consent, authorization)


def find_granted(consent: ConsentRequest, decision: Decision) -> frozenset[str]:
    """Requested − denied, and only what this person can give. What the page showed without a Deny box is never granted:
    the account may have been chosen after the page was drawn for another, where the person's role is lower."""
    if decision.answer != ALLOW:
        return frozenset()
    wanted = consent.scope - decision.denied - denied_for_good(decision.member, consent.client)
    return frozenset(
        scope for scope in wanted if can_grant(decision.member, scope) and can_grant(decision.shown, scope)
    )


def remember_denied(consent: ConsentRequest, decision: Decision, granted: frozenset[str]) -> None:
    """Keep what was denied, so that the next page can say when."""
    DeniedScope.forget(decision.member, consent.client, granted)
    DeniedScope.remember(decision.member, consent.client, find_denied(consent, decision), for_good=decision.never)


def find_denied(consent: ConsentRequest, decision: Decision) -> frozenset[str]:
    """What this decision denies. Saying no to the whole request denies what it would have added."""
    if decision.answer == ALLOW:
        return decision.denied
    if decision.never:
        return new_scopes(decision.member, consent.client, consent.scope)
    # Not now, to an app that has nothing or asks for nothing new: its next request starts afresh, or every box would be ticked.
    known = Connection.between(decision.member, consent.client)
    return consent.scope - known.granted if known else frozenset()


def authorize_installation(consent: ConsentRequest, decision: Decision, granted: frozenset[str]) -> Authorization:
    """Make or widen the connection, and give this installation its authorization."""
    with in_account(decision.member.account_id):
        connection = open_connection(decision.member, consent.client, granted, decision.limits.wanted())
    where = current_scope().actor
    return Authorization.give(
        connection,
        requested=consent.scope,
        granted=granted,
        resource=consent.resource,
        redirect_uri=consent.redirect_uri,
        lifetime=current_settings().refresh_absolute_lifetime,
        idle=current_settings().refresh_idle_lifetime,
        address=where.address,
        user_agent=where.user_agent,
    )


def record_denial(client: Client, member: Member, scope: frozenset[str], reason: str | None = None) -> None:
    record(
        Action.CONNECTION_REFUSED,
        outcome=Outcome.REFUSED,
        reason=reason,
        scope=format_scopes(scope),
        by=member.as_actor(client_name=client.name),
    )
