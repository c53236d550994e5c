"""Tables of each library, with and without pyarrow, as the server stored them."""

from __future__ import annotations

from typing import Any

import pytest
import servers

import candor
from candor import tables

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
pyarrow = pytest.importorskip("pyarrow")
numpy = pytest.importorskip("numpy")

AGES = [41.0, None, 29.0]
COLUMNS = {"age": AGES, "purpose": ["car", "home", None], "p_default": [0.2, 0.5, 0.9], "site": ["n", "s", "n"]}
SOURCES = {
    "pandas": lambda: pandas.DataFrame(COLUMNS),
    "polars": lambda: polars.DataFrame(COLUMNS),
    "polars lazy": lambda: polars.DataFrame(COLUMNS).lazy(),
    "arrow table": lambda: pyarrow.table(COLUMNS),
    "arrow batch": lambda: pyarrow.RecordBatch.from_pydict(COLUMNS),
    "arrow stream": lambda: pyarrow.table(COLUMNS).to_reader(),
    "mapping": lambda: COLUMNS,
    "rows": lambda: pyarrow.table(COLUMNS).to_pylist(),
}
WITHOUT_ARROW = {"pandas", "polars", "mapping", "rows"}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("with_arrow", [True, False])
def test_a_table(
    client: candor.Client, server: servers.Candor, monkeypatch: pytest.MonkeyPatch, source: str, with_arrow: bool
) -> None:
    if not with_arrow:
        if source not in WITHOUT_ARROW:
            pytest.skip("needs pyarrow by its nature")
        monkeypatch.setattr(tables, "find_spec", lambda name: None)
    model = f"t-{source.replace(' ', '-')}-{with_arrow}".lower()
    told = client.log(SOURCES[source](), model, version="3", outputs={"score": "p_default"}, segments=["site"])
    assert client.stats().errors == 0, client.stats().last_problem
    assert client.flush(60)
    assert client.stats().accepted == 3, client.stats().last_problem
    rows = server.sql(
        f'SELECT id, version, input_age, input_purpose, output_score, segment_site FROM "{model}".predictions '
        "ORDER BY output_score"
    )
    assert (told.rows, told.dropped, list(told.ids)) == (3, 0, [row[0] for row in rows])
    assert [row[1:] for row in rows] == [
        ["3", 41.0, "car", 0.2, "n"],
        ["3", None, "home", 0.5, "s"],
        ["3", 29.0, None, 0.9, "n"],
    ]


@pytest.mark.parametrize("with_arrow", [True, False])
def test_an_array_with_scores_beside_it(
    client: candor.Client, server: servers.Candor, monkeypatch: pytest.MonkeyPatch, with_arrow: bool
) -> None:
    if not with_arrow:
        monkeypatch.setattr(tables, "find_spec", lambda name: None)
    model = f"array-{with_arrow}".lower()
    scores = numpy.array([0.1, 0.9], dtype=numpy.float32)
    client.log(numpy.array([[1, 2], [3, 4]]), model, names=["a", "b"], outputs={"score": scores})
    assert client.flush(60)
    rows = server.sql(f'SELECT input_a, input_b, output_score FROM "{model}".predictions ORDER BY input_a')
    assert [row[:2] for row in rows] == [[1, 2], [3, 4]]
    assert [row[2] for row in rows] == pytest.approx([0.1, 0.9], abs=1e-6)


def test_outcomes_of_a_table(client: candor.Client, server: servers.Candor) -> None:
    made = client.log({"age": [1, 2]}, "late", outputs={"score": [0.1, 0.2]})
    client.log({"prediction_id": list(made.ids), "class": ["good", "bad"]}, "late", kind="outcome")
    assert client.flush(60)
    assert server.one("SELECT count(*) FROM late.predictions p JOIN late.outcomes o ON o.prediction_id = p.id") == 2


