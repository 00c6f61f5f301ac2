"""What is fuzzed. A target takes any bytes, and fails if they do what no bytes may do."""

from __future__ import annotations

import base64
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyrage
from authlib.oauth2 import OAuth2Error
from flask import Flask, request
from werkzeug.datastructures import Headers

from app import create_app
from blueprints.auth.access_control import safe_next
from blueprints.auth.sessions import KEY as SIGNED_IN
from blueprints.mcp.authentication import read_token
from blueprints.mcp.protocol import ProtocolError, is_batch, read_message
from blueprints.mcp.www_authenticate import Unauthorized
from blueprints.oauth.client_id_metadata_documents import check_document
from blueprints.oauth.http_cache import LONGEST, fresh_for
from blueprints.oauth.jwks import NEEDS, check_jwks, find_key
from blueprints.oauth.parameters import PublicRequest, check_parameters, check_resource, read_form, read_scope
from blueprints.oauth.pkce import RequiredPKCE
from blueprints.oauth.private_key_jwt import parse_assertion
from blueprints.oauth.registration import BadMetadata, check_metadata
from blueprints.oauth.url_safety import address_problem
from models.accounts.account import Account
from models.accounts.member import Member
from models.assessments.bulk_invite.csv_reader import read_sheet
from models.assessments.bulk_invite.row import Guest
from models.backup.archive import BadBackup, opened_archive
from models.clients.redirect_uri import is_loopback, redirect_matches, redirect_place, redirect_problem
from models.database.base import db
from models.permissions import Role
from models.profiles.importing.files import Faulty, read_rows
from models.profiles.importing.row import Draft
from models.profiles.ordering import BY_NAME_ALONE, ORDERS, BadCursor, read_cursor
from models.request_scope import open_scope
from models.scopes import ALL_SCOPES
from models.secrets import pkce_challenge, use_server_key
from models.strict_json import DEEPEST, BadJSON, parse_json
from tests.application import settings_for, unhurried
from tests.assistant import CALLBACK
from tests.databases import sqlite_copies
from tests.fixtures.assistants import connected_app
from tests.fixtures.people import Person, add_user, start_session
from tests.machine import memory

Fuzzed = Callable[[bytes], None]
OWN_DOCUMENT = "https://app.example/client.json"
OWN_PAGES = re.compile(r"/|http://localhost/|https?://localhost:3118/callback\?")
# A secret key for the fuzzer alone, so that it can encrypt what it invents.
AGE_KEY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"


def json_body(data: bytes) -> None:
    """The JSON parser: what it accepts is what Python's own reads, and goes out again as it came in."""
    with suppress(BadJSON):
        value = parse_json(data)
        assert value == json.loads(data)
        assert depth(value) <= DEEPEST
        assert parse_json(json.dumps(value, allow_nan=False).encode()) == value


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, inner), default=0) if isinstance(value, dict | list) else 0


def json_rpc(data: bytes) -> None:
    """JSON-RPC: a message, a notification, or a refusal."""
    head, _, body = data.partition(b"\n")
    headers = Headers({"MCP-Protocol-Version": header_of(head)} if head else {})
    with suppress(BadJSON, ProtocolError):
        parsed = parse_json(body)
        for one in parsed if is_batch(parsed, headers) else [parsed]:
            message = read_message(one, headers)
            assert message is None or type(message.params) is dict


def form_body(data: bytes) -> None:
    """The parameters of /token and /authorize, and the authorization header: read, or refused as RFC 6749 says."""
    head, _, body = data.partition(b"\n")
    sent = {"Authorization": header_of(head)} if head else {}
    kind = "application/x-www-form-urlencoded"
    with app().test_request_context("/token", method="POST", data=body, content_type=kind, headers=sent):
        with suppress(Unauthorized):
            assert re.fullmatch(r"[!-~]+", read_token())
        with suppress(OAuth2Error):
            read_form()
            payload = PublicRequest(request).payload
            check_parameters(payload)
            assert read_scope(payload.data.get("scope")) <= ALL_SCOPES
            check_resource(payload.datalist.get("resource", []))
            assert all(
                one in {"", "http://localhost/mcp", "http://localhost/mcp/"}
                or one.lower().startswith("http://localhost/")
                for one in payload.datalist.get("resource", [])
            )


def pkce(data: bytes) -> None:
    """PKCE: a verifier is accepted only for the challenge that is its hash."""
    challenge, _, verifier = (text_of(part) for part in data.partition(b"\n"))
    if RequiredPKCE.CHALLENGE.match(challenge):
        assert len(challenge) == 43
        assert len(base64.urlsafe_b64decode(challenge + "=")) == 32
    with suppress(UnicodeEncodeError):
        assert RequiredPKCE.CHALLENGE.match(pkce_challenge(verifier))


