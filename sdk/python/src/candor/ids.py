"""Ids of events: UUIDv7 (RFC 9562, section 5.7), made where the event happens.

An id made by the client is what makes sending again harmless: the server knows the ids that it has
stored. Its first 48 bits are the time in milliseconds, by which a prediction is found without a scan.
Then come 26 random bits of the process, and a count from a random start (RFC 9562, section 6.2, method 1)
in decimal digits, which are hexadecimal too and cheaper to write: an id is most of what recording costs.
Two processes meet only if time, bits and count agree, one process never does.
"""

from __future__ import annotations

import itertools
import os
import random
import time
from collections.abc import Iterator, Sequence
from typing import overload

_random = random.Random(os.urandom(16))
START_MAX = 500_000_000_000
"""Counts begin below; they have twelve digits, so as many events follow before one would have more."""
START_MIN = 100_000_000_000
"""The least number of twelve digits."""


class EventId(str):
    """The id of an event, which remembers the event's model, so that an outcome need not name it."""

    __slots__ = ("model",)
    model: str


def reseed() -> None:
    """Takes new randomness. A forked child must, or it would repeat its parent's ids."""
    global _count, _middle
    _random.seed(os.urandom(16))
    _count, _middle = _begin()


def uuid7(now_ns: int) -> str:
    """A UUIDv7 for the instant `now_ns` (nanoseconds of the epoch)."""
    text = hex(now_ns // 1_000_000)
    if len(text) != 13:
        # A clock before 2004 or after 2527.
        text = f"{now_ns // 1_000_000 & 0xFFFFFFFFFFFF:012x}"
        return f"{text[:8]}-{text[8:]}-{_middle}-{next(_count)}"
    return f"0{text[2:9]}-{text[9:]}-{_middle}-{next(_count)}"


def event_id(model: str, now_ns: int) -> EventId:
    """A new id of an event of `model`."""
    made = EventId(uuid7(now_ns))
    made.model = model
    return made


class IdRange(Sequence[str]):
    """New ids of many events of now, kept as where they begin and how many there are."""

    def __init__(self, count: int) -> None:
        first = uuid7(time.time_ns())
        numbers, middle = _begin()
        self._head = f"{first[:13]}-{middle}-"
        self._start = next(numbers)
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
        return f"{self._head}{self._start + position}"


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


def _begin() -> tuple[Iterator[int], str]:
    """A count from a random start, and the text before it: version, 12 random bits, variant, 14 more."""
    noise = _random.getrandbits(26)
    middle = f"7{noise >> 14:03x}-{0x8000 | noise & 0x3FFF:04x}"
    return itertools.count(_random.randrange(START_MIN, START_MAX)), middle


_count, _middle = _begin()
