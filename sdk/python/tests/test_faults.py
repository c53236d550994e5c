"""The server is away, slow, busy or restarting, the disk is full, the process ends: nothing is lost or counted
twice that need not be, what is dropped is counted, and the caller never notices."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import servers
from conftest import Script

import candor


def settled(stats: candor.Counters) -> int:
    """Events whose fate is known, by the balance that the counters promise."""
    told = stats.accepted + stats.duplicates + stats.rejected + stats.refused + stats.dropped
    return told + stats.waiting + stats.left


def names(spool: Path) -> list[str]:
    return sorted(file.name for file in spool.rglob("*") if file.is_file() and file.name != "lock")


def test_a_server_that_is_away_for_a_while(own_server: servers.Candor, spool: Path) -> None:
    client = candor.Client(candor.Settings(server=own_server.url, spool=str(spool), batch_rows=10))
    for n in range(20):
        client.log_prediction("m", {"n": n})
    assert client.flush(60)
    own_server.kill()
    for n in range(20, 100):
        client.log_prediction("m", {"n": n})
    servers.eventually("events are on the disk", lambda: names(spool))
    own_server.start()
    for n in range(100, 120):
        client.log_prediction("m", {"n": n})
    assert client.flush(60)
    rows = own_server.sql("SELECT input_n FROM m.predictions ORDER BY received_at, input_n")
    assert [row[0] for row in rows] == list(range(120)), "each once, in order"
    stats = client.stats()
    assert (stats.accepted + stats.duplicates, stats.dropped, stats.taken) == (120, 0, 120)
    assert not names(spool)


def test_a_server_that_is_slow_gets_each_event_once(own_server: servers.Candor, spool: Path) -> None:
    client = candor.Client(candor.Settings(server=own_server.url, spool=str(spool), timeout=0.3))
    client.log_prediction("m", {"n": 0})
    assert client.flush(60)
    own_server.freeze()
    for n in range(1, 50):
        client.log_prediction("m", {"n": n})
    # The frozen server has the request in its socket, and takes it when it wakes; so the same comes twice.
    servers.eventually("a request was given up", lambda: client.stats().retries >= 2)
    assert "no answer within 0.3 s" in client.stats().last_problem
    own_server.thaw()
    assert client.flush(60)
    assert own_server.sql("SELECT count(*), count(DISTINCT input_n) FROM m.predictions") == [[50, 50]]
    assert client.stats().accepted + client.stats().duplicates == 50


def test_a_restart_by_kill_again_and_again(own_server: servers.Candor, spool: Path) -> None:
    client = candor.Client(candor.Settings(server=own_server.url, spool=str(spool), batch_rows=5, linger=0.0))
    sent = 0
    for _ in range(3):
        for _ in range(200):
            client.log_prediction("m", {"n": sent})
            sent += 1
            time.sleep(0.0005)
        own_server.kill()
        own_server.start()
    assert client.flush(60)
    rows = own_server.sql("SELECT input_n FROM m.predictions ORDER BY received_at, input_n")
    assert [row[0] for row in rows] == list(range(sent))
    assert client.stats().dropped == 0


def test_a_busy_server_is_asked_again_when_it_said(recorder: servers.Recorder, spool: Path) -> None:
    client = candor.Client(candor.Settings(server=recorder.url, spool=str(spool)))
    busy = {"code": "busy", "detail": "Too many requests are being decoded."}
    recorder.answers += [(503, {"Retry-After": "1"}, busy), (503, {}, busy)]
    client.log_prediction("m", {"n": 1})
    assert client.flush(60)
    first, second, _ = recorder.times
    assert second - first >= 1.0, "not before Retry-After"
    bodies = {body for _, _, body in recorder.bodies}
    assert len(recorder.bodies) == 3 and len(bodies) == 1, "the same request, with the same ids"
    assert (client.stats().retries, client.stats().accepted) == (2, 1)
    assert "busy" in client.stats().last_problem


@pytest.mark.parametrize("status", [401, 429, 502])
def test_what_can_be_mended_is_sent_again(recorder: servers.Recorder, status: int) -> None:
    client = candor.Client(candor.Settings(server=recorder.url, spool=""))
    recorder.answers.append((status, {}, {"code": "x", "detail": "No."}))
    client.log_prediction("m", {"n": 1})
    assert client.flush(60)
    assert (client.stats().accepted, len(recorder.bodies)) == (1, 2)


def test_what_is_refused_for_good_is_counted_and_holds_nobody_up(recorder: servers.Recorder) -> None:
    client = candor.Client(candor.Settings(server=recorder.url, spool="", batch_rows=1))
    recorder.answers.append((400, {}, {"code": "damaged_body", "detail": "No.", "hint": "Mend it."}))
    client.log_prediction("m", {"n": 1})
    client.log_prediction("m", {"n": 2})
    assert client.flush(60)
    stats = client.stats()
    assert (stats.refused, stats.accepted) == (1, 1)
    assert "damaged_body" in stats.last_problem and "Mend it." in stats.last_problem


def test_a_request_that_is_too_large_goes_in_halves(recorder: servers.Recorder, spool: Path) -> None:
    client = candor.Client(candor.Settings(server=recorder.url, spool=str(spool), columns=False))
    large = (413, {}, {"code": "body_too_large", "detail": "Too large."})
    recorder.answers += [large, large, (503, {}, {})]
    for n in range(8):
        client.log_prediction("m", {"n": n})
    assert client.flush(60)
    lines = [body.count(b"\n") for _, _, body in recorder.bodies]
    assert lines == [8, 4, 2, 2, 2, 4], "halves, the refused quarter again, the rest"
    taken = recorder.events()[14:]
    assert [event["inputs"]["n"] for event in taken] == list(range(8))
    assert client.stats().accepted == 8


def test_a_full_queue_drops_by_policy_and_counts() -> None:
    for policy, kept in (("newest", [0, 1, 2]), ("oldest", [7, 8, 9])):
        recorder = servers.Recorder()
        settings = candor.Settings(server=recorder.url, spool="", queue_rows=3, drop=policy)
        client = candor.Client(settings)
        # The thread is not told yet, so that what it takes meanwhile does not decide this test.
        client._served = True
        for n in range(10):
            client.log_prediction("m", {"n": n})
        assert (client.stats().queued, client.stats().dropped_queue) == (3, 7)
        assert client.flush(60)
        assert [event["inputs"]["n"] for event in recorder.events()] == kept
        assert "queue_rows" in client.stats().last_problem
        recorder.close()


@pytest.mark.parametrize("policy", ["newest", "oldest"])
def test_memory_and_spool_are_bounded(recorder: servers.Recorder, spool: Path, policy: str) -> None:
    recorder.busy = True
    client = candor.Client(
        candor.Settings(
            server=recorder.url,
            spool=str(spool),
            spool_bytes=3000,
            memory_bytes=2000,
            batch_rows=5,
            drop=policy,
        )
    )
    client.log_prediction("m", {"n": -1})
    servers.eventually("the server is away", lambda: client.stats().retries)
    for n in range(200):
        client.log_prediction("m", {"n": n})
    servers.eventually("all were encoded", lambda: client.stats().taken == 201)
    assert client.pipeline.outbox.bytes_on_disk <= 3000
    recorder.busy = False
    assert client.flush(60)
    stats = client.stats()
    assert stats.dropped_spool > 0 and stats.accepted + stats.dropped_spool == 201
    kept = [event["inputs"]["n"] for event in recorder.events()]
    assert kept == sorted(kept), "in order"
    assert (199 in kept) == (policy == "oldest")


def test_a_full_disk_leaves_memory_and_says_so(recorder: servers.Recorder, script: Script) -> None:
    recorder.busy = True
    done = script(
        """
        import resource, candor, json, time, urllib.request
        resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))
        candor.configure(batch_rows=10, linger=0.0)
        for n in range(100):
            candor.log_prediction("m", {"n": n})
        while not (candor.stats().spool_failures and candor.stats().taken == 100):
            time.sleep(0.01)
        urllib.request.urlopen(candor.default.settings.server + "/free", b"").close()
        assert candor.flush(30)
        print(json.dumps(candor.stats().as_dict()))
        """,
        recorder.url,
    )
    stats = json.loads(done.stdout)
    assert stats["spool_failures"] > 0
    assert (stats["accepted"], stats["dropped"]) == (100, 0)
    assert [event["inputs"]["n"] for event in recorder.events()] == list(range(100))


def test_what_a_process_leaves_the_next_one_sends(own_server: servers.Candor, script: Script, spool: Path) -> None:
    url = own_server.url
    own_server.stop()
    record = """
        import candor
        for n in range(%d, %d):
            candor.log_prediction("m", {"n": n})
    """
    script(record % (0, 40), url)
    left = names(spool)
    assert left and all(name.endswith((".events.ndjson", ".arrow")) for name in left)
    own_server.start()
    script(record % (40, 50), url)
    rows = own_server.sql("SELECT input_n FROM m.predictions ORDER BY received_at, input_n")
    assert [row[0] for row in rows] == list(range(50))
    assert not names(spool)


def test_a_killed_process_leaves_whole_lines(recorder: servers.Recorder, script: Script, spool: Path) -> None:
    script(
        """
        import os, candor, time
        candor.configure(server="http://127.0.0.1:9", linger=0.0, columns=False)
        for n in range(10):
            candor.log_prediction("m", {"n": n})
        while candor.default.pipeline.outbox.bytes_on_disk == 0:
            time.sleep(0.01)
        os.kill(os.getpid(), 9)
        """,
        recorder.url,
        check=False,
    )
    (left,) = list(spool.rglob("*.ndjson"))
    whole = left.read_bytes()
    left.write_bytes(whole + b'{"kind":"prediction","id":"torn')
    # Another server's folder is not ours.
    assert names(spool)
    client = candor.Client(candor.Settings(server="http://127.0.0.1:9", spool=str(spool)))
    client.flush(0)
    servers.eventually("it was found", lambda: client.stats().found == whole.count(b"\n"))
    assert client.pipeline.outbox.body(client.pipeline.outbox.head()) == whole  # type: ignore[arg-type]


def test_the_end_of_a_process_waits_for_a_dead_server_two_seconds_at_most(script: Script, spool: Path) -> None:
    # An address that takes connections and never answers.
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        program = """
            import atexit, time, json
            began = []
            def told():
                print(json.dumps({"seconds": time.monotonic() - began[0], **candor.stats().as_dict()}))
            atexit.register(told)
            import candor
            candor.configure(columns=False)
            for n in range(500):
                candor.log_prediction("m", {"n": n})
            began.append(time.monotonic())
        """
        stats = json.loads(script(program, url).stdout)
    # Two seconds and what a busy machine adds; without the bound it were the thirty of a request.
    assert stats["seconds"] < 15
    assert (stats["left"], stats["dropped"]) == (500, 0)
    assert sum(file.read_bytes().count(b"\n") for file in spool.rglob("*.ndjson")) == 500


def test_counts_add_up(recorder: servers.Recorder) -> None:
    client = candor.Client(candor.Settings(server=recorder.url, spool="", batch_rows=3))
    recorder.answers += [(400, {}, {}), (200, {}, {"accepted": 1, "duplicates": 1, "rejected_count": 1})]
    loop: list[object] = []
    loop.append(loop)
    for n in range(9):
        client.log_prediction("m", {"n": n, "loop": loop if n == 8 else None})
    assert client.flush(60)
    stats = client.stats()
    assert stats.taken == settled(stats) == 9
    assert (stats.refused, stats.accepted, stats.duplicates, stats.rejected, stats.dropped) == (3, 3, 1, 1, 1)
