"""Whole tables at once: pandas, polars, Arrow and numpy.

With pyarrow a table goes as an Arrow stream, without it as lines of JSON. Either way it is turned into
bytes in the caller's thread, since the caller's data may change, and sent by the background thread.
"""

from __future__ import annotations

import io
import time as clock
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from . import encode, ids
from .encode import Row
from .spool import MIXED

if TYPE_CHECKING:
    from .client import Client

CHUNK_BYTES = 2 << 20
"""Bytes of one request, about."""
ADDED_BYTES = 64
"""Bytes of the id and the time that a row gets here."""
DOORS = {"prediction": "predictions", "outcome": "outcomes", "feedback": "feedback", "effect": "effects"}
"""Kinds that have a door for tables."""


class Logged(NamedTuple):
    """What was handed over."""

    rows: int
    """Rows on their way."""
    dropped: int
    """Rows for which there was no room in time."""
    ids: Sequence[str]
    """The rows' ids in their order, if they were made here."""


class Roles(NamedTuple):
    """Which column means what."""

    id: str | None
    time: str | None
    version: str | None
    inputs: Sequence[str] | None
    outputs: Mapping[str, Any]
    segments: Sequence[str]

    def renamed(self, columns: Sequence[str]) -> dict[str, str]:
        """The contract's flattened name of each column; other columns are inputs when outputs are told."""
        names = {column: f"segment_{column}" for column in self.segments}
        names.update({column: f"output_{name}" for name, column in self.outputs.items() if isinstance(column, str)})
        names.update({column: name for column, name in ((self.id, "id"), (self.time, "time")) if column is not None})
        if self.version in columns:
            names[str(self.version)] = "version"
        rest = self.inputs
        if rest is None:
            told = bool(self.outputs or self.segments)
            rest = [column for column in columns if column not in names] if told else []
        names.update({column: f"input_{column}" for column in rest})
        if missing := [column for column in names if column not in columns]:
            raise ValueError(f"the table has no column {missing[0]!r}; it has {', '.join(map(repr, columns))}")
        return names


def log(
    client: Client,
    data: Any,
    model: str,
    *,
    kind: str,
    mapping: str | None,
    names: Sequence[str] | None,
    roles: Roles,
    wait: float,
) -> Logged:
    """Hands over the rows of `data`; see `Client.log`."""
    if not client.settings.enabled:
        return Logged(0, 0, ())
    try:
        if kind not in DOORS:
            raise ValueError(f"tables are of {', '.join(DOORS)}; {kind!r} is recorded one by one")
        door = f"/v1/models/{quote(model, safe='')}/{DOORS[kind]}"
        if mapping is not None:
            door += f"?mapping={quote(mapping, safe='')}"
        if find_spec("pyarrow") is not None:
            bodies = _arrow_bodies(data, roles, names, mapping is not None)
        elif mapping is None:
            door = MIXED
            bodies = _json_bodies(data, roles, names, kind, model, client.settings.environment)
        else:
            raise ValueError("`mapping` needs pyarrow: pip install 'candor-client[arrow]'")
        return _hand_over(client, door, bodies, clock.monotonic() + wait)
    except Exception as error:
        client.complaints.mistake("log", error)
        return Logged(0, 0, ())


Body = tuple[int, bytes, Sequence[str]]


def requests(table: Mapping[str, Any], model: str) -> Iterator[tuple[str, int, bytes]]:
    """Requests of predictions with the contract's names: door, rows and body of each. Needs pyarrow."""
    door = f"/v1/models/{quote(model, safe='')}/predictions"
    roles = Roles(None, None, None, None, {}, ())
    return ((door, rows, body) for rows, body, _ in _arrow_bodies(table, roles, None, False))


def _hand_over(client: Client, door: str, bodies: Iterable[Body], until: float) -> Logged:
    rows, dropped, made = 0, 0, ids.Chain()
    for count, body, new in bodies:
        made.add(new)
        if client.put_table(door, count, body, until):
            rows += count
        else:
            dropped += count
    return Logged(rows, dropped, made)


