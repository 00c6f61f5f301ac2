"""`GET /metrics`: numbers for Prometheus, for those who have METRICS_TOKEN. Without that setting nothing is counted.

No label names a person, an account or an app, and none has values without end.
"""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from flask import Flask, current_app, g, request
from sqlalchemy import Engine
from werkzeug.wrappers import Response

from blueprints.auth.access_control import machine
from blueprints.web import bp
from blueprints.web.health import Probe
from config import Settings, current_settings
from models import metrics
from models.backlog import Backlog, backlog
from models.database import db, revisions
from models.metrics import Counter, Histogram
from models.secrets import same

if TYPE_CHECKING:
    from prometheus_client import Metric

KINDS = {"mcp": "mcp", "assessments": "assessment", "static": "static"}
"""By blueprint or endpoint. Those of OAuth are one kind, and everything else is a page."""
NOT_COUNTED = frozenset({"web.live", "web.ready", "web.metrics"})
STATUSES = """200 201 202 204 206 301 302 303 304 308 400 401 403 404 405 409 410 413 415 421 429 500 503 507"""
REQUESTS = Counter(
    "profile_requests",
    "Requests that were answered.",
    kind=("mcp", "oauth", "assessment", "page", "static"),
    status=STATUSES.split(),
)
DURATIONS = Histogram(
    "profile_request_duration_seconds",
    "From a request's arrival to its answer.",
    (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    kind=("mcp", "oauth", "assessment", "page", "static"),
)
TEXT_OF_STATUS = {int(status): status for status in STATUSES.split()}


def init_app(app: Flask, settings: Settings) -> None:
    """Count requests, if anybody wants to know."""
    if not settings.metrics_token:
        return
    kinds = {endpoint: kind_of(endpoint) for endpoint in NOT_COUNTED}

    @app.after_request
    def count(response: Response) -> Response:
        endpoint = request.endpoint or ""
        kind = kinds.get(endpoint)
        if kind is None:
            kind = kinds[endpoint] = kind_of(endpoint)
        if endpoint not in NOT_COUNTED:
            REQUESTS.add(kind, TEXT_OF_STATUS.get(response.status_code, metrics.OTHER))
            DURATIONS.observe(perf_counter() - g.started, kind)
        return response


def kind_of(endpoint: str) -> str:
    """The kind of a request, by its endpoint."""
    blueprint = endpoint.partition(".")[0]
    return "oauth" if blueprint.startswith("oauth") else KINDS.get(blueprint, "page")


@bp.get("/metrics", endpoint="metrics")
@machine
def show() -> Response:
    """The numbers of all processes of this server.

    The token is asked of everybody. A request from loopback may be a stranger's that a proxy on this machine has passed on.
    """
    token = current_settings().metrics_token
    if not token:
        return Response("Nothing is counted here: METRICS_TOKEN is not set.\n", 404, content_type="text/plain")
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not same(sent.strip(), token):
        text = "Send METRICS_TOKEN as a bearer token.\n"
        return Response(text, 401, {"WWW-Authenticate": "Bearer"}, content_type="text/plain")
    # A server without the setting need not load it.
    from prometheus_client.exposition import choose_encoder

    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(Collector()), content_type=content_type)


@dataclass(frozen=True)
class Answered:
    """What only the database knows."""

    backlog: Backlog
    works: bool


def look_at(engine: Engine) -> Answered:
    is_somebody_working: Callable[[Engine], bool] = current_app.extensions["is_somebody_working"]
    with engine.connect() as connection:
        return Answered(backlog(connection), is_somebody_working(engine))


class Collector:
    """Everything that is measured, as prometheus_client writes it."""

    def collect(self) -> Iterator[Metric]:
        """The metrics of this moment."""
        for measured, series in metrics.everything():
            yield as_metric(measured, series)
        yield from of_this_machine()
        yield from of_database()


def as_metric(measured: metrics.Measured, series: metrics.Series) -> Metric:
    """A metric with those of its series that were declared, and `other` if it was ever needed."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    told = {labels: numbers for labels, numbers in series.items() if metrics.OTHER not in labels or any(numbers)}
    names = list(measured.labels)
    if isinstance(measured, Histogram):
        histogram = HistogramMetricFamily(measured.name, measured.about, labels=names)
        for labels, numbers in told.items():
            histogram.add_metric(list(labels), buckets(measured.bounds, numbers), numbers[-1])
        return histogram
    kind = CounterMetricFamily if isinstance(measured, Counter) else GaugeMetricFamily
    family = kind(measured.name, measured.about, labels=names)
    for labels, numbers in told.items():
        family.add_metric(list(labels), numbers[0])
    return family


def buckets(bounds: tuple[float, ...], numbers: list[float]) -> list[tuple[str, float]]:
    """How many took no longer than each bound."""
    found, so_far = [], 0.0
    for bound, number in zip([*map(str, bounds), "+Inf"], numbers, strict=False):
        so_far += number
        found.append((bound, so_far))
    return found


def of_this_machine() -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

    yield InfoMetricFamily(
        "profile_build",
        "What is running.",
        {"schema": revisions()[-1], "python": platform.python_version(), "database": db.engine.dialect.name},
    )
    if db.engine.dialect.name == "sqlite":
        usage = shutil.disk_usage(Path(str(db.engine.url.database)).resolve().parent)
        yield GaugeMetricFamily(
            "profile_disk_free_bytes", "Room that is left on the disk of the SQLite file.", usage.free
        )
        yield GaugeMetricFamily("profile_disk_size_bytes", "The size of that disk.", usage.total)


def of_database() -> Iterator[Metric]:
    """What the database answers, within two seconds; that it does not, if so."""
    from prometheus_client.core import GaugeMetricFamily

    found = probe.ask(db.engine)
    yield GaugeMetricFamily("profile_database_up", "1 if the database answers.", int(found is not None))
    if found is None:
        return
    due = GaugeMetricFamily("profile_work_due", "What the worker should have done by now.", labels=["work"])
    age = GaugeMetricFamily("profile_work_due_age_seconds", "How long the oldest of it has been due.", labels=["work"])
    for job, number in found.backlog.number.items():
        due.add_metric([job], number)
        age.add_metric([job], found.backlog.age[job])
    yield from (due, age)
    yield GaugeMetricFamily("profile_worker_up", "1 if a process works in the background.", int(found.works))
    yield GaugeMetricFamily(
        "profile_audit_unsealed_age_seconds",
        "The age of the oldest audit log entry of the last day that has no seal.",
        found.backlog.unsealed,
    )


probe: Probe[Answered] = Probe(look_at)
