"""Blocks and decorated functions: what they record, and that they behave as if they did not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
import servers

import candor


@pytest.fixture
def told(recorder: servers.Recorder) -> candor.Client:
    return candor.Client(candor.Settings(server=recorder.url, spool=""))


def events(client: candor.Client, recorder: servers.Recorder) -> list[dict[str, object]]:
    assert client.flush(60)
    return recorder.events()


def test_a_block(told: candor.Client, recorder: servers.Recorder) -> None:
    row = {"age": 41}
    with told.prediction("loan", version="12", subject="s-1") as p:
        p.inputs(row, channel="web").segments(region="north")
        with p.stage("features"):
            pass
        assert told.current() is p
        p.output(score=0.3, cls="good")
    row["age"] = 0
    (event,) = events(told, recorder)
    assert event["id"] == p.id and event["version"] == "12" and event["subject"] == "s-1"
    assert event["inputs"] == {"age": 41, "channel": "web"}
    assert event["outputs"] == {"score": 0.3, "class": "good"}
    assert event["segments"] == {"region": "north"}
    (stage,) = event["stages"]  # type: ignore[misc]
    assert (stage["name"], stage["status"]) == ("features", "ok")
    assert event["latency_ms"] >= stage["duration_ms"]  # type: ignore[operator]


def test_a_block_that_fails_or_says_nothing(told: candor.Client, recorder: servers.Recorder) -> None:
    with pytest.raises(KeyError), told.prediction("loan") as p:
        p.inputs({"age": 1})
        raise KeyError("age_band")
    with told.prediction("loan"):
        pass
    with told.prediction("loan") as p:
        p.inputs({"age": 2})
        p.skip()
    told.current().inputs({"age": 3})
    (event,) = events(told, recorder)
    assert (event["status"], event["error"]) == ("error", {"type": "KeyError", "message": "'age_band'"})


@dataclass
class Applicant:
    age: int
    city: str


def test_functions_of_every_kind(told: candor.Client, recorder: servers.Recorder) -> None:
    class Model:
        @told.observe("loan", version="1", output="score")
        def predict(self, age: int, income: float = 10.0) -> float:
            """Doc."""
            return age / 100

    @told.observe("loan")
    def of_object(applicant: Applicant) -> dict[str, float]:
        return {"score": 0.5}

    @told.observe("loan")
    async def later(row: dict[str, int]) -> str:
        await asyncio.sleep(0)
        assert told.current().model == "loan"
        return "good"

    @told.observe("chat")
    def streamed(prompt: str) -> Iterator[str]:
        yield from ("a", "b")

    @told.observe("chat")
    async def streamed_later(prompt: str) -> AsyncIterator[str]:
        yield "c"
        yield "d"

    async def collect() -> list[str]:
        assert await later({"age": 5}) == "good"
        return [piece async for piece in streamed_later("q")]

    assert Model().predict(41, income=2.0) == 0.41
    assert Model.predict.__doc__ == "Doc."
    assert of_object(Applicant(3, "Ulm")) == {"score": 0.5}
    assert list(streamed("p")) == ["a", "b"]
    assert asyncio.run(collect()) == ["c", "d"]
    told_of = [(event["inputs"], event["outputs"]) for event in events(told, recorder)]
    assert told_of == [
        ({"age": 41, "income": 2.0}, {"score": 0.41}),
        ({"age": 3, "city": "Ulm"}, {"score": 0.5}),
        ({"prompt": "p"}, {"text": "ab"}),
        ({"age": 5}, {"class": "good"}),
        ({"prompt": "q"}, {"text": "cd"}),
    ]


def test_a_stream_that_is_left_early_is_recorded_as_far_as_it_went(
    told: candor.Client, recorder: servers.Recorder
) -> None:
    @told.observe("chat")
    def streamed(prompt: str) -> Iterator[str]:
        yield "a"
        yield "b"

    stream = streamed("p")
    assert next(stream) == "a"
    stream.close()  # type: ignore[attr-defined]
    (event,) = events(told, recorder)
    assert event["outputs"] == {"text": "a"} and "error" not in event


def test_tasks_at_the_same_time_do_not_mix(told: candor.Client, recorder: servers.Recorder) -> None:
    async def one(n: int) -> None:
        async with told.prediction("loan") as p:
            p.inputs(n=n)
            await asyncio.sleep(0.001 * (n % 3))
            told.current().output(value=n * 2)

    async def all_of_them() -> bool:
        await asyncio.gather(*(one(n) for n in range(20)))
        return await told.aflush(60)

    assert asyncio.run(all_of_them())
    seen = sorted((event["inputs"]["n"], event["outputs"]["value"]) for event in recorder.events())
    assert seen == [(n, n * 2) for n in range(20)]


def test_a_function_behaves_the_same_when_recording_fails(told: candor.Client) -> None:
    class Hostile(dict):  # type: ignore[type-arg]
        def keys(self) -> None:  # type: ignore[override]
            raise RuntimeError("no")

    @told.observe("loan")
    def predict(row: object) -> object:
        return Hostile(a=1)

    assert predict(Hostile(a=1)) == {"a": 1}
    assert told.flush(60)
