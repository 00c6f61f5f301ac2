"""The pages for a person who answers: welcome, questions, result. They need no sign-in: the link identifies them."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from blueprints.auth.sessions import anonymous_for_request

bp = Blueprint("assessments", __name__)


@bp.before_request
def forget_who_is_signed_in() -> None:
    # A Manager who opens a person's link sees what that person sees. Nothing is recorded under the Manager's name.
    anonymous_for_request()


@bp.after_request
def keep_out_of_indexes(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


from blueprints.assessments import completion, questions, removal, start  # noqa: E402, F401 (routes)
