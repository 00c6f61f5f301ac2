"""connections"""

from flask import Blueprint

bp = Blueprint("connections", __name__)
