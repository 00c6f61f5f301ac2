"""Whether this server lives, and whether it can serve: for load balancers, platforms and bin/start."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from contextvars import copy_context
from threading import Lock
from time import time
from typing import Generic, TypeVar

from flask import jsonify, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from blueprints.auth.access_control import machine
from blueprints.web import bp
from blueprints.web.request_context import forwarded_for
from models.database import Schema, db, schema_of
from models.secrets import keyed_digest, same

Answer = TypeVar("Answer")
# Those who ask wait no longer: load balancers give up after two to five seconds.
SECONDS = 2
DOCTOR = "X-Profile-Doctor"
PROBLEMS = {
    Schema.EMPTY: "database not migrated",
    Schema.OLDER: "database not migrated",
    Schema.FOREIGN: "wrong database",
}


@bp.get("/livez")
@machine
def live() -> Response:
    """200 while this process answers: one that does not should be restarted. `flask doctor` hears which proxies have passed it on."""
    if same(request.headers.get(DOCTOR, ""), doctors_token()):
        return jsonify(status="ok", forwarded=forwarded_for())
    return jsonify(status="ok")


def doctors_token() -> str:
    """What `flask doctor` shows, which has the same SECRET_KEY; another one each hour."""
    return keyed_digest("doctor", int(time()) // 3_600)


@bp.get("/healthz")
@bp.get("/readyz")
@machine
def ready() -> tuple[Response, int]:
    """200 while requests can be served, else 503 with what is missing: within two seconds, whatever the database does."""
    if probe.leaving():
        return jsonify(status="stopping"), 503
    schema = probe.ask(db.engine)
    problem = "database unavailable" if schema is None else PROBLEMS.get(schema)
    return jsonify(status=problem or "ok"), 503 if problem else 200


class Probe(Generic[Answer]):
    """Asks the database in a thread of its own, since nobody can leave a connection that is silent. One asks at a time."""

    def __init__(self, look: Callable[[Engine], Answer]) -> None:
        self.look = look
        self.lock = Lock()
        self.asking: Future[Answer] | None = None
        self.executor: ThreadPoolExecutor | None = None
        self.leaving: Callable[[], bool] = lambda: False
        """Whether this server is about to stop: gunicorn knows."""

    def ask(self, engine: Engine) -> Answer | None:
        """What the database answers; None if it does not, within two seconds."""
        try:
            return self.begun(engine).result(SECONDS)
        except (SQLAlchemyError, TookTooLong):
            return None

    def begun(self, engine: Engine) -> Future[Answer]:
        """The question that is being asked: while it is not answered, others wait for the same answer."""
        with self.lock:
            if self.asking is None or self.asking.done():
                # A process is forked before its first request, and threads do not come through a fork.
                self.executor = self.executor or ThreadPoolExecutor(1, "health")
                self.asking = self.executor.submit(copy_context().run, self.look, engine)
            return self.asking


def look_at(engine: Engine) -> Schema:
    with engine.connect() as connection:
        return schema_of(connection)


probe = Probe(look_at)
