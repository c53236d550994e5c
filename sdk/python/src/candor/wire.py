"""Requests to the server over one connection, by a thread that must not sleep long.

The background thread does everything for every client of the process, so it cannot wait idly for a
server that is slow. All waiting here happens in ticks, and between two ticks `between` is called: it
empties the queues, and says by an exception when to give up.
"""

from __future__ import annotations

# Looked up for host names at the first request, by the background thread. A program that forks while a thread
# imports leaves the child with a lock that nobody opens, so nothing is imported there.
import encodings.idna  # noqa: F401
import gzip
import http.client
import io
import json
import select
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from ._version import VERSION
from .settings import Settings

T = TypeVar("T")

TICK = 0.05
"""Seconds between two calls of `between` while a request waits."""
CONNECT = 5.0
"""Seconds for a connection to be made."""
REPLY_BYTES_MAX = 4 << 20
"""Longest reply that is read."""
PACKED_FROM = 1024
"""Shorter bodies are not worth packing."""


class GivenUp(Exception):
    """The request was broken off because the process ends."""


@dataclass
class Answer:
    """What the server said."""

    status: int
    retry_after: float | None
    """Seconds after which to come again, if it said so."""
    said: dict[str, Any] = field(default_factory=dict)
    """The reply, or the problem."""


class Wire:
    """One client's connection, made when it is needed and kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        parts = urlsplit(settings.server)
        self._path = parts.path.rstrip("/")
        self._connection: _Connection | None = None

    def post(self, door: str, content_type: str, body: bytes, between: Callable[[], None]) -> Answer:
        """Sends one request.

        Raises OSError or http.client.HTTPException if there is no answer, GivenUp if `between` does.
        """
        headers = {
            "Content-Type": content_type,
            "Accept": "application/json",
            "User-Agent": f"candor-python/{VERSION}",
        }
        if self._settings.token:
            headers["Authorization"] = f"Bearer {self._settings.token}"
        if self._settings.packs and len(body) >= PACKED_FROM:
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        deadline = time.monotonic() + self._settings.timeout
        fresh = self._connection is None
        try:
            return self._exchange(door, headers, body, between, deadline)
        except (ConnectionError, http.client.BadStatusLine):
            self.close()
            # A kept connection that the server closed meanwhile says nothing about the server.
            if fresh:
                raise
        except BaseException:
            self.close()
            raise
        try:
            return self._exchange(door, headers, body, between, deadline)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Closes the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _exchange(
        self, door: str, headers: dict[str, str], body: bytes, between: Callable[[], None], deadline: float
    ) -> Answer:
        if self._connection is None:
            self._connection = _Connection(self._settings.server)
        connection = self._connection
        connection.patience = _Patience(between, deadline, self._settings.timeout)
        connection.request("POST", self._path + door, body, headers)
        response = connection.getresponse()
        content = response.read(REPLY_BYTES_MAX)
        if response.will_close or not response.isclosed():
            self.close()
        return Answer(response.status, _seconds(response.getheader("Retry-After")), _object(content))


class _Patience:
    """Waiting for a socket, in ticks, until a deadline."""

    def __init__(self, between: Callable[[], None], deadline: float, seconds: float) -> None:
        self._between = between
        self._deadline = deadline
        self._seconds = seconds

    def wait(self, sock: socket.socket, write: bool) -> None:
        """Until `sock` is ready; raises TimeoutError at the deadline, and whatever `between` raises."""
        while True:
            if _ready(sock, write):
                return
            self._between()
            if time.monotonic() > self._deadline:
                raise TimeoutError(f"no answer within {self._seconds:g} s")


class _Patient(io.RawIOBase):
    """A non-blocking socket under the face that `http.client` wants: waiting is done by patience."""

    def __init__(self, sock: socket.socket, owner: _Connection) -> None:
        self._sock = sock
        self._owner = owner
        self._readers = 0
        self._unwanted = False

    def makefile(self, mode: str, *_: Any, **__: Any) -> io.BufferedReader:
        """A reader of the answer."""
        assert mode == "rb"
        # http.client closes its reader after each answer, and the connection before it if that is the last one.
        self._readers += 1
        return io.BufferedReader(_Reader(self))

    def sendall(self, data: Any) -> None:
        """Sends everything."""
        view = memoryview(data)
        while view:
            view = view[self._owner.patiently(self._sock, partial(self._sock.send, view), True) :]

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads what there is, or waits for something."""
        return self._owner.patiently(self._sock, lambda: self._sock.recv_into(buffer), False)

    def close(self) -> None:
        """Closes the socket once nobody reads from it."""
        self._unwanted = True
        if self._readers == 0:
            self._sock.close()
            super().close()

    def released(self) -> None:
        """A reader has closed."""
        self._readers -= 1
        if self._unwanted:
            self.close()


