"""A callback for LangChain: each call of a language model is a prediction.

chain.invoke(question, config={"callbacks": [CandorCallbackHandler("assistant")]})
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from .block import Prediction
from .chat import CHANCE, _is_number, question

if TYPE_CHECKING:
    from .client import Client

UNDER_WAY_MAX = 10_000
"""Calls that are remembered until they end; of more the oldest are forgotten."""


class CandorCallbackHandler(BaseCallbackHandler):  # type: ignore[misc]
    """Records calls of language models, chat models or not, as predictions of `model`."""

    def __init__(self, model: str, version: str | None = None, client: Client | None = None, **fields: Any) -> None:
        if client is None:
            from . import default

            client = default
        self._client = client
        self._model = model
        self._version = version
        self._fields = fields
        self._lock = threading.Lock()
        self._under_way: OrderedDict[UUID, Prediction] = OrderedDict()

    def on_chat_model_start(self, serialized: Any, messages: list[list[Any]], *, run_id: UUID, **how: Any) -> None:
        """A chat model was asked."""
        self._begin(run_id, question(messages[0] if messages else None), how)

    def on_llm_start(self, serialized: Any, prompts: list[str], *, run_id: UUID, **how: Any) -> None:
        """A language model was asked."""
        self._begin(run_id, question(prompts[0] if prompts else None), how)

    def on_llm_end(self, response: Any, *, run_id: UUID, **how: Any) -> None:
        """It answered."""
        made = self._take(run_id)
        if made is None:
            return
        generation = response.generations[0][0]
        made.output(text=generation.text)
        message = getattr(generation, "message", None)
        usage = getattr(message, "usage_metadata", None) or {}
        told = getattr(message, "response_metadata", None) or response.llm_output or {}
        counts = {name: value for name, value in usage.items() if _is_number(value)}
        if counts:
            made.set(usage=counts)
        if finish := told.get("finish_reason"):
            made.output(finish_reason=str(finish))
        if self._version is None and (answered := told.get("model_name") or told.get("model")):
            made.set(version=str(answered))
        made.finish()

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **how: Any) -> None:
        """It did not answer."""
        made = self._take(run_id)
        if made is not None:
            made.failed(error)
            made.finish()

    def _begin(self, run_id: UUID, inputs: dict[str, Any], how: dict[str, Any]) -> None:
        made = Prediction(self._client, self._model, self._version, **self._fields)
        made.inputs(inputs).set(request_id=str(how.get("parent_run_id") or run_id))
        asked = how.get("invocation_params") or {}
        if chance := {name: asked[name] for name in CHANCE if _is_number(asked.get(name))}:
            made.set(stochastic=chance)
        with self._lock:
            self._under_way[run_id] = made
            if len(self._under_way) > UNDER_WAY_MAX:
                self._under_way.popitem(last=False)

    def _take(self, run_id: UUID) -> Prediction | None:
        with self._lock:
            return self._under_way.pop(run_id, None)
