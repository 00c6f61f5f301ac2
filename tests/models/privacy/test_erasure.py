"""Deleted is gone: of an account, of a person, of a profile, nothing can be found in any table or file but what must stay."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, text, update

from blueprints.worker import data, jobs
from blueprints.worker.data import carry_out, carry_out_deletions, make_data_exports
from blueprints.worker.mail import send_due_messages
from models.accounts.account import Account, SetUp
from models.accounts.data_export import DataExport, DataExportPiece
from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.accounts.user import User
from models.assessments.removal_request import RemovalRequest
from models.audit import verify_audit
from models.audit.recorder import Action, AuditEntry, AuditPersonal, Outcome, record, record_call
from models.audit.seal import AuditSeal, seal_log, stored_log
from models.audit.verify_audit import verify
from models.clients.client import Client
from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.database.base import Base, db, new_id, now
from models.database.tenancy import in_account
from models.identity.email_change import EmailChange
from models.identity.password_reset import PasswordReset
from models.identity.security_notice import notify
from models.mail.message import Kind, Message, notify_of_app
from models.permissions import Role
from models.privacy.account_deletion import ask_deletion
from models.privacy.erasure import Erasure
from models.privacy.erasure_job import Erasing
from models.privacy.erasure_rows import STAYS
from models.privacy.person_deletion import delete_sign_in
from models.privacy.person_export import own_data
from models.profiles.profile import Profile
from models.request_scope import Actor, Call, current_scope
from models.scopes import ALL_SCOPES
from tests.canaries import ENUMERATED, NOT_OF_AN_ACCOUNT, Canaries, bytes_kept
from tests.models.audit.test_tampered_log import disarm


def add_canaries():
    """An account with a canary in every column, and a trail of what was really done in it."""
    made = Canaries()
    made.put()
    current_scope().authenticated_as(
        Actor(account_id=made.account_id, user_id=made.user_id, user_agent=made.own("browser"))
    )
    with in_account(made.account_id):
        record(Action.TAG_DELETED, ("tag", new_id()), names={str(new_id()): made.own("name of a deleted tag")})
        app_of_theirs = Actor(
            account_id=made.account_id,
            user_id=made.user_id,
            connection_id=made.rows["connection"]["id"],
            client_name=made.own("name of an app"),
        )
        record_call(app_of_theirs, Call("list_tags"), Outcome.ALLOWED)
        db.session.commit()
    current_scope().authenticated_as(Actor())
    return made


@pytest.fixture
def canaries(app):
    with app.app_context():
        yield add_canaries()


def ask_for_deletion(canaries):
    with in_account(canaries.account_id):
        member = db.session.get_one(Member, canaries.rows["member"]["id"])
        current_scope().authenticated_as(
            Actor(account_id=canaries.account_id, member_id=member.id, user_id=member.user_id)
        )
        ask_deletion(member, member.account.name)
        db.session.commit()
    current_scope().authenticated_as(Actor())
    db.session.execute(update(Erasure).values(due_at=now()))
    db.session.commit()


def delete_account(canaries):
    """An Owner asks, the fortnight passes, the worker comes by and its mail leaves."""
    ask_for_deletion(canaries)
    finish_deletions()


def kept_in_tables(account_id):
    """Everything that any table holds, as text."""
    with in_account(account_id):
        rows = [
            [table.name, *row] for table in Base.metadata.sorted_tables for row in db.session.execute(select(table))
        ]
        db.session.rollback()
    return json.dumps(rows, default=lambda value: value.decode() if isinstance(value, bytes) else str(value))


def found_in(kept, canaries):
    return sorted(name for name, canary in canaries.texts.items() if canary in kept)


def test_every_column_that_can_hold_a_text_holds_a_canary_to_begin_with(canaries):
    assert found_in(kept_in_tables(canaries.account_id), canaries) == sorted(canaries.texts)
    assert len(canaries.texts) > 100


def test_what_has_no_canary_is_named_and_there():
    tables = Base.metadata.tables
    assert NOT_OF_AN_ACCOUNT.keys() | STAYS.keys() <= tables.keys()
    assert all(column in tables[table].c for table, column in ENUMERATED)


def test_of_a_deleted_account_no_table_holds_a_canary(canaries):
    delete_account(canaries)

    assert found_in(kept_in_tables(canaries.account_id), canaries) == []
    assert db.session.get(Account, canaries.account_id) is None
    assert db.session.get(User, canaries.user_id) is None


def test_the_set_up_token_of_a_deleted_account_stays_spent(canaries):
    spent = db.session.scalars(select(SetUp.id)).all()
    delete_account(canaries)
    assert not Account.any_exists()
    assert db.session.scalars(select(SetUp.id)).all() == spent != []


def test_of_a_deleted_account_no_byte_is_left_in_the_database(app, canaries, database):
    with in_account(canaries.account_id):
        nothing: dict[str, str] = {}
        people = [
            ({"email": f"canary-{number}@example.com", "first_name": "Canarina"}, nothing) for number in range(2_000)
        ]
        Profile.add_quietly(canaries.account_id, people)
        db.session.commit()
    assert b"canary-1999@" in bytes_kept(app, canaries.account_id, database)

    delete_account(canaries)

    kept = bytes_kept(app, canaries.account_id, database)
    assert b"canary-" not in kept
    assert b"Canarina" not in kept
    assert [name for name, canary in canaries.texts.items() if canary.encode() in kept] == []


def test_what_stays_is_the_audit_log_without_names_and_its_seals_still_verify(canaries):
    seal_log(canaries.account_id, now() + timedelta(milliseconds=2))
    db.session.commit()
    noted = AuditSeal.last(canaries.account_id).noted

    delete_account(canaries)

    trail = stored_log(canaries.account_id)
    assert verify(trail, noted).intact
    actions = [trail.entries[id_]["action"] for id_ in sorted(trail.entries)]
    assert actions[:2] == ["tag.deleted", "tool.called"]
    assert actions[-1] == "account.deleted"
    assert all(
        personal["values"] == {"address": None, "user_agent": None, "names": {}} for personal in trail.personal.values()
    )


def test_the_operator_can_have_what_stays_verified_elsewhere(runner, canaries, tmp_path):
    seal_log(canaries.account_id, now() + timedelta(milliseconds=2))
    db.session.commit()
    noted = AuditSeal.last(canaries.account_id).noted
    delete_account(canaries)
    seal_log(canaries.account_id, now() + timedelta(milliseconds=2))
    db.session.commit()

    printed = runner.invoke(args=["data", "audit-log", str(canaries.account_id)])

    assert printed.exit_code == 0, printed.output
    assert found_in(printed.output, canaries) == []
    assert checked_elsewhere(tmp_path, printed.output, noted).returncode == 0
    without_one = "".join(line for line in printed.output.splitlines(True) if '"profile.tool.called"' not in line)
    refused = checked_elsewhere(tmp_path, without_one, noted)
    assert refused.returncode == 1, refused.stdout


def checked_elsewhere(tmp_path, trail, noted):
    """What the program says that comes with every export, which needs nothing of ours."""
    (tmp_path / "trail.jsonl").write_text(trail)
    return subprocess.run(
        [sys.executable, "-I", "-S", verify_audit.__file__, tmp_path / "trail.jsonl", "--seal", noted],
        capture_output=True,
        text=True,
        check=False,
    )


def test_of_an_account_that_was_not_deleted_the_operator_prints_nothing(runner, canaries):
    refused = runner.invoke(args=["data", "audit-log", str(canaries.account_id)])
    assert refused.exit_code == 1
    assert f"No account with the id {canaries.account_id} was deleted here." in refused.output


def test_after_a_worker_that_ended_before_it_had_tidied_up_the_next_one_does(app, canaries, database):
    ask_for_deletion(canaries)
    carry_out(db.session.scalars(select(Erasure.id)).one())
    left_in_files = canaries.texts["profile.email"].encode() in bytes_kept(app, canaries.account_id, database)
    assert left_in_files == (database == "sqlite")
    data.file_untidy.clear()
    data.looked_back.clear()

    carry_out_deletions()
    send_due_messages()

    kept = bytes_kept(app, canaries.account_id, database)
    assert [name for name, canary in canaries.texts.items() if canary.encode() in kept and name != "user.email"] == []


def test_the_account_next_door_is_left_alone(canaries):
    other = add_canaries()

    delete_account(canaries)

    assert found_in(kept_in_tables(other.account_id), other) == sorted(other.texts)


def test_whoever_belongs_to_another_account_too_can_still_sign_in(canaries, new_account):
    other = new_account("Black Mesa")
    Member.add(db.session.get_one(Account, other.id), db.session.get_one(User, canaries.user_id), Role.USER)
    db.session.commit()

    delete_account(canaries)

    assert db.session.get(User, canaries.user_id) is not None
    assert [member.account.name for member in Member.all_of(canaries.user_id)] == ["Black Mesa"]


def test_a_worker_that_was_told_to_end_is_followed_by_another_that_goes_on(canaries):
    ask_for_deletion(canaries)
    jobs.stopping.set()
    try:
        carry_out_deletions()
        erasure = db.session.scalar(select(Erasure))
        claimed = Erasing.take(erasure.id, lambda: True)
        assert claimed is not None
        db.session.commit()
    finally:
        jobs.stopping.clear()
    carry_out_deletions()
    assert db.session.get(Account, canaries.account_id) is not None, "somebody else seems to be at it"

    db.session.execute(update(Erasure).values(claimed_until=now()))
    db.session.commit()
    carry_out_deletions()

    assert db.session.get(Account, canaries.account_id) is None


@pytest.mark.asvs("7.4.2")
def test_of_a_person_who_deletes_their_sign_in_no_table_holds_a_canary(canaries, new_person, new_account):
    """Their account has another Owner. What is the account's stays: its profiles, and whom it has invited."""
    with in_account(canaries.account_id):
        add_owner(canaries.account_id)
        person = db.session.get_one(User, canaries.user_id)
        db.session.execute(text("DELETE FROM message"))
        delete_sign_in(person)
        db.session.commit()
    finish_deletions()

    left = {name.partition(".")[0] for name in found_in(kept_in_tables(canaries.account_id), canaries)}
    assert not left & of_persons()
    assert not left & {"browser", "name of an app", "name of a deleted tag"}
    assert {"profile", "result", "tag", "alias"} <= left
    assert verify(stored_log(canaries.account_id)).intact


