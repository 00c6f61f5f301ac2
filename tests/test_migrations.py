"""Migrations go up and down on both databases, match the models, and leave nothing half-done."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import pairwise

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pyotp import TOTP
from sqlalchemy import delete, inspect, select, text
from sqlalchemy.exc import DBAPIError

from app import create_app
from models.accounts.account import Account, SetUp
from models.accounts.data_export import DataExport
from models.accounts.member import Member
from models.accounts.user import User
from models.assessments.completion import finish
from models.assessments.invitation import AssessmentInvitation
from models.assessments.removal_request import RemovalRequest
from models.assessments.shared_link import AssessmentLink
from models.assessments.sitting import Sitting
from models.audit.recorder import AuditEntry
from models.audit_log.query import EntryFilter, all_entries
from models.clients.client import Client
from models.connections.authorization import Authorization, EndReason
from models.connections.denied_scope import DeniedScope
from models.connections.lifecycle import open_connection
from models.database.base import db, new_id, now
from models.database.tenancy import in_account
from models.demo import fill
from models.identity.email_change import EmailChange
from models.identity.security_notice import notify
from models.identity.totp import Authenticator, key_of, new_seed, present_step
from models.mail.message import Kind, Message
from models.permissions import Role
from models.privacy.erasure import Erasure
from models.profiles.alias import Alias
from models.profiles.listing import profile_page
from models.profiles.profile import NAMELESS, Profile
from models.profiles.tag import Tag
from models.request_scope import open_scope
from models.scopes import ALL_SCOPES
from models.server_key import ServerKey
from tests.application import settings_for
from tests.fixtures.sittings import answer_everything
from tests.for_each import for_each


@pytest.fixture
def migrated(database_url):
    """An app on a database with the newest schema."""
    app = create_app(settings_for(database_url))
    with app.app_context(), open_scope():
        yield app
        db.session.remove()
        db.engine.dispose()


def revisions():
    """Every revision, oldest first."""
    return [script.revision for script in reversed(list(ScriptDirectory("migrations").walk_revisions()))]


def tables():
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_the_models_say_what_the_migrations_make(migrated):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


def test_everything_goes_down_and_up_again(migrated):
    before = tables()
    flask_migrate.downgrade(revision="base")
    assert tables() == {"alembic_version"}
    flask_migrate.upgrade()
    assert tables() == before


def test_a_migration_that_waits_for_a_lock_gives_up_soon_and_says_so(migrated, monkeypatch, caplog):
    """It would keep everybody waiting behind it who reads the table."""
    monkeypatch.setattr("models.database.writer_queue.PATIENCE", 0.2)
    newest = revisions()[-1]
    # The next one changes a table that somebody reads.
    flask_migrate.downgrade(revision="0033")
    with db.engine.connect() as other:
        other.execute(text("SELECT count(*) FROM authenticator"))
        if other.dialect.name == "postgresql":
            # So that the test fails rather than hangs.
            other.execute(text("SET LOCAL idle_in_transaction_session_timeout = '5s'"))
        with pytest.raises(SystemExit):
            flask_migrate.upgrade()
        assert "Try again in a moment" in caplog.text
    assert current() == "0033"
    flask_migrate.upgrade()
    assert current() == newest


def current():
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@pytest.fixture
def counted(migrated):
    """How many rows each table of the demo has."""
    fill(5)
    return counts()


def test_each_step_can_be_taken_back_and_forth_with_data_in_it(counted):
    """Down to the first revision and up again, each step twice on the way; the first one has all tables, so the data stays."""
    for newer, older in pairwise(reversed(revisions())):
        flask_migrate.downgrade(revision=older)
        flask_migrate.upgrade(revision=newer)
        # Which words of a profile are kept differs between revisions.
        assert without_words(counts()) == without_words(counted), newer
        flask_migrate.downgrade(revision=older)
    flask_migrate.upgrade()
    assert counts() == counted


def without_words(counted):
    return {(account, table): rows for (account, table), rows in counted.items() if table != "profile_word"}


@pytest.mark.everything
@for_each("revision", revisions()[-2::-1])
def test_from_each_step_it_goes_up_again(counted, revision):
    """The same with the whole way up from each; its time grows with the square of their number."""
    flask_migrate.downgrade(revision=revision)
    flask_migrate.upgrade()
    assert counts() == counted


def counts():
    """How many rows each table has in each account."""
    found = {}
    with db.engine.connect() as connection:
        for account in list(connection.execute(text("SELECT id FROM account ORDER BY id")).scalars()):
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT set_config('app.account_id', :id, true)"), {"id": str(account)})
            for table in ("profile", "profile_word", "tag", "profile_tag", "alias", "result", "debrief", "audit_entry"):
                asked = text(f"SELECT count(*) FROM {table} WHERE account_id = :account")
                found[str(account), table] = connection.execute(asked, {"account": account}).scalar()
    return found


def test_what_says_nothing_of_addresses_is_made_for_those_who_are_there_already(migrated):
    with within(Account.create("Aperture Science").id) as account:
        Profile.create(account, "zoe@example.org")
        ana = Profile.create(account, "ana@example.org", "Ana", "Löwe")
        for key in ("doug@example.org", "+49 30 123456", "crm-1", "1004523"):
            Alias.create(account, "profile", ana.id, key)
        db.session.commit()
    flask_migrate.downgrade(revision="0019")
    flask_migrate.upgrade()

    with within(account):
        assert dict(db.session.execute(db.select(Profile.email, Profile.name_key)).all()) == {
            "zoe@example.org": NAMELESS,
            "ana@example.org": "lowe ana",
        }
        hidden = db.session.scalars(db.select(Alias.consumer_key).where(Alias.is_contact))
        assert set(hidden) == {"doug@example.org", "+49 30 123456"}


def test_numbers_that_were_not_known_for_such_are_hidden_and_dates_are_not(migrated):
    keys = {"tel-0301234567", "doug\uff20example.org", "+49 30 123456", "2026-11-24", "0001234", "crm-1"}
    with within(Account.create("Aperture Science").id) as account:
        ana = Profile.create(account, "ana@example.org", "Ana", "Löwe")
        for key in keys:
            Alias.create(account, "profile", ana.id, key)
        db.session.commit()
    flask_migrate.downgrade(revision="0022")
    assert hidden_aliases(account) == {"+49 30 123456", "2026-11-24", "0001234"}
    flask_migrate.upgrade()
    assert hidden_aliases(account) == {"tel-0301234567", "doug\uff20example.org", "+49 30 123456"}


def hidden_aliases(account_id):
    with within(account_id):
        found = set(db.session.scalars(db.select(Alias.consumer_key).where(Alias.is_contact)))
        db.session.rollback()
        return found


def test_why_apps_were_disconnected_was_a_sentence_and_is_a_word(migrated):
    account = Account.create("Aperture Science")
    with within(account.id):
        ana = User.create("ana@example.org", "Ana Löwe", "four sparrows under umbrellas")
        client, _ = Client.register("Claude", ["https://claude.example/callback"])
        connection = open_connection(Member.add(account, ana, Role.OWNER), client, ALL_SCOPES)
        year = timedelta(days=365)
        given = (
            ALL_SCOPES,
            ALL_SCOPES,
            ALL_SCOPES - ALL_SCOPES,
            "https://profile.example/mcp",
            "https://claude.example/callback",
            year,
            year,
        )
        Authorization.give(connection, *given, None, None).end(EndReason.TOKEN_REUSED)
    Message.post(Kind.APP_CUT_OFF, "ana@example.org", facts={"reason": EndReason.CODE_REUSED})
    db.session.commit()
    flask_migrate.downgrade(revision="0023")
    assert reasons() == ({"its refresh token was used twice"}, {"its code was used twice"})
    flask_migrate.upgrade()
    assert reasons() == ({"token_reused"}, {"code_reused"})


def test_apps_that_were_allowed_before_keep_the_name_that_they_have(migrated):
    account = Account.create("Aperture Science")
    with within(account.id):
        ana = User.create("ana@example.org", "Ana Löwe", "four sparrows under umbrellas")
        client, _ = Client.register("Claude", ["https://claude.example/callback"])
        open_connection(Member.add(account, ana, Role.OWNER), client, ALL_SCOPES)
    db.session.commit()
    flask_migrate.downgrade(revision="0028")
    flask_migrate.upgrade()
    assert db.session.execute(text("SELECT app_name FROM connection")).scalar() == "Claude"


def test_links_that_went_astray_are_cancelled_and_mail_gets_the_person_it_was_for(migrated):
    account = Account.create("Aperture Science")
    with within(account.id):
        ana = User.create("Ana@example.org", "Ana Löwe", "four sparrows under umbrellas")
        owner = Member.add(account, ana, Role.OWNER)
        right, wrong = (AssessmentInvitation.invite(account.id, f"{name}@example.org") for name in ("ben", "eva"))
        Profile.by_email(account.id, "eva@example.org").update(email="eve@example.org")
        old = AssessmentInvitation.invite(account.id, "old@example.org")
        old.expires_at = now() - timedelta(days=90)
        db.session.execute(delete(Message).where(Message.about_id == old.id))
        begun = AssessmentInvitation.invite(account.id, "fay@example.org")
        Sitting.begin_invited(begun)
        Profile.by_email(account.id, "fay@example.org").update(email="faye@example.org")
        notify(ana, Kind.PASSWORD_CHANGED)
        EmailChange.ask(ana, "ana@aperture.example")
        for kind in (Kind.EXPORT_READY, Kind.REMOVAL_ASKED):
            Message.post(kind, "ana@example.org", new_id(), account.id)
        Message.post(Kind.ROLE_CHANGED, ana.email, owner.id, account.id)
        ids = right.id, wrong.id, ana.id
        earlier = old.id, begun.id
        db.session.commit()
        flask_migrate.downgrade(revision="0029")
        flask_migrate.upgrade()
        right, wrong = (AssessmentInvitation.find(account.id, id_) for id_ in ids[:2])
        assert (right.state, right.email_key, wrong.state) == ("sent", "ben@example.org", "cancelled")
        old, begun = (AssessmentInvitation.find(account.id, id_) for id_ in earlier)
        assert (old.state, begun.email_key) == ("cancelled", "fay@example.org")
        assigned = dict(db.session.execute(db.select(Message.kind, Message.user_id)).all())
        invited = {Kind.ASSESSMENT_INVITATION, Kind.ASSESSMENT_REMINDER}
        assert {kind for kind, user_id in assigned.items() if user_id is None} == invited
        assert {user_id for user_id in assigned.values() if user_id} == {ids[2]}


def test_what_was_asked_denied_and_spent_before_is_remembered_as_well_as_it_is_known(migrated):
    account = Account.create("Aperture Science")
    with within(account.id):
        ana = User.create("ana@example.org", "Ana Löwe", "four sparrows under umbrellas")
        client, _ = Client.register("Claude", ["https://claude.example/callback"])
        DeniedScope.remember(Member.add(account, ana, Role.OWNER), client, ["tags:manage"], for_good=True)
        RemovalRequest.ask(Profile.create(account.id, "ben@example.org"), "ben@example.org")
        RemovalRequest.ask(Profile.create(account.id, "eva@example.org"))
        db.session.commit()
        flask_migrate.downgrade(revision="0032")
        flask_migrate.upgrade()
        asked = db.select(Profile.email, RemovalRequest.asked_from).join(
            Profile, Profile.id == RemovalRequest.profile_id
        )
        assert set(db.session.execute(asked).all()) == {
            ("ben@example.org", "ben@example.org"),
            ("eva@example.org", None),
        }
        assert db.session.scalars(db.select(DeniedScope.app_name)).all() == ["Claude"]
        assert db.session.scalars(db.select(SetUp.id)).all() == [account.id]
        db.session.rollback()


def test_a_token_that_a_deleted_account_spent_before_stays_spent(migrated):
    gone = Erasure(
        kind="account",
        subject_id=new_id(),
        account_ids=[],
        asked_at=now(),
        due_at=now(),
        finished_at=now(),
        retention_days=0,
    )
    db.session.add(gone)
    db.session.commit()
    flask_migrate.downgrade(revision="0032")
    flask_migrate.upgrade()
    assert db.session.scalars(db.select(SetUp.id)).all() == [gone.subject_id]
    db.session.rollback()


def reasons():
    """Those of the authorizations, and those in the e-mails about them."""
    ended = set(db.session.scalars(text('SELECT end_reason FROM "authorization"')))
    facts = db.session.scalars(db.select(Message.facts).where(Message.kind == Kind.APP_CUT_OFF))
    found = ended, {each["reason"] for each in facts}
    db.session.rollback()
    return found


@contextmanager
def within(account_id):
    with in_account(account_id):
        yield account_id


def test_a_migration_that_fails_half_way_leaves_nothing(migrated):
    before = tables()
    with suppress(RuntimeError), db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE half_done (id INTEGER)"))
        raise RuntimeError("the other half failed")
    assert tables() == before


def test_entries_that_are_there_already_are_found_by_their_words(migrated):
    with within(Account.create("Aperture Science").id) as account:
        _, gone = (Profile.create(account, f"{name}@example.org", name, "Löwe") for name in ("Ana", "Zoe"))
        Tag.create(account, "Führung", "red").update(color="blue")
        gone.delete()
        db.session.commit()
    flask_migrate.downgrade(revision="0023")
    flask_migrate.upgrade()

    with within(account):
        found = {
            word: len(found_by(account, word)) for word in ("lowe", "ana", "zoe", "fuhrung", "blue", "created", "tag")
        }
        assert found == {"lowe": 1, "ana": 1, "zoe": 0, "fuhrung": 2, "blue": 1, "created": 3, "tag": 2}
        Profile.by_email(account, "ana@example.org").delete()
        db.session.commit()
        assert found_by(account, "lowe") == []
    with suppress(DBAPIError), db.engine.begin() as connection:
        connection.execute(text("UPDATE audit_personal SET words = ''"))
        raise AssertionError("what stands beside an entry can be changed")


def found_by(account_id, word):
    matching = all_entries(account_id).where(*EntryFilter(words=word).conditions(account_id))
    return db.session.scalars(matching.with_only_columns(AuditEntry.id)).all()


def test_addresses_that_casefolding_took_for_one_become_two(migrated):
    with within(Account.create("Aperture Science").id) as account:
        Profile.create(account, "faß@example.org")
        User.create("faß@example.org", "Ana Löwe", "four sparrows under umbrellas")
        db.session.commit()
    flask_migrate.downgrade(revision="0025")
    assert db.session.scalar(text('SELECT email_key FROM "user"')) == "fass@example.org"
    db.session.rollback()
    flask_migrate.upgrade()

    with within(account):
        assert User.by_email("FAß@example.org").email == Profile.by_email(account, "Faß@example.org").email
        assert User.by_email("fass@example.org") is Profile.by_email(account, "fass@example.org") is None
        Profile.create(account, "fass@example.org")
        db.session.commit()
    # Two that would be one there stay two.
    flask_migrate.downgrade(revision="0025")
    flask_migrate.upgrade()
    with within(account):
        assert Profile.by_email(account, "fass@example.org").email == "fass@example.org"


def test_profiles_and_tags_that_are_there_already_are_found_and_sorted_by_their_names(migrated):
    with within(Account.create("Aperture Science").id) as account:
        for number, (first, last) in enumerate([("Zoe", "Zz"), ("Łucja", "O’Brien"), ("小明", "王"), ("Ana", "Ärzte")]):
            Profile.create(account, f"{number}@example.org", first, last)
        for label in ("Zoo", "Ärzte"):
            Tag.create(account, label, "red")
        db.session.commit()
    flask_migrate.downgrade(revision="0026")
    flask_migrate.upgrade()

    with within(account):
        assert [row.last_name for row in profile_page(account).rows] == ["Ärzte", "O’Brien", "Zz", "王"]
        assert [tag.label for tag in Tag.all_in(account)] == ["Ärzte", "Zoo"]
        for typed in ("lucja obrien", "王小明", "arz"):
            assert profile_page(account, search=typed).total == 1


def test_the_step_of_the_last_code_stays_used(migrated):
    person = User.create("ana@example.org", "Ana Löwe", "four sparrows under umbrellas")
    seed, step = new_seed(), present_step()
    moment = {"created_at": now(), "last_step": step, "used_steps": [step]}
    db.session.add(Authenticator(user_id=person.id, seed=seed, **moment))
    db.session.commit()
    flask_migrate.downgrade(revision="0033")
    flask_migrate.upgrade()
    app = db.session.scalars(db.select(Authenticator)).one()
    assert app.used_steps == [step]
    code = TOTP(key_of(person.id, seed))
    assert not app.accepts(code.generate_otp(step))
    assert app.accepts(code.generate_otp(step + 1))


def test_authenticator_apps_from_before_know_their_key(migrated):
    person = User.create("ana@example.org", "Ana Löwe", "four sparrows under umbrellas")
    seed = new_seed()
    app = Authenticator(user_id=person.id, seed=seed, last_step=0, used_steps=[], created_at=now())
    db.session.add(app)
    db.session.commit()
    flask_migrate.downgrade(revision="0042")
    flask_migrate.upgrade()
    app = db.session.scalars(db.select(Authenticator)).one()
    assert app.key_name == ServerKey.current() == ServerKey.newest().name
    assert app.key == key_of(person.id, seed)


def test_an_export_with_unfinished_answers_ends(migrated):
    account, moment = Account.create("Aperture Science").id, now()
    ready = {"state": "ready", "ready_at": moment, "expires_at": moment + timedelta(days=7)}
    db.session.add(DataExport(account_id=account, asked_by=new_id(), asked_at=moment, **ready))
    db.session.commit()
    assert DataExport.newest(account).available
    db.session.rollback()
    flask_migrate.downgrade(revision="0035")
    flask_migrate.upgrade()
    assert not DataExport.newest(account).available


def test_the_authorizations_of_a_revoked_connection_end(migrated):
    account, moment = Account.create("Aperture Science"), now()
    with within(account.id):
        ana = User.create("ana@example.org", "Ana Löwe", "four sparrows under umbrellas")
        client, _ = Client.register("Claude", ["https://claude.example/callback"])
        connection = open_connection(Member.add(account, ana, Role.OWNER), client, ALL_SCOPES)
        places, year = ("https://profile.example/mcp", "https://claude.example/callback"), timedelta(days=365)
        Authorization.give(connection, ALL_SCOPES, ALL_SCOPES, frozenset(), *places, year, year, None, None)
    connection.revoked_at = moment
    db.session.commit()
    flask_migrate.downgrade(revision="0036")
    flask_migrate.upgrade()
    ended = db.session.scalars(db.select(Authorization)).one()
    assert (ended.ended_at, ended.end_reason) == (moment, EndReason.REVOKED)


def test_what_nobody_but_its_person_may_see_is_deleted_before_a_version_that_would_show_it(migrated):
    account = Account.create("Aperture Science")
    account.results_seen_first = True
    with in_account(account.id):
        link = AssessmentLink.provide(account.id)
        for seen_first, email in ((True, "ana@example.com"), (False, "ben@example.com")):
            account.results_seen_first = seen_first
            sitting = Sitting.begin_shared(link, email, "Ana", "")
            answer_everything(sitting)
            finish(sitting)
        db.session.commit()
    flask_migrate.downgrade(revision="0037")
    flask_migrate.upgrade()
    with in_account(account.id):
        assert list(db.session.scalars(select(Sitting.email))) == ["ben@example.com"]
