"""oauth"""

from flask import Blueprint

bp = Blueprint("oauth", __name__)


def init_app(app, settings):
    app.register_blueprint(bp)
