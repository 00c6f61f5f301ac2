"""All settings, read from the environment once. Unsafe settings stop the start with a message that says what to do."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from models.debriefs.model_endpoint import BadRecipient, Recipient
from models.mail.mime import Mailbox, NotAnAddress
from models.mail.server_url import BadAddress, MailServer

ROOT = Path(__file__).resolve().parent
LOCAL_ENV = ROOT / "instance" / "local.env"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
ORIGIN = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]+)?")
WEB_ADDRESS = re.compile(r"https?://[^\s/?#@]+([/?#][!-~]*)?", re.IGNORECASE)
# What a bearer token can be made of (RFC 6750 §2.1).
METRICS_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]{16,512}")
AGE_KEY = re.compile(r"age1[02-9ac-hj-np-z]{58}")
# Platforms whose disks a new deployment empties, by the variable that each of them sets. The last two also sell disks that they keep.
PLATFORMS = {"DYNO": "Heroku", "RENDER": "Render", "FLY_APP_NAME": "Fly.io"}
CHOICES = {
    "worker": ("embedded", "separate"),
    "sign_up": ("open", "invite", "closed"),
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
    "log_format": ("auto", "json", "text"),
}
LIMIT = (1, 1_000_000)
BOUNDS = {
    "limit_refreshes": (60, 1_000_000),
    "trusted_proxies": (0, 5),
    # Less, and ordinary forms are refused.
    "max_body": (65_536, 1_073_741_824),
    "debrief_tokens": (500, 32_000),
    "debriefs_a_day": (0, 1_000_000),
    "database_connections": (2, 200),
    "port": (0, 65_535),
    "web_concurrency": (1, 256),
    "threads": (1, 256),
}


class UnsafeSettings(SystemExit):
    """The server cannot start with these settings; the message says which one is wrong and what to do."""


def setting(default: Any, about: str) -> Any:
    """A setting with its sentence in the README's configuration table."""
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True)
class Settings:
    """The server administrator's settings. Field names are the environment variables, in lower case."""

    secret_key: str = setting(
        "", "Signs cookies and derives keys. At least 32 random characters, secret, and the same on every machine."
    )
    secret_key_previous: str = setting(
        "",
        "The SECRET_KEY before this one, for as long as what was made under it should still work (`flask secrets rotate`).",
    )
    public_url: str = setting(
        "",
        "The address that people and apps use, such as https://profile.example.com. Must be https, except on loopback.",
    )
    database_url: str = setting(
        f"sqlite:///{ROOT / 'instance' / 'profile.db'}",
        "The database: an SQLite file (default) or postgresql://… (postgres:// works too).",
    )
    database_connections: int = setting(
        6,
        "PostgreSQL only: how many connections each process opens at most (2 to 200). Threads beyond that wait for one.",
    )
    backup_database_url: str = setting(
        "", "PostgreSQL only: the same database with a role that may read all rows, for `flask backup`."
    )
    backup_recipients: tuple[str, ...] = setting(
        (), "Public keys of age (age1…) that `flask backup` encrypts for, separated by commas."
    )
    mail_url: str = setting(
        "",
        "The mail server: smtp://user:password@mail.example.com:587 or smtps://…. Without one, messages stay in the outbox.",
    )
    mail_from: str = setting("", "The sender of every e-mail: profile@example.com or Profile <profile@example.com>.")
    worker: str = setting(
        "embedded",
        "Where background work runs: embedded (in one of the web processes, chosen automatically) or separate (only in `flask work`).",
    )
    sign_up: str = setting(
        "invite",
        "Who can sign up: open (anyone), invite or closed (by invitation). The first account needs the set-up token in the log.",
    )
    allowed_origins: tuple[str, ...] = setting(
        (), "Other web origins that can call /mcp from a browser, separated by commas."
    )
    trusted_proxies: int = setting(
        0, "How many reverse proxies in front add X-Forwarded-For. This decides only the client address, never URLs."
    )
    access_token_lifetime: timedelta = setting(
        timedelta(seconds=3600), "Seconds until an access token expires (60 to 86400)."
    )
    refresh_idle_lifetime: timedelta = setting(timedelta(days=30), "Seconds until an unused refresh token expires.")
    refresh_absolute_lifetime: timedelta = setting(
        timedelta(days=365), "Seconds after consent until an app must be connected again, even if it is in use."
    )
    refresh_grace: timedelta = setting(
        timedelta(seconds=120),
        "Seconds in which the previous refresh token still works (0 to 3600).",
    )
    session_lifetime: timedelta = setting(timedelta(days=14), "Seconds until an unused browser is signed out.")
    client_documents: bool = setting(
        True,
        "0 on a server that cannot reach the internet. Apps then cannot use a Client ID Metadata Document, and must register.",
    )
    limit_calls: int = setting(120, "Requests to /mcp per minute for one connection.")
    limit_calls_at_once: int = setting(40, "How many of these can come at once.")
    limit_writes: int = setting(30, "Changes per minute for one connection.")
    limit_account_calls: int = setting(600, "Tool calls per minute for all connections of an account together.")
    limit_refreshes: int = setting(60, "Token refreshes per minute for one connection (60 or more).")
    limit_token_failures: int = setting(
        30, "Failed token requests per minute of one app from one address. They never block requests that succeed."
    )
    limit_registrations: int = setting(60, "App registrations per minute from one address.")
    limit_devices: int = setting(60, "Device code requests per minute from one address.")
    limit_fetches: int = setting(
        10,
        "Fetches of app documents per minute from one host for one person (three times as many for a network, ten times for all), "
        "and twice as many for one person from all hosts.",
    )
    limit_sign_ins: int = setting(
        10,
        "Failed sign-ins per minute for one person from one address (ten times as many at once from all). "
        "A browser they used before has a count of its own.",
    )
    limit_sign_ins_address: int = setting(60, "Failed sign-ins per minute from one address, for all people together.")
    country_table: str = setting(
        "",
        "A file that says in which country each network is registered: a registry's delegated file, or CSV with network,country. "
        "With it, the use of an app from a new country raises an alarm.",
    )
    max_body: int = setting(1_048_576, "Largest request body in bytes. Files of people to invite can have 5 MB.")
    demo: bool = setting(False, "1 allows `flask demo` on a server that is not on loopback.")
    log_level: str = setting("INFO", "Log level: DEBUG, INFO, WARNING or ERROR.")
    log_format: str = setting(
        "auto", "How each line of the log is written: json, text, or auto (text on a terminal, else JSON)."
    )
    metrics_token: str = setting(
        "",
        "At least 16 characters that a Prometheus server sends as a bearer token to read /metrics. Without it, nothing is counted "
        "and /metrics does not exist.",
    )
    privacy_policy_url: str = setting("", "Link to your privacy policy, shown at the bottom of every page.")
    support_email: str = setting("", "E-mail address for questions, shown at the bottom of every page.")
    debrief_model: str = setting(
        "",
        "The language model that writes debriefs where an Owner turns that on: anthropic:…, openai:…, or openai-chat:… "
        "for any server with OpenAI's API. Set the key in the provider's usual variable, such as ANTHROPIC_API_KEY.",
    )
    debrief_base_url: str = setting(
        "",
        "Where the model of openai-chat:… is, such as http://127.0.0.1:11434/v1. Must be https, except on a private network.",
    )
    debrief_timeout: timedelta = setting(timedelta(seconds=120), "Seconds that a model has for one debrief (1 to 900).")
    debrief_tokens: int = setting(
        4000, "Maximum tokens that a model writes for one debrief, including thinking (500 to 32000)."
    )
    debriefs_a_day: int = setting(
        200, "Debriefs per day that a model writes for one account. This server composes all others."
    )
    port: int = setting(
        0, "Port on which gunicorn listens, on all IPv4 and IPv6 addresses of the machine. Without it: 127.0.0.1:8000."
    )
    shutdown_delay: timedelta = setting(
        timedelta(),
        "Seconds after SIGTERM in which requests are still served while /readyz answers 503 (0 to 60), for load balancers that ask it.",
    )
    web_concurrency: int = setting(2, "Web processes (1 to 256).")
    threads: int = setting(8, "Threads of each web process (1 to 256).")

    def __post_init__(self) -> None:
        for name, normalize in NORMALIZED.items():
            object.__setattr__(self, name, normalize(getattr(self, name)))
        for check in (
            check_secret_key,
            check_public_url,
            check_database_url,
            check_backups,
            check_mail,
            check_addresses,
            check_choices,
            check_numbers,
            check_metrics_token,
            check_lifetimes,
            check_debriefs,
            check_country_table,
        ):
            check(self)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings from the environment; without SECRET_KEY and PUBLIC_URL, from the file that bin/start created for this machine."""
        given = dict(os.environ if environ is None else environ)
        if environ is None and not (given.get("SECRET_KEY") or given.get("PUBLIC_URL")) and LOCAL_ENV.exists():
            given = {**read_env_file(LOCAL_ENV), **given}
        known = {
            f.name: parse(f.name, f.default, given[f.name.upper()])
            for f in fields(cls)
            if given.get(f.name.upper(), "").strip()
        }
        settings = cls(**known)
        check_disk(settings, given)
        return settings

    @property
    def https(self) -> bool:
        """Whether people reach this server over https."""
        return self.public_url.startswith("https://")

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return urlsplit(self.public_url).hostname in LOOPBACK

    @property
    def host(self) -> str:
        """Host and port of the public address, as a Host header names it."""
        return urlsplit(self.public_url).netloc

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The Host headers that this server accepts: the host of its public address, with and without the default port."""
        usual = ":443" if self.https else ":80"
        bare = self.host.lower().removesuffix(usual)
        return frozenset({bare, bare + usual} if urlsplit(f"//{bare}").port is None else {bare})

    @property
    def connections(self) -> int:
        """How many connections to PostgreSQL one machine opens at most, `flask work` included."""
        processes = self.web_concurrency + (self.worker == "separate")
        return processes * self.database_connections

    @property
    def mail_server(self) -> MailServer | None:
        """The mail server; None if e-mails are kept in the outbox."""
        return MailServer.read(self.mail_url) if self.mail_url else None

    @property
    def debrief_recipient(self) -> Recipient | None:
        """The language model that may be given scores; None if there is none."""
        return Recipient.of(self.debrief_model, self.debrief_base_url)

    @property
    def mcp_url(self) -> str:
        """The address that people enter in an assistant; also the OAuth resource (RFC 8707)."""
        return f"{self.public_url}/mcp"