def finish_deletions():
    """The worker comes by, what it wrote is sent, and it comes by again."""
    carry_out_deletions()
    send_due_messages()
    carry_out_deletions()


@pytest.fixture
def dora(app, alice):
    """Alice invited her under one address, she has another one now, and asked for a third that she never confirmed."""
    with app.app_context(), in_account(alice.account_id):
        by = db.session.get_one(Member, alice.member_id)
        invitation, _ = MemberInvitation.create(by, "Dora.First@example.com", Role.USER)
        person = User.create("dora.first@example.com", "Dora", "seven sparrows under umbrellas")
        invitation.accept(person)
        notify(person, Kind.FACTOR_ADDED, factor="passkey")
        notify_of_app(Kind.APP_CONNECTED, alice.account_id, new_id(), person)
        EmailChange.ask(person, "dora.second@example.com").confirm(person, uuid.uuid4())
        EmailChange.ask(person, "dora.third@example.com")
        db.session.commit()
        yield person


def test_nothing_is_left_of_any_address_that_somebody_had_or_wanted(dora, alice):
    # A day later nobody knows any more who wanted the third.
    db.session.execute(delete(EmailChange))
    db.session.commit()
    kept = kept_in_tables(alice.account_id).lower()
    assert all(kept.count(f"dora.{which}@") > 0 for which in ("first", "second", "third"))

    delete_sign_in(dora)
    db.session.commit()
    finish_deletions()

    assert "dora" not in kept_in_tables(alice.account_id).lower()


