"""An export of an account has all of it and no secret, is made piece by piece, and holds nothing longer than it may."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
from datetime import timedelta
from itertools import count
from threading import Thread

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import OperationalError

from blueprints.worker.data import forget_data_exports, make_data_exports
from models.accounts.data_export import MOST_A_DAY, DataExport, DataExportPiece, pieces_of
from models.assessments.completion import finish
from models.assessments.link_visit import Visit
from models.assessments.shared_link import AssessmentLink
from models.assessments.sitting import Sitting
from models.audit.seal import AuditSeal, seal_log
from models.database.base import Base, db, now, table_of
from models.database.tenancy import in_account
from models.debriefs.debrief import Debrief
from models.errors import NotAllowed, NotFound
from models.mail.message import Message
from models.privacy import person_export, profile_export
from models.privacy.export_columns import EXPORTED, LEFT_OUT, exported_columns
from models.privacy.export_job import ATTEMPTS, Making
from models.privacy.export_tables import AUDIT_LOG, KINDS, NOT_EXPORTED
from models.profiles.profile import Profile
from models.request_scope import open_scope
from tests.canaries import Canaries
from tests.fixtures.sittings import answer_everything


@pytest.fixture
def canaries(app):
    """An account with a canary in every text there can be."""
    with app.app_context():
        made = Canaries()
        made.put()
        db.session.commit()
        yield made


def ask(account_id, member_id):
    with in_account(account_id):
        export = DataExport.ask(account_id, member_id)
        db.session.commit()
        return export.id


def downloaded(account_id, export_id):
    with in_account(account_id):
        DataExport.find(account_id, export_id).hand_out()
        return zipfile.ZipFile(io.BytesIO(b"".join(pieces_of(account_id, export_id))))


@pytest.fixture
def archive(canaries):
    export_id = ask(canaries.account_id, canaries.rows["member"]["id"])
    make_data_exports()
    return downloaded(canaries.account_id, export_id)


def rows_of(archive, name):
    return json.loads(archive.read(f"{name}.json"))


@pytest.mark.both_databases
def test_no_transaction_is_open_while_a_piece_is_on_its_way(canaries):
    export_id = ask(canaries.account_id, canaries.rows["member"]["id"])
    make_data_exports()
    with in_account(canaries.account_id):
        for _piece in pieces_of(canaries.account_id, export_id):
            assert not db.session().in_transaction()


def test_every_table_of_an_account_is_exported_or_says_why_not():
    exported = {model.__tablename__ for kind in (*KINDS, AUDIT_LOG) for model in kind.tables}
    of_accounts = {table.name for table in Base.metadata.sorted_tables if "account_id" in table.c}
    assert of_accounts - exported == NOT_EXPORTED.keys()
    assert not exported & NOT_EXPORTED.keys()


@pytest.mark.asvs("15.3.1")
def test_an_export_has_every_text_of_the_account_and_no_secret(archive, canaries):
    content = b"".join(archive.read(name) for name in archive.namelist()).decode()
    told_columns = {
        f"{model.__tablename__}.{column.name}"
        for kind in KINDS
        for model in kind.tables
        for column in exported_columns(model)
    }
    expected = {name for name in canaries.texts if name in told_columns} | {"user.name", "user.email"}
    assert {name for name, canary in canaries.texts.items() if canary in content} == expected
    left_out = canaries.texts.keys() - expected
    assert {
        "client.secret_hash",
        "client.registration_hash",
        "member_invitation.token_hash",
        "user.password_hash",
    } <= left_out
    assert {"access_token.token_hash", "refresh_token.token_hash", "authenticator.seed"} <= left_out


def test_single_answers_are_in_no_file_that_members_get(archive, canaries):
    content = b"".join(archive.read(name) for name in archive.namelist()).decode()
    with in_account(canaries.account_id):
        of_person = profile_export.data_of(Profile.find(canaries.account_id, canaries.rows["profile"]["id"]))
    own = {
        name: text for name, text in canaries.texts.items() if name.startswith("answer.") or name == "sitting.scores"
    }
    assert own.keys() >= {"answer.value", "sitting.scores"}
    assert [name for name, text in own.items() if text in content + of_person] == []


def test_of_every_column_somebody_has_decided_whether_it_is_exported():
    of_account = {model for kind in KINDS for model in kind.tables}
    models: set[type[Base]] = {*of_account, *person_export.TABLES, *profile_export.SECTIONS.values(), Profile}
    there = {model.__tablename__: sorted(table_of(model).c.keys()) for model in models}
    assert there == {name: sorted(f"{EXPORTED[name]} {LEFT_OUT.get(name, '')}".split()) for name in EXPORTED}


def test_it_says_what_is_in_which_file(archive, canaries):
    assert archive.testzip() is None
    read_me = archive.read("README.txt").decode()
    assert canaries.texts["account.name"] in read_me
    for name in archive.namelist():
        assert name == "README.txt" or name in read_me


def test_what_hangs_together_stands_together(archive, canaries):
    [profile], [connection] = (rows_of(archive, name) for name in ("profiles", "connections"))
    assert profile["tag_ids"] == [str(canaries.rows["tag"]["id"])]
    assert [each["address"] for each in connection["authorizations"]] == [canaries.texts["authorization.address"]]
    assert connection["app"] == canaries.texts["client.name"]


def test_the_audit_log_in_it_verifies_elsewhere(canaries, tmp_path):
    seal_log(canaries.account_id, now() + timedelta(milliseconds=2))
    db.session.commit()
    noted = AuditSeal.last(canaries.account_id)
    export_id = ask(canaries.account_id, canaries.rows["member"]["id"])
    make_data_exports()
    downloaded(canaries.account_id, export_id).extractall(tmp_path)
    seal = ["--seal", noted.noted] if noted else []

    done = subprocess.run(
        [sys.executable, "-I", "-S", tmp_path / "verify_audit.py", tmp_path / "audit_trail.jsonl", *seal],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def ready(account_id, alice):
    """An export that Alice asked for and can download."""
    Profile.create(account_id, "ana@example.com", "Ana")
    db.session.commit()
    export_id = ask(account_id, alice.member_id)
    make_data_exports()
    return export_id


def test_alice_hears_by_mail_that_it_is_ready_and_the_mail_opens_nothing(ready, account_id, alice):
    [message] = db.session.scalars(select(Message).where(Message.about_id == ready))
    assert (message.kind, message.recipient) == ("export_ready", alice.email)
    assert message.facts == {}


def test_whoever_asks_twice_has_one_export(account_id, alice):
    assert ask(account_id, alice.member_id) == ask(account_id, alice.member_id)


@pytest.mark.asvs("2.3.2")
def test_an_account_is_exported_ten_times_a_day(account_id, alice):
    for _ in range(MOST_A_DAY):
        ask(account_id, alice.member_id)
        db.session.execute(update(DataExport).values(state="ended"))
    with pytest.raises(NotAllowed, match="tomorrow"):
        DataExport.ask(account_id, alice.member_id)


def test_a_new_export_takes_the_place_of_the_one_before(ready, account_id, alice):
    second = ask(account_id, alice.member_id)
    make_data_exports()
    assert [DataExport.find(account_id, each).available for each in (ready, second)] == [False, True]


def pieces(account_id):
    with in_account(account_id):
        return db.session.scalar(select(func.count()).select_from(DataExportPiece))


def test_after_a_week_it_is_gone(ready, account_id):
    db.session.execute(update(DataExport).values(expires_at=now()))
    db.session.commit()
    with pytest.raises(NotFound):
        DataExport.find(account_id, ready).hand_out()
    forget_data_exports()
    assert pieces(account_id) == 0
    assert DataExport.find(account_id, ready).state == "ended"


def test_removed_early_it_is_gone_at_once(ready, account_id):
    DataExport.find(account_id, ready).remove()
    db.session.commit()
    with pytest.raises(NotFound):
        DataExport.find(account_id, ready).hand_out()
    forget_data_exports()
    assert pieces(account_id) == 0


def test_one_that_waits_starts_after_a_deletion(app, account_id, alice):
    ana = Profile.create(account_id, "ana@example.com", "Ana").id
    db.session.commit()
    export_id = ask(account_id, alice.member_id)
    Profile.find(account_id, ana).delete()
    db.session.commit()
    assert DataExport.find(account_id, export_id).outdated_at is not None
    make_data_exports()
    assert DataExport.find(account_id, export_id).available
    assert rows_of(downloaded(account_id, export_id), "profiles") == []


def test_none_starts_while_a_deletion_is_under_way(app, account_id, database):
    """On SQLite the deletion is the only writer there is."""
    if database == "sqlite":
        return
    Profile.create(account_id, "ana@example.com", "Ana").delete()
    refused = []

    def start():
        db.session.execute(text("SET LOCAL lock_timeout = '100ms'"))
        try:
            DataExport.start_after_deletions(account_id)
        except OperationalError as problem:
            db.session.rollback()
            refused.append(problem)

    elsewhere(app, account_id, start)
    assert len(refused) == 1
    db.session.commit()
    elsewhere(app, account_id, start)
    assert len(refused) == 1


def test_it_has_no_sitting_that_its_person_can_withdraw(account_id, alice):
    """Otherwise somebody with a shared link could end every export."""
    link = AssessmentLink.provide(account_id)
    finished, held, started = (Sitting.begin_shared(link, f"{name}@example.com", "", "") for name in ("a", "a", "c"))
    for sitting in (finished, held):
        answer_everything(sitting)
        finish(sitting)
    db.session.commit()
    assert (finished.state, held.state) == ("finished", "held")
    export_id = ask(account_id, alice.member_id)
    make_data_exports()
    assert [row["id"] for row in rows_of(downloaded(account_id, export_id), "sittings")] == [str(finished.id)]
    for sitting in (held, started):
        Visit.by(sitting.link).withdraw()
    db.session.commit()
    assert DataExport.find(account_id, export_id).available


def test_it_ends_when_somebodys_data_in_it_is_deleted(ready, account_id):
    Profile.by_email(account_id, "ana@example.com").delete()
    db.session.commit()
    with pytest.raises(NotFound):
        DataExport.find(account_id, ready).hand_out()
    forget_data_exports()
    assert pieces(account_id) == 0


def make(export_id, meanwhile):
    """Make it, and do something before each piece is kept."""
    making = Making.take(export_id)
    db.session.commit()

    def stopping():
        meanwhile()
        return False

    making.make("http://localhost", stopping)


def elsewhere(app, account_id, work):
    """Do something in another thread, in this account, and commit it."""

    def do():
        with app.app_context(), open_scope(), in_account(account_id):
            work()
            db.session.commit()

    thread = Thread(target=do)
    thread.start()
    thread.join()


def test_what_is_deleted_while_it_is_made_is_not_in_it(app, account_id, alice):
    """The deletion comes when everything is written: it is begun anew."""
    ana = Profile.create(account_id, "ana@example.com", "Ana").id
    db.session.commit()
    export_id = ask(account_id, alice.member_id)
    make(export_id, lambda: elsewhere(app, account_id, lambda: Profile.find(account_id, ana).delete()))
    assert DataExport.find(account_id, export_id).state == "waiting"
    make_data_exports()
    assert rows_of(downloaded(account_id, export_id), "profiles") == []


@pytest.fixture
def small_pieces(monkeypatch):
    """Many pieces also of a small account."""
    monkeypatch.setattr("models.privacy.export_archive.PIECE", 8_000)


def test_what_comes_while_it_is_made_is_not_half_in_it(app, account_id, alice, small_pieces):
    """It is as of one moment, whatever is committed meanwhile."""
    with in_account(account_id):
        Profile.add_quietly(account_id, [({"email": f"{n}@example.com"}, {}) for n in range(2_000)])
        db.session.commit()
    export_id, added = ask(account_id, alice.member_id), count()

    def add():
        late = f"late-{next(added)}@example.com"
        elsewhere(app, account_id, lambda: Profile.create(account_id, late))

    make(export_id, add)
    assert next(added) > 1
    assert len(rows_of(downloaded(account_id, export_id), "profiles")) == 2_000


def test_a_worker_that_ended_is_followed_by_another(account_id, alice):
    export_id = ask(account_id, alice.member_id)
    assert Making.take(export_id)
    db.session.commit()
    make_data_exports()
    assert DataExport.find(account_id, export_id).state == "making", "somebody is at it"
    db.session.execute(update(DataExport).values(claimed_until=now() - timedelta(seconds=1)))
    db.session.commit()
    make_data_exports()
    assert DataExport.find(account_id, export_id).available


def test_for_somebody_who_is_no_owner_any_more_it_is_not_made(account_id, alice, bob):
    export_id = ask(account_id, bob.member_id)
    for _ in range(ATTEMPTS):
        make_data_exports()
    assert DataExport.find(account_id, export_id).state == "failed"
    assert pieces(account_id) == 0


@pytest.mark.asvs("15.2.2")
@pytest.mark.slow
def test_an_account_need_not_fit_into_memory(account_id, alice):
    """Ten megabytes of debriefs, of which never more than a few are held at a time."""
    long = "What a person is like. " * 400
    people = Profile.add_quietly(account_id, [({"email": f"{n}@example.com"}, {}) for n in range(1_200)])
    rows = [
        {
            "profile_id": id_,
            "account_id": account_id,
            "text": f"{id_} {long}",
            "author": "person",
            "scores": {},
            "version": 1,
            "created_at": now(),
        }
        for id_ in people
    ]
    db.session.execute(insert(table_of(Debrief)), rows)
    db.session.commit()
    del rows
    export_id = ask(account_id, alice.member_id)
    tracemalloc.start()
    make_data_exports()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size = downloaded(account_id, export_id).getinfo("debriefs.json").file_size
    assert size > 10_000_000
    assert peak < 5_000_000, peak


@pytest.mark.slow
def test_while_it_is_made_anybody_can_see_how_far_it_has_come(account_id, alice, small_pieces):
    with in_account(account_id):
        Profile.add_quietly(account_id, [({"email": f"{n}@example.com"}, {}) for n in range(5_000)])
        db.session.commit()
    export_id, seen = ask(account_id, alice.member_id), []

    def look():
        with db.engine.connect() as connection:
            asked = select(DataExport.done, DataExport.total).where(DataExport.id == export_id)
            seen.append(connection.execute(asked).one())

    make(export_id, look)
    assert len(seen) > 1
    assert [each.done for each in seen] == sorted(each.done for each in seen)
    assert any(0 < each.done < each.total for each in seen)
