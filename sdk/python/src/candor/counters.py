"""What became of every event, in numbers that add up.

`taken + found = accepted + duplicates + rejected + refused + dropped + waiting + left`, apart from what
waits in the queue, which is taken when the background thread comes to it.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, fields
from typing import Any

log = logging.getLogger("candor")

WARN_EVERY = 60.0
"""Seconds between two warnings, at least: a service's log is not the place to count events."""


@dataclass
class Counters:
    """Counts of one client since it was made, in events unless said otherwise."""

    taken: int = 0
    """Taken from the queue by the background thread."""
    found: int = 0
    """Found in the spools of processes that ended."""
    accepted: int = 0
    """On the server's stable storage, first sent by this try."""
    duplicates: int = 0
    """There already: an earlier try had arrived without our hearing of it."""
    rejected: int = 0
    """Rejected one by one by the server, and kept in its quarantine."""
    refused: int = 0
    """In requests that the server refused for good."""
    dropped_queue: int = 0
    """Dropped because the queue was full."""
    dropped_spool: int = 0
    """Dropped because neither memory nor the spool had room."""
    dropped_unreadable: int = 0
    """Dropped because no JSON could be made of them, or because their spool file was damaged."""
    left: int = 0
    """Left in the spool at the end, for the next process."""
    errors: int = 0
    """Calls that recorded nothing because of a mistake in their arguments or in this library."""
    requests: int = 0
    """Requests sent."""
    retries: int = 0
    """Requests that have to be sent again."""
    spool_failures: int = 0
    """Writes to the spool that failed."""
    waiting: int = 0
    """Encoded, and not yet acknowledged."""
    queued: int = 0
    """Still in the queue."""
    last_problem: str = ""
    """The latest thing that went wrong, in one sentence."""

    @property
    def dropped(self) -> int:
        """Everything that was dropped, whatever the reason."""
        return self.dropped_queue + self.dropped_spool + self.dropped_unreadable

    def as_dict(self) -> dict[str, Any]:
        """The counts by name, with `dropped`."""
        return {**{f.name: getattr(self, f.name) for f in fields(self)}, "dropped": self.dropped}


class Complaints:
    """What goes wrong: counted and noted at once by whoever meets it, logged by the background thread alone.

    A handler of the log may be slow, and the caller's thread waits for nothing.
    """

    def __init__(self, counters: Counters) -> None:
        self.lock = threading.Lock()
        """Guards the counts that several threads raise; held for the raise only."""
        self._counters = counters
        self._quiet_until = 0.0
        self._unlogged = 0

    def say(self, sentence: str) -> None:
        """Notes `sentence`."""
        self._counters.last_problem = sentence
        self._unlogged += 1

    def mistake(self, call: str, error: Exception) -> None:
        """Notes that `call` recorded nothing. Never raises."""
        with self.lock:
            self._counters.errors += 1
        self.say(f"candor.{call} recorded nothing: {type(error).__name__}: {error}")

    def log(self) -> None:
        """Logs the latest problem, unless another was logged within the last minute."""
        if self._unlogged and time.monotonic() >= self._quiet_until:
            count, self._unlogged = self._unlogged, 0
            self._quiet_until = time.monotonic() + WARN_EVERY
            others = f" ({count - 1} more problems since the last warning)" if count > 1 else ""
            log.warning("%s%s", self._counters.last_problem, others)
