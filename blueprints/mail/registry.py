"""The content of each kind of message. It is looked up when the message is sent, so that nothing is stored and nothing is stale."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask_babel import LazyString, format_decimal, lazy_gettext
from flask_babel import gettext as _
from sqlalchemy import select

from blueprints.forms.alarms import alarm_sentence, response_sentence
from blueprints.mail.account_data_mail import DATA_NOTICES
from blueprints.mail.content import Occasion, short
from blueprints.mail.membership_mail import MEMBERSHIP_NOTICES
from blueprints.mail.security_mail import NOTICES
from blueprints.web.urls import address_of, assessment_address, set_up_address
from models.accounts import Account, Member, MemberInvitation, User
from models.alarms import Alarm
from models.approvals import Approval
from models.assessments import AssessmentInvitation, RemovalRequest, Sitting
from models.audit_log import AppWeek, digest_is_whole, stop_secret, week_of
from models.clients import is_loopback, redirect_host
from models.connections import Authorization, Connection, EndReason, trusted_name_in
from models.database import db
from models.instruments import title_of
from models.mail import Kind, Message
from models.permissions import Permission, Role, scope_for
from models.profiles import Profile, seen_by
from models.scopes import SCOPES
from models.text import day_in_words, email_key, full_name, greeting_name, listed

LINES = 10
"""The most lines of a digest."""


def occasion_of(message: Message) -> Occasion | None:
    """The content; None if there is no longer a reason to send it. The message's account must have been entered."""
    return OCCASIONS[Kind(message.kind)](message)


def assessment(message: Message, subject: Callable[[str], str]) -> Occasion | None:
    invitation = db.session.scalar(
        select(AssessmentInvitation).where(
            AssessmentInvitation.account_id == message.account_id, AssessmentInvitation.id == message.about_id
        )
    )
    if invitation is None or not invitation.open or invitation.profile_id == account_of(message).decoy_id:
        return None
    # The address was corrected since: the holder of the old one may be a stranger.
    if email_key(message.recipient) != invitation.profile.email_key:
        return None
    link = assessment_address(invitation.link)
    asker = db.session.get(Member, invitation.invited_by) if invitation.invited_by else None
    by_app = invitation.connection_id is not None
    named = short(asker.user.name) if asker else _("A team")
    values = {
        "asker": named,
        "asker_email": asker.user.email if asker else "",
        "by_app": by_app,
        "link": link,
        "assessments": listed([title_of(name) for name in invitation.assessments]),
        "ends": invitation.expires_at,
        "begun": invitation.opened_at is not None,
    }
    return Occasion(subject(named), values | inviter_text(invitation, message), link)


def inviter_text(invitation: AssessmentInvitation, message: Message) -> dict[str, str]:
    """Text that an app may have written. An e-mail caused by an app contains none of it, not even the account's name."""
    if invitation.connection_id is not None:
        return {"greeting": "", "note": ""}
    team = short(account_of(message).name)
    return {"team": team, "greeting": greeting_name(invitation.profile.first_name), "note": invitation.note}


def assessment_invitation(message: Message) -> Occasion | None:
    return assessment(message, lambda asker: _("%(asker)s asks how you like to work", asker=asker))


def assessment_reminder(message: Message) -> Occasion | None:
    return assessment(message, lambda asker: _("Reminder: %(asker)s asks how you like to work", asker=asker))


def member_invitation(message: Message) -> Occasion | None:
    invitation = db.session.get(MemberInvitation, message.about_id)
    secret = invitation.secret if invitation and invitation.open else None
    if invitation is None or secret is None:
        return None
    link = address_of("accounts.join", secret=secret)
    inviter, team, role = invitation.inviter.user, short(invitation.account.name), invitation.role
    values = {
        "inviter": short(inviter.name),
        "inviter_email": inviter.email,
        "team": team,
        "role": role,
        "link": link,
        "email": invitation.email,
        "ends": invitation.expires_at,
    }
    return Occasion(_("%(inviter)s invites you to join %(team)s", inviter=values["inviter"], team=team), values, link)


def owner_invitation(message: Message) -> Occasion | None:
    if Account.any_exists():
        return None
    link = set_up_address(message.recipient)
    return Occasion(_("Set up Profile"), {"link": link, "email": message.recipient}, link)


def results_arrived(message: Message) -> Occasion | None:
    return about_profile(message, Permission.SEE_PROFILES, lazy_gettext("%(person)s has finished the assessments"))


def removal_asked(message: Message) -> Occasion | None:
    wish = select(RemovalRequest.id).where(
        RemovalRequest.account_id == message.account_id,
        RemovalRequest.id == message.about_id,
        RemovalRequest.settled_at.is_(None),
    )
    if db.session.scalar(wish) is None:
        return None
    page = address_of("profiles.removals")
    return about_profile(message, Permission.EDIT_PROFILES, lazy_gettext("%(person)s requests removal"), page)


