"""What a client is told: where the server is, and its bounds.

Every setting has an environment variable, so that a service is pointed at its server without a
change of its code.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DEFAULT_SERVER = "http://127.0.0.1:7411"
"""Where `candor serve` listens when nobody says otherwise."""


@dataclass(frozen=True)
class Settings:
    """Settings of one client. Sizes are in bytes, times in seconds."""

    server: str = DEFAULT_SERVER
    """Base address of the server; `CANDOR_SERVER`."""
    token: str | None = None
    """Bearer token, if the server wants one; `CANDOR_TOKEN`."""
    environment: str | None = None
    """`environment` of every event that names none; `CANDOR_ENVIRONMENT`. The server's default is `production`."""
    enabled: bool = True
    """Whether anything is recorded at all; `CANDOR_DISABLED=1` switches it off."""
    queue_rows: int = 10_000
    """Events that wait to be encoded, at most; `CANDOR_QUEUE_ROWS`."""
    batch_rows: int = 1_000
    """Events of one request, at most."""
    batch_bytes: int = 512 << 10
    """Bytes of one request before compression, about; one larger event goes alone."""
    linger: float = 0.25
    """How long events wait for company before they are sent."""
    timeout: float = 30.0
    """How long one request may take before it is tried again."""
    memory_bytes: int = 8 << 20
    """Encoded events that are kept in memory, at most; beyond it they go to the spool."""
    spool: str | None = None
    """Folder of the disk spool, none if empty; `CANDOR_SPOOL`, by default a folder of the user's state."""
    spool_bytes: int = 256 << 20
    """Bytes that one process may leave in the spool; `CANDOR_SPOOL_BYTES`."""
    drop: str = "newest"
    """What goes when a bound is reached: the `newest` events or the `oldest`; `CANDOR_DROP`."""
    exit_wait: float = 2.0
    """How long the end of the process may wait for events to be sent or spooled."""
    columns: bool = True
    """Whether predictions of one shape go as Arrow columns, which costs a quarter of JSON; else all is JSON."""
    compress: bool | None = None
    """Whether requests are packed with gzip; by default if the server is on another machine."""

    @classmethod
    def from_environment(cls, **chosen: Any) -> Settings:
        """Settings from `CANDOR_*` variables; what is given here goes before them.

        Raises ValueError with one sentence when a setting cannot be meant.
        """
        read: dict[str, Any] = {}
        environ = os.environ
        for name in ("server", "token", "environment", "drop"):
            if value := environ.get(f"CANDOR_{name.upper()}"):
                read[name] = value
        for name in ("queue_rows", "spool_bytes"):
            if value := environ.get(f"CANDOR_{name.upper()}"):
                read[name] = _whole(f"CANDOR_{name.upper()}", value)
        read["enabled"] = environ.get("CANDOR_DISABLED", "").lower() not in ("1", "true", "yes")
        read["spool"] = environ.get("CANDOR_SPOOL", default_spool())
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(chosen) - known):
            raise ValueError(f"there is no setting {unknown[0]!r}; the settings are {', '.join(sorted(known))}")
        read.update(chosen)
        return cls(**read)

    def __post_init__(self) -> None:
        parts = urlsplit(self.server)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"server {self.server!r} is no address such as {DEFAULT_SERVER}")
        if self.drop not in ("newest", "oldest"):
            raise ValueError(f"drop is {self.drop!r}; it is 'newest' or 'oldest'")
        for name in ("queue_rows", "batch_rows", "batch_bytes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; at least 1 is needed")

    @property
    def packs(self) -> bool:
        """Whether requests are compressed. On this machine it would cost more than it saves."""
        if self.compress is not None:
            return self.compress
        host = urlsplit(self.server).hostname or ""
        return not (host == "localhost" or host.startswith("127.") or host == "::1")

    def __repr__(self) -> str:
        """The settings without the token."""
        shown = (f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.name != "token")
        return f"Settings({', '.join(shown)}, token={'secret' if self.token else None})"


def default_spool() -> str:
    """The folder of the spool when nobody names one: `$XDG_STATE_HOME/candor/spool` or its default."""
    state = os.environ.get("XDG_STATE_HOME")
    try:
        home = Path(state) if state else Path.home() / ".local" / "state"
    except RuntimeError:
        # A user without a home, as in some containers: then there is no spool.
        return ""
    return str(home / "candor" / "spool")


def _whole(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}; a whole number is needed") from None
