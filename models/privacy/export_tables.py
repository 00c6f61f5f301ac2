"""The contents of an account's export: a file for each kind of thing, a row for each thing, and never a secret or its hash."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy import Select, func, select

from models.accounts import Account, DataExport, Member, MemberInvitation, User
from models.alarms import Alarm
from models.approvals import Approval
from models.assessments import AssessmentInvitation, AssessmentLink, RemovalRequest, Sitting
from models.assessments.bulk_invite import InvitationFile
from models.audit import AuditEntry, AuditPersonal, AuditPurge, AuditSeal, BeforeImage, SealedEntry
from models.clients import Client
from models.connections import (
    Authorization,
    Connection,
    ConnectionNetwork,
    ConnectionPolicy,
    ConnectionUse,
    DeniedScope,
)
from models.database import Base, db, table_of
from models.debriefs import Debrief, DebriefRequest
from models.mail import Message
from models.privacy.export_columns import EXPORTED, exported_columns
from models.profiles import Alias, Profile, ProfileTag, Result, Tag, Team, TeamProfile, TeamTag

AT_ONCE = 200
Row = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One file of an export."""

    name: str
    about: str
    tables: tuple[type[Base], ...]
    """The tables whose rows are in it; the first one's are counted."""
    rows: Callable[[uuid.UUID], Iterator[Row]]

    def count(self, account_id: uuid.UUID) -> int:
        """The number of its rows."""
        rows = table_of(self.tables[0])
        own = rows.c.account_id if "account_id" in rows.c else rows.c.id
        return db.session.scalar(select(func.count()).select_from(rows).where(own == account_id)) or 0


def streamed(statement: Select[*tuple[Any, ...]]) -> Iterator[Row]:
    """Rows as they come from the database, a few hundred in memory at a time."""
    found = db.session.connection().execute(statement.execution_options(yield_per=AT_ONCE))
    return (dict(row) for row in found.mappings())


def everything(model: type[Base], account_id: uuid.UUID) -> Iterator[Row]:
    """Every row of one kind in this account."""
    rows = table_of(model)
    mine = select(*exported_columns(model)).where(rows.c.account_id == account_id)
    return streamed(mine.order_by(*rows.primary_key.columns))


def with_their(
    name: str, children: Iterator[Row], by: str, parents: Iterator[Row], only: str | None = None
) -> Iterator[Row]:
    """Each row with a list of its dependent rows; both must come in the order of the parents' ids."""
    groups = groupby(children, key=lambda child: child[by])
    group = next(groups, None)
    for parent in parents:
        parent[name] = []
        while group is not None and group[0] <= parent["id"]:
            if group[0] == parent["id"]:
                parent[name] = [child[only] if only else without(by, child) for child in group[1]]
            group = next(groups, None)
        yield parent


def without(name: str, row: Row) -> Row:
    return {key: value for key, value in row.items() if key != name}


def finished_sittings(account_id: uuid.UUID) -> Iterator[Row]:
    finished = select(*exported_columns(Sitting)).where(Sitting.account_id == account_id, Sitting.state == "finished")
    # The account does not have these yet: their people can still delete them without asking.
    shared = finished.where(Sitting.share_due_at.is_(None))
    return streamed(shared.order_by(Sitting.id))


def the_account(account_id: uuid.UUID) -> Iterator[Row]:
    return streamed(select(*exported_columns(Account)).where(Account.id == account_id))


def members(account_id: uuid.UUID) -> Iterator[Row]:
    statement = select(*exported_columns(Member), User.name, User.email).join(User, User.id == Member.user_id)
    return streamed(statement.where(Member.account_id == account_id).order_by(Member.id))


def profiles(account_id: uuid.UUID) -> Iterator[Row]:
    carried = table_of(ProfileTag).c
    ties = select(carried.profile_id, carried.tag_id).where(carried.account_id == account_id)
    ties = ties.order_by(carried.profile_id, carried.tag_id)
    return with_their("tag_ids", streamed(ties), "profile_id", everything(Profile, account_id), only="tag_id")


def teams(account_id: uuid.UUID) -> Iterator[Row]:
    made = everything(Team, account_id)
    for name, model, only in (("tag_ids", TeamTag, "tag_id"), ("profile_ids", TeamProfile, "profile_id")):
        made = with_their(name, everything(model, account_id), "team_id", made, only=only)
    return made


