"""Rows that go together, as requests: predictions of one shape as columns, everything else as lines of JSON."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any
from urllib.parse import quote

from . import columns
from .encode import Row

TOGETHER_MIN = 8
"""Fewer predictions of a model are not worth a request of their own."""
BREATH = 0.0002
"""Seconds of pause after each column, so that the interpreter's lock is not held for long."""
BREATHE_FROM = 500
"""Columns of fewer values take less than a millisecond together."""
OBJECTS = {
    "inputs": "input_",
    "outputs": "output_",
    "derived": "derived_",
    "segments": "segment_",
    "attributions": "attribution_",
    "stochastic": "stochastic_",
    "usage": "usage_",
}
"""Objects of an event, and how their values are called as columns."""
SINGLE = frozenset(
    ("version", "environment", "request_id", "trace_id", "span_id", "subject", "latency_ms", "status"),
)
"""Fields with one value."""
MODEL = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""Names that the server takes. Of others the rows go to its quarantine, one by one."""

Shape = tuple[Any, ...]


def together(rows: Sequence[Row]) -> tuple[list[list[Row]], list[Row]]:
    """Lists of predictions of one model and one shape each, and the rest, each in their order.

    A model whose predictions have several shapes is all in the rest, so that they stay in order.
    """
    shapes: dict[str, Shape | None] = {}
    own: dict[str, list[Row]] = {}
    rest: list[Row] = []
    for row in rows:
        if row.kind != "prediction":
            rest.append(row)
            continue
        shape = _shape(row.fields)
        if shapes.setdefault(row.model, shape) != shape:
            shapes[row.model] = None
        own.setdefault(row.model, []).append(row)
    groups = []
    for model, predictions in own.items():
        fits = shapes[model] is not None and len(predictions) >= TOGETHER_MIN and MODEL.fullmatch(model)
        if fits:
            groups.append(predictions)
        else:
            # Predictions before what may refer to them.
            rest = predictions + rest
    return groups, rest


def request(group: Sequence[Row], environment: str | None) -> tuple[str, bytes]:
    """Door and body of predictions of one model and shape.

    Raises columns.Unfit if a value is no number, truth value or text.
    """
    first = group[0]
    table: dict[str, Sequence[Any]] = {"id": [str(row.id) for row in group], "time": [row.time for row in group]}
    for field, value in first.fields.items():
        if field in SINGLE:
            table[field] = [row.fields[field] for row in group]
        else:
            # All of them have the same names in the same order.
            values = zip(*[row.fields[field].values() for row in group])
            table.update((OBJECTS[field] + name, list(one)) for name, one in zip(value, values))
    if environment is not None and "environment" not in table:
        table["environment"] = [environment] * len(group)
    door = f"/v1/models/{quote(first.model, safe='')}/predictions"
    return door, columns.stream(table, len(group), _breathe if len(group) >= BREATHE_FROM else lambda: None)


def _shape(fields: dict[str, Any]) -> Shape | None:
    """The names in an event; None if it has something that only JSON can say."""
    names: list[Iterator[str] | list[str]] = []
    for field, value in fields.items():
        if field in OBJECTS and type(value) is dict:
            names.append([field])
            names.append(iter(value))
        elif field in SINGLE:
            names.append([field])
        else:
            return None
    return tuple(chain.from_iterable(names))


def _breathe() -> None:
    time.sleep(BREATH)
