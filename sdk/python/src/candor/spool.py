"""The disk spool: what could not be sent yet, in files that anybody can read.

Under the spool's folder lies one folder for each server, in it one for each process, in that one file
for each request to come, numbered in their order:

    <spool>/<server>/<process>/00000000000018874368.events.ndjson
    <spool>/<server>/<process>/00000000000019922944.5000.%2Fv1%2Fmodels%2Floan%2Fpredictions.arrow

The first holds events as the server takes them at `/v1/events`, so `candor check` reads it and `curl`
can send it; the second names its rows and its door. A process holds a lock on its folder while it lives. Folders
without a holder are left by processes that ended: whoever finds one sends what is in it. Files are
not synced: they survive the end of the process, however it comes, and not that of the machine's power.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from .ids import uuid7

try:
    import fcntl
except ImportError:  # No such locks: then there is no spool, and memory is all.
    fcntl = None  # type: ignore[assignment]

MIXED = "/v1/events"
"""The door that takes lines of every kind and model."""
EVENTS = "events.ndjson"
"""How the names of files with lines of events end."""


class Stored(NamedTuple):
    """A file of the spool."""

    file: Path
    door: str
    """Path of the door that takes it."""
    rows: int
    """Events in it; a line that a killed process left half written is none."""
    size: int


class Folder:
    """One process's folder, held by a lock."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    def files(self) -> list[Stored]:
        """What is in it, in order."""
        found = []
        for file in sorted(self.path.iterdir()):
            stem, _, ending = file.name.partition(".")
            if not stem.isdigit() or ending.endswith(".part"):
                continue
            with contextlib.suppress(OSError, ValueError):
                size = file.stat().st_size
                if ending == EVENTS:
                    found.append(Stored(file, MIXED, _lines(file), size))
                else:
                    rows, _, door = ending.removesuffix(".arrow").partition(".")
                    found.append(Stored(file, unquote(door), int(rows), size))
        return found

    def leave(self) -> None:
        """Lets go of it; removed if nothing is left in it."""
        with contextlib.suppress(OSError):
            if not self.files():
                for file in self.path.iterdir():
                    file.unlink()
                self.path.rmdir()
        self.abandon()

    def abandon(self) -> None:
        """Closes the lock, which a forked child shares with its parent, and touches nothing else."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def home(spool: str, server: str) -> Path:
    """The folder for what goes to `server`."""
    return Path(spool) / hashlib.sha256(server.rstrip("/").encode()).hexdigest()[:16]


def own(spool: str, server: str) -> Folder:
    """A new folder for this process.

    Raises OSError if it cannot be made.
    """
    if fcntl is None:
        raise OSError("this system has no file locks of POSIX")
    for _ in range(3):
        path = home(spool, server) / uuid7(time.time_ns())
        path.mkdir(mode=0o700, parents=True)
        lock = _locked(path)
        if lock is not None:
            return Folder(path, lock)
        # Another process looked just then, and took it for one that was left.
    raise OSError(f"{path} cannot be locked")


def abandoned(spool: str, server: str) -> list[Folder]:
    """Folders of processes that ended, the oldest first, now held by this one."""
    found: list[Folder] = []
    if fcntl is None:
        return found
    try:
        paths = sorted(path for path in home(spool, server).iterdir() if path.is_dir())
    except OSError:
        return found
    for path in paths:
        lock = _locked(path)
        if lock is not None:
            found.append(Folder(path, lock))
    return found


def write(folder: Path, number: int, door: str, rows: int, body: bytes) -> Path:
    """Writes one request as a file, whole or not at all.

    Raises OSError, and leaves nothing then.
    """
    ending = EVENTS if door == MIXED else f"{rows}.{quote(door, safe='')}.arrow"
    file = folder / f"{number:020d}.{ending}"
    part = file.with_name(file.name + ".part")
    try:
        part.write_bytes(body)
        part.rename(file)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    return file


def append(file: Path, lines: bytes, size: int) -> None:
    """Adds lines to a file of `size` bytes, all or none.

    Raises OSError, and the file is as it was then.
    """
    try:
        with file.open("r+b", buffering=0) as out:
            out.seek(size)
            view = memoryview(lines)
            while view:
                view = view[out.write(view) :]
    except OSError:
        with contextlib.suppress(OSError):
            os.truncate(file, size)
        raise


def whole_lines(body: bytes) -> bytes:
    """The body up to its last newline: a process that was killed may have left half a line."""
    return body[: body.rfind(b"\n") + 1]


def _lines(file: Path) -> int:
    with file.open("rb") as content:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: content.read(1 << 20), b""))


def _locked(path: Path) -> int | None:
    """The descriptor of the folder's lock; None if somebody holds it or it cannot be opened."""
    try:
        descriptor = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
