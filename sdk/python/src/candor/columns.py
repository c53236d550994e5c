"""Columns of plain values as an Arrow IPC stream, without pyarrow.

Writing a number as JSON takes a microsecond of Python, and a prediction has twenty: the text would cost more
than everything else together. As columns they are copied as they are. Only what a prediction is mostly made of
is written here: numbers, integers, truth values and texts, with nulls; anything else goes as JSON.

The format: https://arrow.apache.org/docs/format/Columnar.html, metadata in FlatBuffers by `Message.fbs` and
`Schema.fbs` of the same project; the numbers of fields and types below are theirs.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, Union, cast

V5 = 4
SCHEMA, RECORD_BATCH = 1, 3
INT, FLOAT, UTF8, BOOL = 2, 3, 5, 6
NOTHING = type(None)


class Unfit(Exception):
    """A column holds something else than numbers, integers, truth values or texts."""


class Column(NamedTuple):
    """A column as Arrow lays it out."""

    type: int
    nulls: int
    buffers: tuple[bytes, ...]


def stream(columns: Mapping[str, Sequence[Any]], rows: int, between: Callable[[], None] = lambda: None) -> bytes:
    """The columns, each of so many values, as one stream of one batch; columns of nothing are left out.

    `between` is called after each column. Raises Unfit if one cannot be written so; a caller has JSON for that.
    """
    if sys.byteorder != "little":
        raise Unfit("columns are written in the order of little-endian machines")
    names, made = [], []
    for name, values in columns.items():
        one = column(values)
        between()
        if one.nulls < rows:
            names.append(name)
            made.append(one)
    body = bytearray()
    places = []
    for part in (part for one in made for part in one.buffers):
        places.append((len(body), len(part)))
        body += part
        body += bytes(-len(body) % 8)
    nodes = [(rows, one.nulls) for one in made]
    schema = _message(SCHEMA, _schema(list(zip(names, (one.type for one in made)))), 0)
    batch = _message(RECORD_BATCH, Table([("q", rows), Pairs(nodes), Pairs(places)]), len(body))
    return b"".join((schema, batch, bytes(body), b"\xff\xff\xff\xff\x00\x00\x00\x00"))


def column(values: Sequence[Any]) -> Column:
    """A column by what is in it: numbers if any is one, else integers, truth values or texts."""
    kinds = set(map(type, values))
    present = b""
    nulls = 0
    if NOTHING in kinds:
        kinds.discard(NOTHING)
        nulls = values.count(None)
        present = _bits([value is not None for value in values])
    told = {_kind(kind) for kind in kinds}
    try:
        if told <= {FLOAT, INT} and FLOAT in told:
            numbers = values if not nulls else [0.0 if value is None else value for value in values]
            return Column(FLOAT, nulls, (present, array("d", numbers).tobytes()))
        if told == {INT}:
            whole = values if not nulls else [0 if value is None else value for value in values]
            return Column(INT, nulls, (present, array("q", whole).tobytes()))
        if told == {BOOL}:
            return Column(BOOL, nulls, (present, _bits([bool(value) for value in values])))
        if told <= {UTF8}:
            texts = [b"" if value is None else value.encode("utf-8", "replace") for value in values]
            ends = array("i", accumulate(map(len, texts), initial=0))
            return Column(UTF8, nulls, (present, ends.tobytes(), b"".join(texts)))
    except OverflowError as error:
        raise Unfit(str(error)) from None
    raise Unfit(f"values of {', '.join(sorted(kind.__name__ for kind in kinds))}")


def _kind(kind: type) -> int:
    """Which of Arrow's types holds values of `kind`, scalars of numpy among them; 0 for none."""
    if kind in _KINDS:
        return _KINDS[kind]
    if kind.__module__ == "numpy":
        name = kind.__name__
        for start, type in (("float", FLOAT), ("int", INT), ("uint", INT), ("bool", BOOL), ("str", UTF8)):
            if name.startswith(start):
                return type
    return 0


