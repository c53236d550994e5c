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
        variant = 0x8000 | noise & 0x3FFF
        head = f"{instant >> 16 & 0xFFFFFFFF:08x}-{instant & 0xFFFF:04x}-7{noise >> 14:03x}-{variant:04x}-"
        _head = (instant, head)
    return f"{head}{next(_count) & 0xFFFFFFFFFFFF:012x}"


def event_id(model: str, now_ns: int) -> EventId:
    """A new id of an event of `model`."""
    made = EventId(uuid7(now_ns))
    made.model = model
    return made


def new_ids(count: int) -> list[str]:
    """So many ids for now."""
    now = time.time_ns()
    return [uuid7(now) for _ in range(count)]
