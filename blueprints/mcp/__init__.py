"""mcp"""

from flask import Blueprint

bp = Blueprint("mcp", __name__)


def init_app(app, settings):
    app.register_blueprint(bp)
