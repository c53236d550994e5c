"""OpenAI-compatible clients that record what they are asked and what they answer.

Known by its shape, `client.chat.completions.create` and `client.responses.create`, so that any client of
that interface is watched, synchronous or not, streaming or not. The answer reaches the caller unchanged.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .block import Prediction

if TYPE_CHECKING:
    from .client import Client

RECORDED = (("chat", "completions", "create"), ("chat", "completions", "parse"), ("responses", "create"))
"""Methods whose calls are recorded, by their way from the client."""
COPIES = ("with_options", "copy")
"""Methods that return a client, which is watched too."""
CHANCE = ("temperature", "top_p", "seed", "max_tokens", "max_completion_tokens", "max_output_tokens")
"""Arguments that say how an answer is drawn."""


def is_client(model: Any) -> bool:
    """Whether `model` is such a client."""
    completions = getattr(getattr(model, "chat", None), "completions", None)
    return callable(getattr(completions, "create", None))


class Chat:
    """A client, or a part on the way to its methods, that behaves as the one it holds."""

    def __init__(
        self,
        client: Client,
        held: Any,
        name: str,
        version: str | None,
        fields: Mapping[str, Any],
        way: tuple[str, ...] = (),
    ) -> None:
        self.__wrapped__ = held
        self._told = (client, name, version, fields)
        self._way = way

    def __getattr__(self, attribute: str) -> Any:
        client, name, version, fields = self._told
        value = getattr(self.__wrapped__, attribute)
        way = (*self._way, attribute)
        if way in RECORDED:
            return self._recorded(value)
        if not self._way and attribute in COPIES:
            return lambda *args, **kwargs: Chat(client, value(*args, **kwargs), name, version, fields)
        if any(known[: len(way)] == way for known in RECORDED):
            return Chat(client, value, name, version, fields, way)
        return value

    def __enter__(self) -> Chat:
        self.__wrapped__.__enter__()
        return self

    def __exit__(self, *how: Any) -> Any:
        return self.__wrapped__.__exit__(*how)

    async def __aenter__(self) -> Chat:
        await self.__wrapped__.__aenter__()
        return self

    async def __aexit__(self, *how: Any) -> Any:
        return await self.__wrapped__.__aexit__(*how)

    def _recorded(self, method: Any) -> Any:
        client, name, version, fields = self._told

        def recorded(*args: Any, **kwargs: Any) -> Any:
            made = Prediction(client, name, version, **fields)
            notes = Notes(client, made, version)
            notes.asked(kwargs)
            try:
                answer = method(*args, **kwargs)
            except Exception as error:
                notes.failed(error)
                raise
            if inspect.isawaitable(answer):
                return _later(notes, answer)
            return notes.of(answer)

        return recorded


async def _later(notes: Notes, answer: Any) -> Any:
    try:
        answer = await answer
    except Exception as error:
        notes.failed(error)
        raise
    return notes.of(answer)


class Notes:
    """What is noted of one call. Nothing here raises."""

    def __init__(self, client: Client, made: Prediction, version: str | None) -> None:
        self._client = client
        self._made = made
        self._version = version
        self._text: list[str] = []

    def asked(self, arguments: Mapping[str, Any]) -> None:
        """Notes the question."""
        try:
            messages = arguments.get("messages", arguments.get("input"))
            self._made.inputs(question(messages, arguments.get("instructions")))
            if tools := arguments.get("tools"):
                self._made.inputs(tools=len(tools))
            chance = {name: arguments[name] for name in CHANCE if _is_number(arguments.get(name))}
            self._made.set(version=self._version or _text(arguments.get("model")), stochastic=chance or None)
        except Exception as error:
            self._client.complaints.mistake("watch", error)

    def failed(self, error: BaseException) -> None:
        """Notes that there was no answer."""
        self._made.failed(error)
        self._made.finish()

    def of(self, answer: Any) -> Any:
        """Notes the answer; returns it, or a stream that notes its pieces as they are read."""
        if hasattr(answer, "__aiter__") or hasattr(answer, "__next__"):
            return Stream(self, answer)
        self._answered(answer)
        self._made.finish()
        return answer

    def piece(self, chunk: Any) -> None:
        """Notes a piece of a stream."""
        try:
            if getattr(chunk, "choices", None):
                delta = chunk.choices[0].delta
                self._text.append(getattr(delta, "content", None) or "")
                if chunk.choices[0].finish_reason:
                    self._made.output(finish_reason=chunk.choices[0].finish_reason)
            elif getattr(chunk, "type", None) == "response.output_text.delta":
                self._text.append(chunk.delta)
            # The last piece of a stream of responses holds the whole response.
            self._numbers(getattr(chunk, "response", chunk))
        except Exception as error:
            self._client.complaints.mistake("watch", error)

    def ended(self) -> None:
        """The stream is over, or was left."""
        self._made.output(text="".join(self._text))
        self._made.finish()

    def _answered(self, answer: Any) -> None:
        try:
            if getattr(answer, "choices", None):
                choice = answer.choices[0]
                self._made.output(text=choice.message.content or "", finish_reason=choice.finish_reason)
                if calls := getattr(choice.message, "tool_calls", None):
                    self._made.output(tool_calls=",".join(_tool(call) for call in calls))
            elif hasattr(answer, "output_text"):
                self._made.output(text=answer.output_text, finish_reason=_text(getattr(answer, "status", None)))
            self._numbers(answer)
        except Exception as error:
            self._client.complaints.mistake("watch", error)

    def _numbers(self, answer: Any) -> None:
        """Tokens, and which version of the provider's model answered."""
        answered = _text(getattr(answer, "model", None))
        if self._version is None and answered:
            self._made.set(version=answered)
        usage = getattr(answer, "usage", None)
        names = ("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens")
        counts = {name: getattr(usage, name) for name in names if _is_number(getattr(usage, name, None))}
        if counts:
            self._made.set(usage=counts)


