"""Ids of events: UUIDv7 (RFC 9562, section 5.7), made where the event happens.

An id made by the client is what makes sending again harmless: the server knows the ids that it has
stored. Its first 48 bits are the time in milliseconds, by which a prediction is found without a scan.
The next 26 are random for each millisecond, the last 48 count from a random start (RFC 9562, section
6.2, method 1): two processes meet only if all of it agrees, one process never does, and only the
count has to be written anew for each event.
"""

from __future__ import annotations

import itertools
import os
import random
import time
from collections.abc import Iterator, Sequence
from typing import overload

_random = random.Random(os.urandom(16))
_count = itertools.count(_random.getrandbits(47))
# The millisecond and the text that its ids begin with, replaced as one so that threads see both or neither.
_head = (0, "")


class EventId(str):
    """The id of an event, which remembers the event's model, so that an outcome need not name it."""

    __slots__ = ("model",)
    model: str


def reseed() -> None:
    """Takes new randomness. A forked child must, or it would repeat its parent's ids."""
    global _count, _head
    _random.seed(os.urandom(16))
    _count = itertools.count(_random.getrandbits(47))
    _head = (0, "")


def uuid7(now_ns: int) -> str:
    """A UUIDv7 for the instant `now_ns` (nanoseconds of the epoch)."""
    global _head
    instant, head = _head
    if now_ns // 1_000_000 != instant:
        instant = now_ns // 1_000_000
        noise = _random.getrandbits(26)
        head = _head_of(instant, noise)
        _head = (instant, head)
    return f"{head}{next(_count) & 0xFFFFFFFFFFFF:012x}"


def event_id(model: str, now_ns: int) -> EventId:
    """A new id of an event of `model`."""
    made = EventId(uuid7(now_ns))
    made.model = model
    return made


class IdRange(Sequence[str]):
    """New ids of many events of now, kept as where they begin and how many there are."""

    def __init__(self, count: int) -> None:
        instant = time.time_ns() // 1_000_000
        noise = _random.getrandbits(26)
        self._head = _head_of(instant, noise)
        self._start = _random.getrandbits(47)
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[position] for position in range(*at.indices(self._count))]
        position = at + self._count if at < 0 else at
        if not 0 <= position < self._count:
            raise IndexError(at)
        return f"{self._head}{self._start + position:012x}"


class Chain(Sequence[str]):
    """Several sequences of ids, one after the other."""

    def __init__(self) -> None:
        self._parts: list[Sequence[str]] = []
        self._count = 0

    def add(self, part: Sequence[str]) -> None:
        """Adds `part` at the end."""
        self._parts.append(part)
        self._count += len(part)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return itertools.chain.from_iterable(self._parts)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[position] for position in range(*at.indices(self._count))]
        position = at + self._count if at < 0 else at
        if position >= 0:
            for part in self._parts:
                if position < len(part):
                    return part[position]
                position -= len(part)
        raise IndexError(at)


def _head_of(instant: int, noise: int) -> str:
    """The text before the count: milliseconds, version, 12 bits of noise, variant, 14 more."""
    variant = 0x8000 | noise & 0x3FFF
    return f"{instant >> 16 & 0xFFFFFFFF:08x}-{instant & 0xFFFF:04x}-7{noise >> 14:03x}-{variant:04x}-"