def test_the_invitation_that_somebody_accepted_goes_with_them_when_their_mail_is_long_forgotten(dora, alice):
    db.session.execute(delete(Message))
    db.session.commit()

    delete_sign_in(dora)
    db.session.commit()
    finish_deletions()

    assert "dora" not in kept_in_tables(alice.account_id).lower()


def test_what_was_exported_with_somebody_in_it_goes_with_them(dora, alice):
    DataExport.ask(alice.account_id, alice.member_id)
    db.session.commit()
    make_data_exports()
    assert db.session.scalar(select(func.count()).select_from(DataExportPiece)) == 1

    delete_sign_in(dora)
    db.session.commit()
    carry_out_deletions()

    assert db.session.scalar(select(func.count()).select_from(DataExportPiece)) == 0


def test_whoever_claims_a_former_address_gets_none_of_the_mail_to_it(dora, alice):
    db.session.execute(delete(Message).where(Message.kind == Kind.EMAIL_CHANGED))
    claims = User.create("dora.first@example.com", "Isadora", "eight sparrows under umbrellas")
    notify(claims, Kind.PASSWORD_CHANGED)
    db.session.commit()
    of_claimant, of_dora = (mail_in(own_data(person.id)) for person in (claims, dora))
    assert of_claimant == {("password_changed", "dora.first@example.com")}
    assert {"dora.first@example.com", "dora.second@example.com", "dora.third@example.com"} == {
        address.lower() for _, address in of_dora
    }

    delete_sign_in(dora)
    db.session.commit()
    assert mail_in(own_data(claims.id)) == of_claimant
    assert set(db.session.scalars(select(Message.kind))) == {"password_changed", "sign_in_deleted"}