def read_env_file(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError):
        raise UnsafeSettings(f"{path} cannot be read. It must be a text file in UTF-8 that belongs to you.") from None
    lines = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in lines}


def parse(name: str, default: Any, text: str) -> Any:
    """A variable's text, converted to the type of its default."""
    try:
        if isinstance(default, bool):
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.strip().lower()]
        if isinstance(default, int):
            return int(text)
        if isinstance(default, timedelta):
            return timedelta(seconds=int(text))
        if isinstance(default, tuple):
            return tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())
    except (KeyError, ValueError, OverflowError):
        raise UnsafeSettings(f"{name.upper()}={text!r} is not valid. It must be {kind_of(default)}.") from None
    return text.strip()


def kind_of(default: Any) -> str:
    if isinstance(default, bool):
        return "1 or 0"
    return "a whole number of seconds" if isinstance(default, timedelta) else "a whole number"


def normalized_origin(url: str) -> str:
    """Scheme and host in lower case, as browsers send them; the rest is left for the check."""
    scheme, separator, rest = url.strip().partition("://")
    host, slash, path = rest.rstrip("/").partition("/")
    return f"{scheme.lower()}{separator}{host.lower()}{slash}{path}"


def normalized_database_url(url: str) -> str:
    """Convert PaaS spellings of PostgreSQL (`postgres://`) to the form that SQLAlchemy and psycopg 3 know."""
    scheme, separator, rest = url.partition("://")
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"}:
        return f"postgresql+psycopg{separator}{rest}"
    return url


