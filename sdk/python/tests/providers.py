"""A provider of language models on this machine, for clients of OpenAI's interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "parrot-2026-09"
USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


class Parrot:
    """Repeats the last message, in two pieces if it is streamed; fails on the word `fail`."""

    def __init__(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                messages = asked.get("messages") or [{"content": asked.get("input")}]
                said = messages[-1]["content"]
                if said == "fail":
                    self.answer(400, "application/json", json.dumps({"error": {"message": "I will not."}}).encode())
                elif self.path.endswith("/responses"):
                    self.answer(200, "application/json", json.dumps(response(said)).encode())
                elif asked.get("stream"):
                    lines = [f"data: {json.dumps(piece)}\n\n" for piece in pieces(said)]
                    self.answer(200, "text/event-stream", "".join([*lines, "data: [DONE]\n\n"]).encode())
                else:
                    self.answer(200, "application/json", json.dumps(completion(said)).encode())

            def answer(self, status: int, kind: str, content: bytes) -> None:
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def completion(said: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": said}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice], "usage": USAGE}


def pieces(said: str) -> Iterator[dict[str, Any]]:
    common = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
    half = len(said) // 2
    for part in (said[:half], said[half:]):
        yield {**common, "choices": [{"index": 0, "delta": {"content": part}, "finish_reason": None}]}
    yield {**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": USAGE}


def response(said: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": said, "annotations": []}
    output = [{"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": [part]}]
    usage = {
        "input_tokens": 7,
        "output_tokens": 2,
        "total_tokens": 9,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    common = {"id": "r", "object": "response", "created_at": 1, "model": MODEL, "status": "completed"}
    rest = {"output": output, "usage": usage, "parallel_tool_calls": False, "tool_choice": "auto", "tools": []}
    return {**common, **rest}
