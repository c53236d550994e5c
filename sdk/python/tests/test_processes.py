"""One thread for a process, none for one that records nothing; forks begin anew; every end sends what is left."""

from __future__ import annotations

import json
import subprocess
import sys

import servers
from conftest import SOURCE, Script

import candor


def test_importing_is_cheap_and_starts_nothing() -> None:
    program = """
import sys, threading
sys.path.insert(0, sys.argv[1])
import candor
loaded = [name for name in ("pandas", "numpy", "pyarrow", "polars", "asyncio", "sklearn") if name in sys.modules]
print(threading.active_count(), loaded)
"""
    told = subprocess.run([sys.executable, "-c", program, str(SOURCE)], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "1 []"


def test_one_thread_however_many_clients(script: Script, recorder: servers.Recorder) -> None:
    done = script(
        """
        import candor, threading
        clients = [candor.Client() for _ in range(20)]
        for n, client in enumerate(clients):
            client.log_prediction(f"m{n}", {"n": n})
        assert all(client.flush(30) for client in clients)
        print(threading.active_count())
        """,
        recorder.url,
    )
    assert done.stdout.strip() == "2"
    assert sorted(event["inputs"]["n"] for event in recorder.events()) == list(range(20))


def test_a_program_need_not_flush(script: Script, recorder: servers.Recorder) -> None:
    script(
        """
        import candor
        for n in range(2500):
            candor.log_prediction("m", {"n": n})
        """,
        recorder.url,
    )
    assert [event["inputs"]["n"] for event in recorder.events()] == list(range(2500))


def test_the_background_thread_imports_nothing(script: Script, server: servers.Candor) -> None:
    """A fork while it imports would leave the child with a lock of that module which nobody opens."""
    for url in (server.url, server.url.replace("127.0.0.1", "localhost"), "http://127.0.0.1:9"):
        told = script(
            """
            import sys, candor
            before = set(sys.modules)
            for n in range(50):
                candor.log_prediction("imports", {"n": n, "text": "ü", "list": [1] if n == 49 else 2})
                candor.log_prediction("other", {"n": n, "text": "ü"})
            candor.outcome("x", model="imports", cls=1)
            candor.flush(30 if candor.default.settings.server[-2:] != ":9" else 0.5)
            print(sorted(set(sys.modules) - before))
            """,
            url,
        )
        assert told.stdout.strip() == "[]"


def test_a_forked_child_sends_its_own_and_only_its_own(script: Script, server: servers.Candor) -> None:
    done = script(
        """
        import os, candor, threading, json
        first = candor.log_prediction("forked", {"n": 0})
        made = [first]
        for child in range(1, 4):
            pid = os.fork()
            if pid == 0:
                assert threading.active_count() == 1
                candor.log_prediction("forked", {"n": child})
                assert candor.flush(30)
                stats = candor.stats()
                os._exit(0 if (stats.taken, stats.accepted) == (1, 1) else 1)
            assert os.waitpid(pid, 0)[1] == 0
            candor.log_prediction("forked", {"n": child * 10})
        assert candor.flush(30)
        print(json.dumps(candor.stats().as_dict()))
        """,
        server.url,
    )
    assert json.loads(done.stdout)["accepted"] == 4
    rows = server.sql("SELECT input_n FROM forked.predictions ORDER BY input_n")
    assert [row[0] for row in rows] == [0, 1, 2, 3, 10, 20, 30]
    assert server.one("SELECT count(DISTINCT id) FROM forked.predictions") == 7


def test_children_of_multiprocessing_send_before_they_end(script: Script, server: servers.Candor) -> None:
    script(
        """
        import multiprocessing, candor
        def work(n):
            candor.log_prediction("pooled", {"n": n})
        candor.log_prediction("pooled", {"n": -1})
        context = multiprocessing.get_context("fork")
        children = [context.Process(target=work, args=(n,)) for n in range(4)]
        for child in children:
            child.start()
        for child in children:
            child.join()
            assert child.exitcode == 0
        """,
        server.url,
    )
    rows = server.sql("SELECT input_n FROM pooled.predictions ORDER BY input_n")
    assert [row[0] for row in rows] == [-1, 0, 1, 2, 3]


def test_a_fork_while_the_server_is_away_leaves_the_parents_spool_alone(
    script: Script, recorder: servers.Recorder
) -> None:
    script(
        """
        import os, time, candor
        candor.configure(server="http://127.0.0.1:9", linger=0.0)
        candor.log_prediction("m", {"n": 0})
        while not candor.default.pipeline.outbox.bytes_on_disk:
            time.sleep(0.01)
        pid = os.fork()
        if pid == 0:
            candor.log_prediction("m", {"n": 1})
            candor.flush(0)
            while not candor.default.pipeline.outbox.bytes_on_disk:
                time.sleep(0.01)
            assert candor.stats().found == 0, "the parent lives, so its folder is its own"
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        assert candor.default.pipeline.outbox.bytes_on_disk
        """,
        recorder.url,
    )


def test_threads_record_at_the_same_time(client: candor.Client, server: servers.Candor) -> None:
    import threading

    def work(worker: int) -> None:
        for n in range(500):
            client.log_prediction("threads", {"n": worker * 500 + n})

    workers = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    assert client.flush(60)
    assert server.sql("SELECT count(*), count(DISTINCT input_n) FROM threads.predictions") == [[4000, 4000]]
