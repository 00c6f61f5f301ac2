"""The product with pages that fail in each way in which a page can."""

from __future__ import annotations

import warnings
from threading import Thread

from flask import Flask

import app
from blueprints.auth.access_control import public


def create_app() -> Flask:
    """The app, for gunicorn."""
    product = app.create_app()
    for view in (crash, warn, end_thread):
        product.add_url_rule(f"/{view.__name__.replace('_', '-')}", view_func=public(view))
    return product


def crash() -> str:
    raise RuntimeError("of two\nlines")


def warn() -> str:
    warnings.warn("careful\nnow", RuntimeWarning, stacklevel=1)
    return "warned"


def end_thread() -> str:
    thread = Thread(target=crash)
    thread.start()
    thread.join()
    return "ended"
