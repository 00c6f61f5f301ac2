"""Whether this server is healthy: for load balancers and bin/start."""

from __future__ import annotations

from flask import jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from blueprints.auth.access_control import machine
from blueprints.web import bp
from models.database import db


@bp.get("/healthz")
@machine
def health() -> tuple[Response, int]:
    """200 while the database answers, else 503; no details for strangers."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(status="database unavailable"), 503
    return jsonify(status="ok"), 200