def check_secret_key(settings: Settings) -> None:
    if len(settings.secret_key) < 32:
        raise UnsafeSettings(
            "SECRET_KEY is missing or shorter than 32 characters. Create one: "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))'. On your own machine, bin/start does this for you."
        )
    previous = settings.secret_key_previous
    if previous and (len(previous) < 32 or previous == settings.secret_key):
        raise UnsafeSettings(
            "SECRET_KEY_PREVIOUS must be the whole SECRET_KEY that this server had before, and another one than SECRET_KEY. "
            "Without a change of keys, remove it."
        )


def check_public_url(settings: Settings) -> None:
    if not is_origin(settings.public_url):
        raise UnsafeSettings(
            "PUBLIC_URL is missing or not the address of a server. Set it to scheme, host and perhaps a port, without a path, "
            "such as https://profile.example.com. Write a host with special characters in its xn-- form."
        )
    if not settings.https and not settings.on_loopback:
        raise UnsafeSettings(
            "PUBLIC_URL must be https, because passwords and tokens cross the network. Only loopback can use http."
        )


def is_origin(url: str) -> bool:
    """Whether this is scheme, host and perhaps a port. An issuer has no path: clients mishandle issuers with one."""
    return bool(ORIGIN.fullmatch(url)) and has_port(url)


