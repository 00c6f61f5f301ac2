"""`flask doctor`: whether this server is set up well, one line for each check."""

from __future__ import annotations

import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import click
from flask.cli import with_appcontext
from sqlalchemy import func, select, text

from config import Settings, current_settings
from models.database import Schema, db, is_behind_pooler, now, only_reading, revision_of, revisions, schema_of
from models.mail import Courier, Message, Undelivered
from version import VERSION

# Two machines whose clocks differ by more could both take one lease, and codes of authenticator apps would be refused.
CLOCKS_DIFFER = timedelta(seconds=5)
WAITS_TOO_LONG = timedelta(minutes=10)
DISK_LEFT = 0.1
CERTIFICATE_LEFT = timedelta(days=14)
# File systems that a platform or a restart forgets.
FORGOTTEN = frozenset({"overlay", "tmpfs", "ramfs", "aufs"})
REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p"})


# Whether it is well, and a sentence that says what was found, or what to do.
Found = Iterator[tuple[bool, str]]


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check settings, database, clock, disk, mail, worker and the public address. Exit status 1 if something is not well."""
    settings = current_settings()
    all_well = True
    for what, check in CHECKS.items():
        for well, sentence in looked_at(check, settings):
            all_well = all_well and well
            mark = click.style("ok  ", fg="green") if well else click.style("BAD ", fg="red", bold=True)
            click.echo(f"{mark} {what:<16} {sentence}")
    if not all_well:
        raise SystemExit(1)


def looked_at(check: Callable[[Settings], Found], settings: Settings) -> list[tuple[bool, str]]:
    """What a check found; that it failed, if it did."""
    try:
        with only_reading():
            return list(check(settings))
    except Exception as error:  # noqa: BLE001 -- the checks that follow may still help
        reason = str(getattr(error, "orig", error)).strip().splitlines() or [type(error).__name__]
        return [(False, reason[0])]
    finally:
        db.session.rollback()


def settings_read(settings: Settings) -> Found:
    yield (
        True,
        f"Profile {VERSION} at {settings.public_url}, {settings.web_concurrency} web processes with {settings.threads} threads",
    )
    if settings.https and settings.demo:
        yield False, "DEMO=1 lets `flask demo` add people who can sign in to a public server. Remove it."
    if settings.sign_up == "open" and settings.https:
        yield True, "SIGN_UP=open: anybody can create an account here"


def database(_settings: Settings) -> Found:
    with db.engine.connect() as connection:
        version = ".".join(map(str, connection.dialect.server_version_info or ()))
        schema, revision = schema_of(connection), revision_of(connection)
        pooled = connection.dialect.name == "postgresql" and is_behind_pooler(connection)
        yield True, f"{connection.dialect.name} {version}" + (" through a connection pooler" if pooled else "")
        if schema is Schema.CURRENT:
            yield True, f"schema {revision}, the newest"
        elif schema is Schema.NEWER:
            yield (
                False,
                f"schema {revision} is newer than this version of Profile ({revisions()[-1]}). Run the newer version.",
            )
        elif schema is Schema.FOREIGN:
            yield False, "it has tables of another program. Give Profile a database of its own (DATABASE_URL)."
        else:
            yield False, "it is not migrated. Run: flask --app app db upgrade"


def role(_settings: Settings) -> Found:
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            passes = connection.scalar(
                text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            )
        if passes:
            yield (
                False,
                "the role of DATABASE_URL is not bound by row-level security. Give the app a role that is no superuser.",
            )
        else:
            yield True, "bound by row-level security"


def connections(settings: Settings) -> Found:
    if db.engine.dialect.name == "postgresql":
        # What a process keeps open for its threads, and what it may add for a moment.
        kept = settings.web_concurrency * (settings.threads + 2) + 4
        with db.engine.connect() as connection:
            allowed = connection.scalar(
                text(
                    "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
                )
            )
        enough = kept <= int(allowed)
        yield (
            enough,
            (
                f"up to {kept} from each machine, and the database allows {allowed}"
                + ("" if enough else ". Lower WEB_CONCURRENCY or THREADS, or put PgBouncer in between.")
            ),
        )


def clock(_settings: Settings) -> Found:
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            apart = abs(connection.scalar(text("SELECT clock_timestamp()")) - datetime.now(UTC))
        close = apart < CLOCKS_DIFFER
        yield (
            close,
            (
                f"{apart.total_seconds():.1f} s from the database's"
                + ("" if close else ". Let the system set the time (NTP) on both machines.")
            ),
        )


def disk(_settings: Settings) -> Found:
    if db.engine.dialect.name != "sqlite":
        return
    file = Path(str(db.engine.url.database)).resolve()
    usage = shutil.disk_usage(file.parent)
    free = f"{usage.free / 1e9:.1f} of {usage.total / 1e9:.1f} GB free beside {file}"
    yield usage.free / usage.total > DISK_LEFT, free
    kind = file_system_of(file)
    if kind in FORGOTTEN:
        yield (
            False,
            f"{file} is on {kind}, which a restart or a new deployment forgets. Use a persistent disk, or PostgreSQL.",
        )
    if kind in REMOTE:
        yield (
            False,
            f"{file} is on a network share ({kind}), where SQLite's locks do not hold. Use a local disk, or PostgreSQL.",
        )
    if file.exists() and file.stat().st_mode & 0o077:
        yield False, f"others on this machine can read the database: chmod 600 {file}*"


def file_system_of(path: Path) -> str:
    """The kind of file system that this path is on; nothing where the system does not say."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return ""
    holding = [(place, kind) for place, kind in mounts if path.is_relative_to(place)]
    return max(holding, key=lambda each: len(each[0]), default=("", ""))[1]