def _arrow_bodies(data: Any, roles: Roles, names: Sequence[str] | None, mapped: bool) -> Iterator[Body]:
    """The table in pieces, each a stream of its own."""
    import pyarrow as pa

    beside = {f"output_{name}": value for name, value in roles.outputs.items() if not isinstance(value, str)}
    done = 0
    for batch in arrow_batches(data, names):
        for name, values in beside.items():
            piece = pa.array(_listed(values[done : done + batch.num_rows]))
            batch = batch.append_column(name, piece)
        done += batch.num_rows
        if not mapped:
            renamed = roles.renamed([name for name in batch.schema.names if name not in beside])
            batch = batch.rename_columns([renamed.get(name, name) for name in batch.schema.names])
        step = max(1, CHUNK_BYTES * batch.num_rows // (batch.nbytes + ADDED_BYTES * batch.num_rows))
        for start in range(0, batch.num_rows, step):
            piece = batch.slice(start, step)
            new: Sequence[str] = ()
            if not mapped:
                piece, new = _completed(pa, piece, roles)
            sink = io.BytesIO()
            with pa.ipc.new_stream(sink, piece.schema) as stream:
                stream.write(piece)
            yield piece.num_rows, sink.getvalue(), new


def _completed(pa: Any, piece: Any, roles: Roles) -> tuple[Any, Sequence[str]]:
    """The piece with ids, times and a version, which make sending it again harmless."""
    new: Sequence[str] = ()
    if "id" not in piece.schema.names:
        new = ids.IdRange(piece.num_rows)
        piece = piece.append_column("id", pa.array(list(new), pa.string()))
    if "time" not in piece.schema.names:
        now = pa.scalar(datetime.now(timezone.utc), pa.timestamp("us", "UTC"))
        piece = piece.append_column("time", pa.repeat(now, piece.num_rows))
    if roles.version is not None and "version" not in piece.schema.names:
        piece = piece.append_column("version", pa.repeat(pa.scalar(roles.version), piece.num_rows))
    return piece, new


def arrow_batches(data: Any, names: Sequence[str] | None) -> Iterator[Any]:
    """Any table as Arrow record batches."""
    import pyarrow as pa

    module = type(data).__module__.partition(".")[0]
    if module == "pandas":
        data = pa.Table.from_pandas(data, preserve_index=False)
    elif module == "polars":
        frame = data.collect(engine="streaming") if hasattr(data, "collect") else data
        data = frame.to_arrow()
    elif module == "numpy":
        columns, arrays = _columns_of_array(data, names)
        data = pa.table([pa.array(array) for array in arrays], names=columns)
    elif isinstance(data, Mapping):
        data = pa.table(dict(data))
    elif isinstance(data, pa.RecordBatch):
        data = pa.Table.from_batches([data])
    elif isinstance(data, list):
        data = pa.Table.from_pylist(data)
    elif hasattr(data, "__arrow_c_stream__") and not isinstance(data, (pa.Table, pa.RecordBatchReader)):
        data = pa.RecordBatchReader.from_stream(data)
    batches = data.to_batches() if isinstance(data, pa.Table) else data
    return (batch for batch in batches if batch.num_rows)


def _columns_of_array(data: Any, names: Sequence[str] | None) -> tuple[list[str], list[Any]]:
    """The columns of a numpy array, structured or with one column for each name."""
    if data.dtype.names:
        return list(data.dtype.names), [data[name] for name in data.dtype.names]
    if data.ndim != 2:
        raise ValueError(f"an array of {data.ndim} dimensions is no table; 2 are needed")
    chosen = list(names) if names is not None else [f"f{position}" for position in range(data.shape[1])]
    if len(chosen) != data.shape[1]:
        raise ValueError(f"{len(chosen)} names for {data.shape[1]} columns")
    return chosen, [data[:, position].copy() for position in range(data.shape[1])]


def _json_bodies(
    data: Any, roles: Roles, names: Sequence[str] | None, kind: str, model: str, environment: str | None
) -> Iterator[Body]:
    """The table as lines of JSON, some hundred at a time."""
    beside = {f"output_{name}": _listed(value) for name, value in roles.outputs.items() if not isinstance(value, str)}
    now = clock.time_ns()
    lines: list[bytes] = []
    made: list[str] = []
    renamed: dict[str, str] | None = None
    for position, record in enumerate(records(data, names)):
        if renamed is None:
            renamed = roles.renamed(list(record))
        event = {renamed.get(name, name): None if value != value else value for name, value in record.items()}
        event.update((name, values[position]) for name, values in beside.items())
        if roles.version is not None:
            event.setdefault("version", roles.version)
        new = event.pop("id", None)
        if new is None:
            new = ids.uuid7(now)
            made.append(new)
        row = Row(kind, model, str(new), event.pop("time", now), _nested(event))
        lines.append(encode.line(row, environment))
        if len(lines) == 500:
            yield len(lines), b"".join(lines), made
            lines, made = [], []
    if lines:
        yield len(lines), b"".join(lines), made


def _nested(event: dict[str, Any]) -> dict[str, Any]:
    """Flattened names as the objects of an event."""
    nested: dict[str, Any] = {}
    for name, value in event.items():
        for prefix, field in (("input_", "inputs"), ("output_", "outputs"), ("segment_", "segments")):
            if name.startswith(prefix):
                nested.setdefault(field, {})[name[len(prefix) :]] = value
                break
        else:
            nested[name] = value
    return nested


def records(data: Any, names: Sequence[str] | None) -> Iterable[dict[str, Any]]:
    """Any table as rows of named values."""
    module = type(data).__module__.partition(".")[0]
    if module == "pandas":
        return ({str(k): v for k, v in record.items()} for record in data.to_dict("records"))
    if module == "polars":
        frame = data.collect() if hasattr(data, "collect") else data
        return frame.iter_rows(named=True)  # type: ignore[no-any-return]
    if module == "numpy":
        columns, arrays = _columns_of_array(data, names)
        return (dict(zip(columns, row)) for row in zip(*(array.tolist() for array in arrays)))
    if isinstance(data, Mapping):
        return (dict(zip(data, row)) for row in zip(*(_listed(values) for values in data.values())))
    return [dict(record) for record in data]


def _listed(values: Any) -> Any:
    return values.tolist() if hasattr(values, "tolist") else list(values)
