"""Home: what a member needs to know at the start of the day."""

from __future__ import annotations

from flask import render_template

from blueprints.auth.access_control import allowed, current_member
from blueprints.profiles import bp
from blueprints.web.audit_reading import note_reading
from config import current_settings
from models.accounts import Member
from models.alarms import Alarm
from models.approvals import Approval, answerable_by
from models.audit_log import recent_app_calls
from models.connections import Connection
from models.dashboard import Overview, SetUpProgress
from models.demo import demo_accounts, is_demo_person
from models.permissions import Permission
from models.profiles import tags_seen_by


@bp.get("/dashboard")
@allowed(Permission.SEE_PROFILES)
def dashboard() -> str:
    member = current_member()
    recent, calls = recent_app_calls(member), Approval.waiting_in(member.account_id)
    waiting = answerable_by(member, calls)
    whose = [call.entry.member_id for call in recent]
    shown = render_template(
        "profiles/dashboard.html",
        demo=shows_demo(member),
        set_up=set_up_left(member),
        overview=Overview.of(member.account_id),
        seen=tags_seen_by(member),
        alarms=Alarm.unseen_by(member),
        waiting=waiting,
        waiting_elsewhere=len(calls) - len(waiting) if member.may(Permission.MANAGE_CONNECTIONS) else 0,
        recent=recent,
        apps=Connection.live_of(member),
        may_edit=member.may(Permission.EDIT_PROFILES),
        may_tag=member.may(Permission.MANAGE_TAGS),
        may_manage=member.may(Permission.MANAGE_MEMBERS),
        whole=member.may(Permission.SEE_WHOLE_AUDIT),
    )
    note_reading(member, whose)
    return shown


def shows_demo(member: Member) -> str | None:
    """For an Owner of a demo account: `own team` if they can start one from here, or `demo`."""
    settings = current_settings()
    if not (settings.on_loopback or settings.demo) or not member.may(Permission.MANAGE_DATA):
        return None
    if member.account_id not in {account.id for account in demo_accounts()}:
        return None
    return "own team" if settings.on_loopback and is_demo_person(member.user) else "demo"


def set_up_left(member: Member) -> SetUpProgress | None:
    """How far the set-up is, for Owners, until it is done or hidden."""
    if member.account.set_up_hidden or not member.may(Permission.CHANGE_ACCOUNT):
        return None
    progress = SetUpProgress.of(member.account_id, current_settings().mail_server is not None)
    return progress if progress.done < 3 else None