class _Reader(io.RawIOBase):
    """Reads of the socket without owning it."""

    def __init__(self, below: _Patient) -> None:
        self._below = below

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As the socket does."""
        return self._below.readinto(buffer)

    def close(self) -> None:
        """Ends the reading."""
        if not self.closed:
            super().close()
            self._below.released()


class _Connection(http.client.HTTPConnection):
    """HTTP over a patient socket, encrypted where the address says so."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self._encrypted = parts.scheme == "https"
        port = parts.port or (443 if self._encrypted else 80)
        super().__init__(parts.hostname or "", port)
        self.patience: _Patience | None = None

    def connect(self) -> None:
        """Connects to one of the host's addresses, each tried in turn."""
        failure: OSError | None = None
        for family, kind, protocol, _, address in socket.getaddrinfo(self.host, self.port, 0, socket.SOCK_STREAM):
            sock = socket.socket(family, kind, protocol)
            try:
                self._connect_one(sock, address)
            except OSError as error:
                sock.close()
                failure = error
                continue
            except BaseException:
                sock.close()
                raise
            return
        raise failure or OSError(f"{self.host} has no address")

    def _connect_one(self, sock: socket.socket, address: Any) -> None:
        assert self.patience is not None
        sock.setblocking(False)
        if sock.connect_ex(address) != 0:
            until = time.monotonic() + CONNECT
            _Patience(self.patience._between, until, CONNECT).wait(sock, True)
        if failed := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(failed, f"cannot connect to {self.host}:{self.port}")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._encrypted:
            context = ssl.create_default_context()
            secured = context.wrap_socket(sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.patiently(secured, secured.do_handshake, False)
            sock = secured
        self.sock = cast(Any, _Patient(sock, self))

    def patiently(self, sock: socket.socket, act: Callable[[], T], write: bool) -> T:
        """The result of `act`, which is tried again whenever the socket is ready."""
        assert self.patience is not None
        while True:
            try:
                return act()
            except ssl.SSLWantReadError:
                self.patience.wait(sock, False)
            except ssl.SSLWantWriteError:
                self.patience.wait(sock, True)
            except (BlockingIOError, InterruptedError):
                self.patience.wait(sock, write)


def _ready(sock: socket.socket, write: bool) -> bool:
    """Whether `sock` is ready within a tick. `select` itself cannot watch descriptors from 1024 on."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLOUT if write else select.POLLIN)
        return bool(poll.poll(TICK * 1000))
    readers, writers, _ = select.select([] if write else [sock], [sock] if write else [], [], TICK)
    return bool(readers or writers)


def _seconds(text: str | None) -> float | None:
    """`Retry-After` in seconds. Candor says it so; dates, which proxies may send, are not followed."""
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        return None


def _object(content: bytes) -> dict[str, Any]:
    try:
        said = json.loads(content)
    except ValueError:
        return {"detail": content[:200].decode("utf-8", "replace")}
    return said if isinstance(said, dict) else {"detail": str(said)[:200]}
