"""What is stored about a person who signs in, for themselves: one JSON document, written row by row, without secrets."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator

from sqlalchemy import select

from models.accounts import Account, Member, User
from models.alarms import Alarm
from models.audit import AuditEntry, AuditPersonal, entry_facts, personal_facts
from models.audit_log import EntryFilter, entries
from models.clients import Client
from models.connections import Authorization, Connection, ConnectionNetwork, ConnectionUse, DeniedScope
from models.database import Base, db, in_account, table_of
from models.identity import Authenticator, EmailChange, LoginSession, Passkey, RecoveryCode
from models.mail import Message
from models.privacy.export_archive import as_json
from models.privacy.export_columns import exported_columns
from models.privacy.export_tables import Row, alarms_of, networks_of, streamed, with_their

TABLES = (
    User,
    Member,
    LoginSession,
    Passkey,
    Authenticator,
    RecoveryCode,
    EmailChange,
    Connection,
    Authorization,
    ConnectionUse,
    ConnectionNetwork,
    Alarm,
    DeniedScope,
)
NOT_EXPORTED = {
    "ceremony": "A question to a passkey; it ends within minutes.",
    "code_try": "That a wrong code was entered; forgotten within minutes.",
    "consent_request": "A question on the consent page; it ends within minutes.",
    "invitation_file": "A file of other people, which belongs to the account.",
    "member_invitation": "An invitation of somebody else, which belongs to the account.",
    "password_reset": "A link to a new password; it ends within an hour.",
    "second_step": "A sign-in that is half done; it ends within minutes.",
}


def own_data(user_id: uuid.UUID) -> Iterator[str]:
    """Everything, in parts: the person, their memberships and sign-ins, their connections, and their own audit entries."""
    before = "{"
    for name, rows in sections(user_id):
        yield f"{before}\n{json.dumps(name)}: "
        yield from as_json(rows)
        before = ","
    yield "}\n"


def sections(user_id: uuid.UUID) -> Iterator[tuple[str, Iterable[Row]]]:
    yield "person", streamed(select(*exported_columns(User)).where(User.id == user_id))
    yield "memberships", memberships(user_id)
    for name, model in (
        ("sessions", LoginSession),
        ("passkeys", Passkey),
        ("authenticator", Authenticator),
        ("recovery_codes", RecoveryCode),
        ("email_changes", EmailChange),
    ):
        yield name, theirs(model, user_id)
    yield "connections", connections(user_id)
    yield "refusals", refusals(user_id)
    yield "messages", messages(user_id)
    yield "trail", own_entries(user_id)
    yield "trail_of_left_accounts", entries_in_left_accounts(user_id)


def theirs(model: type[Base], user_id: uuid.UUID) -> Iterator[Row]:
    rows = table_of(model)
    return streamed(select(*exported_columns(model)).where(rows.c.user_id == user_id).order_by(rows.c.id))


def memberships(user_id: uuid.UUID) -> Iterator[Row]:
    statement = select(*exported_columns(Member), Account.name.label("account")).join(
        Account, Account.id == Member.account_id
    )
    return streamed(statement.where(Member.user_id == user_id).order_by(Member.id))


def connections(user_id: uuid.UUID) -> Iterator[Row]:
    use, names = exported_columns(ConnectionUse)[1:], (Client.name.label("app"), Account.name.label("account"))
    made = select(*exported_columns(Connection), *use, *names).select_from(Connection)
    made = made.join(ConnectionUse, ConnectionUse.connection_id == Connection.id, isouter=True)
    made = made.join(Client, Client.id == Connection.client_id).join(Account, Account.id == Connection.account_id)
    made = made.join(Member, Member.id == Connection.member_id)
    consents = select(*exported_columns(Authorization)).join(Connection, Connection.id == Authorization.connection_id)
    consents = consents.join(Member, Member.id == Connection.member_id).where(Member.user_id == user_id)
    consents = consents.order_by(Authorization.connection_id, Authorization.id)
    parents = streamed(made.where(Member.user_id == user_id).order_by(Connection.id))
    parents = with_their("authorizations", streamed(consents), "connection_id", parents)
    networks = networks_of().join(Member, Member.id == Connection.member_id).where(Member.user_id == user_id)
    parents = with_their("networks", streamed(networks), "connection_id", parents)
    alarms = alarms_of().join(Member, Member.id == Connection.member_id).where(Member.user_id == user_id)
    return with_their("alarms", streamed(alarms), "connection_id", parents)


def refusals(user_id: uuid.UUID) -> Iterator[Row]:
    statement = select(*exported_columns(DeniedScope), Client.name.label("app")).join(
        Client, Client.id == DeniedScope.client_id
    )
    statement = statement.join(Member, Member.id == DeniedScope.member_id)
    return streamed(statement.where(Member.user_id == user_id).order_by(DeniedScope.id))


def messages(user_id: uuid.UUID) -> Iterator[Row]:
    """Mail to them: its kind, address and outcome."""
    return streamed(select(*exported_columns(Message)).where(Message.user_id == user_id).order_by(Message.id))


def own_entries(user_id: uuid.UUID) -> Iterator[Row]:
    """What they and their apps did in their accounts, in sentences."""
    for member in Member.all_of(user_id):
        with in_account(member.account_id):
            for rendered in entries(member, EntryFilter(member_id=member.id)):
                personal = personal_facts(rendered.personal)["values"] if rendered.personal else None
                yield {"sentence": rendered.text, "entry": entry_facts(rendered.entry), "personal": personal}


def entries_in_left_accounts(user_id: uuid.UUID) -> Iterator[Row]:
    """When and from where they did what in accounts that they have left. What it was done to belongs to those accounts."""
    left = select(Member.account_id, Member.id).where(Member.user_id == user_id, Member.removed_at.is_not(None))
    for account_id, member_id in db.session.execute(left.order_by(Member.id)).all():
        mine = select(
            AuditEntry.at, AuditEntry.action, AuditEntry.outcome, AuditPersonal.address, AuditPersonal.user_agent
        )
        mine = mine.join(AuditPersonal, AuditPersonal.entry_id == AuditEntry.id, isouter=True)
        with in_account(account_id):
            its = mine.where(AuditEntry.account_id == account_id, AuditEntry.member_id == member_id)
            yield from streamed(its.order_by(AuditEntry.id))
