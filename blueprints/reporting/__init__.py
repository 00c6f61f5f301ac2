"""Reporting: people side by side, groups as a whole, and saved teams."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("reporting", __name__)

from blueprints.reporting import csv_files, reports, teams  # noqa: E402, F401 (routes)
