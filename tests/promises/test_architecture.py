"""The shape of the code: which way the arrows point, and what every door must say."""

from __future__ import annotations

import pytest

from app import create_app
from blueprints.auth.access_control import MACHINE, PUBLIC, SIGNED_IN, access_of
from models.database.base import db
from models.permissions import Permission
from tests.promises.imports import ROOT, circles, imports_of, module_graph, source_files

MODELS, BLUEPRINTS = source_files("models"), source_files("blueprints")
# From below to above: a package imports those before it. docs/architecture.md draws it.
MODEL_LAYERS = """
    errors metrics tracing text strict_json secrets scopes permissions request_scope database audit rate_limits mail instruments accounts
    clients profiles connections approvals alarms identity oauth reports debriefs assessments undo audit_log privacy backlog dashboard
    server_key backup demo
"""
# What every blueprint may use, from below to above. Blueprints with pages of their own never import each other.
SHARED = ["auth", "web", "forms", "mail"]


def test_models_know_nothing_of_requests():
    assert not [
        f"{module} imports {name}"
        for module, path in MODELS.items()
        for name in imports_of(path)
        # The package itself hands the models their app.
        if name.startswith("blueprints") or (name.startswith("flask.") and module != "models")
    ]


def test_packages_of_models_import_only_those_below_them():
    layer = {name: place for place, name in enumerate(MODEL_LAYERS.split())}
    assert {module.split(".")[1] for module in MODELS if "." in module} == layer.keys()
    assert not [
        f"{module} imports {other}"
        for module, others in module_graph(MODELS).items()
        for other in others
        if "." in module and "." in other and layer[module.split(".")[1]] < layer[other.split(".")[1]]
    ]


def test_blueprints_import_what_is_shared_but_not_each_other():
    assert not [
        f"{module} imports {other}"
        for module, others in module_graph(BLUEPRINTS).items()
        for other in others
        if "." in other and not may_import(module.split(".")[1], other.split(".")[1])
    ]


def may_import(own, other):
    return other == own or other in (SHARED[: SHARED.index(own)] if own in SHARED else SHARED)


def test_no_file_imports_itself_through_others():
    # A blueprint's package imports its routes, which import its `bp`: Flask's own pattern, and the one circle that is meant.
    graph = module_graph(MODELS | BLUEPRINTS)
    packages = {module for module, path in BLUEPRINTS.items() if path.name == "__init__.py"}
    assert not circles({module: others - packages for module, others in graph.items()})


@pytest.mark.asvs("11.4.1")
def test_hashing_happens_in_one_file():
    files = MODELS | BLUEPRINTS
    hashing = {
        module for module, path in files.items() if any(name in {"hashlib", "hmac"} for name in imports_of(path))
    }
    # What is handed out to check an export elsewhere leans on nothing of ours.
    assert hashing == {"models.secrets", "models.audit.verify_audit"}


def test_there_are_no_rooms_without_a_subject():
    folders = {path.parent.name for path in (MODELS | BLUEPRINTS).values()} | {path.name for path in ROOT.iterdir()}
    assert not folders & {"services", "utils", "helpers", "managers", "common", "lib"}


@pytest.mark.asvs("8.2.1", "8.3.1")
def test_every_page_and_every_machine_door_says_who_may_open_it(app):
    for rule in app.url_map.iter_rules():
        access = access_of(app.view_functions[rule.endpoint])
        assert access in {PUBLIC, MACHINE, SIGNED_IN} or isinstance(access, Permission), (
            f"{rule.endpoint} ({rule.rule}) says nothing: put @public, @machine, @signed_in or @allowed(…) on it"
        )


@pytest.mark.asvs("8.2.1")
def test_a_route_that_says_nothing_opens_for_nobody(settings, alice, sign_in):
    app = create_app(settings)
    app.testing = True
    app.add_url_rule("/silent", view_func=lambda: "open", endpoint="silent")
    assert sign_in(app.test_client(), alice).get("/silent").status_code == 403
    with app.app_context():
        db.engine.dispose()


def test_addresses_are_lower_case_words_and_typed_ids(app):
    for rule in app.url_map.iter_rules():
        fixed = rule.rule.split("<")[0]
        assert fixed == fixed.lower()
        assert "_" not in fixed or fixed == "/device_authorization", rule.rule
        for name in rule.arguments:
            assert name in {"secret", "version", "filename", "client_id"} or f"<uuid:{name}>" in rule.rule, (
                f"{rule.rule} takes any text"
            )