def redirect_uri(data: bytes) -> None:
    """Redirect URIs: an accepted one has one reading, and matches itself, and on loopback another port, and nothing else."""
    one, _, other = (text_of(part) for part in data.partition(b"\n"))
    with app().test_request_context():
        for uri in (one, other):
            if redirect_problem(uri) is None:
                assert uri.isascii()
                assert uri.isprintable()
                assert not set(uri) & set(" \"'<>\\^`{|}#") - {"'"}
                assert "@" not in urlsplit(uri).netloc
                assert redirect_matches(uri, uri)
                assert redirect_place(uri)
        if redirect_problem(one) is None and one != other and redirect_matches(one, other):
            assert is_loopback(one)
            assert is_loopback(other)
            assert urlsplit(one)._replace(netloc="") == urlsplit(other)._replace(netloc="")
            assert urlsplit(one).hostname == urlsplit(other).hostname
        if address_problem(one, "profile.example") is None:
            parts = urlsplit(one)
            assert parts.scheme == "https"
            assert one.startswith(f"https://{parts.hostname}")
            assert parts.port in {None, 443}
        if (page := safe_next(one)) is not None:
            assert re.match(r"/(?![/\\])", page)
            assert not urlsplit(page).netloc


def client_metadata(data: bytes) -> None:
    """What apps say of themselves, at /register and in documents: checked values, or a refusal."""
    with app().test_request_context():
        try:
            said = parse_json(data)
        except BadJSON:
            return
        checks: list[Callable[[], dict[str, Any]]] = [
            lambda: check_metadata(said),
            lambda: check_document(OWN_DOCUMENT, said),
        ]
        for check in checks:
            with suppress(BadMetadata):
                checked = check()
                assert all(redirect_problem(uri) is None for uri in checked["redirect_uris"])
                assert 0 < len(checked["name"]) <= 80
                assert set(checked["grant_types"])
                assert not {"d", "p", "q", "k"} & {
                    n for key in (checked.get("jwks") or {}).get("keys", []) for n in key
                }
        with suppress(BadMetadata):
            for algorithm in NEEDS:
                find_key(check_jwks(said), algorithm, None)


def assertion(data: bytes) -> None:
    """Client assertions before their signature is checked: a header and claims, or a refusal."""
    with suppress(OAuth2Error):
        header, claims = parse_assertion(text_of(data))
        assert header["alg"] in NEEDS
        assert isinstance(claims, dict)


def cache_headers(data: bytes) -> None:
    """How long a fetched document is kept: between nothing and a day, whatever its headers say."""
    lines = (line.partition(":") for line in text_of(data).split("\n"))
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    assert timedelta() <= fresh_for(headers, datetime(2026, 1, 1, tzinfo=UTC)) <= LONGEST


def cursor(data: bytes) -> None:
    """Cursors of lists: a place, or a refusal."""
    given = text_of(data)
    forms = [given, base64.urlsafe_b64encode(data).decode().rstrip("=")]
    with app().test_request_context():
        for order in (*ORDERS.values(), BY_NAME_ALONE):
            for form in forms:
                with suppress(BadCursor):
                    value, last = read_cursor(form, order)
                    assert last.hex
                    if isinstance(value, str):
                        value.encode()
                        assert "\x00" not in value


def people_file(data: bytes) -> None:
    """Files of people, CSV and JSON, to import and to invite: rows with checked values, or faults with lines."""
    with app().test_request_context():
        for kind in ("csv", "json"):
            with suppress(Faulty):
                for row in read_rows(data, kind):
                    draft = Draft.of(row)
                    check_texts(draft)
                    json.dumps(draft.results, allow_nan=False)
        with suppress(Faulty):
            for guest in Guest.all_of(read_sheet(data).rows):
                check_texts(guest)
                assert Guest.from_json(json.loads(json.dumps(guest.as_json()))) == guest


def check_texts(draft: Draft) -> None:
    for value in (*draft.texts.values(), *draft.tags, *draft.tags.values(), *draft.wrong):
        value.encode()
        assert "\x00" not in value


