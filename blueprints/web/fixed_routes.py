"""Requests of programs, without what Flask looks up for pages: the route of an address without variables, and a session."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request
from flask.ctx import RequestContext
from werkzeug.routing import MapAdapter, Rule

from blueprints.auth.access_control import MACHINE, access_of

# Flask answers OPTIONS by itself. GET and HEAD may show a page.
METHODS = frozenset({"POST"})


class App(Flask):
    """Flask, with a short way to the routes of programs. Hooks, views and error handlers are the same."""

    _routes: dict[tuple[str, str], Rule] | None = None

    def request_context(self, environ: dict[str, Any]) -> RequestContext:
        """The context of one request."""
        if self._routes is None:
            self._routes = self._fixed_routes()
        rule = self._routes.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        # Flask refuses malformed host names while it looks for the route.
        if rule is None or environ.get("HTTP_HOST") not in self.config["PROFILE"].hosts:
            return super().request_context(environ)
        request = self.request_class(environ)
        request.url_rule, request.view_args = rule, {}
        return RequestContext(self, environ, request, self.session_interface.make_null_session(self))

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Finds the route of a request, unless it is known."""
        return None if getattr(request, "url_rule", None) else super().create_url_adapter(request)

    def _fixed_routes(self) -> dict[tuple[str, str], Rule]:
        rules = (rule for rule in self.url_map.iter_rules() if not rule.arguments)
        return {
            (method, rule.rule): rule
            for rule in rules
            for method in METHODS & (rule.methods or METHODS)
            if access_of(self.view_functions[rule.endpoint]) == MACHINE
        }
