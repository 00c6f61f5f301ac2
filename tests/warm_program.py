"""The program that asks models, once it has asked: imported by the process that `tests/forked_program.py` forks from, where everything
that the library loads late is then there already."""

from __future__ import annotations

import asyncio
import runpy
from importlib import import_module
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "blueprints" / "worker" / "model_subprocess.py"
# Nobody listens there: the question fails at once.
NOBODY = {"model": "openai-chat:none", "base_url": "http://127.0.0.1:9/v1", "host": "", "seconds": 5, "tokens": 500}
QUESTION = {"instructions": "", "message": "", "schema": {"type": "object", "properties": {}}}

# The other providers, as far as tests see whether they are ready.
for library in ("openai.resources.responses", "pydantic_ai.models.anthropic", "pydantic_ai.providers.anthropic"):
    import_module(library)
program = runpy.run_path(str(PROGRAM))
asyncio.run(program["asked"](program["prepared"](NOBODY), NOBODY, QUESTION))
