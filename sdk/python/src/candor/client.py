"""The client: what a program calls to record what its models do.

A call takes the values as they are, puts them into a bounded queue and returns. It never raises, never
waits for a lock that is held for long, a file or the network; what goes wrong is counted (`stats`) and
logged once a minute at most.
"""

from __future__ import annotations

import threading
import time as clock
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast

from . import ids, tables
from . import worker as background
from .block import Prediction, current
from .counters import Complaints, Counters
from .decorator import F, observe
from .ids import EventId
from .pipeline import Entry, Later, Mark, Pipeline, Table
from .settings import Settings
from .tables import Logged

if TYPE_CHECKING:
    from typing_extensions import TypedDict, Unpack

    class CommonFields(TypedDict, total=False):
        """Fields that every event may have."""

        environment: str
        request_id: str
        trace_id: str
        span_id: str
        subject: str
        purposes: list[str]
        segments: Mapping[str, str]

    class PredictionFields(CommonFields, total=False):
        """Further fields of a prediction, as the contract names them."""

        derived: Mapping[str, Any]
        attributions: Mapping[str, float]
        stochastic: Mapping[str, Any]
        preprocessing: Any
        latency_ms: float
        stages: list[dict[str, Any]]
        status: str
        error: Mapping[str, str]
        usage: Mapping[str, Any]


Time = Union[int, str, datetime]
"""When something happened: an epoch in seconds to nanoseconds by magnitude, RFC 3339, or a datetime."""

M = TypeVar("M")


