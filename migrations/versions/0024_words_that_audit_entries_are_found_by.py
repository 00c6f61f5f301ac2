"""The words that entries of the audit log are found by, written down with them; those that are there already are told once, here."""

from __future__ import annotations

import logging
import re
import unicodedata
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
NAMED_AT_MOST = 3
log = logging.getLogger("alembic.runtime.migration")

# What has names that go with it.
THINGS = ("profile", "tag", "alias", "member", "member_invitation")
WALLED = ("profile", "tag", "alias")


def upgrade() -> None:
    op.add_column("audit_personal", sa.Column("words", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "audit_name",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("thing_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_personal.entry_id"],
            name=op.f("fk_audit_name_entry_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", "thing_id", name=op.f("pk_audit_name")),
    )
    op.create_index("ix_audit_name_thing", "audit_name", ["thing_id"], unique=False)
    forget_names_with_their_things()
    allow_changes()
    for table in WALLED:
        on_postgresql(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    write_down_words(op.get_bind())
    for table in WALLED:
        on_postgresql(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    refuse_changes()


def downgrade() -> None:
    for table in THINGS:
        op.execute(f"DROP TRIGGER {table}_forgets_its_name" + (f" ON {table}" if is_postgresql() else ""))
    on_postgresql("DROP FUNCTION forget_names()")
    op.drop_index("ix_audit_name_thing", table_name="audit_name")
    op.drop_table("audit_name")
    op.drop_column("audit_personal", "words")


def is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def on_postgresql(statement: str) -> None:
    if is_postgresql():
        op.execute(statement)


def forget_names_with_their_things() -> None:
    forget = "DELETE FROM audit_name WHERE thing_id = old.id"
    on_postgresql(
        f"CREATE FUNCTION forget_names() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {forget}; RETURN NULL; END $$"
    )
    act = "EXECUTE FUNCTION forget_names()" if is_postgresql() else f"BEGIN {forget}; END"
    for table in THINGS:
        op.execute(f"CREATE TRIGGER {table}_forgets_its_name AFTER DELETE ON {table} FOR EACH ROW {act}")


def allow_changes() -> None:
    if is_postgresql():
        op.execute("ALTER TABLE audit_personal DISABLE TRIGGER audit_personal_no_update")
    else:
        op.execute("DROP TRIGGER audit_personal_no_update")


def refuse_changes() -> None:
    if is_postgresql():
        op.execute("ALTER TABLE audit_personal ENABLE TRIGGER audit_personal_no_update")
    else:
        op.execute(
            "CREATE TRIGGER audit_personal_no_update BEFORE UPDATE ON audit_personal "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        )


ENTRY = sa.table(
    "audit_entry",
    sa.column("id", sa.Uuid()),
    sa.column("account_id", sa.Uuid()),
    sa.column("action"),
    sa.column("outcome"),
    sa.column("member_id", sa.Uuid()),
    sa.column("user_id", sa.Uuid()),
    sa.column("request_id"),
    sa.column("client_name"),
    sa.column("tool"),
    sa.column("scope"),
    sa.column("reason"),
    sa.column("resources", sa.JSON()),
    sa.column("resource_count", sa.Integer()),
    sa.column("fields", sa.JSON()),
    sa.column("values", sa.JSON()),
    sa.column("steps", sa.JSON()),
)
PERSONAL = sa.table(
    "audit_personal", sa.column("entry_id", sa.Uuid()), sa.column("names", sa.JSON()), sa.column("words", sa.Text())
)
NAME = sa.table(
    "audit_name", sa.column("entry_id", sa.Uuid()), sa.column("thing_id", sa.Uuid()), sa.column("words", sa.Text())
)


def write_down_words(connection: sa.Connection) -> None:
    both = sa.select(*ENTRY.c, PERSONAL.c.names).join_from(ENTRY, PERSONAL, PERSONAL.c.entry_id == ENTRY.c.id)
    write = sa.update(PERSONAL).where(PERSONAL.c.entry_id == sa.bindparam("id")).values(words=sa.bindparam("said"))
    done = 0
    while rows := connection.execute(both.order_by(ENTRY.c.id).limit(AT_ONCE)).all():
        connection.execute(write, [{"id": row.id, "said": searchable(texts_of(row))} for row in rows])
        if named := list(names_in(connection, rows)):
            connection.execute(sa.insert(NAME), named)
        both, done = both.where(ENTRY.c.id > rows[-1].id), done + len(rows)
        if done % 50_000 == 0:
            log.info("%s entries of audit logs can be searched", f"{done:,}")


def texts_of(row: Any) -> Iterator[str]:
    """What is said of an entry, but for names of things and people."""
    yield SAID.get(row.action, f"did {row.action}")
    yield from (SAID.get(step, step) for step in row.steps)
    if row.action == "tool.called" and not row.steps:
        yield READ.get(row.tool, "used") if row.outcome == "allowed" else ENDED.get(row.outcome, "used")
    if not row.member_id:
        yield "somebody" if row.user_id or row.request_id else "the operator of this server"
    yield from filter(None, (row.outcome, row.tool, row.scope, row.reason, REASON.get(row.reason), row.client_name))
    yield from (f"{field} {FIELD.get(field, '')}" for field in row.fields)
    yield from facts_of(row)
    yield from row.names.values()


def facts_of(row: Any) -> Iterator[str]:
    for value in row.values.values():
        yield from map(str, value if isinstance(value, list) else [value])
    if row.values.get("filtered"):
        yield "part some of the"
    for kind, ids in by_kind(row).items():
        if kind in KINDS and len(ids) > NAMED_AT_MOST:
            yield f"{len(ids)} {KINDS[kind]} people {'more than' if row.resource_count > len(row.resources) else ''}"
        elif kind in KINDS:
            yield f"the {kind.replace('_', ' ')}{'s' if len(ids) > 1 else ''} of"


def by_kind(row: Any) -> dict[str, list[str]]:
    found = defaultdict(list)
    for kind, id_ in row.resources:
        found[kind].append(id_)
    return found


def names_in(connection: sa.Connection, rows: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The names of the things that entries call by name, where these are still there."""
    for kind in THINGS:
        about = [(row, uuid.UUID(id_)) for row in rows for id_ in few(row, kind)]
        ids = list({id_ for _, id_ in about})
        found = {one.id: one for one in connection.execute(NAMES_OF[kind], {"ids": ids})} if ids else {}
        for row, id_ in dict.fromkeys((row.id, id_) for row, id_ in about if is_of(row, found.get(id_))):
            yield {"entry_id": row, "thing_id": id_, "words": searchable([found[id_].name])}


def few(row: Any, kind: str) -> list[str]:
    ids = by_kind(row)[kind]
    return ids if len(ids) <= NAMED_AT_MOST else []


def is_of(row: Any, found: Any) -> bool:
    return found is not None and found.account_id == row.account_id and bool(searchable([found.name]))


def names_of(statement: str) -> Any:
    typed = {"id": sa.Uuid(), "account_id": sa.Uuid(), "name": sa.Text()}
    return sa.text(statement).bindparams(sa.bindparam("ids", type_=sa.Uuid(), expanding=True)).columns(**typed)


FULL_NAME = "trim(first_name || ' ' || last_name)"
NAMES_OF = {
    "profile": names_of(
        f"SELECT id, account_id, coalesce(nullif({FULL_NAME}, ''), email) AS name FROM profile WHERE id IN :ids"  # noqa: S608
    ),
    "tag": names_of("SELECT id, account_id, label AS name FROM tag WHERE id IN :ids"),
    "alias": names_of("SELECT id, account_id, consumer_key AS name FROM alias WHERE id IN :ids"),
    "member": names_of(
        'SELECT member.id, account_id, name FROM member JOIN "user" ON "user".id = user_id WHERE member.id IN :ids'
    ),
    "member_invitation": names_of("SELECT id, account_id, email AS name FROM member_invitation WHERE id IN :ids"),
}


# As models/text.py and models/audit/search_words.py have it at this revision.
WORD = re.compile(r"[^\W_]+")


def searchable(texts: Iterable[str]) -> str:
    return "".join(f" {word}" for word in dict.fromkeys(word for text in texts for word in words(text)))


def words(value: str) -> list[str]:
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", value.casefold()).casefold())
    return WORD.findall("".join(c for c in bare if not unicodedata.combining(c)))


KINDS = {
    "profile": "profiles",
    "tag": "tags",
    "alias": "aliases",
    "member": "members",
    "member_invitation": "invitations",
}

READ = {
    "list_profiles": "listed no profiles",
    "get_profile": "read",
    "get_debrief": "read the debrief on",
    "compare_profiles": "compared",
    "list_tags": "listed no tags",
    "list_aliases": "listed no aliases",
    "get_account": "read the account's settings",
    "send_assessment_invite": "asked to invite who had just been invited",
}
ENDED = {"refused": "was refused", "failed": "tried and failed nothing was changed"}

FIELD = {
    "name": "the account's name",
    "eco_printing": "eco printing",
    "core_extended": "the number of Core Values",
    "debriefs_by_model": "whether a language model writes debriefs",
    "reminder_days": "when reminders are sent",
    "audit_retention_days": "how long the audit log is kept",
    "second_factor_required": "whether members need a second factor",
    "read_only": "whether it only reads",
    "hide_contact": "whether it sees e-mail addresses and phone numbers",
    "only_tags": "whose profiles it sees",
    "daily_calls": "its calls a day",
    "ends_at": "when it ends",
    "scopes": "the maximum scopes",
    "apps": "which apps may connect",
    "registration": "whether apps may register themselves",
    "second_factor": "whether a second factor is needed to connect",
    "longest_days": "how long a consent lasts",
    "email": "the e-mail",
    "phone": "the phone number",
    "label": "renamed",
}

REASON = {
    "unknown_tool": "there is no such tool",
    "malformed": "the request was malformed",
    "arguments": "the arguments do not match the tool",
    "paused": "it is paused",
    "policy": "the account's policy blocks this app",
    "policy_scope": "the account's policy allows no app the scope for it",
    "second_factor": "its member has no second factor, which the account requires",
    "end_date": "its last day was over",
    "end_member": "its member is no longer in the account",
    "read_only": "it is read-only",
    "daily": "its daily call limit is reached",
    "role": "the member's role does not allow it",
    "not_allowed": "a rule of the account does not allow it",
    "not_found": "nothing in this account has this id",
    "invalid": "a value was not accepted",
    "conflict": "something else changed it at the same moment",
    "too_fast": "it sent too many requests",
    "unavailable": "the database was unavailable",
    "crashed": "an internal error occurred",
    "revoked": "its access had been revoked",
    "removed": "its member had been removed",
    "expired": "its token had expired",
    "other_resource": "its token is for another server",
    "scope": "it has no and no",
}

# An action and the words that are said of it, a line each.
SAID = dict(
    line.split(" ", 1)
    for line in """\
person.signed_in sign-in signed in
person.sign_in_failed failed sign-in somebody tried to sign in as with an incorrect password
person.signed_out sign-out signed out
person.changed person's name changed their
person.exported own data exported their
person.deleted sign-in deleted their
person.signed_out_elsewhere signed out elsewhere their other browsers
person.confirmed identity confirmed their
person.password_changed password changed their
person.password_reset_asked password reset requested a link was for
person.password_reset password reset their by a link
person.email_change_asked e-mail change requested a of their address
person.email_changed e-mail changed their address
person.passkey_added passkey added a
person.passkey_renamed passkey renamed a
person.passkey_removed passkey removed a
person.passkey_refused passkey refused a of was
person.authenticator_added authenticator app set up an
person.authenticator_removed authenticator app removed their
person.recovery_codes_made recovery codes made new
person.recovery_code_used recovery code used a
person.second_factor_failed failed second factor somebody with the password of entered an incorrect code
person.factors_forgotten second factors removed by the operator of were this server
account.created account created this
account.changed account settings changed
account.export_asked account export requested an of the
account.export_made account export created the of was
account.export_failed account export failed the of
account.export_downloaded account export downloaded an of the
account.export_removed account export removed an of the
account.deletion_asked account deletion requested the of this
account.deletion_cancelled account deletion cancelled the of this
account.deleted account deleted this was
member.invited member invited as
member.invited_again member invited again sent the invitation
member.invitation_cancelled invitation cancelled the of
member.joined member joined as
member.role_changed role changed gave the
member.removed member removed from the account
member.left member left the account
member.ownership_transferred ownership transferred made an owner in their place and became
connection.created app connected
connection.widened app given more access gave
connection.renewed app connected again
connection.refused app denied access
connection.revoked app revoked
connection.ended connection ended the of for
connection.refusal_lifted app may ask again allowed to
connection.limited app's limits changed of
connection.narrowed scope removed from an app
connection.restored scope restored for an app
connection.paused app paused
connection.resumed app resumed
account.policy_changed policy for apps changed the connected
client.registered api client registered the
client.secret_rotated api client given a new secret gave the
client.removed api client removed the
authorization.ended app disconnected itself
authorization.code_replayed one-time code used twice a twice so that device was disconnected
authorization.refresh_reused replaced token used a that had been replaced so device was disconnected
tool.called tool called by an app
token.refused expired or revoked token refused was
profile.created profile created
profile.changed profile changed
profile.deleted profile deleted
profile.data_exported person's data exported the of
profile.imported profiles imported
profile.exported profiles exported
tag.created tag created
tag.changed tag changed
tag.deleted tag deleted
tag.put_on_profiles tag put on profiles
tag.taken_off_profiles tag taken off profiles took
alias.created alias created for
alias.changed alias renamed of
alias.deleted alias deleted of
assessment.invited person invited to the assessments
assessment.invitation_sent_again invitation to the assessments sent again
assessment.invitation_cancelled invitation to the assessments cancelled of
assessment.reminded reminder sent a went to
assessment.personal_link_shown personal link viewed the of
assessment.shared_link_created shared link created a assessment
assessment.shared_link_closed shared link closed a assessment
assessment.started assessments started the
assessment.completed assessments completed the
assessment.results_held results pending from a shared link for are
assessment.results_kept new results kept the of
assessment.results_discarded new results discarded the of
assessment.removal_asked removal requested asked to be removed
assessment.removal_declined removal request declined the of
debrief.asked debrief requested a new on
debrief.scores_sent scores sent to a language model the of went
debrief.written debrief written a on was
debrief.failed debrief failed a on could not be written
mail.failed mail failed to could not be sent
audit.read audit log read the
audit.exported audit log exported
audit.purged old entries removed of the audit log reached end retention and were
""".splitlines()
)
