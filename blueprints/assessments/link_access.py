"""Resolves a link to its visit, or to a page that explains why it leads nowhere."""

from __future__ import annotations

from flask import current_app, render_template, request, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from blueprints.web import errors
from models.assessments import KEPT_OPEN, Link, Opens, Sitting, Visit, VisitState
from models.database import enter_account
from models.errors import NotFound
from models.request_scope import current_scope
from models.secrets import same

Page = str | Response | tuple[str, int]

UNKNOWN = (
    lazy_gettext("This link isn't valid"),
    lazy_gettext("Check that you copied the whole link, or ask the person who sent it for a new one."),
)
DELETED = (
    lazy_gettext("This link no longer works"),
    lazy_gettext(
        "The answers that it opened were deleted or are no longer available. To answer, open the link that you got first."
    ),
)
COOKIE = "profile-sitting"


class NowhereToGo(NotFound):
    """The link is unknown, or what it led to was deleted."""

    def __init__(self, link: Link | None = None) -> None:
        super().__init__("This link is not valid.")
        self.page = DELETED if link and link.opens == Opens.SITTING else UNKNOWN


def visit_by(secret: str) -> Visit:
    """Resolve a link and enter its account. Raises `NowhereToGo`."""
    link = Link.read(secret)
    if link is None:
        raise NowhereToGo
    enter_account(link.account_id)
    # Answering is anonymous: people were promised that only scores are stored, not their network or browser.
    current_scope().hide_origin()
    try:
        return Visit.by(link)
    except NotFound:
        raise NowhereToGo(link) from None


def sitting_of(visit: Visit) -> Sitting | None:
    """The sitting that the person can answer now; None if there is none."""
    return visit.sitting if visit.state == VisitState.ANSWERING else None


def start_page_url(visit: Visit) -> str:
    """The start page of the link, which shows its state."""
    return url_for("assessments.door", secret=visit.link.secret)


def entry_page_url(visit: Visit) -> str:
    """The page of the invitation, which still says what happened when the sitting is deleted."""
    link = visit.invitation.link if visit.invitation else visit.link
    return url_for("assessments.door", secret=link.secret)


def remember_sitting(response: Response, sitting: Sitting) -> Response:
    """Let this browser come back to the sitting by the link of the invitation, which shows no answers to other browsers."""
    if sitting.invitation_id:
        response.set_cookie(
            cookie_name(),
            sitting.link.secret,
            path=url_for("assessments.door", secret=as_used(sitting.entry_link)),
            max_age=KEPT_OPEN,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return response


def cookie_name() -> str:
    """The cookie's name, which another host cannot set under https. It is for one link alone, which `__Host-` does not allow."""
    return f"__Secure-{COOKIE}" if current_app.config["SESSION_COOKIE_SECURE"] else COOKIE


def remembered_sitting(visit: Visit) -> str | None:
    """Where the sitting of this invitation continues, if this browser has opened it before."""
    sitting = visit.sitting if visit.state in {VisitState.ASKED, VisitState.STARTED} else None
    # One from before the name had its prefix still counts, or its person would have to start again.
    kept = request.cookies.get(cookie_name()) or request.cookies.get(COOKIE, "")
    if sitting is None or not any(same(kept, secret) for secret in sitting.link.secrets()):
        return None
    return url_for("assessments.door", secret=sitting.link.secret)


def as_used(link: Link) -> str:
    """The secret of this link, as the person has it, who may have got it before the server's key changed."""
    used = str((request.view_args or {}).get("secret", ""))
    return used if Link.read(used) == link else link.secret


def unknown_link_page(problem: NowhereToGo) -> tuple[str, int]:
    return errors.page(404, *problem.page)


def ended_page(visit: Visit) -> tuple[str, int]:
    """The page that explains why the link cannot be used."""
    return render_template("assessments/ended.html", visit=visit, why=visit.state), 410
