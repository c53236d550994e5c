"""From a client's queue to the server: gather, encode, send, send again, drop.

Everything here runs on the background thread.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Union

from . import bundle, encode
from .counters import Complaints, Counters
from .encode import Row
from .outbox import Frame, Outbox
from .settings import Settings
from .spool import MIXED
from .wire import Answer, GivenUp, Wire

AGAIN = frozenset((401, 403, 408, 425, 429, 500, 502, 503, 504))
"""Statuses after which the same request is sent again. A token may be mended while the service runs."""
TRIES_OF_ERRORS = 8
"""Tries of a request that the server answers with 500: then it is the request that is at fault."""
WAIT_FIRST, WAIT_MAX = 0.1, 30.0
"""Seconds before the second try, and most seconds before any; they double in between."""
SLICE, PAUSE = 32, 0.001
"""Events encoded at a time, and the seconds of pause after them, so that the interpreter's lock is seldom
held for long; without pauses when the queue is half full."""


class Table:
    """A table in the queue: its body is made already, since the caller's data may change."""

    __slots__ = ("body", "door", "rows")

    def __init__(self, door: str, rows: int, body: bytes) -> None:
        self.door = door
        self.rows = rows
        self.body = body


class Later(ABC):
    """Rows in the queue that are not taken apart yet, of a size in bytes."""

    def __init__(self, rows: int, size: int) -> None:
        self.rows = rows
        self.size = size

    @abstractmethod
    def rows_of(self) -> Iterator[Row] | None:
        """The rows; None if they go as columns."""

    @abstractmethod
    def bodies(self) -> Iterator[tuple[str, int, bytes]]:
        """Requests of columns: door, rows and body of each."""


class Mark:
    """A place in the queue: whoever waits is told when everything before it is done with."""

    __slots__ = ("reached",)

    def __init__(self) -> None:
        self.reached = threading.Event()


Entry = Union[tuple[str, str, str, Any, dict[str, Any]], Table, "Later", Mark]
"""What is in a queue. Rows come as plain tuples of a `Row`'s values, which are cheaper to make."""


