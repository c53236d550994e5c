"""Encoded requests on their way: first in, first out, in memory while all is well, else on disk.

One order for everything that a client sends, so events of one model arrive in the order in which they
were recorded. Only the background thread touches an outbox.
"""

from __future__ import annotations

import contextlib
from collections import deque
from pathlib import Path

from . import spool
from .counters import Complaints, Counters
from .encode import NDJSON
from .settings import Settings
from .spool import MIXED

ARROW = "application/vnd.apache.arrow.stream"
"""Content type of tables."""
GAP = 1 << 20
"""Between the numbers of two requests, so that the parts of one that was too large find theirs."""


class Frame:
    """One request to come: its body is in memory or in a file."""

    __slots__ = ("body", "door", "file", "gap", "number", "rows", "sealed", "size", "tries")

    def __init__(self, number: int, door: str, rows: int, size: int, body: bytes | None, file: Path | None) -> None:
        self.number = number
        self.door = door
        self.rows = rows
        self.size = size
        self.body = body
        self.file = file
        self.gap = GAP
        self.sealed = False
        """Whether it was tried: then nothing is added to it."""
        self.tries = 0

    @property
    def content_type(self) -> str:
        """What the body is."""
        return NDJSON if self.door == MIXED else ARROW


class Outbox:
    """The requests of one client, in order."""

    def __init__(self, settings: Settings, counters: Counters, complaints: Complaints) -> None:
        self._settings = settings
        self._counters = counters
        self._complaints = complaints
        self._frames: deque[Frame] = deque()
        self._number = 0
        self._memory = 0
        self._disk = 0
        self._folder: spool.Folder | None = None
        self._inherited: list[spool.Folder] = []
        self.spilling = False
        """Whether the server is away: then frames go to the disk at once."""

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def last_number(self) -> int:
        """Number of the frame that came last."""
        return self._number

    @property
    def bytes_on_disk(self) -> int:
        """Bytes of this process in the spool."""
        return self._disk

    @property
    def bytes_in_memory(self) -> int:
        """Bytes that are not on the disk."""
        return self._memory

    def adopt(self) -> None:
        """Takes over what processes that ended left in the spool, before anything of this one."""
        if not self._settings.spool:
            return
        for folder in spool.abandoned(self._settings.spool, self._settings.server):
            files = folder.files()
            if not files:
                folder.leave()
                continue
            self._inherited.append(folder)
            for stored in files:
                self._number += GAP
                frame = Frame(self._number, stored.door, stored.rows, stored.size, None, stored.file)
                frame.sealed = True
                self._frames.append(frame)
                self._disk += stored.size
                self._counters.found += stored.rows
                self._counters.waiting += stored.rows

    def push(self, door: str, rows: int, body: bytes) -> None:
        """Adds a request, or drops what the policy says if there is no room for it."""
        self._counters.waiting += rows
        if self._appended(door, rows, body):
            return
        self._number += GAP
        frame = Frame(self._number, door, rows, len(body), body, None)
        self._frames.append(frame)
        self._memory += frame.size
        if self.spilling or self._memory > self._settings.memory_bytes:
            self.spill()
        self._bound()

    def head(self) -> Frame | None:
        """The request whose turn it is."""
        return self._frames[0] if self._frames else None

    def body(self, frame: Frame) -> bytes:
        """The body of `frame`, from memory or from its file; empty if that is gone or damaged."""
        if frame.body is not None:
            return frame.body
        assert frame.file is not None
        try:
            body = frame.file.read_bytes()
        except OSError as error:
            self._complaints.say(f"cannot read {frame.file} of the spool: {error}")
            return b""
        return spool.whole_lines(body) if frame.door == MIXED else body

    def settle(self) -> Frame:
        """The request whose turn it was is done with."""
        frame = self._frames.popleft()
        self._remove(frame)
        if not any(f.file for f in self._frames):
            self.spilling = False
            self._drop_inherited()
        return frame

    def split_head(self, halves: tuple[tuple[int, bytes], tuple[int, bytes]]) -> None:
        """Puts two smaller requests, each with its rows and body, in the place of the first one."""
        frame = self._frames.popleft()
        gap = frame.gap // 2
        for number, (rows, body) in ((frame.number + gap, halves[1]), (frame.number, halves[0])):
            part = Frame(number, frame.door, rows, len(body), body, None)
            part.gap, part.sealed = gap, True
            self._frames.appendleft(part)
            self._memory += part.size
        self._forget(frame)

    def spill(self) -> None:
        """Moves everything in memory to the disk, as far as there is room."""
        if not self._settings.spool:
            return
        for frame in self._frames:
            if frame.body is None:
                continue
            if self._disk + frame.size > self._settings.spool_bytes:
                return
            try:
                if self._folder is None:
                    self._folder = spool.own(self._settings.spool, self._settings.server)
                frame.file = spool.write(self._folder.path, frame.number, frame.door, frame.rows, frame.body)
            except OSError as error:
                self._failed(error)
                return
            frame.body = None
            self._memory -= frame.size
            self._disk += frame.size

    def close(self) -> None:
        """Leaves what is not sent to the next process. What is in memory only is lost, and counted."""
        self.spill()
        for frame in self._frames:
            if frame.file is None:
                self._counters.dropped_spool += frame.rows
            else:
                self._counters.left += frame.rows
        self._counters.waiting = 0
        self._frames.clear()
        self._memory = self._disk = 0
        self._drop_inherited()
        if self._folder is not None:
            self._folder.leave()
            self._folder = None

    def abandon(self) -> None:
        """Forgets everything in a forked child: it is its parent's."""
        for folder in [*self._inherited, *([self._folder] if self._folder else [])]:
            folder.abandon()

    def _appended(self, door: str, rows: int, body: bytes) -> bool:
        """Whether the lines went into the last file, so that a long absence makes few files."""
        last = self._frames[-1] if self._frames else None
        if last is None or last.sealed or last.file is None or door != MIXED or last.door != MIXED:
            return False
        small = last.size + len(body) <= self._settings.batch_bytes
        fits = last.rows + rows <= self._settings.batch_rows
        if not (small and fits) or self._disk + len(body) > self._settings.spool_bytes:
            return False
        try:
            spool.append(last.file, body, last.size)
        except OSError as error:
            self._failed(error)
            return False
        last.rows += rows
        last.size += len(body)
        self._disk += len(body)
        return True

    def _failed(self, error: OSError) -> None:
        self._counters.spool_failures += 1
        self._complaints.say(
            f"cannot write to the spool {self._settings.spool}: {error}; events stay in memory, "
            f"{self._settings.memory_bytes} bytes of them at most"
        )

    def _bound(self) -> None:
        """Drops by policy until memory is within its bound. The first frame may be on its way, and stays."""
        while self._memory > self._settings.memory_bytes and len(self._frames) > 1:
            if self._settings.drop == "oldest":
                frame = self._frames[1] if self._frames[0].sealed else self._frames[0]
                self._frames.remove(frame)
            else:
                frame = self._frames.pop()
            self._counters.dropped_spool += frame.rows
            self._complaints.say(
                f"{frame.rows} events were dropped: the server {self._settings.server} takes none, and neither "
                f"memory nor the spool has room"
            )
            self._remove(frame)
            if self._settings.drop == "oldest":
                self.spill()

    def _remove(self, frame: Frame) -> None:
        self._counters.waiting -= frame.rows
        self._forget(frame)

    def _forget(self, frame: Frame) -> None:
        if frame.file is not None:
            self._disk -= frame.size
            with contextlib.suppress(OSError):
                frame.file.unlink()
        else:
            self._memory -= frame.size

    def _drop_inherited(self) -> None:
        for folder in self._inherited:
            folder.leave()
        self._inherited.clear()