def has_port(url: str) -> bool:
    """Whether the port of this address, if there is one, can exist."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def check_database_url(settings: Settings) -> None:
    scheme, _, rest = settings.database_url.partition("://")
    if scheme not in {"sqlite", "postgresql+psycopg"}:
        raise UnsafeSettings(
            f"DATABASE_URL names a database that Profile does not support ({scheme[:20]}). Use sqlite:///… or postgresql://…."
        )
    if not (rest.lstrip("/") if scheme == "sqlite" else is_database_server(settings.database_url)):
        raise UnsafeSettings(
            "DATABASE_URL is not complete, or its port is not valid. Use sqlite:////path/to/profile.db or "
            "postgresql://user:password@host:5432/database, with %40 for @ and %2F for / in the password."
        )
    if scheme != "sqlite" and (name := unknown_parameter(settings.database_url)):
        raise UnsafeSettings(
            f"DATABASE_URL has {name[:40]}=…, which PostgreSQL's own library does not know. Remove it. For encryption: sslmode=require."
        )


def unknown_parameter(url: str) -> str | None:
    """What this address of PostgreSQL says after its question mark, if the driver does not know it: each kind of driver has its own."""
    # A server with SQLite does without the driver.
    from psycopg.conninfo import make_conninfo
    from psycopg.errors import ProgrammingError

    for name, value in make_url(url).query.items():
        try:
            make_conninfo(**{name: str(value)})
        except ProgrammingError:
            return name
    return None


def check_disk(settings: Settings, environ: Mapping[str, str]) -> None:
    """Raise if the SQLite file would be gone with the next deployment."""
    for variable, platform in PLATFORMS.items():
        if environ.get(variable) and settings.database_url.startswith("sqlite"):
            file = Path(settings.database_url.partition("://")[2].partition("?")[0].removeprefix("/"))
            kept = next(place for place in (file, *file.absolute().parents) if place.exists())
            if platform == "Heroku" or kept.stat().st_dev == Path("/").stat().st_dev:
                raise UnsafeSettings(
                    f"{platform} deletes {file} with the next deployment, and everything in it. Set DATABASE_URL to a PostgreSQL database"
                    + ("." if platform == "Heroku" else ", or to a file on a persistent disk.")
                )


def check_country_table(settings: Settings) -> None:
    if settings.country_table and not Path(settings.country_table).is_file():
        raise UnsafeSettings(f"COUNTRY_TABLE={settings.country_table} is not a file.")


def check_backups(settings: Settings) -> None:
    url = settings.backup_database_url
    if url and not (url.startswith("postgresql+psycopg://") and is_database_server(url)):
        raise UnsafeSettings(
            "BACKUP_DATABASE_URL is not complete, or it is not an address of PostgreSQL. "
            "Use DATABASE_URL with the user and the password of a role that may read all rows."
        )
    for key in settings.backup_recipients:
        if not AGE_KEY.fullmatch(key):
            raise UnsafeSettings(
                f"BACKUP_RECIPIENTS has {key[:80]!r}, which is not a public key of age. It begins with age1; `age-keygen` prints one."
            )


def is_database_server(url: str) -> bool:
    try:
        return bool(make_url(url).database) and has_port(url)
    except (ArgumentError, ValueError):
        return False


def check_mail(settings: Settings) -> None:
    try:
        _ = settings.mail_server
    except BadAddress as problem:
        raise UnsafeSettings(f"MAIL_URL is not valid: {problem}") from None
    try:
        if settings.mail_url or settings.mail_from:
            Mailbox.read(settings.mail_from)
    except NotAnAddress:
        raise UnsafeSettings(
            "MAIL_FROM is missing or not an address. Set it to the sender of e-mails, such as Profile <profile@example.com>."
        ) from None


def check_addresses(settings: Settings) -> None:
    for origin in settings.allowed_origins:
        if not is_origin(origin):
            raise UnsafeSettings(
                f"ALLOWED_ORIGINS has {origin!r}, which is not an origin. Use scheme and host, such as https://app.example.com."
            )
    link = settings.privacy_policy_url
    if link and not (WEB_ADDRESS.fullmatch(link) and has_port(link)):
        raise UnsafeSettings("PRIVACY_POLICY_URL must be a web address, such as https://example.com/privacy.")
    try:
        if settings.support_email:
            Mailbox.read(settings.support_email)
    except NotAnAddress:
        raise UnsafeSettings("SUPPORT_EMAIL must be an e-mail address, such as help@example.com.") from None


def check_choices(settings: Settings) -> None:
    for name, choices in CHOICES.items():
        if (value := getattr(settings, name)) not in choices:
            raise UnsafeSettings(f"{name.upper()}={value!r} is not valid. It must be one of: {', '.join(choices)}.")


def check_numbers(settings: Settings) -> None:
    limits = {each.name: LIMIT for each in fields(settings) if each.name.startswith("limit_")}
    for name, (least, most) in (limits | BOUNDS).items():
        if not least <= getattr(settings, name) <= most:
            raise UnsafeSettings(f"{name.upper()} must be a number from {least} to {most}.")


def check_metrics_token(settings: Settings) -> None:
    token = settings.metrics_token
    if token and not METRICS_TOKEN.fullmatch(token):
        raise UnsafeSettings(
            "METRICS_TOKEN must be at least 16 letters and digits (and -._~+/). This "
            "creates one: python -c 'import secrets; print(secrets.token_urlsafe(32))'. It is a secret."
        )


def check_lifetimes(settings: Settings) -> None:
    bounds = {
        "access_token_lifetime": (60, 86_400),
        "refresh_idle_lifetime": (60, 31_622_400),
        "refresh_absolute_lifetime": (60, 315_360_000),
        "refresh_grace": (0, 3_600),
        "session_lifetime": (300, 7_776_000),
        "shutdown_delay": (0, 60),
    }
    for name, (least, most) in bounds.items():
        if not least <= getattr(settings, name).total_seconds() <= most:
            raise UnsafeSettings(f"{name.upper()} must be {least} to {most} seconds.")


def check_debriefs(settings: Settings) -> None:
    try:
        _ = settings.debrief_recipient
    except BadRecipient as problem:
        raise UnsafeSettings(str(problem)) from None
    if not 1 <= settings.debrief_timeout.total_seconds() <= 900:
        raise UnsafeSettings("DEBRIEF_TIMEOUT must be 1 to 900 seconds.")


NORMALIZED: dict[str, Callable[[Any], Any]] = {
    "public_url": normalized_origin,
    "database_url": normalized_database_url,
    "backup_database_url": normalized_database_url,
    "allowed_origins": lambda origins: tuple(map(normalized_origin, origins)),
    "worker": str.lower,
    "sign_up": str.lower,
    "log_level": str.upper,
    "log_format": str.lower,
}


def current_settings() -> Settings:
    """The settings of the current app."""
    return cast(Settings, current_app.config["PROFILE"])
