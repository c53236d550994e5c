"""Servers for tests: the real binary, and a counterpart that writes down what it is sent."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BINARY = os.environ.get("CANDOR_BIN", "")


def eventually(what: str, true: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What `true` returns once it is so; the time only bounds how long a failure takes."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer := true():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds:g} s: {what}")


class Candor:
    """A real server over a data directory, which can be stopped, killed and started again on its port."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Candor:
        (self.data / "server.json").unlink(missing_ok=True)
        log = (self.data.parent / "server.log").open("ab")
        command = [BINARY, "serve", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen([*command, "--log", "warn"], stdout=log, stderr=log)
        log.close()
        told = eventually("the server listens", self._told)
        self.port = int(told["url"].rpartition(":")[2])
        return self

    def _told(self) -> Any:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError((self.data.parent / "server.log").read_text())
        try:
            told = json.loads((self.data / "server.json").read_text())
            urllib.request.urlopen(f"{told['url']}/health/ready", timeout=5).close()
        except (OSError, ValueError):
            return None
        return told

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def sql(self, statement: str) -> list[list[Any]]:
        """The answer's rows. A server that just started may ask for patience."""
        body = json.dumps({"sql": statement}).encode()
        request = urllib.request.Request(f"{self.url}/v1/sql", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["rows"]  # type: ignore[no-any-return]

    def one(self, statement: str) -> Any:
        return self.sql(statement)[0][0]


OBJECTS = ("input", "output", "derived", "segment", "attribution", "stochastic", "usage")


def events_of(content_type: str, body: bytes) -> list[dict[str, Any]]:
    """Events of a body, columns as the objects that they stand for."""
    if content_type == "application/x-ndjson":
        return [json.loads(line) for line in body.splitlines()]
    import pyarrow

    return [nested(row) for row in pyarrow.ipc.open_stream(body).read_all().to_pylist()]


def nested(row: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = {}
    for name, value in row.items():
        prefix, _, rest = name.partition("_")
        if prefix in OBJECTS and rest:
            field = prefix if prefix in ("stochastic", "usage", "derived") else f"{prefix}s"
            event.setdefault(field, {})[rest] = value
        else:
            event[name] = value
    return event


class Recorder:
    """Answers as it is told and remembers the bodies: what was sent, when, in which order."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], dict[str, Any]]] = []
        self.bodies: list[tuple[str, dict[str, str], bytes]] = []
        self.times: list[float] = []
        self.refused = 0
        self.busy = False
        """While it is, everything is refused, and not remembered; a POST to `/free` ends it."""
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                if self.path == "/free":
                    recorder.busy = False
                    self.answer(200, {}, {})
                    return
                if recorder.busy:
                    recorder.refused += 1
                    self.answer(503, {"Retry-After": "0"}, {"code": "busy"})
                    return
                recorder.times.append(time.monotonic())
                recorder.bodies.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                taken = {"accepted": len(events_of(self.headers["content-type"], body))}
                status, headers, said = recorder.answers.pop(0) if recorder.answers else (200, {}, taken)
                self.answer(status, headers, said)

            def answer(self, status: int, headers: dict[str, str], said: dict[str, Any]) -> None:
                content = json.dumps(said).encode()
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def events(self) -> list[dict[str, Any]]:
        """What was sent, whether as lines or as columns."""
        return [event for _, headers, body in self.bodies for event in events_of(headers["content-type"], body)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