def backup(data: bytes) -> None:
    """Backups: a manifest and a database, or a refusal; nothing is written outside of its own directory."""
    with tempfile.TemporaryDirectory(dir=memory()) as directory:
        file, key = Path(directory, "file"), Path(directory, "key.txt")
        key.write_text(AGE_KEY)
        identity = pyrage.x25519.Identity.from_str(AGE_KEY)
        for content in (data, pyrage.encrypt(data, [identity.to_public()])):
            file.write_bytes(content)
            with suppress(BadBackup), opened_archive(file, key) as (manifest, database):
                assert manifest.format == 1
                assert database.parent.name.startswith("profile-restore-")
            assert sorted(path.name for path in Path(directory).iterdir()) == ["file", "key.txt"]


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def header_of(data: bytes) -> str:
    """A header as web servers pass it on: without control characters, each byte a character."""
    return "".join(c for c in data.decode("latin-1") if c.isprintable() or c in "\t\xa0\xad")


class Site:
    """The whole app with somebody signed in and an app connected, for requests written as HTTP writes them."""

    def __init__(self, url: str) -> None:
        self.settings = unhurried(settings_for(url))
        self.app = create_app(self.settings)
        use_server_key(self.settings.secret_key)
        with self.app.app_context(), open_scope():
            account = Account.create("Aperture Science")
            user = add_user("alice@example.com", "Alice")
            member = Member.add(account, user, Role.OWNER)
            db.session.commit()
            alice = Person("Alice", user.email, user.id, member.id, account.id, account.name, Role.OWNER)
            self.browser = self.app.test_client()
            secret = start_session(alice, "fuzzer")
        with self.browser.session_transaction() as cookie:
            cookie[SIGNED_IN] = secret
        with open_scope():
            self.claude = connected_app(self.app, self.settings, alice)
        said = {"client_name": "Fuzzer", "redirect_uris": [CALLBACK]}
        client_id = self.app.test_client().post("/register", json=said).get_json()["client_id"]
        self.names = {b"CLIENT": client_id.encode(), b"TOKEN": (self.claude.token or "").encode()}

    def send(self, data: bytes) -> None:
        """Send `METHOD address`, headers, a blank line and a body; no answer may be a 5xx, or lead to a stranger."""
        for name, value in self.names.items():
            data = data.replace(name, value)
        head, _, body = data.partition(b"\n\n")
        first, *lines = map(header_of, head.split(b"\n"))
        method, _, address = first.partition(" ")
        pairs = [line.partition(":") for line in lines]
        sent = [(name.strip(), value.strip()) for name, _, value in pairs if re.fullmatch(r"[\w-]+", name.strip())]
        sent = [(name, value) for name, value in sent if name.lower() not in {"content-length", "host"}]
        if method not in {"GET", "POST", "PUT", "DELETE"} or not address.startswith("/"):
            return
        path, _, query = address.partition("?")
        try:
            # The path as a server passes it on: the test client would read `//name` as a host.
            arrived = {"PATH_INFO": unquote(path, "latin-1")}
            answer = self.browser.open(
                "/", method=method, query_string=query, headers=Headers(sent), data=body, environ_overrides=arrived
            )
        except UnicodeError:
            # The test client itself cannot write this query; no browser or proxy passes it on either.
            return
        assert answer.status_code < 500, (answer.status, answer.get_data(as_text=True)[:2_000])
        assert OWN_PAGES.match(answer.headers.get("Location", "/")), answer.headers["Location"]
        if answer.mimetype == "application/json" and answer.data:
            json.loads(answer.data)


@contextmanager
def site() -> Iterator[Fuzzed]:
    """Every address of the app, as a browser and as a program."""
    with tempfile.TemporaryDirectory(dir=memory()) as directory, sqlite_copies(Path(directory))("fuzz") as url:
        yield Site(url).send


_app: list[Flask] = []


def app() -> Flask:
    """The app, for what only needs its settings and its languages; nothing here asks its database."""
    if not _app:
        _app.append(create_app(settings_for("sqlite:////nonexistent/fuzz.db")))
    return _app[0]


@contextmanager
def scoped(target: Fuzzed) -> Iterator[Fuzzed]:
    with open_scope():
        yield target


ALONE = (
    json_body,
    json_rpc,
    form_body,
    pkce,
    redirect_uri,
    client_metadata,
    assertion,
    cache_headers,
    cursor,
    people_file,
    backup,
)
TARGETS: dict[str, Callable[[], Any]] = {"site": site, **{each.__name__: partial(scoped, each) for each in ALONE}}


@contextmanager
def opened(name: str) -> Iterator[Fuzzed]:
    """The target with this name, ready to take bytes."""
    with ExitStack() as stack:
        yield stack.enter_context(TARGETS[name]())
