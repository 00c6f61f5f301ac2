"""A backup has everything, is checked, and comes back; what is damaged, foreign or for another key is refused with nothing changed."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from dataclasses import replace

import pyrage
import pytest
from sqlalchemy import inspect, text

from app import create_app
from models.accounts.account import Account
from models.backup import BadBackup, postgresql
from models.database.base import db
from models.database.tenancy import in_account
from models.demo import fill
from models.profiles.profile import Profile

KEY = pyrage.x25519.Identity.generate()
OTHER_KEY = pyrage.x25519.Identity.generate()


@pytest.fixture
def settings(settings):
    url = settings.database_url.replace("//profile@", "//profile_backup@")
    return replace(settings, backup_database_url=url if "postgresql" in url else "")


@pytest.fixture
def filled(app):
    """An app with the demo's people."""
    with app.app_context():
        fill(5)
    return app


@pytest.fixture
def elsewhere(new_database, database, settings, request):
    """Another server, with an empty database."""
    if database == "sqlite":
        path = request.getfixturevalue("tmp_path") / "elsewhere.db"
        yield create_app(replace(settings, database_url=f"sqlite:///{path}"))
    else:
        from tests.databases import SERVER

        server = request.config.stash[SERVER]
        name = f"elsewhere_{os.getpid()}"
        url = server.create(name)
        app = create_app(replace(settings, database_url=url))
        yield app
        with app.app_context():
            db.engine.dispose()
        server.drop(name)


@pytest.fixture
def key_file(tmp_path):
    """The file with the secret key, as `age-keygen` writes it."""
    file = tmp_path / "key.txt"
    file.write_text(f"# public key: {KEY.to_public()}\n{KEY}\n")
    return file


def flask(app, *arguments):
    done = app.test_cli_runner().invoke(args=[str(each) for each in arguments])
    return done.exit_code, done.output


def profiles_of(app):
    with app.app_context():
        found = set()
        for account in db.session.query(Account).all():
            with in_account(account.id):
                found |= {(account.name, profile.email) for profile in db.session.query(Profile).all()}
        db.session.rollback()
        return found


def test_everything_comes_back_and_nobody_is_signed_in(filled, elsewhere, tmp_path, key_file):
    before = profiles_of(filled)
    file = tmp_path / "{our} backups" / "profile.backup"
    file.parent.mkdir()
    code, said = flask(filled, "backup", file, "--for", KEY.to_public())
    assert code == 0, said
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"example.com" not in file.read_bytes()
    code, said = flask(elsewhere, "restore", file, "--identity", key_file)
    assert code == 0, said
    assert profiles_of(elsewhere) == before
    assert "Aperture Science:" in said
    assert "connections revoked" in said
    with elsewhere.app_context():
        live = text("SELECT count(*) FROM connection WHERE revoked_at IS NULL")
        assert db.session.execute(live).scalar() == 0
        db.session.rollback()


def test_a_backup_is_complete_or_is_not_there(filled, tmp_path):
    file = tmp_path / "profile.backup"
    assert flask(filled, "backup", file)[0] == 0
    code, said = flask(filled, "backup", file)
    assert (code, "exists. Choose another name" in said) == (1, True)
    assert sorted(path.name for path in tmp_path.iterdir() if "backup" in path.name) == ["profile.backup"]
    code, said = flask(filled, "backup", tmp_path / "no such folder" / "file")
    assert code == 1
    assert "cannot be written" in said


@pytest.mark.asvs("5.3.2", "11.3.3")
def test_what_is_not_a_whole_backup_is_refused_and_nothing_is_restored(filled, elsewhere, tmp_path, key_file):
    plain, locked = tmp_path / "plain", tmp_path / "locked"
    assert flask(filled, "backup", plain)[0] == flask(filled, "backup", locked, "--for", KEY.to_public())[0] == 0
    wrong_key = tmp_path / "wrong.txt"
    wrong_key.write_text(str(OTHER_KEY))
    whole = plain.read_bytes()
    (tmp_path / "short").write_bytes(whole[:-200])
    (tmp_path / "short of the end").write_bytes(whole[:-8])
    middle = len(whole) // 2
    spoilt = bytes(255 - byte for byte in whole[middle : middle + 100])
    (tmp_path / "spoilt").write_bytes(whole[:middle] + spoilt + whole[middle + 100 :])
    (tmp_path / "locked and short").write_bytes(locked.read_bytes()[:-200])
    (tmp_path / "nothing").write_bytes(b"")
    for arguments, words in (
        (["short"], "damaged or incomplete"),
        (["short of the end"], "damaged or incomplete"),
        (["spoilt"], "damaged or incomplete"),
        (["nothing"], "damaged or incomplete"),
        (["locked"], "is encrypted"),
        (["locked", "--identity", wrong_key], "encrypted for another one"),
        (["locked", "--identity", tmp_path / "plain"], "has no secret key"),
        (["locked and short", "--identity", key_file], "damaged or incomplete"),
        (["missing"], "There is no file"),
    ):
        code, said = flask(elsewhere, "restore", tmp_path / arguments[0], *arguments[1:])
        assert code == 1, arguments
        assert words in said, arguments
    with elsewhere.app_context(), db.engine.connect() as connection:
        assert inspect(connection).get_table_names() == []


def test_a_backup_of_a_newer_version_is_refused(filled, elsewhere, tmp_path):
    file, newer = tmp_path / "backup", tmp_path / "newer"
    assert flask(filled, "backup", file)[0] == 0
    with tarfile.open(file) as source, tarfile.open(newer, "w:gz") as target:
        for member in source:
            content = source.extractfile(member).read()
            if member.name == "manifest.json":
                content = content.replace(b'"revision": "0', b'"revision": "9')
                member.size = len(content)
            target.addfile(member, io.BytesIO(content))
    code, said = flask(elsewhere, "restore", newer)
    assert (code, "made by a newer version" in said) == (1, True)


def test_a_database_with_something_in_it_is_not_overwritten(filled, tmp_path):
    file = tmp_path / "backup"
    assert flask(filled, "backup", file)[0] == 0
    before = profiles_of(filled)
    code, said = flask(filled, "restore", file)
    assert (code, "is not empty, and nothing was changed" in said) == (1, True)
    assert profiles_of(filled) == before


@pytest.mark.only("postgres")
def test_a_role_that_does_not_see_every_row_makes_no_backup(filled, tmp_path, settings):
    blind = create_app(replace(settings, backup_database_url=settings.database_url))
    code, said = flask(blind, "backup", tmp_path / "backup")
    assert (code, "CREATE ROLE profile_backup" in said) == (1, True)
    assert not (tmp_path / "backup").exists()
    with blind.app_context():
        db.engine.dispose()


@pytest.mark.only("postgres")
def test_a_dump_that_lacks_rows_is_noticed(filled, tmp_path, settings):
    """What `pg_dump` writes as the app's own role, when it is asked to go on."""
    file = tmp_path / "dump"
    command = [
        postgresql.program("pg_dump"),
        "-Fc",
        "--enable-row-security",
        f"--dbname={postgresql.conninfo(settings.database_url)}",
    ]
    subprocess.run([*command, f"--file={file}"], check=True)
    rows = postgresql.rows_in(file)
    assert rows["profile"] == 0
    with pytest.raises(BadBackup, match="should have 5"):
        postgresql.check_rows(file, rows | {"profile": 5})


def test_a_key_that_is_none_is_refused(filled, tmp_path):
    code, said = flask(filled, "backup", tmp_path / "backup", "--for", "age1nonsense")
    assert (code, "not a public key" in said) == (1, True)
