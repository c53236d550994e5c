"""A decorator that records the calls of a function: any function, coroutine or generator."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .block import Prediction

if TYPE_CHECKING:
    from .client import Client

F = TypeVar("F", bound=Callable[..., Any])


def observe(
    client: Client,
    model: str,
    *,
    version: str | None = None,
    output: str | None = None,
    ignore: tuple[str, ...] = ("self", "cls"),
    **fields: Any,
) -> Callable[[F], F]:
    """Records each call of the decorated function as a prediction of `model`.

    The arguments are its inputs by their names; a single argument that is a mapping or an object of named
    values is the inputs themselves. What it returns are its outputs: a mapping is taken as it is, a single
    answer is named `output`, or by its type. A generator's pieces of text are joined. Arguments named in
    `ignore` are left out. The function behaves as before, whatever becomes of the record.
    """

    def decorate(function: F) -> F:
        read = _reader(function, ignore)

        def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Prediction:
            made = Prediction(client, model, version, **fields)
            try:
                made.inputs(read(args, kwargs))
            except Exception as error:
                client.complaints.mistake("observe", error)
            return made

        def end(made: Prediction, answer: Any) -> None:
            made.output(_named(answer, output))

        return cast(F, functools.wraps(function)(_wrapper(function, begin, end)))

    return decorate


Begin = Callable[[tuple[Any, ...], "dict[str, Any]"], Prediction]
End = Callable[[Prediction, Any], None]


def _wrapper(function: Callable[..., Any], begin: Begin, end: End) -> Callable[..., Any]:
    """The function with a record around it, of the same kind as the function."""
    if inspect.isasyncgenfunction(function):

        async def pieces_later(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            with begin(args, kwargs) as made:
                pieces = []
                try:
                    async for piece in function(*args, **kwargs):
                        pieces.append(piece)
                        yield piece
                finally:
                    end(made, _joined(pieces))

        return pieces_later
    if inspect.isgeneratorfunction(function):

        def pieces_now(*args: Any, **kwargs: Any) -> Iterator[Any]:
            with begin(args, kwargs) as made:
                pieces = []
                try:
                    for piece in function(*args, **kwargs):
                        pieces.append(piece)
                        yield piece
                finally:
                    end(made, _joined(pieces))

        return pieces_now
    if inspect.iscoroutinefunction(function):

        async def later(*args: Any, **kwargs: Any) -> Any:
            with begin(args, kwargs) as made:
                answer = await function(*args, **kwargs)
                end(made, answer)
                return answer

        return later

    def now(*args: Any, **kwargs: Any) -> Any:
        with begin(args, kwargs) as made:
            answer = function(*args, **kwargs)
            end(made, answer)
            return answer

    return now


def _reader(function: Callable[..., Any], ignore: tuple[str, ...]) -> Callable[[Any, Any], Any]:
    """How arguments become inputs; the signature is read once, not at each call."""
    names = [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]

    def read(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        inputs = dict(zip(names, args))
        inputs.update(kwargs)
        for name in ignore:
            inputs.pop(name, None)
        for position in range(len(names), len(args)):
            inputs[f"arg{position}"] = args[position]
        if len(inputs) == 1:
            (only,) = inputs.values()
            if _has_names(only):
                return only
        return inputs

    return read


def _has_names(value: Any) -> bool:
    if isinstance(value, Mapping):
        return True
    return not isinstance(value, type) and any(
        hasattr(value, name) for name in ("model_dump", "__dataclass_fields__", "to_dict", "_asdict")
    )


def _named(answer: Any, output: str | None) -> Any:
    if answer is None:
        return {}
    return answer if output is None else {output: answer}


def _joined(pieces: list[Any]) -> Any:
    """A stream's answer: its text, or how many pieces there were."""
    if pieces and all(isinstance(piece, str) for piece in pieces):
        return {"text": "".join(pieces)}
    return {"pieces": len(pieces)}
