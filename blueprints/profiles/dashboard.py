"""Home: what a member needs to know at the start of the day."""

from __future__ import annotations

from flask import render_template

from blueprints.auth.access_control import allowed, current_member
from blueprints.profiles import bp
from blueprints.web.audit_reading import note_reading
from models.audit_log import recent_app_calls
from models.connections import Connection
from models.dashboard import Overview
from models.permissions import Permission


@bp.get("/dashboard")
@allowed(Permission.SEE_PROFILES)
def dashboard() -> str:
    member = current_member()
    recent = recent_app_calls(member)
    whose = [call.entry.member_id for call in recent]
    shown = render_template(
        "profiles/dashboard.html",
        overview=Overview.of(member.account_id),
        recent=recent,
        apps=Connection.live_of(member),
        may_edit=member.may(Permission.EDIT_PROFILES),
        may_tag=member.may(Permission.MANAGE_TAGS),
        may_manage=member.may(Permission.MANAGE_MEMBERS),
        whole=member.may(Permission.SEE_WHOLE_AUDIT),
    )
    note_reading(member, whose)
    return shown