class Client:
    """Records events for one server. One for a process is enough; it may be shared by all threads."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._lock = threading.Lock()
        self._begin(settings or Settings.from_environment())

    def _begin(self, settings: Settings) -> None:
        self.settings = settings
        self.counters = Counters()
        self.complaints = Complaints(self.counters)
        self._queue: deque[Entry] = deque()
        self.pipeline = Pipeline(settings, self._queue, self.counters, self.complaints)
        # From this length on the caller does more than append: wakes the thread, or drops. 0 while it sleeps.
        self._attention = 0 if settings.enabled else -1
        self._served = False

    def log_prediction(
        self,
        model: str,
        inputs: Any = None,
        outputs: Any = None,
        *,
        version: str | None = None,
        id: str | None = None,
        time: Time | None = None,
        **fields: Unpack[PredictionFields],
    ) -> EventId:
        """Records one answer of `model`, and returns its id, by which outcomes and feedback find it.

        `inputs` and `outputs` are mappings of names to values; objects, rows of tables and sequences are
        named by their fields or positions, a single output by its type. Mappings are copied, their
        values are not: who changes a list inside after the call may change what is recorded.
        """
        try:
            now = clock.time_ns()
            made = ids.event_id(model, now) if id is None else _named(model, id)
            values: dict[str, Any] = fields  # type: ignore[assignment]
            if inputs is not None:
                values["inputs"] = inputs.copy() if type(inputs) is dict else _copied(inputs)
            if outputs is not None:
                values["outputs"] = outputs.copy() if type(outputs) is dict else _copied(outputs)
            if version is not None:
                values["version"] = version
            queue = self._queue
            if len(queue) >= self._attention and not self._attend():
                return made
            queue.append(("prediction", model, made, now if time is None else time, values))
            return made
        except Exception as error:
            self.complaints.mistake("log_prediction", error)
            return _named("", "")

    def outcome(
        self,
        prediction_id: str,
        *,
        cls: str | int | bool | None = None,
        value: float | None = None,
        relevance: float | None = None,
        model: str | None = None,
        id: str | None = None,
        time: Time | None = None,
        **fields: Unpack[CommonFields],
    ) -> EventId:
        """Records what turned out to be true of a prediction: its class, value or relevance.

        A later outcome corrects an earlier one. `model` may be left out for an id that this library
        returned. An `id` of your own makes it harmless to record the same outcome twice.
        """
        told = {"class": cls, "value": value, "relevance": relevance, "prediction_id": prediction_id}
        return self._record("outcome", model or _model_of(prediction_id), told, fields, id, time)

    def feedback(
        self,
        prediction_id: str,
        *,
        verdict: str | None = None,
        score: float | None = None,
        comment: str | None = None,
        by: str | None = None,
        model: str | None = None,
        id: str | None = None,
        time: Time | None = None,
        **fields: Unpack[CommonFields],
    ) -> EventId:
        """Records what a person thinks of a prediction.

        `verdict` is `right`, `wrong`, `biased`, `harmful`, `unhelpful`, or a word of your own.
        """
        told = {
            "verdict": verdict,
            "score": score,
            "comment": comment,
            "by": by,
            "prediction_id": prediction_id,
        }
        return self._record("feedback", model or _model_of(prediction_id), told, fields, id, time)

    def effect(
        self,
        name: str,
        value: float,
        *,
        unit: str | None = None,
        prediction_id: str | None = None,
        model: str | None = None,
        id: str | None = None,
        time: Time | None = None,
        **fields: Unpack[CommonFields],
    ) -> EventId:
        """Records what the business saw, e.g. money gained by a decision."""
        told = {"name": name, "value": value, "unit": unit, "prediction_id": prediction_id}
        return self._record("effect", model or _model_of(prediction_id), told, fields, id, time)

    def stage(
        self,
        step: str,
        *,
        dataset: str | None = None,
        rows: int | None = None,
        inputs: Any = None,
        outputs: Any = None,
        checks: Any = None,
        model: str = "",
        id: str | None = None,
        time: Time | None = None,
        **fields: Unpack[CommonFields],
    ) -> EventId:
        """Records a step of a pipeline outside requests: what it read, made and checked."""
        told = {
            "step": step,
            "dataset": dataset,
            "rows": rows,
            "inputs": inputs,
            "outputs": outputs,
            "checks": checks,
        }
        return self._record("stage", model, told, fields, id, time)

    def change(
        self,
        what: str,
        *,
        model: str = "",
        target: str | None = None,
        before: str | None = None,
        after: str | None = None,
        by: str | None = None,
        why: str | None = None,
        until: Time | None = None,
        id: str | None = None,
        time: Time | None = None,
        **fields: Unpack[CommonFields],
    ) -> EventId:
        """Records a deployment or a change of configuration, features or data; charts show it.

        `before` and `after` are the contract's `from` and `to`. Until `until`, for a day at most, windows
        of the model tell nothing.
        """
        told = {
            "what": what,
            "target": target,
            "from": before,
            "to": after,
            "by": by,
            "why": why,
            "until": until,
        }
        return self._record("change", model, told, fields, id, time)

    def flush(self, timeout: float = 10.0) -> bool:
        """Waits until everything recorded before is on the server's stable storage, or was given up.

        Returns whether it is so after `timeout` seconds.
        """
        if not self.settings.enabled:
            return True
        mark = Mark()
        self._queue.append(mark)
        self._served = True
        background.worker.serve(self)
        background.worker.wake()
        return mark.reached.wait(timeout)

    async def aflush(self, timeout: float = 10.0) -> bool:
        """As `flush`, without holding up the event loop."""
        import asyncio

        return await asyncio.get_running_loop().run_in_executor(None, self.flush, timeout)

    def prediction(self, model: str, *, version: str | None = None, **fields: Unpack[PredictionFields]) -> Prediction:
        """A block of code that makes one prediction of `model`; see `Prediction`."""
        return Prediction(self, model, version, **fields)

    def current(self) -> Prediction:
        """The prediction that is being made here: in a block, an observed function, a request."""
        return current(self)

    def observe(
        self,
        model: str,
        *,
        version: str | None = None,
        output: str | None = None,
        ignore: tuple[str, ...] = ("self", "cls"),
        **fields: Unpack[PredictionFields],
    ) -> Callable[[F], F]:
        """A decorator that records each call of a function, coroutine or generator as a prediction of `model`.

        The arguments are the inputs by their names; a single argument that has named values is the inputs
        itself. What is returned are the outputs: a mapping as it is, a single answer under the name `output`,
        or by its type. Arguments named in `ignore` are left out.
        """
        return observe(self, model, version=version, output=output, ignore=ignore, **fields)

    def watch(
        self,
        model: M,
        name: str,
        *,
        version: str | None = None,
        features: Sequence[str] | None = None,
        positive: Any = None,
        explain: bool = False,
        **fields: Unpack[PredictionFields],
    ) -> M:
        """A model of scikit-learn, LightGBM or XGBoost, or an OpenAI-compatible client, that records its predictions.

        It behaves as `model` does, `isinstance` and pickling included. Without `version` its digest names it.
        `features` names the columns where data have no names; `positive` is the class whose probability is
        the score, by default the second. `explain` adds attributions (TreeSHAP), which LightGBM and XGBoost
        compute in the background. Ids of the latest call are in `last_ids`. Call it at the program's start:
        it raises what reading the model raises.
        """
        from . import chat, estimators

        if chat.is_client(model):
            return cast(M, chat.Chat(self, model, name, version, fields))
        return cast(M, estimators.Watched(self, model, name, version, features, positive, explain, fields))

    def log(
        self,
        data: Any,
        model: str,
        *,
        kind: str = "prediction",
        mapping: str | None = None,
        names: Sequence[str] | None = None,
        id: str | None = None,
        time: str | None = None,
        version: str | None = None,
        inputs: Sequence[str] | None = None,
        outputs: Mapping[str, Any] | None = None,
        segments: Sequence[str] = (),
        wait: float = 60.0,
    ) -> Logged:
        """Records every row of a table: a DataFrame, a LazyFrame, an Arrow table or stream, a numpy array.

        Columns have the contract's flattened names (`input_age`, `output_score`, `prediction_id`), or their
        roles are told: `outputs={"score": "p_default"}` names columns, or gives arrays beside the table;
        `segments`, `id` and `time` name columns; `version` is a column's name, or one version for all. Once
        outputs are told, every column not named elsewhere is an input, unless `inputs` names them.
        `mapping` names a `Model` spec on the server that tells it all. A plain array's columns are called
        `names`. Rows without ids get new ones; without `time` they are of now.

        A table larger than `memory_bytes` waits for room, up to `wait` seconds altogether; what finds none
        is dropped and counted. Never raises: a mistake is counted, and nothing handed over.
        """
        return tables.log(
            self,
            data,
            model,
            kind=kind,
            mapping=mapping,
            names=names,
            roles=tables.Roles(id, time, version, inputs, outputs or {}, segments),
            wait=wait,
        )

    def stats(self) -> Counters:
        """What became of every event so far."""
        counters = Counters(**{name: getattr(self.counters, name) for name in self.counters.__dataclass_fields__})
        counters.queued = sum(_rows(entry) for entry in list(self._queue))
        return counters

    def configure(self, **settings: Any) -> None:
        """Takes other settings (see `Settings`), before or between events; what was recorded before goes the old way.

        Raises ValueError for settings that cannot be meant: this is called at a program's start, where
        it should be heard.
        """
        chosen = Settings.from_environment(**settings)
        with self._lock:
            if self._served:
                # The old queue and its bounds live on as a client of their own until they are empty.
                heir = Client.__new__(Client)
                heir.__dict__.update(self.__dict__)
                heir._lock = threading.Lock()
                _heirs.append(heir)
                background.worker.serve(heir)
            self._begin(chosen)

    def put_table(self, door: str, rows: int, body: bytes, until: float) -> bool:
        """Queues a table that is bytes already; waits for room until then (monotonic). Whether there was."""
        while not self.pipeline.has_room(len(body)):
            if clock.monotonic() >= until:
                with self.complaints.lock:
                    self.counters.dropped_queue += rows
                self.complaints.say(f"{rows} rows of a table were dropped: the server took too little of it in time")
                return False
            background.worker.wake()
            clock.sleep(ROOM_POLL)
        self.pipeline.expect(len(body))
        if len(self._queue) >= self._attention and not self._attend(rows):
            self.pipeline.expect(-len(body))
            return False
        self._queue.append(Table(door, rows, body))
        return True

    def put_later(self, entry: Later) -> bool:
        """Queues rows that are taken apart later; whether there was room. Does not wait."""
        if not self.settings.enabled:
            return False
        if not self.pipeline.has_room(entry.size):
            with self.complaints.lock:
                self.counters.dropped_queue += entry.rows
            self.complaints.say(f"{entry.rows} rows were dropped: {self.settings.memory_bytes} bytes wait already")
            return False
        if len(self._queue) >= self._attention and not self._attend(entry.rows):
            return False
        self.pipeline.expect(entry.size)
        self._queue.append(entry)
        return True

    def rest(self) -> None:
        """The background thread is about to sleep: the next caller wakes it."""
        if self.settings.enabled:
            self._attention = 0

    def watchful(self) -> None:
        """The background thread looks at the queue by itself: callers need not wake it before there is a batch."""
        if self.settings.enabled:
            self._attention = min(self.settings.batch_rows, self.settings.queue_rows)

    def has_entries(self) -> bool:
        """Whether something is in the queue."""
        return bool(self._queue)

    def after_fork(self) -> None:
        """In a forked child: begins anew. What the parent recorded is the parent's to send."""
        self.pipeline.abandon()
        self._lock = threading.Lock()
        self._begin(self.settings)

    def _record(
        self, kind: str, model: str, told: dict[str, Any], fields: Any, id: str | None, time: Time | None
    ) -> EventId:
        try:
            now = clock.time_ns()
            made = ids.event_id(model, now) if id is None else _named(model, id)
            if len(self._queue) >= self._attention and not self._attend():
                return made
            self._queue.append((kind, model, made, now if time is None else time, {**told, **fields}))
            return made
        except Exception as error:
            self.complaints.mistake(kind, error)
            return _named("", "")

    def _attend(self, rows: int = 1) -> bool:
        """The rare part of recording: starts or wakes the thread, makes room or drops. Whether to record."""
        if not self.settings.enabled:
            return False
        if not self._served:
            self._served = True
            background.worker.serve(self)
        length = len(self._queue)
        if length < self.settings.queue_rows:
            self._attention = self.settings.queue_rows
            background.worker.wake()
            return True
        with self.complaints.lock:
            gone = rows
            if self.settings.drop == "oldest":
                gone = self._drop_oldest()
            self.counters.dropped_queue += gone
        self.complaints.say(
            f"{gone} events were dropped: {self.settings.queue_rows} are waiting to be encoded, which is all that "
            f"may (queue_rows)"
        )
        return self.settings.drop == "oldest"

    def _drop_oldest(self) -> int:
        """Takes the oldest entry away; a mark among them is told that it was reached."""
        try:
            entry = self._queue.popleft()
        except IndexError:
            return 0
        if isinstance(entry, Mark):
            entry.reached.set()
        elif isinstance(entry, Table):
            self.pipeline.expect(-len(entry.body))
        elif isinstance(entry, Later):
            self.pipeline.expect(-entry.size)
        return _rows(entry)


ROOM_POLL = 0.005
"""Seconds between two looks whether there is room for a table."""

_heirs: list[Client] = []


def _rows(entry: Entry) -> int:
    if isinstance(entry, (Table, Later)):
        return entry.rows
    return 0 if isinstance(entry, Mark) else 1


def _model_of(prediction_id: str | None) -> str:
    """The model of an id that this library returned; empty for other ids."""
    return prediction_id.model if isinstance(prediction_id, EventId) else ""


def _named(model: str, id: str) -> EventId:
    made = EventId(id)
    made.model = model
    return made


def _copied(value: Any) -> Any:
    """A shallow copy of what can be copied so; the background thread names its values later."""
    if isinstance(value, Mapping):
        return dict(value)
    copy = getattr(value, "copy", None)
    if copy is not None and not hasattr(value, "model_dump"):
        return copy()
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    if hasattr(value, "model_dump"):
        return dict(value)
    return value