def removal_declined(message: Message) -> Occasion | None:
    """To the person who asked: who decided, and the link to their result if it is still stored."""
    this = RemovalRequest.account_id == message.account_id, RemovalRequest.id == message.about_id
    wish = db.session.scalar(select(RemovalRequest).where(*this, RemovalRequest.settled_at.is_not(None)))
    if wish is None or message.recipient != wish.asked_from:
        return None
    by = db.session.get(Member, wish.settled_by) if wish.settled_by else None
    result = Sitting.result_of(wish.account_id, wish.id, message.recipient)
    link = assessment_address(result.entry_link) if result else None
    team = short(account_of(message).name)
    values = {
        "team": team,
        "by": short(by.user.name) if by else "",
        "by_email": by.user.email if by else "",
        "reason": wish.reason,
        "link": link,
        "ends": result and result.visible_until,
    }
    return Occasion(_("%(team)s declined your removal request", team=team), values, link)


def about_profile(message: Message, needed: Permission, subject: LazyString, page: str = "") -> Occasion | None:
    """What is said of a person, with a link to `page`, or to their profile."""
    profile = db.session.scalar(
        select(Profile).where(Profile.account_id == message.account_id, Profile.id == message.profile_id)
    )
    if profile is None or not reaches_member_who_may(message, needed):
        return None
    person = short(full_name(profile.first_name, profile.last_name)) or profile.email
    page = page or address_of("profiles.profile", profile_id=profile.id)
    values = {"person": person, "team": short(account_of(message).name), "link": page}
    return Occasion(str(subject) % {"person": person}, values)


def reaches_member_who_may(message: Message, needed: Permission) -> bool:
    """Whether the person it is for is still a member who may see this, and still has the address."""
    person = select(Member).join(User, User.id == Member.user_id).where(User.email_key == email_key(message.recipient))
    person = person.where(User.id == message.user_id)
    member = db.session.scalar(person.where(Member.account_id == message.account_id, Member.removed_at.is_(None)))
    if member is None or not member.may(needed):
        return False
    return message.profile_id is None or seen_by(member, message.profile_id)


def app_connected(message: Message) -> Occasion | None:
    return about_app(message, lazy_gettext("A new app has access to %(team)s"))


def app_widened(message: Message) -> Occasion | None:
    return about_app(message, lazy_gettext("One of your apps has more access to %(team)s"))


def app_cut_off(message: Message) -> Occasion | None:
    return about_app(message, lazy_gettext("One of your apps was disconnected from %(team)s"))


def app_elsewhere(message: Message) -> Occasion | None:
    return about_app(message, lazy_gettext("One of your apps was used from a new network"))


def app_stopped(message: Message) -> Occasion | None:
    """An Owner did it: the e-mail names them, as the audit log does."""
    owner = db.session.get(Member, UUID(message.facts["by"]))
    paused = message.facts["deed"] == "paused"
    occasion = about_app(
        message,
        lazy_gettext("An Owner paused one of your apps in %(team)s")
        if paused
        else lazy_gettext("An Owner revoked one of your apps in %(team)s"),
    )
    if occasion is not None:
        occasion.values.update(owner=short(owner.user.name) if owner else _("An Owner"), paused=paused)
    return occasion


def app_renamed(message: Message) -> Occasion | None:
    """Not sent if the app took its former name again, or was allowed under the new one."""
    connection = db.session.get(Connection, message.about_id)
    if connection is None or connection.new_name is None:
        return None
    occasion = about_app(message, lazy_gettext("One of your apps in %(team)s changed its name"))
    if occasion is not None:
        occasion.values.update(new_name=short(connection.new_name), trusted=trusted_name_in(connection))
    return occasion


def app_moved(message: Message) -> Occasion | None:
    """Its answers go to another host, app or kind of device than ever before."""
    authorization = db.session.get(Authorization, UUID(message.facts["authorization"]))
    occasion = about_app(message, lazy_gettext("One of your apps in %(team)s was connected at a new place"))
    if authorization is None or occasion is None:
        return None
    occasion.values.update(place=place_of(authorization.redirect_uri))
    return occasion


def app_asks(message: Message) -> Occasion | None:
    """Not sent once nothing waits: the page would say so."""
    if not any(each.connection_id == message.about_id for each in waiting_in(message)):
        return None
    occasion = about_app(message, lazy_gettext("An app waits for your answer in %(team)s"))
    if occasion is not None:
        occasion.values["link"] = address_of("connections.connection", connection_id=message.about_id)
    return occasion


def app_alarm(message: Message) -> Occasion | None:
    """Not sent if its member has already seen it on a page."""
    alarm = db.session.get(Alarm, UUID(message.facts["alarm"]))
    if alarm is None or alarm.seen_at is not None:
        return None
    occasion = about_app(message, lazy_gettext("Alarm about one of your apps in %(team)s"))
    if occasion is not None:
        occasion.values.update(
            did=alarm_sentence(alarm),
            then=response_sentence(alarm),
            link=address_of("connections.connection", connection_id=message.about_id),
        )
    return occasion


