"""`flask doctor`: whether this server is set up well, one line for each check."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Thread
from time import monotonic
from urllib.error import URLError
from urllib.request import Request, urlopen

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select, text

from blueprints.commands.key_rotation import UNKNOWN_KEY
from blueprints.web.health import DOCTOR, doctors_token
from config import Settings, current_settings
from models.assessments import KEPT_OPEN
from models.database import (
    Schema,
    db,
    election,
    is_behind_pooler,
    now,
    revision_of,
    revisions,
    schema_of,
)
from models.identity import Authenticator
from models.mail import Courier, Message, Undelivered
from models.privacy import Erasing, Making
from models.request_scope import open_scope
from models.server_key import ServerKey
from version import VERSION

# Two machines whose clocks differ by more could both take one lease, and codes of authenticator apps would be refused.
CLOCKS_DIFFER = timedelta(seconds=5)
WAITS_TOO_LONG = timedelta(minutes=10)
DISK_LEFT = 0.1
CERTIFICATE_LEFT = timedelta(days=14)
SPARE = 2
# Seconds for one answer from the network, and for everything.
ANSWERS_WITHIN, WITHIN = 6.0, 15.0
# One of the addresses for documentation, which nobody has.
FORGED = "192.0.2.1"
# File systems that a platform or a restart forgets.
FORGOTTEN = frozenset({"overlay", "tmpfs", "ramfs", "aufs"})
REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p"})


# Whether it is well, and a sentence that says what was found, or what to do.
Found = Iterator[tuple[bool, str]]


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check settings, keys, database, clock, disk, mail, worker and the public address. Exit status 1 if something is not well."""
    settings, app = current_settings(), current_app._get_current_object()  # type: ignore[attr-defined]
    all_well = True
    for what, found in examine(app, settings).items():
        for well, sentence in found:
            all_well = all_well and well
            mark = click.style("ok  ", fg="green") if well else click.style("BAD ", fg="red", bold=True)
            click.echo(f"{mark} {what:<16} {sentence}")
    if not all_well:
        raise SystemExit(1)


def examine(app: Flask, settings: Settings) -> dict[str, list[tuple[bool, str]]]:
    """What each check found. They run side by side, and a network that is silent holds up none for longer than `WITHIN`."""
    found: dict[str, list[tuple[bool, str]]] = {what: [(False, f"no answer within {WITHIN:g} s")] for what in CHECKS}

    def look(what: str, check: Callable[[Settings], Found]) -> None:
        found[what] = looked_at(app, check, settings)

    looking = [Thread(target=look, args=each, daemon=True) for each in CHECKS.items()]
    until = monotonic() + WITHIN
    for thread in looking:
        thread.start()
    for thread in looking:
        thread.join(max(0, until - monotonic()))
    return dict(found)


def looked_at(app: Flask, check: Callable[[Settings], Found], settings: Settings) -> list[tuple[bool, str]]:
    """What a check found; that it failed, if it did."""
    with app.app_context(), open_scope(reading=True):
        try:
            return list(check(settings))
        except Exception as error:  # noqa: BLE001 -- the other checks may still help
            reason = str(getattr(error, "orig", error)).strip().splitlines() or [type(error).__name__]
            return [(False, reason[0])]


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


def keys(settings: Settings) -> Found:
    newest = ServerKey.newest()
    apps = db.session.scalar(
        select(func.count())
        .select_from(Authenticator)
        .where(Authenticator.under_other_keys(), Authenticator.key_name.is_not(None))
    )
    if ServerKey.is_unknown():
        yield False, UNKNOWN_KEY
    elif not settings.secret_key_previous and apps:
        yield (
            False,
            f"{apps} authenticator apps need an earlier SECRET_KEY: set SECRET_KEY_PREVIOUS to it. Then: flask --app app secrets rotate",
        )
    elif not settings.secret_key_previous:
        yield True, "one SECRET_KEY"
    elif apps or newest is None or newest.name != ServerKey.current():
        yield False, "SECRET_KEY_PREVIOUS is set, and the change is not complete. Run: flask --app app secrets rotate"
    elif now() < (end := newest.since + max(settings.session_lifetime, KEPT_OPEN)):
        browsers = newest.since + settings.session_lifetime
        yield (
            True,
            f"the previous key is still accepted: browsers need it until {browsers:%Y-%m-%d}, unfinished assessments until {end:%Y-%m-%d}",
        )
    else:
        yield False, "nothing but shared links from before the change needs SECRET_KEY_PREVIOUS. Remove it."


