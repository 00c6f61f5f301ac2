"""What makes an account look in use: pending people, open decisions, and recent calls of an app.

It is written as rows, without the methods that send mail: nobody in the demo has a mailbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select

from models.accounts import Account, Member
from models.assessments import AssessmentInvitation, AssessmentLink, RemovalRequest, Sitting
from models.assessments.invitation import LIFETIME
from models.audit import Action, Outcome, record, record_call
from models.clients import Client
from models.connections import Authorization, Connection, ConnectionUse
from models.database import db, in_account, new_id, now
from models.demo.accounts import Team
from models.demo.scores import Temperament
from models.demo.users import people
from models.mail import Kind, Message
from models.profiles import Profile, Tag
from models.request_scope import Actor, Call, current_scope
from models.scopes import PROFILES_READ, PROFILES_WRITE, TAGS_MANAGE

ASKED_AGO = tuple(timedelta(hours=hours) for hours in (216, 130, 98, 51, 26, 3))
OPENED = {ASKED_AGO[1], ASKED_AGO[3]}
FINISHED = 4
APP_NAME = "Demo assistant"
GRANTED = frozenset({PROFILES_READ, TAGS_MANAGE})
ASKED = GRANTED | {PROFILES_WRITE}


def enliven(account: Account, team: Team) -> None:
    """Fill the account of a team, once: an account with invitations was filled before."""
    with in_account(account.id):
        awaited, finished = some(account, "pending", len(ASKED_AGO)), some(account, "completed", FINISHED)
        if not (team.lively and awaited) or len(finished) < FINISHED or ever_invited(account):
            return
        owner, manager = (member_of(account, email) for email in list(team.roles)[:2])
        with current_scope().acting_as(manager.as_actor()):
            invitations = invite(account, awaited, manager)
            link = AssessmentLink.provide(account.id, [tag.id for tag in Tag.all_in(account.id)[:1]], by=manager.id)
        leave_to_decide(account, finished, link)
        Sitting.begin_invited(invitations[-1])
        let_an_app_work(owner, finished)


def some(account: Account, status: str, most: int) -> list[Profile]:
    """The newest profiles of this status."""
    statement = select(Profile).where(Profile.account_id == account.id, Profile.status == status)
    return list(db.session.scalars(statement.order_by(Profile.id.desc()).limit(most)))


def ever_invited(account: Account) -> bool:
    known = select(AssessmentInvitation.id).where(AssessmentInvitation.account_id == account.id).limit(1)
    return db.session.scalar(known) is not None


def member_of(account: Account, email: str) -> Member:
    """The member with this address; another member if they have left."""
    return Member.of(people()[email].id, account.id) or Member.in_account(account.id)[0]


def invite(account: Account, awaited: Sequence[Profile], by: Member) -> list[AssessmentInvitation]:
    """Invitations of the last nine days, oldest first: some were opened, and one has expired."""
    ages = ASKED_AGO[-len(awaited) :]
    made = [invitation_of(account, profile, by, ago) for profile, ago in zip(awaited, ages, strict=True)]
    db.session.add_all(made)
    db.session.flush()
    db.session.connection().execute(insert(Message), [kept_mail(invitation) for invitation in made])
    record(Action.ASSESSMENT_INVITED, *(("profile", invitation.profile_id) for invitation in made))
    return made


def invitation_of(account: Account, profile: Profile, by: Member, ago: timedelta) -> AssessmentInvitation:
    asked = max(now() - ago, profile.created_at)
    return AssessmentInvitation(
        id=new_id(asked),
        account_id=account.id,
        profile=profile,
        profile_id=profile.id,
        email_key=profile.email_key,
        invited_by=by.id,
        assessments=list(account.assessments),
        created_at=asked,
        sent_at=asked,
        expires_at=asked + LIFETIME,
        opened_at=asked + timedelta(hours=2) if ago in OPENED else None,
    )


def kept_mail(invitation: AssessmentInvitation) -> dict[str, Any]:
    """The mail of an invitation as a server without a mail server keeps it."""
    moment, profile = invitation.created_at, invitation.profile
    about = Message.row(
        Kind.ASSESSMENT_INVITATION, profile.email, invitation.id, account_id=profile.account_id, profile_id=profile.id
    )
    return about | {"state": "kept", "created_at": moment, "due_at": moment, "settled_at": moment}


def leave_to_decide(account: Account, finished: Sequence[Profile], link: AssessmentLink) -> None:
    """Pending results from a shared link for a known person, and a removal request."""
    retaken, leaving = finished[:2]
    sitting = Sitting.begin_shared(link, retaken.email, retaken.first_name, retaken.last_name)
    sitting.state, sitting.profile_id, sitting.finished_at = "held", retaken.id, now()
    sitting.scores = Temperament.of(Random("once more")).results()  # noqa: S311 (invented data, not a secret)
    record(Action.RESULTS_HELD, ("profile", retaken.id))
    db.session.add(RemovalRequest(account_id=account.id, profile_id=leaving.id, asked_at=now()))
    record(Action.REMOVAL_ASKED, ("profile", leaving.id))
    db.session.flush()


def let_an_app_work(owner: Member, finished: Sequence[Profile]) -> None:
    """An app that the owner connected, and its last calls. It has no token: nobody can use it."""
    client, _ = Client.register(APP_NAME, ["http://localhost/callback"])
    connection = Connection(
        account_id=owner.account_id,
        member_id=owner.id,
        member=owner,
        client_id=client.id,
        client=client,
        app_name=client.name,
        ceiling=GRANTED,
        created_at=now(),
        use=ConnectionUse(last_used_at=now()),
    )
    db.session.add(connection)
    client.used()
    db.session.flush()
    month = timedelta(days=30)
    Authorization.give(
        connection, ASKED, GRANTED, ASKED - GRANTED, "", "http://localhost/callback", month, month, None, None
    )
    app = Actor(owner.account_id, owner.user_id, owner.id, connection.id, connection.app_name)
    connection.record(Action.CONNECTION_CREATED, GRANTED)
    profiles = [("profile", profile.id) for profile in finished]
    for call in (
        Call("list_profiles", PROFILES_READ, resources=profiles),
        Call("get_profile", PROFILES_READ, resources=profiles[:1]),
        Call("get_debrief", PROFILES_READ, resources=profiles[:1]),
        Call("compare_profiles", PROFILES_READ, resources=profiles[:3]),
    ):
        record_call(app, call, Outcome.ALLOWED)
