"""The product with two tools more, for the conformance suite: it asks for them by name, and what it looks at is how any tool answers."""

from __future__ import annotations

from app import create_app
from blueprints.mcp.output_models import Answer
from blueprints.mcp.registry import tool
from models.errors import Invalid
from models.oauth.bearer import Bearer
from models.permissions import Permission
from models.scopes import ACCOUNT_READ

__all__ = ["create_app"]


@tool(needs=ACCOUNT_READ, may=Permission.SEE_ACCOUNT, title="Answer", reads=True)
def test_simple_text(bearer: Bearer) -> Answer:
    """Answer with what every answer has."""
    return Answer.of(bearer)


@tool(needs=ACCOUNT_READ, may=Permission.SEE_ACCOUNT, title="Fail", reads=True)
def test_error_handling(bearer: Bearer) -> Answer:
    """Refuse, as a verb of the models does."""
    raise Invalid("name", "This tool intentionally returns an error for testing.")
