"""What exports, loosens or makes a way in needs recent proof. Every page that a signed-in person can open is in one of these lists."""

from __future__ import annotations

import uuid

import pytest

from blueprints.auth.access_control import MACHINE, PUBLIC, access_of
from blueprints.auth.reauthentication import wants_recent_proof
from tests.for_each import for_each
from tests.pages import csrf_token

PROVEN = {
    "accounts.own_team",
    "connections.decoy",
    "connections.give_back",
    "connections.policy",
    "connections.remove_decoy_profile",
    "connections.resume",
    "profiles.export_profiles",
    "reporting.comparison_file",
    "reporting.group_file",
    "settings.app",
    "settings.app_removal",
    "settings.ask_export",
    "settings.delete_account",
    "settings.delete_own",
    "settings.download_export",
    "settings.download_own",
    "settings.download_profile",
    "settings.email",
    "settings.export_audit",
    "settings.invite",
    "settings.member_role",
    "settings.new_client",
    "settings.passkey_challenge",
    "settings.passkey_removal",
    "settings.passkeys",
    "settings.password",
    "settings.recovery_codes",
    "settings.remove_member",
    "settings.resend_invitation",
    "settings.rotate_client",
    "settings.second_factor",
    "settings.transfer_ownership",
}
PROVEN_WHERE_IT_LOOSENS = {
    "connections.call",
    "connections.limits",
    "invitations.personal_link",
    "oauth.decide",
    "settings.change_account",
    "settings.debriefs",
    "settings.member_tags",
    "settings.outbox_letter",
    "settings.visibility",
}
# They stop something, or change what a role is for; none of it leaves, and nobody gets access by it.
CHANGES = {
    "accounts.confirm",
    "accounts.confirm_by_passkey",
    "accounts.confirm_reopened",
    "accounts.no_account",
    "accounts.sign_out",
    "accounts.switch",
    "connections.narrow",
    "connections.pause",
    "connections.reconsider",
    "connections.revoke",
    "connections.revoke_all",
    "connections.see_alarms",
    "connections.undo",
    "invitations.cancel_invitation",
    "invitations.close_link",
    "invitations.confirm_invitation_file",
    "invitations.create_tags_of_invitation_file",
    "invitations.invite",
    "invitations.invite_profile",
    "invitations.new_invitation_file",
    "invitations.new_link",
    "invitations.remind",
    "invitations.resend_invitation",
    "invitations.throw_invitation_file_away",
    "oauth.enter_code",
    "oauth.show_reach",
    "profiles.accept_held",
    "profiles.ask_debrief",
    "profiles.decline_removal",
    "profiles.delete_profile",
    "profiles.delete_tag",
    "profiles.edit_profile",
    "profiles.edit_tag",
    "profiles.new_profile",
    "profiles.new_tag",
    "profiles.reject_held",
    "profiles.tag_profiles",
    "profiles.untag_profiles",
    "reporting.delete_team",
    "reporting.edit_team",
    "reporting.new_team",
    "settings.cancel_invitation",
    "settings.cancel_outbox_letter",
    "settings.confirm_email",
    "settings.delete_alias",
    "settings.edit_alias",
    "settings.end_other_sessions",
    "settings.end_session",
    "settings.erase",
    "settings.hide_set_up",
    "settings.keep_account",
    "settings.leave",
    "settings.new_alias",
    "settings.passkey",
    "settings.profile",
    "settings.remove_client",
    "settings.remove_export",
    "settings.send_outbox_letter",
    "settings.send_test_mail",
    "settings.undo",
}
# They show something, and change nothing.
PAGES = {
    "connections.connection",
    "connections.connections",
    "connections.everyone",
    "connections.first_call",
    "connections.new",
    "connections.people",
    "connections.revocation",
    "invitations.invitation_file",
    "invitations.invitation_file_template",
    "invitations.invitations",
    "invitations.link",
    "invitations.links",
    "oauth.authorize",
    "oauth.device",
    "oauth.resume",
    "profiles.choose_tag",
    "profiles.dashboard",
    "profiles.debrief",
    "profiles.debrief_version",
    "profiles.held",
    "profiles.held_results",
    "profiles.profile",
    "profiles.profiles",
    "profiles.removals",
    "profiles.tags",
    "reporting.comparison",
    "reporting.group",
    "reporting.reporting",
    "settings.account",
    "settings.aliases",
    "settings.audit",
    "settings.audit_entry",
    "settings.clients",
    "settings.data",
    "settings.locked",
    "settings.members",
    "settings.outbox",
    "settings.own",
    "settings.privacy",
    "settings.sessions",
    "settings.set_up",
    "settings.sign_in",
    "web.home",
}


def rules_for_people(app):
    """Every route for signed-in people, with its view."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if access_of(view) not in {None, MACHINE, PUBLIC}:
            yield rule, view


@pytest.mark.asvs("7.5.1")
def test_somebody_has_decided_for_every_page(app):
    lists = (PROVEN, PROVEN_WHERE_IT_LOOSENS, CHANGES, PAGES)
    assert sum(map(len, lists)) == len(set().union(*lists))
    assert {rule.endpoint for rule, _ in rules_for_people(app)} == set().union(*lists)


@pytest.mark.asvs("7.5.1")
def test_the_marks_in_the_code_are_those_lists(app):
    views = {rule.endpoint: view for rule, view in rules_for_people(app)}
    assert {name for name, view in views.items() if wants_recent_proof(view)} == PROVEN
    sometimes = {name for name, view in views.items() if getattr(view, "sometimes_needs_proof", False)}
    assert sometimes == PROVEN_WHERE_IT_LOOSENS


@pytest.mark.asvs("3.5.3")
def test_pages_only_show(app):
    for rule, _ in rules_for_people(app):
        if rule.endpoint in PAGES:
            assert not rule.methods - {"GET", "HEAD", "OPTIONS"}, rule


@pytest.fixture
def browser(browser_of, alice, long_ago):
    """Alice's, an hour after she proved who she is."""
    browser = browser_of(alice)
    long_ago(alice)
    return browser


@pytest.mark.asvs("6.2.3", "7.5.1")
@for_each("endpoint", sorted(PROVEN))
def test_an_old_session_is_asked_before_anything_else(endpoint, app, browser):
    token = csrf_token(browser, "/settings/profile")
    for rule in app.url_map.iter_rules(endpoint):
        path = app.url_map.bind("localhost").build(endpoint, {name: uuid.uuid4() for name in rule.arguments})
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = browser.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
            assert answer.status_code == 302, (method, path)
            assert answer.location.startswith("/sign-in/again"), (method, path)
