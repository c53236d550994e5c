"""Reports from a notebook, by the real command."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import candor
from candor import tables

np = pytest.importorskip("numpy")
pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")
pytest.importorskip("pyarrow")

random = np.random.default_rng(1)


def table(shift: float, rows: int = 2000) -> dict[str, Any]:
    income = random.normal(3000 + shift, 500, rows)
    score = 1 / (1 + np.exp(-(income - 3000) / 400))
    outcome = (random.random(rows) < score).astype(int)
    return {"income": income, "purpose": random.choice(["car", "<b>home"], rows), "p": score, "repaid": outcome}


BEFORE, NOW = table(0), table(400)
SPEC = {"task": "binary", "columns": {"outputs": {"score": "p"}, "outcome": "repaid"}}


@pytest.mark.parametrize("library", ["pandas", "polars", "mapping", "file", "pandas without pyarrow"])
def test_a_report(library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sides: list[Any] = [pandas.DataFrame(side) for side in (BEFORE, NOW)]
    if library == "polars":
        sides = [polars.DataFrame(side) for side in (BEFORE, NOW)]
    elif library == "mapping":
        sides = [BEFORE, NOW]
    elif library == "file":
        for at, side in enumerate(sides):
            side.to_csv(tmp_path / f"{at}.csv", index=False)
        sides = [tmp_path / "0.csv", str(tmp_path / "1.csv")]
    elif library == "pandas without pyarrow":
        monkeypatch.setattr("candor.evaluation.find_spec", lambda name: None)
    told = candor.report(*sides, spec=SPEC)
    assert {"income", "p"} <= set(told.drifted) and "purpose" not in told.drifted
    assert (told.document["task"], told.document["current"]["rows"]) == ("binary", 2000)
    assert any("income" in finding["sentence"] for finding in told.findings)
    assert told.document["performance"]["current"]["roc_auc"]["value"] > 0.5
    assert told.document["verdict"]["sentence"] in repr(told)


class Tags(HTMLParser):
    """Tags that are open, to see that each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        if tag != "rect":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "rect":
            assert self.open.pop() == tag


def test_the_block_of_a_notebook_is_small_whole_and_without_scripts(tmp_path: Path) -> None:
    many = {f"column_{n}": random.normal(0, 1, 100) for n in range(41)}
    told = candor.report({**table(0, 100), **many}, {**table(400, 100), **many}, spec=SPEC)
    block = told._repr_html_()
    tags = Tags()
    tags.feed(block)
    assert tags.open == [] and "svg" in tags.seen and not tags.seen & {"script", "b", "iframe"}
    assert len(block) < 300_000 and "more columns are on the page" in block
    assert "&lt;b&gt;home" in candor.report(BEFORE, NOW)._repr_html_()
    assert told.save(tmp_path / "r.html").read_text().lstrip().lower().startswith("<!doctype html>")
    assert json.loads(told.save(tmp_path / "r.json").read_text())["schema_version"] == 1


def test_methods(tmp_path: Path) -> None:
    told = candor.report(BEFORE, NOW, methods=["psi", "ks"])
    (income,) = [column for column in told.document["columns"] if column["name"] == "income"]
    assert {"psi", "ks"} <= set(income["drift_all"])


def test_errors_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(candor.ReportError, match=r"put it on the PATH, name it in CANDOR_BIN"):
        candor.report(BEFORE, NOW, binary=tmp_path / "none")
    with pytest.raises(candor.ReportError, match=r"none\.csv"):
        candor.report(tmp_path / "none.csv", NOW)
    with pytest.raises(candor.ReportError, match="no table"):
        candor.report(3, NOW)


def test_records_and_columns_of_tables_agree() -> None:
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    rows = [dict(record) for record in tables.records(frame, None)]
    columns = [row for batch in tables.arrow_batches(frame, None) for row in batch.to_pylist()]
    assert rows == columns == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
