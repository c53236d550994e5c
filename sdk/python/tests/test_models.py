"""Watched models of each library: what the server stored is what the model was asked and answered."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import servers
from conftest import SOURCE

import candor

np = pytest.importorskip("numpy")
pandas = pytest.importorskip("pandas")
sklearn = pytest.importorskip("sklearn")

from sklearn.ensemble import RandomForestClassifier  # noqa: E402
from sklearn.linear_model import LinearRegression, LogisticRegression  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

random = np.random.default_rng(7)
X = pandas.DataFrame({"age": random.integers(20, 70, 200).astype(float), "income": random.normal(3000, 500, 200)})
GOOD = (X["age"] + random.normal(0, 5, 200) > 45).astype(int)
WORD = np.where(GOOD == 1, "repaid", "default")
THREE = np.digitize(X["age"], [35, 50])


def stored(server: servers.Candor, model: str, columns: str, order: str = "id") -> list[list[Any]]:
    return server.sql(f'SELECT {columns} FROM "{model}".predictions ORDER BY {order}')


def sent(client: candor.Client) -> None:
    assert client.flush(60)
    stats = client.stats()
    assert (stats.errors, stats.dropped, stats.rejected) == (0, 0, 0), stats.last_problem


@pytest.mark.parametrize("rows", [1, 3, 200])
@pytest.mark.parametrize("frame", [True, False])
def test_a_classifier_of_two_classes(client: candor.Client, server: servers.Candor, rows: int, frame: bool) -> None:
    name = f"sk-{rows}-{frame}".lower()
    plain = make_pipeline(StandardScaler(), LogisticRegression()).fit(X if frame else X.to_numpy(), WORD)
    model = client.watch(plain, name, segments={"region": "north"})
    asked = X.iloc[:rows].copy()
    answer = model.predict_proba(asked if frame else asked.to_numpy())
    asked.loc[:, "age"] = 0.0
    assert (answer == plain.predict_proba(X.iloc[:rows] if frame else X.iloc[:rows].to_numpy())).all()
    sent(client)
    names = "input_age, input_income" if frame else "input_f0, input_f1"
    got = stored(server, name, f"id, version, {names}, output_score, output_class, segment_region, latency_ms")
    assert [row[0] for row in got] == sorted(model.last_ids)
    by_id = {row[0]: row[1:] for row in got}
    for at, made in enumerate(model.last_ids):
        version, age, income, score, word, region, latency = by_id[made]
        assert (version, age, income) == (candor.version_of(plain), X["age"][at], X["income"][at])
        assert score == pytest.approx(answer[at, 1]) and region == "north" and latency > 0
        assert word == plain.classes_[answer[at].argmax()]


def test_many_rows_go_as_columns(client: candor.Client, server: servers.Candor) -> None:
    pytest.importorskip("pyarrow")
    model = client.watch(LinearRegression().fit(X, X["income"] * 2), "columns", version="1")
    many = pandas.concat([X] * 20, ignore_index=True)
    model.predict(many)
    sent(client)
    assert server.sql('SELECT count(*), avg(output_value - 2 * input_income) FROM "columns".predictions') == [
        [4000, pytest.approx(0, abs=1e-6)]
    ]


def test_several_classes_and_single_answers(client: candor.Client, server: servers.Candor) -> None:
    forest = client.watch(
        RandomForestClassifier(n_estimators=5, random_state=0).fit(X, THREE), "three", positive=None
    )
    scores = forest.predict_proba(X[:2])
    sent(client)
    rows = stored(server, "three", "output_scores_0, output_scores_1, output_scores_2, output_class")
    assert sorted(row[:3] for row in rows) == sorted(scores.tolist())
    forest.predict(X[:1])
    sent(client)
    assert (
        server.one("SELECT count(*) FROM three.predictions WHERE output_score IS NULL AND output_class IS NOT NULL")
        == 3
    )


def test_it_is_still_the_model(client: candor.Client) -> None:
    plain = LogisticRegression().fit(X, WORD)
    model = client.watch(plain, "same")
    assert isinstance(model, LogisticRegression) and repr(model) == repr(plain)
    assert (model.coef_ == plain.coef_).all() and model.score(X, WORD) == plain.score(X, WORD)
    loaded = pickle.loads(pickle.dumps(model))
    assert type(loaded) is LogisticRegression and (loaded.predict(X) == plain.predict(X)).all()
    model.C = 3.0
    assert plain.C == 3.0
    with pytest.raises(ValueError, match="features"):
        model.predict(np.zeros((2, 3)))


def test_lightgbm(client: candor.Client, server: servers.Candor, tmp_path: Path) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    fitted = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(X, GOOD)
    model = client.watch(fitted, "lgbm", explain=True)
    scores = model.predict_proba(X[:3])[:, 1]
    booster = client.watch(fitted.booster_, "lgbm-booster")
    raw = booster.predict(X[:3].to_numpy())
    booster.predict(X[:3], pred_contrib=True)
    sent(client)
    rows = stored(
        server,
        "lgbm",
        "output_score, input_age, attribution_age, attribution_income, attribution_base_value",
        "input_age",
    )
    assert sorted(row[0] for row in rows) == pytest.approx(sorted(scores))
    # TreeSHAP adds up to the margin.
    for score, _, *parts in rows:
        assert 1 / (1 + np.exp(-sum(parts))) == pytest.approx(score)
    got = stored(server, "lgbm-booster", "output_score, version, input_age")
    assert sorted(row[0] for row in got) == pytest.approx(sorted(raw))
    assert got[0][1] == candor.version_of(fitted)
    file = tmp_path / "model.txt"
    fitted.booster_.save_model(file)
    assert candor.version_of(file).startswith("sha256:")


def test_xgboost(client: candor.Client, server: servers.Candor) -> None:
    xgboost = pytest.importorskip("xgboost")
    missing = X.copy()
    missing.loc[0, "income"] = np.nan
    fitted = xgboost.XGBClassifier(n_estimators=5).fit(missing, GOOD)
    model = client.watch(fitted, "xgb", explain=True)
    scores = model.predict_proba(missing[:3])[:, 1]
    booster = client.watch(fitted.get_booster(), "xgb-booster")
    raw = booster.predict(xgboost.DMatrix(missing[:3]))
    sent(client)
    rows = stored(server, "xgb", "output_score, attribution_age, attribution_income, attribution_base_value")
    assert sorted(row[0] for row in rows) == pytest.approx(sorted(scores.tolist()))
    for score, *parts in rows:
        assert 1 / (1 + np.exp(-sum(parts))) == pytest.approx(score, abs=1e-5)
    got = stored(server, "xgb-booster", "output_score, version, input_age, input_income", "input_income NULLS FIRST")
    assert sorted(row[0] for row in got) == pytest.approx(sorted(raw.tolist()))
    assert got[0][1:] == [candor.version_of(fitted), X["age"][0], None]


def test_what_cannot_be_recorded_is_counted_and_not_raised(client: candor.Client) -> None:
    class Odd:
        def predict(self, X: Any) -> str:
            return "no array"

    class Empty:
        def predict(self, X: Any) -> Any:
            return np.zeros((2, 2, 2))

    assert client.watch(Odd(), "odd", version="1").predict([[1]]) == "no array"
    assert client.stats().errors == 1
    client.watch(Empty(), "odd", version="1").predict(object())
    assert client.flush(60)
    assert client.stats().dropped_unreadable == 2
    assert "cannot be read" in client.stats().last_problem


def test_a_digest_goes_by_content(tmp_path: Path) -> None:
    one, same = (RandomForestClassifier(n_estimators=3, random_state=0).fit(X, GOOD) for _ in range(2))
    other = RandomForestClassifier(n_estimators=3, random_state=1).fit(X, GOOD)
    assert candor.version_of(one) == candor.version_of(same) == candor.version_of(pickle.loads(pickle.dumps(one)))
    assert candor.version_of(one) != candor.version_of(other)
    assert candor.version_of([1, 23]) != candor.version_of([12, 3])
    assert candor.version_of(np.zeros(4)) != candor.version_of(np.zeros((2, 2)))
    loop: list[Any] = [1]
    loop.append(loop)
    assert candor.version_of(loop).startswith("sha256:")
    (tmp_path / "a").write_bytes(b"1")
    before = candor.version_of(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert candor.version_of(tmp_path) != before
    with pytest.raises(OSError):
        candor.version_of(tmp_path / "none")


def test_a_digest_is_the_same_in_another_process() -> None:
    model = "[{'a', 'b', 'c', 'd'}, {'x': 1.5, 'y': frozenset({'e', 'f', 'g'})}, ZeroDivisionError, b'1', None]"
    program = f"import sys; sys.path.insert(0, {str(SOURCE)!r}); import candor; print(candor.version_of({model}))"
    others = [
        subprocess.Popen(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, stdout=subprocess.PIPE, text=True
        )
        for seed in ("1", "2", "3")
    ]
    told = {other.communicate()[0].strip() for other in others}
    assert told == {candor.version_of(eval(model))}
