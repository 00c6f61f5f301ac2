"""Reporting: people side by side, and groups as a whole."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("reporting", __name__)

from blueprints.reporting import csv_files, reports  # noqa: E402, F401 (routes)
