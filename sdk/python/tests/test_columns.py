"""Predictions as columns: written without pyarrow, read by it, stored as lines of JSON would be."""

from __future__ import annotations

import math
import random
import time
from typing import Any

import pytest
import servers

import candor
from candor import bundle, columns
from candor.encode import Row

pyarrow = pytest.importorskip("pyarrow")
np = pytest.importorskip("numpy")

COLUMNS: dict[str, list[Any]] = {
    "numbers": [1.5, None, -math.inf],
    "mixed": [1, 2.5, None],
    "whole": [1, -(2**63), 2**63 - 1],
    "truths": [True, None, False],
    "texts": ["", "ü€", None],
    "long": ["a" * 1000, "b", "c"],
}


def test_columns_are_read_by_arrow_as_they_were() -> None:
    read = pyarrow.ipc.open_stream(columns.stream({**COLUMNS, "nothing": [None] * 3}, 3)).read_all()
    read.validate(full=True)
    assert read.to_pydict() == {**COLUMNS, "mixed": [1.0, 2.5, None]}
    assert [str(kind) for kind in read.schema.types] == ["double", "double", "int64", "bool", "string", "string"]


def test_any_number_of_rows_and_columns() -> None:
    chance = random.Random(5)
    makers = [
        lambda: chance.random(),
        lambda: chance.randrange(99),
        lambda: chance.random() < 0.5,
        lambda: "x" * chance.randrange(9),
    ]
    for width in (1, 2, 7, 40):
        for rows in (1, 7, 8, 9, 64, 257):
            table = {
                f"column {at}": [None if chance.random() < 0.2 else makers[at % 4]() for _ in range(rows - 1)]
                + [makers[at % 4]()]
                for at in range(width)
            }
            read = pyarrow.ipc.open_stream(columns.stream(table, rows)).read_all()
            read.validate(full=True)
            assert read.to_pydict() == table


def test_scalars_of_numpy() -> None:
    values = {
        "f": [np.float32(0.5), 1.0],
        "i": [np.int16(3), np.uint8(4)],
        "b": [np.bool_(True), False],
        "s": [np.str_("x"), "y"],
    }
    read = pyarrow.ipc.open_stream(columns.stream(values, 2)).read_all()
    assert read.to_pydict() == {"f": [0.5, 1.0], "i": [3, 4], "b": [True, False], "s": ["x", "y"]}


@pytest.mark.parametrize("value", [[1], {"a": 1}, 2**63, b"x", object()])
def test_what_is_unfit_is_said(value: Any) -> None:
    with pytest.raises(columns.Unfit):
        columns.stream({"a": [value]}, 1)


def event(n: int, **more: Any) -> dict[str, Any]:
    return {
        "inputs": {
            "age": n,
            "income": n / 7,
            "purpose": "car" if n % 3 else None,
            "returning": n % 2 == 0,
            "odd": float("nan"),
        },
        "outputs": {"score": n / 10, "class": n % 2},
        "segments": {"region": "north"},
        "attributions": {"age": n / 3, "base_value": 1},
        "version": "7",
        "latency_ms": 1.5,
        "subject": f"s-{n}",
        **more,
    }


def test_columns_and_lines_are_stored_alike(server: servers.Candor) -> None:
    at = time.time_ns()
    for name, as_columns in (("as-columns", True), ("as-lines", False)):
        settings = candor.Settings(server=server.url, spool="", columns=as_columns, environment="staging")
        client = candor.Client(settings)
        for n in range(20):
            told = event(n)
            client.log_prediction(
                name, told.pop("inputs"), told.pop("outputs"), id=f"p-{n}", time=at + n * 1000, **told
            )
        assert client.flush(60)
        assert client.stats().accepted == 20, client.stats().last_problem
    types = [
        server.sql(
            f"SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = '{name}' "
            "AND table_name = 'predictions' ORDER BY column_name"
        )
        for name in ("as-columns", "as-lines")
    ]
    assert types[0] == types[1] and len(types[0]) > 20
    names = (
        "id, CAST(time AS VARCHAR), environment, version, input_age, input_income, input_purpose, input_returning, "
        "CAST(input_odd AS VARCHAR), output_score, output_class, segment_region, attribution_age, latency_ms, subject"
    )
    by_columns, by_lines = (
        server.sql(f'SELECT {names} FROM "{name}".predictions ORDER BY output_score')
        for name in ("as-columns", "as-lines")
    )
    assert by_columns == by_lines
    assert by_columns[3][4:8] == [3, pytest.approx(3 / 7), None, False]


def test_only_plain_predictions_of_one_shape_go_together() -> None:
    def rows(model: str, count: int, **more: Any) -> list[Row]:
        return [Row("prediction", model, f"{model}-{n}", n, event(n, **more)) for n in range(count)]

    outcome = Row("outcome", "many", "o", 1, {"prediction_id": "many-1", "class": "x"})
    staged = rows("staged", 9, stages=[{"name": "s"}])
    two = [*rows("two", 9), Row("prediction", "two", "x", 1, {"inputs": {"a": 1}})]
    wrong = rows("no name!", 9)
    groups, rest = bundle.together([outcome, *rows("many", 9), *rows("few", 3), *staged, *two, *wrong])
    assert [group[0].model for group in groups] == ["many"]
    assert {row.model for row in rest} == {"many", "few", "staged", "two", "no name!"}
    assert [row.id for row in rest if row.model == "two"] == [row.id for row in two], "in their order"
    assert rest[-1] == outcome, "after what it may refer to"


def test_a_value_that_no_column_holds_makes_lines_of_its_group(recorder: servers.Recorder) -> None:
    client = candor.Client(candor.Settings(server=recorder.url, spool=""))
    for n in range(20):
        client.log_prediction("m", {"n": n, "list": [n]}, {"score": 0.5})
    assert client.flush(60)
    assert {headers["content-type"] for _, headers, _ in recorder.bodies} == {"application/x-ndjson"}
    assert [told["inputs"]["n"] for told in recorder.events()] == list(range(20))
