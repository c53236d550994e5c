"""The one background thread of a process, which serves all its clients.

It starts with the first event, sleeps without waking while there is none, and ends with the process
within the time that the settings allow. A forked child begins anew: the thread does not exist there, and
what its parent had recorded is its parent's to send.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING

from . import ids
from .counters import log

if TYPE_CHECKING:
    from .client import Client

POLL = 0.05
"""Seconds between two looks at the queues while events come."""
SPILL_TIME = 0.3
"""Seconds of the exit's time that are kept for writing to the spool."""


class Worker:
    """The thread and what it serves."""

    def __init__(self) -> None:
        self._clients: weakref.WeakSet[Client] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._ended = False

    def serve(self, client: Client) -> None:
        """Serves `client` from now on; starts the thread if it does not run."""
        with self._lock:
            self._clients.add(client)
            if self._ended or (self._thread is not None and self._thread.is_alive()):
                return
            self._thread = threading.Thread(target=self._run, name="candor", daemon=True)
            try:
                self._thread.start()
            except RuntimeError as error:
                # No more threads, or the interpreter is ending: events wait in the queue for the exit.
                log.warning("candor cannot start its thread: %s", error)
                self._thread = None
            _finish_in_children_of_multiprocessing()

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    def clients(self) -> list[Client]:
        """Those that are served."""
        with self._lock:
            return list(self._clients)

    def end(self) -> None:
        """Sends or spools what is left, within the time that the most patient client allows."""
        clients = self.clients()
        if self._ended or not clients:
            return
        self._ended = True
        patience = max(client.settings.exit_wait for client in clients)
        for client in clients:
            client.pipeline.closing_at = time.monotonic() + max(0.0, client.settings.exit_wait - SPILL_TIME)
        thread = self._thread
        self.wake()
        if thread is not None and thread.is_alive():
            thread.join(patience)

    def _run(self) -> None:
        while True:
            due = float("inf")
            for client in self.clients():
                try:
                    client.pipeline.open()
                    due = min(due, client.pipeline.step(self._between))
                except Exception:
                    # Nothing may end the thread; what is wrong is said, and tried again a moment later.
                    log.exception("candor's thread failed, and goes on")
                    due = min(due, time.monotonic() + 1.0)
            if self._ended:
                self._finish()
                return
            self._sleep(due)

    def _between(self) -> None:
        """While one client's request waits, the queues of all are emptied."""
        for client in self.clients():
            client.pipeline.between()

    def _finish(self) -> None:
        for client in self.clients():
            with contextlib.suppress(Exception):
                client.pipeline.close()

    def _sleep(self, due: float) -> None:
        """Until something is due, or somebody wakes; while events come, it is polled for more."""
        clients = self.clients()
        if due == float("inf"):
            for client in clients:
                client.rest()
            if any(client.has_entries() for client in clients):
                return
            self._wake.wait()
        else:
            self._wake.wait(min(max(due - time.monotonic(), 0.0), POLL))
        self._wake.clear()
        for client in clients:
            client.watchful()


worker = Worker()
"""This process's."""


def _after_fork_in_child() -> None:
    global worker
    old, worker = worker, Worker()
    ids.reseed()
    # Not by its lock, which the parent's thread may have held.
    for client in list(old._clients):
        client.after_fork()


def _at_exit() -> None:
    worker.end()


def _finish_in_children_of_multiprocessing() -> None:
    """Children of `multiprocessing` end without `atexit`; its own finalizers are run."""
    processes = sys.modules.get("multiprocessing.process")
    if processes is None or processes.parent_process() is None:
        return
    from multiprocessing import util

    util.Finalize(None, _at_exit, exitpriority=100)


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