def connections(settings: Settings) -> Found:
    if db.engine.dialect.name != "postgresql":
        return
    limits = (
        "SELECT least("
        "current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int, "
        "(SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()), "
        "(SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)), "
        "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())"
    )
    with db.engine.connect() as connection:
        allowed, used = connection.execute(text(limits)).one()
    # This command and `flask backup` must find room too.
    enough = settings.connections + SPARE <= int(allowed)
    yield (
        enough,
        f"up to {settings.connections} from each machine; the database allows {allowed}, of which {used} are in use"
        + ("" if enough else ". Lower DATABASE_CONNECTIONS or WEB_CONCURRENCY, or put PgBouncer in between."),
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
    with Courier(settings.mail_server, ends_within=ANSWERS_WITHIN) as courier:
        try:
            courier.greet()
        except Undelivered as problem:
            yield False, f"{settings.mail_server.host}:{settings.mail_server.port}: {problem.sentence}"
        else:
            yield True, f"{settings.mail_server.host}:{settings.mail_server.port} answers"


def worker(settings: Settings) -> Found:
    lock = election(db.engine)
    if lock.won():
        lock.resign()
        command = "flask --app app work" if settings.worker == "separate" else "the server"
        yield False, f"no process does the background work. Start {command}."
    else:
        yield True, "one process does the background work"
    due = Message.state == "waiting", Message.due_at < now() - WAITS_TOO_LONG
    oldest, untried = db.session.execute(
        select(func.min(Message.due_at), func.count()).where(*due, Message.attempts == 0)
    ).one()
    retried = db.session.scalar(select(func.count()).where(*due, Message.attempts > 0))
    if untried:
        yield False, f"{untried} messages are due since {oldest:%Y-%m-%d %H:%M} UTC, and nobody has tried to send them"
    waiting = {
        "messages that the mail server did not take yet": retried,
        "exports": len(Making.due()),
        "deletions": len(Erasing.due()),
    }
    yield True, ", ".join(f"{number} {what}" for what, number in waiting.items()) + " are waiting"


def public_address(settings: Settings) -> Found:
    address = f"{settings.public_url}/livez"
    try:
        asking = Request(address, headers={"X-Forwarded-For": FORGED, DOCTOR: doctors_token()})  # noqa: S310 -- http or https, by our own check
        with urlopen(asking, timeout=ANSWERS_WITHIN) as answer:  # noqa: S310
            forwarded = json.load(answer).get("forwarded")
            shift = datetime.now(UTC) - parsedate_to_datetime(answer.headers["Date"])
    except (URLError, OSError) as error:
        yield (
            False,
            f"{address} cannot be reached from here: {getattr(error, 'reason', error)}. Is the server running, and the proxy?",
        )
        return
    yield True, f"{address} answers"
    yield from proxies(settings, forwarded)
    if settings.https:
        left = certificate_ends(settings) - datetime.now(UTC)
        yield left > CERTIFICATE_LEFT, f"its certificate ends in {left.days} days"
    if abs(shift) > CLOCKS_DIFFER + timedelta(seconds=1):
        yield (
            False,
            f"its clock is {abs(shift).total_seconds():.0f} s from this machine's. Let the system set the time (NTP) on both.",
        )


def proxies(settings: Settings, forwarded: object) -> Found:
    """Whether as many proxies add an address as the settings say; a forged one was sent too, which counts for nothing."""
    if not isinstance(forwarded, list):
        yield False, "another server than this one answers there, or one with another SECRET_KEY or an older version"
        return
    added = len([each for each in forwarded if each != FORGED])
    if added == settings.trusted_proxies:
        yield True, f"TRUSTED_PROXIES={added}, and as many add to X-Forwarded-For"
    elif added > settings.trusted_proxies:
        yield False, f"{added} proxies add to X-Forwarded-For: set TRUSTED_PROXIES={added}, or all clients count as one"
    else:
        yield (
            False,
            f"only {added} proxies add to X-Forwarded-For: set TRUSTED_PROXIES={added}, or clients choose their own address",
        )


def certificate_ends(settings: Settings) -> datetime:
    host, _, port = settings.host.partition(":")
    with (
        socket.create_connection((host, int(port or 443)), timeout=ANSWERS_WITHIN) as wire,
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
    "keys": keys,
    "connections": connections,
    "clock": clock,
    "disk": disk,
    "mail server": mail,
    "worker": worker,
    "public address": public_address,
    "backups": backups,
}
