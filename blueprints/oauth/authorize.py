"""GET /authorize: an app asks for access, and its person sees the consent page. A GET never grants."""

from __future__ import annotations

from collections.abc import Sequence

from authlib.oauth2 import OAuth2Error
from flask import current_app, g, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.auth.access_control import allowed, comes_back_by, current_member
from blueprints.oauth import bp
from blueprints.oauth.authorization_response import error_address, leave_for_device, show_answer
from blueprints.oauth.authorization_server import server
from blueprints.oauth.client_id_metadata_documents import refresh_document
from blueprints.oauth.consent import record_denial
from blueprints.oauth.consent_errors import NOT_A_MEMBER, CannotAnswer
from blueprints.oauth.consent_page import Page, show_consent
from blueprints.oauth.parameters import PublicRequest, read_scope
from blueprints.oauth.pending_request import way_back
from blueprints.web import errors
from blueprints.web.security_headers import keeps_opener
from config import current_settings
from models.accounts import Member
from models.clients import Client, is_loopback, redirect_host
from models.connections import Connection, DeniedScope
from models.database import db, writing
from models.oauth import AuthorizationRequest, ConsentRequest, Standing, member_for
from models.permissions import Permission
from models.scopes import ALL_SCOPES

DENIED_FOR_GOOD = "The person denied this before and asked not to be asked again."


@bp.get("/authorize")
@allowed(Permission.CONNECT_APPS)
@comes_back_by(way_back)
@keeps_opener
def authorize() -> Page:
    """Show the app's request."""
    if request.method == "HEAD":
        # Nobody reads a page, so no request is stored for it.
        return ""
    try:
        refresh_document(request.args.get("client_id", ""))
        asked = validate_request()
    except OAuth2Error as error:
        return answer_error(error)
    return ask_for_consent(asked)


def validate_request() -> AuthorizationRequest:
    """The app's request; raises Authlib's error, with a redirect URI only if it is registered for the client."""
    grant = server.get_consent_grant(PublicRequest(request), end_user=current_user)
    parameters = grant.request.payload.data
    return AuthorizationRequest(
        client=grant.client,
        scope=read_scope(parameters.get("scope")) or ALL_SCOPES,
        resource=current_settings().mcp_url,
        redirect_uri=grant.redirect_uri,
        redirect_uri_given=bool(parameters.get("redirect_uri")),
        state=parameters.get("state"),
        code_challenge=parameters["code_challenge"],
    )


def answer_error(error: OAuth2Error) -> Page:
    """An error goes to the client only at a redirect URI that it registered; all others end on a page."""
    description = str(error.get_error_description() or error.error)
    what = _("This app sent a request that is not valid")
    todo = _("Report this to the app's developer: %(problem)s", problem=description)
    if not error.redirect_uri:
        # RFC 6749 §4.1.2.1: the person reads it here, and is not redirected.
        return errors.page(400, what, todo)
    client = Client.by_client_id(request.args.get("client_id", ""))
    address = error_address(error.redirect_uri, request.args.get("state"), error.error, description)
    return leave_with_error(client, error.redirect_uri, address, what, todo)


def ask_for_consent(asked: AuthorizationRequest) -> Page:
    """Store a request of an app or a device for this browser and person, and show the consent page."""
    former = ConsentRequest.former(asked, current_user.id)
    chosen = former and member_for(asked.client, current_user.id, former.member.account_id)
    member = chosen or member_for(asked.client, current_user.id, current_member().account_id)
    if member is None:
        raise CannotAnswer(*NOT_A_MEMBER, status=403)
    standing = Standing(member, asked.client)
    if standing.denies_all(asked.scope):
        return deny_at_once(asked, standing)
    session_id, member_id = g.login_session.id, member.id
    with writing():
        present = Standing(db.session.get_one(Member, member_id), asked.client)
        consent, secret = ConsentRequest.freeze(asked, session_id, present)
    return show_consent(consent, secret, Standing(consent.member, consent.client))


def deny_at_once(asked: AuthorizationRequest, standing: Standing) -> Page:
    """Refuse what was permanently denied without asking again, which would only wear people down. They can undo it in Connected apps."""
    if asked.device is None:
        # A GET writes nothing, not even an entry: any site can send a person here.
        address = error_address(asked.redirect_uri, asked.state, "access_denied", DENIED_FOR_GOOD)
        denied = [each for scope, each in standing.denied.items() if each.for_good and scope in asked.scope]
        what = _("You denied this before")
        todo = _(
            "You chose not to be asked again, so this app got nothing new. If you let it ask, you can decide again."
        )
        known = Connection.reached(current_member().account_id, asked.client, asked.redirect_uri)
        return show_way_back(asked.redirect_uri, address, what, todo, known=known, denied=denied)
    with writing():
        record_denial(asked.client, standing.member, asked.scope, reason="declined_for_good")
        answer = leave_for_device(asked.device, None)
    return show_answer(answer)


def leave_with_error(client: Client | None, redirect_uri: str, address: str, what: str, todo: str) -> Page:
    """Redirect to an app that somebody in this account connected there; let the person decide for any other (RFC 9700 §4.11.2):
    anybody can register an app, and send people here to be sent on from a server that they trust."""
    if client and Connection.reached(current_member().account_id, client, redirect_uri):
        return current_app.redirect(address, code=302)
    return show_way_back(redirect_uri, address, what, todo), 400


def show_way_back(
    redirect_uri: str,
    address: str,
    what: str,
    todo: str,
    *,
    known: bool = False,
    denied: Sequence[DeniedScope] = (),
) -> str:
    """A page that says what happened, with a link to the app; `known` if somebody in this account connected it there."""
    onward = (
        _("Continue to the app on this computer")
        if is_loopback(redirect_uri)
        else _("Continue to %(place)s", place=redirect_host(redirect_uri))
    )
    return render_template(
        "oauth/error.html", what=what, todo=todo, address=address, onward=onward, known=known, denied=denied
    )
