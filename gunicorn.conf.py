"""How gunicorn serves Profile, here and on any platform: `gunicorn "app:create_app()"` reads this file by itself.

Without `--bind`, gunicorn listens on all addresses where a platform sets PORT, and on 127.0.0.1:8000 otherwise.
"""

import gc
import signal
import socket
import sys
from pathlib import Path
from typing import Any

# gunicorn reads this file before the project is importable.
sys.path.insert(0, str(Path(__file__).parent))

from config import Settings
from gunicorn_worker import BalancedWorker, QuietLogger, forget, leaving
from log_lines import for_process, log_what_python_says
from models.metrics import rows
from version import VERSION


def addresses(port: int) -> list[str]:
    """All addresses of this machine: by one socket for IPv4 and IPv6, by two where the system keeps them apart."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as trial:
            trial.bind(("::", 0))
            apart = trial.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    except OSError:
        return [f"0.0.0.0:{port}"]
    return [f"[::]:{port}", f"0.0.0.0:{port}"] if apart else [f"[::]:{port}"]


log_what_python_says()
settings = Settings.from_environ()
bind = addresses(settings.port) if settings.port else "127.0.0.1:8000"
worker_class = BalancedWorker
logger_class = QuietLogger
workers = settings.web_concurrency
threads = settings.threads
preload_app = True

# The C parser where it could be built (requirements.txt), else the one written in Python.
http_parser = "auto"
limit_request_line = 8190

# Longer than the idle time-outs of the usual proxies (60 s), so that they never send a request on a connection that is closing.
keepalive = 75
timeout = 30
graceful_timeout = 30

# Workers report that they live through a file: in memory, because a slow disk would look like a hung worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None

# No forwarded header decides anything here: addresses of pages come from PUBLIC_URL, and that of the client from TRUSTED_PROXIES.
forwarded_allow_ips = ""

# Requests are logged by the app, with a request id and without secrets. What gunicorn itself says is written alike.
accesslog = None
logconfig_dict = for_process(settings.log_format)

# The platform restarts and scales workers; a second door for that would only be one more to guard.
control_socket_disable = True


def when_ready(server: Any) -> None:
    """What every worker needs is made once and shared: the collector leaves it alone, and would otherwise give each a copy of its own."""
    from sqlalchemy.orm import configure_mappers  # a seventh of a process's own memory, and 50 ms that each would spend

    configure_mappers()
    server.log.info("Profile %s", VERSION)
    announce_set_up(server)
    warn_of_key(server)
    announce_connections(server)
    signal.signal(signal.SIGTERM, lambda number, frame: leave(server, number, frame))
    gc.freeze()


def announce_set_up(server: Any) -> None:
    """Say where the first account can be created: only those who read this log can."""
    from blueprints.accounts.set_up import address_to_announce

    if link := address_to_announce(server.app.wsgi()):
        server.log.info("There is no account yet. Create the first one at %s", link)


def pre_fork(_server: Any, worker: Any) -> None:
    """The master chooses where a worker counts, since it alone knows which place is free."""
    worker.row = rows.take()


def leave(server: Any, number: int, frame: Any) -> None:
    """Stop, after a time in which requests are still served and /readyz says that no more should come; a second signal stops now."""
    delay = int(settings.shutdown_delay.total_seconds())
    if leaving[0] or not delay:
        server.signal(number, frame)
    else:
        leaving[0] = 1
        signal.signal(signal.SIGALRM, lambda _number, frame: server.signal(signal.SIGTERM, frame))
        signal.alarm(delay)


def announce_connections(server: Any) -> None:
    """Say how many connections to PostgreSQL this machine may open: small plans have twenty."""
    if settings.database_url.startswith("postgresql"):
        separate = " and flask work" if settings.worker == "separate" else ""
        server.log.info(
            "Up to %s connections to PostgreSQL from this machine: %s web processes%s, DATABASE_CONNECTIONS=%s",
            *(settings.connections, settings.web_concurrency, separate, settings.database_connections),
        )


def warn_of_key(server: Any) -> None:
    """Say so if this is not the SECRET_KEY that the database knows."""
    from blueprints.commands.key_rotation import problem_of_keys

    if problem := problem_of_keys(server.app.wsgi()):
        server.log.warning(problem)


def post_fork(_server: Any, worker: Any) -> None:
    """A database connection that came through the fork would be shared by two processes: let go of it, each opens its own."""
    from blueprints.web.health import probe
    from blueprints.worker import Worker
    from models import metrics
    from models.database import db

    metrics.serve_from(worker.row)
    probe.leaving = lambda: bool(leaving[0])
    app = worker.app.wsgi()
    with app.app_context():
        db.engine.dispose(close=False)
    if app.config["PROFILE"].worker == "embedded":
        worker.embedded = Worker(app)
        worker.embedded.start()


def child_exit(_server: Any, worker: Any) -> None:
    """A worker has ended, in order or not."""
    forget(worker)
    rows.give_back(worker.row)


def worker_exit(_server: Any, worker: Any) -> None:
    """What the embedded worker has begun is finished before its process ends."""
    if embedded := getattr(worker, "embedded", None):
        embedded.stop()