def app_digest(message: Message) -> Occasion | None:
    """What the member's apps did in a week; for an Owner who chose so, all apps of the account."""
    member = db.session.get(Member, message.about_id)
    if member is None or member.removed_at is not None:
        return None
    begin, end = (datetime.fromisoformat(message.facts[name]) for name in ("begin", "end"))
    whole, team = digest_is_whole(member), short(account_of(message).name)
    weeks = week_of(member.account_id, None if whole else member, begin, end)
    if not weeks:
        return None
    shown = weeks if len(weeks) <= LINES else weeks[: LINES - 1]
    rest = weeks[len(shown) :]
    values = {
        "team": team,
        "whole": whole,
        "week": day_in_words(begin, member.user.zone),
        "lines": [week_in_words(each, each.member if whole else "") for each in shown],
        "rest": len(rest),
        "rest_calls": format_decimal(sum(each.calls for each in rest)),
        "page": address_of("connections.everyone" if whole else "connections.connections"),
        "stop": address_of("settings.stop_digests", secret=stop_secret(member.user_id)),
    }
    every_app = _("The apps in %(team)s last week", team=team)
    subject = every_app if whole else _("Your apps in %(team)s last week", team=team)
    # In the outbox, nobody else can stop it.
    at_once = address_of("settings.stop_digests_at_once", secret=stop_secret(member.user_id))
    return Occasion(subject, values, personal_link=values["stop"], stop_link=at_once)


def week_in_words(week: AppWeek, member: str) -> str:
    """One line: no name of a person whose profile was read."""
    numbers = {name: format_decimal(getattr(week, name)) for name in ("calls", "people", "changes", "refused")}
    app = _("%(app)s (%(member)s)", app=short(week.app), member=short(member)) if member else short(week.app)
    line = _(
        "%(app)s. Calls: %(calls)s. People read about: %(people)s. Changes: %(changes)s. Refused: %(refused)s.",
        app=app,
        **numbers,
    )
    alarms = _("Alarms: %(alarms)s.", alarms=format_decimal(week.alarms))
    return f"{line} {alarms}" if week.alarms else line


def waiting_in(message: Message) -> list[Approval]:
    connection = db.session.get(Connection, message.about_id)
    return [] if connection is None else Approval.waiting_for(connection.member)


def place_of(redirect_uri: str) -> str:
    """Where an app's access goes, in a sentence."""
    if not redirect_uri:
        return str(_("Its access now also goes to a device or program that shows a code."))
    if is_loopback(redirect_uri):
        return str(_("Its access now also goes to an app on a computer."))
    place = short(redirect_host(redirect_uri))
    if place.endswith(":"):
        return str(_("Its access now also goes to an app that opens %(place)s links.", place=place))
    return str(_("Its access now also goes to %(place)s.", place=place))


def about_app(message: Message, subject: LazyString) -> Occasion | None:
    """Sent even if the connection has ended since: the person must learn that it happened."""
    connection = db.session.get(Connection, message.about_id)
    if connection is None or connection.member.removed_at is not None:
        return None
    team = short(connection.account.name)
    facts = message.facts
    values = {
        "app": short(connection.app_name),
        "team": team,
        "happened": message.created_at,
        "network": facts.get("network"),
        "by_code": facts.get("reason") == EndReason.CODE_REUSED,
        "may": [
            str(_(scope_for(Role(connection.member.role), name).sentence))
            for name in SCOPES
            if name in facts.get("scopes", ())
        ],
        "page": address_of("connections.connections"),
    }
    return Occasion(str(subject) % {"team": team}, values)


def account_of(message: Message) -> Account:
    return db.session.get_one(Account, message.account_id)


OCCASIONS: dict[Kind, Callable[[Message], Occasion | None]] = {
    Kind.ASSESSMENT_INVITATION: assessment_invitation,
    Kind.ASSESSMENT_REMINDER: assessment_reminder,
    Kind.MEMBER_INVITATION: member_invitation,
    Kind.OWNER_INVITATION: owner_invitation,
    Kind.RESULTS_ARRIVED: results_arrived,
    Kind.REMOVAL_ASKED: removal_asked,
    Kind.REMOVAL_DECLINED: removal_declined,
    Kind.APP_CONNECTED: app_connected,
    Kind.APP_WIDENED: app_widened,
    Kind.APP_CUT_OFF: app_cut_off,
    Kind.APP_ELSEWHERE: app_elsewhere,
    Kind.APP_STOPPED: app_stopped,
    Kind.APP_RENAMED: app_renamed,
    Kind.APP_MOVED: app_moved,
    Kind.APP_ASKS: app_asks,
    Kind.APP_ALARM: app_alarm,
    Kind.APP_DIGEST: app_digest,
    **MEMBERSHIP_NOTICES,
    **NOTICES,
    **DATA_NOTICES,
}