class Pipeline:
    """What the background thread does for one client."""

    def __init__(self, settings: Settings, queue: deque[Entry], counters: Counters, complaints: Complaints) -> None:
        self.settings = settings
        self.outbox = Outbox(settings, counters, complaints)
        self.closing_at: float | None = None
        """When the process ends, if it does: the instant (monotonic) at which sending stops."""
        self._queue = queue
        self._counters = counters
        self._complaints = complaints
        self._wire = Wire(settings)
        self._rows: list[Row] = []
        self._rows_since = 0.0
        self._marks: deque[tuple[int, Mark]] = deque()
        self._not_before = 0.0
        self._failures = 0
        self._opened = False
        self._expected = 0
        self._encoded = 0

    def open(self) -> None:
        """Takes over what processes that ended left behind."""
        if not self._opened:
            self._opened = True
            self.outbox.adopt()

    def gather(self) -> None:
        """Empties the queue into requests."""
        queue = self._queue
        while queue:
            entry = queue.popleft()
            if isinstance(entry, tuple):
                self._take(Row._make(entry))
            elif isinstance(entry, Later):
                self._take_apart(entry)
            elif isinstance(entry, Table):
                self._bundle()
                self._counters.taken += entry.rows
                self.expect(-len(entry.body))
                self.outbox.push(entry.door, entry.rows, entry.body)
            else:
                self._bundle()
                self._marks.append((self.outbox.last_number, entry))
        self._reach()

    def step(self, between: Callable[[], None]) -> float:
        """Sends what is due; returns when (monotonic) there is something to do again.

        While a request waits, `between` is called; what it raises breaks the request off.
        """
        self.gather()
        now = time.monotonic()
        linger = 0.0 if self.closing_at is not None else self.settings.linger
        if self._rows and now >= self._rows_since + linger:
            self._bundle()
        while len(self.outbox) and time.monotonic() >= self._not_before and not self._is_over():
            self._send_head(between)
        if self.outbox.spilling:
            self.outbox.spill()
        self._reach()
        self._complaints.log()
        due = [self._rows_since + linger] if self._rows else []
        if len(self.outbox):
            due.append(self._not_before)
        return min(due, default=float("inf"))

    def between(self) -> None:
        """What goes on while a request waits, of this client or of another."""
        if self._is_over():
            raise GivenUp
        self.gather()

    def has_room(self, size: int) -> bool:
        """Whether a table of so many bytes can be queued; one of any size can if nothing else is there."""
        waiting = self._expected + self.outbox.bytes_in_memory
        return waiting == 0 or waiting + size <= self.settings.memory_bytes

    def expect(self, size: int) -> None:
        """So many more bytes of tables are in the queue, or less."""
        with self._complaints.lock:
            self._expected += size

    def close(self) -> None:
        """Leaves what is not sent in the spool."""
        self.gather()
        self._bundle()
        self.outbox.close()
        self._wire.close()
        self._reach()

    def abandon(self) -> None:
        """In a forked child: the parent's requests, connection and folder are let alone."""
        self.outbox.abandon()
        self._wire.close()

    def _pause(self) -> None:
        """Lets other threads run after some events, unless the queue fills or the process ends."""
        self._encoded += 1
        if self._encoded % SLICE == 0 and len(self._queue) < self.settings.queue_rows // 2 and not self.closing_at:
            time.sleep(PAUSE)

    def _take_apart(self, entry: Later) -> None:
        self.expect(-entry.size)
        begun = self._counters.taken
        try:
            rows = entry.rows_of()
            if rows is None:
                self._bundle()
                for door, count, body in entry.bodies():
                    self._counters.taken += count
                    self.outbox.push(door, count, body)
                return
            for row in rows:
                self._take(row)
        except Exception as error:
            lost = entry.rows - (self._counters.taken - begun)
            self._counters.taken += lost
            self._counters.dropped_unreadable += lost
            self._complaints.say(f"{lost} rows of a call cannot be read: {type(error).__name__}: {error}")

    def _take(self, row: Row) -> None:
        self._counters.taken += 1
        self._counters.waiting += 1
        if not self._rows:
            self._rows_since = time.monotonic()
        self._rows.append(row)
        if len(self._rows) >= self.settings.batch_rows:
            self._bundle()

    def _bundle(self) -> None:
        """Makes requests of the rows that are here."""
        rows, self._rows = self._rows, []
        if not rows:
            return
        self._counters.waiting -= len(rows)
        # While the server is away lines are better: many small pieces are put into one file.
        if self.settings.columns and not self.outbox.spilling and len(rows) >= bundle.TOGETHER_MIN:
            groups, rows = bundle.together(rows)
            for group in groups:
                try:
                    door, body = bundle.request(group, self.settings.environment)
                except Exception:  # no columns can be made of these; of lines more is said
                    rows = group + rows
                    continue
                if len(body) > 2 * self.settings.batch_bytes:
                    rows = group + rows
                    continue
                self.outbox.push(door, len(group), body)
        self._write(rows)

    def _write(self, rows: list[Row]) -> None:
        """Makes requests of lines."""
        lines: list[bytes] = []
        size = 0
        for row in rows:
            try:
                line = encode.line(row, self.settings.environment)
            except Exception as error:
                self._counters.dropped_unreadable += 1
                self._complaints.say(f"a {row.kind} of {row.model or 'no model'} cannot be written as JSON: {error}")
                continue
            if lines and size + len(line) > self.settings.batch_bytes:
                self.outbox.push(MIXED, len(lines), b"".join(lines))
                lines, size = [], 0
            lines.append(line)
            size += len(line)
            self._pause()
        if lines:
            self.outbox.push(MIXED, len(lines), b"".join(lines))

    def _is_over(self) -> bool:
        return self.closing_at is not None and time.monotonic() >= self.closing_at

    def _send_head(self, between: Callable[[], None]) -> None:
        frame = self.outbox.head()
        assert frame is not None
        frame.sealed = True
        body = self.outbox.body(frame)
        if not body:
            self._counters.dropped_unreadable += frame.rows
            self.outbox.settle()
            return
        self._counters.requests += 1
        frame.tries += 1
        try:
            answer = self._wire.post(frame.door, frame.content_type, body, between)
        except GivenUp:
            return
        except (OSError, http.client.HTTPException) as error:
            self._later(None, f"no answer from {self.settings.server}: {type(error).__name__}: {error}")
            return
        self._hear(frame, body, answer)

    def _hear(self, frame: Frame, body: bytes, answer: Answer) -> None:
        said = answer.said
        if answer.status == 200:
            self._failures = 0
            self._counters.accepted += int(said.get("accepted", 0))
            self._counters.duplicates += int(said.get("duplicates", 0))
            rejected = int(said.get("rejected_count", 0))
            self._counters.rejected += rejected
            if rejected:
                first = (said.get("rejected") or [{}])[0]
                self._complaints.say(
                    f"the server rejected {rejected} of {frame.rows} events and keeps them in its quarantine; "
                    f"the first one, {first.get('code')}: {first.get('message')}"
                )
            self.outbox.settle()
            return
        sentence = f"{self.settings.server} answered {answer.status} {said.get('code', '')}: {said.get('detail', '')}"
        poisoned = answer.status == 500 and frame.tries >= TRIES_OF_ERRORS
        if answer.status in AGAIN and not poisoned:
            self._later(answer.retry_after, sentence)
        elif answer.status == 413 and frame.door == MIXED and frame.rows > 1:
            lines = body.splitlines(keepends=True)
            half = len(lines) // 2
            self.outbox.split_head(((half, b"".join(lines[:half])), (len(lines) - half, b"".join(lines[half:]))))
        else:
            self._counters.refused += frame.rows
            self._complaints.say(f"{sentence} {said.get('hint', '')} {frame.rows} events are lost.")
            self.outbox.settle()

    def _later(self, asked: float | None, sentence: str) -> None:
        """The same request again: when the server asked for it, else twice as late each time, plus up to half."""
        self._counters.retries += 1
        doubled = WAIT_FIRST * 2 ** min(self._failures, 16)
        self._failures += 1
        base = min(doubled if asked is None else max(asked, WAIT_FIRST), WAIT_MAX)
        self._not_before = time.monotonic() + base * (1 + random.random() / 2)
        self._complaints.say(sentence)
        # From now on a crash of this process loses nothing that was encoded.
        self.outbox.spilling = bool(self.settings.spool)
        self.outbox.spill()

    def _reach(self) -> None:
        """Tells those who wait for a place that has been reached."""
        while self._marks:
            number, mark = self._marks[0]
            head = self.outbox.head()
            if head is not None and head.number <= number:
                return
            self._marks.popleft()
            mark.reached.set()
