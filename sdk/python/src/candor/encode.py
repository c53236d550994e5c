"""Events as JSON lines, on the background thread.

What the caller's thread leaves is a [`Row`]: the values as they were, nothing else. Here they become
the contract's fields. Whatever can be said in JSON is; the rest is said as text, since an event with an
odd value is worth more than none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any, NamedTuple

NDJSON = "application/x-ndjson"
"""Content type of lines of JSON."""


class Row(NamedTuple):
    """One event as the caller's thread left it."""

    kind: str
    """`prediction`, `outcome`, `feedback`, `effect`, `stage` or `change`."""
    model: str
    """The model, or an empty text for what concerns none."""
    id: str
    """Its deduplication key."""
    time: Any
    """Nanoseconds of the epoch, a datetime, or RFC 3339 text."""
    fields: dict[str, Any]
    """The other fields by their names in the contract; None for those without a value."""


def line(row: Row, environment: str | None) -> bytes:
    """`row` as one line of JSON with its newline.

    Raises ValueError or TypeError when no JSON can be made of it, e.g. of a dict that holds itself.
    """
    event: dict[str, Any] = {"kind": row.kind, "id": row.id, "time": row.time}
    if row.model:
        event["model"] = row.model
    if environment is not None:
        event["environment"] = environment
    for name, value in row.fields.items():
        if value is not None:
            event[name] = value
    for name in ("inputs", "outputs", "derived"):
        value = event.get(name)
        if value is not None and type(value) is not dict and row.kind == "prediction":
            event[name] = named(value, name)
    try:
        text = _encoder.encode(event)
    except (TypeError, ValueError, RecursionError):
        # Keys that are no text, or values that lie about their kind.
        text = _encoder.encode(plain(event))
    # Halves of surrogate pairs have no UTF-8; a question mark stands for them.
    return text.encode("utf-8", "replace") + b"\n"


def named(value: Any, role: str) -> dict[str, Any]:
    """`value` as named values: mappings as they are, objects by their fields, sequences by position.

    A single output is its `class`, `value` or `text` by its type; any other single value is `value`.
    """
    if isinstance(value, Mapping):
        return dict(value)
    for method in ("model_dump", "to_dict", "_asdict"):
        make = getattr(value, method, None)
        if callable(make):
            made = make()
            if isinstance(made, Mapping):
                return dict(made)
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return {f"f{position}": item for position, item in enumerate(value)}
    if role == "outputs":
        return single_output(value)
    return {"value": value}


def single_output(value: Any) -> dict[str, Any]:
    """One output without a name: numbers are `value`, truth values and words `class`, longer texts `text`."""
    if isinstance(value, bool):
        return {"class": str(value).lower()}
    if isinstance(value, str):
        return {"text": value} if len(value) > 64 or "\n" in value else {"class": value}
    return {"value": value}


def other(value: Any) -> Any:
    """What JSON has no form for: numbers of numpy, times, bytes, sets, and the like."""
    for method in ("item", "tolist"):
        make = getattr(value, method, None)
        if callable(make):
            try:
                return make()
            except Exception:  # an array of many has `item` too, and refuses
                continue
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    if hasattr(value, "__dataclass_fields__"):
        return named(value, "")
    return str(value)


def rfc3339(instant: datetime) -> str:
    """The instant in UTC. One without a zone is meant as local time, as `datetime.now()` gives it."""
    return instant.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def plain(value: Any, depth: int = 0) -> Any:
    """`value` of nothing but JSON's own kinds; what cannot be read is said as text."""
    if depth > 15:
        raise ValueError("values are nested more than 16 deep, or one holds itself")
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth + 1) for item in value]
    try:
        made = other(value)
    except Exception as error:
        return f"<{type(value).__name__}: {type(error).__name__}>"
    return made if isinstance(made, str) else plain(made, depth + 1)


_encoder = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=True, default=other)
