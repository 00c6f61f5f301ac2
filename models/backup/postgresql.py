"""PostgreSQL's own programs, `pg_dump` and `pg_restore`, and what makes sure that they saw every row.

Row-level security hides all rows from the app's own role unless it says which account it means, and `pg_dump` as that role writes
a file that looks real and holds no profile. So another role reads, and every table is counted in the same snapshot.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url

from models.backup.archive import BadBackup

ROLE = """\
A backup of PostgreSQL needs a role that may read all rows; row-level security hides them from the app's own. Create one as a superuser:
  CREATE ROLE profile_backup LOGIN PASSWORD '…' BYPASSRLS; GRANT pg_read_all_data TO profile_backup;
Then set BACKUP_DATABASE_URL to the app's DATABASE_URL with this role and its password."""
COPY = re.compile(rb'COPY (?:[\w"]+\.)?"?(\w+)"? \(.*\) FROM stdin;')


def dump(reader_url: str, to: Path) -> dict[str, int]:
    """Dump the database as one snapshot shows it, and check that every row of it is in the file."""
    if not reader_url:
        raise BadBackup(ROLE)
    with reading(reader_url) as connection:
        sees_all = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        if connection.execute(sees_all).fetchone() != (True,):
            raise BadBackup(ROLE)
        snapshot = str(one(connection, "SELECT pg_export_snapshot()"))
        count = sql.SQL("SELECT count(*) FROM {}")
        rows = {name: int(one(connection, count.format(sql.Identifier(name)))) for name in tables(connection)}
        run(
            "pg_dump",
            reader_url,
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={to}",
        )
    check_rows(to, rows)
    return rows


@contextmanager
def reading(url: str) -> Iterator[psycopg.Connection]:
    """A transaction that sees one moment."""
    try:
        connection = psycopg.connect(conninfo(url), connect_timeout=10)
    except psycopg.OperationalError as error:
        raise BadBackup(f"BACKUP_DATABASE_URL cannot be opened. The database says: {error}") from None
    with connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        try:
            yield connection
        except psycopg.errors.InsufficientPrivilege as error:
            raise BadBackup(f"{ROLE}\nThe database says: {error}") from None


def tables(connection: psycopg.Connection) -> list[str]:
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")
    return [name for (name,) in found]


def one(connection: psycopg.Connection, statement: Any) -> Any:
    return (connection.execute(statement).fetchone() or [None])[0]


def load(url: str, file: Path) -> None:
    """Restore a dump into an empty database, all of it or nothing."""
    run(
        "pg_restore",
        url,
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
        str(file),
    )


def check_rows(file: Path, wanted: dict[str, int]) -> None:
    """Refuse a dump that does not have exactly these rows."""
    found = dict.fromkeys(wanted, 0) | rows_in(file)
    if found != wanted:
        table = next(name for name in found if found[name] != wanted.get(name))
        raise BadBackup(
            f"The dump has {found[table]} rows of the table {table} and should have {wanted.get(table, 0)}. Nothing was kept of it."
        )


def rows_in(file: Path) -> dict[str, int]:
    """How many rows of each table a dump holds."""
    counts: dict[str, int] = {}
    command = [program("pg_restore"), "--data-only", "--file=-", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout
        assert process.stderr
        table = ""
        for line in process.stdout:
            if table and line == b"\\.\n":
                table = ""
            elif table:
                counts[table] += 1
            elif begins := COPY.match(line):
                table = begins[1].decode()
                counts[table] = 0
        problem = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise BadBackup(f"The dump cannot be read: {problem}")
    return counts


def run(name: str, url: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on this database. The password is not in its arguments: every user of the machine sees those."""
    given = make_url(url)
    place = conninfo(url, password=False)
    environment = os.environ | {"PGPASSWORD": given.password or "", "PGCONNECT_TIMEOUT": "10"}
    command = [program(name), f"--dbname={place}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BadBackup(f"{name} failed: {done.stderr.strip()}")


def conninfo(url: str, *, password: bool = True) -> str:
    """This URL as libpq reads it."""
    given = make_url(url)
    named: dict[str, Any] = {
        "host": given.host,
        "port": given.port,
        "user": given.username,
        "dbname": given.database,
        **given.query,
    }
    if password:
        named["password"] = given.password
    return make_conninfo(**{name: value for name, value in named.items() if value is not None})


def program(name: str) -> str:
    """The newest of PostgreSQL's programs on this machine: an older one refuses a newer server."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(installed[-1]) if installed else shutil.which(name)
    if not found:
        raise BadBackup(f"{name} is not installed. On Debian and Ubuntu: apt install postgresql-client")
    return found