def connections(account_id: uuid.UUID) -> Iterator[Row]:
    use, app = exported_columns(ConnectionUse)[1:], (Client.name.label("app"), Client.client_id.label("app_identifier"))
    statement = select(*exported_columns(Connection), *use, *app).join(Client, Client.id == Connection.client_id)
    statement = statement.join(ConnectionUse, ConnectionUse.connection_id == Connection.id, isouter=True)
    made = streamed(statement.where(Connection.account_id == account_id).order_by(Connection.id))
    consents = select(*exported_columns(Authorization)).where(Authorization.account_id == account_id)
    consents = consents.order_by(Authorization.connection_id, Authorization.id)
    made = with_their("authorizations", streamed(consents), "connection_id", made)
    networks = networks_of().where(Connection.account_id == account_id)
    made = with_their("networks", streamed(networks), "connection_id", made)
    alarms = alarms_of().where(Connection.account_id == account_id)
    return with_their("alarms", streamed(alarms), "connection_id", made)


def alarms_of() -> Select[*tuple[Any, ...]]:
    """The alarms about connections, in the order of the connections' ids."""
    raised = select(*exported_columns(Alarm)).join(Connection, Connection.id == Alarm.connection_id)
    return raised.order_by(Alarm.connection_id, Alarm.id)


def networks_of() -> Select[*tuple[Any, ...]]:
    """The networks of connections, in the order of the connections' ids."""
    used = select(*exported_columns(ConnectionNetwork)[1:]).join(
        Connection, Connection.id == ConnectionNetwork.connection_id
    )
    return used.order_by(ConnectionNetwork.connection_id, ConnectionNetwork.id)


def before_images(account_id: uuid.UUID) -> Iterator[Row]:
    """What can be taken back: of each row what an export has of it. A sitting's columns alone do not say whether it has any."""
    for image in everything(BeforeImage, account_id):
        table = image["row_name"].split("/")[0]
        columns = set() if table == "sitting" else set(EXPORTED.get(table, "").split())
        for part in ("before", "after"):
            image[part] = image[part] and {name: value for name, value in image[part].items() if name in columns}
        if columns:
            yield image


def kind(name: str, about: str, model: type[Base], *besides: type[Base], rows: Any = None) -> Kind:
    return Kind(name, about, (model, *besides), rows or partial(everything, model))


KINDS = (
    kind("account", "The account and its settings.", Account, rows=the_account),
    kind("members", "Its members and their roles, including former members.", Member, rows=members),
    kind("member_invitations", "Who was invited to become a member.", MemberInvitation),
    kind("profiles", "The people, how to reach them, and the ids of their tags.", Profile, ProfileTag, rows=profiles),
    kind("results", "Their results. Each retake has its own row.", Result),
    kind("debriefs", "Every version of every debrief, with who or what wrote it.", Debrief),
    kind("debrief_requests", "Which debriefs were requested, and the outcome.", DebriefRequest),
    kind("tags", "The tags.", Tag),
    kind("teams", "The saved teams, with the ids of their tags and people.", Team, TeamTag, TeamProfile, rows=teams),
    kind("aliases", "The ids of profiles in other systems.", Alias),
    kind("assessment_invitations", "Who was invited to answer, and how far they have come.", AssessmentInvitation),
    kind("assessment_links", "Shared links to the assessments.", AssessmentLink),
    # Only with results that the account has. Others can withdraw the rest at any time, and each export would end.
    kind("sittings", "Who has recently answered, without single answers.", Sitting, rows=finished_sittings),
    kind("removal_requests", "Who asked to be removed.", RemovalRequest),
    kind("invitation_files", "Invitation files that wait for confirmation.", InvitationFile),
    kind("messages", "E-mail of the last three months, with its kind, recipient and status.", Message),
    kind("api_clients", "Apps that were registered for this account.", Client),
    kind(
        "connections",
        "Apps that members connected, with their devices, the networks they were used from, and alarms about them.",
        Connection,
        Authorization,
        ConnectionUse,
        ConnectionNetwork,
        Alarm,
        rows=connections,
    ),
    kind("before_images", "What was changed or deleted and can be taken back.", BeforeImage, rows=before_images),
    kind("approvals", "Calls of apps that wait for a person, or were just answered.", Approval),
    kind("connection_policy", "The maximum that connections can do.", ConnectionPolicy),
    kind("refusals", "Which scopes members denied.", DeniedScope),
    kind("exports", "Exports like this one.", DataExport),
)
AUDIT_LOG = Kind(
    "audit_trail",
    "The audit log with its seals, one entry a line.",
    (AuditEntry, AuditPersonal, AuditSeal, SealedEntry, AuditPurge),
    rows=lambda _account_id: iter(()),
)

NOT_EXPORTED = {
    "answer": "Only the person who answers sees their answers, and downloads them by their link.",
    "data_export_piece": "It is an export itself.",
    "login_session": "Being signed in belongs to the person, who finds it in an export of their own.",
    "profile_count": "It is counted from the profiles.",
    "profile_word": "It is made from names and addresses in the profiles, to search by.",
}
