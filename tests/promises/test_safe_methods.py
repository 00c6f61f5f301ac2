"""Opening a page changes nothing, however it is opened: HEAD is answered like GET by the same views, and carries no token."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.approvals import Approval, Asked, Effect
from models.assessments.bulk_invite.csv_reader import read_sheet
from models.assessments.bulk_invite.upload import InvitationFile
from models.assessments.invitation import AssessmentInvitation
from models.assessments.shared_link import AssessmentLink
from models.audit.recorder import AuditEntry
from models.clients.client import Client
from models.database.base import Base, db
from models.database.tenancy import in_account
from models.debriefs.debrief import Debrief
from models.identity.passkey import Passkey
from models.mail.message import Message
from models.permissions import Role
from models.profiles.alias import Alias
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.profiles.team import Team
from models.request_scope import Actor, AskFirst, current_scope
from tests.fixtures.waiting import held_for, removal_of


@pytest.fixture
def browser(browser_of, alice):
    """Alice's, signed in before she had a passkey."""
    return browser_of(alice)


@pytest.fixture
def ids(app, alice, bob, claude, browser):
    """One of each thing that an address can name, by the name of its place in a route."""
    with app.app_context(), in_account(alice.account_id):
        current_scope().authenticated_as(Actor(account_id=alice.account_id))
        profile = Profile.create(alice.account_id, "ana@example.com")
        tag = Tag.create(alice.account_id, "Sales", "red")
        alias, _ = Alias.create(alice.account_id, "profile", profile.id, "crm-17")
        AssessmentInvitation.invite(alice.account_id, profile.email)
        team = Team.create(alice.account_id, "Support", [tag.id], [profile.id])
        link = AssessmentLink.provide(alice.account_id, [tag.id])
        sitting, wish = held_for(profile), removal_of(profile)
        debrief = Debrief.write(profile, "# Calm", "embedded", {})
        file = InvitationFile.keep(alice.account_id, alice.member_id, read_sheet(b"email\nben@example.com\n"), "")
        inviter = db.session.get_one(Member, alice.member_id)
        invitation, secret = MemberInvitation.create(inviter, "alice@example.org", Role.USER)
        robot, _ = Client.register(
            "Robot", ["https://robot.example/cb"], kind="preregistered", account_id=alice.account_id
        )
        passkey = Passkey(
            user_id=alice.user_id,
            credential_id="hers",
            public_key="",
            sign_count=0,
            synced=False,
            name="A phone",
            created_at=profile.created_at,
        )
        db.session.add(passkey)
        asked = Asked(claude.connection_id, "create_tag", {"label": "New"}, Effect({"label": "New"}), AskFirst.CHANGE)
        approval = Approval.ask(alice.account_id, asked)
        db.session.commit()
        current_scope().authenticated_as(Actor())
        entry = select(AuditEntry.id).where(AuditEntry.account_id == alice.account_id).limit(1)
        return {
            "profile_id": profile.id,
            "tag_id": tag.id,
            "team_id": team.id,
            "alias_id": alias.id,
            "member_id": bob.member_id,
            "link_id": link.id,
            "file_id": file.id,
            "sitting_id": sitting.id,
            "debrief_id": debrief.id,
            "removal_id": wish.id,
            "invitation_id": invitation.id,
            "connection_id": claude.connection_id,
            "approval_id": approval.id,
            "secret": secret,
            "client_id": robot.id,
            "passkey_id": passkey.id,
            "entry_id": db.session.scalar(entry),
            "message_id": db.session.scalar(select(Message.id).where(Message.about_id == invitation.id)),
        }


def everything(app, account_id):
    """How much there is of everything, and what of it has ended."""
    with app.app_context(), in_account(account_id):
        tables = [mapper.class_ for mapper in Base.registry.mappers]
        counts = {table.__name__: db.session.scalar(select(func.count()).select_from(table)) for table in tables}
        ended = {
            str(column): db.session.scalar(select(func.count(column)))
            for table in tables
            for column in table.__table__.c
            if column.name.endswith("_at") and column.name not in {"seen_at", "last_used_at", "empty_at"}
        }
        return counts, ended


@pytest.mark.asvs("3.5.3")
@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_reading_changes_nothing_on_any_page(app, alice, browser, ids, method):
    before = everything(app, alice.account_id)
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        opened = [
            rule for rule in app.url_map.iter_rules() if "HEAD" in (rule.methods or ()) and rule.endpoint != "static"
        ]
        paths = [adapter.build(rule.endpoint, {name: ids[name] for name in rule.arguments}) for rule in opened]
    assert len(paths) > 25
    for path in paths:
        assert browser.open(path, method=method).status_code < 500, path
    after = everything(app, alice.account_id)
    # That an Owner opened the audit log is itself an entry, and so is that they exported it or all profiles, or saw a
    # personal link, in the outbox or beside the invitation.
    for table in ("AuditEntry", "AuditPersonal", "AuditName"):
        assert after[0].pop(table) - before[0].pop(table) <= 5
    # And that somebody came to an app's registration without its token is counted against them.
    assert after[0].pop("Throttle") - before[0].pop("Throttle") <= 1
    assert after == before