_KINDS: dict[type, int] = {float: FLOAT, int: INT, bool: BOOL, str: UTF8}


def _bits(values: list[bool]) -> bytes:
    """One bit for each, the first in the lowest."""
    text = "".join(["1" if value else "0" for value in values])
    return int(text[::-1] or "0", 2).to_bytes((len(values) + 7) // 8, "little")


# --- FlatBuffers, as far as this needs them: each part is written before the parts that it points to.


class Table(NamedTuple):
    """A table: its fields in the order of their numbers; None for one that is left out."""

    fields: list[Field]


class Pairs(NamedTuple):
    """A vector of structs of two 64-bit integers."""

    items: Sequence[tuple[int, int]]


class Tables(NamedTuple):
    """A vector of tables."""

    items: Sequence[Table]


Scalar = tuple[str, Union[int, bool]]
"""A number with its form as `struct` names it."""
Field = Union[Scalar, str, Table, Pairs, Tables, None]


def _schema(columns: list[tuple[str, int]]) -> Table:
    types = {INT: Table([("i", 64), ("?", True)]), FLOAT: Table([("h", 2)]), UTF8: Table([]), BOOL: Table([])}
    fields = [Table([name, ("?", True), ("B", type), types[type], None, Tables([])]) for name, type in columns]
    return Table([("h", 0), Tables(fields)])


def _message(kind: int, header: Table, body: int) -> bytes:
    """A message's metadata with its frame: continuation, length, FlatBuffer."""
    buffer = bytearray(4)
    root = _table(buffer, Table([("h", V5), ("B", kind), header, ("q", body)]))
    struct.pack_into("<I", buffer, 0, root)
    buffer += bytes(-len(buffer) % 8)
    return struct.pack("<Ii", 0xFFFFFFFF, len(buffer)) + bytes(buffer)


def _table(buffer: bytearray, table: Table) -> int:
    """Writes a table with what it points to, behind what is there; returns where it begins."""
    directory = 4 + 2 * len(table.fields)
    buffer += bytes(-(len(buffer) + directory) % 8)
    at = len(buffer)
    start = at + directory
    # Fields are aligned by their own size; the table begins at a multiple of 8.
    places, size = [], 4
    for field in table.fields:
        if field is None:
            places.append(0)
            continue
        width = struct.calcsize(str(field[0])) if type(field) is tuple else 4
        size += -size % width
        places.append(size)
        size += width
    buffer += struct.pack(f"<HH{len(places)}H", directory, size, *places)
    buffer += bytes(size)
    struct.pack_into("<i", buffer, start, directory)
    for field, place in zip(table.fields, places):
        if type(field) is tuple:
            form, number = cast(Scalar, field)
            struct.pack_into(f"<{form}", buffer, start + place, number)
        elif field is not None:
            _point(buffer, start + place, _written(buffer, field))
    return start


def _written(buffer: bytearray, field: Any) -> int:
    if isinstance(field, Table):
        return _table(buffer, field)
    if isinstance(field, str):
        return _vector(buffer, 4, len(field.encode()), lambda: buffer.extend(field.encode() + b"\x00"))
    if isinstance(field, Pairs):
        flat = [number for pair in field.items for number in pair]
        return _vector(buffer, 8, len(field.items), lambda: buffer.extend(struct.pack(f"<{len(flat)}q", *flat)))
    start = _vector(buffer, 4, len(field.items), lambda: buffer.extend(bytes(4 * len(field.items))))
    for position, item in enumerate(field.items):
        _point(buffer, start + 4 + 4 * position, _table(buffer, item))
    return start


def _vector(buffer: bytearray, alignment: int, count: int, write: Callable[[], None]) -> int:
    """A count and what `write` adds behind it, which is aligned."""
    buffer += bytes(-(len(buffer) + 4) % max(alignment, 4))
    start = len(buffer)
    buffer += struct.pack("<I", count)
    write()
    return start


def _point(buffer: bytearray, at: int, target: int) -> None:
    struct.pack_into("<I", buffer, at, target - at)
