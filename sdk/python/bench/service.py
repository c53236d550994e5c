"""What recording costs a FastAPI service: processor time of its process for one request of 20 features.

    python bench/service.py [--server URL] [--requests N] [--rounds N]

Two services run side by side, one that records and one that does not, and take the same requests in turns, so
that whatever else the machine does meets both. Prints one JSON object: microseconds of processor time a request
(all threads of the service; what bounds its throughput), requests a second, and the part that recording takes.
Needs fastapi and uvicorn. Candor itself runs elsewhere: `--server`, or nobody, so that all goes to the spool.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

SOCKETS = 16
"""Requests under way at the same time, so that the service is always busy."""
SERVICE = """
import sys, time
import candor, fastapi, uvicorn
from pydantic import BaseModel, create_model

Row = create_model("Row", **{f"feature_{n:02d}": (float, ...) for n in range(20)})
app = fastapi.FastAPI()
recording = sys.argv[2] == "on"

@app.post("/score")
async def score(row: Row) -> dict[str, float]:
    values = dict(row)
    told = {"score": sum(values.values()) / 20}
    if recording:
        candor.log_prediction("service", values, told, version="1")
    return told

@app.get("/spent")
async def spent() -> float:
    return time.process_time()

uvicorn.run(app, port=int(sys.argv[1]), log_level="error", access_log=False)
"""


def start(recording: bool, server: str, spool: str) -> tuple[subprocess.Popen[bytes], int]:
    """A service and its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = int(listener.getsockname()[1])
    listener.close()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVICE, str(port), "on" if recording else "off"],
        env={**os.environ, "CANDOR_SERVER": server, "CANDOR_SPOOL": spool},
    )
    return process, port


def drive(port: int, requests: int) -> tuple[float, float]:
    """Microseconds of processor time and of time for a request, with as many under way as there are sockets."""
    row = json.dumps({f"feature_{n:02d}": n * 1.37 for n in range(20)})
    head = f"POST /score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(row)}"
    request = f"{head}\r\n\r\n{row}".encode()
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(SOCKETS)]
    before, begin = spent(port), time.perf_counter()
    for _ in range(requests // SOCKETS):
        for one in sockets:
            one.sendall(request)
        for one in sockets:
            answer = b""
            while not answer.endswith(b"}"):
                piece = one.recv(4096)
                if not piece:
                    raise SystemExit("the service closed a connection")
                answer += piece
    took = time.perf_counter() - begin
    # What is recorded is sent in the background: that belongs to the request.
    time.sleep(0.6)
    used = spent(port) - before
    for one in sockets:
        one.close()
    return used / requests * 1e6, took / requests * 1e6


def spent(port: int) -> float:
    """Seconds of processor time that the service has used."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/spent")
    told = float(json.load(connection.getresponse()))
    connection.close()
    return told


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--server", default="http://127.0.0.1:9")
    asked.add_argument("--requests", type=int, default=1500)
    asked.add_argument("--rounds", type=int, default=9)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as spool:
        services = {name: start(name == "on", options.server, spool) for name in ("off", "on")}
        try:
            measured = run(services, options.requests, options.rounds)
        finally:
            for process, _ in services.values():
                process.terminate()
            for process, _ in services.values():
                process.wait()
    print(json.dumps({"server": options.server, **measured}, indent=1))


def run(services: dict[str, tuple[subprocess.Popen[bytes], int]], requests: int, rounds: int) -> dict[str, Any]:
    """Medians over the rounds, and the median of the rounds' ratios."""
    for _, port in services.values():
        wait_for(port)
        drive(port, 200)
    spent: dict[str, list[tuple[float, float]]] = {"off": [], "on": []}
    for _ in range(rounds):
        for name, (_, port) in services.items():
            spent[name].append(drive(port, requests))
    answer: dict[str, Any] = {}
    for name, pairs in spent.items():
        answer[f"cpu_us_{name}"] = round(statistics.median(cpu for cpu, _ in pairs), 1)
        answer[f"requests_per_second_{name}"] = round(1e6 / statistics.median(wall for _, wall in pairs))
    ratios = [on[0] / off[0] for on, off in zip(spent["on"], spent["off"])]
    answer["cpu_added_percent"] = round((statistics.median(ratios) - 1) * 100, 1)
    walls = [on[1] / off[1] for on, off in zip(spent["on"], spent["off"])]
    answer["time_added_percent"] = round((statistics.median(walls) - 1) * 100, 1)
    return answer


def wait_for(port: int) -> None:
    """Until the service answers."""
    for _ in range(300):
        try:
            spent(port)
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the service does not start")


if __name__ == "__main__":
    main()