def mail(settings: Settings) -> Found:
    if settings.mail_server is None:
        yield True, "no MAIL_URL: messages stay in the outbox, and Managers hand over links"
        return
    with Courier(settings.mail_server) as courier:
        try:
            courier.greet()
        except Undelivered as problem:
            yield False, f"{settings.mail_server.host}:{settings.mail_server.port}: {problem.sentence}"
        else:
            yield True, f"{settings.mail_server.host}:{settings.mail_server.port} answers"


def worker(_settings: Settings) -> Found:
    oldest, waiting = db.session.execute(
        select(func.min(Message.due_at), func.count()).where(
            Message.state == "waiting", Message.attempts == 0, Message.due_at < now() - WAITS_TOO_LONG
        )
    ).one()
    if waiting:
        yield (
            False,
            (
                f"{waiting} messages are due since {oldest:%Y-%m-%d %H:%M} UTC, and nobody has tried to send them. Is the server running, "
                "or with WORKER=separate, `flask work`?"
            ),
        )
    else:
        yield True, "nothing waits"


def public_address(settings: Settings) -> Found:
    address = f"{settings.public_url}/livez"
    try:
        with urlopen(Request(address), timeout=10) as answer:  # noqa: S310 -- http or https, by our own check
            shift = datetime.now(UTC) - parsedate_to_datetime(answer.headers["Date"])
    except (URLError, OSError) as error:
        yield (
            False,
            f"{address} cannot be reached from here: {getattr(error, 'reason', error)}. Is the server running, and the proxy?",
        )
        return
    yield True, f"{address} answers"
    if settings.https:
        left = certificate_ends(settings) - datetime.now(UTC)
        yield left > CERTIFICATE_LEFT, f"its certificate ends in {left.days} days"
    if abs(shift) > CLOCKS_DIFFER + timedelta(seconds=1):
        yield (
            False,
            f"its clock is {abs(shift).total_seconds():.0f} s from this machine's. Let the system set the time (NTP) on both.",
        )


def certificate_ends(settings: Settings) -> datetime:
    host, _, port = settings.host.partition(":")
    with (
        socket.create_connection((host, int(port or 443)), timeout=10) as wire,
        ssl.create_default_context().wrap_socket(wire, server_hostname=host) as secured,
    ):
        certificate = secured.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)


def backups(settings: Settings) -> Found:
    if db.engine.dialect.name == "postgresql" and not settings.backup_database_url:
        yield (
            False,
            "BACKUP_DATABASE_URL is not set: `flask backup` needs a role that may read all rows. See docs/self-hosting.md.",
        )
    elif not settings.backup_recipients and settings.https:
        yield False, "BACKUP_RECIPIENTS is not set: `flask backup` would write everything in clear text"
    else:
        yield True, "`flask backup` can run" + (", encrypted" if settings.backup_recipients else "")


CHECKS: dict[str, Callable[[Settings], Found]] = {
    "settings": settings_read,
    "database": database,
    "role": role,
    "connections": connections,
    "clock": clock,
    "disk": disk,
    "mail server": mail,
    "worker": worker,
    "public address": public_address,
    "backups": backups,
}
