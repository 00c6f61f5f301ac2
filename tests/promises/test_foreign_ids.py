"""Another account's id answers exactly as an unknown one: on every page with an id, in every tool with an id."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from blueprints.auth.access_control import MACHINE, access_of
from models.accounts.data_export import DataExport
from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.approvals import Approval, Asked, Effect
from models.assessments.bulk_invite.csv_reader import read_sheet
from models.assessments.bulk_invite.upload import InvitationFile
from models.assessments.invitation import AssessmentInvitation
from models.assessments.shared_link import AssessmentLink
from models.audit.recorder import AuditEntry
from models.connections.connection import Connection
from models.connections.denied_scope import DeniedScope
from models.database.base import db, new_id, now
from models.database.tenancy import in_account
from models.debriefs.debrief import Debrief
from models.identity.passkey import Passkey
from models.identity.session import LoginSession
from models.mail.message import Message
from models.permissions import Role
from models.profiles.alias import Alias
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.profiles.team import Team
from models.request_scope import Actor, AskFirst, current_scope
from tests.assistant import Assistant
from tests.fixtures.waiting import held_for, removal_of
from tests.pages import csrf_token

pytestmark = pytest.mark.both_databases

NOISE = re.compile(
    r'nonce-[\w-]+|nonce="[\w-]+"|name="csrf_token" value="[^"]+"|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
)


@pytest.fixture
def eves(app, eve, browser_of):
    """One of each thing that belongs to Eve's account, by the name of its place in a route or a tool."""
    robot = Assistant(app, "Eve's robot").register().connect(browser_of(eve))
    with app.app_context(), in_account(eve.account_id):
        current_scope().authenticated_as(Actor(account_id=eve.account_id))
        profile = Profile.create(eve.account_id, "canary@example.com", "Canary")
        tag = Tag.create(eve.account_id, "Canary", "red")
        team = Team.create(eve.account_id, "Canary", [tag.id], [profile.id], any_tag=False)
        alias, _ = Alias.create(eve.account_id, "profile", profile.id, "canary-1")
        debrief = Debrief.write(profile, "# Canary", "embedded", {})
        AssessmentInvitation.invite(eve.account_id, profile.email)
        link = AssessmentLink.provide(eve.account_id, [tag.id])
        sitting, wish = held_for(profile), removal_of(profile)
        file = InvitationFile.keep(eve.account_id, eve.member_id, read_sheet(b"email\ncanary@example.net\n"), "Canary")
        inviter = db.session.get_one(Member, eve.member_id)
        invitation, _secret = MemberInvitation.create(inviter, "canary@example.org", Role.USER)
        connection = db.session.scalars(select(Connection).where(Connection.account_id == eve.account_id)).one()
        entry = db.session.scalar(select(AuditEntry.id).where(AuditEntry.account_id == eve.account_id))
        refusal = DeniedScope(
            account_id=eve.account_id,
            member_id=eve.member_id,
            client_id=connection.client_id,
            scope="tags:manage",
            app_name="Canary",
            refused_at=profile.created_at,
            for_good=True,
        )
        passkey = Passkey(
            user_id=eve.user_id,
            credential_id="canary",
            public_key="",
            sign_count=0,
            synced=False,
            name="Canary",
            created_at=profile.created_at,
        )
        export = DataExport(
            account_id=eve.account_id,
            asked_by=eve.member_id,
            asked_at=profile.created_at,
            state="ready",
            size=1,
            expires_at=now() + timedelta(days=1),
        )
        db.session.add_all([refusal, passkey, export])
        db.session.commit()
        session = db.session.scalar(select(LoginSession.id).where(LoginSession.user_id == eve.user_id))
        asked = Asked(connection.id, "create_tag", {"label": "Canary"}, Effect({"label": "Canary"}), AskFirst.CHANGE)
        approval = Approval.ask(eve.account_id, asked)
        db.session.commit()
        current_scope().authenticated_as(Actor())
        return {
            "profile_id": profile.id,
            "tag_id": tag.id,
            "team_id": team.id,
            "alias_id": alias.id,
            "member_id": eve.member_id,
            "link_id": link.id,
            "file_id": file.id,
            "sitting_id": sitting.id,
            "removal_id": wish.id,
            "invitation_id": invitation.id,
            "connection_id": connection.id,
            "approval_id": approval.id,
            "refusal_id": refusal.id,
            "client_id": connection.client_id,
            "debrief_id": debrief.id,
            "entry_id": entry,
            "resource_id": profile.id,
            "robot": robot,
            "passkey_id": passkey.id,
            "session_id": session,
            "export_id": export.id,
            "message_id": db.session.scalar(select(Message.id).where(Message.about_id == invitation.id)),
        }


def pages_with_ids(app):
    for rule in app.url_map.iter_rules():
        ids = [name for name in rule.arguments if name.endswith("_id")]
        if ids and access_of(app.view_functions[rule.endpoint]) != MACHINE:
            for method in sorted({"GET", "POST"} & (rule.methods or set())):
                yield rule, ids, method


@pytest.mark.asvs("8.2.2")
def test_on_every_page_a_strangers_id_is_an_unknown_id(app, alice, bob, charlie, browser_of, eves, eve):
    visited = 0
    for person in (alice, bob, charlie):
        browser = browser_of(person)
        token = csrf_token(browser, "/settings/connections")
        for rule, ids, method in pages_with_ids(app):
            answers = []
            for values in ({name: eves[name] for name in ids}, {name: new_id() for name in ids}):
                path = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
                sent = {"csrf_token": token, "first_name": "Taken", "label": "Taken", "color": "red", "role": "Owner"}
                answer = browser.open(path, method=method, data=sent if method == "POST" else None)
                answers.append((answer.status_code, NOISE.sub("", answer.text)))
                assert "anary" not in answer.text, f"{person.name} saw something at {rule.rule}"
            assert answers[0] == answers[1], f"{method} {rule.rule} tells {person.name} that the id exists"
            assert answers[0][0] in {403, 404}, f"{method} {rule.rule} answered {answers[0][0]} to {person.name}"
            visited += 1
    assert visited > 40
    was_left_alone(app, eves, eve)


def was_left_alone(app, eves, eve):
    """Nothing of Eve's was changed by anybody."""
    with app.app_context(), in_account(eve.account_id):
        assert Profile.find(eve.account_id, eves["profile_id"]).first_name == "Canary"
        assert Tag.find(eve.account_id, eves["tag_id"]).label == "Canary"
        assert db.session.get_one(Member, eve.member_id).role == Role.OWNER
    assert eves["robot"].refresh().status_code == 200
