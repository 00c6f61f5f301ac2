"""A made-up model for Claude Code: it wants one call, sends the person to the page that the answer names, and wants the call again."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

WITHIN = 60
ADDRESS = re.compile(r"http://[^\s\"\\]+/calls/[0-9a-f-]{36}")


class MadeUpModel(ThreadingHTTPServer):
    """Speaks as much of the Messages API as Claude Code needs for one call."""

    def __init__(self, tool: str, arguments: Mapping[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.tool, self.arguments = tool, arguments
        self.opened: Queue[str] = Queue()
        self.back: Queue[str] = Queue()
        self.failed: dict[str, bool] = {}
        """Whether each call failed, by its id. Claude Code sends results again with what it asks later."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def next_block(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What the model says to this conversation: one more call, or the end."""
        content = body["messages"][-1]["content"]
        results = [each for each in content if isinstance(each, dict) and each.get("type") == "tool_result"]
        if self.tool not in [tool["name"] for tool in body.get("tools", [])]:
            return {"type": "text", "text": "Nothing to do."}
        asked = None if self.failed else ADDRESS.search(json.dumps(results))
        self.failed |= {each["tool_use_id"]: bool(each.get("is_error")) for each in results}
        if asked:
            self.opened.put(asked.group())
            self.back.get(timeout=WITHIN)
        if asked or not self.failed:
            call = {"id": f"toolu_{len(self.failed)}", "name": self.tool, "input": dict(self.arguments)}
            return {"type": "tool_use", **call}
        return {"type": "text", "text": "Done."}


class Answering(BaseHTTPRequestHandler):
    """Answers one request with a stream of events."""

    server: MadeUpModel

    def log_message(self, *_given: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        block = self.server.next_block(body)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for kind, more in events(block, body["model"]):
            self.wfile.write(f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n".encode())
        self.close_connection = True


def events(block: dict[str, Any], model: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A message with this one block, as it is streamed."""
    calls = block["type"] == "tool_use"
    empty: dict[str, Any] = {"input": {}} if calls else {"text": ""}
    delta = (
        {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        if calls
        else {"type": "text_delta", "text": block["text"]}
    )
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
    ends = {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
    yield "message_start", {"message": message | ends}
    yield "content_block_start", {"index": 0, "content_block": block | empty}
    yield "content_block_delta", {"index": 0, "delta": delta}
    yield "content_block_stop", {"index": 0}
    reason = {"stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None}
    yield "message_delta", {"delta": reason, "usage": {"output_tokens": 1}}
    yield "message_stop", {}


@contextmanager
def made_up_model(tool: str, arguments: Mapping[str, Any]) -> Iterator[MadeUpModel]:
    """A model that wants this call, while this lasts."""
    model = MadeUpModel(tool, arguments)
    serving = threading.Thread(target=model.serve_forever, daemon=True)
    serving.start()
    try:
        yield model
    finally:
        model.shutdown()
        model.server_close()
        serving.join()
