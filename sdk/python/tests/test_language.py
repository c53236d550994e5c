"""Language models: clients of OpenAI's interface and LangChain, against a provider on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import servers
from providers import MODEL, Parrot

import candor


@pytest.fixture
def parrot() -> Iterator[Parrot]:
    made = Parrot()
    yield made
    made.close()


@pytest.fixture
def told(recorder: servers.Recorder) -> candor.Client:
    return candor.Client(candor.Settings(server=recorder.url, spool=""))


def events(client: candor.Client, recorder: servers.Recorder) -> list[dict[str, Any]]:
    assert client.flush(60)
    assert client.stats().errors == 0, client.stats().last_problem
    return recorder.events()


ASKED: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello you"}]


def test_an_openai_client(told: candor.Client, recorder: servers.Recorder, parrot: Parrot) -> None:
    openai = pytest.importorskip("openai")
    llm = told.watch(openai.OpenAI(base_url=parrot.url, api_key="none", max_retries=0), "assistant")
    answer = llm.chat.completions.create(model="parrot", messages=ASKED, temperature=0.5, seed=3)
    assert answer.choices[0].message.content == "Hello you"
    assert llm.responses.create(model="parrot", input="Hi").output_text == "Hi"
    with pytest.raises(openai.BadRequestError):
        llm.with_options(timeout=5).chat.completions.create(
            model="parrot", messages=[{"role": "user", "content": "fail"}]
        )
    first, second, third = events(told, recorder)
    assert first["inputs"] == {"prompt": "Hello you", "system": "Be brief.", "messages": 2}
    assert first["outputs"] == {"text": "Hello you", "finish_reason": "stop"}
    assert (first["version"], first["stochastic"]) == (MODEL, {"temperature": 0.5, "seed": 3})
    assert first["usage"] == {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    assert second["outputs"]["text"] == "Hi" and second["usage"]["input_tokens"] == 7
    assert (third["status"], third["error"]["type"], third["version"]) == ("error", "BadRequestError", "parrot")


FAILS: list[Any] = [{"role": "user", "content": "fail"}]


@pytest.mark.parametrize("whole", [True, False])
def test_a_stream(told: candor.Client, recorder: servers.Recorder, parrot: Parrot, whole: bool) -> None:
    openai = pytest.importorskip("openai")
    llm = told.watch(openai.OpenAI(base_url=parrot.url, api_key="none"), "assistant", version="7")
    stream = llm.chat.completions.create(model="parrot", messages=ASKED, stream=True)
    with stream:
        for piece in stream:
            if not whole:
                assert piece.choices[0].delta.content == "Hell"
                break
    (event,) = events(told, recorder)
    assert event["version"] == "7"
    assert event["outputs"]["text"] == ("Hello you" if whole else "Hell")
    assert ("usage" in event) == whole


def test_an_asynchronous_client(told: candor.Client, recorder: servers.Recorder, parrot: Parrot) -> None:
    openai = pytest.importorskip("openai")

    async def ask() -> str:
        async with told.watch(openai.AsyncOpenAI(base_url=parrot.url, api_key="none"), "assistant") as llm:
            answer = await llm.chat.completions.create(model="parrot", messages=ASKED)
            stream = await llm.chat.completions.create(model="parrot", messages=ASKED, stream=True)
            pieces = [piece.choices[0].delta.content or "" async for piece in stream]
            with pytest.raises(openai.BadRequestError):
                await llm.chat.completions.create(model="parrot", messages=FAILS)
            return str(answer.choices[0].message.content + "".join(pieces))

    assert asyncio.run(ask()) == "Hello you" * 2
    told_of = [event.get("outputs", {}).get("text") for event in events(told, recorder)]
    assert told_of == ["Hello you", "Hello you", None]


def test_langchain(told: candor.Client, recorder: servers.Recorder) -> None:
    pytest.importorskip("langchain_core")
    from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
    from langchain_core.prompts import ChatPromptTemplate

    from candor.langchain import CandorCallbackHandler

    said = AIMessage(
        "Blue.",
        usage_metadata={"input_tokens": 5, "output_tokens": 1, "total_tokens": 6},
        response_metadata={"model_name": "fake-1", "finish_reason": "stop"},
    )
    how = {"callbacks": [CandorCallbackHandler("assistant", client=told)]}
    model = FakeMessagesListChatModel(responses=[said])
    chain = ChatPromptTemplate.from_messages([("system", "Be brief."), ("user", "{question}")]) | model
    assert chain.invoke({"question": "What colour is the sky?"}, config=how).content == "Blue."
    asyncio.run(model.ainvoke([SystemMessage("S"), HumanMessage("Q")], config=how))
    assert "".join(str(piece.content) for piece in model.stream("Again?", config=how)) == "Blue."
    first, second, third = events(told, recorder)
    assert first["inputs"] == {"prompt": "What colour is the sky?", "system": "Be brief.", "messages": 2}
    assert first["outputs"] == {"text": "Blue.", "finish_reason": "stop"}
    assert (first["version"], first["usage"]["total_tokens"]) == ("fake-1", 6)
    assert second["inputs"]["prompt"] == "Q" and third["inputs"]["prompt"] == "Again?"


def test_langchain_when_the_model_fails(told: candor.Client, recorder: servers.Recorder) -> None:
    pytest.importorskip("langchain_core")
    from langchain_core.language_models.fake import FakeListLLM

    from candor.langchain import CandorCallbackHandler

    class Failing(FakeListLLM):
        def _call(self, *args: Any, **kwargs: Any) -> str:
            raise RuntimeError("no")

    how = {"callbacks": [CandorCallbackHandler("assistant", client=told)]}
    with pytest.raises(RuntimeError):
        Failing(responses=[]).invoke("Q", config=how)
    assert FakeListLLM(responses=["A"]).invoke("Q", config=how) == "A"
    failed, answered = events(told, recorder)
    assert (failed["status"], failed["error"]) == ("error", {"type": "RuntimeError", "message": "no"})
    assert (answered["inputs"]["prompt"], answered["outputs"]) == ("Q", {"text": "A"})
