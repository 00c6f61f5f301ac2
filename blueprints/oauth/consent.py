"""POST /authorize: a person decides once about a request; the app gets a code or a denial."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import flash, g, jsonify, redirect, request
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError

from blueprints.auth.access_control import allowed, comes_back_by, names_account
from blueprints.auth.reauthentication import sometimes_needs_proof
from blueprints.oauth import bp
from blueprints.oauth.authorization_response import Answer, send_answer, show_answer
from blueprints.oauth.consent_errors import (
    ANSWERED,
    NOT_HERE,
    OVER,
    CannotAnswer,
    refuse_blocked,
    show_reason,
    why_blocked,
)
from blueprints.oauth.consent_page import Page, find_ticked, show_consent
from blueprints.oauth.consent_preview import preview
from blueprints.oauth.consent_proof import ask_for_proof_to_allow, request_again
from blueprints.oauth.decision import ALLOW, Decision, keep_choices
from blueprints.oauth.pending_request import carried
from blueprints.web import errors
from blueprints.web.security_headers import keeps_opener
from config import current_settings
from models.accounts import Member
from models.audit import Action, Outcome, record
from models.clients import Client
from models.connections import Authorization, DeniedScope, open_connection
from models.database import db, in_account, locks
from models.errors import Invalid
from models.oauth import ConsentRequest, Standing
from models.permissions import Permission
from models.rate_limits import Limit, counted, fill
from models.request_scope import current_scope
from models.scopes import format_scopes

RECORDED = Limit.per_day(1)


def back_to_request() -> str:
    """Where a person who must sign in first sees the request of this form again; raises `CannotAnswer` if it is over."""
    consent = ConsentRequest.by_secret(request.form.get("consent", ""))
    if consent is not None and consent.answered_at is not None:
        raise CannotAnswer(*ANSWERED)
    if consent is None or not consent.open:
        raise CannotAnswer(*OVER)
    keep_choices(consent, request.form)
    address = request_again(consent)
    db.session.commit()
    return carried(address)


@bp.errorhandler(CSRFError)
def lead_back(error: CSRFError) -> Page:
    """The browser was signed out, or in again, while the page was open. Its form shows the app's request again: anybody may see that.

    Another site's form comes without cookies too. The message for the next page would then replace the cookie of a
    signed-in person, and sign them out.
    """
    if request.endpoint != "oauth.decide" or urlsplit(request.headers.get("Origin", "")).netloc != request.host:
        return errors.stale_form(error)
    try:
        address = back_to_request()
    except CannotAnswer as problem:
        return show_reason(problem)
    flash(_("Your answer was not saved, because this browser was signed out. Please answer again."))
    return redirect(address)


@bp.post("/authorize")
@allowed(Permission.CONNECT_APPS)
@names_account
@comes_back_by(back_to_request)
@sometimes_needs_proof
@keeps_opener
def decide() -> Page:
    """Take the decision about the request that the page showed, and go on to the app."""
    consent = find_request()
    decision = Decision.read(consent, request.form)
    standing = Standing(decision.member, consent.client)
    if decision.answer is None or not decision.as_shown or not check_decision(consent, decision, standing):
        return show_again(consent, decision, standing)
    try:
        if asking := ask_for_proof_to_allow(consent, standing, find_granted(consent, decision, standing)):
            keep_choices(consent, request.form)
            db.session.commit()
            return asking
        answer = answer_request(consent, decision)
    except Invalid as problem:
        # No decision was made: the question is still open.
        db.session.rollback()
        decision.limits.refuse(problem)
        return show_again(consent, decision, Standing(decision.member, consent.client))
    db.session.commit()
    return show_answer(answer)


@bp.post("/authorize/preview")
@allowed(Permission.CONNECT_APPS)
@names_account
def show_reach() -> Page:
    """What the app could see and change if the form were allowed as it is: for the person of its page, and for the account on it."""
    consent = find_request()
    decision = Decision.read(consent, request.form)
    standing = Standing(decision.member, consent.client)
    if not decision.as_shown or why_blocked(standing, consent.redirect_uri):
        raise CannotAnswer(*NOT_HERE)
    return jsonify(preview(consent, standing, decision.denied, decision.limits))


def find_request() -> ConsentRequest:
    """The request that was stored for this browser and person; raises `CannotAnswer` if it can no longer be answered."""
    consent = ConsentRequest.find(request.form.get("consent", ""), g.login_session.id, current_user.id)
    if consent is not None and consent.answered_at is not None:
        raise CannotAnswer(*ANSWERED)
    if consent is None or not consent.open:
        raise CannotAnswer(*NOT_HERE)
    return consent


def show_again(consent: ConsentRequest, decision: Decision, standing: Standing) -> Page:
    """The page for the chosen account, with what was entered. Only this page can be answered from now on."""
    keep_choices(consent, request.form)
    consent.show_to(standing)
    if consent.choices_in(decision.member.account_id) is None:
        # It shows what was chosen for another account, and must show the same if it is opened again instead of sent.
        denied = find_ticked(standing.denied, decision) & consent.scope
        consent.keep(decision.member.account_id, decision.choices | {"deny": sorted(denied)})
    page = show_consent(consent, request.form["consent"], standing, decision)
    db.session.commit()
    return page


def check_decision(consent: ConsentRequest, decision: Decision, standing: Standing) -> bool:
    """Check that an approval is possible: the account allows this app, and the limits are valid. A denial always is."""
    if decision.answer != ALLOW:
        return True
    refuse_blocked(standing, consent.redirect_uri)
    fine = decision.limits.validate()
    if not find_granted(consent, decision, standing):
        nothing_left = _(
            "Everything is denied, so there is nothing to allow. Clear a Deny box, or choose “Don't allow”."
        )
        decision.limits.refuse(Invalid("", nothing_left))
        return False
    if decision.limits.touched and standing.known:
        # It was connected in between, and consent never changes the limits of a connection.
        already = _(
            "%(app)s is already connected to %(account)s, with the limits below. Review them, then answer again.",
            app=consent.client.name,
            account=decision.member.account.name,
        )
        decision.limits.refuse(Invalid("", already))
        return False
    return fine


def answer_request(consent: ConsentRequest, decision: Decision) -> Answer:
    """Carry out the decision in this transaction: all of it, or nothing."""
    # Lock before touching any row: removing the app takes the same lock first.
    locks.take(decision.member.account_id)
    # What was read before the lock, such as the role and the policy, may have changed.
    db.session.flush()
    db.session.expire_all()
    if not consent.claim():
        raise CannotAnswer(*ANSWERED)
    standing = Standing(decision.member, consent.client)
    granted, denied = find_granted(consent, decision, standing), find_denied(consent, decision, standing)
    remember_denied(standing, granted, denied, for_good=decision.never)
    if granted:
        authorization = authorize_app(consent, decision, granted, denied | (consent.scope & standing.denied_for_good))
    else:
        authorization = None
        record_denial(consent.client, decision.member, consent.scope)
    return send_answer(consent, authorization)


def find_granted(consent: ConsentRequest, decision: Decision, standing: Standing) -> frozenset[str]:
    """What had a Deny box that stayed empty, as far as this person can still grant it. Role and policy may have changed since,
    and what was shown as impossible must not be granted unseen."""
    if decision.answer != ALLOW:
        return frozenset()
    return (consent.offered - decision.denied) & standing.offered(consent.scope)


def remember_denied(standing: Standing, granted: frozenset[str], denied: frozenset[str], *, for_good: bool) -> None:
    """Store what was denied, so that the next page can say when."""
    DeniedScope.forget(standing.member, standing.client, granted)
    DeniedScope.remember(standing.member, standing.client, denied, for_good=for_good)


def find_denied(consent: ConsentRequest, decision: Decision, standing: Standing) -> frozenset[str]:
    """The scopes that this decision denies. Denying the whole request denies what it would have added."""
    if decision.answer == ALLOW:
        return consent.offered & decision.denied
    # What had no Deny box was not the person's to deny. After a promotion they are asked about it.
    if decision.never:
        return consent.offered & standing.new(consent.scope)
    # Not stored for a new app, or one that asks for nothing new: otherwise all Deny boxes would be ticked on its next request.
    return consent.offered - standing.known.granted if standing.known else frozenset()


def authorize_app(
    consent: ConsentRequest, decision: Decision, granted: frozenset[str], denied: frozenset[str]
) -> Authorization:
    """Create or extend the connection, and authorize this device."""
    with in_account(decision.member.account_id):
        connection = open_connection(decision.member, consent.client, granted, decision.limits.wanted())
    where = current_scope().actor
    return Authorization.give(
        connection,
        requested=consent.scope,
        granted=granted,
        denied=denied,
        resource=consent.resource,
        redirect_uri=consent.redirect_uri,
        lifetime=current_settings().refresh_absolute_lifetime,
        idle=current_settings().refresh_idle_lifetime,
        address=where.address,
        user_agent=where.user_agent,
    )


def record_denial(client: Client, member: Member, scope: frozenset[str], reason: str | None = None) -> None:
    """Record it once a day at most: an app that asks all the time does not fill the audit log."""
    if not fill(counted(RECORDED, "denials", member.id, client.id)):
        return
    record(
        Action.CONNECTION_REFUSED,
        outcome=Outcome.REFUSED,
        reason=reason,
        scope=format_scopes(scope),
        by=member.as_actor(client_name=client.name),
    )