def mail_in(document):
    return {(each["kind"], each["recipient"]) for each in json.loads("".join(document))["messages"]}


def test_every_mail_to_a_member_names_them(app, alice, bob, connect):
    """Whoever changes their address later, it stays theirs."""
    connect(bob)
    with app.app_context(), in_account(alice.account_id):
        ana = Profile.create(alice.account_id, "ana@example.com")
        RemovalRequest.ask(ana)
        owner, manager = (db.session.get_one(Member, person.member_id) for person in (alice, bob))
        current_scope().authenticated_as(owner.as_actor())
        manager.change_role(Role.USER)
        PasswordReset.ask(bob.email, "127.0.0.0/24", known=False)
        EmailChange.ask(manager.user, "bob.second@example.com")
        ask_deletion(owner, owner.account.name)
        db.session.commit()
        whose = {alice.email: alice.user_id, bob.email: bob.user_id, "bob.second@example.com": bob.user_id}
        posted = db.session.execute(select(Message.kind, Message.recipient, Message.user_id)).all()
        assert len({kind for kind, *_ in posted}) > 5
        assert {(kind, address): user_id for kind, address, user_id in posted} == {
            (kind, address): whose[address] for kind, address, _ in posted
        }


def test_mail_of_whoever_has_a_former_address_now_stays(dora, alice):
    other = User.create("dora.first@example.com", "Isadora", "eight sparrows under umbrellas")
    notify(other, Kind.PASSWORD_CHANGED)
    db.session.commit()

    delete_sign_in(dora)
    db.session.commit()
    finish_deletions()

    left = db.session.execute(select(Message.kind, Message.recipient).where(Message.about_id == other.id)).all()
    assert [tuple(row) for row in left] == [("password_changed", "dora.first@example.com")]