def test_ids_and_times_of_the_table(client: candor.Client, server: servers.Candor) -> None:
    frame = pandas.DataFrame(
        {"key": ["a", "b"], "at": pandas.to_datetime(["2026-09-01T10:00Z", "2026-09-02T10:00Z"]), "p": [0.1, 0.2]}
    )
    for _ in range(2):
        client.log(frame, "keyed", id="key", time="at", outputs={"score": "p"})
    assert client.flush(60)
    assert (client.stats().accepted, client.stats().duplicates) == (2, 2)
    assert server.sql("SELECT id, CAST(time AS VARCHAR) FROM keyed.predictions ORDER BY id")[1][1].startswith(
        "2026-09-02"
    )


def test_a_mapping_of_the_server(client: candor.Client, server: servers.Candor) -> None:
    import json
    import urllib.request

    spec = {
        "apiVersion": "candor/v1",
        "kind": "Model",
        "metadata": {"name": "mapped"},
        "spec": {"columns": {"id": "key", "inputs": ["age"], "outputs": {"score": "p"}}},
    }
    request = urllib.request.Request(
        f"{server.url}/v1/specs/Model/mapped",
        json.dumps(spec).encode(),
        {"content-type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(request).close()
    client.log({"key": ["a"], "age": [41], "p": [0.2]}, "mapped", mapping="mapped")
    assert client.flush(60)
    assert server.sql("SELECT id, input_age, output_score FROM mapped.predictions") == [["a", 41, 0.2]]


def test_a_large_table_waits_for_room_and_is_bounded(recorder: servers.Recorder) -> None:
    client = candor.Client(candor.Settings(server=recorder.url, spool="", memory_bytes=3 << 20))
    recorder.answers.append((503, {"Retry-After": "1"}, {}))
    told = client.log({"x": numpy.arange(120_000)}, "big", outputs={"value": numpy.zeros(120_000)})
    assert (told.rows, told.dropped, len(told.ids)) == (120_000, 0, 120_000)
    assert told.ids[119_999] == list(told.ids)[-1] != told.ids[0]
    assert client.flush(60)
    sent = [pyarrow.ipc.open_stream(body).read_all() for _, _, body in recorder.bodies[1:]]
    assert [x for table in sent for x in table["input_x"].to_pylist()] == list(range(120_000))
    assert max(len(body) for _, _, body in recorder.bodies) < 3 << 20


def test_without_patience_what_finds_no_room_is_dropped_and_counted(recorder: servers.Recorder) -> None:
    client = candor.Client(candor.Settings(server="http://127.0.0.1:9", spool="", memory_bytes=1 << 20))
    told = client.log({"x": numpy.arange(300_000)}, "big", outputs={"value": numpy.zeros(300_000)}, wait=0)
    assert told.dropped > 0 and told.rows + told.dropped == 300_000
    assert client.stats().dropped_queue == told.dropped


MISTAKES: list[Any] = [
    (lambda: (3,), {}, "TypeError"),
    (lambda: ({"a": [1]},), {"outputs": {"score": "p"}}, "no column 'p'"),
    (lambda: ({"a": [1]},), {"kind": "change"}, "one by one"),
    (lambda: (numpy.zeros((2, 2)),), {"names": ["a"]}, "1 names for 2 columns"),
]


@pytest.mark.parametrize(("data", "how", "said"), MISTAKES)
def test_mistakes_are_counted_and_said(client: candor.Client, data: Any, how: dict[str, Any], said: str) -> None:
    assert client.log(*data(), "m", **how) == tables.Logged(0, 0, ())
    assert client.stats().errors == 1
    assert said in client.stats().last_problem


def test_a_table_outlives_its_process(server: servers.Candor, spool: Any, script: Any) -> None:
    script(
        """
        import candor
        candor.configure(server="http://127.0.0.1:9", exit_wait=0.5)
        candor.log({"x": [1, 2, 3]}, "left", outputs={"value": [1.0, 2.0, 3.0]})
        """,
        server.url,
    )
    (left,) = list(spool.rglob("*.arrow"))
    target = candor.Client(candor.Settings(server=server.url, spool=str(spool)))
    left.parent.parent.rename(spool / candor.spool.home(str(spool), server.url).name)
    assert target.flush(60)
    assert (target.stats().found, target.stats().accepted) == (3, 3)
    assert server.one('SELECT count(*) FROM "left".predictions') == 3
