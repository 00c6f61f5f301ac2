"""The shape of the code: which way the arrows point, and what every door must say."""

from __future__ import annotations

import ast
from pathlib import Path

from app import create_app
from blueprints.auth.access_control import MACHINE, PUBLIC, SIGNED_IN, access_of
from models.database.base import db
from models.permissions import Permission

ROOT = Path(__file__).parents[2]
MODELS = sorted((ROOT / "models").rglob("*.py"))
BLUEPRINTS = sorted((ROOT / "blueprints").rglob("*.py"))


def imports(path):
    """The modules that a file imports, by name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def named(path):
    return str(path.relative_to(ROOT))


def test_models_know_nothing_of_doors():
    assert [(named(path), module) for path in MODELS for module in imports(path) if is_a_door(path, module)] == []


def is_a_door(path, module):
    # The one exception hands the models their app.
    return module.startswith("blueprints") or (module == "flask" and path.name != "__init__.py")


def test_a_door_leans_on_models_and_on_the_site_but_not_on_other_doors():
    assert [(named(path), module) for path in BLUEPRINTS for module in imports(path) if is_another(path, module)] == []


def is_another(path, module):
    own = path.relative_to(ROOT / "blueprints").parts[0]
    top, _, door = module.partition(".")
    return top == "blueprints" and door.partition(".")[0] not in {"", own, "site"}


def test_hashing_happens_in_one_file():
    hashing = {named(path) for path in [*MODELS, *BLUEPRINTS] if {"hashlib", "hmac"} & set(imports(path))}
    # What is handed out to check an export elsewhere leans on nothing of ours.
    assert hashing == {"models/secrets.py", "models/audit/verify_audit.py"}


def test_there_are_no_rooms_without_a_subject():
    folders = {path.parent.name for path in [*MODELS, *BLUEPRINTS]} | {path.name for path in ROOT.iterdir()}
    assert not folders & {"services", "utils", "helpers", "managers", "common", "lib"}


def test_every_page_and_every_machine_door_says_who_may_open_it(app):
    for rule in app.url_map.iter_rules():
        access = access_of(app.view_functions[rule.endpoint])
        assert access in {PUBLIC, MACHINE, SIGNED_IN} or isinstance(access, Permission), (
            f"{rule.endpoint} ({rule.rule}) says nothing: put @public, @machine, @signed_in or @allowed(…) on it"
        )


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
            assert name in {"secret", "filename", "client_id"} or f"<uuid:{name}>" in rule.rule, (
                f"{rule.rule} takes any text"
            )