def test_an_app_that_only_they_had_connected_is_forgotten_and_others_are_not(app, alice, bob, charlie, connect):
    canary = connect(bob, name="Canary's own assistant")
    assert canary.call("list_tags").status_code == 200
    with app.app_context(), in_account(alice.account_id):
        by = db.session.get_one(Member, alice.member_id)
        lifecycle.revoke(db.session.get_one(Connection, canary.connection_id), by)
        db.session.commit()
    connect(charlie, name="Claude of everybody")
    with app.app_context():
        operators, _ = Client.register("The operator's own", ["https://app.example/back"], kind="preregistered")
        operators.used()
        delete_sign_in(db.session.get_one(User, bob.user_id))
        db.session.commit()
        finish_deletions()
        assert sorted(db.session.scalars(select(Client.name))) == ["Claude of everybody", "The operator's own"]
        assert "Canary's own assistant" not in kept_in_tables(alice.account_id)


def test_the_name_of_their_app_is_forgotten_when_no_entry_tells_any_more_whose_it_was(account_id, alice, bob):
    """Retention has removed the entry about its consent."""
    by, member = (db.session.get_one(Member, person.member_id) for person in (alice, bob))
    canary, _ = Client.register("Canary's own assistant", ["https://app.example/back"])
    connection = lifecycle.open_connection(member, canary, ALL_SCOPES)
    disarm()
    db.session.execute(delete(AuditPersonal))
    db.session.execute(delete(AuditEntry))
    lifecycle.revoke(connection, by)
    db.session.commit()
    assert "Canary's own assistant" in names_kept()

    delete_sign_in(db.session.get_one(User, bob.user_id))
    db.session.commit()
    finish_deletions()

    assert "Canary's own assistant" not in names_kept()


def names_kept():
    return json.dumps(list(db.session.scalars(select(AuditPersonal.names))))


def add_owner(account_id):
    user = User(email="gordon@example.com", email_key="gordon@example.com", name="Gordon", created_at=now())
    db.session.add(user)
    db.session.flush()
    Member.add(db.session.get_one(Account, account_id), user, Role.OWNER)


def of_persons():
    """The tables that hang off a person, however far."""
    found, before = {"user"}, {""}
    while found != before:
        before = set(found)
        for table in Base.metadata.sorted_tables:
            parents = {key.column.table.name for key in table.foreign_keys if key.ondelete == "CASCADE"}
            if parents & found:
                found.add(table.name)
    return found


def test_of_a_permanently_deleted_profile_nothing_is_left(canaries):
    with in_account(canaries.account_id):
        profile = Profile.find(canaries.account_id, canaries.rows["profile"]["id"])
        profile.update(first_name="Another")
        profile.delete(permanently=True)
        db.session.commit()
        about_profiles = [
            table
            for table in Base.metadata.sorted_tables
            if any(key.column.table.name == "profile" for key in table.foreign_keys)
        ]
        counted = {table.name: db.session.scalar(select(func.count()).select_from(table)) for table in about_profiles}
    assert counted == dict.fromkeys(counted, 0)
    assert {
        "message",
        "assessment_invitation",
        "sitting",
        "result",
        "debrief",
        "debrief_request",
        "profile_word",
    } <= counted.keys()
    left = found_in(kept_in_tables(canaries.account_id), canaries)
    assert not [name for name in left if name.startswith(("profile.", "sitting.", "answer."))]


def test_without_the_name_of_the_account_nothing_begins(canaries):
    with in_account(canaries.account_id):
        member = db.session.get_one(Member, canaries.rows["member"]["id"])
        with pytest.raises(Exception, match="type its name"):
            ask_deletion(member, "another name")
        assert db.session.scalar(select(func.count()).select_from(Erasure)) == 0
        assert db.session.scalar(select(func.count()).where(AuditEntry.action == "account.deletion_asked")) == 0
