"""One real server for all tests that leave it alone, others for those that do not."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import servers

import candor

SOURCE = Path(__file__).resolve().parents[1] / "src"


def pytest_configure() -> None:
    if not servers.BINARY or not Path(servers.BINARY).is_file():
        raise pytest.UsageError("CANDOR_BIN names no `candor` binary; these tests talk to the real one")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Candor]:
    started = servers.Candor(tmp_path_factory.mktemp("shared") / "data")
    started.data.mkdir()
    yield started.start()
    started.kill()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[servers.Candor]:
    data = tmp_path / "data"
    data.mkdir()
    started = servers.Candor(data)
    yield started.start()
    started.kill()


@pytest.fixture
def recorder() -> Iterator[servers.Recorder]:
    made = servers.Recorder()
    yield made
    made.close()


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def client(server: servers.Candor, spool: Path) -> candor.Client:
    """A client of the shared server."""
    return candor.Client(candor.Settings(server=server.url, spool=str(spool)))


@pytest.fixture
def ready(server: servers.Candor, spool: Path) -> None:
    """The module's own functions, pointed at the shared server."""
    candor.configure(server=server.url, spool=str(spool))


Script = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def script(spool: Path) -> Script:
    """Runs a program of its own, as a user would; `url` is what CANDOR_SERVER names."""

    def run(text: str, url: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        told = {**os.environ, "PYTHONPATH": str(SOURCE), "CANDOR_SERVER": url, "CANDOR_SPOOL": str(spool)}
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(text)],
            env={**told, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return run
