"""Each kind of event, as a program records it, as the server stored it."""

from __future__ import annotations

import dataclasses
import math
import time
import uuid
from datetime import datetime, timezone
from decimal import Decimal

import pytest
import servers

import candor
from candor import ids


def test_a_prediction_and_what_follows_it(client: candor.Client, server: servers.Candor) -> None:
    made = client.log_prediction(
        "loan",
        {"age": 41, "income": 3200.5, "purpose": "car"},
        {"score": 0.27, "class": "good"},
        version="12",
        segments={"region": "north"},
        latency_ms=3.5,
    )
    client.outcome(made, cls="repaid")
    client.feedback(made, verdict="right", by="ann")
    client.effect("margin", 12.5, unit="EUR", prediction_id=made)
    client.change("deployment", model="loan", before="11", after="12", why="new features")
    client.stage("scoring", model="loan", dataset="applications", rows=10)
    assert client.flush(60)
    row = server.sql(
        "SELECT id, version, input_age, input_income, input_purpose, output_score, output_class, segment_region, "
        "latency_ms, time_is_arrival FROM loan.predictions"
    )
    assert row == [[made, "12", 41, 3200.5, "car", 0.27, "good", "north", 3.5, False]]
    assert server.sql("SELECT prediction_id, class FROM loan.outcomes") == [[made, "repaid"]]
    assert server.sql('SELECT verdict, "by" FROM loan.feedback') == [["right", "ann"]]
    assert server.sql("SELECT name, value, unit FROM loan.effects") == [["margin", 12.5, "EUR"]]
    assert server.sql('SELECT what, "from", "to" FROM changes WHERE model = \'loan\'') == [["deployment", "11", "12"]]
    assert server.sql("SELECT step, rows FROM stages WHERE model = 'loan'") == [["scoring", 10]]
    assert (client.stats().accepted, client.stats().rejected) == (6, 0)


def test_an_id_of_ones_own_counts_once(client: candor.Client, server: servers.Candor) -> None:
    for _ in range(3):
        client.log_prediction("once", {"a": 1}, {"score": 0.5}, id="p-1")
    assert client.flush(60)
    assert server.one("SELECT count(*) FROM once.predictions") == 1
    assert (client.stats().accepted, client.stats().duplicates) == (1, 2)


def test_inputs_are_what_they_were_at_the_call(recorder: servers.Recorder) -> None:
    client = candor.Client(candor.Settings(server=recorder.url, spool=""))
    row = {"age": 41}
    client.log_prediction("m", row, {"score": 1.0})
    row["age"] = 7
    assert client.flush(60)
    assert recorder.events()[0]["inputs"] == {"age": 41}


@dataclasses.dataclass
class Applicant:
    age: int
    city: str


ODD = [
    pytest.param({"n": float("nan")}, {"score": math.inf}, id="no finite numbers"),
    pytest.param({"when": datetime(2026, 9, 1, tzinfo=timezone.utc), "price": Decimal("1.5")}, 3.0, id="odd types"),
    pytest.param(Applicant(41, "Ulm"), True, id="an object, a truth value"),
    pytest.param([1, 2, 3], "approve", id="a list, a word"),
    pytest.param({1: "a", ("b", 2): "c"}, {"value": 1}, id="keys that are no text"),
    pytest.param({"text": "half a pair: \ud800"}, {"text": "nul: \x00"}, id="odd characters"),
    pytest.param({"bytes": b"\xff\xfe", "set": {1}}, {"value": 1}, id="bytes and sets"),
]


@pytest.mark.parametrize(("inputs", "outputs"), ODD)
def test_odd_values_are_recorded_all_the_same(
    client: candor.Client, server: servers.Candor, inputs: object, outputs: object
) -> None:
    made = client.log_prediction("odd", inputs, outputs)
    assert client.flush(60)
    assert client.stats().accepted == 1, client.stats().last_problem
    assert server.one(f"SELECT count(*) FROM odd.predictions WHERE id = '{made}'") == 1


def test_what_no_json_can_be_made_of_is_counted(client: candor.Client) -> None:
    loop: dict[str, object] = {}
    loop["self"] = loop
    client.log_prediction("m", loop, {"score": 1.0})
    client.log_prediction("m", {"a": 1}, {"score": 1.0})
    assert client.flush(60)
    stats = client.stats()
    assert (stats.dropped_unreadable, stats.accepted) == (1, 1)
    assert "JSON" in stats.last_problem


def test_a_mistake_in_a_call_is_counted_and_not_raised(client: candor.Client) -> None:
    class Hostile:
        def copy(self) -> None:
            raise RuntimeError("no")

    assert client.log_prediction("m", Hostile()) == ""
    assert client.stats().errors == 1
    assert "RuntimeError" in client.stats().last_problem


def test_rows_that_the_server_rejects_are_counted_and_said(client: candor.Client) -> None:
    client.outcome("p-1", cls="x", model="not a name!")
    client.log_prediction("fine", {"a": 1})
    assert client.flush(60)
    stats = client.stats()
    assert (stats.accepted, stats.rejected) == (1, 1)
    assert "quarantine" in stats.last_problem


def test_disabled_records_nothing_and_starts_nothing() -> None:
    client = candor.Client(candor.Settings(enabled=False))
    assert client.log_prediction("m", {"a": 1})
    assert client.flush(0)
    assert client.stats().as_dict()["queued"] == 0


def test_settings_come_from_the_environment_and_say_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANDOR_SERVER", "https://candor.example/base")
    monkeypatch.setenv("CANDOR_TOKEN", "geheim")
    monkeypatch.setenv("CANDOR_QUEUE_ROWS", "5")
    settings = candor.Settings.from_environment(environment="staging")
    assert (settings.server, settings.queue_rows, settings.environment) == (
        "https://candor.example/base",
        5,
        "staging",
    )
    assert "geheim" not in repr(settings)
    assert settings.packs
    for wrong in ({"server": "ftp://x"}, {"drop": "some"}, {"queue_rows": 0}, {"sevrer": "http://x"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            candor.Settings.from_environment(**wrong)
    monkeypatch.setenv("CANDOR_QUEUE_ROWS", "many")
    with pytest.raises(ValueError, match="CANDOR_QUEUE_ROWS is 'many'"):
        candor.Settings.from_environment()


def test_ids_are_uuids_of_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    for instant in (now, 0, 1_000_000, 2**48 * 999_999):
        made = uuid.UUID(ids.uuid7(instant))
        assert (made.version, made.variant, made.int >> 80) == (7, uuid.RFC_4122, instant // 1_000_000)
    many = [*(ids.uuid7(now) for _ in range(10_000)), *ids.IdRange(10_000), *ids.IdRange(10_000)]
    assert len(set(many)) == 30_000 and {len(one) for one in many} == {36}
    some = ids.IdRange(5)
    assert some[-1] == list(some)[4] and some[1:3] == list(some)[1:3]
    assert all(uuid.UUID(one).version == 7 for one in some)
    with pytest.raises(IndexError):
        some[5]
