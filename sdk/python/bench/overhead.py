"""What recording one prediction of 20 features costs the caller's thread.

    python bench/overhead.py [--server URL] [--calls N]

Prints one JSON object: median, 99th and 99.9th percentile of the time of one call in microseconds, once
as fast as calls come one after the other (`burst`) and once at a service's pace (`paced`), where the machine has
forgotten everything since the last call: beside it stands what copying the 20 features alone costs then. The clock's
own cost is part of each figure. Without `--server` nobody answers, so that everything
goes to the spool: the caller must not notice.
"""

from __future__ import annotations

import argparse
import atexit
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

# Before candor registers its own end: the folder goes when all is written.
SPOOL = tempfile.mkdtemp()
atexit.register(shutil.rmtree, SPOOL, ignore_errors=True)

import candor  # noqa: E402

NOBODY = "http://127.0.0.1:9"

FEATURES = {f"feature_{n:02d}": n * 1.37 for n in range(16)} | {
    "purpose": "car",
    "region": "north",
    "returning": True,
    "channel": None,
}


def measure(call: Callable[[], Any], calls: int, pause: float) -> list[float]:
    """Microseconds of each call; `pause` seconds between two."""
    spent = []
    clock = time.perf_counter_ns
    for _ in range(calls):
        begin = clock()
        call()
        spent.append((clock() - begin) / 1000)
        if pause:
            time.sleep(pause)
    return spent


def figures(spent: list[float]) -> dict[str, float]:
    """Median and the tail."""
    cuts = statistics.quantiles(spent, n=1000)
    return {
        "calls": len(spent),
        "median_us": round(statistics.median(spent), 2),
        "p99_us": round(cuts[989], 2),
        "p999_us": round(cuts[998], 2),
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--server", default=NOBODY)
    asked.add_argument("--calls", type=int, default=20_000)
    options = asked.parse_args()
    candor.configure(server=options.server, spool=SPOOL, queue_rows=200_000)

    def call() -> Any:
        return candor.log_prediction("bench", FEATURES, {"score": 0.31}, version="1")

    def floor() -> Any:
        return dict(FEATURES)

    measure(call, 1000, 0)
    candor.flush(1.0)
    answer = {
        "python": sys.version.split()[0],
        "server": options.server,
        "features": len(FEATURES),
        "clock": figures(measure(lambda: None, options.calls, 0)),
        "burst": figures(measure(call, options.calls, 0)),
        "paced_copy_alone": figures(measure(floor, min(options.calls, 3000), 0.0005)),
        "paced": figures(measure(call, min(options.calls, 3000), 0.0005)),
        "flushed": candor.flush(30.0) if options.server != NOBODY else None,
        "stats": candor.stats().as_dict(),
    }
    print(json.dumps(answer, indent=1))


if __name__ == "__main__":
    main()
