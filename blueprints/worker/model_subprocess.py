"""Ask a language model once. A program of its own: the worker starts it for one question, and it ends with the answer.

It leans on nothing of ours and is given no key of this server and no database, and the library that it loads goes with it.
It reads two lines of JSON: how to ask, and then what; while it has no second line, nothing leaves. It writes two lines: that
it is ready (or why not), and what came of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.models import Model, ModelRequestParameters

MOST_MEMORY = 512 * 1024 * 1024
"""For an answer without end. The library and its answer take a fifth of it."""
MOST_TEXT = 100_000
Said = dict[str, Any]


def main() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    # Nothing that a library prints may pass for our answer.
    out, sys.stdout = sys.stdout, sys.stderr
    how = json.loads(sys.stdin.readline())
    try:
        model = prepared(how)
    except Exception as fault:  # noqa: BLE001 (libraries and their settings fail in many ways; all mean the same here)
        said: Said = {"failed": "not_ready", "detail": type(fault).__name__}
    else:
        print(json.dumps({"ready": True}), file=out, flush=True)
        if not (line := sys.stdin.readline()):
            return
        said = asyncio.run(asked(model, how, json.loads(line)))
    print(json.dumps(said), file=out, flush=True)


def prepared(how: Said) -> Model:
    """The model, certain to be where it was said to be, with everything loaded that asking it takes."""
    import pydantic_ai.direct  # noqa: F401
    from pydantic_ai.models import infer_model

    model = infer_model(how["model"], lambda name: provider(name, how["base_url"]))
    if how["host"] and urlsplit(model.base_url or "").netloc != how["host"]:
        raise ValueError("this model would be asked at another host than the account was told")
    # The process that started this one decides whether and when to ask again.
    client: Any = getattr(model, "client", None)
    if hasattr(client, "max_retries"):
        client.max_retries = 0
    return model


def provider(name: str, base_url: str) -> Any:
    if not base_url:
        from pydantic_ai.providers import infer_provider

        return infer_provider(name)
    from pydantic_ai.providers.openai import OpenAIProvider

    return OpenAIProvider(base_url=base_url, api_key=os.environ.get("OPENAI_API_KEY") or "none")


def form(model: Model, schema: Said) -> ModelRequestParameters:
    """The form as this kind of model takes it best: as the schema of its answer, or as a tool that it must call."""
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.output import OutputObjectDefinition
    from pydantic_ai.tools import ToolDefinition

    if model.profile.get("supports_json_schema_output"):
        as_answer = OutputObjectDefinition(json_schema=schema, name="debrief", strict=True)
        return ModelRequestParameters(output_mode="native", output_object=as_answer)
    as_tool = ToolDefinition(name="debrief", parameters_json_schema=schema, description="The debrief.", kind="output")
    return ModelRequestParameters(output_mode="tool", output_tools=[as_tool], allow_text_output=False)


async def asked(model: Model, how: Said, what: Said) -> Said:
    """One request and its answer; the time is for everything together, so that a drip cannot stretch it."""
    from pydantic_ai.direct import model_request
    from pydantic_ai.messages import ModelRequest, UserPromptPart

    said = ModelRequest(parts=[UserPromptPart(what["message"])], instructions=what["instructions"])
    parameters = form(model, what["schema"])
    try:
        async with asyncio.timeout(how["seconds"]):
            answer = await model_request(model, [said], model_settings=bounds(how), model_request_parameters=parameters)
    except Exception as fault:  # noqa: BLE001 (what went wrong, in one of a few words)
        return failure(fault)
    return {"answer": written(answer)[:MOST_TEXT], "tokens": [answer.usage.input_tokens, answer.usage.output_tokens]}


def bounds(how: Said) -> Any:
    """How much the model may write, in which time, and that the other side keeps nothing, where it can be told so."""
    given = {"max_tokens": how["tokens"], "timeout": how["seconds"]}
    # OpenAI's newer interface keeps for weeks what it was asked; servers that only speak like it may not know the word.
    return given | {"openai_store": False} if how["host"] == "api.openai.com" else given


def written(answer: ModelResponse) -> str:
    for part in answer.parts:
        if part.part_kind == "tool-call":
            return part.args_as_json_str()
    return "".join(part.content for part in answer.parts if part.part_kind == "text")


def failure(fault: Exception) -> Said:
    """What went wrong, as a word of `models.debriefs.request.WHY`. Nothing of what the other side said: it may repeat a key."""
    from pydantic_ai import exceptions as known

    status = getattr(fault, "status_code", None)
    detail = f"{type(fault).__name__} {status or ''}".strip()
    kinds: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
        ((TimeoutError, known.ModelTimeoutError, known.ModelRequestTimeout), "slow"),
        ((known.ModelConnectionError,), "unreachable"),
        ((known.ModelQuotaExceededError,), "refused"),
        ((known.ModelRateLimitError, known.ModelUnavailableError), "busy"),
        ((known.ModelServerError,), "faulty"),
        ((known.UserError,), "not_ready"),
    )
    word = next((word for kind, word in kinds if isinstance(fault, kind)), None)
    if word is None:
        word = "unusable" if status is None else "faulty" if status >= 500 else "refused"
    return {"failed": word, "detail": detail, "wait": getattr(fault, "retry_after", None)}


if __name__ == "__main__":
    main()
