"""One prediction as a block of code: what goes in, what comes out, how long it took, how it ended."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .ids import EventId, event_id

if TYPE_CHECKING:
    from .client import Client

_current: ContextVar[Prediction | None] = ContextVar("candor_prediction", default=None)


class Prediction:
    """A prediction in the making, for `with` and `async with`; recorded when the block ends.

    An exception that leaves the block is recorded as the prediction's error, and goes on. A block that
    told neither inputs nor outputs records nothing.
    """

    def __init__(self, client: Client, model: str, version: str | None = None, **fields: Any) -> None:
        self.model = model
        self.id: EventId = event_id(model, time.time_ns())
        self._client = client
        self._version = version
        self._fields = fields
        self._inputs: Any = None
        self._outputs: Any = None
        self._began = time.perf_counter()
        self._at = time.time_ns()
        self._token: Token[Prediction | None] | None = None
        self._skipped = False

    def inputs(self, values: Any = None, /, **named: Any) -> Prediction:
        """Notes inputs: a mapping, an object or a row, and values by name. Later calls add to earlier ones."""
        try:
            self._inputs = _merged(self._inputs, values, named)
        except Exception as error:
            self._client.complaints.mistake("inputs", error)
        return self

    def output(self, values: Any = None, /, **named: Any) -> Prediction:
        """Notes outputs: `score`, `value`, `scores`, `text` and others by name, or one answer as it is.

        A class may be told as `cls`.
        """
        if "cls" in named:
            named["class"] = named.pop("cls")
        try:
            self._outputs = _merged(self._outputs, values, named)
        except Exception as error:
            self._client.complaints.mistake("output", error)
        return self

    def segments(self, **named: str) -> Prediction:
        """Notes values of dimensions, e.g. `region="north"`."""
        return self.set(segments={**self._fields.get("segments", {}), **named})

    def set(self, **fields: Any) -> Prediction:
        """Notes further fields of the contract: `version`, `subject`, `request_id`, `latency_ms` and others."""
        self._version = fields.pop("version", self._version)
        self._fields.update(fields)
        return self

    @property
    def is_told(self) -> bool:
        """Whether anything was noted that is worth a record."""
        return self._inputs is not None or self._outputs is not None or "error" in self._fields

    def skip(self) -> None:
        """Records nothing of this block."""
        self._skipped = True

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times a step of the request, e.g. the look-up of features."""
        began, status = time.perf_counter(), "ok"
        try:
            yield
        except BaseException:
            status = "error"
            raise
        finally:
            spent = (time.perf_counter() - began) * 1000
            stages = self._fields.setdefault("stages", [])
            stages.append({"name": name, "duration_ms": spent, "status": status})

    def failed(self, error: BaseException) -> None:
        """Notes that there was no answer, and why."""
        self._fields["status"] = "error"
        self._fields["error"] = {"type": type(error).__name__, "message": str(error)[:2000]}

    def finish(self) -> None:
        """Records it now; only the first time. The block's end does this by itself."""
        if self._skipped or not self.is_told:
            return
        self._skipped = True
        self._fields.setdefault("latency_ms", (time.perf_counter() - self._began) * 1000)
        self._client.log_prediction(
            self.model,
            self._inputs,
            self._outputs,
            version=self._version,
            id=self.id,
            time=self._at,
            **self._fields,
        )

    def __enter__(self) -> Prediction:
        self._token = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            try:
                _current.reset(self._token)
            except ValueError:
                # A generator that is ended in another context than it was begun in.
                _current.set(None)
        if error is not None and not isinstance(error, (GeneratorExit, KeyboardInterrupt)):
            self.failed(error)
        self.finish()

    async def __aenter__(self) -> Prediction:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


def current(client: Client) -> Prediction:
    """The prediction that is being made here. Outside of any, one that records nothing."""
    made = _current.get()
    if made is None:
        made = Prediction(client, "")
        made.skip()
    return made


def _merged(before: Any, values: Any, named: dict[str, Any]) -> Any:
    """What was told so far and what is told now; mappings are joined, and copied either way."""
    if isinstance(values, Mapping):
        values = dict(values)
    if values is None:
        values = {}
    if not isinstance(values, dict):
        if not named and before is None:
            return values.copy() if hasattr(values, "copy") and not hasattr(values, "model_dump") else values
        from .encode import named as name

        values = name(values, "outputs")
    return {**(before if isinstance(before, dict) else {}), **values, **named}