class Stream:
    """A stream of pieces that behaves as the one it holds."""

    def __init__(self, notes: Notes, held: Any) -> None:
        self.__wrapped__ = held
        self._notes = notes

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)

    def __iter__(self) -> Iterator[Any]:
        try:
            for chunk in self.__wrapped__:
                self._notes.piece(chunk)
                yield chunk
        except Exception as error:
            self._notes._made.failed(error)
            raise
        finally:
            self._notes.ended()

    async def __aiter__(self) -> AsyncIterator[Any]:
        try:
            async for chunk in self.__wrapped__:
                self._notes.piece(chunk)
                yield chunk
        except Exception as error:
            self._notes._made.failed(error)
            raise
        finally:
            self._notes.ended()

    def __next__(self) -> Any:
        try:
            chunk = next(self.__wrapped__)
        except StopIteration:
            self._notes.ended()
            raise
        except Exception as error:
            self._notes.failed(error)
            raise
        self._notes.piece(chunk)
        return chunk

    def __enter__(self) -> Stream:
        self.__wrapped__.__enter__()
        return self

    def __exit__(self, *how: Any) -> Any:
        self._notes.ended()
        return self.__wrapped__.__exit__(*how)

    async def __aenter__(self) -> Stream:
        await self.__wrapped__.__aenter__()
        return self

    async def __aexit__(self, *how: Any) -> Any:
        self._notes.ended()
        return await self.__wrapped__.__aexit__(*how)


def question(messages: Any, instructions: Any = None) -> dict[str, Any]:
    """A conversation as inputs: the latest question, the instructions, and how many messages there are."""
    if isinstance(messages, str) or messages is None:
        return {"prompt": messages, "system": _text(instructions), "messages": 1 if messages else 0}
    spoken = [(_part(message, "role"), _content(_part(message, "content"))) for message in messages]
    asked = [text for role, text in spoken if role in ("user", "human")]
    system = [text for role, text in spoken if role in ("system", "developer")]
    return {
        "prompt": asked[-1] if asked else None,
        "system": "\n".join(system) or _text(instructions),
        "messages": len(spoken),
    }


def _part(message: Any, name: str) -> Any:
    if isinstance(message, Mapping):
        return message.get(name)
    # LangChain calls the role of a message its type.
    return getattr(message, name, None) or getattr(message, "type", None)


def _content(content: Any) -> str:
    """The text of a message whose content is text or a list of parts; other parts by their type."""
    if isinstance(content, str) or content is None:
        return content or ""
    parts = []
    for part in content:
        text = part if isinstance(part, str) else _part(part, "text")
        parts.append(text if isinstance(text, str) else f"[{_part(part, 'type')}]")
    return "\n".join(parts)


def _tool(call: Any) -> str:
    return str(getattr(getattr(call, "function", None), "name", "?"))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
