"""The middleware in a FastAPI application."""

from __future__ import annotations

import pytest
import servers

import candor

fastapi = pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from fastapi.testclient import TestClient  # noqa: E402
from pydantic import BaseModel  # noqa: E402


class Applicant(BaseModel):
    age: int
    purpose: str = "car"


def application(client: candor.Client) -> TestClient:
    app = fastapi.FastAPI()
    app.add_middleware(candor.CandorMiddleware, model="loan", version="12", client=client)

    @app.post("/score")
    def score(row: Applicant) -> dict[str, float]:
        client.current().inputs(row).segments(region="north")
        if row.age < 0:
            raise ValueError("nobody is that young")
        client.current().output(score=row.age / 100)
        return {"score": row.age / 100}

    @app.post("/later")
    async def later(row: Applicant) -> dict[str, float]:
        client.current().inputs(row).output(score=0.5)
        return {"score": 0.5}

    @app.get("/busy")
    def busy() -> None:
        client.current().inputs(age=1)
        raise fastapi.HTTPException(503)

    @app.get("/health")
    def health() -> str:
        return "ok"

    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def told(recorder: servers.Recorder) -> candor.Client:
    return candor.Client(candor.Settings(server=recorder.url, spool=""))


def test_a_request_is_a_prediction(told: candor.Client, recorder: servers.Recorder) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    web = application(told)
    answer = web.post("/score", json={"age": 41}, headers={"traceparent": trace, "x-request-id": "r-1"})
    assert answer.json() == {"score": 0.41}
    assert web.post("/later", json={"age": 30}).status_code == 200
    assert "x-candor-prediction-id" not in web.get("/health").headers
    assert web.post("/score", json={"age": "no number"}).status_code == 422
    assert told.flush(60)
    first, second = recorder.events()
    assert first["id"] == answer.headers["x-candor-prediction-id"]
    assert (first["model"], first["version"], first["request_id"]) == ("loan", "12", "r-1")
    assert (first["trace_id"], first["span_id"]) == ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
    assert first["inputs"] == {"age": 41, "purpose": "car"} and first["outputs"] == {"score": 0.41}
    assert first["segments"] == {"region": "north"} and first["latency_ms"] > 0
    assert second["inputs"]["age"] == 30


def test_failures_are_recorded_as_such(told: candor.Client, recorder: servers.Recorder) -> None:
    web = application(told)
    assert web.post("/score", json={"age": -1}).status_code == 500
    assert web.get("/busy").status_code == 503
    assert told.flush(60)
    raised, refused = recorder.events()
    assert (raised["status"], raised["error"]["type"]) == ("error", "ValueError")
    assert refused["error"] == {"type": "http", "message": "answered 503"}


def test_requests_at_the_same_time_do_not_mix(told: candor.Client, recorder: servers.Recorder) -> None:
    from concurrent.futures import ThreadPoolExecutor

    web = application(told)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda age: web.post("/score", json={"age": age}), range(40)))
    assert told.flush(60)
    seen = sorted((event["inputs"]["age"], event["outputs"]["score"]) for event in recorder.events())
    assert seen == [(age, age / 100) for age in range(40)]
